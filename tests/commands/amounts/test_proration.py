"""Which part of a term is left: EV-09's worked example, the laws of parts, and the edges."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.amounts.pricing import charge
from commands.amounts.proration import (
    Per,
    ProrationImpossible,
    StartedMonth,
    fraction_left,
    months_of,
    seconds_left,
    term_left,
    whole_period,
)
from events.money import Money
from events.periods import Period, add_months
from events.plans import ProrationRule

Method = Literal["months", "days"]
PERS = st.sampled_from(["month", "period"])
METHODS = st.sampled_from(["months", "days"])
STARTED = st.sampled_from(["days", "up", "down"])
START, END = date(2020, 6, 25), date(2021, 6, 25)


def left(
    change: str,
    until: str | None = None,
    *,
    method: Method = "months",
    started: StartedMonth = "days",
    per: Per = "month",
) -> Fraction:
    """The fraction of the worked example's term that is left on a day."""
    day = date.fromisoformat(change)
    last = date.fromisoformat(until) if until else None
    return fraction_left(method, started, per, START, START, END, day, last).fraction


@pytest.mark.rule("EV-09")
@pytest.mark.parametrize("monthly_price", ["8.32", "7.49", "12.95"])
def test_ev09_five_seats_with_ten_months_left(monthly_price: str):
    """12-month plan, renewal date 2021-06-25; five seats bought on 2020-08-25 cost
    monthly price x 5 x 10, and the renewal date stays 2021-06-25.
    """
    term = Period(start=date(2020, 6, 25), end=date(2021, 6, 25))
    bought_at = datetime(2020, 8, 25, 17, 30, tzinfo=UTC)

    part = term_left(ProrationRule(by="months"), "month", term.start, term, bought_at, "UTC")
    net, steps = charge(Fraction(monthly_price) * 5, part, "USD")

    assert part[:2] == (10, 1)
    assert net == Money.parse(str(Decimal(monthly_price) * 5 * 10), "USD")
    assert steps[0] == "from 2020-08-25 to 2021-06-25: 10 whole months, counted from 2020-06-25"


@pytest.mark.rule("EV-09")
@pytest.mark.parametrize(
    ("change", "by_days", "up", "down"),
    [
        ("2020-06-25", "12", 12, 12),
        ("2020-06-26", "11 29/30", 12, 11),
        ("2020-08-25", "10", 10, 10),
        ("2020-08-26", "9 30/31", 10, 9),
        ("2020-09-24", "9 1/31", 10, 9),
        ("2021-02-10", "4 15/31", 5, 4),
        ("2021-03-10", "3 15/28", 4, 3),
        ("2021-06-24", "1/31", 1, 0),
        ("2021-06-25", "0", 0, 0),
    ],
)
def test_ev09_a_started_month_counts_by_its_own_days(change: str, by_days: str, up: int, down: int):
    """On a boundary no month is started; else it counts its days left / its days, 1, or 0."""
    expected = sum((Fraction(part) for part in by_days.split()), Fraction())

    assert left(change) == expected
    assert left(change, started="up") == up
    assert left(change, started="down") == down
    assert left(change, per="period") == expected / 12


@pytest.mark.rule("ALL-05")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("2021-01-31", "3"),
        ("2021-02-28", "2"),
        ("2021-03-30", "1 1/31"),
        ("2021-03-31", "1"),
        ("2021-04-29", "1/30"),
    ],
)
def test_clamped_months_are_counted_from_the_anchor(change: str, expected: str):
    """From 31 January the months begin on 28 February, 31 March and 30 April."""
    anchor = date(2020, 12, 31)
    part = fraction_left(
        "months",
        "days",
        "month",
        anchor,
        date(2021, 1, 31),
        date(2021, 4, 30),
        date.fromisoformat(change),
    )

    assert part.fraction == sum((Fraction(text) for text in expected.split()), Fraction())


@pytest.mark.parametrize(
    ("change", "until", "by_days", "up", "down"),
    [
        ("2020-08-25", "2020-10-25", "2", 2, 2),
        ("2020-09-05", "2020-11-03", "60/31", 3, 1),
        ("2020-08-26", "2020-08-28", "2/31", 1, 0),
        ("2020-08-25", "2020-08-26", "1/31", 1, 0),
        ("2020-08-26", "2020-08-26", "0", 0, 0),
    ],
)
def test_a_part_may_end_before_the_period(
    change: str, until: str, by_days: str, up: int, down: int
):
    """Up to `until`, a month that is covered in part counts as a started one."""
    assert left(change, until) == Fraction(by_days)
    assert left(change, until, started="up") == up
    assert left(change, until, started="down") == down


SECONDS = 303 * 86400 - 1800
"""From 22:30 UTC on 25 August to midnight in Paris on 25 June, 22:00 UTC the day before."""


@pytest.mark.parametrize(
    ("rule", "per", "expected"),
    [
        (ProrationRule(by="months", started_month="up"), "month", (10, 1)),
        (ProrationRule(by="months", started_month="down"), "period", (9, 12)),
        (ProrationRule(by="days"), "month", (12 * 303, 365)),
        (ProrationRule(by="days"), "period", (303, 365)),
        (ProrationRule(by="seconds"), "period", (SECONDS, 365 * 86400)),
        (ProrationRule(by="seconds"), "month", (12 * SECONDS, 365 * 86400)),
        (ProrationRule(by="none"), "month", (12, 1)),
        (ProrationRule(by="none"), "period", (1, 1)),
    ],
)
def test_a_plan_says_how_it_prorates(rule: ProrationRule, per: Per, expected: tuple[int, int]):
    """Bought when it is 26 August in Paris already, where the term's bounds are 00:00."""
    term = Period(start=START, end=END)
    bought_at = datetime(2020, 8, 25, 22, 30, tzinfo=UTC)

    part = term_left(rule, per, START, term, bought_at, "Europe/Paris")

    assert part[:2] == expected
    assert all(part.steps)


@given(
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.integers(1, 36),
    st.lists(st.integers(0, 1200), max_size=5),
    METHODS,
    PERS,
)
def test_parts_add_up_to_the_whole(
    anchor: date, months: int, cuts: list[int], method: Method, per: Per
):
    """However a period is cut, its parts add up to all of it."""
    end = add_months(anchor, months)
    inside = {min(anchor + timedelta(days=cut), end) for cut in cuts}
    days = sorted({anchor, end, *inside})

    parts = [
        fraction_left(method, "days", per, anchor, anchor, end, first, last).fraction
        for first, last in pairwise(days)
    ]

    assert sum(parts) == whole_period(per, anchor, anchor, end).fraction


@given(
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.integers(1, 36),
    st.integers(0, 1200),
    METHODS,
    STARTED,
    PERS,
)
def test_less_is_left_every_day(
    anchor: date, months: int, day: int, method: Method, started: StartedMonth, per: Per
):
    """The fraction lies between nothing and the whole, and never grows with the days."""
    end = add_months(anchor, months)
    change = min(anchor + timedelta(days=day), end - timedelta(days=1))
    today, tomorrow = (
        fraction_left(method, started, per, anchor, anchor, end, on).fraction
        for on in (change, change + timedelta(days=1))
    )

    assert 0 <= tomorrow <= today <= whole_period(per, anchor, anchor, end).fraction


@pytest.mark.parametrize(
    ("anchor", "start", "end", "change", "until", "reason"),
    [
        ("2021-01-01", "2021-02-01", "2021-01-01", "2021-01-15", None, "end_before_start"),
        ("2021-01-01", "2021-01-01", "2021-01-01", "2021-01-01", None, "empty_period"),
        ("2021-01-01", "2021-01-01", "2021-02-01", "2020-12-31", None, "change_outside_period"),
        ("2021-01-01", "2021-01-01", "2021-02-01", "2021-02-02", None, "change_outside_period"),
        (*("2021-01-01", "2021-01-01", "2021-02-01", "2021-01-02"), "2021-02-02", "until"),
        (*("2021-01-01", "2021-01-01", "2021-02-01", "2021-01-09"), "2021-01-08", "before"),
        ("2021-01-01", "2021-01-01", "2021-01-31", "2021-01-15", None, "broken_months"),
        ("2020-12-31", "2021-01-01", "2021-02-01", "2021-01-15", None, "broken_months"),
        ("2021-01-02", "2021-01-01", "2021-02-01", "2021-01-15", None, "before_anchor"),
    ],
)
def test_impossible_dates_have_a_reason(
    anchor: str, start: str, end: str, change: str, until: str | None, reason: str
):
    """Dates out of order, outside the period, or of broken months are refused by name."""
    names = {"until": "change_outside_period", "before": "end_before_start"}
    days = [date.fromisoformat(text) for text in (anchor, start, end, change)]
    last = date.fromisoformat(until) if until else None

    with pytest.raises(ProrationImpossible) as caught:
        fraction_left("months", "days", "month", *days, last)

    assert caught.value.reason == names.get(reason, reason)


def test_days_need_no_whole_months_where_the_price_is_for_the_period():
    """Thirty days are prorated by days, but have no number of months."""
    start, end, change = date(2021, 1, 1), date(2021, 1, 31), date(2021, 1, 16)

    assert fraction_left("days", "days", "period", start, start, end, change)[:2] == (15, 30)
    with pytest.raises(ProrationImpossible):
        fraction_left("days", "days", "month", start, start, end, change)
    with pytest.raises(ProrationImpossible):
        months_of(start, start, end)


def test_seconds_are_exact_below_the_second():
    """Half a second is counted in microseconds, whole seconds in seconds."""
    start, end = datetime(2021, 1, 1, tzinfo=UTC), datetime(2021, 1, 2, tzinfo=UTC)

    assert seconds_left(None, start, end, start + timedelta(hours=6))[:2] == (64800, 86400)
    exact = seconds_left(None, start, end, end - timedelta(seconds=0, microseconds=500_000))
    assert exact.fraction == Fraction(1, 2 * 86400)
    assert seconds_left(None, start, end, end).numerator == 0


def test_a_part_of_a_month_is_told_in_its_days():
    """15 of the 30 days of June: together 15/30 months; of a whole month nothing is told."""
    term = Period(start=date(2020, 6, 1), end=date(2020, 7, 1))
    rule = ProrationRule(by="months", started_month="days")
    half = term_left(rule, "month", term.start, term, datetime(2020, 6, 16, tzinfo=UTC), "UTC")
    assert "together 15/30 months" in half.steps
    whole = term_left(rule, "month", term.start, term, datetime(2020, 6, 1, tzinfo=UTC), "UTC")
    assert not [step for step in whole.steps if step.startswith("together")]
