"""What a decision knows of an account's money: charges, documents, payments, the unbilled.

Amounts due and what is left of a document follow CONTRACT 5.15; credit is in `credit.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from rpds import HashTrieMap

from commands.state.charges import ChargeState, charged, given_back_by_credit, listed, noted
from commands.state.credit import Lots, Returned, evolve_lots, taken_back_of
from events.charges import Charged, ChargeSeatsListed, TakenFrom
from events.credit import CreditGranted, CreditUsed, CreditUseReversed
from events.fact import Fact
from events.invoices import (
    CreditNoteIssued,
    DocumentLine,
    InvoiceIssued,
    TaxSum,
)
from events.money import Money
from events.payments import PaymentApplied, PaymentRecorded, PaymentReversed, RefundRecorded
from events.periods import Period
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


def tax_key(part: DocumentLine | TaxSum) -> str:
    """Category, rate and country of a line or a sum of tax, as one word; 20 and 20.0 are one."""
    return f"{part.category}/{Fraction(part.rate or 0)}/{part.country or ''}"


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """An invoice as issued, what has paid it, and what notes and later documents took of it.

    `number` counts the account's invoices in the order of issue. `waived` is what notes made no
    longer due, `returned` what of its payments came back through them, by the credit that it
    became (None: outside the ledger). `reopened` is the part of `due` that a reversed payment
    opened. `credit_used` counts credit used at the issue and later.
    """

    document: InvoiceIssued
    number: int
    credit_used: Money
    paid: Money
    waived: Money
    reopened: Money
    taken: LinesTaken
    notes: int = 0
    noted_tax: "HashTrieMap[str, tuple[int, int]]" = HashTrieMap()
    noted_seats: "HashTrieMap[int, tuple[int, int]]" = HashTrieMap()
    returned: tuple[Returned, ...] = ()

    @property
    def due(self) -> Money:
        """What is still to be paid; never below zero."""
        owed = self.document.total - self.credit_used - self.paid - self.waived
        return max(owed, Money.zero(self.document.currency))

    @property
    def left(self) -> tuple[int, ...]:
        """What notes can still take, line by line, in minor units with the sign of the line."""
        return left_of_lines(self.document.lines, self.taken)

    @property
    def noted(self) -> int:
        """The net that notes took so far, in minor units."""
        return sum(self.taken.noted)

    @property
    def room(self) -> int:
        """The most that a note can take net, in minor units, within the document as a whole."""
        return max(self.document.net.minor, 0) - self.noted

    @property
    def credited(self) -> bool:
        """Whether notes took all of it that there is to take (CONTRACT 5.15)."""
        return self.notes > 0 and not any(self.left) and not self.due.minor


@dataclass(frozen=True, slots=True)
class PaymentState:
    """A payment: the invoices that it pays, what of it became credit, whether it was reversed."""

    payment: str
    amount: Money
    reference: str | None = None
    paid: tuple[tuple[str, Money], ...] = ()
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class Unbilled:
    """The part of a charge that the statement of `statement_on` will hold, for this period.

    `split` says that only the part up to that day goes on that statement.
    """

    fact: Charged
    amount: Money
    period: Period
    statement_on: date
    split: bool


@dataclass(frozen=True, slots=True)
class Books:
    """The money of an account.

    `open` are the invoices of which something is due, in the order of issue. `came_in` sums
    payments that were not reversed, `went_back` what was refunded or settled outside. `stated_on`
    is the day of the last statement; what is charged later goes on a later one. `references` are
    those of the payments so far, `notes` leads from a credit note to its document.
    """

    charges: "HashTrieMap[str, ChargeState]" = HashTrieMap()
    invoices: "HashTrieMap[str, InvoiceState]" = HashTrieMap()
    open: tuple[str, ...] = ()
    payments: "HashTrieMap[str, PaymentState]" = HashTrieMap()
    references: "HashTrieMap[str, str]" = HashTrieMap()
    notes: "HashTrieMap[str, str]" = HashTrieMap()
    lots: Lots = field(default_factory=Lots)
    unbilled: tuple[Unbilled, ...] = ()
    stated_on: date | None = None
    came_in: int = 0
    went_back: int = 0


def evolve_books(books: Books, fact: Fact) -> Books:
    """The books after a fact; the same object where it concerns no money."""
    lots = evolve_lots(books.lots, fact)
    if lots is not books.lots:
        books = replace(books, lots=lots)
    match fact:
        case Charged():
            return _charged(books, fact)
        case ChargeSeatsListed():
            return replace(books, charges=listed(books.charges, fact))
        case InvoiceIssued():
            return _invoiced(books, fact)
        case CreditNoteIssued():
            return _credited(books, fact)
        case CreditGranted():
            return _granted(books, fact)
        case CreditUsed():
            return _used(books, fact)
        case CreditUseReversed():
            invoice = books.invoices[fact.invoice]
            paid_less = replace(invoice, credit_used=invoice.credit_used - fact.amount)
            return with_invoice(books, paid_less)
        case PaymentRecorded() | PaymentApplied() | PaymentReversed():
            return _payments(books, fact)
        case RefundRecorded():
            return replace(books, went_back=books.went_back + fact.amount.minor)
        case _:
            return books


def with_invoice(books: Books, invoice: InvoiceState) -> Books:
    """The books with an invoice as it is now."""
    name, due = invoice.document.invoice, invoice.due
    if invoice.reopened > due:
        invoice = replace(invoice, reopened=due)
    invoices = books.invoices.insert(name, invoice)
    if bool(due.minor) == (name in books.open):
        return replace(books, invoices=invoices)
    if not due.minor:
        still = tuple(other for other in books.open if other != name)
        return replace(books, invoices=invoices, open=still)
    by_issue = sorted((*books.open, name), key=lambda one: invoices[one].number)
    return replace(books, invoices=invoices, open=tuple(by_issue))


def _charged(books: Books, fact: Charged) -> Books:
    unbilled = books.unbilled
    if fact.statement_on is not None:
        part = Unbilled(fact, fact.net, fact.period, fact.statement_on, fact.split)
        unbilled = (*unbilled, part)
    books = replace(books, charges=charged(books.charges, fact), unbilled=unbilled)
    for source in fact.takes:
        taken = with_waiting(books.invoices[source.invoice].taken, source, fact.charge)
        books = _taken(books, source.invoice, taken)
    return books


def _invoiced(books: Books, fact: InvoiceIssued) -> Books:
    charges = books.charges
    for line in fact.lines:
        charge = charges[line.charge]
        places = (*charge.places, (fact.invoice, line.line))
        charges = charges.insert(line.charge, replace(charge, places=places))
    zero = Money.zero(fact.currency)
    invoice = InvoiceState(
        fact,
        number=len(books.invoices),
        credit_used=zero,  # its uses follow as facts of their own
        paid=zero,
        waived=zero,
        reopened=zero,
        taken=nothing_taken(fact.lines),
    )
    books = with_invoice(replace(books, charges=charges), invoice)
    for line in fact.lines:
        for part in sources_of(line):
            taken = with_billed(books.invoices[part.invoice].taken, part, line.charge)
            books = _taken(books, part.invoice, taken)
        for taker in line.taken_by:
            books = _take(books, fact.invoice, line.line, taker.amount.minor)
            source = TakenFrom(invoice=fact.invoice, line=line.line, amount=taker.amount)
            taken = with_source(books.invoices[taker.invoice].taken, taker.line, source)
            books = _taken(books, taker.invoice, taken)
    if not fact.statement:
        return books
    unbilled = _still_unbilled(books.unbilled, fact)
    return replace(books, unbilled=unbilled, stated_on=fact.statement)


def _take(books: Books, name: str, line: int, minor: int) -> Books:
    """The books after a later document took from a line, or (below zero) gave it back."""
    return _taken(books, name, with_taking(books.invoices[name].taken, line, minor))


def _taken(books: Books, name: str, taken: LinesTaken) -> Books:
    return with_invoice(books, replace(books.invoices[name], taken=taken))


def _still_unbilled(unbilled: tuple[Unbilled, ...], fact: InvoiceIssued) -> tuple[Unbilled, ...]:
    billed = {line.charge: line for line in fact.lines}
    kept = []
    for part in unbilled:
        line = billed.get(part.fact.charge)
        if line is None:
            if fact.statement is None or part.statement_on > fact.statement:
                kept.append(part)
            continue
        balance = part.amount - line.amount
        if line.period.end < part.period.end and balance.minor:
            rest = Period(start=line.period.end, end=part.period.end)
            month = first_of_next_month(part.statement_on)
            kept.append(Unbilled(part.fact, balance, rest, month, split=False))
    return tuple(kept)


def first_of_next_month(day: date) -> date:
    """The day on which what is charged in the month of a day is due to be invoiced."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _credited(books: Books, fact: CreditNoteIssued) -> Books:
    invoice = books.invoices[fact.corrects]
    document = invoice.document
    taken, returned_to = after_note(document, invoice.taken, fact)
    seats, charges = invoice.noted_seats, books.charges
    for line in fact.lines:
        number, minor = (line.corrects.line if line.corrects else 0), -line.amount.minor
        charges = noted(charges, document.lines[number - 1].charge, line, minor)
        if line.by == "seats":
            count, amount = seats.get(number, (0, 0))
            seats = seats.insert(number, (count + line.quantity, amount + minor))
    books = replace(books, charges=charges)
    for part, back in returned_to:
        books = _take(books, part.invoice, part.line, -back)
    taxes = invoice.noted_tax
    for one in fact.taxes:
        key = tax_key(one)
        net, tax = taxes.get(key, (0, 0))
        taxes = taxes.insert(key, (net - one.taxable.minor, tax - one.tax.minor))
    returned = invoice.returned
    if fact.settle == "outside":
        outside = -fact.total - fact.open
        returned = (*returned, Returned(None, outside))
        books = replace(books, went_back=books.went_back + outside.minor)
    invoice = replace(
        invoice,
        waived=invoice.waived + fact.open,
        taken=taken,
        noted_tax=taxes,
        noted_seats=seats,
        notes=invoice.notes + 1,
        returned=returned,
    )
    books = replace(books, notes=books.notes.insert(fact.invoice, fact.corrects))
    return with_invoice(books, invoice)


def _granted(books: Books, fact: CreditGranted) -> Books:
    if fact.of.charges:
        books = replace(books, charges=given_back_by_credit(books.charges, fact))
        return _carried_over(books, fact)
    corrected = books.notes.get(fact.of.invoice or "")
    if corrected is None:
        return books
    invoice = books.invoices[corrected]
    returned = (*invoice.returned, Returned(fact.credit, fact.amount))
    return with_invoice(books, replace(invoice, returned=returned))


def _carried_over(books: Books, fact: CreditGranted) -> Books:
    """Credit of before contract 2, which took from charges without a document."""
    for part in fact.of.charges:
        places = books.charges[part.charge].places
        if places:
            books = _take(books, *places[0], part.amount.minor)
    return books


def _used(books: Books, fact: CreditUsed) -> Books:
    invoice = books.invoices[fact.invoice]
    return with_invoice(books, replace(invoice, credit_used=invoice.credit_used + fact.amount))


def _payments(books: Books, fact: PaymentRecorded | PaymentApplied | PaymentReversed) -> Books:
    match fact:
        case PaymentRecorded():
            payment = PaymentState(fact.payment, fact.amount, fact.reference)
            references = books.references
            if fact.reference is not None:
                references = references.insert(fact.reference, fact.payment)
            books = replace(
                books,
                payments=books.payments.insert(fact.payment, payment),
                references=references,
                came_in=books.came_in + fact.amount.minor,
            )
            covers = [(one.invoice, one.amount) for one in fact.covers if one.invoice is not None]
            return _paid(books, fact.payment, covers)
        case PaymentApplied():
            return _paid(books, fact.payment, [(fact.invoice, fact.amount)])
        case PaymentReversed():
            return _reversed(books, fact)


def _paid(books: Books, name: str, covers: Iterable[tuple[str, Money]]) -> Books:
    payment = books.payments[name]
    for covered, amount in covers:
        invoice = books.invoices[covered]
        books = with_invoice(books, replace(invoice, paid=invoice.paid + amount))
        payment = replace(payment, paid=(*payment.paid, (covered, amount)))
    return replace(books, payments=books.payments.insert(name, payment))


def _reversed(books: Books, fact: PaymentReversed) -> Books:
    payment = replace(books.payments[fact.payment], reversed=True)
    references = books.references
    if payment.reference is not None:
        references = references.discard(payment.reference)
    books = replace(
        books,
        references=references,
        payments=books.payments.insert(fact.payment, payment),
        came_in=books.came_in - fact.amount.minor,
    )
    for cover in fact.covers:
        if cover.invoice is None:
            continue
        invoice = books.invoices[cover.invoice]
        opened = cover.amount - cover.waived
        still_returned = taken_back_of(invoice.returned, cover.waived, books.lots).kept
        invoice = replace(
            invoice,
            paid=invoice.paid - cover.amount,
            waived=invoice.waived + cover.waived,
            reopened=invoice.reopened + opened,
            returned=still_returned,
        )
        books = with_invoice(books, invoice)
    return books
