"""Parts sum to the whole, in any history: lines, taxes, statements, credit lots, payments."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.charges import Charged
from events.credit import CreditGranted, CreditUsed
from events.envelope import Recorded
from events.invoices import Document, InvoiceIssued
from events.orders import OrderCancelled, OrderCompleted, OrderExpired, OrderFailed
from events.payments import PaymentApplied, PaymentRecorded
from tests.histories import Run, histories, run
from tests.properties.examples import few
from tests.sufficiency.revenue import TakenBack, taken_back
from tests.worlds import WORLDS


def documents_add_up(played: Run) -> None:
    """Net is the sum of the lines, tax that of the categories, total both, credit its uses."""
    used: dict[str, int] = defaultdict(int)
    documents: list[Document] = []
    for event in played.events():
        if isinstance(event.fact, Document):
            documents.append(event.fact)
        elif isinstance(event.fact, CreditUsed):
            used[event.fact.invoice] += event.fact.amount.minor
    for document in documents:
        assert document.net.minor == sum(line.amount.minor for line in document.lines)
        assert document.tax.minor == sum(part.tax.minor for part in document.taxes)
        assert document.total == document.net + document.tax
        assert document.credit_used.minor == used[document.invoice]
        assert document.credit_used.minor <= max(document.total.minor, 0)
        taxable: dict[object, int] = defaultdict(int)
        for line in document.lines:
            taxable[line.category, line.rate, line.country] += line.amount.minor
        assert taxable == {
            (part.category, part.rate, part.country): part.taxable.minor for part in document.taxes
        }
        for part in document.taxes:
            exact = part.taxable.minor * Decimal(part.rate or 0) / 100
            assert part.tax.minor == int(exact.to_integral_value(ROUND_HALF_UP))


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


def credit_lots_add_up(played: Run) -> None:
    """Of each lot of credit: granted = used + left, never used twice, the oldest first."""
    left: dict[str, dict[str, int]] = defaultdict(dict)
    for event in played.events():
        fact, lots = event.fact, left[event.account or ""]
        if isinstance(fact, CreditGranted):
            assert fact.amount.minor > 0
            assert sum(part.amount.minor for part in fact.tax) <= fact.amount.minor
            lots[fact.credit] = fact.amount.minor
        elif isinstance(fact, CreditUsed):
            oldest = next(name for name, rest in lots.items() if rest)
            assert fact.credit == oldest
            assert 0 < fact.amount.minor <= lots[oldest]
            lots[oldest] -= fact.amount.minor
    for account in played.accounts():
        books = played.service.state(account).books
        kept = {lot.credit: lot.left.minor for lot in books.credit}
        assert kept == {name: rest for name, rest in left[account].items() if rest}


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
    """What an invoice is for = credit used + paid + due, and a credit note settles the rest."""
    for account in played.accounts():
        for invoice in played.service.state(account).books.invoices.values():
            document = invoice.document
            paid = document.credit_used + invoice.paid
            if not invoice.credited:
                assert max(document.total.minor, 0) == paid.minor + invoice.due.minor
            assert paid.minor <= max(document.total.minor, 0)


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
    credit_lots_add_up(played)
    payments_add_up(played)
    invoices_add_up(played)


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_nothing_is_taken_back_of_a_charge_beyond_it(world: str, data: st.DataObject):
    """Unused parts, carried-over credit and credit notes never exceed the charge, at any moment."""
    nothing_is_taken_back_twice(run(data.draw(histories(world))))
