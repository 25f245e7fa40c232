"""`seatledger calc`: prices, fractions, periods, splits and rounding, and what they refuse."""

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.amounts.pricing import charge
from commands.amounts.proration import Proration
from ledger.scenarios.calc import CALCULATIONS, answer

SEATS = {"currency": "USD", "price": "8.32", "quantity": 5}
MONTHLY = {**SEATS, "per": "month"}
TERM = {"period_start": "2020-06-25", "period_end": "2021-06-25", "change": "2020-08-25"}
BY_MONTHS = {**MONTHLY, **TERM, "method": "months"}
SUMMER = {
    "period_start": "2020-06-25T00:00:00+02:00",
    "period_end": "2020-12-25T00:00:00+01:00",
    "change": "2020-08-25T00:00:00+02:00",
    "method": "seconds",
}


def calc(what: str, given: object) -> dict[str, Any]:
    """The answer to one object, or to one line as it is."""
    line = given if isinstance(given, (str, bytes)) else json.dumps(given)
    text, good = answer(CALCULATIONS[what], line)
    decoded: dict[str, Any] = json.loads(text)
    assert good is ("error" not in decoded)
    return decoded


def fails(what: str, given: object, code: str) -> None:
    """Expect that error, with a sentence."""
    answered = calc(what, given)
    assert answered["error"] == f"calc.{code}"
    assert answered["detail"]
    assert set(answered) == {"error", "detail"}


@pytest.mark.rule("EV-09")
def test_ev09_can_be_checked_by_anyone():
    """Five seats bought on 2020-08-25, renewal date 2021-06-25: monthly price x 5 x 10."""
    assert calc("prorate", BY_MONTHS) == {
        "numerator": 10,
        "denominator": 1,
        "amount": "416.00",
        "steps": [
            "from 2020-08-25 to 2021-06-25: 10 whole months, counted from 2020-06-25",
            "8.32 x 5 x 10/1, rounded half up: 416.00 USD",
        ],
    }


@pytest.mark.parametrize(
    ("given", "fraction", "amount"),
    [
        (BY_MONTHS | {"change": "2020-08-26"}, "309/31", "414.66"),
        (BY_MONTHS | {"change": "2020-08-26", "started_month": "up"}, "10", "416.00"),
        (BY_MONTHS | {"change": "2020-08-26", "started_month": "down"}, "9", "374.40"),
        (BY_MONTHS | {"change": "2021-06-25"}, "0", "0.00"),
        (BY_MONTHS | {"until": "2020-10-25"}, "2", "83.20"),
        (BY_MONTHS | {"until": "2020-08-25"}, "0", "0.00"),
        (BY_MONTHS | {"per": "period"}, "10/12", "34.67"),
        (BY_MONTHS | {"method": "days"}, "3648/365", "415.77"),
        (BY_MONTHS | {"method": "days", "per": "period"}, "304/365", "34.65"),
        (BY_MONTHS | {"price": "-8.32", "change": "2020-08-26"}, "309/31", "-414.66"),
        (BY_MONTHS | {"anchor": "2019-01-25"}, "10", "416.00"),
        (MONTHLY | {"numerator": 10, "denominator": 1}, "10", "416.00"),
        (MONTHLY | {"numerator": 0, "denominator": 31}, "0", "0.00"),
        (MONTHLY | {"price": "0.005", "numerator": 1, "denominator": 5}, "1/5", "0.01"),
        (MONTHLY | {"price": "-0.005", "numerator": 1, "denominator": 5}, "1/5", "-0.01"),
        (MONTHLY | SUMMER | {"per": "period"}, "10544400/15814800", "27.74"),
        (MONTHLY | SUMMER, "63266400/15814800", "166.42"),
    ],
)
def test_prorate_is_price_times_quantity_times_fraction(
    given: dict[str, Any], fraction: str, amount: str
):
    """Every method, cut short or not, of positive and negative prices."""
    answered = calc("prorate", given)

    assert Fraction(answered["numerator"], answered["denominator"]) == Fraction(fraction)
    assert answered["amount"] == amount
    assert answered["steps"]


@pytest.mark.rule("ALL-01")
@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "83"), ("EUR", "83.20"), ("KWD", "83.200")]
)
def test_amounts_have_their_currency_s_digits(currency: str, amount: str):
    """No decimals in JPY, two in EUR, three in KWD."""
    given = MONTHLY | {"currency": currency, "numerator": 2, "denominator": 1}

    assert calc("prorate", given)["amount"] == amount


@given(
    st.integers(-(10**8), 10**8),
    st.integers(0, 4),
    st.integers(0, 500),
    st.integers(0, 400),
    st.integers(1, 400),
)
def test_prorate_charges_what_the_decisions_charge(
    scaled: int, places: int, quantity: int, numerator: int, denominator: int
):
    """The fast way here and the exact one of the decisions give the same amount."""
    price = format(Decimal(scaled).scaleb(-places), "f")
    parts = {"numerator": numerator, "denominator": denominator}
    left = Proration(numerator, denominator, ())
    expected, _ = charge(Fraction(price) * quantity, left, "EUR")

    answered = calc(
        "prorate", MONTHLY | {"currency": "EUR", "price": price, "quantity": quantity} | parts
    )

    assert answered["amount"] == expected.amount


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (BY_MONTHS | {"change": "2021-06-26"}, "change_outside_period"),
        (BY_MONTHS | {"until": "2021-06-26"}, "change_outside_period"),
        (BY_MONTHS | {"until": "2020-08-24"}, "end_before_start"),
        (BY_MONTHS | {"period_end": "2020-06-24"}, "end_before_start"),
        (BY_MONTHS | {"period_end": "2020-06-25", "change": "2020-06-25"}, "empty_period"),
        (BY_MONTHS | {"period_end": "2021-06-24"}, "broken_months"),
        (BY_MONTHS | {"method": "days", "period_end": "2021-06-24"}, "broken_months"),
        (BY_MONTHS | {"anchor": "2020-06-26"}, "before_anchor"),
        (MONTHLY | SUMMER | {"period_end": "2020-12-25T01:00:00+01:00"}, "broken_months"),
        (MONTHLY | SUMMER | {"anchor": "2020-06-26T00:00:00Z"}, "before_anchor"),
        (MONTHLY | SUMMER | {"change": "2020-08-25"}, "invalid"),
        (MONTHLY | SUMMER | {"change": "2020-08-25T00:00:00"}, "invalid"),
        (BY_MONTHS | {"change": "2020-08-25T00:00:00Z"}, "invalid"),
        (BY_MONTHS | {"change": "2021-02-29"}, "invalid"),
        (BY_MONTHS | {"change": "20200825"}, "invalid"),
        (BY_MONTHS | {"change": "2020-W35-2"}, "invalid"),
        (BY_MONTHS | {"method": "none"}, "invalid"),
        (BY_MONTHS | {"numerator": 10, "denominator": 1}, "invalid"),
        (BY_MONTHS | {"seats": 5}, "invalid"),
        (BY_MONTHS | {"quantity": True}, "invalid"),
        (BY_MONTHS | {"quantity": "5"}, "invalid"),
        (BY_MONTHS | {"quantity": 5.0}, "invalid"),
        (BY_MONTHS | {"quantity": -1}, "invalid"),
        (BY_MONTHS | {"quantity": 10**16}, "out_of_range"),
        (BY_MONTHS | {"price": 8.32}, "invalid"),
        (BY_MONTHS | {"price": "1e2"}, "invalid"),
        (BY_MONTHS | {"price": "NaN"}, "invalid"),
        (BY_MONTHS | {"price": "9" * 30}, "out_of_range"),
        (BY_MONTHS | {"price": None}, "invalid"),
        (BY_MONTHS | {"currency": "usd"}, "currency_unknown"),
        (BY_MONTHS | {"currency": ["USD"]}, "invalid"),
        (BY_MONTHS | {"rounding": "half_down"}, "invalid"),
        (MONTHLY | {"numerator": 1}, "invalid"),
        (MONTHLY | {"numerator": 1, "denominator": 0}, "invalid"),
        (MONTHLY | {"numerator": -1, "denominator": 1}, "invalid"),
        (MONTHLY | TERM, "invalid"),
        (SEATS | TERM | {"method": "months"}, "invalid"),
    ],
)
def test_prorate_refuses_what_makes_no_sense(given: dict[str, Any], code: str):
    """Dates out of order, broken months, and fields of the wrong kind have their codes."""
    fails("prorate", given, code)


TIERS = [{"from": 5, "amount": "8.32"}, {"from": 10, "amount": "7.495"}]


@pytest.mark.rule("EV-02")
def test_price_by_volume_and_graduated():
    """Volume prices all seats by one tier, graduated each by its own."""
    asked = {"currency": "EUR", "tiers": TIERS, "quantity": 11}
    volume = calc("price", asked | {"tiering": "volume"})
    graduated = calc("price", asked | {"tiering": "graduated"})

    assert (volume["unit_price"], volume["amount"]) == ("7.495", "82.45")
    assert graduated["amount"] == "89.87"
    assert "unit_price" not in graduated
    assert volume["steps"]
    assert graduated["steps"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": 4}, "below_first_tier"),
        ({"tiers": []}, "invalid"),
        ({"tiers": TIERS[::-1]}, "invalid"),
        ({"tiers": [TIERS[0], TIERS[0]]}, "invalid"),
        ({"tiers": [TIERS[0] | {"to": 9}]}, "invalid"),
        ({"tiers": [{"from": "5", "amount": "1"}]}, "invalid"),
        ({"tiers": ["5"]}, "invalid"),
        ({"tiering": "stairs"}, "invalid"),
        ({"tiers": [{"from": 1, "amount": "9" * 15}]}, "out_of_range"),
    ],
)
def test_price_refuses_what_has_no_price(change: dict[str, Any], code: str):
    """Too few seats, or tiers that do not rise."""
    given = {"currency": "EUR", "tiering": "volume", "tiers": TIERS, "quantity": 5}

    fails("price", given | change, code)


MONTHLY_31 = {"anchor": "2020-01-31", "every": {"months": 1}}
PARIS = {"anchor": "2020-03-28T23:30:00Z", "every": {"months": 1}, "zone": "Europe/Paris"}


@pytest.mark.rule("ALL-05")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (MONTHLY_31 | {"n": 0}, ["2020-01-31"]),
        (MONTHLY_31 | {"n": 1}, ["2020-02-29"]),
        (MONTHLY_31 | {"n": 2}, ["2020-03-31"]),
        (MONTHLY_31 | {"on": "2020-03-30"}, [1, "2020-02-29", "2020-03-31"]),
        (MONTHLY_31 | {"on": "2020-03-31"}, [2, "2020-03-31", "2020-04-30"]),
        (PARIS | {"n": 1}, ["2020-04-29"]),
        (PARIS | {"on": "2020-04-28T21:59:59Z"}, [0, "2020-03-29", "2020-04-29"]),
        (PARIS | {"on": "2020-04-28T22:00:00Z"}, [1, "2020-04-29", "2020-05-29"]),
        ({"anchor": "2020-02-28", "every": {"days": 30}, "n": 1}, ["2020-03-29"]),
        (
            {"anchor": "2020-02-28", "every": {"days": 30}, "on": "2020-03-28"},
            [0, "2020-02-28", "2020-03-29"],
        ),
    ],
)
def test_periods_keep_their_anchor_day(given: dict[str, Any], expected: list[object]):
    """Boundaries by number, and the period that holds a day or an instant in a zone."""
    assert list(calc("periods", given).values()) == expected


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (MONTHLY_31, "invalid"),
        (MONTHLY_31 | {"n": 1, "on": "2020-03-01"}, "invalid"),
        (MONTHLY_31 | {"n": -1}, "invalid"),
        (MONTHLY_31 | {"n": 10**9}, "out_of_range"),
        (MONTHLY_31 | {"on": "2020-01-30"}, "before_anchor"),
        (MONTHLY_31 | {"on": "9999-12-31"}, "out_of_range"),
        (MONTHLY_31 | {"n": 1, "zone": "Europe/Atlantis"}, "zone_unknown"),
        (MONTHLY_31 | {"n": 1, "zone": None}, "invalid"),
        (MONTHLY_31 | {"n": 1, "every": {}}, "invalid"),
        (MONTHLY_31 | {"n": 1, "every": {"months": 1, "days": 1}}, "invalid"),
        (MONTHLY_31 | {"n": 1, "every": {"months": 0}}, "invalid"),
        (MONTHLY_31 | {"n": 1, "every": {"weeks": 1}}, "invalid"),
        (MONTHLY_31 | {"n": 1, "every": 1}, "invalid"),
        (MONTHLY_31 | {"n": 1, "anchor": "2020-01-31T10:00:00"}, "invalid"),
        (MONTHLY_31 | {"n": 1, "anchor": "2020-01-31T10:00:60Z"}, "invalid"),
        (PARIS | {"n": 1, "anchor": "9999-12-31T23:30:00Z"}, "out_of_range"),
    ],
)
def test_periods_refuse_what_lies_outside(given: dict[str, Any], code: str):
    """Negative numbers, days before the anchor, unknown zones and the end of the calendar."""
    fails("periods", given, code)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(1, 24), st.integers(0, 50))
def test_periods_by_number_and_by_day_agree(anchor: date, every: int, n: int):
    """The period that holds boundary n is n, and ends at boundary n + 1."""
    asked = {"anchor": str(anchor), "every": {"months": every}}
    start, end = (calc("periods", asked | {"n": number})["date"] for number in (n, n + 1))
    last = str(date.fromisoformat(end) - timedelta(days=1))

    for on in (start, last):
        assert calc("periods", asked | {"on": on}) == {
            "n": n,
            "period_start": start,
            "period_end": end,
        }


def test_months_and_days_left_over():
    """Whole months are clamped like boundaries; an end before the start is an error."""
    assert calc("months", {"start": "2020-08-25", "end": "2021-06-25"}) == {"months": 10, "days": 0}
    assert calc("months", {"start": "2021-01-31", "end": "2021-03-01"}) == {"months": 1, "days": 1}
    fails("months", {"start": "2021-01-31", "end": "2021-01-30"}, "end_before_start")
    fails("months", {"start": "2021-01-31"}, "invalid")


@pytest.mark.rule("ALL-01")
@pytest.mark.parametrize(
    ("amount", "ratios", "shares"),
    [
        (100, ["1", "1", "1"], [34, 33, 33]),
        (-100, ["1", "1", "1"], [-34, -33, -33]),
        (5, ["0", "0.5"], [0, 5]),
        (10**15, ["0.1", "0.2"], [333333333333333, 666666666666667]),
    ],
)
def test_allocate_shares_add_up(amount: int, ratios: list[str], shares: list[int]):
    """Largest remainder, ties to the earlier, signs mirror."""
    assert calc("allocate", {"amount_minor": amount, "ratios": ratios})["shares_minor"] == shares


@pytest.mark.parametrize(
    ("amount", "ratios", "code"),
    [
        (100, [], "invalid"),
        (100, ["0", "0"], "invalid"),
        (100, ["-1", "2"], "invalid"),
        (100, [1, 1], "invalid"),
        (100, "11", "invalid"),
        ("100", ["1"], "invalid"),
        (False, ["1"], "invalid"),
        (10**15 + 1, ["1"], "out_of_range"),
    ],
)
def test_allocate_refuses_what_cannot_be_split(amount: object, ratios: object, code: str):
    """No ratios, zeros alone, a negative one, and anything that is no decimal string."""
    fails("allocate", {"amount_minor": amount, "ratios": ratios}, code)


VALUES = ["2.345", "-2.345", "2.355", "0.004", "-0.004", "7"]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"currency": "EUR"}, ["2.35", "-2.35", "2.36", "0.00", "0.00", "7.00"]),
        (
            {"scale": 2, "mode": "half_even"},
            ["2.34", "-2.34", "2.36", "0.00", "0.00", "7.00"],
        ),
        ({"scale": 0, "mode": "up"}, ["3", "-3", "3", "1", "-1", "7"]),
        ({"currency": "JPY", "mode": "down"}, ["2", "-2", "2", "0", "0", "7"]),
        ({"scale": 4}, ["2.3450", "-2.3450", "2.3550", "0.0040", "-0.0040", "7.0000"]),
    ],
)
def test_round_in_every_way(how: dict[str, Any], expected: list[str]):
    """To a currency's decimals or to a number of them; zero has no sign."""
    assert calc("round", {"values": VALUES} | how) == {"rounded": expected}


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({}, "invalid"),
        ({"scale": 2, "currency": "EUR"}, "invalid"),
        ({"scale": -1}, "invalid"),
        ({"scale": True}, "invalid"),
        ({"scale": 99}, "out_of_range"),
        ({"scale": 2, "mode": "ceiling"}, "invalid"),
        ({"scale": 2, "values": [2.5]}, "invalid"),
        ({"scale": 2, "values": ["0x10"]}, "invalid"),
        ({"currency": "EUR", "values": ["1" + "0" * 15]}, "out_of_range"),
    ],
)
def test_round_refuses_other_ways(how: dict[str, Any], code: str):
    """One of currency and scale, a known mode, plain decimal strings."""
    fails("round", {"values": ["1"]} | how, code)
