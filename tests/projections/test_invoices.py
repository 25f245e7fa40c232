"""Stories of documents: numbered, paid, credited."""

import pytest

from events.charges import Reversal, TakenFrom
from events.credit import CreditGranted, CreditUsed, CreditUseReversed
from events.payments import PaymentApplied, PaymentReversed, ReversedCover
from projections.invoices import InvoiceRow, InvoiceStatus, invoice_by_number
from projections.projection import Undigestible
from tests.support.given_facts import (
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


def given(net: str = "100.00") -> History:
    """An account with an invoice of 100.00 and 20 % tax."""
    return History().happens(opened(), started(), charged(net), invoice(net), numbered())


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


def used(amount: str, invoice_id: str = "i1") -> CreditUsed:
    """A part of the lot `k1` used for an invoice."""
    return CreditUsed(credit="k1", invoice=invoice_id, amount=eur(amount))


def granted(amount: str) -> CreditGranted:
    """A lot of goodwill, `k1`."""
    return CreditGranted(credit="k1", source="goodwill", amount=eur(amount))


def credited(amount: str) -> History:
    """The invoice of 120.00, of which a lot paid so much at its issue."""
    history = History().happens(opened(), started(), granted("120.00"), charged())
    return history.happens(invoice("100.00", amount), numbered(), used(amount))


def test_credit_pays_first():
    """Credit used at issue lowers what is due, not the total."""
    row = credited("20.00").rows().get(InvoiceRow, "i1")

    assert row is not None
    assert row.document.total == eur("120.00")
    assert (row.credit_used, row.due, row.status) == (eur("20.00"), eur("100.00"), "open")
    assert standing(credited("120.00")) == ("paid", "120.00", "0.00", "0.00")


@pytest.mark.rule("GEN-23")
def test_credit_pays_an_open_invoice_and_may_be_taken_back_from_it():
    """What is applied later counts as credit used; reversed, it is due again."""
    history = credited("20.00").happens(used("30.00"))
    assert standing(history) == ("open", "50.00", "0.00", "70.00")

    history.happens(CreditUseReversed(credit="k1", invoice="i1", amount=eur("50.00")))
    assert standing(history) == ("open", "0.00", "0.00", "120.00")


@pytest.mark.rule("GEN-23")
def test_a_reversed_payment_is_due_again_but_for_what_came_back():
    """Of 120.00 that were paid a note gave 24.00 back; of the rest 96.00 are open again."""
    history = given().happens(paid("120.00", "i1"), credit_note(net="-20.00"))
    assert standing(history) == ("paid", "0.00", "120.00", "0.00")

    cover = ReversedCover(invoice="i1", amount=eur("120.00"), waived=eur("24.00"))
    elsewhere = ReversedCover(order="o1", amount=eur("1.00"), waived=eur("0.00"))
    history.happens(
        PaymentReversed(payment="pay1", amount=eur("121.00"), covers=(cover, elsewhere))
    )
    assert standing(history) == ("open", "0.00", "0.00", "96.00")


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
    assert row.credited_by == ("n1",)
    assert row.document == invoice()


@pytest.mark.rule("ALL-08", "GEN-22")
def test_a_credit_note_names_what_it_corrects_and_is_never_due():
    """By the number of the invoice; nothing has to be paid by a day."""
    row = given().happens(credit_note(), numbered("n1", "credit_note")).rows().get(InvoiceRow, "n1")
    assert row is not None
    assert (row.corrects, row.due_on) == ("SH-2020-000001", None)


@pytest.mark.rule("GEN-22")
def test_an_invoice_is_credited_when_nothing_is_left_of_it():
    """A part of it leaves it open or paid; the last note leaves it credited."""
    history = given().happens(credit_note(net="-40.00", unpaid="48.00"))
    assert standing(history) == ("open", "0.00", "0.00", "72.00")
    history.happens(paid("72.00", "i1"))
    assert standing(history) == ("paid", "0.00", "72.00", "0.00")

    history.happens(credit_note(net="-60.00", name="n2"))
    assert standing(history) == ("credited", "0.00", "72.00", "0.00")
    row = history.rows().get(InvoiceRow, "i1")
    assert row is not None
    assert row.credited_by == ("n1", "n2")


@pytest.mark.rule("GEN-22")
def test_what_a_later_invoice_takes_back_is_not_left_until_it_is_credited():
    """Of 100.00 later 30.00 were taken back: 70.00 are all that is left, till that comes back."""
    part = Reversal(charge="c1", amount=eur("30.00"))
    history = given().happens(
        paid("120.00", "i1"),
        charged("-30.00", "c2", "unused_credit", reverses=(part,)),
        invoice(
            "-30.00",
            name="i2",
            charge_id="c2",
            takes=(TakenFrom(invoice="i1", line=1, amount=eur("30.00")),),
        ),
        credit_note(net="-70.00"),
    )
    assert standing(history)[0] == "credited"

    history.happens(credit_note("30.00", corrects="i2", name="n2", charge_id="c2"))
    assert [standing(history, name)[0] for name in ("i1", "i2")] == ["paid", "credited"]


@pytest.mark.rule("GEN-22")
def test_what_a_statement_will_take_back_is_not_left_either():
    """Of 100.00 a charge that waits takes 30.00: with a note of 70.00 nothing is left.

    The statement brings it in two parts, and takes no more than was waited for.
    """
    reverses = (Reversal(charge="c1", amount=eur("30.00")),)
    source = TakenFrom(invoice="i1", line=1, amount=eur("30.00"))
    waiting = charged("-30.00", "c2", "unused_credit", reverses=reverses, takes=(source,))
    history = given().happens(paid("120.00", "i1"), credit_note(net="-70.00"))
    assert standing(history)[0] == "paid"
    history.happens(waiting)
    assert standing(history)[0] == "credited"

    for name, part in (("i2", "10.00"), ("i3", "20.00")):
        takes = (source.model_copy(update={"amount": eur(part)}),)
        history.happens(invoice(f"-{part}", name=name, charge_id="c2", takes=takes))
        row = history.rows().get(InvoiceRow, "i1")
        assert row is not None
        assert (row.status, row.taken.taken) == ("credited", (3000,))
    assert row.taken.waiting == ()


def test_a_note_on_a_note_cannot_be_folded():
    """It corrects no invoice; whoever reads such a log is told where."""
    history = given().happens(credit_note(), credit_note(corrects="n1", name="n2"))
    with pytest.raises(Undigestible, match="CreditNoteIssued: n1 is no invoice"):
        history.rows()


@pytest.mark.rule("ALL-08", "ALL-09")
def test_what_a_credit_note_of_old_leaves_is_still_due():
    """It took all that was left; what had been carried over of an unpaid invoice stayed due."""
    history = given().happens(credit_note(net="-40.00", unpaid="48.00", settle=None))

    assert standing(history) == ("open", "0.00", "0.00", "72.00")
    history.happens(paid("72.00", "i1"))
    assert standing(history) == ("credited", "0.00", "72.00", "0.00")


def test_invoices_are_listed_in_order_of_issue():
    """Documents come in the order in which they were issued, whatever happens to them later."""
    history = given().happens(charged(name="c2"), invoice(name="a2", charge_id="c2"))
    history.happens(paid("120.00", "i1"))

    assert [row.key for row in history.rows().page(InvoiceRow)] == ["i1", "a2"]
