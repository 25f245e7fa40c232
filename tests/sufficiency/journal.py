"""The books of a history from facts alone: each money fact is one entry that balances.

`docs/postings.md` is the table of what each fact debits and credits. A debit is positive, a credit
negative. An entry is dated by the day on which its fact was written, in the zone of its account,
so that the journal never goes back; deferred revenue is released at the end of each month.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from events.accounts import AccountOpened
from events.charges import Charged
from events.credit import (
    CreditGranted,
    CreditTax,
    CreditUsed,
    CreditUseReversed,
    CreditWithdrawn,
)
from events.envelope import Recorded
from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued, TaxSum
from events.money import Money
from events.payments import PaymentApplied, PaymentRecorded, PaymentReversed, RefundRecorded
from events.periods import add_months, day_in_zone
from tests.sufficiency.revenue import Earning, charges_of, parts_of, schedule

UNBILLED = "Assets:Unbilled"
RECEIVABLE = "Assets:Receivable"
CLEARING = "Assets:CardClearing"
BANK = "Assets:Bank"
DEFERRED = "Liabilities:Deferred"
TAX = "Liabilities:Tax"
CREDIT = "Liabilities:Credit"
PREPAYMENTS = "Liabilities:Prepayments"
OUTSIDE = "Liabilities:SettledOutside"
EARNED = "Income:Earned"
WITHDRAWN = "Income:Withdrawn"
GOODWILL = "Expenses:Goodwill"

MoneyFact = (
    Charged
    | InvoiceIssued
    | CreditNoteIssued
    | CreditGranted
    | CreditUsed
    | CreditUseReversed
    | CreditWithdrawn
    | PaymentRecorded
    | PaymentApplied
    | PaymentReversed
    | RefundRecorded
)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount on an account: a debit is positive, a credit negative."""

    account: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Entry:
    """What one fact (its position in the log), or one month's release, does to the books."""

    on: date
    text: str
    position: int | None
    postings: tuple[Posting, ...]

    @property
    def balances(self) -> bool:
        """Whether its debits equal its credits."""
        return sum(posting.amount.minor for posting in self.postings) == 0


@dataclass(slots=True)
class Names:
    """Short names for ids, in the order in which they come: accounts of books hold no slashes."""

    prefix: str = ""
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, kind: str, given: str) -> str:
        """The name of an id: C1 for the first charge, I2 for the second invoice."""
        if (kind, given) not in self.known:
            number = sum(1 for other, _ in self.known if other == kind) + 1
            self.known[kind, given] = f"{self.prefix}{kind}{number}"
        return self.known[kind, given]


class Journal:
    """Folds facts into entries; it remembers what later facts point back to."""

    def __init__(self, names: Names | None = None) -> None:
        self.names = names or Names()
        self.zones: dict[str, str] = {}
        self._charges: dict[str, Charged] = {}
        self._sources: dict[str, str] = {}
        self._corrects: dict[str, str] = {}
        self._methods: dict[str, str] = {}

    def entry(self, event: Recorded) -> Entry | None:
        """The entry of a fact; None of one that moves no money."""
        fact = event.fact
        if isinstance(fact, AccountOpened):
            self.zones[fact.account] = fact.time_zone
        if not isinstance(fact, MoneyFact):
            return None
        postings = tuple(posting for posting in self._postings(fact) if posting.amount.minor)
        return Entry(self.day(event), fact.NAME, event.position, postings)

    def day(self, event: Recorded) -> date:
        """The day on which a fact was written, in the zone of its account."""
        return day_in_zone(event.recorded_at, self.zones[event.account or ""])

    def _postings(self, fact: Fact) -> Iterator[Posting]:
        match fact:
            case Charged():
                yield from self._charged(fact)
            case InvoiceIssued():
                yield from self._invoiced(fact)
            case CreditNoteIssued():
                yield from self._credit_note(fact)
            case CreditGranted():
                yield from self._granted(fact)
            case CreditUsed():
                yield Posting(self.lot(fact.credit), fact.amount)
                yield Posting(self.receivable(fact.invoice), -fact.amount)
            case CreditUseReversed():
                yield Posting(self.receivable(fact.invoice), fact.amount)
                yield Posting(self.lot(fact.credit), -fact.amount)
            case CreditWithdrawn():
                yield Posting(self.lot(fact.credit), fact.amount)
                yield Posting(self._taker(fact), -fact.amount)
            case PaymentRecorded():
                yield from self._paid(fact)
            case PaymentApplied():
                yield Posting(self.prepayment(fact.payment), fact.amount)
                yield Posting(self.receivable(fact.invoice), -fact.amount)
            case PaymentReversed():
                yield from self._reversed(fact)
            case RefundRecorded():
                for lot in fact.credits:
                    yield Posting(self.lot(lot.credit), lot.amount)
                yield Posting(BANK, -fact.amount)
            case _:
                raise TypeError(f"{fact.NAME} moves no money")

    def _charged(self, fact: Charged) -> Iterator[Posting]:
        self._charges[fact.charge] = fact
        yield Posting(self.unbilled(fact.charge), fact.net)
        if fact.reverses:
            for part in fact.reverses:
                yield Posting(self.deferred(part.charge), part.amount)
        else:
            yield Posting(self.deferred(fact.charge), -fact.net)

    def _invoiced(self, fact: InvoiceIssued) -> Iterator[Posting]:
        yield Posting(self.receivable(fact.invoice), fact.total)
        for line in fact.lines:
            yield Posting(self.unbilled(line.charge), -line.amount)
        for tax in fact.taxes:
            yield Posting(tax_account(tax), -tax.tax)

    def _credit_note(self, fact: CreditNoteIssued) -> Iterator[Posting]:
        self._corrects[fact.invoice] = fact.corrects
        yield Posting(self.receivable(fact.corrects), fact.total)
        for line in fact.lines:
            for part in parts_of(self._charges[line.charge], -line.amount):
                yield Posting(self.deferred(part.charge), part.amount)
        for tax in fact.taxes:
            yield Posting(tax_account(tax), -tax.tax)
        if fact.settle == "outside":
            back = -fact.total - fact.open
            yield Posting(self.receivable(fact.corrects), back)
            yield Posting(OUTSIDE, -back)

    def _granted(self, fact: CreditGranted) -> Iterator[Posting]:
        self._sources[fact.credit] = fact.source
        origin = fact.of
        match fact.source:
            case "goodwill":
                yield Posting(GOODWILL, fact.amount)
            case "carried_over" if origin.charges:
                for part in origin.charges:
                    yield Posting(self.deferred(part.charge), part.amount)
                for tax in fact.tax:
                    yield Posting(tax_account(tax), tax.amount)
            case "credit_note" | "carried_over":
                yield Posting(self.receivable(self._corrects[origin.invoice or ""]), fact.amount)
            case "negative_total":
                yield Posting(self.receivable(origin.invoice or ""), fact.amount)
            case "overpayment":
                yield Posting(self.prepayment(origin.payment or ""), fact.amount)
        yield Posting(self.lot(fact.credit), -fact.amount)

    def _paid(self, fact: PaymentRecorded) -> Iterator[Posting]:
        yield Posting(CLEARING if fact.basis == "at_once" else BANK, fact.amount)
        waits = fact.amount
        for cover in fact.covers:
            if cover.invoice is not None:
                yield Posting(self.receivable(cover.invoice), -cover.amount)
                waits -= cover.amount
        yield Posting(self.prepayment(fact.payment), -waits)

        self._methods[fact.payment] = CLEARING if fact.basis == "at_once" else BANK

    def _reversed(self, fact: PaymentReversed) -> Iterator[Posting]:
        yield Posting(self._methods[fact.payment], -fact.amount)
        rest = fact.amount
        for cover in fact.covers:
            if cover.invoice is not None:
                opened = cover.amount - cover.waived
                yield Posting(self.receivable(cover.invoice), opened)
                rest -= opened
        yield Posting(self.prepayment(fact.payment), rest)

    def _taker(self, fact: CreditWithdrawn) -> str:
        """Where credit goes that is withdrawn: to its payment, its note, or the seller."""
        if fact.of.payment is not None:
            return self.prepayment(fact.of.payment)
        if fact.of.invoice is not None:
            return self.receivable(self._corrects[fact.of.invoice])
        return GOODWILL if self._sources[fact.credit] == "goodwill" else WITHDRAWN

    def unbilled(self, charge: str) -> str:
        """The account of what is charged and stands on no invoice yet."""
        return f"{UNBILLED}:{self.names.of('C', charge)}"

    def deferred(self, charge: str) -> str:
        """The account of what is charged and not yet earned."""
        return f"{DEFERRED}:{self.names.of('C', charge)}"

    def receivable(self, invoice: str) -> str:
        """The account of what is due on an invoice."""
        return f"{RECEIVABLE}:{self.names.of('I', invoice)}"

    def prepayment(self, payment: str) -> str:
        """The account of money that came in and pays for no invoice yet."""
        return f"{PREPAYMENTS}:{self.names.of('P', payment)}"

    def lot(self, credit: str) -> str:
        """The account of a lot of credit, under that of its source."""
        source = "".join(word.capitalize() for word in self._sources[credit].split("_"))
        return f"{CREDIT}:{source}:{self.names.of('L', credit)}"


def tax_account(tax: TaxSum | CreditTax) -> str:
    """The account of tax of a country and rate, as in `Liabilities:Tax:FR:5-5`."""
    rate = Decimal(tax.rate or 0).normalize()
    return f"{TAX}:{tax.country or 'None'}:{format(rate, 'f').replace('.', '-')}"


def entries(events: Iterable[Recorded], journal: Journal) -> Iterator[Entry]:
    """The entries of all facts, in the order of the log."""
    for event in events:
        found = journal.entry(event)
        if found is not None:
            yield found


def releases(events: list[Recorded], journal: Journal) -> Iterator[Entry]:
    """What is earned, booked at the end of each month from the schedules known by then.

    A change of a month that has been closed goes into the month in which it becomes known.
    """
    written = [
        (journal.day(event), event.position)
        for event in events
        if isinstance(event.fact, MoneyFact)
    ]
    currencies = {
        name: event.fact.net.currency
        for name, event in charges_of(events).items()
        if isinstance(event.fact, Charged)
    }
    last = max((earning.month for earning in schedule(events)), default=None)
    if last is None:
        return
    days = [day for day, _ in written]
    last = max(last, *days)
    month = min(days).replace(day=1)
    booked: dict[str, int] = {}
    while month <= last:
        close = add_months(month, 1) - timedelta(days=1)
        known = max(
            (position for day, position in written if day <= close),
            default=0,
        )
        target = _earned(schedule(events, known), month)
        postings: list[Posting] = []
        for charge, minor in target.items():
            moved = Money(minor - booked.get(charge, 0), currencies[charge])
            if moved.minor:
                postings += [Posting(journal.deferred(charge), moved), Posting(EARNED, -moved)]
        booked |= target
        if postings:
            yield Entry(close, f"earned in {month:%Y-%m}", None, tuple(postings))
        month = add_months(month, 1)


def _earned(earnings: Iterable[Earning], month: date) -> dict[str, int]:
    """What each charge has earned by the end of a month."""
    sums: dict[str, int] = {}
    for earning in earnings:
        if earning.month <= month:
            sums[earning.charge] = sums.get(earning.charge, 0) + earning.minor
    return sums
