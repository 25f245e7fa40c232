"""Facts of a subscription: its start, terms, plan, renewal and end."""

import pytest
from pydantic import ValidationError

from events.fact import Claim
from events.subscriptions import (
    ProductKeyRedeemed,
    SubscriptionEnded,
    SubscriptionStarted,
    TermStarted,
)
from tests.events.round_trip import comes_back, data, is_closed, read, stored

FACTS = [
    "SubscriptionStarted", "TermStarted", "SubscriptionCancelled", "AutoRenewDisabled",
    "AutoRenewEnabled", "PlanChangeScheduled", "ProductKeyRedeemed", "SubscriptionEnded",
    "SubscriptionKept",
]  # fmt: skip


@pytest.mark.parametrize("name", FACTS)
def test_facts_come_back_as_they_were_stored(name: str):
    """Through canonical JSON, with no field guessed."""
    comes_back(stored(name))
    is_closed(name)


def test_a_subscription_and_a_key_are_claimed():
    """An id is unique in the ledger; a key works once in it (MS-05)."""
    started, redeemed = stored("SubscriptionStarted"), stored("ProductKeyRedeemed")
    assert isinstance(started, SubscriptionStarted)
    assert isinstance(redeemed, ProductKeyRedeemed)
    assert started.claims() == (Claim("subscription", started.subscription),)
    assert redeemed.claims() == (Claim("product_key", redeemed.digest),)
    assert "key" not in ProductKeyRedeemed.model_fields


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (SubscriptionStarted, {"kind": "gift"}),
        (SubscriptionStarted, {"subscription": "a b"}),
        (SubscriptionStarted, {"term": {"number": 1}}),
        (TermStarted, {"cause": "whim"}),
        (TermStarted, {"renews": "yes"}),
        (SubscriptionEnded, {"cause": "boredom"}),
    ],
)
def test_words_outside_the_lists_are_refused(kind: type, fields: dict[str, object]):
    """Kinds, causes and terms are closed."""
    with pytest.raises(ValidationError):
        read(kind, {**data(kind.NAME), **fields})
