"""The shapes of what is shown: plain JSON data of previews and answers, checked and documented.

mypy holds whoever makes it to its shape, and the OpenAPI document tells it; nothing is validated
by a shape at run time. They are closed: no key is left out, and there is no other.
"""

from typing import Annotated, Literal, NotRequired

from pydantic import StringConstraints, WithJsonSchema
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from events.charges import ChargeReason
from events.money import AMOUNT_PATTERN

Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
"""A day, `YYYY-MM-DD`."""


class Money(TypedDict):
    """A decimal string in major units and an ISO 4217 currency."""

    amount: Annotated[str, StringConstraints(pattern=AMOUNT_PATTERN)]
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class Line(TypedDict):
    """A line of a document, net of tax; `period_end` is excluded."""

    subscription: str
    reason: ChargeReason
    seats: int
    period_start: Day
    period_end: Day
    amount: Money
    explain: list[str]


class NextRenewal(TypedDict):
    """What a renewal comes to, before tax and credit."""

    renewal_date: Day
    seats: int
    total: Money


class DocumentSums(TypedDict):
    """The lines of a document and what they come to."""

    lines: list[Line]
    net: Money
    tax: Money
    total: Money
    credit_used: Money


class PreviewedInvoice(DocumentSums):
    """The invoice that a command would bring, or the credit note where it brings no invoice."""

    due: Money


class PreviewedDocument(PreviewedInvoice):
    """A document that a command would bring; nothing is due of a credit note."""

    kind: Literal["invoice", "credit_note"]


class Change(TypedDict):
    """An amount before and after a command."""

    before: Money
    after: Money


class InvoiceChange(TypedDict):
    """What a command would change of an invoice that there is."""

    number: str
    paid: Change
    due: Change


class PreviewedPart(TypedDict):
    """A fact that would publish a part of a catalogue, or withdraw a plan."""

    type: str
    plan: NotRequired[str]
    version: NotRequired[int]


class Preview(TypedDict):
    """What a command would do: documents, balances, and what the next renewal would cost.

    `invoice` is the first invoice of `documents`, else their first credit note. `renewal` is that
    of `subscriptions`, which are those that the command concerns: null where none renews. `credit`
    is the account's, and `invoices` are those of which something else is paid or due afterwards;
    each is left out where nothing changes. `publishes` stands in the previews of a catalogue's
    commands alone.
    """

    invoice: PreviewedInvoice | None
    documents: list[PreviewedDocument]
    renewal: NextRenewal | None
    subscriptions: list[str]
    credit: NotRequired[Change]
    invoices: NotRequired[list[InvoiceChange]]
    publishes: NotRequired[list[PreviewedPart]]
