"""Parts sum to the whole, in any history: lines, taxes, statements, credit lots, payments."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.charges import Charged
from events.credit import CreditGranted, CreditUsed, CreditUseReversed, CreditWithdrawn
from events.envelope import Recorded
from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued, NumberGiven
from events.orders import OrderCancelled, OrderCompleted, OrderExpired, OrderFailed
from events.payments import PaymentApplied, PaymentRecorded, PaymentReversed, RefundRecorded
from tests.properties.examples import few
from tests.sufficiency.revenue import TakenBack, taken_back
from tests.support import conserved
from tests.support.histories import Run, histories, run
from tests.support.worlds import WORLDS


def documents_add_up(played: Run) -> None:
    """Net is the sum of the lines, tax that of the categories, total both, credit its uses."""
    documents: list[InvoiceIssued | CreditNoteIssued] = []
    for document, used in _with_credit_at_issue(played.events()):
        documents.append(document)
        assert document.net.minor == sum(line.amount.minor for line in document.lines)
        assert document.tax.minor == sum(part.tax.minor for part in document.taxes)
        assert document.total == document.net + document.tax
        assert document.credit_used.minor == used
        assert used <= max(document.total.minor, 0)
        taxable: dict[object, int] = defaultdict(int)
        for line in document.lines:
            taxable[line.category, line.rate, line.country] += line.amount.minor
        assert taxable == {
            (part.category, part.rate, part.country): part.taxable.minor for part in document.taxes
        }
    taxes_are_rounded_once(documents)


def _with_credit_at_issue(
    events: list[Recorded],
) -> Iterator[tuple[InvoiceIssued | CreditNoteIssued, int]]:
    """Each document with the credit that paid it at its issue: right behind its number."""
    for index, event in enumerate(events):
        document = event.fact
        if not isinstance(document, InvoiceIssued | CreditNoteIssued):
            continue
        used = 0
        for following in events[index + 2 :]:
            fact = following.fact
            if not isinstance(fact, CreditUsed) or fact.invoice != document.invoice:
                break
            used += fact.amount.minor
        yield document, used


def taxes_are_rounded_once(documents: list[InvoiceIssued | CreditNoteIssued]) -> None:
    """Of an invoice on the sum of each rate; of notes on all that they have taken so far.

    The last note takes the rest of the invoice's tax.
    """
    issued = {one.invoice: one for one in documents if isinstance(one, InvoiceIssued)}
    so_far: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    for document in documents:
        for part in document.taxes:
            if isinstance(document, InvoiceIssued):
                assert part.tax.minor == _tax(part.rate, part.taxable.minor)
                continue
            key = (part.category, part.rate, part.country)
            sums = so_far[document.corrects, *key]
            sums[0] -= part.taxable.minor
            sums[1] -= part.tax.minor
            whole = next(
                one
                for one in issued[document.corrects].taxes
                if (one.category, one.rate, one.country) == key
            )
            is_all = sums[0] == whole.taxable.minor
            assert sums[1] == (whole.tax.minor if is_all else _tax(part.rate, sums[0]))


def _tax(rate: Decimal | None, taxable: int) -> int:
    exact = taxable * Decimal(rate or 0) / 100
    return int(exact.to_integral_value(ROUND_HALF_UP))


def charges_are_billed_once(played: Run) -> None:
    """Of each charge all that was billed is its net, over its period without gap; or all waits."""
    charges: dict[str, Charged] = {}
    billed: dict[str, list[tuple[InvoiceIssued, int]]] = defaultdict(list)
    for event in played.events():
        if isinstance(event.fact, Charged):
            assert event.fact.charge not in charges
            charges[event.fact.charge] = event.fact
        elif isinstance(event.fact, InvoiceIssued):
            for number, line in enumerate(event.fact.lines):
                billed[line.charge].append((event.fact, number))
    for name, charge in charges.items():
        lines = [document.lines[number] for document, number in billed[name]]
        if not lines:
            assert charge.statement_on is not None or charge.net.minor == 0
            continue
        assert lines[0].period.start == charge.period.start
        for line, following in pairwise(lines):
            assert line.period.end == following.period.start
        amount = sum(line.amount.minor for line in lines)
        if lines[-1].period.end == charge.period.end:
            assert amount == charge.net.minor
        else:
            assert charge.split
            assert abs(amount) <= abs(charge.net.minor)
        if charge.statement_on is None:
            assert len(lines) == 1
        else:
            days = [document.statement for document, _ in billed[name]]
            assert days[0] == charge.statement_on
            assert len(lines) <= 2


def money_is_conserved(played: Run) -> None:
    """Lots, notes, dues, and what came in (`tests/support/conserved.py`)."""
    facts: dict[str, list[Fact]] = defaultdict(list)
    for event in played.events():
        facts[event.account or ""].append(event.fact)
    for account in played.accounts():
        conserved.check(played.service.state(account), facts[account])


def credit_pays_oldest_first(played: Run) -> None:
    """At its issue an invoice is paid by the oldest lots; a lot filled again is the oldest."""
    lots: dict[str, dict[str, int]] = defaultdict(dict)
    events = played.events()
    for before, event in pairwise(events):
        fact, own = event.fact, lots[event.account or ""]
        if isinstance(fact, CreditGranted):
            assert fact.amount.minor > 0
            if not fact.awaits_refund:
                own[fact.credit] = fact.amount.minor
        elif isinstance(fact, CreditUsed):
            if isinstance(before.fact, NumberGiven):
                assert fact.credit == next(name for name, rest in own.items() if rest)
            own[fact.credit] -= fact.amount.minor
        elif isinstance(fact, CreditUseReversed):
            rest = own.pop(fact.credit, 0)
            again = {fact.credit: rest + fact.amount.minor}
            lots[event.account or ""] = own | again if rest else again | own
        elif isinstance(fact, CreditWithdrawn) and fact.credit in own:
            own[fact.credit] -= fact.amount.minor
        elif isinstance(fact, RefundRecorded):
            for part in fact.credits:
                if part.credit in own:
                    own[part.credit] -= part.amount.minor


def payments_add_up(played: Run) -> None:
    """A payment is what it covers and what of it became credit; an order's money goes on whole."""
    payments: dict[str, PaymentRecorded] = {}
    applied: dict[str, int] = defaultdict(int)
    credited: dict[str, int] = defaultdict(int)
    waits = _orders_that_wait(played.events())
    for event in played.events():
        fact = event.fact
        if isinstance(fact, PaymentRecorded):
            assert fact.amount.minor > 0
            payments[fact.payment] = fact
        elif isinstance(fact, PaymentReversed):
            del payments[fact.payment]
        elif isinstance(fact, PaymentApplied):
            applied[fact.payment] += fact.amount.minor
        elif isinstance(fact, CreditGranted) and fact.of.payment is not None:
            credited[fact.of.payment] += fact.amount.minor
    for name, payment in payments.items():
        for_invoices = sum(part.amount.minor for part in payment.covers if part.invoice)
        orders = {part.order: part.amount.minor for part in payment.covers if part.order}
        waiting = sum(minor for order, minor in orders.items() if order in waits)
        total = for_invoices + waiting + applied[name] + credited[name]
        assert total == payment.amount.minor, payment


def _orders_that_wait(events: list[Recorded]) -> set[str]:
    settled = OrderCompleted | OrderFailed | OrderExpired | OrderCancelled
    placed = {
        part.order
        for event in events
        if isinstance(event.fact, PaymentRecorded)
        for part in event.fact.covers
        if part.order is not None
    }
    return placed - {event.fact.order for event in events if isinstance(event.fact, settled)}


def invoices_add_up(played: Run) -> None:
    """What an invoice is for = credit used + paid + due + what notes made no longer due."""
    for account in played.accounts():
        for invoice in played.service.state(account).books.invoices.values():
            total = max(invoice.document.total.minor, 0)
            paid = invoice.credit_used.minor + invoice.paid.minor
            assert total == paid + invoice.due.minor + invoice.waived.minor


def nothing_is_taken_back_twice(played: Run) -> None:
    """Of no charge more is taken back than it was for, at any moment.

    What a credit note takes back of a line that took back itself is given again.
    """
    events = played.events()
    nets: dict[str, int] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, Charged):
            nets[fact.charge] = fact.net.minor
            reversed_ = sum(part.amount.minor for part in fact.reverses)
            assert -fact.net.minor == reversed_ if fact.reverses else fact.net.minor >= 0
            assert all(part.amount.minor > 0 for part in fact.reverses)
    taken: dict[str, int] = defaultdict(int)
    known: list[TakenBack] = list(taken_back(events))
    for position, group in groupby(known, key=lambda back: back.position):
        for back in group:
            taken[back.charge] += back.amount.minor
        for charge, minor in taken.items():
            assert 0 <= minor <= nets[charge], (charge, position)


@pytest.mark.rule("ALL-01", "ALL-09")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_parts_sum_to_the_whole(world: str, data: st.DataObject):
    """Lines, taxes, statements' parts, credit lots and payments add up to the cent."""
    played = run(data.draw(histories(world)))
    documents_add_up(played)
    charges_are_billed_once(played)
    money_is_conserved(played)
    credit_pays_oldest_first(played)
    payments_add_up(played)
    invoices_add_up(played)


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_nothing_is_taken_back_of_a_charge_beyond_it(world: str, data: st.DataObject):
    """Unused parts, carried-over credit and credit notes never exceed the charge, at any moment."""
    nothing_is_taken_back_twice(run(data.draw(histories(world))))
