"""Invoices and credit notes: the documents with their numbers, what is paid and what is due."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, get_args

from events.envelope import Recorded
from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued, NumberGiven
from events.money import Money
from events.payments import PaymentApplied, PaymentRecorded
from projections.rows import Getter, Row, Rows, existing

InvoiceKind = Literal["invoice", "credit_note"]
InvoiceStatus = Literal["open", "paid", "credited", "issued"]
Handled = InvoiceIssued | CreditNoteIssued | NumberGiven | PaymentRecorded | PaymentApplied


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow(Row):
    """A document; its id, under which facts speak of it, is the key. Listed in order of issue.

    `credit_used`, `paid` and `due` are what CONTRACT 7 says: due = total - credit_used - paid,
    never below zero, 0 once credited; of a credit note all three are 0. `credited_by` is the id
    of the credit note that took the invoice back (ALL-08), `waived` the unpaid part that it took
    back: what it left, since another invoice or credit had given it back before, is still due.
    """

    TABLE: ClassVar[str] = "invoices"
    number: str | None
    kind: InvoiceKind
    status: InvoiceStatus
    issued_on: date
    due_on: date
    document: InvoiceIssued | CreditNoteIssued
    credit_used: Money
    paid: Money
    due: Money
    waived: Money
    credited_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow(Row):
    """Leads from a document's number, the key, to its id (ALL-07)."""

    TABLE: ClassVar[str] = "invoice_numbers"
    invoice: str
    sha256: str


class InvoicesProjection:
    """Folds documents, their numbers and what pays them."""

    name = "invoices"
    version = 2
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (InvoiceRow, NumberRow)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change the documents by one event."""
        fact = event.fact
        if isinstance(fact, InvoiceIssued):
            rows.put(_issued(event, fact))
        elif isinstance(fact, CreditNoteIssued):
            rows.put(_credit_note(event, fact))
            corrected = existing(rows, InvoiceRow, fact.corrects)
            rows.put(_standing(replace(corrected, waived=fact.open, credited_by=fact.invoice)))
        elif isinstance(fact, NumberGiven):
            _numbered(event, fact, rows)
        elif isinstance(fact, PaymentRecorded):
            for cover in fact.covers:
                if cover.invoice is not None:
                    _pay(rows, cover.invoice, cover.amount)
        elif isinstance(fact, PaymentApplied):
            _pay(rows, fact.invoice, fact.amount)


def invoice_by_number(rows: Getter, number: str) -> InvoiceRow | None:
    """The document of that number; None where there is none."""
    found = rows.get(NumberRow, number)
    return None if found is None else rows.get(InvoiceRow, found.invoice)


def _issued(event: Recorded, fact: InvoiceIssued) -> InvoiceRow:
    """The invoice as issued: the credit that its document names has paid its part already."""
    zero = Money.zero(fact.currency)
    return _standing(
        InvoiceRow(
            key=fact.invoice,
            account=event.account,
            position=event.position,
            number=None,
            kind="invoice",
            status="open",
            issued_on=fact.issued_on,
            due_on=fact.due_on,
            document=fact,
            credit_used=fact.credit_used,
            paid=zero,
            due=zero,
            waived=zero,
            credited_by=None,
        )
    )


def _credit_note(event: Recorded, fact: CreditNoteIssued) -> InvoiceRow:
    zero = Money.zero(fact.currency)
    return InvoiceRow(
        key=fact.invoice,
        account=event.account,
        position=event.position,
        number=None,
        kind="credit_note",
        status="issued",
        issued_on=fact.issued_on,
        due_on=fact.due_on,
        document=fact,
        credit_used=zero,
        paid=zero,
        due=zero,
        waived=zero,
        credited_by=None,
    )


def _standing(row: InvoiceRow) -> InvoiceRow:
    """The invoice with what is due of it, and the status that follows."""
    zero = Money.zero(row.document.currency)
    due = max(row.document.total - row.credit_used - row.paid - row.waived, zero)
    settled: InvoiceStatus = "paid" if row.credited_by is None else "credited"
    return replace(row, due=due, status="open" if due > zero else settled)


def _pay(rows: Rows, invoice: str, amount: Money) -> None:
    row = existing(rows, InvoiceRow, invoice)
    rows.put(_standing(replace(row, paid=row.paid + amount)))


def _numbered(event: Recorded, fact: NumberGiven, rows: Rows) -> None:
    number = f"{fact.series}-{event.sequence:06d}"
    rows.put(replace(existing(rows, InvoiceRow, fact.invoice), number=number))
    rows.put(
        NumberRow(
            key=number,
            account=fact.account,
            position=event.position,
            invoice=fact.invoice,
            sha256=fact.sha256,
        )
    )
