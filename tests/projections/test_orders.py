"""Stories of orders and carts."""

from datetime import date

import pytest

from events.orders import (
    CartLineAdded,
    CartLineRemoved,
    CartOrdered,
    CreditCheckPassed,
    OrderCancelled,
    OrderCompleted,
    OrderExpired,
    OrderFailed,
)
from projections.orders import CartLine, CartRow, OrderRow
from tests.support.given_facts import TODAY, History, charge, eur, opened, paid, placed, started


def given() -> History:
    """An account with a subscription without seats."""
    return History().happens(opened(), started())


def order(history: History) -> OrderRow:
    """The row of the order `o1`."""
    row = history.rows().get(OrderRow, "o1")
    assert row is not None
    return row


def test_order_waits_for_its_payment():
    """An order that is to be paid first waits, and says what its charges come to."""
    charges = (charge("100.00"), charge("-30.00", "c2", "unused_credit"))
    row = order(given().happens(placed(charges=charges)))

    assert (row.status, row.placed_on, row.expires_on) == (
        "pending_payment",
        TODAY,
        date(2020, 7, 9),
    )
    assert (row.net, row.received, row.settled_on) == (eur("70.00"), None, None)


@pytest.mark.rule("MS-04")
def test_order_waits_for_its_credit_check():
    """An order under a credit check waits for that, and is completed by the fact that says so."""
    history = given().happens(placed(timing="after_credit_check"))
    assert order(history).status == "pending_credit_check"

    history.happens(CreditCheckPassed(order="o1"), OrderCompleted(order="o1"))
    assert order(history).status == "completed"


@pytest.mark.parametrize(
    ("end", "status", "failure"),
    [
        (OrderCompleted(order="o1"), "completed", None),
        (OrderFailed(order="o1", cause="payment_failed"), "failed", "payment_failed"),
        (OrderExpired(order="o1"), "expired", None),
        (OrderCancelled(order="o1"), "cancelled", None),
    ],
)
def test_settled_order_keeps_its_days(end, status, failure):
    """However an order ends, it is still listed, with the day on which it would have expired."""
    row = order(given().happens(placed()).happens(end, on=date(2020, 7, 9)))

    assert (row.status, row.failure, row.settled_on) == (status, failure, date(2020, 7, 9))
    assert row.expires_on == date(2020, 7, 9)


def test_part_payments_add_up():
    """Money that comes in for an order in parts is summed, also when it is complete."""
    history = given().happens(
        placed(), paid("40.00", order="o1"), paid("60.00", order="o1", name="pay2")
    )
    assert order(history).received == eur("100.00")

    assert order(history.happens(OrderCompleted(order="o1"))).received == eur("100.00")


@pytest.mark.rule("SE-02", "GT-06")
def test_cart_holds_several_plans():
    """A cart has a line a subscription; a later line of the same one takes its place."""
    history = History().happens(
        opened(),
        CartLineAdded(subscription="mail", plan="basic", seats=3),
        CartLineAdded(subscription="safe", plan="gold", seats=2),
        CartLineAdded(subscription="mail", plan="basic", seats=5),
    )
    cart = history.rows().get(CartRow, "acme")
    assert cart is not None
    assert cart.lines == (CartLine("safe", "gold", 2), CartLine("mail", "basic", 5))

    history.happens(CartLineRemoved(subscription="safe"))
    cart = history.rows().get(CartRow, "acme")
    assert cart is not None
    assert cart.lines == (CartLine("mail", "basic", 5),)


@pytest.mark.parametrize("end", [CartOrdered(order="o1"), CartLineRemoved(subscription="mail")])
def test_empty_cart_has_no_row(end):
    """A cart that was ordered or emptied is gone."""
    history = History().happens(
        opened(), CartLineAdded(subscription="mail", plan="basic", seats=3), end
    )

    assert history.rows().page(CartRow) == []
