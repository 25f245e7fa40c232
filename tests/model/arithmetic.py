"""Exact arithmetic of the model: rounding, days, months, prices, shares of time. No ledger code.

Every function names the sentence of the CONTRACT that it stands on.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

DIGITS = {"JPY": 0, "EUR": 2, "USD": 2, "CAD": 2, "KWD": 3}
"""ALL-01: money is decimal in the currency's minor unit (JPY none, EUR 2, KWD 3)."""

Plan = Mapping[str, Any]


def half_up(value: Fraction) -> int:
    """DESIGN 4: one rounding a line, half up, away from zero."""
    whole, rest = divmod(abs(value.numerator), value.denominator)
    whole += 2 * rest >= value.denominator
    return -whole if value < 0 else whole


def minor(text: str, currency: str) -> int | None:
    """ALL-01: an amount in minor units; None where it is finer than the currency."""
    exact = Fraction(text) * 10 ** DIGITS[currency]
    return exact.numerator if exact.denominator == 1 else None


def text(amount: int, currency: str) -> str:
    """CONTRACT 2: money is a decimal string with all the currency's decimals."""
    digits = DIGITS[currency]
    sign, units = "-" if amount < 0 else "", abs(amount)
    whole, rest = divmod(units, 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"


def add_months(anchor: date, count: int) -> date:
    """ALL-05: the anchor's day, clamped to the last day of a short month."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + count, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def boundary(plan: Plan, anchor: date, offset: int) -> date:
    """DESIGN 4, ALL-05: the anchor + so many months or days, never step by step."""
    if "months" in plan["term"]:
        return add_months(anchor, offset)
    return anchor + timedelta(days=offset)


def length(plan: Plan) -> int:
    """A term, in months or in days."""
    return int(max(plan["term"].values()))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """5.1: a term's bounds are 00:00 in the seller's zone."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def seconds(start: datetime, end: datetime) -> Fraction:
    """The time between two instants."""
    return Fraction((end - start) // timedelta(microseconds=1), 1_000_000)


def months_left(anchor: date, day: date, end: date, started: str) -> tuple[int, Fraction]:
    """5.3: whole months and the started one, counted from the anchor, never from a clamped start.

    `started` is `days` (days left / its days), `up` (1) or `down` (0); on a boundary there is none.
    """
    number = 0
    while add_months(anchor, number) < day:
        number += 1
    first, whole = add_months(anchor, number), 0
    while add_months(anchor, number + whole) < end:
        whole += 1
    if first == day or started == "down":
        return whole, Fraction(0)
    if started == "up":
        return whole, Fraction(1)
    before = add_months(anchor, number - 1)
    return whole, Fraction((first - day).days, (first - before).days)


def graduated(tiers: Sequence[Mapping[str, Any]], quantity: int) -> Fraction:
    """5.2: each seat by the tier in which it stands."""
    total = Fraction(0)
    for tier, following in zip(tiers, [*tiers[1:], None], strict=True):
        upto = quantity if following is None else min(quantity, following["from"] - 1)
        if upto >= tier["from"]:
            total += Fraction(tier["amount"]) * (upto - tier["from"] + 1)
    return total


def price(plan: Plan, others: int, seats: int) -> Fraction:
    """5.2: the price of `seats` beside `others`, for a whole term, in major units.

    Volume: the total picks the tier for these seats (below the first tier: the first one, says
    decisions.md); graduated: price(others + seats) - price(others).
    """
    rule = plan["price"]
    tiers = rule["tiers"]
    if rule["tiering"] == "volume":
        reached = [tier for tier in tiers if tier["from"] <= others + seats] or tiers[:1]
        amount = Fraction(reached[-1]["amount"]) * seats
    else:
        amount = graduated(tiers, others + seats) - graduated(tiers, others)
    return amount * (plan["term"]["months"] if rule["per"] == "month" else 1)


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """DESIGN 4: splits by largest remainder, ties to the earlier share."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    exact = [Fraction(amount * weight, whole) for weight in weights]
    shares = [one.numerator // one.denominator for one in exact]
    order = sorted(range(len(weights)), key=lambda one: shares[one] - exact[one])
    for one in order[: amount - sum(shares)]:
        shares[one] += 1
    return shares
