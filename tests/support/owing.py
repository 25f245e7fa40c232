"""An account that owes: one open invoice, and what is done to put its money right (GEN-23).

A seat costs 120.00 a year. `named` gives the fields by which the seller names an invoice.
"""

from typing import Any

from commands.credit_notes import IssueCreditNote
from commands.payments import RecordPayment
from commands.refunds import RecordRefund, ReversePayment
from events.credit import CreditGranted
from events.payments import PaymentRecorded
from tests.support.given import SELLER, Outcome, Story
from tests.support.shop import bought, buyer, every, invoices, plan, shop

WAYS: dict[str, Any] = {
    "payment": {"card": "at_once", "invoice": "on_account", "bank": "when_paid"}
}
NEVER = "c999/1"


def eur(amount: str, currency: str = "EUR") -> dict[str, str]:
    """Money as a caller gives it."""
    return {"amount": amount, "currency": currency}


def account(**seller: Any) -> Story:
    """An account that has bought nothing; a seat costs 120.00 a year."""
    return buyer(shop(seller=seller, desk=plan(**WAYS)), "2020-01-01", country="FR")


def owing(seats: int = 1) -> Story:
    """An account with one open invoice."""
    return bought(account(), "desk", "desk", seats, "invoice")


def named(story: Story, index: int = 0) -> dict[str, Any]:
    """An invoice as the seller names it."""
    made = {"invoice": invoices(story)[index].invoice}
    return {"by": SELLER, "invoice": f"D-2020-{index + 1:06}", "made": made}


def paid(story: Story, index: int = 0, **fields: Any) -> Story:
    """The story after a payment of an invoice, whole unless an amount is given."""
    return story.done(RecordPayment, **named(story, index), **fields)


def noted(story: Story, amount: str, index: int = 0, **fields: Any) -> Story:
    """The story after a note of so much of the first line of an invoice."""
    lines = [{"line": 1, "amount": eur(amount)}]
    return story.done(IssueCreditNote, **named(story, index), lines=lines, **fields)


def on_account(story: Story, amount: str, **fields: Any) -> Story:
    """The story after money came for the account."""
    return story.done(RecordPayment, by=SELLER, account="acme", amount=eur(amount), **fields)


def reversing(story: Story, payment: str | None = None, **fields: Any) -> Outcome:
    """What taking a payment back comes to; the last one unless it is named."""
    name = payment or every(story, PaymentRecorded)[-1].payment
    return story.when(ReversePayment, by=SELLER, payment=name, **fields)


def lot(story: Story, index: int = -1) -> str:
    """The id of a lot, in the order of granting."""
    return every(story, CreditGranted)[index].credit


def refunding(story: Story, amount: str, **fields: Any) -> Outcome:
    """What a refund comes to."""
    fields = {"by": SELLER, "account": "acme", "method": "bank", **fields}
    return story.when(RecordRefund, amount=eur(amount), **fields)
