"""Money put right (GEN-22, GEN-23): refunds, payments taken back, credit applied and withdrawn.

By hand: a seat is 10.00 a month, a year of it 120.00, and French tax 20 %: 144.00.
"""

import pytest

from tests.stories.story import eur, line, lines, story

FILE = "every_vendor/money_put_right.yaml"


def document(number: str) -> dict[str, object]:
    """The document of that number."""
    told = story("every_vendor/money_put_right.yaml")
    (found,) = [one for one in told.invoices if one["number"] == number]
    return found


def standing(number: str) -> tuple[object, ...]:
    """Status, credit used, paid and due of a document."""
    found = document(number)
    return tuple(found[name] for name in ("status", "credit_used", "paid", "due"))


@pytest.mark.rule("GEN-22", "GEN-23")
def test_a_note_that_waits_for_its_refund_is_paid_out_and_never_more() -> None:
    """20.00 and 4.00 of tax; one cent more is not there, and the payment cannot be taken back."""
    told = story(FILE)
    (note,) = told.facts(4, "CreditNoteIssued")
    lot = told.fact(4, "CreditGranted")
    assert (note["total"], lot["amount"], lot["awaits_refund"]) == (eur(-24), eur(24), True)
    assert told.refused(5) == ("payment.more_than_credit", "GEN-23")
    assert "24.00" in told.words(5)
    refund = told.fact(6, "RefundRecorded")
    assert refund["credits"] == [{"credit": lot["credit"], "amount": eur(24)}]
    assert told.refused(7) == ("payment.already_used", "GEN-23")
    assert standing("R-2024-000001") == ("paid", eur(0), eur(144), eur(0))


@pytest.mark.rule("GEN-22", "ALL-02")
def test_the_preview_of_the_note_is_the_note() -> None:
    """Its lines and totals, though nothing was issued."""
    told = story(FILE)
    shown, issued = told.preview(3)["invoice"], document("R-2024-000002")
    assert (
        lines(shown)
        == lines(issued)
        == [line("a", "start", 1, "2024-01-10", "2025-01-10", eur(-20))]
    )
    assert (shown["tax"], shown["total"], shown["due"]) == (eur(-4), eur(-24), eur(0))
    assert (issued["corrects"], issued["reason"], issued["due_on"]) == (
        "R-2024-000001",
        "a month late",
        None,
    )


@pytest.mark.rule("GEN-23")
def test_a_payment_taken_back_is_due_again_but_for_what_a_note_gave_back() -> None:
    """Of 144.00 a note had made 24.00 credit: 120.00 are open again, the credit is withdrawn."""
    told = story(FILE)
    (cover,) = told.fact(12, "PaymentReversed")["covers"]
    assert (cover["amount"], cover["waived"]) == (eur(144), eur(24))
    assert told.fact(12, "CreditWithdrawn")["amount"] == eur(24)
    assert told.refused(13) == ("payment.unknown", "ALL-09")


@pytest.mark.rule("GEN-23")
def test_goodwill_pays_an_open_invoice_when_it_is_told_to() -> None:
    """25.00 of 30.00 pay it, 5.00 are withdrawn; the rest, 95.00, comes by the bank again."""
    told = story(FILE)
    assert told.fact(15, "CreditUsed")["amount"] == eur(25)
    assert told.fact(16, "CreditWithdrawn")["amount"] == eur(5)
    assert told.fact(17, "PaymentRecorded")["amount"] == eur(95)
    assert standing("R-2024-000003") == ("paid", eur(25), eur(95), eur(0))
    assert told.credit["bolt"] == eur(0)


@pytest.mark.rule("GEN-23")
def test_a_reference_counts_once_until_its_payment_is_taken_back() -> None:
    """The bank's second transfer has the reference of the first, which was reversed; no third."""
    told = story(FILE)
    assert told.fact(17, "PaymentRecorded")["reference"] == "bank-2"
    assert told.refused(18) == ("payment.reference_used", "GEN-23")


@pytest.mark.rule("GEN-22")
def test_a_note_above_zero_opens_again_what_its_document_paid() -> None:
    """1200.00 back less 132.00 for eleven seats, with tax 1281.60: 144.00 of it paid an invoice."""
    told = story(FILE)
    assert [fact["amount"] for fact in told.facts(22, "CreditUsed")] == [eur(144)]
    assert document("R-2024-000008")["total"] == eur("1281.60")
    assert [fact["amount"] for fact in told.facts(23, "CreditUseReversed")] == [eur(144)]
    withdrawn = [fact["amount"] for fact in told.facts(23, "CreditWithdrawn")]
    assert withdrawn == [eur(144), eur("1137.60")]
    assert standing("R-2024-000005") == ("open", eur(0), eur(0), eur(144))
    assert standing("R-2024-000007") == ("credited", eur(0), eur(0), eur(0))


@pytest.mark.rule("GEN-23")
def test_a_part_of_a_lot_is_withdrawn() -> None:
    """4.00 of 10.00; the rest stays, since what came for the account pays only what is to come."""
    told = story(FILE)
    withdrawn = told.fact(26, "CreditWithdrawn")
    assert (withdrawn["amount"], withdrawn["reason"]) == (eur(4), "dormant")
    assert told.credit["coda"] == eur(6)


@pytest.mark.rule("GEN-20")
def test_an_agent_holds_a_seat_where_the_plan_seats_agents() -> None:
    """Its id stands in the fact, since it is no personal datum."""
    told = story(FILE)
    holder = told.fact(24, "SeatAssigned")["holder"]
    assert holder == {"kind": "agent", "id": "night-shift", "name": "Night shift"}
