"""Facts of orders and of the cart."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from events.charges import Charge, Reversal
from events.fact import Claim, Fact, Identifier, Value, left_out_if
from events.holders import SeatHolder

PaymentTiming = Literal["at_once", "on_account", "when_paid", "after_credit_check"]
LineKind = Literal["start", "add", "convert", "move_billing_date"]


class Assignment(Value):
    """A holder who is to get a free seat of a subscription when the order is complete.

    A person, or another holder (GEN-20).
    """

    person: str | None = None
    revision: int | None = None
    domain: str | None = None
    holder: Annotated[SeatHolder | None, left_out_if(None)] = None


class OrderLine(Value):
    """What an order buys of one subscription: `seats` more, and how they come in."""

    subscription: Identifier
    kind: LineKind
    plan: str
    plan_version: int
    seats: int
    assign: tuple[Assignment, ...] = ()


class OrderPlaced(Fact):
    """Something was bought; of an order that waits, `charges` are its amounts, decided that day.

    `carries_over` names the subscriptions whose unused value becomes credit on completion (EV-06);
    `carried` is that value as quoted on the day of an order that waits, charge by charge (None:
    nothing was quoted, as before contract 2).
    """

    NAME: ClassVar[str] = "OrderPlaced"
    order: Identifier
    payment_method: str
    timing: PaymentTiming
    lines: tuple[OrderLine, ...]
    charges: tuple[Charge, ...] = ()
    carries_over: tuple[str, ...] = ()
    carried: Annotated[tuple[Reversal, ...] | None, left_out_if(None)] = None
    purchase_order: str | None = None
    expires_on: date | None = None
    expected_on: date | None = None

    def claims(self) -> tuple[Claim, ...]:
        """The id of an order is unique in the ledger."""
        return (Claim("order", self.order),)


class CreditCheckPassed(Fact):
    """The seller's credit check of an order came out well (MS-03)."""

    NAME: ClassVar[str] = "CreditCheckPassed"
    PUBLIC: ClassVar[bool] = False
    order: str


class OrderCompleted(Fact):
    """An order is paid or checked, and its seats are usable."""

    NAME: ClassVar[str] = "OrderCompleted"
    order: str


class OrderFailed(Fact):
    """An order came to nothing: its payment or its credit check failed."""

    NAME: ClassVar[str] = "OrderFailed"
    order: str
    cause: Literal["payment_failed", "credit_check_failed"]


class OrderExpired(Fact):
    """An order waited fourteen days for its payment, in vain (PA-05)."""

    NAME: ClassVar[str] = "OrderExpired"
    order: str


class OrderCancelled(Fact):
    """A waiting order was withdrawn by the buyer."""

    NAME: ClassVar[str] = "OrderCancelled"
    order: str


class CartLineAdded(Fact):
    """A plan and a number of seats were put into the cart, in place of that subscription's line."""

    NAME: ClassVar[str] = "CartLineAdded"
    subscription: Identifier
    plan: str
    seats: int


class CartLineRemoved(Fact):
    """A line was taken out of the cart."""

    NAME: ClassVar[str] = "CartLineRemoved"
    subscription: str


class CartOrdered(Fact):
    """The whole cart was bought as one order; the cart is empty."""

    NAME: ClassVar[str] = "CartOrdered"
    order: str
