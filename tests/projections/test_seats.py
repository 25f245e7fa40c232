"""Stories of seats: counts, holders, activations and ends."""

from datetime import date

import pytest

from events.holders import SeatHolder
from events.orders import OrderCancelled, OrderCompleted, OrderFailed
from events.seats import (
    ActivationIssued,
    SeatActivated,
    SeatAssigned,
    SeatReassigned,
    SeatReleased,
    SeatsEnded,
    SeatsRemoved,
)
from events.subscriptions import (
    AutoRenewDisabled,
    AutoRenewEnabled,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionKept,
)
from projections.rows import MemoryRows
from projections.seats import SeatRow, SeatsRow, SeatsWaitingRow, seat_key
from tests.support.given_facts import History, added, assigned, opened, placed, seats, started


def given() -> History:
    """An account with ten seats of `vpn`."""
    return History().happens(opened(), started(), added(1, 10))


def counts(rows: MemoryRows, subscription: str = "vpn") -> tuple[int, int, int, int, int]:
    """Total, usable, pending, assigned, renewing."""
    row = rows.get(SeatsRow, subscription)
    assert row is not None
    return row.total, row.usable, row.pending, row.assigned, row.renewing


def seat(rows: MemoryRows, number: int) -> SeatRow:
    """The row of a seat that somebody has held."""
    row = rows.get(SeatRow, seat_key("vpn", number))
    assert row is not None
    return row


def issued(number: int = 2) -> ActivationIssued:
    """An activation of a seat of `p7`."""
    return ActivationIssued(
        subscription="vpn", seat=number, person="p7", kind="credential", digest="d"
    )


def test_added_seats_are_usable_and_free():
    """Seats become usable with their fact, with what they entitle to, and nobody holds them."""
    rows = given().rows()

    assert counts(rows) == (10, 10, 0, 0, 10)
    row = rows.get(SeatsRow, "vpn")
    assert row is not None
    assert row.entitlements == {"connected_devices": 8, "roaming": True}
    assert row.free_seats == row.untouched == seats((1, 10))
    assert rows.page(SeatRow) == []


def test_waiting_order_counts_as_pending():
    """Seats of an order that waits are pending, and usable only when it is complete."""
    history = given().happens(placed("o1", 5))
    assert counts(history.rows()) == (15, 10, 5, 0, 10)

    history.happens(added(11, 15), OrderCompleted(order="o1"))
    assert counts(history.rows()) == (15, 15, 0, 0, 15)
    assert history.rows().page(SeatsWaitingRow) == []


@pytest.mark.parametrize(
    "end", [OrderFailed(order="o1", cause="payment_failed"), OrderCancelled(order="o1")]
)
def test_order_that_comes_to_nothing_leaves_no_seats(end):
    """A failed or cancelled order takes its pending seats with it."""
    assert counts(given().happens(placed("o1", 5), end).rows()) == (10, 10, 0, 0, 10)


def test_first_order_may_wait():
    """Of a subscription whose first order waits, all seats are pending, whatever came first."""
    history = History().happens(opened(), placed("o1", 5, "start"), started())
    assert counts(history.rows()) == (5, 0, 5, 0, 0)

    history.happens(
        OrderFailed(order="o1", cause="payment_failed"),
        SubscriptionEnded(subscription="vpn", cause="order_failed"),
    )
    assert counts(history.rows()) == (0, 0, 0, 0, 0)


def test_assignment_gives_a_seat_its_row():
    """Only a seat that somebody has held has a row; the others stay a range."""
    rows = given().happens(assigned(3)).rows()

    assert counts(rows) == (10, 10, 0, 1, 10)
    assert [row.seat for row in rows.page(SeatRow, subscription="vpn")] == [3]
    assert seat(rows, 3).person == "p7"
    assert seat(rows, 3).status == "assigned"
    assert seat(rows, 3).renewing
    row = rows.get(SeatsRow, "vpn")
    assert row is not None
    assert row.untouched == seats((1, 2), (4, 10))


def test_seats_are_listed_by_number():
    """Rows of seats come in the order of their numbers, whoever was first."""
    rows = given().happens(assigned(10, "p1"), assigned(2, "p2"), assigned(7, "p3")).rows()

    assert [row.seat for row in rows.page(SeatRow, subscription="vpn")] == [2, 7, 10]


@pytest.mark.rule("EV-14", "SE-06")
def test_activation_is_issued_then_used():
    """An activation is there when it is issued, and activated when it has been used."""
    history = given().happens(assigned(2), issued())
    assert (seat(history.rows(), 2).activation, seat(history.rows(), 2).activated) == (
        "credential",
        False,
    )

    history.happens(SeatActivated(subscription="vpn", seat=2, person="p7"))
    assert seat(history.rows(), 2).activated


@pytest.mark.rule("EV-15")
def test_reassigning_kills_the_activation():
    """A seat that goes to another person has no activation and is not activated."""
    history = given().happens(
        assigned(2), issued(), SeatActivated(subscription="vpn", seat=2, person="p7")
    )
    history.happens(
        SeatReassigned(
            subscription="vpn",
            seat=2,
            previous="p7",
            person="p8",
            revision=1,
            domain="acme.example",
            entitlements={},
        )
    )

    row = seat(history.rows(), 2)
    assert (row.person, row.activation, row.activated) == ("p8", None, False)
    assert counts(history.rows()) == (10, 10, 0, 1, 10)


def test_released_seat_is_free_again():
    """A released seat keeps its row, without a person and without an activation."""
    history = given().happens(assigned(2), issued())
    history.happens(SeatReleased(subscription="vpn", seat=2, person="p7"))

    row = seat(history.rows(), 2)
    assert (row.status, row.person, row.activation, row.renewing) == ("free", None, None, True)
    assert counts(history.rows()) == (10, 10, 0, 0, 10)


@pytest.mark.rule("EV-16")
def test_auto_renew_per_seat():
    """Switching off and on changes how many renew, in the count and at the seat that is held."""
    history = given().happens(
        assigned(9), AutoRenewDisabled(subscription="vpn", seats=seats((8, 9)))
    )
    assert counts(history.rows()) == (10, 10, 0, 1, 8)
    assert not seat(history.rows(), 9).renewing

    history.happens(AutoRenewEnabled(subscription="vpn", seats=seats((9, 9))))
    assert counts(history.rows()) == (10, 10, 0, 1, 9)
    assert seat(history.rows(), 9).renewing


@pytest.mark.rule("GEN-08")
def test_seats_that_are_kept_renew_again():
    """In the count and at the seat that is held."""
    history = given().happens(
        assigned(9), SubscriptionCancelled(subscription="vpn", ends_on=date(2021, 6, 25))
    )
    assert not seat(history.rows(), 9).renewing
    history.happens(SubscriptionKept(subscription="vpn", cancelled=True, seats=seats((1, 10))))
    assert counts(history.rows()) == (10, 10, 0, 1, 10)
    assert seat(history.rows(), 9).renewing


@pytest.mark.rule("GEN-20")
def test_a_seat_is_held_by_a_holder_that_is_no_person():
    """Until it is reassigned to a person, or released."""
    robot = SeatHolder(kind="agent", id="crawler-7")
    given_away = SeatAssigned(subscription="vpn", seat=2, entitlements={}, holder=robot)
    history = given().happens(given_away)
    row = seat(history.rows(), 2)
    assert (row.status, row.person, row.other) == ("assigned", None, robot)
    assert counts(history.rows()) == (10, 10, 0, 1, 10)

    to_a_person = SeatReassigned(
        subscription="vpn", seat=2, person="p7", revision=1, domain="acme.example",
        entitlements={}, previous_holder=robot,
    )  # fmt: skip
    row = seat(history.happens(to_a_person).rows(), 2)
    assert (row.person, row.other) == ("p7", None)

    history = given().happens(given_away, SeatReleased(subscription="vpn", seat=2, holder=robot))
    row = seat(history.rows(), 2)
    assert (row.status, row.person, row.other) == ("free", None, None)


@pytest.mark.rule("EV-16", "EV-17")
def test_ended_seats_end_with_their_assignments():
    """Seats that end leave the counts, and their holders lose them."""
    history = given().happens(assigned(9), issued(9))
    history.happens(SeatsEnded(subscription="vpn", seats=seats((8, 9))), on=date(2021, 6, 25))

    row = seat(history.rows(), 9)
    assert counts(history.rows()) == (8, 8, 0, 0, 8)
    assert (row.status, row.person, row.activation) == ("ended", None, None)
    kept = history.rows().get(SeatsRow, "vpn")
    assert kept is not None
    assert kept.sets.ended == seats((8, 9))


@pytest.mark.rule("SE-08")
def test_removed_at_once_or_at_renewal():
    """A seat removed at once is gone; one removed at renewal stays usable and does not renew."""
    history = given().happens(
        SeatsRemoved(subscription="vpn", seats=seats((10, 10)), when="at_once"),
        SeatsRemoved(subscription="vpn", seats=seats((9, 9)), when="at_renewal"),
    )

    assert counts(history.rows()) == (9, 9, 0, 0, 8)


def test_ended_subscription_counts_zero():
    """Of an ended subscription every count is zero, and no seat has a holder."""
    history = given().happens(assigned(1), placed("o1", 5))
    history.happens(SubscriptionEnded(subscription="vpn", cause="cancelled"))

    assert counts(history.rows()) == (0, 0, 0, 0, 0)
    assert seat(history.rows(), 1).status == "ended"
    late = history.happens(OrderCancelled(order="o1")).rows()
    assert counts(late) == (0, 0, 0, 0, 0)


def test_a_hundred_thousand_seats_are_one_row():
    """A large subscription has one row until somebody holds a seat of it."""
    history = History().happens(opened(), started(), added(1, 100_000), assigned(99_999))

    assert counts(history.rows()) == (100_000, 100_000, 0, 1, 100_000)
    assert len(history.rows().page(SeatRow)) == 1
