"""Orders that wait: withdrawn, expired, checked, failed; what becomes of their seats and money."""

from datetime import date

import pytest

from commands.carts import AddToCart, PlaceOrder
from commands.decision import Command
from commands.orders import (
    CancelOrder,
    ExpireOrder,
    FailCreditCheck,
    PassCreditCheck,
    RecordPaymentFailure,
)
from commands.payments import GrantCredit, RecordPayment
from commands.purchases import AddSeats
from commands.seats import AssignSeat
from events.credit import CreditGranted
from events.invoices import InvoiceIssued
from events.money import Money
from events.orders import (
    CreditCheckPassed,
    OrderCancelled,
    OrderCompleted,
    OrderExpired,
    OrderFailed,
    OrderPlaced,
)
from events.subscriptions import SubscriptionEnded
from tests.support.given import OWNER, SELLER, Story, given
from tests.support.shop import bought, buyer, credit, due, every, invoices, plan, shop, started, sub

STRANGER = "stranger@x.example"
PAID = {"amount": "100.00", "currency": "EUR"}
ANN = {"email": "ann@acme.example", "name": "Ann"}


def first_order(method: str = "bank") -> Story:
    """A first order, o1, that waits for its payment or its check."""
    return bought(buyer(shop(), "2020-01-01"), "desk", "desk", 10, method, order="o1")


def more_seats(method: str = "bank") -> Story:
    """A subscription with ten seats, and an order o2 for two more that waits."""
    return started(10).done(
        AddSeats, subscription="desk", quantity=2, payment_method=method, order="o2"
    )


ENDS = [
    (CancelOrder, OWNER, "bank", OrderCancelled, "2020-01-02"),
    (ExpireOrder, SELLER, "bank", OrderExpired, "2020-01-15"),
    (RecordPaymentFailure, SELLER, "bank", OrderFailed, "2020-01-02"),
    (CancelOrder, OWNER, "invoice", OrderCancelled, "2020-01-02"),
    (FailCreditCheck, SELLER, "invoice", OrderFailed, "2020-01-02"),
]


@pytest.mark.rule("PA-05")
@pytest.mark.parametrize(("command", "by", "method", "fact", "on"), ENDS)
def test_a_first_order_that_comes_to_nothing_ends_its_subscription(
    command: type[Command], by: str, method: str, fact: type, on: str
):
    """No invoice, no charge; the subscription has ended and its id stays taken."""
    story = (
        first_order(method).when(command, by=by, order="o1", on=on).then(fact, SubscriptionEnded)
    )

    assert sub(story).ended
    assert not invoices(story)
    story.when(AddSeats, subscription="desk", quantity=1).refused("subscription.ended")
    story.when(command, by=by, order="o1").refused("order.not_pending", "RecordPayment")


@pytest.mark.rule("PA-05")
@pytest.mark.parametrize(("command", "by", "method", "fact", "on"), ENDS)
def test_an_order_of_more_seats_that_comes_to_nothing_leaves_the_others(
    command: type[Command], by: str, method: str, fact: type, on: str
):
    """The seats there were go on; those that waited never come."""
    story = more_seats(method).when(command, by=by, order="o2", on=on).then(fact)

    assert sub(story).total == 10
    assert len(every(story, InvoiceIssued)) == 1


def test_the_end_of_a_first_order_takes_later_orders_along():
    """A subscription that ended cannot take seats: what had come for them is credit again."""
    story = first_order().done(
        AddSeats, subscription="desk", quantity=2, payment_method="bank", order="o2"
    )
    story = story.done(RecordPayment, by=SELLER, order="o2", amount=PAID)
    story = story.when(RecordPaymentFailure, by=SELLER, order="o1").then(
        OrderFailed, OrderCancelled(order="o2"), CreditGranted, SubscriptionEnded
    )

    assert sub(story).ended
    assert not story.state.waiting
    assert credit(story) == "100.00"


@pytest.mark.rule("PA-05")
def test_an_unpaid_order_expires_after_fourteen_days():
    """On the day itself, as due work; until then it can be paid."""
    story = first_order()
    story.when(ExpireOrder, by=SELLER, order="o1", on="2020-01-14").refused(
        "command.time_out_of_range"
    )
    assert story.until("2020-01-14").state.waiting == ("o1",)
    assert [str(fact.expires_on) for fact in every(story, OrderPlaced)] == ["2020-01-15"]

    story = story.until("2020-01-15")
    assert not story.state.waiting
    assert len(every(story, OrderExpired)) == 1


@pytest.mark.rule("PA-05")
@pytest.mark.parametrize(("granted", "expires"), [("1200.00", None), ("1199.99", "2020-01-15")])
def test_only_an_order_that_waits_has_a_day_on_which_it_expires(granted: str, expires: str | None):
    """Credit that covers all of it completes it at once; a cent less, and it waits."""
    amount = {"amount": granted, "currency": "EUR"}
    buying = buyer(shop(), "2020-01-01").done(GrantCredit, by=SELLER, account="acme", amount=amount)

    (placed,) = every(bought(buying, "desk", "desk", 10, "bank", order="o1"), OrderPlaced)

    assert placed.expires_on == (date.fromisoformat(expires) if expires else None)


@pytest.mark.rule("MS-03", "MS-04")
def test_seats_wait_for_the_credit_check():
    """The pass makes them usable; the invoice is of the day of the pass, open, for the order's."""
    story = first_order("invoice").when(PassCreditCheck, by=SELLER, order="o1", on="2020-02-03")
    kinds = [type(fact) for fact in story.facts]
    assert kinds[:2] == [CreditCheckPassed, OrderCompleted]

    invoice = invoices(story.accepted())[0]
    assert (str(invoice.issued_on), str(invoice.due_on)) == ("2020-02-03", "2020-03-04")
    assert str(invoice.lines[0].period.start) == "2020-01-01"
    assert due(story.accepted()) == "1200.00"


@pytest.mark.rule("MS-04")
def test_a_check_is_expected_after_two_working_days():
    """Weekends and the seller's public holidays are left out; such an order never expires."""
    story = buyer(shop(seller={"holidays": ["2020-01-06"]}), "2020-01-03")
    placed = every(bought(story, "desk", "desk", 1, "invoice", order="o1"), OrderPlaced)[0]

    assert (str(placed.expected_on), placed.expires_on) == ("2020-01-08", None)


@pytest.mark.rule("MS-04")
def test_nothing_is_bought_while_a_check_is_pending():
    """Every purchase of the account is refused, assigning is not; after the check all goes on."""
    story = bought(started(2), "other", "desk", 1, "invoice", order="o9")
    story.when(AddSeats, subscription="desk", quantity=1).refused(
        "order.credit_check_pending", "2020-01-03", "two working days", rule="MS-04"
    )
    story.done(AssignSeat, subscription="desk", **ANN)
    for command in (PassCreditCheck, FailCreditCheck):
        story.done(command, by=SELLER, order="o9").done(AddSeats, subscription="desk", quantity=1)


def test_a_price_of_nothing_waits_for_its_check_too():
    """Who may have seats is the question of the check, not what they cost."""
    free = {"per": "month", "tiering": "volume", "tiers": [{"from": 1, "amount": "0"}]}
    story = started(3, method="invoice", price=free)
    assert not sub(story).usable

    order = story.state.waiting[0]
    story = story.done(PassCreditCheck, by=SELLER, order=order)
    assert len(sub(story).usable) == 3
    assert not invoices(story)


TWO_WRONG = [
    (CancelOrder, STRANGER, "no", "order.unknown"),
    (CancelOrder, STRANGER, "o1", "access.role_missing"),
    (CancelOrder, STRANGER, "old", "access.role_missing"),
    (CancelOrder, OWNER, "old", "order.not_pending"),
    (ExpireOrder, OWNER, "no", "order.unknown"),
    (ExpireOrder, OWNER, "old", "access.role_missing"),
    (ExpireOrder, SELLER, "old", "order.not_pending"),
    (PassCreditCheck, OWNER, "old", "access.role_missing"),
    (PassCreditCheck, SELLER, "o1", "order.not_pending"),
    (FailCreditCheck, SELLER, "o1", "order.not_pending"),
    (RecordPaymentFailure, OWNER, "o1", "access.role_missing"),
    (RecordPaymentFailure, SELLER, "old", "order.not_pending"),
]


@pytest.mark.parametrize(("command", "by", "order", "code"), TWO_WRONG)
def test_refusals_of_orders_come_in_their_order(
    command: type[Command], by: str, order: str, code: str
):
    """Unknown ids, access, then the order's own state."""
    story = bought(first_order(), "other", "desk", 1, order="old")
    story.when(command, by=by, order=order).refused(code)


@pytest.mark.rule("SE-03")
def test_a_cart_of_several_plans_is_withdrawn_as_a_whole():
    """All of its subscriptions have ended, and all of the money is credit."""
    plans = {"a": plan(product="a"), "b": plan(product="b", term={"months": 1})}
    story = buyer(shop(**plans), "2020-01-01")
    for name in plans:
        story = story.done(AddToCart, account="acme", subscription=name, plan=name, seats=2)
    story = story.done(PlaceOrder, account="acme", payment_method="bank", order="o1")
    story = story.done(RecordPayment, by=SELLER, order="o1", amount=PAID)
    story = story.when(CancelOrder, order="o1").then(
        OrderCancelled, CreditGranted, SubscriptionEnded, SubscriptionEnded
    )

    assert credit(story) == "100.00"
    assert not story.state.live


@pytest.mark.rule("PA-06", "MS-07")
def test_to_withdraw_a_cart_needs_all_of_its_plans():
    """Who may buy one of its plans only is refused, and a role comes before a channel."""
    partner = {"kind": "partner", "name": "Fabrikam", "contact": "fabrikam.example"}
    plans = {
        "a": plan(may_buy=["owner", "administrator"], channel=partner),
        "b": plan(product="b", may_buy=["owner"]),
    }
    story = buyer(shop(**plans), "2020-01-01", roles={"ann@acme.example": "administrator"})
    for name in plans:
        story = story.done(
            AddToCart, by=SELLER, account="acme", subscription=name, plan=name, seats=2
        )
    story = story.done(PlaceOrder, by=SELLER, account="acme", payment_method="bank", order="o1")

    story.when(CancelOrder, by="ann@acme.example", order="o1").refused("access.role_missing")
    story.when(CancelOrder, order="o1").refused("subscription.sold_by_partner", "fabrikam.example")
    story.when(CancelOrder, by=SELLER, order="o1").accepted()


def test_money_that_came_is_credited_payment_by_payment():
    """Each lot says which payment it comes from."""
    story = first_order().done(RecordPayment, by=SELLER, order="o1", amount=PAID)
    story = story.until("2020-01-15")

    lot = every(story, CreditGranted)[0]
    assert (lot.source, lot.amount) == ("overpayment", Money(10000, "EUR"))
    assert lot.of.payment is not None


def test_an_order_of_somebody_else_is_unknown():
    """An account knows its own orders alone."""
    given("parallels").account().when(CancelOrder, order="o1").refused("order.unknown")
