"""The checks of a purchase, in their order, and the order that follows."""

from typing import Any

import pytest

from commands.carts import AddToCart
from commands.catalogue import WithdrawPlan
from commands.purchase_checks import Wanted, timing_of
from commands.purchases import AddSeats, StartSubscription
from commands.seat_limits import below_minimum
from commands.seats import AssignSeat
from events.fact import Fact
from events.invoices import InvoiceIssued, NumberGiven
from events.orders import OrderCompleted, OrderPlaced
from events.payments import PaymentRecorded
from events.seats import SeatAssigned, SeatsAdded
from events.subscriptions import SubscriptionStarted
from tests.support.given import OWNER, SELLER, Story, given
from tests.support.shop import PER_PERIOD, VOLUME, bought, buyer, every, plan, shop, started, sub

STRANGER = "stranger@x.example"
KEEPER = "keeper@acme.example"
ANN = {"email": "ann@acme.example", "name": "Ann"}
BOB = {"email": "bob@acme.example", "name": "Bob"}
RESELLER = {"kind": "reseller", "name": "Northwind", "contact": "northwind.example"}


def crowded(channel: Any = "direct", **changes: Any) -> Story:
    """An account where much is wrong: see the cases below."""
    plans = {
        "desk": plan(
            **{
                "requires": ["approved_application", "approved_email_domain"],
                "seats": {"minimum": 5, "maximum": 20},
                "channel": channel,
                **changes,
            }
        ),
        "free": plan(product="free", trial={"days": 30}),
    }
    story = buyer(shop(**plans), "2020-01-01")
    return bought(story, "busy", "free", 1, order="o1")


START = {
    "account": "acme",
    "subscription": "desk",
    "plan": "desk",
    "seats": 5,
    "payment_method": "card",
}
PRECEDENCE = [
    ({"seats": 0, "plan": "no"}, OWNER, "command.invalid"),
    ({"seats": 1_000_001, "plan": "no"}, OWNER, "command.invalid"),
    ({"seats": "5", "plan": "no"}, OWNER, "command.invalid"),
    ({"plan": "no"}, STRANGER, "catalogue.plan_unknown"),
    ({"subscription": "busy"}, STRANGER, "access.role_missing"),
    ({"assign": [{**ANN, "email": "ann@new.example"}]}, STRANGER, "access.role_missing"),
    ({"assign": [ANN], "subscription": "busy"}, OWNER, "account.email_domain_not_approved"),
    ({"subscription": "busy", "order": "o1"}, OWNER, "subscription.exists"),
    ({"order": "o1", "seats": 4}, OWNER, "order.exists"),
    ({"seats": 4, "payment_method": "gold"}, OWNER, "seats.below_minimum"),
    ({"seats": 21, "payment_method": "gold"}, OWNER, "seats.above_maximum"),
    ({"payment_method": "gold"}, OWNER, "payment.method_not_accepted"),
]


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize(("fields", "by", "code"), PRECEDENCE)
def test_of_several_wrongs_the_first_in_order_is_answered(
    fields: dict[str, Any], by: str, code: str
):
    """Command, unknown ids, access, account, subscription, order, seats, payment."""
    crowded().when(StartSubscription, by=by, **{**START, **fields}).refused(code)


@pytest.mark.rule("PA-06")
def test_a_channel_comes_after_the_role_and_before_the_account():
    """A stranger learns nothing of the channel; the owner learns whom to contact."""
    story = crowded(channel=RESELLER)
    story.when(StartSubscription, by=STRANGER, **START).refused("access.role_missing")
    story.when(StartSubscription, **{**START, "subscription": "busy"}).refused(
        "subscription.sold_by_reseller", "Northwind", "northwind.example", rule="PA-06"
    )


@pytest.mark.rule("EV-04")
def test_the_application_comes_before_the_withdrawn_plan():
    """An account that may not have the plan hears of that first."""
    story = buyer(shop(desk=plan(requires=["approved_application"])), "2020-01-01", approved=False)
    story = story.done(WithdrawPlan, by=SELLER, plan="desk")

    story.when(StartSubscription, **START).refused("account.application_not_approved")


@pytest.mark.rule("SE-01")
def test_a_withdrawn_plan_is_kept_by_those_who_have_it():
    """No new subscription of it, before all that concerns ids; seats can still be added."""
    story = started(5).done(WithdrawPlan, by=SELLER, plan="desk")
    story.when(StartSubscription, **START).refused("catalogue.plan_withdrawn")
    story.when(AddSeats, subscription="desk", quantity=1).accepted()


@pytest.mark.rule("EV-01")
def test_too_few_seats_are_refused_in_the_plans_own_words():
    """The answer says what else can be had."""
    story = given("expressvpn").account()
    few = {**START, "plan": "volume-12m", "seats": 4}
    story.when(StartSubscription, **few).refused(
        "seats.below_minimum",
        "Up to four more individual subscriptions fit on one account.",
        rule="EV-01",
    )
    terms = story.catalogue.plan_version("volume-12m", 1).terms
    assert below_minimum(terms).parameters == {"minimum": "5"}


def test_pending_seats_count_towards_the_maximum():
    """What was ordered fills the plan, paid or not."""
    story = started(8, seats={"minimum": 1, "maximum": 10})
    story = story.done(AddSeats, subscription="desk", quantity=2, payment_method="bank")
    story.when(AddSeats, subscription="desk", quantity=1).refused("seats.above_maximum")


@pytest.mark.rule("EV-03")
@pytest.mark.parametrize("method", ["paypal", "bitcoin", "paymentwall"])
def test_a_method_that_the_plan_does_not_take_is_refused_by_name(method: str):
    """The answer names it, and those that are taken."""
    given("expressvpn").account().when(
        StartSubscription, **{**START, "plan": "volume-12m", "payment_method": method}
    ).refused("payment.method_not_accepted", method, "Pay by card.", rule="EV-03")


def test_the_slowest_plan_decides_when_an_order_is_paid():
    """A check is slower than a payment, a payment slower than nothing."""
    story = buyer(
        shop(
            now=plan(payment={"m": "at_once"}),
            later=plan(payment={"m": "when_paid"}),
            checked=plan(payment={"m": "after_credit_check"}),
        ),
        "2020-01-01",
    )
    timings = {}
    for names in (["now"], ["now", "later"], ["later", "now"], ["later", "checked", "now"]):
        versions = [story.catalogue.plan_version(name, 1) for name in names]
        wanted = [Wanted("x", "start", version, 1) for version in versions]
        timings["-".join(names)] = timing_of(wanted, "m")

    assert list(timings.values()) == ["at_once", "when_paid", "when_paid", "after_credit_check"]


@pytest.mark.rule("EV-05", "MS-02")
def test_what_is_paid_at_once_is_usable_at_once():
    """Start, order, seats, charge, invoice, payment: one decision."""
    facts = buyer(shop(), "2020-01-01").when(StartSubscription, **START).facts
    kinds: list[type[Fact]] = [type(fact) for fact in facts]

    assert kinds[:4] == [SubscriptionStarted, OrderPlaced, OrderCompleted, SeatsAdded]
    assert kinds[5:] == [InvoiceIssued, NumberGiven, PaymentRecorded]


@pytest.mark.rule("MS-10")
def test_users_are_added_in_the_same_step():
    """In their order, lowest number first; the free seats there were count too."""
    story = started(2).done(
        AddSeats,
        subscription="desk",
        quantity=1,
        assign=[ANN, BOB, {**ANN, "email": "c@x.example"}],
    )
    assert [fact.seat for fact in every(story, SeatAssigned)] == [1, 2, 3]


ASSIGN = [
    ([ANN, BOB, {**ANN, "email": "c@x.example"}], "seats.none_free", "only 2 can be given"),
    ([ANN, {**ANN, "email": " ANN@acme.example"}], "seats.user_already_has_seat", "This user"),
]


@pytest.mark.rule("MS-10", "SE-04")
@pytest.mark.parametrize(("assign", "code", "words"), ASSIGN)
def test_users_are_added_all_or_none(assign: list[dict[str, str]], code: str, words: str):
    """More users than free seats, or one of them twice: nothing is bought."""
    story = started(1).done(AssignSeat, subscription="desk", email="d@x.example", name="D")
    fields = {"subscription": "desk", "quantity": 2}
    story.when(AddSeats, **fields, assign=assign).refused(code, words)
    story.when(AddSeats, **fields, assign=[ANN, BOB]).accepted()


def test_users_wait_for_seats_that_are_free_when_all_is_paid():
    """Seats of other orders that wait are not free: only what this purchase brings is."""
    story = started(1).done(AssignSeat, subscription="desk", **ANN)
    story = story.done(AddSeats, subscription="desk", quantity=5, payment_method="bank")
    more = {"subscription": "desk", "quantity": 1, "payment_method": "bank"}
    story.when(AddSeats, **more, assign=[BOB, {**BOB, "email": "c@x.example"}]).refused(
        "seats.none_free"
    )
    story.when(AddSeats, **more, assign=[BOB]).then(OrderPlaced)


def test_who_buys_may_assign_only_with_a_role_for_it():
    """Buying and assigning are two rights, also in one step."""
    story = started(
        1,
        account={"roles": {KEEPER: "administrator", "aud@acme.example": "auditor"}},
        may_buy=["owner", "auditor"],
        may_assign=["owner", "administrator"],
    )
    more = {"subscription": "desk", "quantity": 1}
    story.when(AddSeats, by="aud@acme.example", **more).accepted()
    story.when(AddSeats, by="aud@acme.example", **more, assign=[ANN]).refused("access.role_missing")
    story.when(AddSeats, by=KEEPER, **more, assign=[ANN]).refused("access.role_missing")
    story.when(AddSeats, **more, assign=[ANN]).accepted()


@pytest.mark.rule("EV-02")
def test_the_tier_of_the_total_prices_the_seats_of_the_order():
    """Usable and new seats pick it; older seats are neither charged nor credited."""
    story = started(5, price=VOLUME, on="2020-01-01")
    story = story.done(AddSeats, subscription="desk", quantity=4, payment_method="bank")
    story = story.done(AddSeats, subscription="desk", quantity=5)

    charges = [*every(story, OrderPlaced)[1].charges, every(story, InvoiceIssued)[-1].lines[0]]
    assert [str(charge.price) for charge in charges] == ["10.00", "8.00"]
    assert every(story, InvoiceIssued)[-1].net.amount == "480.00"


def test_a_subscription_numbers_no_more_seats_than_it_can():
    """Beyond all bounds it is refused, whatever the plan says."""
    story = started(1_000_000, seats={"minimum": 1})
    for _ in range(9):
        story = story.done(AddSeats, subscription="desk", quantity=1_000_000)
    assert len(sub(story).usable) == 10_000_000
    story.when(AddSeats, subscription="desk", quantity=1).refused("command.invalid")


def test_an_amount_beyond_all_bounds_is_refused():
    """More than 10^15 minor units is no amount: refused, never overflown."""
    dear = {"per": "month", "tiering": "volume", "tiers": [{"from": 1, "amount": "1000000000"}]}
    story = buyer(shop(desk=plan(price=dear)), "2020-01-01")
    story.when(StartSubscription, **{**START, "seats": 1_000_000}).refused("command.invalid")
    cart = {"account": "acme", "subscription": "desk", "plan": "desk", "seats": 1_000_000}
    story.when(AddToCart, **cart).accepted()
    story.when(StartSubscription, **{**START, "seats": 1}).accepted()


def test_seats_whose_renewal_would_be_no_amount_are_refused():
    """What could never renew is not sold in two halves either."""
    dear = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "1000000000000"}]}
    story = started(6, price=dear, proration={"by": "days"})
    more = {"subscription": "desk", "on": "2020-12-01"}
    story.when(AddSeats, **more, quantity=5).refused("command.invalid", "amount")
    story.when(AddSeats, **more, quantity=4).accepted()
