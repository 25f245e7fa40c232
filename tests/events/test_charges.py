"""Charges: every figure that led to an amount, and what takes back what."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from events.charges import Charged, Reversal, taken_back
from events.money import Money, round_fraction
from tests.events.round_trip import comes_back, data, is_closed, read, stored


def eur(minor: int) -> Money:
    """Cents."""
    return Money(minor, "EUR")


@pytest.mark.parametrize("name", ["Charged", "ChargeSeatsListed"])
def test_facts_come_back_as_they_were_stored(name: str):
    """Through canonical JSON, with no field guessed."""
    comes_back(stored(name))
    is_closed(name)


@pytest.mark.rule("ALL-06")
def test_the_amount_follows_from_the_figures_beside_it():
    """Net is the full term x the fraction of it, rounded once."""
    charge = stored("Charged")
    assert isinstance(charge, Charged)
    whole = Fraction(charge.full_term.minor)
    months = 12 if charge.per == "month" and not charge.reverses else 1
    part = Fraction(charge.numerator, charge.denominator) / months
    assert abs(round_fraction(whole * part) - charge.net.minor) <= 1


WRONG: list[dict[str, Any]] = [
    {"net": 12.5},
    {"net": {"amount": 12.5, "currency": "EUR"}},
    {"net": {"amount": "12.555", "currency": "EUR"}},
    {"price": 8.32},
    {"reason": "gift"},
    {"per": "day"},
    {"quantity": "5"},
    {"seats": [[5, 1]]},
    {"seats": [[0, 3]]},
    {"seats": "1-5"},
    {"rounding": "half_even"},
    {"period": {"start": "2021-01-02", "end": "2021-01-01"}},
]


@pytest.mark.rule("ALL-01")
@pytest.mark.parametrize("fields", WRONG, ids=str)
def test_no_figure_is_inexact_or_made_up(fields: dict[str, Any]):
    """A JSON number is no money, a word outside the list no reason."""
    with pytest.raises(ValidationError):
        read(Charged, {**data("Charged"), **fields})


def test_a_note_takes_back_the_charge_itself():
    """Whatever part of it stands on the invoice."""
    assert taken_back("c1", (), eur(500)) == (Reversal(charge="c1", amount=eur(500)),)


@given(
    shares=st.lists(st.integers(1, 10**6), min_size=1, max_size=5),
    part=st.fractions(0, 1, max_denominator=100),
)
def test_a_note_on_what_takes_back_gives_back_as_much(shares: list[int], part: Fraction):
    """To the charges that it was taken from, together to the cent, none more than it gave."""
    reverses = [Reversal(charge=f"c{n}", amount=eur(share)) for n, share in enumerate(shares)]
    amount = -round_fraction(sum(shares) * part)
    own, *others = taken_back("back", reverses, eur(amount))

    assert own == Reversal(charge="back", amount=eur(amount))
    assert sum(other.amount.minor for other in others) == (amount if others else 0)
    for other, share in zip(others, shares, strict=False):
        assert -share <= other.amount.minor <= 0
