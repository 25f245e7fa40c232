"""Stories of documents: numbered, paid, credited."""

import pytest

from events.payments import PaymentApplied
from projections.invoices import InvoiceRow, InvoiceStatus, invoice_by_number
from tests.projections.given import (
    History,
    charged,
    credit_note,
    eur,
    invoice,
    numbered,
    opened,
    paid,
    placed,
    started,
)


def given(net: str = "100.00", credit_used: str = "0.00") -> History:
    """An account with an invoice of 100.00 and 20 % tax."""
    return History().happens(
        opened(), started(), charged(net), invoice(net, credit_used), numbered()
    )


def standing(history: History, name: str = "i1") -> tuple[InvoiceStatus, str, str, str]:
    """Status, credit used, paid and due of a document."""
    row = history.rows().get(InvoiceRow, name)
    assert row is not None
    return row.status, row.credit_used.amount, row.paid.amount, row.due.amount


def test_invoice_is_open_until_paid():
    """An invoice is open with its whole total due, and paid when all of it has come."""
    history = given()
    assert standing(history) == ("open", "0.00", "0.00", "120.00")

    history.happens(paid("50.00", "i1"))
    assert standing(history) == ("open", "0.00", "50.00", "70.00")

    history.happens(paid("70.00", "i1", name="pay2"))
    assert standing(history) == ("paid", "0.00", "120.00", "0.00")


def test_credit_pays_first():
    """Credit used at issue lowers what is due, not the total."""
    row = given(credit_used="20.00").rows().get(InvoiceRow, "i1")

    assert row is not None
    assert row.document.total == eur("120.00")
    assert (row.credit_used, row.due, row.status) == (eur("20.00"), eur("100.00"), "open")
    assert standing(given(credit_used="120.00")) == ("paid", "120.00", "0.00", "0.00")


def test_nothing_is_due_of_a_total_below_zero():
    """An invoice whose total is below zero is settled: nothing is paid and nothing due."""
    assert standing(given("-100.00")) == ("paid", "0.00", "0.00", "0.00")


def test_money_of_an_order_pays_its_invoice():
    """What had come in for an order pays the invoice of its completion."""
    history = History().happens(opened(), started(), placed(), paid("120.00", order="o1"))
    history.happens(charged(), invoice())
    history.happens(PaymentApplied(payment="pay1", order="o1", invoice="i1", amount=eur("120.00")))

    assert standing(history) == ("paid", "0.00", "120.00", "0.00")


@pytest.mark.rule("ALL-07")
def test_number_is_the_place_in_the_series():
    """A document is found by the number that its place in the series gives it."""
    history = given().happens(credit_note(), numbered("n1", "credit_note"))
    rows = history.rows()

    first, second = rows.page(InvoiceRow)
    assert (first.number, second.number) == ("SH-2020-000001", "SH-2020-000002")
    assert invoice_by_number(rows, "SH-2020-000002") == second
    assert invoice_by_number(rows, "SH-2020-000003") is None


@pytest.mark.rule("ALL-08")
def test_credit_note_takes_an_invoice_back():
    """A credited invoice has nothing due and keeps what was paid; its credit note is issued."""
    history = given().happens(paid("50.00", "i1"), credit_note(unpaid="70.00"))

    assert standing(history) == ("credited", "0.00", "50.00", "0.00")
    assert standing(history, "n1") == ("issued", "0.00", "0.00", "0.00")
    row = history.rows().get(InvoiceRow, "i1")
    assert row is not None
    assert row.credited_by == "n1"
    assert row.document == invoice()


@pytest.mark.rule("ALL-08", "ALL-09")
def test_what_a_credit_note_leaves_is_still_due():
    """What another document had taken back of an unpaid invoice stays due after a credit note."""
    history = given().happens(credit_note(net="-40.00", unpaid="48.00"))

    assert standing(history) == ("open", "0.00", "0.00", "72.00")
    history.happens(paid("72.00", "i1"))
    assert standing(history) == ("credited", "0.00", "72.00", "0.00")


def test_invoices_are_listed_in_order_of_issue():
    """Documents come in the order in which they were issued, whatever happens to them later."""
    history = given().happens(charged(name="c2"), invoice(name="a2", charge_id="c2"))
    history.happens(paid("120.00", "i1"))

    assert [row.key for row in history.rows().page(InvoiceRow)] == ["i1", "a2"]
