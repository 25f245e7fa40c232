"""Feeding projections: once, twice, in batches, up to a moment."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from events.orders import OrderCompleted
from projections.invoices import InvoicesProjection
from projections.orders import OrderRow, OrdersProjection
from projections.projection import Undigestible, apply_batch, fold
from projections.registry import ALL_PROJECTIONS
from projections.rows import MemoryRows, Row
from projections.seats import SeatsRow
from tests.support.given_facts import History, added, opened, paid, placed, started


def given() -> History:
    """An account that orders in June, pays twice, and gets its seats in July."""
    history = History().happens(opened(), started(), placed("o1", 5, "start"))
    history.happens(paid("40.00", order="o1"), paid("60.00", order="o1"))
    return history.happens(added(1, 5), OrderCompleted(order="o1"), on=date(2020, 7, 1))


def test_an_event_fed_twice_counts_once():
    """Events up to the checkpoint are skipped, so that a batch that comes again changes nothing."""
    events, rows = given().events, MemoryRows()
    projection = OrdersProjection()

    checkpoint = apply_batch(projection, events[:5], rows, 0)
    checkpoint = apply_batch(projection, events[2:], rows, checkpoint)

    assert checkpoint == 7
    assert rows.page(OrderRow) == fold([projection], events).page(OrderRow)


def test_events_that_are_not_handled_move_the_checkpoint():
    """The checkpoint is the place in the log, not the last fact that changed a row."""
    rows = MemoryRows()

    assert apply_batch(InvoicesProjection(), given().events[:3], rows, 0) == 3


def test_what_was_known_at_a_moment():
    """Rows as of a moment hold all that was recorded by then, and nothing later."""
    before = datetime(2020, 6, 30, tzinfo=UTC)
    now, then = given().rows(), given().rows(before)

    seats_now, seats_then = now.get(SeatsRow, "vpn"), then.get(SeatsRow, "vpn")
    assert seats_now is not None
    assert seats_then is not None
    assert (seats_now.usable, seats_now.pending) == (5, 0)
    assert (seats_then.usable, seats_then.pending) == (0, 5)


def test_undigestible_event_is_named():
    """A fact about something that never began is refused with its projection and position."""
    with pytest.raises(Undigestible, match="orders at position 1, OrderCompleted") as caught:
        History().happens(OrderCompleted(order="o9")).rows()

    assert (caught.value.projection, caught.value.position) == ("orders", 1)


@given_any(st.lists(st.integers(0, 7), max_size=4).map(sorted))
def test_batches_do_not_matter(cuts):
    """However the log is cut into batches, the rows are those of one go."""
    events, rows = given().events, MemoryRows()
    for projection in ALL_PROJECTIONS:
        checkpoint = 0
        for start, end in pairwise([0, *cuts, 7]):
            checkpoint = apply_batch(projection, events[start:end], rows, checkpoint)

    whole = given().rows()
    kinds: list[type[Row]] = [kind for projection in ALL_PROJECTIONS for kind in projection.kinds]
    assert all(rows.page(kind) == whole.page(kind) for kind in kinds)
