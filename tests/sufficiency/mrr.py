"""Monthly recurring revenue and what moved it between two days, from facts alone.

A charge is in force over the period that it pays for. An unused part that is taken back ends it on
its day for the seats that it concerns, and what was carried over ends all charges of its
subscription. It counts with what it would cost for a whole term (`full_term`) divided by the months
of its term: exact fractions of minor units. Trials and prepaid seats are not charged and count
nothing; a credit note is a one-off and changes no recurring revenue, but for seats that are gone.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from events.charges import Charged, ChargeSeatsListed, TermSpan
from events.credit import CreditGranted
from events.envelope import Recorded
from events.invoices import CreditNoteIssued
from events.periods import months_between
from events.seat_numbers import SeatNumbers
from events.subscriptions import SubscriptionCarriedOver

Kind = Literal["new", "expansion", "contraction", "churn", "renewal_price"]

DAYS_OF_MONTH = Fraction(365, 12)
"""A month of a term that is counted in days."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A charge while it counts: `[start, end)`, its seats and its amount for a month."""

    charge: str
    subscription: str
    reason: str
    term: int
    start: date
    end: date
    seats: int
    monthly: Fraction
    numbers: SeatNumbers = SeatNumbers()


@dataclass(frozen=True, slots=True)
class Movement:
    """What changed the recurring revenue of a subscription on a day."""

    on: date
    subscription: str
    kind: Kind
    amount: Fraction


def months_of(term: TermSpan) -> Fraction:
    """The length of a term in months, counted from its anchor so that a clamped day is no part.

    A term that is not of whole months is one of days.
    """
    if term.start >= term.anchor:
        until_end, days_to_end = months_between(term.anchor, term.end)
        until_start, days_to_start = months_between(term.anchor, term.start)
        if not days_to_end and not days_to_start:
            return Fraction(until_end - until_start)
    return (term.end - term.start).days / DAYS_OF_MONTH


def in_force(events: Iterable[Recorded]) -> list[InForce]:
    """Every charge that counts, with the days on which it does; a new part where seats are gone."""
    known = list(events)
    seats = _seats_of(known)
    parts: dict[str, list[InForce]] = {}
    for event in known:
        fact = event.fact
        match fact:
            case Charged() if fact.reverses:
                for part in fact.reverses:
                    _end(parts, part.charge, fact.period.start, seats[fact.charge])
            case Charged():
                parts[fact.charge] = [_begun(fact, seats[fact.charge])]
            case CreditNoteIssued():
                for line in fact.lines:
                    if line.by == "removal" and line.charge in parts:
                        gone = line.seats or seats[line.charge]
                        _end(parts, line.charge, event.effective_on, gone)
            case SubscriptionCarriedOver():
                for name in [n for n, one in parts.items() if _is_of(one[-1], fact.subscription)]:
                    _end(parts, name, event.effective_on, seats[name])
            case CreditGranted():
                # Of before contract 2: it named the charges of the term that it carried over.
                terms = {_term(parts[part.charge][-1]) for part in fact.of.charges}
                for name in [n for n, one in parts.items() if _term(one[-1]) in terms]:
                    _end(parts, name, event.effective_on, seats[name])
            case _:
                pass
    return [one for found in parts.values() for one in found if one.start < one.end]


def _seats_of(events: Iterable[Recorded]) -> dict[str, SeatNumbers]:
    """The seats that each charge pays for, or of which it takes back."""
    found: dict[str, SeatNumbers] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, Charged | ChargeSeatsListed):
            found[fact.charge] = found.get(fact.charge, SeatNumbers()) | fact.seats
    return found


def _begun(fact: Charged, seats: SeatNumbers) -> InForce:
    return InForce(
        charge=fact.charge,
        subscription=fact.subscription,
        reason=fact.reason,
        term=fact.term.number,
        start=fact.period.start,
        end=fact.period.end,
        seats=fact.quantity,
        monthly=fact.full_term.minor / months_of(fact.term),
        numbers=seats,
    )


def _is_of(one: InForce, subscription: str) -> bool:
    return one.subscription == subscription


def _term(one: InForce) -> tuple[str, int]:
    return one.subscription, one.term


def _end(parts: dict[str, list[InForce]], charge: str, on: date, gone: SeatNumbers) -> None:
    """End a charge on a day for some of its seats; the others make up a part of their own."""
    *before, last = parts[charge]
    if on >= last.end:
        return
    stay = last.numbers - gone
    ended = replace(last, end=max(on, last.start))
    if not stay:
        parts[charge] = [*before, ended]
        return
    share = Fraction(len(stay), len(last.numbers))
    count, monthly = len(stay), last.monthly * share
    begun = replace(last, start=max(on, last.start), seats=count, monthly=monthly, numbers=stay)
    parts[charge] = [*before, ended, replace(begun, reason="left")]


def recurring(charges: Iterable[InForce], on: date) -> dict[str, Fraction]:
    """The recurring revenue of each subscription on a day; only those that have any."""
    sums: dict[str, Fraction] = {}
    for one in charges:
        if one.start <= on < one.end:
            sums[one.subscription] = sums.get(one.subscription, Fraction()) + one.monthly
    return {name: amount for name, amount in sums.items() if amount}


def movements(charges: Iterable[InForce], since: date, until: date) -> list[Movement]:
    """What moved recurring revenue after the day `since` up to the day `until`, in order."""
    charges = list(charges)
    found: list[Movement] = []
    days = sorted({day for one in charges for day in (one.start, one.end) if since < day <= until})
    for day in days:
        moved = [one for one in charges if day in {one.start, one.end}]
        for name in sorted({one.subscription for one in moved}):
            of_name = [one for one in charges if one.subscription == name]
            found += _on_day(name, day, of_name)
    return [one for one in found if one.amount]


def _on_day(name: str, day: date, charges: list[InForce]) -> list[Movement]:
    """The movements of a subscription on a day on which charges begin or end."""
    begun = [one for one in charges if one.start == day]
    over = [one for one in charges if one.end == day]
    kept = [one for one in charges if one.start < day < one.end]
    before = _sum(over) + _sum(kept)
    change = _sum(begun) - _sum(over)
    if not before:
        return [Movement(day, name, "new", change)]
    if not begun and not kept:
        return [Movement(day, name, "churn", change)]
    if not any(one.reason == "renewal" for one in begun):
        return [Movement(day, name, "expansion" if change > 0 else "contraction", change)]
    seats = sum(one.seats for one in over) + sum(one.seats for one in kept)
    more = sum(one.seats for one in begun) - sum(one.seats for one in over)
    by_seats = more * before / seats
    kind: Kind = "expansion" if more > 0 else "contraction"
    return [
        Movement(day, name, kind, by_seats),
        Movement(day, name, "renewal_price", change - by_seats),
    ]


def _sum(charges: Iterable[InForce]) -> Fraction:
    return sum((one.monthly for one in charges), Fraction())


def by_kind(found: Iterable[Movement]) -> dict[str, Fraction]:
    """The sum of movements of each kind that there is."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for one in found:
        sums[one.kind] += one.amount
    return dict(sums)
