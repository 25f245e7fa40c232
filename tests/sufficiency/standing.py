"""What the books must show, worked out by another way than the journal: by documents and lots.

The journal adds up debits and credits; here each invoice knows what is due of it, each lot what is
left in it, each charge what no invoice holds. `Standing` folds facts and is asked after any of
them; where a decision is not at its end, an invoice may not have met its credit yet.
"""

from collections import Counter
from dataclasses import dataclass, field

from events.charges import Charged
from events.credit import CreditGranted, CreditUsed, CreditUseReversed, CreditWithdrawn
from events.envelope import Recorded
from events.invoices import CreditNoteIssued, InvoiceIssued
from events.payments import PaymentApplied, PaymentRecorded, PaymentReversed, RefundRecorded
from tests.sufficiency.journal import (
    BANK,
    CLEARING,
    GOODWILL,
    OUTSIDE,
    WITHDRAWN,
    Journal,
    tax_account,
)


@dataclass(slots=True)
class Standing:
    """Open amounts in minor units: by invoice, lot, charge, payment, and by account of the books.

    Debts of the customer and money received are positive, what is owed to others is negative.
    """

    due: Counter[str] = field(default_factory=Counter)
    lots: Counter[str] = field(default_factory=Counter)
    unbilled: Counter[str] = field(default_factory=Counter)
    prepaid: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    at_issue: Counter[str] = field(default_factory=Counter)
    goodwill: set[str] = field(default_factory=set)
    at_once: set[str] = field(default_factory=set)

    def apply(self, event: Recorded) -> None:
        """Take in one fact."""
        fact = event.fact
        match fact:
            case Charged():
                waits = fact.statement_on is not None
                self.unbilled[fact.charge] = fact.net.minor if waits else 0
            case InvoiceIssued():
                self._issued(fact)
            case CreditNoteIssued():
                self.due[fact.corrects] -= fact.open.minor
                for tax in fact.taxes:
                    self.totals[tax_account(tax)] -= tax.tax.minor
                if fact.settle == "outside":
                    self.totals[OUTSIDE] += fact.total.minor + fact.open.minor
            case CreditGranted():
                self._granted(fact)
            case CreditUsed():
                self._used(fact)
            case CreditUseReversed():
                self.lots[fact.credit] += fact.amount.minor
                self.due[fact.invoice] += fact.amount.minor
            case CreditWithdrawn():
                self._withdrawn(fact)
            case RefundRecorded():
                self.totals[BANK] -= fact.amount.minor
                for part in fact.credits:
                    self.lots[part.credit] -= part.amount.minor
            case PaymentReversed():
                self._reversed(fact)
            case PaymentRecorded():
                self._paid(fact)
            case PaymentApplied():
                self.due[fact.invoice] -= fact.amount.minor
                self.prepaid[fact.payment] -= fact.amount.minor
            case _:
                pass

    def _issued(self, fact: InvoiceIssued) -> None:
        self.due[fact.invoice] = max(fact.total.minor - fact.credit_used.minor, 0)
        self.at_issue[fact.invoice] = fact.credit_used.minor
        for line in fact.lines:
            if self.unbilled[line.charge]:
                self.unbilled[line.charge] -= line.amount.minor
        for tax in fact.taxes:
            self.totals[tax_account(tax)] -= tax.tax.minor

    def _used(self, fact: CreditUsed) -> None:
        """What was used at the issue lessened what was due then."""
        self.lots[fact.credit] -= fact.amount.minor
        before = min(self.at_issue[fact.invoice], fact.amount.minor)
        self.at_issue[fact.invoice] -= before
        self.due[fact.invoice] -= fact.amount.minor - before

    def _withdrawn(self, fact: CreditWithdrawn) -> None:
        self.lots[fact.credit] -= fact.amount.minor
        if fact.of.payment is not None:
            self.prepaid[fact.of.payment] += fact.amount.minor
        elif fact.of.invoice is None:
            taker = GOODWILL if fact.credit in self.goodwill else WITHDRAWN
            self.totals[taker] -= fact.amount.minor

    def _reversed(self, fact: PaymentReversed) -> None:
        """What it paid is due again, but for what came back; the rest is no longer prepaid."""
        self.totals[CLEARING if fact.payment in self.at_once else BANK] -= fact.amount.minor
        opened = 0
        for cover in fact.covers:
            if cover.invoice is not None:
                self.due[cover.invoice] += cover.amount.minor - cover.waived.minor
                opened += cover.amount.minor - cover.waived.minor
        self.prepaid[fact.payment] -= fact.amount.minor - opened

    def _granted(self, fact: CreditGranted) -> None:
        self.lots[fact.credit] = fact.amount.minor
        if fact.source == "goodwill":
            self.goodwill.add(fact.credit)
            self.totals[GOODWILL] += fact.amount.minor
        if fact.source == "overpayment" and fact.of.payment is not None:
            self.prepaid[fact.of.payment] -= fact.amount.minor
        for tax in fact.tax:
            self.totals[tax_account(tax)] += tax.amount.minor

    def _paid(self, fact: PaymentRecorded) -> None:
        if fact.basis == "at_once":
            self.at_once.add(fact.payment)
        self.totals[CLEARING if fact.basis == "at_once" else BANK] += fact.amount.minor
        self.prepaid[fact.payment] = fact.amount.minor
        for cover in fact.covers:
            if cover.invoice is not None:
                self.due[cover.invoice] -= cover.amount.minor
                self.prepaid[fact.payment] -= cover.amount.minor

    def accounts(self, journal: Journal) -> dict[str, int]:
        """Every account of the journal that this knows, with what must be on it."""
        return {
            **{journal.receivable(name): minor for name, minor in self.due.items()},
            **{journal.lot(name): -minor for name, minor in self.lots.items()},
            **{journal.unbilled(name): minor for name, minor in self.unbilled.items()},
            **{journal.prepayment(name): -minor for name, minor in self.prepaid.items()},
            **self.totals,
        }
