"""Facts of payments: what came in, for what."""

from datetime import date
from typing import ClassVar, Literal

from events.fact import Fact, Value
from events.money import Money


class Cover(Value):
    """The part of a payment that goes to an invoice (its id) or to an order that waits."""

    amount: Money
    invoice: str | None = None
    order: str | None = None


class PaymentRecorded(Fact):
    """Money came in, or is on its way by a method that pays at once.

    `at_once`: expected by `expected_by` (MS-11); `reported`: received on `received_on`. What
    `covers` leaves over becomes credit, by a fact of its own.
    """

    NAME: ClassVar[str] = "PaymentRecorded"
    PUBLIC: ClassVar[bool] = False
    payment: str
    method: str | None
    amount: Money
    basis: Literal["at_once", "reported"]
    expected_by: date | None = None
    received_on: date | None = None
    reference: str | None = None
    covers: tuple[Cover, ...] = ()


class PaymentApplied(Fact):
    """What had been paid on an order now pays its invoice."""

    NAME: ClassVar[str] = "PaymentApplied"
    PUBLIC: ClassVar[bool] = False
    payment: str
    order: str
    invoice: str
    amount: Money
