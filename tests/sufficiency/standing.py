"""What the books must show, worked out by another way than the journal: by documents and lots.

The journal adds up debits and credits; here each invoice knows what is due of it, each lot what is
left in it, each charge what no invoice holds. `Standing` folds facts and is asked after any of
them; where a decision is not at its end, an invoice may not have met its credit yet.
"""

from collections import Counter
from dataclasses import dataclass, field

from events.charges import Charged
from events.credit import CreditGranted, CreditUsed
from events.envelope import Recorded
from events.invoices import CreditNoteIssued, InvoiceIssued
from events.payments import PaymentApplied, PaymentRecorded
from tests.sufficiency.journal import BANK, CLEARING, GOODWILL, Journal, tax_account


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
            case CreditGranted():
                self._granted(fact)
            case CreditUsed():
                self.lots[fact.credit] -= fact.amount.minor
            case PaymentRecorded():
                self._paid(fact)
            case PaymentApplied():
                self.due[fact.invoice] -= fact.amount.minor
                self.prepaid[fact.payment] -= fact.amount.minor
            case _:
                pass

    def _issued(self, fact: InvoiceIssued) -> None:
        self.due[fact.invoice] = max(fact.total.minor - fact.credit_used.minor, 0)
        for line in fact.lines:
            if self.unbilled[line.charge]:
                self.unbilled[line.charge] -= line.amount.minor
        for tax in fact.taxes:
            self.totals[tax_account(tax)] -= tax.tax.minor

    def _granted(self, fact: CreditGranted) -> None:
        self.lots[fact.credit] = fact.amount.minor
        if fact.source == "goodwill":
            self.totals[GOODWILL] += fact.amount.minor
        if fact.source == "overpayment" and fact.of.payment is not None:
            self.prepaid[fact.of.payment] -= fact.amount.minor
        for tax in fact.tax:
            self.totals[tax_account(tax)] += tax.amount.minor

    def _paid(self, fact: PaymentRecorded) -> None:
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
