"""Orders, settled or waiting, and the carts from which they come."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, get_args

from events.envelope import Recorded
from events.fact import Fact
from events.money import Money
from events.orders import (
    CartLineAdded,
    CartLineRemoved,
    CartOrdered,
    OrderCancelled,
    OrderCompleted,
    OrderExpired,
    OrderFailed,
    OrderLine,
    OrderPlaced,
    PaymentTiming,
)
from events.payments import PaymentRecorded
from projections.rows import Row, Rows, existing
from projections.seat_sets import Settlement

OrderStatus = Literal[
    "pending_payment", "pending_credit_check", "completed", "failed", "expired", "cancelled"
]
CartFact = CartLineAdded | CartLineRemoved | CartOrdered
Handled = OrderPlaced | Settlement | PaymentRecorded | CartFact

STATUS: dict[type[Settlement], OrderStatus] = {
    OrderCompleted: "completed",
    OrderFailed: "failed",
    OrderExpired: "expired",
    OrderCancelled: "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow(Row):
    """An order; its id is the key.

    `expires_on` and `expected_on` are kept after its end (PA-05, MS-04). `net` sums the charges
    that were decided with an order that waits (before tax), None of one paid at once; `received`
    is what has come in for it, None before any money came.
    """

    TABLE: ClassVar[str] = "orders"
    status: OrderStatus
    timing: PaymentTiming
    payment_method: str
    lines: tuple[OrderLine, ...]
    net: Money | None
    received: Money | None
    purchase_order: str | None
    placed_on: date
    expires_on: date | None
    expected_on: date | None
    settled_on: date | None
    failure: Literal["payment_failed", "credit_check_failed"] | None


@dataclass(frozen=True, slots=True)
class CartLine:
    """So many seats of a plan for a subscription, not yet ordered."""

    subscription: str
    plan: str
    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRow(Row):
    """The cart of an account (its id is the key); an empty cart has no row (SE-02)."""

    TABLE: ClassVar[str] = "carts"
    lines: tuple[CartLine, ...]


class OrdersProjection:
    """Folds the facts of orders, of money that comes in for them, and of carts."""

    name = "orders"
    version = 1
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (OrderRow, CartRow)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change an order or a cart by one event."""
        fact = event.fact
        if isinstance(fact, OrderPlaced):
            rows.put(_placed(event, fact))
        elif isinstance(fact, Settlement):
            rows.put(
                replace(
                    existing(rows, OrderRow, fact.order),
                    status=STATUS[type(fact)],
                    settled_on=event.effective_on,
                    failure=fact.cause if isinstance(fact, OrderFailed) else None,
                )
            )
        elif isinstance(fact, PaymentRecorded):
            _received(fact, rows)
        elif isinstance(fact, CartFact):
            _cart(event, fact, rows)


def _placed(event: Recorded, fact: OrderPlaced) -> OrderRow:
    net = None
    if fact.charges:
        amounts = [charge.net for charge in fact.charges]
        net = Money.standing(amounts, amounts[0].currency)
    checked = fact.timing == "after_credit_check"
    return OrderRow(
        key=fact.order,
        account=event.account,
        position=event.position,
        status="pending_credit_check" if checked else "pending_payment",
        timing=fact.timing,
        payment_method=fact.payment_method,
        lines=fact.lines,
        net=net,
        received=None,
        purchase_order=fact.purchase_order,
        placed_on=event.effective_on,
        expires_on=fact.expires_on,
        expected_on=fact.expected_on,
        settled_on=None,
        failure=None,
    )


def _received(fact: PaymentRecorded, rows: Rows) -> None:
    for cover in fact.covers:
        if cover.order is not None:
            row = existing(rows, OrderRow, cover.order)
            before = row.received or Money.zero(cover.amount.currency)
            rows.put(replace(row, received=before + cover.amount))


def _cart(event: Recorded, fact: CartFact, rows: Rows) -> None:
    account = event.account or ""
    row = rows.get(CartRow, account) or CartRow(
        key=account, account=account, position=event.position, lines=()
    )
    lines: tuple[CartLine, ...] = ()
    if not isinstance(fact, CartOrdered):
        lines = tuple(line for line in row.lines if line.subscription != fact.subscription)
    if isinstance(fact, CartLineAdded):
        lines = (*lines, CartLine(fact.subscription, fact.plan, fact.seats))
    if lines:
        rows.put(replace(row, lines=lines))
    else:
        rows.delete(CartRow, account)
