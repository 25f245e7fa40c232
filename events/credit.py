"""Facts of an account's credit, kept in lots."""

from typing import ClassVar, Literal

from events.charges import Reversal
from events.fact import Fact, Value
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
    """A lot of credit: `amount` includes the `tax` inside it."""

    NAME: ClassVar[str] = "CreditGranted"
    credit: str
    source: CreditSource
    amount: Money
    tax: tuple[CreditTax, ...] = ()
    of: CreditOrigin = CreditOrigin()
    reason: str | None = None


class CreditUsed(Fact):
    """A part of a lot paid an invoice at its issue."""

    NAME: ClassVar[str] = "CreditUsed"
    credit: str
    invoice: str
    amount: Money
