"""The shapes of what is shown: plain JSON data of previews and answers, checked and documented.

mypy holds whoever makes it to its shape, and the OpenAPI document tells it; nothing is validated
by a shape at run time. They are closed: no key is left out, and there is no other.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, StringConstraints, WithJsonSchema
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from events.charges import ChargeReason
from events.money import AMOUNT_PATTERN

Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
"""A day, `YYYY-MM-DD`."""

Place = Annotated[int, Field(ge=1)]

Ranges = list[Annotated[list[Place], Field(min_length=2, max_length=2)]]
"""Seat numbers as rising ranges, both ends included."""


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


TierShown = TypedDict("TierShown", {"from": int, "amount": str})
"""The price of one seat from this number of seats on; maybe finer than the currency."""


class PlanOnOffer(TypedDict):
    """A version of a plan with its prices, per month or for the whole term, net of tax."""

    version: int
    title: str
    sold_from: Day
    per: Literal["month", "period"]
    tiering: Literal["volume", "graduated"]
    tiers: list[TierShown]


class TermChange(TypedDict):
    """A term of a plan (a key of the catalogue's file) before and after."""

    term: str
    was: Any
    becomes: Any


class PlanRenewal(TypedDict):
    """A subscription that renews by a plan: when first, for how many seats and how much.

    Totals are before tax and credit, as the catalogue is and as it would be; null where the
    renewal would be refused.
    """

    subscription: str
    account: str
    renewal_date: Day
    seats: int
    total_before: Money | None
    total: Money | None


class RenewalSum(TypedDict):
    """What all these renewals come to in one currency."""

    before: Money
    after: Money


class PlanRenewals(TypedDict):
    """Who renews by a version of a plan.

    Counts and sums are of all, `listed` are the first by their days, `not_listed` says how many
    more there are. `keeping` is how many renew by the version that they have, `not_priced` how many
    renewals would be refused.
    """

    count: int
    seats: int
    first_on: Day | None
    last_on: Day | None
    sums: list[RenewalSum]
    keeping: int
    not_priced: int
    listed: list[PlanRenewal]
    not_listed: int


class PlanPreview(TypedDict):
    """What happens to a plan: `before` is null of a new one, `changes` are its other terms."""

    before: PlanOnOffer | None
    after: PlanOnOffer
    changes: list[TermChange]
    withdrawn: bool
    renewals: PlanRenewals


class PreviewedPart(TypedDict):
    """A fact that would publish a part of a catalogue, or withdraw a plan.

    `plan` and `change` are of plans alone.
    """

    type: str
    plan: NotRequired[str]
    version: NotRequired[int]
    change: NotRequired[PlanPreview]


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
