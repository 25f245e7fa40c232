"""Periods tile: a subscription's terms, and the charged periods of each of its seats."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.state.account import AccountState, evolve
from events.charges import Charged, ChargeSeatsListed, TermSpan
from events.credit import CreditGranted
from events.envelope import Recorded
from events.fact import Fact
from events.invoices import CreditNoteIssued
from events.periods import add_months
from events.seat_numbers import SeatNumbers
from events.subscriptions import SubscriptionStarted, TermStarted
from tests.properties.examples import few
from tests.support.histories import Run, histories, run
from tests.support.worlds import WORLDS

MOVED = {"billing_date_moved", "trial_converted"}


def terms_tile(played: Run) -> None:
    """Each term begins where the one before ends, or cuts it short on the day that moved it."""
    last: dict[str, TermSpan] = {}
    for event in played.events():
        fact = event.fact
        if isinstance(fact, SubscriptionStarted):
            assert fact.subscription not in last
            assert fact.term.number == 1
            assert fact.term.start == fact.term.anchor < fact.term.end
            last[fact.subscription] = fact.term
        elif isinstance(fact, TermStarted):
            before, term = last[fact.subscription], fact.term
            assert term.number == before.number + 1
            assert term.start < term.end
            if fact.cause in MOVED:
                assert term.anchor == term.start <= before.end
            else:
                assert term.start == before.end
                assert term.anchor == before.anchor
            last[fact.subscription] = term


def renewals_keep_their_day(played: Run) -> None:
    """A term of months ends on the anchor's day, or on the last day of a month without it."""
    kept = (TermStarted, SubscriptionStarted)
    for event in played.events():
        fact = event.fact
        if not isinstance(fact, kept) or getattr(fact, "kind", "paid") == "trial":
            continue
        offer = played.service.catalogue(played.service.state(event.account or "").catalogue)
        months = offer.plan_version(fact.plan, fact.plan_version).terms.term.months
        anchor, end = fact.term.anchor, fact.term.end
        if months is None or not _on_anchor(anchor, fact.term.start):
            continue
        assert _on_anchor(anchor, end)
        assert (end.year - fact.term.start.year) * 12 + end.month - fact.term.start.month == months


def _on_anchor(anchor: date, day: date) -> bool:
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    return add_months(anchor, months) == day


def seats_are_paid_without_gap(played: Run) -> None:
    """The periods charged for a seat lie in their terms and follow one another.

    Where the billing date moved, the period before is cut for the seats that were not to end, and
    what it lost was taken back if anything of it was left. A whole term that went by while an order
    waited is not charged.
    """
    events = played.events()
    seats = seats_of_charges(events)
    left: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    paid: dict[str, dict[int, date]] = defaultdict(dict)
    cut: dict[str, str] = {}
    moving = going_on_when_moved(events)
    for event in events:
        fact = event.fact
        for charge, minor in taken_back(fact):
            for charges in left.values():
                if charge in charges:
                    charges[charge] = (charges[charge][0] - minor, charges[charge][1])
        if isinstance(fact, TermStarted) and fact.cause == "billing_date_moved":
            until = paid[fact.subscription]
            going_on = moving[event.position]
            shortened = {seat for seat in going_on if until.get(seat, date.min) > fact.term.start}
            rest = any(
                minor > net * len(seats[charge] - going_on) // len(seats[charge])
                for charge, (minor, net) in left[fact.subscription].items()
                if not shortened.isdisjoint(seats[charge])
            )
            assert not rest or cut.get(fact.subscription) == event.command_id
            for seat in shortened:
                until[seat] = fact.term.start
        if not isinstance(fact, Charged):
            continue
        assert fact.term.start <= fact.period.start <= fact.period.end == fact.term.end
        if fact.reason == "unused_credit":
            cut[fact.subscription] = event.command_id
            continue
        if fact.reason != "seats_added" or fact.period.start == fact.term.start:
            left[fact.subscription] = {}
        left[fact.subscription][fact.charge] = (fact.net.minor, fact.net.minor)
        gone = fact.quantity - len(seats[fact.charge])
        # Seats may end while an order for them and others waits; it keeps the amount of its day.
        assert gone == 0 or (gone > 0 and fact.usable_on > fact.period.start), fact
        for number in seats[fact.charge]:
            end = paid[fact.subscription].get(number)
            assert end is None or fact.period.start >= end, (fact, end)
            if fact.reason == "renewal" and event.actor.kind == "system":
                assert end in {None, fact.period.start}, (fact, end)
            paid[fact.subscription][number] = fact.period.end


def going_on_when_moved(events: list[Recorded]) -> dict[int, SeatNumbers]:
    """The seats that a moved billing date concerns, by the place of that fact."""
    found: dict[int, SeatNumbers] = {}
    states: dict[str, AccountState] = defaultdict(AccountState)
    for event in events:
        if event.account is None or event.stream != f"account/{event.account}":
            continue
        state, fact = states[event.account], event.fact
        if isinstance(fact, TermStarted) and fact.cause == "billing_date_moved":
            found[event.position] = state.subscriptions[fact.subscription].moved_by(fact.order)
        states[event.account] = evolve(state, fact, event.effective_at, event.effective_on)
    return found


def seats_of_charges(events: list[Recorded]) -> dict[str, SeatNumbers]:
    """The seats that each charge is for."""
    seats: dict[str, SeatNumbers] = defaultdict(SeatNumbers)
    for event in events:
        if isinstance(event.fact, Charged | ChargeSeatsListed):
            seats[event.fact.charge] |= event.fact.seats
    return seats


def moved_terms_are_taken_back(played: Run) -> None:
    """What was charged for a term that a moved billing date replaces is taken back whole.

    But for the part of the seats that were to end: they are left alone (CONTRACT 5.8).
    """
    charges: dict[str, list[Charged]] = defaultdict(list)
    left: dict[str, int] = {}
    moved: TermStarted | None = None
    going_on = SeatNumbers()
    events = played.events()
    seats, moving = seats_of_charges(events), going_on_when_moved(events)
    for event, after in zip(events, [*events[1:], None], strict=True):
        fact = event.fact
        for charge, minor in taken_back(fact):
            left[charge] -= minor
        if isinstance(fact, Charged):
            left[fact.charge] = fact.net.minor
            if fact.reason != "unused_credit":
                charges[fact.subscription].append(fact)
        elif isinstance(fact, TermStarted) and fact.cause == "billing_date_moved":
            moved, going_on = fact, moving[event.position]
        if moved is None or (after is not None and after.command_id == event.command_id):
            continue
        for replaced in charges[moved.subscription]:
            is_before = replaced.term.number < moved.term.number
            if is_before and replaced.period.start >= moved.term.start:
                own, rest = seats[replaced.charge], left[replaced.charge]
                kept = -(-replaced.net.minor * len(own - going_on) // max(len(own), 1))
                assert rest <= kept, (replaced, rest, kept)
        moved = None


def taken_back(fact: Fact) -> Iterator[tuple[str, int]]:
    """The charges of which a fact takes something back, and how much."""
    if isinstance(fact, Charged):
        yield from ((part.charge, part.amount.minor) for part in fact.reverses)
    elif isinstance(fact, CreditGranted):
        yield from ((part.charge, part.amount.minor) for part in fact.of.charges)
    elif isinstance(fact, CreditNoteIssued):
        yield from ((line.charge, -line.amount.minor) for line in fact.lines)


@pytest.mark.rule("ALL-05")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_terms_tile_and_keep_their_day(world: str, data: st.DataObject):
    """Terms follow one another without gap or overlap, on the anchor's day."""
    played = run(data.draw(histories(world)))
    terms_tile(played)
    renewals_keep_their_day(played)


@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_what_is_charged_for_a_seat_tiles(world: str, data: st.DataObject):
    """The charged periods of a seat lie within their terms; where they overlap, one went back."""
    played = run(data.draw(histories(world)))
    seats_are_paid_without_gap(played)
    moved_terms_are_taken_back(played)
