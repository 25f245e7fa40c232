"""Revenue of each charge from facts alone: straight line by day, in months, exact to the unit.

A charge is earned over the days of the period that it pays for, each day as much as another.
What is taken back of it (an unused part, carried-over credit, a credit note) lessens the rest of
its schedule from that day on; what the rest does not hold was earned before and is taken from the
month of that day. Amounts are minor units, net of tax.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from events.charges import Charged, Reversal
from events.credit import CreditGranted
from events.envelope import Recorded
from events.invoices import CreditNoteIssued
from events.money import Money, allocate
from events.periods import Period, add_months


class TakenBack(NamedTuple):
    """A part of a charge, positive and net of tax, given back from a day on.

    `cause` is the charge, credit or credit note that gives it back. Where a credit note takes back
    such a charge, the part is given again and the amount is negative.
    """

    charge: str
    cause: str
    on: date
    amount: Money
    position: int


@dataclass(frozen=True, slots=True)
class Earning:
    """Revenue of a charge in the month that begins on `month`; `cause` is what moved it there."""

    charge: str
    cause: str
    month: date
    minor: int


def charges_of(events: Iterable[Recorded]) -> dict[str, Recorded]:
    """The charges of a history by their ids."""
    return {event.fact.charge: event for event in events if isinstance(event.fact, Charged)}


def taken_back(events: Iterable[Recorded]) -> Iterator[TakenBack]:
    """All that was ever taken back of charges, in the order of the log."""
    reverses: dict[str, Charged] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, Charged):
            reverses[fact.charge] = fact
            for part in fact.reverses:
                yield TakenBack(
                    part.charge, fact.charge, fact.period.start, part.amount, event.position
                )
        elif isinstance(fact, CreditGranted):
            for part in fact.of.charges:
                yield TakenBack(
                    part.charge, fact.credit, event.effective_on, part.amount, event.position
                )
        elif isinstance(fact, CreditNoteIssued):
            for line in fact.lines:
                charge = reverses[line.charge]
                for part in parts_of(charge, -line.amount):
                    yield TakenBack(
                        part.charge, fact.invoice, fact.issued_on, part.amount, event.position
                    )


def parts_of(charge: Charged, amount: Money) -> tuple[Reversal, ...]:
    """The charges that an amount of a charge concerns: itself, or those that it takes back.

    Of a charge that takes back the amount is negative, as the charge is, and so are the parts.
    """
    if not charge.reverses:
        return (Reversal(charge=charge.charge, amount=amount),)
    shares = allocate(amount.minor, [part.amount.minor for part in charge.reverses])
    return tuple(
        Reversal(charge=part.charge, amount=Money(share, amount.currency))
        for part, share in zip(charge.reverses, shares, strict=True)
    )


def schedule(events: Iterable[Recorded], upto: int | None = None) -> list[Earning]:
    """The revenue of every charge, month by month, as the facts up to a position have it."""
    known = [event for event in events if upto is None or event.position <= upto]
    backs: dict[str, list[TakenBack]] = {}
    for back in taken_back(known):
        backs.setdefault(back.charge, []).append(back)
    found: list[Earning] = []
    for name, event in charges_of(known).items():
        charge = event.fact
        if isinstance(charge, Charged) and not charge.reverses:
            found += _of_charge(charge, sorted(backs.get(name, ()), key=lambda back: back.on))
    return found


def _of_charge(charge: Charged, backs: list[TakenBack]) -> Iterator[Earning]:
    service = service_days(charge)
    days = _by_month(service)
    earned = dict(zip(days, allocate(charge.net.minor, list(days.values())), strict=True))
    yield from _earnings(charge.charge, charge.charge, earned)
    for back in backs:
        after = _after(service, earned, back)
        moved = {month: after[month] - earned.get(month, 0) for month in after}
        yield from _earnings(charge.charge, back.cause, moved)
        earned = after


def service_days(charge: Charged) -> Period:
    """The days over which a charge is earned: its period, one day where that has none."""
    if charge.period.days:
        return charge.period
    return Period(start=charge.period.start, end=charge.period.start + timedelta(days=1))


def _after(service: Period, earned: dict[date, int], back: TakenBack) -> dict[date, int]:
    """The months of a charge after a part of it was taken back on a day."""
    day = max(back.on, service.start)
    this_month = day.replace(day=1)
    before = {month: minor for month, minor in earned.items() if month < this_month}
    rest = sum(earned.values()) - sum(before.values())
    if day >= service.end:
        return {**earned, this_month: earned.get(this_month, 0) - back.amount.minor}
    ahead = _by_month(Period(start=day, end=service.end))
    if day > max(this_month, service.start):
        first = max(this_month, service.start)
        of_month = [(day - first).days, ahead[this_month]]
        done, _ = allocate(earned[this_month], of_month)
    else:
        done = 0
    left = rest - done - back.amount.minor
    if left < 0:
        after = dict.fromkeys(ahead, 0)
        after[this_month] = left
    else:
        after = dict(zip(ahead, allocate(left, list(ahead.values())), strict=True))
    after[this_month] += done
    return {**before, **after}


def _by_month(period: Period) -> dict[date, int]:
    """The days of a period in each month; never empty."""
    found: dict[date, int] = {}
    day = period.start
    while day < period.end:
        after = min(add_months(day.replace(day=1), 1), period.end)
        found[day.replace(day=1)] = (after - day).days
        day = after
    return found


def _earnings(charge: str, cause: str, months: dict[date, int]) -> Iterator[Earning]:
    for month, minor in months.items():
        if minor:
            yield Earning(charge, cause, month, minor)
