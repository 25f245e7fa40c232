"""Buying: a new subscription, seats more, a new total."""

import sys
from typing import Any

import pytest

from commands.orders import PassCreditCheck
from commands.purchases import AddSeats, SetSeatTotal, StartSubscription
from commands.removals import DisableAutoRenew
from commands.subscriptions import CancelSubscription
from events.charges import Charged
from events.envelope import canonical
from events.orders import OrderPlaced
from events.seats import SeatAssigned, SeatsAdded
from tests.support.given import OWNER, SELLER, Story, given
from tests.support.shop import (
    PER_PERIOD,
    bought,
    buyer,
    every,
    invoices,
    lines,
    plan,
    republished,
    shop,
    started,
    sub,
)

ANN = {"email": "ann@acme.example", "name": "Ann"}
BOB = {"email": "bob@acme.example", "name": "Bob"}
STRANGER = "stranger@x.example"


def vpn() -> Story:
    """EV's worked example: a volume plan by the year, renewed on 25 June."""
    return (
        given("expressvpn")
        .account()
        .done(
            StartSubscription,
            account="acme",
            subscription="vpn",
            plan="volume-12m",
            seats=10,
            payment_method="card",
        )
    )


@pytest.mark.rule("EV-07", "EV-08", "EV-09")
def test_five_seats_with_ten_months_left_cost_the_monthly_price_times_fifty():
    """The renewal date is 25 June; bought on 25 August: price x 5 x 10, and the date stays."""
    outcome = vpn().when(AddSeats, subscription="vpn", quantity=5, on="2020-08-25")

    assert lines(invoices(outcome.accepted())[-1]) == [
        ("seats_added", 5, "2020-08-25", "2021-06-25", "374.50")
    ]
    assert str(sub(outcome.accepted(), "vpn").term.end) == "2021-06-25"
    assert outcome.preview["renewal"] == {
        "renewal_date": "2021-06-25",
        "seats": 15,
        "total": {"amount": "1348.20", "currency": "USD"},
    }


@pytest.mark.rule("EV-09", "ALL-06")
def test_a_started_month_counts_by_its_days():
    """Nine months and 16 of 31 days; the charge tells the whole way to its amount."""
    story = vpn().done(AddSeats, subscription="vpn", quantity=5, on="2020-09-09")
    charge = every(story, Charged)[-1]

    assert (charge.numerator, charge.denominator) == (295, 31)
    assert charge.net.amount == "356.38"
    assert any("16 of its 31 days" in step for step in charge.steps)


@pytest.mark.rule("PA-02", "MS-01")
def test_a_new_total_buys_the_difference():
    """105 where there are 100 buys five; the same again changes nothing."""
    story = started(100)
    story = story.done(SetSeatTotal, subscription="desk", total=105)
    assert [len(fact.seats) for fact in every(story, SeatsAdded)] == [100, 5]

    story = story.when(SetSeatTotal, subscription="desk", total=105).nothing()
    story.when(SetSeatTotal, subscription="desk", total=104).refused(
        "seats.total_below_present", "105", rule="PA-02"
    )


@pytest.mark.rule("PA-02")
def test_seats_that_wait_count_as_present():
    """A total that was ordered already is not ordered twice."""
    story = started(10)
    story = story.done(SetSeatTotal, subscription="desk", total=12, payment_method="bank")
    story.when(SetSeatTotal, subscription="desk", total=12).nothing()
    story.when(SetSeatTotal, subscription="desk", total=11).refused("seats.total_below_present")


def test_the_same_total_can_assign_seats_that_are_free():
    """Nothing is bought, so neither way of paying nor a pending check matters."""
    story = bought(started(2), "other", "desk", 1, "invoice", order="o9")
    same = {"subscription": "desk", "total": 2}
    story.when(SetSeatTotal, **same, assign=[ANN, BOB]).then(SeatAssigned, SeatAssigned)
    story.when(SetSeatTotal, **same, by=STRANGER, assign=[ANN]).refused("access.role_missing")
    story.when(SetSeatTotal, **same, assign=[ANN, BOB, {**ANN, "email": "c@x.example"}]).refused(
        "seats.none_free"
    )


BELOW = [
    ({"order": "o9", "total": 1}, OWNER, "order.exists"),
    ({"total": 1}, OWNER, "order.credit_check_pending"),
    ({"total": 3, "payment_method": "gold"}, OWNER, "order.credit_check_pending"),
    ({"total": 1}, STRANGER, "access.role_missing"),
    ({"total": 0}, OWNER, "command.invalid"),
]


@pytest.mark.parametrize(("fields", "by", "code"), BELOW)
def test_a_pending_check_comes_before_what_is_wrong_with_the_seats(
    fields: dict[str, Any], by: str, code: str
):
    """Order before seats, seats before payment, also where nothing would be bought."""
    story = bought(started(2), "other", "desk", 1, "invoice", order="o9")
    story.when(SetSeatTotal, by=by, subscription="desk", **fields).refused(code)


@pytest.mark.rule("EV-17")
@pytest.mark.parametrize("how", ["cancelled", "switched off"])
def test_seats_added_to_what_does_not_renew_do_not_renew(how: str):
    """Of a cancelled subscription all ends; where seats are switched off new ones renew."""
    if how == "cancelled":
        story = started(10).done(CancelSubscription, subscription="desk")
    else:
        story = started(10).done(DisableAutoRenew, subscription="desk", seat_numbers=[1, 2])
    story = story.done(AddSeats, subscription="desk", quantity=1)

    renewing = every(story, SeatsAdded)[-1].renewing
    assert (renewing, len(sub(story).renewing)) == ((False, 0) if how == "cancelled" else (True, 9))


def test_the_subscriptions_own_method_pays_unless_another_is_named():
    """A first purchase by invoice makes invoice the method."""
    story = started(2, method="invoice")
    story = story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0])
    story = story.done(AddSeats, subscription="desk", quantity=1)
    assert every(story, OrderPlaced)[-1].payment_method == "invoice"

    story = started(2).done(AddSeats, subscription="desk", quantity=1, payment_method="bank")
    assert every(story, OrderPlaced)[-1].payment_method == "bank"
    assert sub(story).payment_method == "card"


@pytest.mark.rule("EV-10")
def test_ids_are_unique_in_the_ledger():
    """A subscription's and an order's id may be another account's."""
    story = buyer(shop(), "2020-01-01")
    start = {
        "account": "acme",
        "subscription": "x",
        "plan": "desk",
        "seats": 1,
        "payment_method": "card",
        "order": "y",
    }
    story.when(StartSubscription, **start, taken=(("subscription", "x"),)).refused(
        "subscription.exists", rule="EV-10"
    )
    story.when(StartSubscription, **start, taken=(("order", "y"),)).refused("order.exists")
    story.when(AddSeats, subscription="no", quantity=1).refused("subscription.unknown")


@pytest.mark.rule("GT-01", "MS-09")
def test_buying_needs_a_role_of_the_plan():
    """An owner who is not listed may not buy; who is listed may."""
    ann, story = (
        "ann@acme.example",
        given("goto").account(roles={"ann@acme.example": "billing_contact"}),
    )
    start = {
        "account": "acme",
        "subscription": "x",
        "plan": "webinar-12m",
        "seats": 1,
        "payment_method": "card",
    }
    story.when(StartSubscription, **start).refused("access.role_missing", "billing contact")
    story.when(StartSubscription, by=ann, **start).accepted()


def test_a_hundred_thousand_seats_cost_a_command_no_more_than_ten():
    """The facts of a purchase are as small, and none names seats one by one."""
    sizes = []
    for seats in (10, 100_000):
        story = started(seats, price=PER_PERIOD, proration={"by": "days"})
        facts = story.when(AddSeats, subscription="desk", quantity=5, on="2020-02-01").facts
        sizes.append([len(canonical(fact)) for fact in facts])
        assert all(len(fact.seats.ranges()) == 1 for fact in facts if isinstance(fact, SeatsAdded))

    assert all(large <= small + 60 for small, large in zip(*sizes, strict=True))


def test_the_state_shares_its_parts_however_many_seats_there_are():
    """After a purchase nothing of the seats' holders is copied."""
    story = started(100_000).done(
        SetSeatTotal,
        subscription="desk",
        total=100_000,
        assign=[{"email": f"p{n}@x.example", "name": "P"} for n in range(50)],
    )
    after = story.done(AddSeats, subscription="desk", quantity=1)

    assert sub(after).holders is sub(story).holders
    assert sub(after).seat_of is sub(story).seat_of
    assert sys.getsizeof(sub(after).usable.bits) < 20_000


def test_a_plan_of_days_is_paid_by_days():
    """With days, half of thirty days costs half of the price."""
    story = started(
        1,
        on="2020-04-01",
        price={**PER_PERIOD, "tiers": [{"from": 1, "amount": "30.00"}]},
        term={"days": 30},
        proration={"by": "days"},
    )
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-04-16")
    assert [invoice.net.amount for invoice in invoices(story)] == ["30.00", "15.00"]


def test_a_plan_without_proration_is_paid_whole():
    """Whenever the seats come, the full price is charged."""
    story = started(1, proration={"by": "none"})
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-12-31")
    assert invoices(story)[-1].net.amount == "120.00"


def test_added_seats_are_bought_by_the_version_that_the_term_keeps():
    """A dearer version is for new subscriptions and renewals only."""
    story = started(1)
    dear = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "999.00"}]}
    newer = shop(desk=plan(price=dear, **{"from": "2020-01-01"}))
    story = republished(story, newer).done(AddSeats, subscription="desk", quantity=1)
    assert invoices(story)[-1].net.amount == "120.00"

    story = bought(story, "new", "desk", 1)
    assert invoices(story)[-1].net.amount == "999.00"


@pytest.mark.rule("MS-10", "MS-01")
def test_a_new_total_can_give_its_seats_at_once():
    """The users get the lowest free numbers, new seats among them."""
    story = started(1).done(SetSeatTotal, subscription="desk", total=2, assign=[ANN, BOB])
    assert [fact.seat for fact in every(story, SeatAssigned)] == [1, 2]
    story.when(SetSeatTotal, subscription="desk", total=3, assign=[ANN]).refused(
        "seats.user_already_has_seat"
    )
