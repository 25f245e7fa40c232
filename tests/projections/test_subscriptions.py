"""Stories of subscriptions: pending, active, changed, ended."""

from datetime import date

import pytest

from events.subscriptions import (
    AutoRenewEnabled,
    PlanChangeScheduled,
    ProductKeyRedeemed,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionKept,
)
from projections.subscriptions import PlannedChange, SubscriptionRow
from tests.support.given_facts import (
    NEXT_TERM,
    TERM,
    TODAY,
    History,
    added,
    opened,
    placed,
    seats,
    started,
    term_started,
)

CANCELLED = SubscriptionCancelled(subscription="vpn", ends_on=TERM.end)
PLANNED = PlanChangeScheduled(subscription="vpn", plan="monthly", seats=20, payment_method="card")


def given() -> History:
    """An account with five seats of `vpn`."""
    return History().happens(opened(), started(), added(1, 5))


def subscription(history: History) -> SubscriptionRow:
    """The row of `vpn`."""
    row = history.rows().get(SubscriptionRow, "vpn")
    assert row is not None
    return row


def test_pending_until_seats_are_usable():
    """A subscription is pending while its first order waits, and active with its first seats."""
    history = History().happens(opened(), started(), placed("o1", 5, "start"))
    row = subscription(history)
    assert (row.status, row.cancelled, row.keys) == ("pending", False, 0)

    history.happens(added(1, 5))
    row = subscription(history)
    assert (row.status, row.account, row.started_on) == ("active", "acme", TODAY)
    assert (row.plan, row.plan_version, row.kind, row.term) == ("yearly", 1, "paid", TERM)


def test_cancellation_and_its_return():
    """A cancelled subscription stays active; seats switched on again take it back."""
    history = given().happens(CANCELLED)
    assert subscription(history).cancelled
    assert subscription(history).status == "active"

    history.happens(AutoRenewEnabled(subscription="vpn", seats=seats((1, 5))))
    assert not subscription(history).cancelled


@pytest.mark.rule("GEN-08")
def test_what_is_kept_is_neither_cancelled_nor_changed():
    """The cancellation and the plan that was to follow are taken back."""
    kept = SubscriptionKept(subscription="vpn", cancelled=True, seats=seats((1, 5)), plan="monthly")
    row = subscription(given().happens(CANCELLED, PLANNED, kept))
    assert (row.cancelled, row.planned, row.status) == (False, None, "active")


def test_planned_change_happens_with_the_next_term():
    """A planned plan is shown until the term in which it holds begins."""
    history = given().happens(CANCELLED, PLANNED)
    assert subscription(history).planned == PlannedChange("monthly", 20, "card")

    history.happens(term_started("plan_changed", "monthly"), on=TERM.end)
    row = subscription(history)
    assert (row.plan, row.plan_version, row.planned, row.cancelled) == ("monthly", 2, None, False)
    assert row.term == NEXT_TERM


def test_moved_billing_date_leaves_plans_alone():
    """A moved billing date changes the term alone."""
    row = subscription(given().happens(CANCELLED, PLANNED, term_started("billing_date_moved")))

    assert row.term == NEXT_TERM
    assert row.cancelled
    assert row.planned is not None


def test_converted_trial_is_paid():
    """A trial that was bought is a paid subscription by the method it was bought with."""
    history = History().happens(opened(), started(kind="trial", renews=False), added(1, 5))
    row = subscription(history.happens(term_started("trial_converted")))

    assert (row.kind, row.payment_method, row.renews) == ("paid", "card", True)


def test_product_keys_are_counted():
    """A prepaid subscription knows how many keys have been used for it."""
    key = ProductKeyRedeemed(subscription="vpn", digest="d", plan="yearly", seats=5)
    history = History().happens(opened(), started(kind="prepaid", renews=False), key, added(1, 5))

    assert subscription(history).keys == 1


def test_end_is_kept():
    """An ended subscription says when and why."""
    history = given().happens(CANCELLED)
    history.happens(SubscriptionEnded(subscription="vpn", cause="cancelled"), on=TERM.end)
    row = subscription(history)

    assert (row.status, row.ended_on, row.end_cause) == ("ended", date(2021, 6, 25), "cancelled")
