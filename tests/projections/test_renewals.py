"""Stories of what will renew, when, with how many seats and by which plan."""

from datetime import date

import pytest

from events.charges import TermSpan
from events.orders import OrderCompleted
from events.seats import SeatsEnded, SeatsRemoved
from events.subscriptions import (
    AutoRenewDisabled,
    AutoRenewEnabled,
    PlanChangeScheduled,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionKept,
)
from projections.renewals import (
    OutlookRow,
    RenewalRow,
    RenewalsWaitingRow,
    renewal_when_settled,
)
from tests.support.given_facts import (
    NEXT_TERM,
    TERM,
    History,
    added,
    charge,
    opened,
    placed,
    seats,
    started,
    term_started,
)


def given() -> History:
    """An account with ten seats of `vpn`."""
    return History().happens(opened(), started(), added(1, 10))


def renewal(history: History) -> RenewalRow | None:
    """What will renew of `vpn`."""
    return history.rows().get(RenewalRow, "vpn")


def settled(history: History) -> RenewalRow | None:
    """What would renew of `vpn` if its orders were complete."""
    row = history.rows().get(OutlookRow, "vpn")
    assert row is not None
    return renewal_when_settled(row)


def planned(count: int | None) -> PlanChangeScheduled:
    """Another plan from the end of the term on."""
    return PlanChangeScheduled(
        subscription="vpn", plan="monthly", seats=count, payment_method="card"
    )


CANCELLED = SubscriptionCancelled(subscription="vpn", ends_on=TERM.end)


def test_all_seats_renew_on_the_end_of_the_term():
    """A paid subscription renews with all its seats on the day on which its term ends."""
    row = renewal(given())

    assert row is not None
    assert (row.renewal_date, row.seats, row.pending) == (date(2021, 6, 25), 10, 0)
    assert (row.plan, row.plan_version, row.payment_method) == ("yearly", 1, "card")


@pytest.mark.rule("EV-08", "EV-10")
def test_added_seats_keep_the_date():
    """Seats added later renew on the same day as the others."""
    row = renewal(given().happens(added(11, 15), on=date(2020, 8, 25)))

    assert row is not None
    assert (row.renewal_date, row.seats) == (date(2021, 6, 25), 15)


@pytest.mark.rule("EV-16")
def test_switched_off_seats_do_not_renew():
    """Seats that are switched off, or removed at renewal, are not counted."""
    history = given().happens(
        AutoRenewDisabled(subscription="vpn", seats=seats((1, 2))),
        SeatsRemoved(subscription="vpn", seats=seats((2, 3)), when="at_renewal"),
    )
    row = renewal(history)

    assert row is not None
    assert row.seats == 7


@pytest.mark.rule("EV-17", "MS-14")
def test_cancelled_subscription_does_not_renew():
    """A cancelled subscription is not in the list, and is again for the seats switched on again."""
    history = given().happens(CANCELLED)
    assert renewal(history) is None

    history.happens(AutoRenewEnabled(subscription="vpn", seats=seats((1, 6))))
    row = renewal(history)
    assert row is not None
    assert row.seats == 6


@pytest.mark.rule("GEN-08")
def test_what_is_kept_renews_by_its_own_plan():
    """All its seats, and no other plan takes over."""
    history = given().happens(
        AutoRenewDisabled(subscription="vpn", seats=seats((1, 2))),
        CANCELLED,
        PlanChangeScheduled(subscription="vpn", plan="other", seats=7, payment_method="card"),
        SubscriptionKept(subscription="vpn", cancelled=True, seats=seats((1, 10)), plan="other"),
    )
    row = renewal(history)
    assert row is not None
    assert (row.seats, row.plan, row.plan_version) == (10, "yearly", 1)


@pytest.mark.parametrize(
    ("kind", "renews"), [("trial", False), ("prepaid", False), ("paid", False)]
)
def test_what_does_not_renew_is_not_listed(kind, renews):
    """Trials, prepaid terms and plans without auto-renewal are not in the list."""
    history = History().happens(opened(), started(kind=kind, renews=renews), added(1, 5))

    assert renewal(history) is None


def test_waiting_seats_are_told_apart():
    """Seats of an order that waits are not among those that renew, but would be when it is paid."""
    history = given().happens(placed("o1", 5))
    row = renewal(history)
    assert row is not None
    assert (row.seats, row.pending) == (10, 5)
    after = settled(history)
    assert after is not None
    assert (after.seats, after.pending) == (15, 0)

    history.happens(added(11, 15), OrderCompleted(order="o1"))
    row = renewal(history)
    assert row is not None
    assert (row.seats, row.pending) == (15, 0)
    assert history.rows().page(RenewalsWaitingRow) == []


def test_first_order_that_waits_is_only_foreseen():
    """A subscription whose first order waits renews nothing yet; its preview counts its seats."""
    history = History().happens(opened(), started(), placed("o1", 5, "start"))

    assert renewal(history) is None
    after = settled(history)
    assert after is not None
    assert (after.seats, after.renewal_date) == (5, date(2021, 6, 25))


def test_seats_waiting_for_a_cancelled_subscription_do_not_renew():
    """An order that waits does not bring a cancelled subscription back."""
    history = given().happens(CANCELLED, placed("o1", 5))

    assert renewal(history) is None
    assert settled(history) is None


def test_a_first_order_of_what_does_not_renew_foresees_nothing():
    """Prepaid seats, or a plan without auto-renewal: paid or not, they end with their term."""
    history = History().happens(opened(), started(renews=False), placed("o1", 5, "start"))

    assert settled(history) is None


def test_a_first_order_of_what_was_cancelled_foresees_nothing():
    """Its seats will come when it is paid, and go with the term."""
    history = History().happens(opened(), started(), placed("o1", 5, "start"), CANCELLED)

    assert settled(history) is None


def test_an_outlook_without_a_term_or_without_seats_foresees_nothing():
    """An order that names its subscription before that has begun; one whose seats have all gone."""
    assert settled(History().happens(opened(), placed("o1", 5))) is None
    gone = SeatsEnded(subscription="vpn", seats=seats((1, 10)))
    assert settled(given().happens(gone)) is None


def test_waiting_conversion_is_foreseen_with_its_new_term():
    """A trial whose conversion waits would renew all its seats at the end of the term charged."""
    history = History().happens(opened(), started(kind="trial", renews=False))
    history.happens(added(1, 4, renewing=False))
    history.happens(placed("o1", 2, "convert", charges=(charge(term=NEXT_TERM),)))

    assert renewal(history) is None
    after = settled(history)
    assert after is not None
    assert (after.seats, after.renewal_date) == (6, NEXT_TERM.end)


@pytest.mark.rule("GT-09")
def test_waiting_move_of_the_billing_date_is_foreseen():
    """An order that would move the billing date is foreseen at the new date, not at the old one."""
    moved = TermSpan(number=2, anchor=TERM.start, start=TERM.start, end=date(2021, 9, 1))
    history = given().happens(
        placed(
            "o1",
            5,
            "move_billing_date",
            charges=(
                charge("-50.00", "c2", "unused_credit"),
                charge("150.00", "c3", "seats_added", term=moved),
            ),
        )
    )
    row, after = renewal(history), settled(history)

    assert row is not None
    assert after is not None
    assert (row.seats, row.renewal_date) == (10, TERM.end)
    assert (after.seats, after.renewal_date) == (15, date(2021, 9, 1))


def test_converted_trial_renews():
    """A trial that was bought renews with all its seats."""
    history = History().happens(opened(), started(kind="trial", renews=False))
    history.happens(added(1, 4, renewing=False), term_started("trial_converted"))
    row = renewal(history)

    assert row is not None
    assert (row.seats, row.renewal_date, row.plan_version) == (4, NEXT_TERM.end, 2)


def test_next_term_goes_on_with_the_seats_that_are_left():
    """After a renewal the seats still there renew on the next boundary."""
    history = given().happens(AutoRenewDisabled(subscription="vpn", seats=seats((9, 10))))
    history.happens(
        SeatsEnded(subscription="vpn", seats=seats((9, 10))), term_started(), on=TERM.end
    )
    row = renewal(history)

    assert row is not None
    assert (row.seats, row.renewal_date) == (8, NEXT_TERM.end)


def test_moved_billing_date_leaves_switched_off_seats_off():
    """Moving the billing date changes the date, not what had been decided for the end."""
    history = given().happens(
        AutoRenewDisabled(subscription="vpn", seats=seats((9, 10))),
        term_started("billing_date_moved"),
    )
    row = renewal(history)

    assert row is not None
    assert (row.seats, row.renewal_date) == (8, NEXT_TERM.end)


@pytest.mark.rule("EV-12")
def test_planned_plan_is_that_of_the_next_term():
    """A planned change keeps the seats and names the plan that will price them."""
    row = renewal(given().happens(planned(None)))

    assert row is not None
    assert (row.seats, row.plan, row.plan_version) == (10, "monthly", None)


@pytest.mark.rule("EV-18")
def test_cancelled_subscription_goes_on_by_another_plan():
    """A plan chosen after the cancellation starts with its own new seats when the term ends."""
    history = given().happens(CANCELLED, planned(20))
    row = renewal(history)
    assert row is not None
    assert (row.seats, row.plan, row.renewal_date) == (20, "monthly", TERM.end)

    history.happens(
        term_started("plan_changed", "monthly"),
        SeatsEnded(subscription="vpn", seats=seats((1, 10))),
        added(11, 30),
        on=TERM.end,
    )
    row = renewal(history)
    assert row is not None
    assert (row.seats, row.plan, row.plan_version) == (20, "monthly", 2)


def test_ended_subscription_has_no_outlook():
    """Nothing is left in the lists of what has ended."""
    history = given().happens(SubscriptionEnded(subscription="vpn", cause="no_seat_renews"))

    assert history.rows().page(OutlookRow) == []
    assert history.rows().page(RenewalRow) == []


@pytest.mark.rule("EV-17")
def test_a_cancellation_drops_the_plan_that_was_to_follow():
    """Cancelled once more, a subscription that was to go on by another plan renews no longer."""
    history = given().happens(CANCELLED, planned(4), CANCELLED)

    assert renewal(history) is None
    assert settled(history) is None
