"""Subscriptions as a whole: cancelling them, and going on by another plan."""

from typing import Any

import pytest

from commands.catalogue import WithdrawPlan
from commands.orders import PassCreditCheck
from commands.product_keys import RedeemProductKey
from commands.removals import DisableAutoRenew
from commands.subscriptions import CancelSubscription, ChangePlan
from commands.trials import StartTrial
from events.subscriptions import PlanChangeScheduled, SubscriptionCancelled
from tests.support.given import OWNER, SELLER, Story, given
from tests.support.shop import PER_PERIOD, bought, buyer, invoices, lines, plan, shop, sub, term

STRANGER = "stranger@x.example"
RESELLER = {"kind": "reseller", "name": "Northwind", "contact": "northwind.example"}
KEY = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"
OTHER_METHOD = {"transfer": "when_paid"}


def shelf(**desk: Any) -> dict[str, Any]:
    """Plans of one product: shorter, longer, sold by another, and one of another product."""
    return shop(
        keys=({"key": KEY, "plan": "desk", "seats": 2},),
        desk=plan(trial={"days": 30}, **desk),
        month=plan(term={"months": 1}),
        days=plan(term={"days": 365}, price=PER_PERIOD, proration={"by": "days"}),
        longer=plan(term={"months": 24}, seats={"minimum": 5, "maximum": 20}),
        sold=plan(channel=RESELLER),
        chair=plan(product="chair"),
        transfer=plan(payment=OTHER_METHOD),
        approved=plan(requires=["approved_application"]),
        admins=plan(may_buy=["administrator"]),
    )


def desk(seats: int = 10, **changes: Any) -> Story:
    """A subscription to the plan of a year."""
    return bought(buyer(shelf(**changes), "2020-01-01", approved=False), "desk", "desk", seats)


def cancelled(seats: int = 10) -> Story:
    """The same, cancelled."""
    return desk(seats).done(CancelSubscription, subscription="desk")


@pytest.mark.rule("EV-17", "MS-14")
def test_a_cancelled_subscription_stays_active_to_its_end():
    """It does not renew, and cannot be cancelled twice."""
    story = desk().when(CancelSubscription, subscription="desk", on="2020-06-01")
    story = story.then(SubscriptionCancelled)

    assert len(sub(story).usable) == 10
    assert not sub(story).renewing
    story.when(CancelSubscription, subscription="desk").refused("subscription.already_cancelled")
    story = story.until("2021-01-01")
    assert (sub(story).ended, sub(story).total) == (True, 0)
    story.when(CancelSubscription, subscription="desk").refused("subscription.ended", rule="EV-17")


@pytest.mark.rule("MS-14")
def test_what_ends_by_itself_cannot_be_cancelled():
    """A trial, a prepaid term, a plan without renewal: nothing is left to cancel."""
    story = buyer(shelf(), "2020-01-01")
    trial = story.done(StartTrial, account="acme", subscription="x", plan="desk", seats=1)
    prepaid = story.done(RedeemProductKey, account="acme", subscription="x", key=KEY)
    ends = shop(desk=plan(renewal={"auto": False, "per_seat": True}))
    once = bought(buyer(ends, "2020-01-01"), "x", "desk", 1)
    for having in (trial, prepaid, once):
        having.when(CancelSubscription, subscription="x").refused(
            "subscription.already_cancelled", "ends with its term"
        )


@pytest.mark.rule("EV-12")
def test_a_longer_plan_takes_over_when_the_term_ends():
    """Till then the old plan prices; the seats go on with their holders' numbers."""
    story = (
        desk()
        .when(ChangePlan, subscription="desk", plan="longer")
        .then(
            PlanChangeScheduled(
                subscription="desk", plan="longer", seats=None, payment_method="card"
            )
        )
    )
    assert sub(story).plan == "desk"
    story = story.until("2021-01-01")

    assert sub(story).plan == "longer"
    assert [str(day) for day in term(story)] == ["2021-01-01", "2023-01-01"]
    assert lines(invoices(story)[-1])[0][-1] == "2400.00"


LENGTHS = [
    ("desk", "month", True),
    ("desk", "days", False),
    ("days", "desk", False),
    ("month", "desk", False),
    ("desk", "desk", False),
    ("longer", "desk", True),
]


@pytest.mark.rule("EV-12")
@pytest.mark.parametrize(("own", "other", "shorter"), LENGTHS)
def test_a_term_cannot_be_shortened(own: str, other: str, shorter: bool):
    """Months and days are compared by the days on which the next term would end."""
    story = bought(buyer(shelf(), "2020-01-01"), "x", own, 10)
    change = story.when(ChangePlan, subscription="x", plan=other)
    if shorter:
        change.refused("subscription.term_shortened", rule="EV-12")
    else:
        change.accepted()


@pytest.mark.rule("EV-12")
def test_a_leap_day_makes_a_year_longer_than_365_days():
    """The term that follows holds 29 February: 365 days would be shorter."""
    story = bought(buyer(shelf(), "2019-01-01"), "x", "desk", 1)
    story.when(ChangePlan, subscription="x", plan="days").refused("subscription.term_shortened")


@pytest.mark.rule("EV-18")
def test_a_cancelled_subscription_can_go_on_by_any_plan_with_new_seats():
    """They are new and unassigned, a shorter term is fine, and the old seats end."""
    story = cancelled(2).done(ChangePlan, subscription="desk", plan="month", seats=3)
    story = story.until("2021-01-01")

    assert sub(story).usable.ranges() == [[3, 5]]
    assert lines(invoices(story)[-1]) == [("renewal", 3, "2021-01-01", "2021-02-01", "30.00")]
    assert len(sub(story).renewing) == 3


@pytest.mark.rule("EV-18")
def test_a_cancellation_takes_back_what_was_to_follow():
    """The later wish counts, and then the subscription ends."""
    story = cancelled().done(ChangePlan, subscription="desk", plan="month", seats=3)
    story = story.done(CancelSubscription, subscription="desk").until("2021-01-01")
    assert sub(story).ended


@pytest.mark.rule("EV-18", "EV-16")
def test_switching_off_the_last_seat_is_cancelling():
    """Then a plan with new seats can be chosen."""
    story = desk(2).done(DisableAutoRenew, subscription="desk", seat_numbers=[1, 2])
    story.when(ChangePlan, subscription="desk", plan="month").refused("command.invalid", "seats")
    story.when(ChangePlan, subscription="desk", plan="month", seats=1).accepted()


WRONG = [
    ({"plan": "no"}, STRANGER, "catalogue.plan_unknown"),
    ({"subscription": "no"}, STRANGER, "subscription.unknown"),
    ({"seats": 1, "plan": "chair"}, STRANGER, "command.invalid"),
    ({"plan": "chair"}, STRANGER, "access.role_missing"),
    ({"plan": "admins"}, OWNER, "access.role_missing"),
    ({"plan": "sold"}, OWNER, "subscription.sold_by_reseller"),
    ({"plan": "approved"}, OWNER, "account.application_not_approved"),
    ({"plan": "chair", "payment_method": "gold"}, OWNER, "subscription.change_not_allowed"),
    ({"plan": "month", "payment_method": "gold"}, OWNER, "subscription.term_shortened"),
    ({"plan": "transfer"}, OWNER, "payment.method_not_accepted"),
    ({"plan": "transfer", "payment_method": "transfer"}, OWNER, None),
]


@pytest.mark.rule("EV-11")
@pytest.mark.parametrize(("fields", "by", "code"), WRONG)
def test_refusals_of_a_change_come_in_their_order(
    fields: dict[str, Any], by: str, code: str | None
):
    """Command, unknown ids, access, channel, account, subscription, seats, payment."""
    change = desk().when(ChangePlan, by=by, **{"subscription": "desk", "plan": "longer", **fields})
    if code is None:
        change.accepted()
    else:
        change.refused(code)


@pytest.mark.parametrize(
    ("seats", "code"), [(4, "seats.below_minimum"), (21, "seats.above_maximum")]
)
def test_the_new_plan_says_how_many_seats_it_holds(seats: int, code: str):
    """New seats of a cancelled one, and those that go on, with those that wait."""
    longer = {"subscription": "desk", "plan": "longer"}
    cancelled().when(ChangePlan, **longer, seats=seats).refused(code)
    desk(seats).when(ChangePlan, **longer).refused(code)
    desk(5).when(ChangePlan, **longer).accepted()


@pytest.mark.rule("EV-11")
def test_a_volume_subscription_never_becomes_an_individual_one():
    """They are two products, also where it was cancelled."""
    story = bought(given("expressvpn").account(), "vpn", "volume-1m", 5)
    change = {"subscription": "vpn", "plan": "individual-12m"}
    story.when(ChangePlan, **change).refused("subscription.change_not_allowed", rule="EV-11")
    story = story.done(CancelSubscription, subscription="vpn")
    story.when(ChangePlan, **change, seats=5).refused("subscription.change_not_allowed")


@pytest.mark.rule("PA-06")
def test_what_a_reseller_sold_is_not_changed_to_a_plan_that_it_does_not_sell():
    """The present plan's channel counts as well as the new one's."""
    story = buyer(shelf(), "2020-01-01", roles={"rita@northwind.example": "reseller"})
    story = bought(story, "x", "sold", 5, by=SELLER)
    to_longer = {"subscription": "x", "plan": "longer"}
    story.when(ChangePlan, **to_longer).refused("subscription.sold_by_reseller", "Northwind")
    story.when(ChangePlan, **to_longer, by=SELLER).accepted()


@pytest.mark.rule("SE-01")
def test_nobody_changes_to_a_withdrawn_plan():
    """But a change that was planned before comes, by its last version."""
    story = desk().done(WithdrawPlan, by=SELLER, plan="longer")
    story.when(ChangePlan, subscription="desk", plan="longer").refused("catalogue.plan_withdrawn")

    story = desk().done(ChangePlan, subscription="desk", plan="longer")
    story = story.done(WithdrawPlan, by=SELLER, plan="longer").until("2021-01-01")
    assert sub(story).plan == "longer"


def test_trials_and_prepaid_terms_do_not_change():
    """A trial is bought first; a key's term has no price."""
    story = buyer(shelf(), "2020-01-01")
    trial = story.done(StartTrial, account="acme", subscription="x", plan="desk", seats=1)
    prepaid = story.done(RedeemProductKey, account="acme", subscription="x", key=KEY)
    for having, code in (
        (trial, "subscription.trial_must_be_bought"),
        (prepaid, "subscription.prepaid"),
    ):
        having.when(ChangePlan, subscription="x", plan="chair").refused(code)
        having.when(ChangePlan, subscription="x", plan="longer", seats=5).refused(code)


def test_a_plan_is_not_changed_after_the_end():
    """The subscription is over, and its id stays taken."""
    story = cancelled().until("2021-01-01")
    story.when(ChangePlan, subscription="desk", plan="month", seats=1).refused("subscription.ended")


def test_a_changed_plan_is_paid_by_the_method_that_was_named():
    """From the next term on."""
    story = desk().done(ChangePlan, subscription="desk", plan="transfer", payment_method="transfer")
    story = story.until("2021-01-01")
    assert (sub(story).payment_method, invoices(story)[-1].payment_method) == (
        "transfer",
        "transfer",
    )


def test_a_first_order_that_waits_can_be_cancelled_and_checked():
    """Cancelled while it waits, the subscription does not renew when its seats have come."""
    story = bought(buyer(shelf(), "2020-01-01"), "desk", "desk", 1, "invoice", order="o1")
    story = story.done(CancelSubscription, subscription="desk")
    story = story.done(PassCreditCheck, by=SELLER, order="o1")
    assert (len(sub(story).usable), len(sub(story).renewing)) == (1, 0)
