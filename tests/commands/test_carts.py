"""The cart: several plans, bought as one purchase, all of it or none."""

from typing import Any

import pytest

from commands.carts import AddToCart, PlaceOrder, RemoveFromCart
from commands.catalogue import WithdrawPlan
from commands.payments import RecordPayment
from commands.purchases import AddSeats
from events.charges import Charged
from events.invoices import InvoiceIssued
from events.orders import CartLineAdded, CartLineRemoved, CartOrdered, OrderPlaced
from events.payments import PaymentRecorded
from events.subscriptions import SubscriptionStarted
from tests.support.given import OWNER, SELLER, Story, given
from tests.support.shop import bought, buyer, every, invoices, lines, plan, shop, sub

STRANGER = "stranger@x.example"


def shelf() -> dict[str, Any]:
    """Plans of two products and two terms."""
    return shop(
        desk=plan(seats={"minimum": 1, "maximum": 20}),
        chair=plan(product="chair", term={"months": 1}, payment={"card": "at_once"}),
        stool=plan(product="stool", may_buy=["administrator"]),
    )


def put(story: Story, subscription: str, by_plan: str, seats: int, **more: Any) -> Story:
    """The story with a line more in the cart."""
    fields = {"subscription": subscription, "plan": by_plan, "seats": seats}
    return story.done(AddToCart, account="acme", **fields, **more)


def filled() -> Story:
    """A cart of desks and chairs."""
    return put(put(buyer(shelf(), "2020-01-01"), "d", "desk", 2), "c", "chair", 3)


def order(method: str = "card", **more: Any) -> dict[str, Any]:
    """The fields of an order of the cart."""
    return {"account": "acme", "payment_method": method, **more}


@pytest.mark.rule("SE-02", "SE-03", "GT-06")
def test_several_plans_are_bought_as_one_purchase():
    """One order, one invoice with a line a plan, one payment; the cart is empty then."""
    story = filled().done(PlaceOrder, **order())

    assert len(every(story, OrderPlaced)) == len(every(story, PaymentRecorded)) == 1
    assert [lines(invoice) for invoice in invoices(story)] == [
        [
            ("start", 2, "2020-01-01", "2021-01-01", "240.00"),
            ("start", 3, "2020-01-01", "2020-02-01", "30.00"),
        ]
    ]
    assert isinstance(story.history[-1], CartOrdered)
    assert not story.state.cart
    story.when(PlaceOrder, **order()).refused("order.cart_empty", rule="SE-03")


@pytest.mark.rule("SE-03")
@pytest.mark.parametrize(
    ("subscription", "by_plan", "seats", "method", "code"),
    [
        ("d2", "desk", 1, "bank", "payment.method_not_accepted"),
        ("x", "desk", 1, "card", "subscription.exists"),
        ("old", "desk", 20, "card", "seats.above_maximum"),
    ],
)
def test_a_cart_is_bought_whole_or_not_at_all(
    subscription: str, by_plan: str, seats: int, method: str, code: str
):
    """What came in between, or suits one plan only, keeps everything in the cart."""
    story = bought(filled(), "old", "desk", 1, order="o1")
    if subscription != "old":
        story = put(story, subscription, by_plan, seats)
    taken = (("subscription", "x"),)
    if subscription == "old":
        story = put(story, "old", "desk", 19)
        story = story.done(AddSeats, subscription="old", quantity=1)
    outcome = story.when(PlaceOrder, **order(method), taken=taken if subscription == "x" else ())

    outcome.refused(code)
    assert not every(story, CartOrdered)


@pytest.mark.rule("SE-02")
def test_a_line_takes_the_place_of_the_earlier_one():
    """A cart holds one line a subscription; the buyer changes its seats by putting it again."""
    story = put(filled(), "d", "desk", 5)
    assert [(line.subscription, line.seats) for line in story.state.cart] == [("c", 3), ("d", 5)]


@pytest.mark.rule("SE-02")
def test_a_line_can_be_taken_out():
    """And what is not in the cart cannot."""
    story = filled().when(RemoveFromCart, account="acme", subscription="d").then(CartLineRemoved)
    story.when(RemoveFromCart, account="acme", subscription="d").refused(
        "order.cart_line_unknown", rule="SE-02"
    )
    story = story.done(PlaceOrder, **order())
    assert [fact.subscription for fact in every(story, SubscriptionStarted)] == ["c"]


@pytest.mark.rule("GT-06")
def test_seats_of_a_present_subscription_join_the_cart():
    """They are added to it for the rest of its term, beside what is new."""
    story = bought(buyer(shelf(), "2020-01-01"), "d", "desk", 2)
    story = put(put(story, "d", "desk", 1, on="2020-07-01"), "c", "chair", 1)
    story = story.done(PlaceOrder, **order())

    assert [line[0] for line in lines(invoices(story)[-1])] == ["seats_added", "start"]
    assert [fact.net.amount for fact in every(story, Charged)] == ["240.00", "60.00", "10.00"]
    assert len(sub(story, "d").usable) == 3


def test_a_cart_that_waits_completes_as_a_whole():
    """One payment makes all of it usable."""
    plans = {"a": plan(product="a"), "b": plan(product="b")}
    story = buyer(shop(**plans), "2020-01-01")
    for name in plans:
        story = put(story, name, name, 1)
    story = story.done(PlaceOrder, **order("bank", order="o1"))
    assert not every(story, InvoiceIssued)

    story = story.done(RecordPayment, by=SELLER, order="o1")
    assert [len(sub(story, name).usable) for name in plans] == [1, 1]
    assert len(invoices(story)) == 1


CHECKED = [
    (AddToCart, {"subscription": "n", "plan": "no", "seats": 1}, STRANGER,
     "catalogue.plan_unknown"),
    (AddToCart, {"subscription": "old", "plan": "chair", "seats": 1}, STRANGER,
     "access.role_missing"),
    (AddToCart, {"subscription": "old", "plan": "chair", "seats": 1}, OWNER,
     "subscription.exists"),
    (AddToCart, {"subscription": "n", "plan": "stool", "seats": 1}, OWNER, "access.role_missing"),
    (AddToCart, {"subscription": "n", "plan": "desk", "seats": 21}, OWNER, "seats.above_maximum"),
    (AddToCart, {"subscription": "n", "plan": "desk", "seats": 0}, OWNER, "command.invalid"),
    (RemoveFromCart, {"subscription": "n"}, STRANGER, "access.role_missing"),
    (RemoveFromCart, {"subscription": "d"}, STRANGER, "access.role_missing"),
    (PlaceOrder, {"payment_method": "gold", "order": "o1"}, STRANGER, "access.role_missing"),
    (PlaceOrder, {"payment_method": "gold", "order": "o1"}, OWNER, "order.exists"),
    (PlaceOrder, {"payment_method": "gold"}, OWNER, "payment.method_not_accepted"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "fields", "by", "code"), CHECKED)
def test_a_cart_is_checked_line_by_line(command: Any, fields: dict[str, Any], by: str, code: str):
    """As every purchase, in the order of refusals, already when a line is put in (SE-03)."""
    story = bought(filled(), "old", "desk", 1, order="o1")
    story.when(command, by=by, account="acme", **fields).refused(code)


@pytest.mark.rule("MS-04")
def test_a_cart_is_filled_but_not_bought_while_a_check_is_pending():
    """A cart is a list; ordering it is buying."""
    story = bought(filled(), "old", "desk", 1, "invoice")
    story = put(story, "d2", "desk", 1)
    story.when(PlaceOrder, **order()).refused("order.credit_check_pending")


@pytest.mark.rule("SE-01")
def test_a_plan_that_is_withdrawn_meanwhile_is_not_bought():
    """The line stays until it is taken out."""
    story = filled().done(WithdrawPlan, by=SELLER, plan="chair")
    story.when(PlaceOrder, **order()).refused("catalogue.plan_withdrawn")
    story.done(RemoveFromCart, account="acme", subscription="c").when(
        PlaceOrder, **order()
    ).accepted()


@pytest.mark.rule("SE-07", "SE-03")
def test_an_empty_cart_is_told_to_buyers_only():
    """A stranger hears that it has no role."""
    story = given("secureexchanges").account(roles={"ann@acme.example": "administrator"})
    story.when(PlaceOrder, **order()).refused("access.role_missing")
    story.when(PlaceOrder, by="ann@acme.example", **order()).refused("order.cart_empty")


def test_the_purchase_order_stands_on_the_invoice():
    """As for every purchase."""
    story = filled().done(PlaceOrder, **order(purchase_order="PO 7"))
    assert invoices(story)[0].purchase_order == "PO 7"
    assert [type(fact) for fact in story.history if isinstance(fact, CartLineAdded)] == [
        CartLineAdded
    ] * 2
