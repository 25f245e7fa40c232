"""What a decision knows of an order: what it buys, what has come in for it, how it stands."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from rpds import HashTrieMap

from events import orders as facts
from events.charges import Charge, Reversal
from events.fact import Fact
from events.money import Money
from events.orders import OrderLine, PaymentTiming
from events.payments import PaymentRecorded, PaymentReversed

OrderStatus = Literal[
    "pending_payment", "pending_credit_check", "completed", "failed", "expired", "cancelled"
]


@dataclass(frozen=True, slots=True)
class PaidPart:
    """The part of a payment that came for an order."""

    payment: str
    amount: Money


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as its facts made it; `paid` are the payments that wait for its completion.

    Once settled it keeps what it bought, but neither amounts nor persons.
    """

    order: str
    placed_on: date
    payment_method: str
    timing: PaymentTiming
    lines: tuple[OrderLine, ...]
    charges: tuple[Charge, ...]
    carries_over: tuple[str, ...]
    carried: tuple[Reversal, ...] | None
    purchase_order: str | None
    expires_on: date | None
    expected_on: date | None
    status: OrderStatus
    paid: tuple[PaidPart, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether the order is not settled yet."""
        return self.status in {"pending_payment", "pending_credit_check"}


Orders: TypeAlias = "HashTrieMap[str, OrderState]"


def evolve_orders(orders: Orders, fact: Fact, on: date) -> Orders:
    """The orders after a fact; the same object where it concerns none."""
    match fact:
        case facts.OrderPlaced():
            return orders.insert(fact.order, _placed(fact, on))
        case facts.OrderCompleted():
            return _settled(orders, fact.order, "completed")
        case facts.OrderFailed():
            return _settled(orders, fact.order, "failed")
        case facts.OrderExpired():
            return _settled(orders, fact.order, "expired")
        case facts.OrderCancelled():
            return _settled(orders, fact.order, "cancelled")
        case PaymentRecorded():
            for cover in fact.covers:
                if cover.order is not None:
                    order = orders[cover.order]
                    part = PaidPart(fact.payment, cover.amount)
                    orders = orders.insert(order.order, replace(order, paid=(*order.paid, part)))
            return orders
        case PaymentReversed():
            for reversed_cover in fact.covers:
                if reversed_cover.order is not None:
                    order = orders[reversed_cover.order]
                    paid = tuple(part for part in order.paid if part.payment != fact.payment)
                    orders = orders.insert(order.order, replace(order, paid=paid))
            return orders
        case _:
            return orders


def _placed(fact: facts.OrderPlaced, on: date) -> OrderState:
    checked = fact.timing == "after_credit_check"
    return OrderState(
        order=fact.order,
        placed_on=on,
        payment_method=fact.payment_method,
        timing=fact.timing,
        lines=fact.lines,
        charges=fact.charges,
        carries_over=fact.carries_over,
        carried=fact.carried,
        purchase_order=fact.purchase_order,
        expires_on=fact.expires_on,
        expected_on=fact.expected_on,
        status="pending_credit_check" if checked else "pending_payment",
    )


def _settled(orders: Orders, name: str, status: OrderStatus) -> Orders:
    order = orders[name]
    lines = tuple(line.model_copy(update={"assign": ()}) for line in order.lines)
    settled = replace(
        order, status=status, lines=lines, charges=(), paid=(), carries_over=(), carried=None
    )
    return orders.insert(name, settled)
