"""The shapes of a document with all that is on it, and of its explanation.

Closed and checked as those of `schemas.py`.
"""

from typing import Annotated, Literal

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from commands.schemas import Day, Line, Money, Place, Ranges
from events.charges import Reversal, TermSpan
from events.credit import CreditSource
from events.invoices import Settlement, TakingKind, TaxCategory
from events.parties import Address, ElectronicAddress
from events.periods import Period
from events.plans import Supply
from ledger.reading.schemas import Count, DocumentStanding, Dumped, Json, Price


class FirmNumber(TypedDict):
    """The number of a firm in a register; `scheme` is a code of the ICD list."""

    scheme: str | None
    id: str


class Desk(TypedDict):
    """Whom a buyer asks about a document."""

    name: str | None
    telephone: str | None
    email: str | None


class DocumentParty(TypedDict):
    """Seller or buyer as the document names them; `contact` is the seller's alone."""

    name: str | None
    country: str
    vat_number: str | None
    address: Annotated[Json, Dumped(Address)] | None
    registration: FirmNumber | None
    electronic_address: Annotated[Json, Dumped(ElectronicAddress)] | None
    contact: Desk | None
    reference: str | None


class DocumentMention(TypedDict):
    """What the document says beside its figures; `code` is one of UNTDID 4451."""

    code: str | None
    text: str


class MeansOfPayment(TypedDict):
    """How to pay, by a code of UNTDID 4461, and the account that takes the money."""

    code: str
    iban: str | None
    bic: str | None


class CorrectedLine(TypedDict):
    """The line of an invoice (its number) that a line of a credit note corrects."""

    invoice: str | None
    line: Place


class TakenBack(CorrectedLine):
    """What a line takes back from a line of an earlier document; net of tax."""

    amount: Money


class ChargePart(CorrectedLine):
    """The part of a charge that stands on another statement (MS-13); net of tax."""

    statement: Day | None
    amount: Money


class Balance(TypedDict):
    """Where the rest of a line's charge stands.

    `balance_of` is the part on the statement before, `balance_on` the one on the next;
    `balance_waits` is what no document holds yet.
    """

    balance_of: ChargePart | None
    balance_on: ChargePart | None
    balance_waits: Money | None


class LineFacts(Balance):
    """All else that the document says of a line, and where the rest of its charge stands.

    `left` is what credit notes can still take of it, null on a credit note; `by` is what a note
    credited, `seat_numbers` the seats that it concerns.
    """

    line: Place
    title: str
    unit: str
    price: Price | None
    category: TaxCategory
    rate: Price | None
    country: str | None
    supply: Supply
    by: TakingKind | None
    seat_numbers: Ranges | None
    corrects: CorrectedLine | None
    takes_back: list[TakenBack]
    left: Money | None


class BilledLine(LineFacts):
    """All else that the document says of a line; `charge` is the id of what it bills."""

    charge: str


class ExplainedCharge(TypedDict):
    """A charge with every figure that led to its amount; `event` is its position in the log."""

    charge: str
    event: Place
    plan: str
    plan_version: Place
    term: Annotated[Json, Dumped(TermSpan)]
    period: Annotated[Json, Dumped(Period)]
    quantity: Count
    list_price: Price
    price: Price | None
    per: Literal["month", "period"]
    tier: Place | None
    numerator: int
    denominator: int
    rounding: Literal["half_up"]
    net: Money
    full_term: Money
    reverses: list[Annotated[Json, Dumped(Reversal)]]
    steps: list[str]


class ExplainedLine(Line, LineFacts):
    """A line of a document with its charge."""

    charge: ExplainedCharge | None


class ExplainedTax(TypedDict):
    """A sum of tax of a document, and how it came about as a sentence."""

    category: TaxCategory
    rate: Price | None
    country: str | None
    taxable: Money
    tax: Money
    exemption_code: str | None
    exemption_text: str | None
    explain: str


class UsedCredit(TypedDict):
    """A part of a lot of credit that paid a document, and where the lot comes from.

    Below zero where the document gave it back. `of_invoice` is the number of the note or invoice
    that made the lot, `of_payment` the id of the payment.
    """

    credit: str
    amount: Money
    source: CreditSource
    granted_on: Day
    of_invoice: str | None
    of_payment: str | None
    of_charges: list[str]
    reason: str | None


class MadeCredit(TypedDict):
    """A lot of credit that a document made, and how it stands."""

    credit: str
    source: CreditSource
    amount: Money
    left: Money
    awaits_refund: bool
    refunded: Money
    withdrawn: Money


class PaymentTakenBack(TypedDict):
    """That a payment was reversed: `amount` no longer pays the document."""

    reversed_on: Day
    amount: Money
    reason: str | None


class DocumentPayment(TypedDict):
    """What a payment paid of a document; `whole` is all that came in with it.

    `order` is the order that it had come for.
    """

    payment: str
    amount: Money
    whole: Money
    method: str | None
    basis: Literal["at_once", "reported"]
    recorded_on: Day
    expected_by: Day | None
    received_on: Day | None
    reference: str | None
    order: str | None
    reversed: PaymentTakenBack | None


class NoteOfDocument(TypedDict):
    """A credit note that corrects a document."""

    number: str | None
    issued_on: Day
    total: Money
    reason: str | None


class DocumentSettlement(TypedDict):
    """What paid a document and what came of it.

    Of an invoice `no_longer_due` is what notes made due to nobody, of a note what it did so.
    `settle` says what became of the part of a note that came back; `credits_made` are the lots that
    the document made, `credits_taken` the unused credit that a note above zero took.
    """

    credits_used: list[UsedCredit]
    payments: list[DocumentPayment]
    no_longer_due: Money
    corrected_by: list[NoteOfDocument]
    settle: Settlement | None
    credits_made: list[MadeCredit]
    credits_taken: list[UsedCredit]


class WholeDocument(DocumentStanding, DocumentSettlement):
    """All that is on a document but its lines, what paid it, and what came of it.

    `tax_on` is the day whose rates hold, `payment_days` the days from issue to `due_on`.
    """

    id: str
    event: Place
    series: str
    tax_on: Day
    order: str | None
    statement: Day | None
    seller: DocumentParty
    buyer: DocumentParty
    payment_method: str | None
    payment_days: Count | None
    payment_means: MeansOfPayment | None
    purchase_order: str | None
    mentions: list[DocumentMention]
    vat_on_debits: bool
    taxes: list[ExplainedTax]


class InvoiceDetails(WholeDocument):
    """A document with all that is on it, what paid it, and what came of it.

    `lines` are as in previews, `line_details` hold all else that it says of each, in their order.
    """

    lines: list[Line]
    line_details: list[BilledLine]


class Explanation(WholeDocument):
    """A document explained: each line with its charge and the steps to its amount.

    `event` is the document's position in the log.
    """

    lines: list[ExplainedLine]
