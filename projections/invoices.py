"""Invoices and credit notes: the documents with their numbers, what is paid and what is due."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, get_args

from events.charges import Charged, TakenFrom
from events.credit import CreditUsed, CreditUseReversed
from events.envelope import Recorded
from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued, NumberGiven
from events.money import Money
from events.payments import PaymentApplied, PaymentRecorded, PaymentReversed
from events.reversals import (
    LinesTaken,
    after_note,
    left_of_lines,
    nothing_taken,
    sources_of,
    with_billed,
    with_source,
    with_taking,
    with_waiting,
)
from projections.rows import Getter, Row, Rows, existing

InvoiceKind = Literal["invoice", "credit_note"]
InvoiceStatus = Literal["open", "paid", "credited", "issued"]
Handled = (
    Charged
    | InvoiceIssued
    | CreditNoteIssued
    | NumberGiven
    | PaymentRecorded
    | PaymentApplied
    | PaymentReversed
    | CreditUsed
    | CreditUseReversed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow(Row):
    """A document; its id, under which facts speak of it, is the key. Listed in order of issue.

    `credit_used`, `paid` and `due` are what CONTRACT 7 says: due = total - credit_used - paid -
    `waived`, never below zero; of a credit note all are 0. `waived` is what notes made no longer
    due, `credited_by` the ids of the notes, `corrects` the number of a note's invoice, `taken`
    what notes and later documents took of the lines (CONTRACT 5.15). `due_on` is None of a note.
    """

    TABLE: ClassVar[str] = "invoices"
    number: str | None
    kind: InvoiceKind
    status: InvoiceStatus
    issued_on: date
    due_on: date | None
    document: InvoiceIssued | CreditNoteIssued
    credit_used: Money
    paid: Money
    due: Money
    waived: Money
    credited_by: tuple[str, ...]
    corrects: str | None
    taken: LinesTaken


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow(Row):
    """Leads from a document's number, the key, to its id (ALL-07)."""

    TABLE: ClassVar[str] = "invoice_numbers"
    invoice: str
    sha256: str


class InvoicesProjection:
    """Folds documents, their numbers and what pays them."""

    name = "invoices"
    version = 4
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (InvoiceRow, NumberRow)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change the documents by one event."""
        fact = event.fact
        match fact:
            case Charged():
                for part in fact.takes:
                    so_far = existing(rows, InvoiceRow, part.invoice).taken
                    taken = with_waiting(so_far, part, fact.charge)
                    _put_taken(rows, part.invoice, taken)
            case InvoiceIssued():
                rows.put(_issued(event, fact))
                for line in fact.lines:
                    for part in sources_of(line):
                        so_far = existing(rows, InvoiceRow, part.invoice).taken
                        taken = with_billed(so_far, part, line.charge)
                        _put_taken(rows, part.invoice, taken)
                    for taker in line.taken_by:
                        _taken_before(rows, fact.invoice, line.line, taker)
            case CreditNoteIssued():
                _credited(event, fact, rows)
            case NumberGiven():
                _numbered(event, fact, rows)
            case PaymentRecorded():
                for cover in fact.covers:
                    if cover.invoice is not None:
                        _pay(rows, cover.invoice, cover.amount)
            case PaymentApplied():
                _pay(rows, fact.invoice, fact.amount)
            case PaymentReversed():
                for undone in fact.covers:
                    if undone.invoice is not None:
                        _pay(rows, undone.invoice, -undone.amount, undone.waived)
            case CreditUsed():
                _use_credit(rows, fact.invoice, fact.amount)
            case CreditUseReversed():
                _use_credit(rows, fact.invoice, -fact.amount)
            case _:
                pass


def invoice_by_number(rows: Getter, number: str) -> InvoiceRow | None:
    """The document of that number; None where there is none."""
    found = rows.get(NumberRow, number)
    return None if found is None else rows.get(InvoiceRow, found.invoice)


def number_of(rows: Getter, invoice: str) -> str | None:
    """The number of a document, named by its id; None before it is given."""
    row = rows.get(InvoiceRow, invoice)
    return None if row is None else row.number


def _issued(event: Recorded, fact: InvoiceIssued) -> InvoiceRow:
    """The invoice as issued; the credit that pays it follows in facts of its own."""
    return _standing(_document(event, fact, "invoice", "open", fact.due_on))


def _document(
    event: Recorded,
    fact: InvoiceIssued | CreditNoteIssued,
    kind: InvoiceKind,
    status: InvoiceStatus,
    due_on: date | None,
) -> InvoiceRow:
    zero = Money.zero(fact.currency)
    return InvoiceRow(
        key=fact.invoice,
        account=event.account,
        position=event.position,
        number=None,
        kind=kind,
        status=status,
        issued_on=fact.issued_on,
        due_on=due_on,
        document=fact,
        credit_used=zero,
        paid=zero,
        due=zero,
        waived=zero,
        credited_by=(),
        corrects=None,
        taken=nothing_taken(fact.lines),
    )


def _credited(event: Recorded, fact: CreditNoteIssued, rows: Rows) -> None:
    """Put a credit note, and what it leaves of its invoice and returns to earlier ones."""
    row = existing(rows, InvoiceRow, fact.corrects)
    note = _document(event, fact, "credit_note", "issued", None)
    rows.put(replace(note, corrects=row.number))
    if not isinstance(row.document, InvoiceIssued):
        raise TypeError(f"{fact.corrects} is no invoice")
    taken, returned = after_note(row.document, row.taken, fact)
    notes = (*row.credited_by, fact.invoice)
    rows.put(_standing(replace(row, waived=row.waived + fact.open, credited_by=notes, taken=taken)))
    for part, minor in returned:
        _take(rows, part, -minor)


def _take(rows: Rows, part: TakenFrom, minor: int) -> None:
    """Take from a line of an earlier invoice, or below zero give it back."""
    so_far = existing(rows, InvoiceRow, part.invoice).taken
    _put_taken(rows, part.invoice, with_taking(so_far, part.line, minor))


def _put_taken(rows: Rows, invoice: str, taken: LinesTaken) -> None:
    row = existing(rows, InvoiceRow, invoice)
    rows.put(_standing(replace(row, taken=taken)))


def _taken_before(rows: Rows, invoice: str, line: int, taker: TakenFrom) -> None:
    """Note that an earlier document took from a line's charge before the line billed it."""
    source = TakenFrom(invoice=invoice, line=line, amount=taker.amount)
    _take(rows, source, taker.amount.minor)
    so_far = existing(rows, InvoiceRow, taker.invoice).taken
    _put_taken(rows, taker.invoice, with_source(so_far, taker.line, source))


def _standing(row: InvoiceRow) -> InvoiceRow:
    """The invoice with what is due of it, and the status that follows (CONTRACT 5.15)."""
    zero = Money.zero(row.document.currency)
    due = max(row.document.total - row.credit_used - row.paid - row.waived, zero)
    status: InvoiceStatus = "open" if due > zero else "paid"
    if row.credited_by and status == "paid" and not any(_left(row)):
        status = "credited"
    return replace(row, due=due, status=status)


def _left(row: InvoiceRow) -> tuple[int, ...]:
    return left_of_lines(row.document.lines, row.taken)


def _pay(rows: Rows, invoice: str, amount: Money, waived: Money | None = None) -> None:
    row = existing(rows, InvoiceRow, invoice)
    no_longer_due = row.waived if waived is None else row.waived + waived
    rows.put(_standing(replace(row, paid=row.paid + amount, waived=no_longer_due)))


def _use_credit(rows: Rows, invoice: str, amount: Money) -> None:
    row = existing(rows, InvoiceRow, invoice)
    rows.put(_standing(replace(row, credit_used=row.credit_used + amount)))


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
