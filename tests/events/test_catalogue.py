"""The facts of a catalogue's stream: what they claim, what they hold, how they are stored."""

from typing import Any

import pytest
from pydantic import ValidationError

from events.catalogue import (
    KEYS_A_FACT,
    KeyOffer,
    PlanPublished,
    ProductKeysPublished,
    SellerPublished,
)
from events.fact import Claim, Fact
from tests.events.test_plans import BYTES_A_FACT, terms
from tests.events.test_sellers import seller


def published(**changed: Any) -> SellerPublished:
    """The first publication of a seller, with whatever a test changes."""
    fields: dict[str, Any] = {
        "catalogue": "expressvpn",
        "version": 1,
        "rules": "EV",
        "seller": seller(),
        "new_catalogue": True,
        "new_series": True,
    }
    return SellerPublished(**(fields | changed))


FACTS: list[Fact] = [
    published(),
    PlanPublished(catalogue="expressvpn", plan="volume-12m", version=1, terms=terms()),
    PlanPublished(
        catalogue="c",
        plan="p",
        version=2,
        terms=terms(channel={"kind": "reseller", "name": "R", "contact": "r, +1"}),
    ),
    ProductKeysPublished(
        catalogue="c", version=1, keys=(KeyOffer(digest="0" * 64, plan="p", seats=5),)
    ),
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_is_read_back_as_it_was_written(fact):
    """A stored fact of a catalogue is read back equal, prices with their trailing zeros."""
    stored = fact.model_dump_json()

    assert fact == type(fact).model_validate_json(stored)
    assert stored == type(fact).model_validate_json(stored).model_dump_json()


def test_the_first_publication_claims_catalogue_and_series():
    """A catalogue's name and its series are unique in the ledger."""
    assert published().claims() == (Claim("catalogue", "expressvpn"), Claim("series", "EV-*"))


def test_a_later_publication_claims_nothing():
    """A seller published again does not collide with itself."""
    assert published(version=2, new_catalogue=False, new_series=False).claims() == ()


def test_a_full_fact_of_keys_fits():
    """A thousand keys of the longest kind stay below 256 KiB, and one more is refused."""
    offers = tuple(
        KeyOffer(digest=f"{number:064x}", plan="p" * 100, seats=10_000_000)
        for number in range(KEYS_A_FACT + 1)
    )
    fact = ProductKeysPublished(catalogue="c" * 100, version=1, keys=offers[:-1])

    assert len(fact.model_dump_json()) < BYTES_A_FACT
    with pytest.raises(ValidationError):
        ProductKeysPublished(catalogue="c", version=1, keys=offers)


def test_plans_are_public_and_keys_are_not():
    """The feed may tell what is sold, and never what a key is good for."""
    assert PlanPublished.PUBLIC
    assert not ProductKeysPublished.PUBLIC
    assert not SellerPublished.PUBLIC
