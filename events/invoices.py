"""Documents: invoices and credit notes, whole as issued, and the numbers given to them."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from events.charges import ChargeReason, TakenFrom
from events.fact import Claim, Fact, Value, left_out_if
from events.money import Money, Price
from events.parties import Address, Contact, ElectronicAddress, MentionCode, PaymentMeans
from events.periods import Period
from events.plans import Supply
from events.seat_numbers import SeatNumbers

TaxCategory = Literal["S", "AE", "O"]


class Party(Value):
    """Seller or buyer as a document names them; `contact` is the seller's alone."""

    name: str | None
    country: str
    vat_number: str | None = None
    address: Address | None = None
    registration: str | None = None
    registration_scheme: Annotated[str | None, left_out_if(None)] = None
    electronic_address: ElectronicAddress | None = None
    contact: Annotated[Contact | None, left_out_if(None)] = None
    reference: str | None = None


class Corrected(Value):
    """The invoice (its id) and the line (from 1) that a line takes back."""

    invoice: str
    line: int


TakingKind = Literal["amount", "seats", "time", "removal"]
"""Why a note takes from a line: an amount, whole seats, unused time, or seats that are gone."""


class DocumentLine(Value):
    """A line: an amount of a charge for a period, net of tax.

    `country` is the one whose rate is used (None without tax); `explain` is the way to the amount;
    `supply` says whether services or goods were sold. `takes` names the lines of earlier invoices
    that a line of an invoice takes back from, `taken_by` those of earlier invoices that took back
    from its charge before this one billed it. On a credit note `by` says what was credited,
    `seats` the seats of the charge that it concerns.
    """

    line: int
    charge: str
    subscription: str
    reason: ChargeReason
    title: str
    quantity: int
    unit: str
    price: Price | None
    period: Period
    amount: Money
    category: TaxCategory
    rate: Price | None
    country: str | None
    supply: Annotated[Supply, left_out_if("services")] = "services"
    corrects: Corrected | None = None
    takes: Annotated[tuple[TakenFrom, ...], left_out_if(())] = ()
    taken_by: Annotated[tuple[TakenFrom, ...], left_out_if(())] = ()
    by: Annotated[TakingKind | None, left_out_if(None)] = None
    seats: Annotated[SeatNumbers | None, left_out_if(None)] = None
    explain: tuple[str, ...]


class TaxSum(Value):
    """Tax of a document per category and rate: taxable sum, tax, and why there is none."""

    category: TaxCategory
    rate: Price | None
    country: str | None
    taxable: Money
    tax: Money
    exemption_code: str | None = None
    exemption_text: str | None = None


class Document(Value):
    """What invoices and credit notes have in common; amounts of a credit note are negative.

    `credit_used` pays before any other payment; `tax_on` is the day whose rates hold.
    `mention_codes` stand beside `mentions`, one each, where any of them has a code. With
    `vat_on_debits` tax falls due by the document, not by the payment of a service. `due_on` is
    None of a credit note.
    """

    invoice: str
    series: str
    issued_on: date
    tax_on: date
    due_on: date | None
    currency: str
    seller: Party
    buyer: Party
    purchase_order: str | None
    lines: tuple[DocumentLine, ...]
    taxes: tuple[TaxSum, ...]
    net: Money
    tax: Money
    total: Money
    credit_used: Money
    payment_method: str | None
    mentions: tuple[str, ...]
    mention_codes: Annotated[tuple[MentionCode | None, ...], left_out_if(())] = ()
    payment_means: Annotated[PaymentMeans | None, left_out_if(None)] = None
    vat_on_debits: Annotated[bool, left_out_if(False)] = False


class InvoiceIssued(Document, Fact):
    """An invoice was issued for an order, a renewal or a statement; it never changes (ALL-08)."""

    NAME: ClassVar[str] = "InvoiceIssued"
    due_on: date
    order: str | None = None
    statement: date | None = None


Settlement = Literal["credit", "refund", "outside"]
"""What becomes of the part of a note that comes back (CONTRACT 5.15)."""


class CreditNoteIssued(Document, Fact):
    """A credit note takes back an invoice, whole or in parts (ALL-08, GEN-22).

    `open` is the part of it that had not been paid, which is no longer due; the rest comes back
    as `settle` says: as credit, as credit that waits for its refund, or outside the ledger.
    `settle` is None of notes from before contract 2, each of which took all that was left.
    """

    NAME: ClassVar[str] = "CreditNoteIssued"
    due_on: date | None = None
    corrects: str
    open: Money
    reason: str | None = None
    settle: Annotated[Settlement | None, left_out_if(None)] = None


class NumberGiven(Fact):
    """A document got its number: the place of this fact in the stream of its series (ALL-07)."""

    NAME: ClassVar[str] = "NumberGiven"
    series: str
    account: str
    invoice: str
    kind: Literal["invoice", "credit_note"]
    issued_on: date
    sha256: str

    def claims(self) -> tuple[Claim, ...]:
        """The number leads back to the document."""
        return (Claim("invoice", self.series + "-{sequence:06d}"),)
