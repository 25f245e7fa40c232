"""Proration: which fraction of a term a change pays for or takes back (CONTRACT 5.3, EV-09).

The fraction stays a pair of whole numbers; nothing is rounded here. Where the price is per month it
counts months (10/1 for ten months left), where it is per period it is a part of the period (10/12).
The day of a change belongs to what is left. Every answer tells its way as steps (ALL-06).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import lcm
from typing import Literal, NamedTuple, TypeVar

from events.periods import Period, add_months, day_in_zone, start_of_day, whole_months
from events.plans import ProrationRule

Per = Literal["month", "period"]
StartedMonth = Literal["days", "up", "down"]
Reason = Literal[
    "end_before_start", "empty_period", "change_outside_period", "before_anchor", "broken_months"
]
Moment = TypeVar("Moment", date, datetime)
_MICROSECOND = timedelta(microseconds=1)


class ProrationImpossible(ValueError):
    """The dates do not allow the fraction that was asked for; `reason` is one word for it."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Proration(NamedTuple):
    """A fraction, not reduced, and the way to it, one sentence a step."""

    numerator: int
    denominator: int
    steps: tuple[str, ...]

    @property
    def fraction(self) -> Fraction:
        """The fraction as one exact number."""
        return Fraction(self.numerator, self.denominator)


def term_left(
    rule: ProrationRule, per: Per, anchor: date, period: Period, change: datetime, zone: str
) -> Proration:
    """What is left of a period at an instant, by a plan's rule; days begin at 00:00 in the zone.

    ProrationImpossible as for `fraction_left`, ValueError for an unknown zone.
    """
    if rule.by == "none":
        return whole_period(per, anchor, period.start, period.end)
    if rule.by == "seconds":
        start, end = start_of_day(period.start, zone), start_of_day(period.end, zone)
        months = months_of(anchor, period.start, period.end) if per == "month" else None
        return seconds_left(months, start, end, change)
    day = day_in_zone(change, zone)
    return fraction_left(rule.by, rule.started_month, per, anchor, period.start, period.end, day)


def whole_period(per: Per, anchor: date, start: date, end: date) -> Proration:
    """The full price: all months of the period, or the period once."""
    if per == "period":
        return Proration(1, 1, (f"the whole period {start} to {end}: 1/1",))
    months = months_of(anchor, start, end)
    return Proration(months, 1, (f"the whole period {start} to {end}: {_count(months, 'month')}",))


def fraction_left(
    method: Literal["months", "days"],
    started_month: StartedMonth,
    per: Per,
    anchor: date,
    start: date,
    end: date,
    change: date,
    until: date | None = None,
) -> Proration:
    """The fraction of the period `[start, end)` from the day of the change up to `until`, its end.

    ProrationImpossible where the dates are out of order, the change or `until` lies outside, or
    whole months are needed and the period has none from its anchor.
    """
    until = end if until is None else until
    _check_order(start, end, change, until)
    if method == "months":
        return _months_left(started_month, per, anchor, start, end, change, until)
    days, of_days = (until - change).days, (end - start).days
    step = f"from {change} to {until}: {_count(days, 'day')} of {of_days}"
    if per == "period":
        return Proration(days, of_days, (step,))
    return _part_of_months(months_of(anchor, start, end), days, of_days, step)


def seconds_left(
    months: int | None,
    start: datetime,
    end: datetime,
    change: datetime,
    until: datetime | None = None,
) -> Proration:
    """The same with instants: seconds left / seconds of the period, x its months where given.

    ProrationImpossible where the instants are out of order or outside the period.
    """
    until = end if until is None else until
    _check_order(start, end, change, until)
    left, whole = (until - change) // _MICROSECOND, (end - start) // _MICROSECOND
    unit = "microsecond"
    if left % 1_000_000 == 0 and whole % 1_000_000 == 0:
        left, whole, unit = left // 1_000_000, whole // 1_000_000, "second"
    step = f"from {change.isoformat()} to {until.isoformat()}: {_count(left, unit)} of {whole}"
    if months is None:
        return Proration(left, whole, (step,))
    return _part_of_months(months, left, whole, step)


def months_of(anchor: date, start: date, end: date) -> int:
    """How many months of the anchor the period holds.

    ProrationImpossible where it does not begin and end on months of the anchor.
    """
    if start < anchor:
        raise ProrationImpossible("before_anchor", f"{start} is before the anchor {anchor}")
    first, last = whole_months(anchor, start), whole_months(anchor, end)
    if add_months(anchor, first) != start or add_months(anchor, last) != end:
        raise ProrationImpossible(
            "broken_months", f"{start} to {end} is no number of whole months from {anchor}"
        )
    return last - first


def _check_order(start: Moment, end: Moment, change: Moment, until: Moment) -> None:
    if end < start:
        raise ProrationImpossible("end_before_start", f"{end} is before {start}")
    if end == start:
        raise ProrationImpossible("empty_period", f"nothing lies between {start} and {end}")
    if not start <= change <= end:
        raise ProrationImpossible("change_outside_period", f"{change} is not in {start} to {end}")
    if not start <= until <= end:
        raise ProrationImpossible("change_outside_period", f"{until} is not in {start} to {end}")
    if until < change:
        raise ProrationImpossible("end_before_start", f"{until} is before {change}")


def _part_of_months(months: int, left: int, whole: int, step: str) -> Proration:
    numerator = months * left
    return Proration(
        numerator,
        whole,
        (step, f"{_count(months, 'month')} x {left}/{whole} = {numerator}/{whole}"),
    )


def _months_left(
    started_month: StartedMonth,
    per: Per,
    anchor: date,
    start: date,
    end: date,
    change: date,
    until: date,
) -> Proration:
    of_months = months_of(anchor, start, end)
    first, last = whole_months(anchor, change), whole_months(anchor, until)
    at_change, at_until = add_months(anchor, first), add_months(anchor, last)
    broken: list[tuple[date, date, date, date]] = []
    if first == last:
        whole = 0
        if change != until:
            broken.append((at_change, add_months(anchor, first + 1), change, until))
    else:
        whole = last - first
        if change != at_change:
            whole -= 1
            after = add_months(anchor, first + 1)
            broken.append((at_change, after, change, after))
        if until != at_until:
            broken.append((at_until, add_months(anchor, last + 1), at_until, until))
    steps = [f"from {change} to {until}: {_count(whole, 'whole month')}, counted from {anchor}"]
    numerator, denominator = _add_broken(whole, broken, started_month, steps)
    if per == "period":
        denominator *= of_months
        steps.append(f"of {_count(of_months, 'month')}: {numerator}/{denominator}")
    return Proration(numerator, denominator, tuple(steps))


def _add_broken(
    whole: int,
    broken: Sequence[tuple[date, date, date, date]],
    started_month: StartedMonth,
    steps: list[str],
) -> tuple[int, int]:
    """Add what the months that are covered in part count; tell of each in `steps`."""
    numerator, denominator = whole, 1
    for month_start, month_end, covered_from, covered_to in broken:
        named = f"started month {month_start} to {month_end}"
        if started_month == "days":
            days, of_days = (covered_to - covered_from).days, (month_end - month_start).days
            common = lcm(denominator, of_days)
            numerator = numerator * (common // denominator) + days * (common // of_days)
            denominator = common
            steps.append(f"{named}: {days} of its {of_days} days")
        elif started_month == "up":
            numerator += denominator
            steps.append(f"{named}: counts as a whole month")
        else:
            steps.append(f"{named}: counts nothing")
    if denominator > 1:
        steps.append(f"together {numerator}/{denominator} months")
    return numerator, denominator


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
