"""What a decision knows of an account's money: charges, documents, credit, the unbilled."""

from dataclasses import dataclass, replace
from datetime import date

from rpds import HashTrieMap

from events.charges import Charged, Reversal, TermSpan, taken_back
from events.credit import CreditGranted, CreditUsed
from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued
from events.money import Money
from events.payments import PaymentApplied, PaymentRecorded
from events.periods import Period


@dataclass(frozen=True, slots=True)
class ChargeState:
    """A charge, how much of its net has been taken back, and the invoices whose lines hold it.

    Of a charge that takes back, `taken_back` counts below zero. `numerator` / `denominator` is
    the fraction of the term that it paid for.
    """

    charge: str
    subscription: str
    term: TermSpan
    period: Period
    net: Money
    taken_back: Money
    numerator: int
    denominator: int
    invoices: tuple[str, ...] = ()
    reverses: tuple[Reversal, ...] = ()

    @property
    def left(self) -> Money:
        """What can still be taken back."""
        return self.net - self.taken_back


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """An invoice as issued, and what has been paid of it besides the credit used at its issue.

    `waived` is the part, unpaid then, that a credit note took back; with one it is `credited`.
    """

    document: InvoiceIssued
    paid: Money
    waived: Money
    credited: bool = False

    @property
    def due(self) -> Money:
        """What is still to be paid; zero where the total is below zero.

        What was taken back before the credit note, on another invoice or as credit, is still owed.
        """
        open_before = self.document.total - self.document.credit_used - self.paid
        return max(open_before - self.waived, Money.zero(self.document.currency))


@dataclass(frozen=True, slots=True)
class CreditLot:
    """What is left of a lot of credit."""

    credit: str
    left: Money


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
    """The money of an account; lots are kept oldest first, without the used-up ones.

    `stated_on` is the day of the last statement; what is charged later goes on a later one.
    """

    charges: "HashTrieMap[str, ChargeState]" = HashTrieMap()
    invoices: "HashTrieMap[str, InvoiceState]" = HashTrieMap()
    credit: tuple[CreditLot, ...] = ()
    unbilled: tuple[Unbilled, ...] = ()
    stated_on: date | None = None


def evolve_books(books: Books, fact: Fact) -> Books:
    """The books after a fact; the same object where it concerns no money."""
    match fact:
        case Charged():
            return _charged(books, fact)
        case InvoiceIssued():
            return _invoiced(books, fact)
        case CreditNoteIssued():
            return _credited(books, fact)
        case CreditGranted():
            charges = _take_back(books.charges, fact.of.charges)
            lot = CreditLot(fact.credit, fact.amount)
            return replace(books, charges=charges, credit=(*books.credit, lot))
        case CreditUsed():
            lots = (
                replace(lot, left=lot.left - fact.amount) if lot.credit == fact.credit else lot
                for lot in books.credit
            )
            return replace(books, credit=tuple(lot for lot in lots if lot.left.minor))
        case PaymentRecorded():
            covers = [(c.invoice, c.amount) for c in fact.covers if c.invoice is not None]
            return _paid(books, covers)
        case PaymentApplied():
            return _paid(books, [(fact.invoice, fact.amount)])
        case _:
            return books


def _charged(books: Books, fact: Charged) -> Books:
    zero = Money.zero(fact.net.currency)
    charge = ChargeState(
        fact.charge,
        fact.subscription,
        fact.term,
        fact.period,
        fact.net,
        taken_back=zero,
        numerator=fact.numerator,
        denominator=fact.denominator,
        reverses=fact.reverses,
    )
    charges = _take_back(books.charges, fact.reverses).insert(fact.charge, charge)
    unbilled = books.unbilled
    if fact.statement_on is not None:
        part = Unbilled(fact, fact.net, fact.period, fact.statement_on, fact.split)
        unbilled = (*unbilled, part)
    return replace(books, charges=charges, unbilled=unbilled)


def _take_back(
    charges: "HashTrieMap[str, ChargeState]", parts: tuple[Reversal, ...]
) -> "HashTrieMap[str, ChargeState]":
    for part in parts:
        charge = charges[part.charge]
        charges = charges.insert(
            part.charge, replace(charge, taken_back=charge.taken_back + part.amount)
        )
    return charges


def _invoiced(books: Books, fact: InvoiceIssued) -> Books:
    charges = books.charges
    for line in fact.lines:
        charge = charges[line.charge]
        charges = charges.insert(
            line.charge, replace(charge, invoices=(*charge.invoices, fact.invoice))
        )
    zero = Money.zero(fact.currency)
    invoice = InvoiceState(fact, paid=zero, waived=zero)
    return replace(
        books,
        charges=charges,
        invoices=books.invoices.insert(fact.invoice, invoice),
        unbilled=_still_unbilled(books.unbilled, fact) if fact.statement else books.unbilled,
        stated_on=fact.statement or books.stated_on,
    )


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
    taken = tuple(
        part
        for line in fact.lines
        for part in taken_back(line.charge, books.charges[line.charge].reverses, -line.amount)
    )
    invoice = replace(books.invoices[fact.corrects], waived=fact.open, credited=True)
    return replace(
        books,
        charges=_take_back(books.charges, taken),
        invoices=books.invoices.insert(fact.corrects, invoice),
    )


def _paid(books: Books, covers: list[tuple[str, Money]]) -> Books:
    invoices = books.invoices
    for name, amount in covers:
        invoice = invoices[name]
        invoices = invoices.insert(name, replace(invoice, paid=invoice.paid + amount))
    return replace(books, invoices=invoices)
