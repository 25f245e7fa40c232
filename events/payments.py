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


class ReversedCover(Value):
    """What the reversal of a payment does to an invoice (its id) or an order that waits.

    `amount` no longer pays it; of it `waived` is due to nobody, since credit notes had given it
    back, and the rest is open again.
    """

    amount: Money
    waived: Money
    invoice: str | None = None
    order: str | None = None


class PaymentReversed(Fact):
    """A payment was taken back by the payer or had been recorded wrongly (GEN-23).

    The credit that it had made is withdrawn by facts of its own.
    """

    NAME: ClassVar[str] = "PaymentReversed"
    PUBLIC: ClassVar[bool] = False
    payment: str
    amount: Money
    covers: tuple[ReversedCover, ...] = ()
    reason: str | None = None


class RefundedCredit(Value):
    """The part of a refund that a lot of credit gave."""

    credit: str
    amount: Money


class RefundRecorded(Fact):
    """Credit was paid out to the buyer (GEN-23)."""

    NAME: ClassVar[str] = "RefundRecorded"
    PUBLIC: ClassVar[bool] = False
    refund: str
    amount: Money
    method: str
    refunded_on: date
    reference: str | None = None
    credits: tuple[RefundedCredit, ...]
