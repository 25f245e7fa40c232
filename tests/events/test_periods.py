"""Boundaries keep their anchor day, periods tile, and a day is that of the zone (ALL-05)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from events.periods import (
    Period,
    Term,
    add_days,
    add_months,
    boundary,
    day_in_zone,
    index_on,
    months_between,
    start_of_day,
    term_period,
    time_zone,
    whole_months,
)

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
TERMS = st.one_of(
    st.integers(1, 60).map(lambda count: Term(months=count)),
    st.integers(1, 800).map(lambda count: Term(days=count)),
)
ZONES = ["UTC", "Europe/Paris", "America/New_York", "America/Sao_Paulo", "Asia/Tokyo"]


def day(text: str) -> date:
    """A day from its text."""
    return date.fromisoformat(text)


@pytest.mark.rule("ALL-05")
@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        ("2021-01-31", ["2021-01-31", "2021-02-28", "2021-03-31", "2021-04-30", "2021-05-31"]),
        ("2020-01-31", ["2020-01-31", "2020-02-29", "2020-03-31", "2020-04-30", "2020-05-31"]),
        ("2020-12-30", ["2020-12-30", "2021-01-30", "2021-02-28", "2021-03-30", "2021-04-30"]),
    ],
)
def test_boundaries_return_to_their_anchor_day(anchor: str, expected: list[str]):
    """A short month clamps its own boundary and none after it."""
    assert [str(boundary(day(anchor), Term(months=1), n)) for n in range(5)] == expected


@pytest.mark.rule("ALL-05")
def test_leap_day_anchors_return_in_leap_years():
    """A year from 29 February is 28 February, four years are 29 February again."""
    starts = [str(boundary(day("2020-02-29"), Term(months=12), n)) for n in (1, 2, 3, 4)]

    assert starts == ["2021-02-28", "2022-02-28", "2023-02-28", "2024-02-29"]


@given(DAYS, st.integers(-2000, 2000))
def test_months_agree_with_dateutil(anchor: date, months: int):
    """An independent calendar adds months to the same day."""
    assert add_months(anchor, months) == anchor + relativedelta(months=months)


@pytest.mark.rule("ALL-05")
@given(DAYS, TERMS, st.integers(0, 40))
def test_periods_tile(anchor: date, term: Term, n: int):
    """Each period ends where the next begins, and holds exactly its own days."""
    period, following = term_period(anchor, term, n), term_period(anchor, term, n + 1)

    assert period.end == following.start
    assert period.days > 0
    assert index_on(anchor, term, period.start) == n
    assert index_on(anchor, term, period.end - timedelta(days=1)) == n
    assert index_on(anchor, term, period.end) == n + 1


@given(DAYS, TERMS, st.integers(0, 20000))
def test_every_day_has_its_period(anchor: date, term: Term, later: int):
    """The period found for a day contains it."""
    on = anchor + timedelta(days=later)

    assert term_period(anchor, term, index_on(anchor, term, on)).contains(on)


@given(DAYS, DAYS)
def test_months_between_are_the_most_that_fit(one: date, other: date):
    """Start + months + days is the end, and one month more would pass it."""
    start, end = min(one, other), max(one, other)
    months, days = months_between(start, end)

    assert days >= 0
    assert add_months(start, months) + timedelta(days=days) == end
    assert add_months(start, months + 1) > end


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2020-08-25", "2021-06-25", (10, 0)),
        ("2021-01-31", "2021-02-28", (1, 0)),
        ("2021-01-30", "2021-03-01", (1, 1)),
        ("2020-02-29", "2021-02-28", (12, 0)),
        ("2021-03-31", "2021-03-31", (0, 0)),
        ("9999-11-30", "9999-12-31", (1, 1)),
    ],
)
def test_months_between_known_days(start: str, end: str, expected: tuple[int, int]):
    """Whole months are clamped like boundaries."""
    assert months_between(day(start), day(end)) == expected


def test_time_does_not_run_backwards():
    """Ends before starts, and days before the anchor, are refused."""
    with pytest.raises(ValueError, match="before"):
        whole_months(day("2021-01-02"), day("2021-01-01"))
    with pytest.raises(ValueError, match="before the anchor"):
        index_on(day("2021-01-02"), Term(days=1), day("2021-01-01"))
    with pytest.raises(ValidationError, match="ends before"):
        Period(start=day("2021-01-02"), end=day("2021-01-01"))


def test_the_calendar_ends():
    """Beyond the years 1 to 9999 there is an error that says so, never an overflow."""
    for beyond in (
        lambda: add_months(day("9999-12-01"), 1),
        lambda: add_months(day("0001-01-31"), -1),
        lambda: add_months(day("2020-01-31"), 10**30),
        lambda: add_days(day("9999-12-31"), 1),
        lambda: boundary(day("2020-01-31"), Term(days=10**6), 10**20),
        lambda: day_in_zone(datetime(1, 1, 1, tzinfo=UTC), "America/New_York"),
        lambda: start_of_day(day("0001-01-01"), "Asia/Tokyo"),
    ):
        with pytest.raises(ValueError, match="outside the years 1 to 9999"):
            beyond()


@pytest.mark.parametrize(
    "fields", [{}, {"months": 1, "days": 1}, {"months": 0}, {"days": -1}, {"months": True}]
)
def test_a_term_is_months_or_days(fields: dict[str, int]):
    """A term has exactly one of both, one at least."""
    with pytest.raises(ValidationError):
        Term.model_validate(fields)


def test_a_term_is_at_most_as_long_as_the_calendar():
    """9999 years of months, or the days up to the last one."""
    for longest in ({"months": 119_988}, {"days": 3_652_059}):
        Term.model_validate(longest)
        with pytest.raises(ValidationError, match="less than or equal"):
            Term.model_validate({unit: most + 1 for unit, most in longest.items()})


def test_a_period_may_hold_no_day():
    """It ends where it starts: what is charged for it is nothing."""
    assert Period(start=day("2021-01-02"), end=day("2021-01-02")).days == 0


def test_terms_speak():
    """A term in a sentence has its unit, in the plural where there are several."""
    assert [str(Term(months=12)), str(Term(months=1)), str(Term(days=30))] == [
        "12 months",
        "1 month",
        "30 days",
    ]


@pytest.mark.rule("ALL-05")
@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        ("2020-08-25T21:59:59+00:00", "Europe/Paris", "2020-08-25"),
        ("2020-08-25T22:00:00+00:00", "Europe/Paris", "2020-08-26"),
        ("2020-12-25T22:59:59+00:00", "Europe/Paris", "2020-12-25"),
        ("2020-12-25T23:00:00+00:00", "Europe/Paris", "2020-12-26"),
        ("2020-08-25T23:30:00-05:00", "UTC", "2020-08-26"),
        ("2020-08-25T14:59:59+00:00", "Asia/Tokyo", "2020-08-25"),
    ],
)
def test_an_instant_has_the_day_of_the_zone(instant: str, zone: str, expected: str):
    """The same instant is another day elsewhere, in summer as in winter."""
    assert str(day_in_zone(datetime.fromisoformat(instant), zone)) == expected


@given(st.dates(date(1975, 1, 1), date(2037, 12, 31)), st.sampled_from(ZONES))
def test_days_begin_at_their_first_instant(on: date, zone: str):
    """The start of a day lies in it, the microsecond before does not."""
    start = start_of_day(on, zone)

    assert start.tzinfo is UTC
    assert day_in_zone(start, zone) == on
    assert day_in_zone(start - timedelta(microseconds=1), zone) == on - timedelta(days=1)


@pytest.mark.parametrize(
    "zone",
    [
        *("", "Mars/Olympus", "Europe", "../Europe/Paris", "localtime", "right/UTC", "U" * 99),
        *("/etc/hosts", "Europe/Paris\n", "__init__"),
    ],
)
def test_unknown_zones_are_refused(zone: str):
    """A zone is a name of the IANA data, the same on every machine."""
    with pytest.raises(ValueError, match="no such time zone"):
        time_zone(zone)


def test_an_instant_needs_its_offset():
    """A clock time without a zone is no instant."""
    with pytest.raises(ValueError, match="offset"):
        day_in_zone(datetime(2020, 1, 1), "UTC")  # noqa: DTZ001
