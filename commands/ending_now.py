"""Seats that go at once, with the credit that their plan gives for them (GEN-06, GEN-07).

CONTRACT 5.17: the first entry whose window holds for the last charge of a seat, each seat by its
own. What goes back is a credit note, or a line on the statement that waits.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from commands.accumulator import Work
from commands.amounts.taking_back import Back, take_back
from commands.amounts.unused import unused_by_plan
from commands.completion import complete_covered
from commands.decision import Policy
from commands.giving_up import give_up
from commands.state.account import AccountState
from commands.state.charges import ChargeState
from commands.state.subscriptions import Subscription
from events.money import round_fraction
from events.orders import OrderCancelled
from events.plans import CancellationEntry, RemovalEntry
from events.seat_numbers import SeatNumbers
from events.seats import SeatsEnded
from events.subscriptions import SubscriptionEnded

E = TypeVar("E", RemovalEntry, CancellationEntry)


@dataclass(frozen=True, slots=True)
class Applying(Generic[E]):
    """Seats for which an entry applies, with their last charge (None: they cost nothing)."""

    entry: E
    seats: SeatNumbers
    charge: ChargeState | None


def entries_by_seat(
    state: AccountState,
    policy: Policy,
    sub: Subscription,
    seats: SeatNumbers,
    entries: Sequence[E],
) -> list[Applying[E]]:
    """The entry that applies to each of the seats, by the day of its last charge."""
    return [
        Applying(_first_that_holds(policy, entries, charge), own, charge)
        for charge, own in _by_last_charge(state, sub, seats)
    ]


def _first_that_holds(policy: Policy, entries: Sequence[E], charge: ChargeState | None) -> E:
    for entry in entries:
        if entry.within_days is None:
            return entry
        window = timedelta(days=entry.within_days)
        if charge is not None and policy.on - charge.charged_on <= window:
            return entry
    return entries[-1]


def _by_last_charge(
    state: AccountState, sub: Subscription, seats: SeatNumbers
) -> Iterator[tuple[ChargeState | None, SeatNumbers]]:
    """The seats by the charge that was the last for each of them, newest charge first."""
    charges = state.books.charges
    rest = seats
    for name in reversed((*sub.left_charges, *sub.term_charges)):
        own = rest & charges[name].seats
        if own:
            yield charges[name], own
            rest -= own
    if rest:
        yield None, rest


def those_when(applying: Iterable[Applying[E]], when: str) -> SeatNumbers:
    """The seats whose entry lets them go then."""
    found = SeatNumbers()
    for one in applying:
        if one.entry.when == when:
            found |= one.seats
    return found


def credit_back(
    state: AccountState, policy: Policy, applying: Iterable[Applying[E]]
) -> tuple[Back, ...]:
    """What is given back for the seats that go at once: all that was charged, or unused time."""
    return tuple(
        Back(one.charge.charge, minor, one.seats, is_time=False)
        for one in applying
        if one.entry.when == "now" and one.charge is not None
        for minor in (_credit(state, policy, one.charge, one),)
        if minor > 0
    )


def _credit(state: AccountState, policy: Policy, charge: ChargeState, applying: Applying[E]) -> int:
    match applying.entry.credit:
        case "full":
            part = charge.part_of(applying.seats) - charge.taken_by_time(applying.seats)
            return round_fraction(part)
        case "prorated":
            return unused_by_plan(policy, state, charge, applying.seats)
        case _:
            return 0


def give_credit(work: Work, backs: Sequence[Back]) -> None:
    """Credit seats that have gone, and complete what that covers."""
    take_back(work, backs, "credit_note")
    complete_covered(work)


def end_at_once(work: Work, name: str) -> None:
    """End a subscription with all its seats; orders that wait for seats of it are cancelled."""
    for waiting in sorted(work.state.subscriptions[name].pending):
        give_up(work, work.state.orders[waiting], OrderCancelled(order=waiting))
    sub = work.state.subscriptions[name]
    if not sub.ended:
        for part in sub.usable.chunks() if sub.usable else ():
            work.add(SeatsEnded(subscription=name, seats=part))
        work.add(SubscriptionEnded(subscription=name, cause="cancelled"))
