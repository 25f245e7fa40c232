"""The preview: what a command would charge now, and what the next renewal will cost (PA-03).

Made from the facts of the same decision that the command would append (ALL-02).
"""

from collections.abc import Iterable
from dataclasses import replace

from commands.billing import issue_invoice, whole
from commands.decision import Policy, Trace
from commands.delivery import INVOICE_METHOD, deliver, tax_day
from commands.refusals import Facts
from commands.renewals import RenewalQuote, renewal_quote
from commands.shapes import Line, NextRenewal, Preview, PreviewedInvoice
from commands.shapes import Money as MoneyShape
from commands.state import AccountState
from commands.work import Work
from events.charges import Charged
from events.fact import Fact
from events.invoices import CreditNoteIssued, DocumentLine, InvoiceIssued
from events.money import Money
from events.orders import OrderCompleted, OrderPlaced


def preview(
    after: AccountState, facts: Facts, policy: Policy, subscription: str | None = None
) -> Preview:
    """What a decision's facts come to: `invoice` and `renewal`, each None where there is none.

    `after` is the state with the facts folded in, though nothing is appended. `subscription` is
    the one that the command names: its renewal is shown also where nothing changes (PA-03). An
    order that waits is shown as what it will come to, a credit note where there is no invoice.
    """
    issued = [fact for fact in facts if isinstance(fact, InvoiceIssued)]
    notes = [fact for fact in facts if isinstance(fact, CreditNoteIssued)]
    scratch = Work(after, replace(policy, trace=Trace(ids=policy.trace.ids)))
    waiting = _waiting(scratch, facts)
    quoted: InvoiceIssued | CreditNoteIssued | None
    quoted = issued[0] if issued else waiting or _gathered(scratch, facts)
    quoted = quoted or (notes[0] if notes else None)
    concerned = [*_subscriptions(facts), *([subscription] if subscription else [])]
    return {
        "invoice": document_view(quoted) if quoted else None,
        "renewal": _renewal(scratch.state, concerned, policy),
    }


def _waiting(scratch: Work, facts: Facts) -> InvoiceIssued | None:
    """Complete the order that waits, for the look of it; the invoice that it will come to."""
    completed = {fact.order for fact in facts if isinstance(fact, OrderCompleted)}
    placed = [fact.order for fact in facts if isinstance(fact, OrderPlaced)]
    for name in placed:
        if name not in completed:
            order = scratch.state.orders[name]
            return deliver(scratch, order, order.charges) or _gathered(scratch, scratch.facts)
    return None


def _gathered(scratch: Work, facts: Facts) -> InvoiceIssued | None:
    """Charges for a statement, each whole, as if they were invoiced by themselves."""
    charges = [
        fact for fact in facts if isinstance(fact, Charged) and fact.statement_on is not None
    ]
    return issue_invoice(
        scratch,
        [whole(charge) for charge in charges],
        payment_method=INVOICE_METHOD,
        tax_on=tax_day(scratch.policy),
    )


def document_view(document: InvoiceIssued | CreditNoteIssued) -> PreviewedInvoice:
    """A document's lines and totals as previews and answers show them (CONTRACT 7)."""
    return {
        "lines": [line_view(line) for line in document.lines],
        "net": money_view(document.net),
        "tax": money_view(document.tax),
        "total": money_view(document.total),
        "credit_used": money_view(document.credit_used),
        "due": money_view(_due(document)),
    }


def _due(document: InvoiceIssued | CreditNoteIssued) -> Money:
    zero = Money.zero(document.currency)
    if isinstance(document, CreditNoteIssued):
        return zero
    return max(document.total - document.credit_used, zero)


def line_view(line: DocumentLine) -> Line:
    """A line as previews and answers show it."""
    return {
        "subscription": line.subscription,
        "reason": line.reason,
        "seats": line.quantity,
        "period_start": line.period.start.isoformat(),
        "period_end": line.period.end.isoformat(),
        "amount": money_view(line.amount),
        "explain": list(line.explain),
    }


def money_view(money: Money) -> MoneyShape:
    """An amount as JSON shows it."""
    return {"amount": money.amount, "currency": money.currency}


def _renewal(after: AccountState, concerned: Iterable[str], policy: Policy) -> NextRenewal | None:
    """The next renewal of these subscriptions; the earliest day counts."""
    quotes: list[RenewalQuote] = []
    for name in dict.fromkeys(concerned):
        sub = after.subscriptions.get(name)
        quote = renewal_quote(policy.catalogue, sub, with_pending=True) if sub else None
        if quote is not None:
            quotes.append(quote)
    if not quotes:
        return None
    day = min(quote.renewal_date for quote in quotes)
    first = [quote for quote in quotes if quote.renewal_date == day]
    total = Money.standing((quote.total for quote in first), after.currency)
    return {
        "renewal_date": day.isoformat(),
        "seats": sum(quote.seats for quote in first),
        "total": money_view(total),
    }


def _subscriptions(facts: Iterable[Fact]) -> Iterable[str]:
    for fact in facts:
        if isinstance(fact, OrderPlaced):
            yield from (line.subscription for line in fact.lines)
        else:
            name = getattr(fact, "subscription", None)
            if isinstance(name, str):
                yield name
