"""What must hold of an account's money after any history (CONTRACT 5.7, 5.15, 5.27; ALL-09).

All of it is summed again from the facts, without the ledger's own folds; only what is due and what
is left of a lot are asked of the state, which is what is tried.
"""

from collections import defaultdict
from collections.abc import Iterable

from commands.state.account import AccountState
from events.credit import CreditGranted, CreditUsed, CreditUseReversed, CreditWithdrawn
from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued
from events.payments import PaymentRecorded, PaymentReversed, RefundRecorded


def check(state: AccountState, history: Iterable[Fact]) -> None:
    """All laws; `history` are the account's facts from the first."""
    facts = list(history)
    _lots_are_whole(state, facts)
    _notes_stay_within_their_document(state, facts)
    _nothing_is_due_below_nothing(state)
    _what_came_in_is_kept_or_went_back(state, facts)


def came_in(facts: Iterable[Fact]) -> int:
    """What was paid and not taken back."""
    total = 0
    for fact in facts:
        if isinstance(fact, PaymentRecorded):
            total += fact.amount.minor
        elif isinstance(fact, PaymentReversed):
            total -= fact.amount.minor
    return total


def went_back(facts: Iterable[Fact]) -> int:
    """What was refunded or settled outside."""
    total = 0
    for fact in facts:
        if isinstance(fact, RefundRecorded):
            total += fact.amount.minor
        elif isinstance(fact, CreditNoteIssued) and fact.settle == "outside":
            total += -fact.total.minor - fact.open.minor
    return total


def _lots_are_whole(state: AccountState, facts: list[Fact]) -> None:
    """A lot = what is left + what it pays + what was withdrawn + what was refunded."""
    rest: dict[str, int] = {}
    for fact in facts:
        match fact:
            case CreditGranted():
                assert fact.credit not in rest, f"{fact.credit} twice"
                rest[fact.credit] = fact.amount.minor
            case CreditUsed() | CreditWithdrawn():
                rest[fact.credit] -= fact.amount.minor
            case CreditUseReversed():
                rest[fact.credit] += fact.amount.minor
            case RefundRecorded():
                for part in fact.credits:
                    rest[part.credit] -= part.amount.minor
                assert sum(part.amount.minor for part in fact.credits) == fact.amount.minor
        assert all(left >= 0 for left in rest.values()), fact
    lots = state.books.lots
    assert {name: lots.by_id[name].left.minor for name in rest} == rest
    assert set(lots.open) == {name for name, left in rest.items() if left}


def _notes_stay_within_their_document(state: AccountState, facts: list[Fact]) -> None:
    """Net and, where rates do not differ, total; and they sum to it where nothing is left."""
    noted: dict[str, list[CreditNoteIssued]] = defaultdict(list)
    for fact in facts:
        if isinstance(fact, CreditNoteIssued):
            noted[fact.corrects].append(fact)
    for name, notes in noted.items():
        invoice = state.books.invoices[name]
        document = invoice.document
        for of in ("net", "total")[: 2 if len(document.taxes) == 1 else 1]:
            whole = getattr(document, of).minor
            taken = -sum(getattr(note, of).minor for note in notes)
            assert min(whole, 0) <= taken <= max(whole, 0), (name, of, taken, whole)
        if not any(invoice.left):
            everything = sum(line.amount.minor for line in document.lines)
            back = sum(state.books.invoices[name].taken.taken)
            taken = -sum(note.net.minor for note in notes)
            if taken == everything or not back:
                for of in ("net", "tax", "total"):
                    whole = getattr(document, of).minor
                    assert -sum(getattr(note, of).minor for note in notes) == whole, (name, of)
        for note in notes:
            assert note.net + note.tax == note.total
            assert note.lines


def _nothing_is_due_below_nothing(state: AccountState) -> None:
    for invoice in state.books.invoices.values():
        document = invoice.document
        owed = document.total - invoice.credit_used - invoice.paid - invoice.waived
        assert owed.minor >= 0 or document.total.minor < 0, (document.invoice, owed)
        assert invoice.due.minor >= 0
        assert invoice.paid.minor >= 0
        assert invoice.credit_used.minor >= 0
        assert 0 <= invoice.reopened.minor <= invoice.due.minor
        if invoice.credited:
            assert not invoice.due.minor


def _what_came_in_is_kept_or_went_back(state: AccountState, facts: list[Fact]) -> None:
    """What is due, less credit and what came for orders, is what was billed and nobody paid.

    What the seller had withdrawn of a payment that was reversed later was never there.
    """
    billed = given = withdrawn = void = 0
    for fact in facts:
        match fact:
            case PaymentReversed():
                void += fact.amount.minor - sum(
                    part.amount.minor - part.waived.minor for part in fact.covers
                )
            case CreditWithdrawn() if fact.of.payment is not None:
                void -= fact.amount.minor
            case InvoiceIssued() | CreditNoteIssued():
                billed += fact.total.minor
            case CreditGranted() if fact.source == "goodwill":
                given += fact.amount.minor
            case CreditWithdrawn() if fact.of.invoice is None and fact.of.payment is None:
                withdrawn += fact.amount.minor
    books = state.books
    due = sum(invoice.due.minor for invoice in books.invoices.values())
    credit = sum(books.lots.by_id[name].left.minor for name in books.lots.open)
    waiting = sum(part.amount.minor for name in state.waiting for part in state.orders[name].paid)
    paid = came_in(facts) - went_back(facts)
    assert 0 <= void <= withdrawn
    assert due - credit - waiting == billed - paid - given + withdrawn - void
    assert books.came_in == came_in(facts)
    assert books.went_back == went_back(facts)
    assert books.went_back <= books.came_in
