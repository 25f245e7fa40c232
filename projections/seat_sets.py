"""The seats of a subscription as sets of numbers, folded alike for counts and for renewals.

Sets are ranges, so that a hundred thousand seats that nobody has touched cost no more than ten.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from events.orders import (
    LineKind,
    OrderCancelled,
    OrderCompleted,
    OrderExpired,
    OrderFailed,
    OrderPlaced,
)
from events.seat_numbers import SeatNumbers
from events.seats import SeatsAdded, SeatsEnded, SeatsRemoved
from events.subscriptions import (
    AutoRenewDisabled,
    AutoRenewEnabled,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionKept,
    SubscriptionStarted,
    TermStarted,
)

SetFact = (
    SubscriptionStarted
    | TermStarted
    | SubscriptionCancelled
    | AutoRenewDisabled
    | AutoRenewEnabled
    | SubscriptionKept
    | SeatsAdded
    | SeatsRemoved
    | SeatsEnded
    | SubscriptionEnded
)
"""The facts that change which seats there are and which renew."""

Settlement = OrderCompleted | OrderFailed | OrderExpired | OrderCancelled
"""The facts after which an order no longer waits."""

NONE = SeatNumbers()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Seats of an order that waits; `term_end` is the end of the term that its charge names."""

    order: str
    kind: LineKind
    plan: str
    plan_version: int
    seats: int
    term_end: date | None


@dataclass(frozen=True, slots=True)
class SeatSets:
    """Which seats are usable, which of them are chosen to renew, which have ended, what waits.

    `renews`: the subscription is paid for and its plan renews.
    """

    usable: SeatNumbers = NONE
    chosen: SeatNumbers = NONE
    ended: SeatNumbers = NONE
    waiting: tuple[Waiting, ...] = ()
    renews: bool = False

    @property
    def renewing(self) -> SeatNumbers:
        """The seats that will renew."""
        return self.chosen if self.renews else NONE

    @property
    def pending(self) -> int:
        """How many seats wait for their orders."""
        return sum(one.seats for one in self.waiting)


def after(sets: SeatSets, fact: SetFact) -> SeatSets:
    """The sets after a fact of their subscription (EV-16, EV-17, SE-08)."""
    match fact:
        case SubscriptionStarted():
            return replace(sets, renews=fact.kind == "paid" and fact.renews)
        case TermStarted(cause="billing_date_moved"):
            return replace(sets, renews=fact.renews)
        case TermStarted():
            return replace(sets, renews=fact.renews, chosen=sets.usable)
        case SubscriptionCancelled():
            return replace(sets, chosen=NONE)
        case AutoRenewDisabled():
            return replace(sets, chosen=sets.chosen - fact.seats)
        case AutoRenewEnabled() | SubscriptionKept():
            return replace(sets, chosen=sets.chosen | (fact.seats & sets.usable))
        case SeatsAdded():
            chosen = sets.chosen | fact.seats if fact.renewing else sets.chosen
            return replace(sets, usable=sets.usable | fact.seats, chosen=chosen)
        case SeatsRemoved(when="at_renewal"):
            return replace(sets, chosen=sets.chosen - fact.seats)
        case SeatsRemoved() | SeatsEnded():
            return _without(sets, fact.seats)
        case SubscriptionEnded():
            return SeatSets(ended=sets.ended | sets.usable)
        case _:
            assert_never(fact)


def _without(sets: SeatSets, seats: SeatNumbers) -> SeatSets:
    return replace(
        sets,
        usable=sets.usable - seats,
        chosen=sets.chosen - seats,
        ended=sets.ended | (sets.usable & seats),
    )


def waiting_lines(placed: OrderPlaced) -> Iterator[tuple[str, Waiting]]:
    """The subscriptions of an order, each with what waits for it until the order is settled."""
    ends = {
        charge.subscription: charge.term.end
        for charge in placed.charges
        if charge.reason != "unused_credit"
    }
    for line in placed.lines:
        yield (
            line.subscription,
            Waiting(
                order=placed.order,
                kind=line.kind,
                plan=line.plan,
                plan_version=line.plan_version,
                seats=line.seats,
                term_end=ends.get(line.subscription),
            ),
        )


def with_waiting(sets: SeatSets, waiting: Waiting) -> SeatSets:
    """The sets when an order has been placed."""
    return replace(sets, waiting=(*sets.waiting, waiting))


def settled(sets: SeatSets, order: str) -> SeatSets:
    """The sets when an order has been completed or has come to nothing."""
    return replace(sets, waiting=tuple(one for one in sets.waiting if one.order != order))
