"""Stories of payments: what came in, for what, what was taken back, and what settles a document."""

from datetime import date

from events.credit import (
    CreditGranted,
    CreditOrigin,
    CreditUsed,
    CreditUseReversed,
    CreditWithdrawn,
)
from events.payments import (
    Cover,
    PaymentApplied,
    PaymentRecorded,
    PaymentReversed,
    ReversedCover,
)
from projections.payments import CreditPart, PaymentPart, PaymentRow, SettlementRow
from tests.support.given_facts import (
    TODAY,
    History,
    charged,
    eur,
    invoice,
    numbered,
    opened,
    paid,
    placed,
    started,
)

LATER = date(2020, 8, 1)


def given() -> History:
    """An account with an invoice of 100.00 and 20 % tax."""
    return History().happens(opened(), started(), charged(), invoice(), numbered())


def payment(history: History, name: str = "pay1") -> PaymentRow:
    """A payment."""
    row = history.rows().get(PaymentRow, name)
    assert row is not None
    return row


def settlement(history: History, name: str = "i1") -> SettlementRow:
    """What settles a document."""
    row = history.rows().get(SettlementRow, name)
    assert row is not None
    return row


def test_a_payment_leads_to_its_invoices_and_back():
    """One payment may pay several invoices, and several may pay one."""
    history = given().happens(charged(name="c2"), invoice(name="i2", charge_id="c2"))
    both = (Cover(amount=eur("20.00"), invoice="i1"), Cover(amount=eur("70.00"), invoice="i2"))
    spread = PaymentRecorded(
        payment="pay2", method="transfer", amount=eur("90.00"), basis="reported",
        received_on=LATER, reference="bank-7", covers=both,
    )  # fmt: skip
    history.happens(paid("50.00", "i1")).happens(spread, on=LATER)

    row = payment(history, "pay2")

    assert (row.amount, row.reference, row.received_on) == (eur("90.00"), "bank-7", LATER)
    assert row.parts == (
        PaymentPart(eur("20.00"), "i1", None),
        PaymentPart(eur("70.00"), "i2", None),
    )
    assert (row.recorded_on, payment(history).recorded_on) == (LATER, TODAY)
    assert settlement(history).payments == ("pay1", "pay2")
    assert settlement(history, "i2").payments == ("pay2",)


def test_what_came_for_an_order_pays_its_invoice():
    """The part names both; what the invoice did not take still waits for the order."""
    history = History().happens(opened(), started(), placed(), paid("150.00", order="o1"))
    assert payment(history).parts == (PaymentPart(eur("150.00"), None, "o1"),)

    history.happens(charged(), invoice())
    history.happens(PaymentApplied(payment="pay1", order="o1", invoice="i1", amount=eur("120.00")))

    assert payment(history).parts == (
        PaymentPart(eur("120.00"), "i1", "o1"),
        PaymentPart(eur("30.00"), None, "o1"),
    )
    assert settlement(history).payments == ("pay1",)


def test_a_reversed_payment_stays_in_sight():
    """What it had paid is kept beside what was taken back, with the day and the reason."""
    cover = ReversedCover(invoice="i1", amount=eur("50.00"), waived=eur("0.00"))
    undone = PaymentReversed(
        payment="pay1", amount=eur("50.00"), covers=(cover,), reason="chargeback"
    )
    history = given().happens(paid("50.00", "i1")).happens(undone, on=LATER)

    row = payment(history)

    assert row.parts == (PaymentPart(eur("50.00"), "i1", None),)
    assert row.reversal is not None
    assert (row.reversal.reversed_on, row.reversal.reason) == (LATER, "chargeback")
    assert row.reversal.covers == (cover,)
    assert settlement(history).payments == ("pay1",)


def test_a_document_knows_the_credit_that_paid_it_and_came_of_it():
    """Parts of lots, also those given back; the lots that it made; unused credit that it took."""
    history = given().happens(
        CreditGranted(credit="k1", source="goodwill", amount=eur("30.00")),
        CreditUsed(credit="k1", invoice="i1", amount=eur("30.00")),
        CreditUseReversed(credit="k1", invoice="i1", amount=eur("10.00")),
        CreditGranted(
            credit="k2", source="credit_note", amount=eur("5.00"), of=CreditOrigin(invoice="i1")
        ),
        CreditWithdrawn(credit="k2", amount=eur("2.00"), of=CreditOrigin(invoice="i1")),
        CreditWithdrawn(credit="k2", amount=eur("1.00")),
    )

    row = settlement(history)

    assert row.credit_used == (CreditPart("k1", eur("30.00")), CreditPart("k1", eur("-10.00")))
    assert (row.credits, row.withdrawn) == (("k2",), (CreditPart("k2", eur("2.00")),))
