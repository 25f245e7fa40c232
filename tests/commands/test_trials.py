"""Trials: a first term that costs nothing, and its conversion."""

from typing import Any

import pytest

from commands.orders import CancelOrder, PassCreditCheck, RecordPaymentFailure
from commands.payments import RecordPayment
from commands.product_keys import RedeemProductKey
from commands.purchases import AddSeats, SetSeatTotal
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription
from commands.trials import ConvertTrial, StartTrial
from events.orders import OrderPlaced
from events.seats import SeatAssigned, SeatsAdded
from events.subscriptions import SubscriptionEnded, SubscriptionStarted, TermStarted
from tests.support.given import OWNER, SELLER, Story, given
from tests.support.shop import (
    VOLUME,
    bought,
    buyer,
    every,
    invoices,
    lines,
    plan,
    republished,
    shop,
    sub,
    term,
)

STRANGER = "stranger@x.example"
ANN = {"email": "ann@acme.example", "name": "Ann"}


def shelf(**desk: Any) -> dict[str, Any]:
    """Two levels of a product that can be tried, and a plan that cannot."""
    tried = {"trial": {"days": 30}, "price": VOLUME, **desk}
    return shop(
        desk=plan(**tried),
        better=plan(level="Better", **tried),
        untried=plan(product="untried"),
        approved=plan(product="approved", requires=["approved_application"], **tried),
    )


def trial(seats: int = 5, **desk: Any) -> Story:
    """A trial of thirty days."""
    story = buyer(shelf(**desk), "2020-01-01", approved=False)
    fields = {"account": "acme", "subscription": "desk", "plan": "desk", "seats": seats}
    return story.done(StartTrial, **fields)


@pytest.mark.rule("GT-01", "GT-03")
def test_a_trial_is_usable_at_once_and_costs_nothing():
    """Its end is counted in days; users can be given seats in the same step."""
    story = buyer(shelf(), "2020-01-01")
    story = story.when(
        StartTrial, account="acme", subscription="desk", plan="desk", seats=2, assign=[ANN]
    ).then(SubscriptionStarted, SeatsAdded, SeatAssigned)

    assert str(term(story)[1]) == "2020-01-31"
    assert (len(sub(story).usable), len(sub(story).renewing)) == (2, 0)
    story = story.until("2020-01-31")
    assert sub(story).ended
    assert [fact.cause for fact in every(story, SubscriptionEnded)] == ["trial_over"]
    assert not invoices(story)


@pytest.mark.rule("GT-03")
def test_a_product_is_tried_once_per_account_whatever_the_level():
    """Also after the trial ended; another account may try it."""
    story = trial().until("2020-03-01")
    again = {"account": "acme", "subscription": "again", "plan": "better", "seats": 1}
    story.when(StartTrial, **again).refused("subscription.trial_already_used", rule="GT-03")
    buyer(shelf(), "2020-03-01").when(StartTrial, **again).accepted()


@pytest.mark.rule("GT-03")
def test_a_trial_is_not_for_who_pays():
    """Who has or had a product, paid or prepaid, knows it; whose order came to nothing does not."""
    key = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"
    catalogue = {**shelf(), "product_keys": [{"key": key, "plan": "better", "seats": 2}]}
    story = buyer(catalogue, "2020-01-01")
    try_it = {"account": "acme", "subscription": "try", "plan": "desk", "seats": 1}

    paid = bought(story, "b", "better", 1)
    paid.when(StartTrial, **try_it).refused("subscription.trial_already_used", "was bought")
    over = paid.done(CancelSubscription, subscription="b").until("2022-01-01")
    over.when(StartTrial, **try_it).refused("subscription.trial_already_used")
    prepaid = story.done(RedeemProductKey, account="acme", subscription="k", key=key)
    prepaid.when(StartTrial, **try_it).refused("subscription.trial_already_used")

    waiting = bought(story, "b", "better", 1, "bank", order="o")
    waiting.when(StartTrial, **try_it).accepted()
    failed = waiting.done(RecordPaymentFailure, by=SELLER, order="o")
    failed.when(StartTrial, **try_it).accepted()
    bought(story, "u", "untried", 1).when(StartTrial, **try_it).accepted()


@pytest.mark.rule("MS-08")
def test_a_trial_is_bought_before_seats_are_added():
    """The answer says so."""
    trial().when(AddSeats, subscription="desk", quantity=1).refused(
        "subscription.trial_must_be_bought", "Convert the trial first.", rule="MS-08"
    )


@pytest.mark.rule("MS-08", "GT-03")
def test_a_converted_trial_begins_a_full_term_that_day():
    """All its seats are charged, with more where they are wanted; holders keep theirs."""
    story = trial().done(AssignSeat, subscription="desk", **ANN)
    story = story.done(
        ConvertTrial, subscription="desk", payment_method="card", seats=10, on="2020-01-20"
    )

    assert lines(invoices(story)[0]) == [
        ("trial_converted", 10, "2020-01-20", "2021-01-20", "960.00")
    ]
    assert (sub(story).kind, len(sub(story).renewing), len(sub(story).free)) == ("paid", 10, 9)
    renewed = story.until("2021-01-20")
    assert lines(invoices(renewed)[1])[0][0] == "renewal"
    assert [fact.term.number for fact in every(renewed, TermStarted)] == [2, 3]
    story.when(ConvertTrial, subscription="desk", payment_method="card").refused(
        "subscription.not_a_trial"
    )


def test_a_trial_that_still_runs_out_is_not_converted():
    """After its end there is nothing to buy."""
    story = trial().until("2020-01-31")
    story.when(ConvertTrial, subscription="desk", payment_method="card").refused(
        "subscription.ended"
    )


def waiting(method: str = "bank", seats: int = 7) -> Story:
    """A conversion, o1, that waits."""
    return trial().done(
        ConvertTrial,
        subscription="desk",
        payment_method=method,
        seats=seats,
        order="o1",
        on="2020-01-25",
    )


@pytest.mark.parametrize(("newest", "net"), [("renewals", "1200.00"), ("keep", "600.00")])
def test_a_conversion_takes_the_newest_version_unless_one_s_own_is_kept(newest: str, net: str):
    """Five seats for a year, at ten or at twenty a month."""
    dear = {**VOLUME, "tiers": [{"from": 1, "amount": "20.00"}]}
    newer = {"price": dear, "existing": newest, "from": "2020-01-10"}
    story = republished(trial(), shelf(**newer))
    story = story.done(ConvertTrial, subscription="desk", payment_method="card", on="2020-01-20")
    assert [line[-1] for line in lines(invoices(story)[-1])] == [net]


def test_a_conversion_that_waits_holds_the_end_of_the_trial_up():
    """Its seats stay usable; paid after the trial's end, the term is that of the order's day."""
    story = waiting().until("2020-02-05")
    assert len(sub(story).usable) == 5
    assert sub(story).kind == "trial"

    story = story.done(RecordPayment, by=SELLER, order="o1", on="2020-02-05")
    assert [str(day) for day in term(story)] == ["2020-01-25", "2021-01-25"]
    assert (len(sub(story).usable), sub(story).kind) == (7, "paid")
    assert [fact.cause for fact in every(story, TermStarted)] == ["trial_converted"]


def test_a_conversion_that_fails_after_the_end_ends_the_trial():
    """As of the day on which it was over."""
    story = waiting().until("2020-02-05")
    story = story.done(RecordPaymentFailure, by=SELLER, order="o1", on="2020-02-05")
    assert not sub(story).ended
    assert sub(story.until("2020-02-05")).ended


def test_a_conversion_that_expires_ends_the_trial_with_the_next_due_work():
    """Fourteen days after the order, which is after the end of the trial."""
    story = waiting().until("2020-02-08")
    assert sub(story).ended
    assert not invoices(story)


def test_a_conversion_that_is_withdrawn_in_time_leaves_the_trial():
    """It can be bought again, by another method."""
    story = waiting().done(CancelOrder, order="o1", on="2020-01-28")
    assert (sub(story).ended, len(sub(story).usable)) == (False, 5)
    story.when(ConvertTrial, subscription="desk", payment_method="card").accepted()


def test_one_conversion_at_a_time():
    """The answer names the order that waits; a pending check comes with its own code."""
    again = {"subscription": "desk", "payment_method": "card"}
    waiting().when(ConvertTrial, **again).refused("order.exists", "waiting")
    waiting("invoice").when(ConvertTrial, **again).refused("order.credit_check_pending")


def test_a_checked_conversion_is_invoiced_with_the_pass():
    """Open, for the term that began with the order."""
    story = waiting("invoice").done(PassCreditCheck, by=SELLER, order="o1", on="2020-02-10")
    assert lines(invoices(story)[0]) == [
        ("trial_converted", 7, "2020-01-25", "2021-01-25", "840.00")
    ]


CONVERT = [
    ({"subscription": "no"}, STRANGER, "subscription.unknown"),
    ({"seats": 1}, STRANGER, "access.role_missing"),
    ({"subscription": "paid", "order": "paid"}, OWNER, "subscription.not_a_trial"),
    ({"seats": 4, "order": "paid"}, OWNER, "order.exists"),
    ({"seats": 4, "payment_method": "gold"}, OWNER, "seats.total_below_present"),
    ({"seats": 5, "payment_method": "gold"}, OWNER, "payment.method_not_accepted"),
    ({"seats": 0}, STRANGER, "command.invalid"),
]


@pytest.mark.parametrize(("fields", "by", "code"), CONVERT)
def test_refusals_of_a_conversion_come_in_their_order(fields: dict[str, Any], by: str, code: str):
    """Unknown ids, access, subscription, order, seats, payment."""
    story = bought(trial(), "paid", "untried", 1, order="paid")
    fields = {"subscription": "desk", "payment_method": "card", **fields}
    story.when(ConvertTrial, by=by, **fields).refused(code)


START = [
    ({"plan": "no"}, STRANGER, "catalogue.plan_unknown"),
    ({"subscription": "desk"}, STRANGER, "access.role_missing"),
    ({"plan": "approved", "subscription": "desk"}, OWNER, "account.application_not_approved"),
    ({"plan": "untried", "subscription": "desk"}, OWNER, "subscription.exists"),
    ({"plan": "untried", "seats": 99}, OWNER, "subscription.trial_not_offered"),
    ({"seats": 99}, OWNER, "subscription.trial_already_used"),
]


@pytest.mark.parametrize(("fields", "by", "code"), START)
def test_refusals_of_a_trial_come_in_their_order(fields: dict[str, Any], by: str, code: str):
    """Unknown ids, access, account, subscription."""
    fields = {"account": "acme", "subscription": "new", "plan": "desk", "seats": 1, **fields}
    trial().when(StartTrial, by=by, **fields).refused(code)


@pytest.mark.rule("MS-04")
def test_no_trial_while_a_check_is_pending():
    """A trial counts as buying."""
    story = bought(buyer(shelf(), "2020-01-01"), "paid", "untried", 1, "invoice")
    start = {"account": "acme", "subscription": "new", "plan": "desk", "seats": 0}
    story.when(StartTrial, **start).refused("command.invalid")
    story.when(StartTrial, **{**start, "seats": 1}).refused("order.credit_check_pending")


def test_users_of_a_trial_need_a_right_to_assign():
    """Who may try may not assign for that."""
    story = buyer(shelf(may_assign=["administrator"]), "2020-01-01")
    start = {"account": "acme", "subscription": "new", "plan": "desk", "seats": 1}
    story.when(StartTrial, **start, assign=[ANN]).refused("access.role_missing")
    story.when(StartTrial, **start).accepted()


@pytest.mark.rule("GT-03")
def test_the_shipped_trial_is_converted_by_the_newest_version():
    """The price is that of the day of the conversion."""
    story = given("goto").account(roles={OWNER: "billing_contact"}, country="US")
    story = story.done(StartTrial, account="acme", subscription="x", plan="meeting-pro-1m", seats=1)
    story = story.done(ConvertTrial, subscription="x", payment_method="card")
    assert invoices(story)[0].net.amount == "12.90"
    assert [fact.timing for fact in every(story, OrderPlaced)] == ["at_once"]


@pytest.mark.parametrize("total", [5, 4])
def test_the_seats_of_a_trial_are_not_set_to_a_total(total: int):
    """Not to the present one either: it is bought first."""
    story = trial(5)
    story.when(SetSeatTotal, subscription="desk", total=total).refused(
        "subscription.trial_must_be_bought"
    )
