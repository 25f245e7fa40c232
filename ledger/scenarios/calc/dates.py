"""The calculations with dates: `prorate`, `periods` and `months` (CONTRACT 8)."""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, Literal, cast

from commands.amounts.proration import (
    Per,
    Proration,
    ProrationImpossible,
    StartedMonth,
    fraction_left,
    months_of,
    seconds_left,
)
from events.money import minor_text, round_ratio
from events.periods import (
    DAYS_MAX,
    MONTHS_MAX,
    Term,
    boundary,
    day_in_zone,
    index_on,
    months_between,
    time_zone,
)
from ledger.scenarios.calc.fields import (
    CalcError,
    Given,
    bounded,
    check_names,
    read_day,
    read_digits,
    read_instant,
    read_integer,
    read_object,
    read_rounding,
    read_text,
    read_word,
    required,
    scaled_decimal,
)

_PRICED = frozenset({"currency", "price", "per", "quantity", "rounding"})
_DIRECT = _PRICED | {"numerator", "denominator"}
_DATED = _PRICED | {
    "method",
    "started_month",
    "anchor",
    "period_start",
    "period_end",
    "change",
    "until",
}
_PER = frozenset({"month", "period"})
_METHODS = frozenset({"months", "days", "seconds"})
_STARTED = frozenset({"days", "up", "down"})
_PERIODS = frozenset({"anchor", "every", "zone", "n", "on"})
_EVERY = frozenset({"months", "days"})
_MONTHS = frozenset({"start", "end"})


def prorate(given: Given) -> dict[str, Any]:
    """price x quantity x the part of a period that is left, rounded once (EV-09)."""
    currency, digits = read_digits(given)
    price, decimals = scaled_decimal(required(given, "price"), "price")
    quantity = read_integer(given, "quantity", 0)
    per = cast("Per", read_word(given, "per", _PER))
    rounding = read_rounding(given, "rounding")
    if "numerator" in given or "denominator" in given:
        check_names(given, _DIRECT)
        left = Proration(
            read_integer(given, "numerator", 0), read_integer(given, "denominator", 1), ()
        )
    else:
        check_names(given, _DATED)
        left = _left(given, per)
    numerator, denominator, steps = left
    minor = bounded(
        round_ratio(
            price * quantity * numerator * int(10**digits),
            int(10**decimals) * denominator,
            rounding,
        )
    )
    amount = minor_text(minor, digits)
    product = (
        f"{given['price']} x {quantity} x {numerator}/{denominator}, rounded"
        f" {rounding.replace('_', ' ')}: {amount} {currency}"
    )
    return {
        "numerator": numerator,
        "denominator": denominator,
        "amount": amount,
        "steps": [*steps, product],
    }


def _left(given: Given, per: Per) -> Proration:
    method = read_word(given, "method", _METHODS)
    started = read_word(given, "started_month", _STARTED, "days")
    try:
        if method == "seconds":
            return _seconds(given, per)
        start, end = read_day(given, "period_start"), read_day(given, "period_end")
        return fraction_left(
            cast("Literal['months', 'days']", method),
            cast("StartedMonth", started),
            per,
            read_day(given, "anchor") if "anchor" in given else start,
            start,
            end,
            read_day(given, "change"),
            read_day(given, "until") if "until" in given else end,
        )
    except ProrationImpossible as problem:
        raise CalcError(problem.reason, str(problem)) from None


def _seconds(given: Given, per: Per) -> Proration:
    start, end = read_instant(given, "period_start"), read_instant(given, "period_end")
    anchor = read_instant(given, "anchor") if "anchor" in given else start
    change = read_instant(given, "change")
    until = read_instant(given, "until") if "until" in given else end
    part = seconds_left(None, start, end, change, until)
    if per == "period":
        return part
    return seconds_left(_months_of_instants(anchor, start, end), start, end, change, until)


def _months_of_instants(anchor: datetime, start: datetime, end: datetime) -> int:
    """The months of a period between instants, by the clock as written or else by UTC's.

    A seller's midnight has another offset in summer than in winter, so that a period of whole
    months may be whole on one clock alone.
    """
    if start < anchor:
        raise ProrationImpossible("before_anchor", f"{start} is before the anchor {anchor}")
    as_written = [moment.replace(tzinfo=None) for moment in (anchor, start, end)]
    in_utc = [_in_utc(moment) for moment in (anchor, start, end)]
    for moments in (as_written, in_utc):
        if len({moment.time() for moment in moments}) == 1:
            with suppress(ProrationImpossible):
                return months_of(*(moment.date() for moment in moments))
    raise ProrationImpossible(
        "broken_months", f"{start} to {end} is no number of whole months from {anchor}"
    )


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise CalcError("out_of_range", f"{moment} lies outside the years 1 to 9999") from None


def periods(given: Given) -> dict[str, Any]:
    """The day on which period n begins, or the period that holds a day (ALL-05)."""
    check_names(given, _PERIODS)
    zone = read_text(given, "zone") if "zone" in given else "UTC"
    try:
        time_zone(zone)
    except ValueError as problem:
        raise CalcError("zone_unknown", str(problem)) from None
    if ("n" in given) == ("on" in given):
        raise CalcError("invalid", "either n or on is needed, and not both")
    term = _term(required(given, "every"))
    try:
        anchor = _day_or_instant(given, "anchor", zone)
        if "n" in given:
            return {"date": boundary(anchor, term, read_integer(given, "n", 0)).isoformat()}
        day = _day_or_instant(given, "on", zone)
        if day < anchor:
            raise CalcError("before_anchor", f"{day} is before the anchor {anchor}")
        n = index_on(anchor, term, day)
        return {
            "n": n,
            "period_start": boundary(anchor, term, n).isoformat(),
            "period_end": boundary(anchor, term, n + 1).isoformat(),
        }
    except ValueError as problem:
        raise CalcError("out_of_range", str(problem)) from None


def _term(value: object) -> Term:
    every = read_object(value, "every", _EVERY)
    if len(every) != 1:
        raise CalcError("invalid", "every must hold either months or days")
    if "months" in every:
        return Term(months=read_integer(every, "months", 1, MONTHS_MAX))
    return Term(days=read_integer(every, "days", 1, DAYS_MAX))


def _day_or_instant(given: Given, name: str, zone: str) -> date:
    value = required(given, name)
    if isinstance(value, str) and len(value) > 10:
        return day_in_zone(read_instant(given, name), zone)
    return read_day(given, name)


def months(given: Given) -> dict[str, Any]:
    """Whole months between two days, clamped, and the days left over."""
    check_names(given, _MONTHS)
    start, end = read_day(given, "start"), read_day(given, "end")
    if end < start:
        raise CalcError("end_before_start", f"{end} is before {start}")
    whole, days = months_between(start, end)
    return {"months": whole, "days": days}
