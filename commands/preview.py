"""The preview: what a command would charge now, and what the next renewal will cost (PA-03).

Made from the facts of the same decision that the command would append (ALL-02).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from commands.billing import issue_invoice, whole
from commands.decision import Policy, Trace
from commands.delivery import deliver, tax_day
from commands.refusals import Facts
from commands.renewals import RenewalQuote, renewal_quote
from commands.state import AccountState
from commands.work import Work
from events.charges import Charged
from events.fact import Fact
from events.invoices import DocumentLine, InvoiceIssued
from events.money import Money
from events.orders import OrderCompleted, OrderPlaced


def preview(
    after: AccountState, facts: Facts, policy: Policy, subscription: str | None = None
) -> dict[str, Any]:
    """What a decision's facts come to: `invoice` and `renewal`, each None where there is none.

    `after` is the state with the facts folded in, though nothing is appended. `subscription` is
    the one that the command names: its renewal is shown also where nothing changes (PA-03).
    """
    concerned = [*_subscriptions(facts), *([subscription] if subscription else [])]
    return {
        "invoice": _invoice(after, facts, policy),
        "renewal": _renewal(after, concerned, policy),
    }


def _invoice(after: AccountState, facts: Facts, policy: Policy) -> dict[str, Any] | None:
    issued = [fact for fact in facts if isinstance(fact, InvoiceIssued)]
    if issued:
        return document_view(issued[0])
    completed = {fact.order for fact in facts if isinstance(fact, OrderCompleted)}
    scratch = Work(after, replace(policy, trace=Trace()))
    for fact in facts:
        if isinstance(fact, OrderPlaced) and fact.order not in completed:
            return _waiting(scratch, fact)
    gathered = [
        fact for fact in facts if isinstance(fact, Charged) and fact.statement_on is not None
    ]
    if not gathered:
        return None
    # Of a charge for a statement the whole charge is shown, as if it were invoiced by itself.
    quoted = issue_invoice(
        scratch,
        [whole(charge) for charge in gathered],
        payment_method="invoice",
        tax_on=tax_day(policy),
    )
    return document_view(quoted) if quoted else None


def _waiting(scratch: Work, placed: OrderPlaced) -> dict[str, Any] | None:
    """The invoice that an order which waits will come to, whether gathered or not."""
    order = scratch.state.orders[placed.order]
    invoice = deliver(scratch, order, order.charges)
    if invoice is None:
        charges = [fact for fact in scratch.facts if isinstance(fact, Charged)]
        invoice = issue_invoice(
            scratch,
            [whole(charge) for charge in charges],
            payment_method=order.payment_method,
            tax_on=tax_day(scratch.policy),
        )
    return document_view(invoice) if invoice else None


def document_view(document: InvoiceIssued) -> dict[str, Any]:
    """A document's lines and totals as previews and answers show them (CONTRACT 7)."""
    return {
        "lines": [line_view(line) for line in document.lines],
        "net": money_view(document.net),
        "tax": money_view(document.tax),
        "total": money_view(document.total),
        "credit_used": money_view(document.credit_used),
        "due": money_view(_due(document)),
    }


def _due(document: InvoiceIssued) -> Money:
    zero = Money.zero(document.currency)
    return max(document.total - document.credit_used, zero)


def line_view(line: DocumentLine) -> dict[str, Any]:
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


def money_view(money: Money) -> dict[str, str]:
    """An amount as JSON shows it."""
    return {"amount": money.amount, "currency": money.currency}


def _renewal(
    after: AccountState, concerned: Iterable[str], policy: Policy
) -> dict[str, Any] | None:
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
    total = Money.total((quote.total for quote in first), after.currency)
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
