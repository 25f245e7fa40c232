"""Periods of days, terms, their boundaries from an anchor, the day of an instant (ALL-05).

Boundary n is always `anchor + n terms`, clamped to the last day of a short month, never counted on
from a clamped day. Days are days of the calendar; instants are aware and answered in UTC.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from events.fact import Value

MONTHS_MAX = 9999 * 12
DAYS_MAX = date.max.toordinal()
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}")
_MACHINE_ZONES = ("localtime", "posixrules", "Factory", "posix/", "right/")


class DateOutOfRange(ValueError):
    """A day outside the years 1 to 9999."""


class Period(Value):
    """Days from `start` up to but not including `end`; `end` is never before `start`."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError("a period ends before it starts")
        return self

    @property
    def days(self) -> int:
        """How many days it holds; 0 where it is empty."""
        return (self.end - self.start).days

    def contains(self, day: date) -> bool:
        """Whether the day is one of its days; its end is not."""
        return self.start <= day < self.end


class Term(Value):
    """A length of time that repeats: a number of months, or a number of days."""

    months: Annotated[int, Field(ge=1, le=MONTHS_MAX)] | None = None
    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.months is None) == (self.days is None):
            raise ValueError("a term is given either in months or in days")
        return self

    def __str__(self) -> str:
        """For sentences, as in "12 months"."""
        count, unit = (self.months, "month") if self.months else (self.days, "day")
        return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


@lru_cache(maxsize=65536)
def add_months(anchor: date, months: int) -> date:
    """The day `months` months after the anchor, the month's last day where it has no such day.

    DateOutOfRange where that is outside the years 1 to 9999.
    """
    month_index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(month_index, 12)
    if not 1 <= year <= 9999:
        raise DateOutOfRange(f"{anchor} and {months} months lies outside the years 1 to 9999")
    month += 1
    day = anchor.day
    if day > 28:
        day = min(day, monthrange(year, month)[1])
    return date(year, month, day)


def add_days(anchor: date, days: int) -> date:
    """The day `days` days after the anchor; DateOutOfRange outside the years 1 to 9999."""
    ordinal = anchor.toordinal() + days
    if not 1 <= ordinal <= DAYS_MAX:
        raise DateOutOfRange(f"{anchor} and {days} days lies outside the years 1 to 9999")
    return date.fromordinal(ordinal)


def boundary(anchor: date, term: Term, n: int) -> date:
    """The day on which period n begins: `anchor + n terms`; n may be negative.

    ValueError where that is outside the years 1 to 9999.
    """
    if term.months is not None:
        return add_months(anchor, term.months * n)
    return add_days(anchor, (term.days or 0) * n)


def whole_months(start: date, end: date) -> int:
    """The largest m with `start + m months <= end`; ValueError for an end before the start."""
    if end < start:
        raise ValueError(f"{end} is before {start}")
    months = (end.year - start.year) * 12 + end.month - start.month
    if end.day < start.day and add_months(start, months) > end:
        months -= 1
    return months


def months_between(start: date, end: date) -> tuple[int, int]:
    """Whole months from start to end, clamped, and the days left over after them.

    The months are the largest m with `start + m months <= end`: 31 January to 28 February 2021 is
    one month and no days. ValueError for an end before the start.
    """
    months = whole_months(start, end)
    return months, (end - add_months(start, months)).days


def index_on(anchor: date, term: Term, day: date) -> int:
    """The number n of the period that holds the day: boundary n <= day < boundary n + 1.

    ValueError for a day before the anchor.
    """
    if day < anchor:
        raise ValueError(f"{day} is before the anchor {anchor}")
    if term.months is not None:
        return whole_months(anchor, day) // term.months
    return (day - anchor).days // (term.days or 1)


def term_period(anchor: date, term: Term, n: int) -> Period:
    """Period n of the anchor: from boundary n to boundary n + 1."""
    return Period(start=boundary(anchor, term, n), end=boundary(anchor, term, n + 1))


@lru_cache(maxsize=1024)
def time_zone(zone: str) -> ZoneInfo:
    """The zone of that IANA name; ValueError for one unknown, or that differs between machines."""
    if zone.startswith(_MACHINE_ZONES) or len(zone) > 64 or _ZONE_NAME.fullmatch(zone) is None:
        raise ValueError(f"no such time zone: {zone[:64]!r}")
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as problem:
        raise ValueError(f"no such time zone: {zone!r}") from problem


def day_in_zone(instant: datetime, zone: str) -> date:
    """The day that it is in the zone at that instant.

    ValueError for an instant without an offset, an unknown zone, or a day outside the years 1 to
    9999.
    """
    if instant.utcoffset() is None:
        raise ValueError("an instant needs its offset from UTC")
    try:
        return instant.astimezone(time_zone(zone)).date()
    except OverflowError as problem:
        raise ValueError(f"{instant} lies outside the years 1 to 9999 in {zone}") from problem


def start_of_day(day: date, zone: str) -> datetime:
    """The instant, in UTC, at which the day begins in the zone (00:00, or the end of a gap there).

    ValueError for an unknown zone, or where the instant is outside the years 1 to 9999.
    """
    try:
        return datetime.combine(day, time(), time_zone(zone)).astimezone(UTC)
    except OverflowError as problem:
        raise ValueError(f"{day} in {zone} begins outside the years 1 to 9999") from problem
