"""Facts of credit: lots, what they paid, and what became of them otherwise."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from events.credit import CreditGranted, CreditUsed, CreditUseReversed, CreditWithdrawn
from events.envelope import canonical
from tests.events.round_trip import comes_back, data, is_closed, read, stored

FACTS = ["CreditGranted", "CreditUsed", "CreditUseReversed", "CreditWithdrawn"]


@pytest.mark.parametrize("name", FACTS)
def test_facts_come_back_as_they_were_stored(name: str):
    """Through canonical JSON, with no field guessed."""
    comes_back(stored(name))
    is_closed(name)


def test_credit_says_where_it_comes_from():
    """One of five sources; and the charges, the document or the payment, if any."""
    fields = data("CreditGranted")
    for source in ("goodwill", "carried_over", "credit_note", "overpayment", "negative_total"):
        comes_back(read(CreditGranted, {**fields, "source": source}))
    with pytest.raises(ValidationError):
        read(CreditGranted, {**fields, "source": "found"})


@pytest.mark.rule("GEN-22")
def test_only_credit_that_waits_for_its_refund_says_so():
    """All other lots are stored as they were before there were such."""
    fields = {**data("CreditGranted"), "awaits_refund": True}
    waiting = read(CreditGranted, fields)
    assert isinstance(waiting, CreditGranted)
    assert waiting.awaits_refund
    assert json.loads(canonical(waiting))["awaits_refund"] is True
    assert "awaits_refund" not in json.loads(canonical(stored("CreditGranted")))


WRONG: list[tuple[type[Any], dict[str, Any]]] = [
    (CreditUsed, {**data("CreditUsed"), "amount": "1.00"}),
    (CreditUseReversed, {**data("CreditUseReversed"), "invoice": None}),
    (CreditWithdrawn, {**data("CreditWithdrawn"), "of": "pay1"}),
]


@pytest.mark.parametrize(("kind", "fields"), WRONG)
def test_no_credit_is_read_that_is_none(kind: type[Any], fields: dict[str, Any]):
    """An amount is money, and each field is of its own type."""
    with pytest.raises(ValidationError):
        read(kind, fields)
