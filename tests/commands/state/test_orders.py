"""What decisions know of an order while it waits, and after."""

from datetime import date

from commands.orders import CancelOrder
from commands.payments import RecordPayment
from commands.state.orders import evolve_orders
from events.accounts import ApplicationSubmitted
from tests.support.given import SELLER, Story
from tests.support.shop import bought, buyer, shop

PART = {"amount": "20.00", "currency": "EUR"}
ANN = {"email": "ann@acme.example", "name": "Ann"}


def waiting() -> Story:
    """An order that waits for a bank transfer."""
    return bought(buyer(shop(), "2020-01-01"), "desk", "desk", 1, "bank", order="o1", assign=[ANN])


def test_an_order_that_waits_keeps_its_amounts_and_what_came():
    """Those of its day, and each payment by itself."""
    story = waiting().done(RecordPayment, by=SELLER, order="o1", amount=PART)
    order = story.state.orders["o1"]

    assert (order.status, order.waits, str(order.placed_on)) == (
        "pending_payment",
        True,
        "2020-01-01",
    )
    assert [part.amount.amount for part in order.paid] == ["20.00"]
    assert order.charges[0].net.amount == "120.00"
    assert order.lines[0].assign


def test_a_settled_order_keeps_what_it_bought_and_nothing_else():
    """Neither amounts nor persons: the account may have thousands of them."""
    for story, status in (
        (waiting().done(RecordPayment, by=SELLER, order="o1"), "completed"),
        (waiting().done(CancelOrder, order="o1"), "cancelled"),
        (waiting().until("2020-01-15"), "expired"),
    ):
        order = story.state.orders["o1"]
        assert (order.status, order.waits) == (status, False)
        assert (order.charges, order.paid, order.lines[0].assign) == ((), (), ())
        assert order.lines[0].subscription == "desk"
        assert story.state.waiting == ()


def test_facts_of_other_things_leave_the_orders_as_they_are():
    """The same object, so that nothing is copied."""
    orders = waiting().state.orders
    assert evolve_orders(orders, ApplicationSubmitted(), date(2020, 1, 1)) is orders
