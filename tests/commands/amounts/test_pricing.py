"""Volume and graduated tiers, and the one rounding of a charge (EV-02)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.amounts.pricing import (
    BelowFirstTier,
    charge,
    exact_text,
    graduated_amount,
    price_of_seats,
    tier_for,
)
from commands.amounts.proration import Proration
from events.money import AmountOutOfRange, Rounding
from events.plans import Tier


def tier(start: int, amount: str) -> Tier:
    """A tier from this number of seats on."""
    return Tier.model_validate({"from": start, "amount": amount})


TIERS = [tier(5, "8.32"), tier(10, "7.49"), tier(50, "6.005")]


@st.composite
def rising_tiers(draw: st.DrawFn) -> list[Tier]:
    """One to five tiers with rising quantities, the first from one seat."""
    starts = sorted(draw(st.sets(st.integers(2, 60), max_size=4)) | {1})
    amounts = st.decimals(min_value=0, max_value=99, places=4)
    return [tier(start, str(draw(amounts))) for start in starts]


@pytest.mark.rule("EV-02")
@pytest.mark.parametrize(
    ("total", "amount"), [(5, "8.32"), (9, "8.32"), (10, "7.49"), (49, "7.49"), (50, "6.005")]
)
def test_the_last_tier_reached_prices_every_seat(total: int, amount: str):
    """From its first quantity on a tier prices all seats of the order."""
    assert tier_for(TIERS, total).amount == Decimal(amount)
    assert price_of_seats("volume", TIERS, total).amount == Fraction(amount) * total


@pytest.mark.rule("EV-02")
def test_older_seats_are_not_charged_again():
    """Five seats that make fifteen pay the tier of fifteen, five times."""
    priced = price_of_seats("volume", TIERS, 15, held=10)

    assert (priced.quantity, priced.unit, priced.tier) == (5, Decimal("7.49"), 10)
    assert priced.list_price == Decimal("8.32")
    assert priced.amount == Fraction("37.45")
    assert priced.steps == ("15 in all: the tier from 10 prices each", "7.49 x 5 = 37.45")


def test_graduated_seats_have_the_price_of_their_own_tier():
    """Twelve seats are nine of the first tier, which reaches down, and three of the second."""
    priced = price_of_seats("graduated", TIERS, 12)

    assert priced.amount == 9 * Fraction("8.32") + 3 * Fraction("7.49")
    assert priced.unit is None
    assert priced.steps[-1] == "together 97.35"


@given(rising_tiers(), st.integers(1, 80), st.integers(0, 80))
def test_graduated_orders_add_up(tiers: list[Tier], total: int, held: int):
    """Bought in two orders, graduated seats cost what they cost in one, seat by seat."""
    held = min(held, total)
    later = price_of_seats("graduated", tiers, total, held).amount
    seat_by_seat = sum(Fraction(tier_for(tiers, seat).amount) for seat in range(1, total + 1))

    assert graduated_amount(tiers, held) + later == graduated_amount(tiers, total) == seat_by_seat


@pytest.mark.parametrize("tiering", ["volume", "graduated"])
def test_fewer_seats_than_the_first_tier_have_no_price(tiering: str):
    """A quantity that reaches no tier is refused, and the tier is named."""
    with pytest.raises(BelowFirstTier, match="begins at 5"):
        price_of_seats("graduated" if tiering == "graduated" else "volume", TIERS, 4)


@pytest.mark.parametrize(
    ("amount", "part", "rounding", "expected"),
    [
        ("0.125", (1, 1), "half_up", "0.13"),
        ("0.125", (1, 1), "half_even", "0.12"),
        ("-0.125", (1, 1), "half_up", "-0.13"),
        ("10", (1, 3), "half_up", "3.33"),
        ("10", (1, 3), "up", "3.34"),
        ("-10", (1, 3), "down", "-3.33"),
        ("10", (0, 31), "half_up", "0.00"),
    ],
)
def test_a_charge_is_rounded_once(
    amount: str, part: tuple[int, int], rounding: Rounding, expected: str
):
    """The exact amount x the fraction is rounded at the end, in the way named."""
    net, steps = charge(Fraction(amount), Proration(*part, ("so",)), "EUR", rounding)

    assert net.amount == expected
    assert steps[0] == "so"
    assert steps[-1].endswith(f"{expected} EUR")


def test_prices_finer_than_the_currency_are_charged_in_whole_units():
    """JPY has no decimals: 832.5 x 5 is 4163, in one rounding."""
    net, steps = charge(Fraction("832.5") * 5, None, "JPY")

    assert net.amount == "4163"
    assert steps == ("4162.5, rounded half up: 4163 JPY",)


def test_a_charge_beyond_the_bounds_is_refused():
    """No charge passes 10^15 minor units."""
    with pytest.raises(AmountOutOfRange):
        charge(Fraction(10**14), None, "EUR")


def test_exact_values_are_written_out():
    """A value with a finite decimal is written as one, another as a fraction."""
    values = [Fraction("37.45"), Fraction(7), Fraction(-1, 8), Fraction(1, 3)]

    assert [exact_text(value) for value in values] == ["37.45", "7", "-0.125", "1/3"]
