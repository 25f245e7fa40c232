"""Facts of an account's credit, kept in lots."""

from typing import Annotated, ClassVar, Literal

from events.charges import Reversal
from events.fact import Fact, Value, left_out_if
from events.money import Money, Price

CreditSource = Literal["goodwill", "carried_over", "credit_note", "overpayment", "negative_total"]


class CreditTax(Value):
    """Tax that a credit gives back with its amount, by category, rate and country."""

    category: Literal["S", "AE", "O"]
    rate: Price | None
    country: str | None
    amount: Money


class CreditOrigin(Value):
    """What a credit comes from: parts of charges (net), an invoice by its id, or a payment."""

    charges: tuple[Reversal, ...] = ()
    invoice: str | None = None
    payment: str | None = None


class CreditGranted(Fact):
    """A lot of credit: `amount` includes the `tax` inside it.

    `awaits_refund`: it pays no invoice, and waits for `RecordRefund` (CONTRACT 5.15).
    """

    NAME: ClassVar[str] = "CreditGranted"
    credit: str
    source: CreditSource
    amount: Money
    tax: tuple[CreditTax, ...] = ()
    of: CreditOrigin = CreditOrigin()
    reason: str | None = None
    awaits_refund: Annotated[bool, left_out_if(default=False)] = False


class CreditUsed(Fact):
    """A part of a lot paid an invoice, at its issue or while it was open."""

    NAME: ClassVar[str] = "CreditUsed"
    credit: str
    invoice: str
    amount: Money


class CreditUseReversed(Fact):
    """What a lot had paid of an invoice is open again, and the lot holds it again."""

    NAME: ClassVar[str] = "CreditUseReversed"
    credit: str
    invoice: str
    amount: Money


class CreditWithdrawn(Fact):
    """A part of a lot is gone without having paid anything (GEN-23).

    `of` names the payment whose reversal took it, or the credit note above zero; neither where
    the seller withdrew it.
    """

    NAME: ClassVar[str] = "CreditWithdrawn"
    credit: str
    amount: Money
    of: CreditOrigin = CreditOrigin()
    reason: str | None = None
