"""The preview: what a command would charge now, and what the next renewal will cost (PA-03).

Made from the facts of the same decision that the command would append (ALL-02).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from pydantic import BaseModel

from commands.accumulator import Work
from commands.amounts.billing import issue_invoice, whole
from commands.decision import Policy, Trace
from commands.fulfilment import INVOICE_METHOD, fulfil, tax_day
from commands.refusals import Facts
from commands.renewals import RenewalQuote, renewal_quote
from commands.schemas import (
    Change,
    DocumentSums,
    InvoiceChange,
    Line,
    NextRenewal,
    Preview,
    PreviewedDocument,
    PreviewedInvoice,
)
from commands.schemas import Money as MoneyShape
from commands.state.account import AccountState
from events.charges import Charged
from events.fact import Fact
from events.invoices import CreditNoteIssued, Document, DocumentLine, InvoiceIssued
from events.money import Money
from events.orders import OrderCompleted, OrderPlaced

NOTHING: Preview = {"invoice": None, "documents": [], "renewal": None, "subscriptions": []}
"""The preview of what changes nothing of an account."""


def preview(
    after: AccountState,
    facts: Facts,
    policy: Policy,
    subscription: str | None = None,
    before: AccountState | None = None,
    number_of: Callable[[str], str] = str,
) -> Preview:
    """What a decision's facts come to: its documents, its balances, the next renewal.

    `after` is the state with the facts folded in, though nothing is appended, `before` the one
    that was decided on; `number_of` gives the number of an invoice by its id. `subscription` is
    the one that the command names: its renewal is shown also where nothing changes (PA-03). An
    order that waits is shown as what it will come to.
    """
    scratch = Work(after, replace(policy, trace=Trace(ids=policy.trace.ids)))
    waiting = _waiting(scratch, facts)
    documents = [*_documents(facts), *(waiting or _gathered(scratch, facts))]
    first = next((one for one in documents if isinstance(one, InvoiceIssued)), None)
    quoted = first or next(iter(documents), None)
    concerned = list(
        dict.fromkeys([*_subscriptions(facts), *([subscription] if subscription else [])])
    )
    shown: Preview = {
        "invoice": _view(quoted) if quoted else None,
        "documents": [_document(document) for document in documents],
        "renewal": _renewal(scratch.state, concerned, policy),
        "subscriptions": concerned,
    }
    if before is not None and before.exists:
        credit = _change(_credit(before), _credit(after))
        if credit["before"] != credit["after"]:
            shown["credit"] = credit
        if changed := _invoices(before, after, facts, number_of):
            shown["invoices"] = changed
    return shown


def _documents(facts: Facts) -> list[Document]:
    return [fact for fact in facts if isinstance(fact, InvoiceIssued | CreditNoteIssued)]


def _waiting(scratch: Work, facts: Facts) -> list[Document]:
    """Complete the order that waits, for the look of it; the documents that it will come to."""
    completed = {fact.order for fact in facts if isinstance(fact, OrderCompleted)}
    placed = [fact.order for fact in facts if isinstance(fact, OrderPlaced)]
    for name in placed:
        if name not in completed:
            order = scratch.state.orders[name]
            fulfil(scratch, order, order.charges)
            return [*_documents(scratch.facts), *_gathered(scratch, scratch.facts)]
    return []


def _gathered(scratch: Work, facts: Facts) -> list[Document]:
    """Charges for a statement, each whole, as if they were invoiced by themselves."""
    charges = [
        fact for fact in facts if isinstance(fact, Charged) and fact.statement_on is not None
    ]
    issued = issue_invoice(
        scratch,
        [whole(charge) for charge in charges],
        payment_method=INVOICE_METHOD,
        tax_on=tax_day(scratch.policy),
    )
    return [] if issued is None else [issued]


def _credit(state: AccountState) -> Money:
    return Money.standing(
        (state.books.lots.by_id[name].left for name in state.books.lots.open), state.currency
    )


def _change(before: Money, after: Money) -> Change:
    return {"before": money_view(before), "after": money_view(after)}


def _invoices(
    before: AccountState, after: AccountState, facts: Facts, number_of: Callable[[str], str]
) -> list[InvoiceChange]:
    """The invoices that there were, and of which something else is paid or due afterwards."""
    changed: list[InvoiceChange] = []
    named = dict.fromkeys(name for fact in facts for name in _invoices_in(fact))
    for name in named:
        old, new = before.books.invoices.get(name), after.books.invoices.get(name)
        if old is None or new is None or (old.paid, old.due) == (new.paid, new.due):
            continue
        changed.append(
            {
                "number": number_of(name),
                "paid": _change(old.paid, new.paid),
                "due": _change(old.due, new.due),
            }
        )
    return changed


def _invoices_in(value: BaseModel) -> Iterator[str]:
    """The ids of the invoices that a fact names, wherever in it."""
    for name in type(value).model_fields:
        inner = getattr(value, name)
        if name in {"invoice", "corrects"} and isinstance(inner, str):
            yield inner
        parts: Sequence[object] = inner if isinstance(inner, tuple) else (inner,)
        for part in parts:
            if isinstance(part, BaseModel):
                yield from _invoices_in(part)


def _view(document: Document) -> PreviewedInvoice:
    if isinstance(document, InvoiceIssued):
        return document_view(document)
    return {**_sums(document), "due": money_view(Money.zero(document.currency))}


def _document(document: Document) -> PreviewedDocument:
    is_note = isinstance(document, CreditNoteIssued)
    return {**_view(document), "kind": "credit_note" if is_note else "invoice"}


def document_view(document: InvoiceIssued) -> PreviewedInvoice:
    """A document's lines and totals as previews and answers show them (CONTRACT 7)."""
    return {**_sums(document), "due": money_view(_due(document))}


def _sums(document: Document) -> DocumentSums:
    return {
        "lines": [line_view(line) for line in document.lines],
        "net": money_view(document.net),
        "tax": money_view(document.tax),
        "total": money_view(document.total),
        "credit_used": money_view(document.credit_used),
    }


def _due(document: InvoiceIssued) -> Money:
    zero = Money.zero(document.currency)
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
