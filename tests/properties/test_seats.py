"""Seats: every number ever given is assigned, free or ended, and given once."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Recorded
from events.holders import SeatHolder
from events.seat_numbers import SeatNumbers
from events.seats import SeatAssigned, SeatReassigned, SeatReleased, SeatsAdded, SeatsEnded
from events.seats import SeatsRemoved as Removed
from events.subscriptions import (
    AutoRenewDisabled,
    AutoRenewEnabled,
    SubscriptionStarted,
    TermStarted,
)
from projections.projection import fold
from projections.rows import MemoryRows
from projections.seats import SeatRow, SeatsProjection, SeatsRow
from tests.properties.examples import few
from tests.support.histories import Run, histories, run
from tests.support.worlds import WORLDS


def who(person: str | None, holder: SeatHolder | None) -> str:
    """Who holds a seat, a person or another: of the two one stands in a fact."""
    if holder is None:
        assert person is not None
        return person
    assert person is None
    return f"{holder.kind} {holder.id}"


def seats_are_counted(played: Run) -> None:
    """From the facts alone: ever numbered = assigned + free + ended, as state and rows say too."""
    numbered: dict[str, SeatNumbers] = defaultdict(SeatNumbers)
    ended: dict[str, SeatNumbers] = defaultdict(SeatNumbers)
    held: dict[str, dict[int, str]] = defaultdict(dict)
    plans: dict[str, tuple[str, int]] = {}
    events = played.events()
    for event in events:
        fact = event.fact
        match fact:
            case SubscriptionStarted() | TermStarted():
                plans[fact.subscription] = (fact.plan, fact.plan_version)
            case SeatsAdded():
                first = len(numbered[fact.subscription]) + 1
                assert fact.seats == SeatNumbers.span(first, first + len(fact.seats) - 1)
                numbered[fact.subscription] |= fact.seats
            case SeatsEnded() | Removed(when="at_once"):
                usable = numbered[fact.subscription] - ended[fact.subscription]
                assert not fact.seats - usable
                ended[fact.subscription] |= fact.seats
                taken = SeatNumbers.of(held[fact.subscription]) & fact.seats
                if taken and isinstance(fact, Removed):
                    assert _goes_at_once(played, event, *plans[fact.subscription]), event
                for number in taken:
                    del held[fact.subscription][number]
            case SeatAssigned():
                holders = held[fact.subscription]
                assert fact.seat in numbered[fact.subscription] - ended[fact.subscription]
                assert fact.seat not in holders
                assert who(fact.person, fact.holder) not in holders.values()
                holders[fact.seat] = who(fact.person, fact.holder)
            case SeatReassigned():
                holders = held[fact.subscription]
                assert holders[fact.seat] == who(fact.previous, fact.previous_holder)
                assert who(fact.person, fact.holder) not in holders.values()
                holders[fact.seat] = who(fact.person, fact.holder)
            case SeatReleased():
                holder = held[fact.subscription].pop(fact.seat)
                assert holder == who(fact.person, fact.holder)
            case AutoRenewDisabled() | AutoRenewEnabled() | Removed():
                assert not fact.seats - (numbered[fact.subscription] - ended[fact.subscription])
            case _:
                pass
    rows = fold([SeatsProjection()], events)
    for account in played.accounts():
        for name, sub in played.service.state(account).subscriptions.items():
            assert sub.numbered == len(numbered[name])
            assert sub.numbered == len(sub.assigned) + len(sub.free) + len(ended[name])
            assert sub.usable == numbered[name] - ended[name]
            seated = {n: who(one.person, one.other) for n, one in sub.holders.items()}
            assert seated == held[name]
            assert sub.ended <= (not sub.usable)
            assert not (sub.ending | sub.assigned) - sub.usable
            _rows_agree(rows, name, ended[name], held[name])


def _goes_at_once(played: Run, event: Recorded, plan: str, version: int) -> bool:
    """Whether the plan lets a seat go with its holder (CONTRACT 5.17); else it must be free."""
    offer = played.service.catalogue(played.service.state(event.account or "").catalogue)
    terms = offer.plan_version(plan, version).terms
    entries = (*terms.removal_entries, *terms.cancellation_entries)
    return any(entry.when == "now" for entry in entries)


def _rows_agree(rows: MemoryRows, name: str, ended: SeatNumbers, held: dict[int, str]) -> None:
    row = rows.get(SeatsRow, name)
    if row is None:
        return
    assert row.sets.ended == ended
    seats = {seat.seat: seat for seat in rows.page(SeatRow, subscription=name)}
    taken = {n: seat for n, seat in seats.items() if seat.status == "assigned"}
    assert {n: who(seat.person, seat.other) for n, seat in taken.items()} == held
    assert all((seat.status == "ended") == (n in ended) for n, seat in seats.items())
    assert row.usable == row.assigned + len(row.free_seats)


@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_seats_ever_numbered_are_assigned_free_or_ended(world: str, data: st.DataObject):
    """Every number given is held by one person, free, or ended; none is ever given twice."""
    seats_are_counted(run(data.draw(histories(world))))
