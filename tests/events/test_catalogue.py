"""The facts of a catalogue's stream: what they claim, what they hold, how they are stored."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from events.catalogue import (
    KEYS_A_FACT,
    KeyOffer,
    Plan,
    PlanPublished,
    ProductKeysPublished,
    Seller,
    SellerPublished,
    VatRate,
)
from events.days import parse_day
from events.fact import Claim, Fact
from events.sellers import key_digest, series_claim

BYTES_A_FACT = 256 * 1024


def seller(**changed: Any) -> Seller:
    """A small seller, with whatever a test changes."""
    fields = {
        "name": "Seats Ltd.",
        "country": "VG",
        "currency": "USD",
        "time_zone": "UTC",
        "invoice_series": "EV-{year}",
    }
    return Seller.model_validate_json(json.dumps(fields | changed))


def terms(**changed: Any) -> Plan:
    """A small plan as it is stored, with whatever a test changes."""
    fields = {
        "from": "2026-01-01",
        "title": "VPN for teams",
        "channel": None,
        "may_buy": ["owner"],
        "may_assign": ["owner"],
        "product": "vpn",
        "term": {"months": 12},
        "price": {
            "per": "month",
            "tiering": "volume",
            "tiers": [{"from": 5, "amount": "8.320"}],
        },
        "seats": {"minimum": 5},
        "proration": {"by": "months"},
        "payment": {"card": "at_once"},
        "renewal": {"auto": True, "per_seat": True},
        "entitlements": {"connected_devices": 8, "desktop": True},
    }
    return Plan.model_validate_json(json.dumps(fields | changed))


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


def test_from_is_stored_under_its_own_name():
    """`from` is written as the catalogue file writes it, in plans, tiers and rates."""
    plan = json.loads(terms().model_dump_json())
    rate = VatRate(**{"country": "FR", "rate": "20", "from": date(2014, 1, 1)})

    assert plan["from"] == "2026-01-01"
    assert plan["price"]["tiers"] == [{"from": 5, "amount": "8.320"}]
    assert json.loads(rate.model_dump_json()) == {
        "country": "FR",
        "rate": "20",
        "from": "2014-01-01",
    }


def test_the_first_publication_claims_catalogue_and_series():
    """A catalogue's name and its series are unique in the ledger."""
    assert published().claims() == (Claim("catalogue", "expressvpn"), Claim("series", "EV-*"))


def test_a_later_publication_claims_nothing():
    """A seller published again does not collide with itself."""
    assert published(version=2, new_catalogue=False, new_series=False).claims() == ()


@pytest.mark.parametrize(
    ("series", "claim"),
    [("EV-{year}", "EV-*"), ("EV-2026", "EV-*"), ("EV", "EV"), ("R12345", "R12345")],
)
def test_a_series_claims_all_its_years(series, claim):
    """A series of one year meets the series of every year."""
    assert series_claim(series) == claim


def test_the_year_of_a_series_is_that_of_the_issue():
    """`{year}` of a series is the year in which a document is issued."""
    assert seller().series_on(date(2020, 8, 25)) == "EV-2020"
    assert seller(invoice_series="EV").series_on(date(2020, 8, 25)) == "EV"


@pytest.mark.rule("MS-05")
def test_a_key_is_known_by_its_digest():
    """A product key has one digest, however it is typed, and 64 hex digits tell nothing of it."""
    digest = key_digest("AAAAA-BBBBB-CCCCC-DDDDD-12345")

    assert digest == key_digest(" aaaaa-bbbbb-ccccc-ddddd-12345\n")
    assert len(digest) == 64
    assert "AAAAA" not in digest.upper()


@pytest.mark.rule("MS-05")
@pytest.mark.parametrize(
    "key",
    [
        "",
        "AAAAABBBBBCCCCCDDDDDEEEEE",
        "AAAAA-BBBBB-CCCCC-DDDDD",
        "AAAAA-BBBBB-CCCCC-DDDDD-EEEE",
        "AAAAA-BBBBB-CCCCC-DDDDD-EEEE!",
        "AAAAA-BBBBB-CCCCC-DDDDD-EEEEÉ",
        "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF",
    ],
)
def test_a_malformed_key_is_refused(key):
    """A product key is 25 letters and digits in five groups."""
    with pytest.raises(ValueError, match="25 letters and digits"):
        key_digest(key)


@pytest.mark.parametrize(
    "given", ["2026-02-30", "1767225600", "2026-01-01T00:00:00", "1 Jan 2026", 20260101, None]
)
def test_a_day_is_an_iso_date_only(given):
    """A day is never guessed from a number, an instant or another notation."""
    with pytest.raises(ValueError, match="day"):
        parse_day(given)


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


def test_the_largest_plan_fits():
    """A plan with as much of everything as it may hold stays below 256 KiB, even as ASCII."""
    fact = PlanPublished(
        catalogue="c",
        plan="p",
        version=1,
        terms=terms(
            price={
                "per": "month",
                "tiering": "volume",
                "tiers": [{"from": n + 1, "amount": "1234567890.1234567890"} for n in range(500)],
            },
            seats={"minimum": 1, "below_minimum": "é" * 1000},
            carries_over_from=["p" * 100] * 200,
            entitlements={f"{n:0100d}": "é" * 200 for n in range(50)},
            payment={f"m{n:039d}": "after_credit_check" for n in range(50)},
        ),
    )

    assert len(json.dumps(fact.model_dump(mode="json"))) < BYTES_A_FACT


@pytest.mark.parametrize("name", ["\x00", "a\nb", " ", "", "a\x85b", "x" * 201])
def test_a_name_is_one_line_of_print(name):
    """Control characters, blank and overlong names never enter a fact."""
    with pytest.raises(ValidationError):
        seller(name=name)


def test_plans_are_public_and_keys_are_not():
    """The feed may tell what is sold, and never what a key is good for."""
    assert PlanPublished.PUBLIC
    assert not ProductKeysPublished.PUBLIC
    assert not SellerPublished.PUBLIC
