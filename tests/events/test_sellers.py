"""Sellers, their series and their product keys."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from events.sellers import Seller, key_digest, series_claim


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


@pytest.mark.parametrize("name", ["\x00", "a\nb", " ", "", "a\x85b", "x" * 201])
def test_a_name_is_one_line_of_print(name):
    """Control characters, blank and overlong names never enter a fact."""
    with pytest.raises(ValidationError):
        seller(name=name)
