"""Facts of orders and of the cart."""

import pytest
from pydantic import ValidationError

from events.fact import Claim
from events.orders import CreditCheckPassed, OrderFailed, OrderPlaced
from tests.events.round_trip import comes_back, data, is_closed, read, stored

FACTS = [
    "OrderPlaced", "CreditCheckPassed", "OrderCompleted", "OrderFailed", "OrderExpired",
    "OrderCancelled", "CartLineAdded", "CartLineRemoved", "CartOrdered",
]  # fmt: skip


@pytest.mark.parametrize("name", FACTS)
def test_facts_come_back_as_they_were_stored(name: str):
    """Through canonical JSON, with no field guessed."""
    comes_back(stored(name))
    is_closed(name)


def test_an_order_claims_its_id():
    """So that no second order of the ledger has it."""
    placed = stored("OrderPlaced")
    assert isinstance(placed, OrderPlaced)
    assert placed.claims() == (Claim("order", placed.order),)
    assert stored("OrderCompleted").claims() == ()


@pytest.mark.parametrize(
    "fields", [{"timing": "later"}, {"order": "a b"}, {"lines": [{"kind": "gift"}]}, {"lines": 1}]
)
def test_an_order_has_one_of_the_timings_and_lines(fields: dict[str, object]):
    """Words outside the lists are refused."""
    with pytest.raises(ValidationError):
        read(OrderPlaced, {**data("OrderPlaced"), **fields})


def test_why_an_order_failed_is_told_apart():
    """A payment that failed, or a credit check; the check itself stays in the house."""
    for cause in ("payment_failed", "credit_check_failed"):
        comes_back(read(OrderFailed, {"order": "o1", "cause": cause}))
    with pytest.raises(ValidationError):
        read(OrderFailed, {"order": "o1", "cause": "bad luck"})
    assert not CreditCheckPassed.PUBLIC
