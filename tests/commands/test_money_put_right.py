"""Money put right: payments taken back, credit applied, withdrawn and paid out (GEN-23)."""

from typing import Any

import pytest

from commands.credit_notes import IssueCreditNote
from commands.orders import CancelOrder
from commands.payments import GrantCredit, RecordPayment
from commands.purchases import AddSeats
from commands.refunds import ApplyCredit, RecordRefund, WithdrawCredit
from events.credit import CreditUsed, CreditWithdrawn
from events.payments import PaymentRecorded, PaymentReversed, RefundRecorded
from tests.support import conserved
from tests.support.given import OWNER, SELLER, Story
from tests.support.owing import (
    NEVER,
    account,
    eur,
    lot,
    named,
    noted,
    on_account,
    owing,
    paid,
    refunding,
    reversing,
)
from tests.support.shop import bought, credit, due, every, invoices, started

# --------------------------------------------------------------------------- ReversePayment


@pytest.mark.rule("GEN-23")
def test_what_a_payment_covered_is_open_again():
    """The invoice is due as before, and can be paid and taken back again."""
    story = paid(owing())
    for _ in range(2):
        story = reversing(story, reason="chargeback").then(PaymentReversed)
        assert (due(story), credit(story)) == ("120.00", "0.00")
        conserved.check(story.state, story.history)
        story = paid(story)
    assert due(story) == "0.00"


@pytest.mark.rule("GEN-23")
def test_a_payment_is_taken_back_once():
    """A second time, and one that never was, are unknown."""
    story = reversing(paid(owing())).accepted()
    reversing(story).refused("payment.unknown", rule="ALL-09")
    reversing(story, NEVER).refused("payment.unknown")


@pytest.mark.rule("GEN-23")
def test_a_card_is_charged_back():
    """What was paid at once is open, like what was reported."""
    story = bought(account(), "desk", "desk", 1)
    assert due(reversing(story).accepted()) == "120.00"


@pytest.mark.rule("GEN-23")
def test_credit_that_a_payment_made_is_withdrawn():
    """On the account, or of an order that came to nothing."""
    story = on_account(account(), "50.00")
    story = reversing(story).then(PaymentReversed, CreditWithdrawn)
    assert credit(story) == "0.00"

    story = bought(story, "desk", "desk", 1, "bank", order="o1")
    story = story.done(RecordPayment, by=SELLER, order="o1", amount=eur("30.00"))
    story = story.done(CancelOrder, order="o1")
    assert credit(story) == "30.00"
    story = reversing(story).then(PaymentReversed, CreditWithdrawn)
    assert credit(story) == "0.00"
    conserved.check(story.state, story.history)


@pytest.mark.rule("GEN-23")
def test_what_came_for_an_order_that_waits_is_gone():
    """All of it is due again, and the order completes when that comes."""
    story = bought(account(), "desk", "desk", 1, "bank", order="o1")
    story = story.done(RecordPayment, by=SELLER, order="o1", amount=eur("30.00"))
    story = reversing(story).then(PaymentReversed)
    assert story.state.orders["o1"].paid == ()
    conserved.check(story.state, story.history)

    story = story.done(RecordPayment, by=SELLER, order="o1")
    assert every(story, PaymentRecorded)[-1].amount.amount == "120.00"


@pytest.mark.rule("GEN-23", "GEN-22")
def test_what_came_back_through_notes_is_due_to_nobody():
    """Of 120.00 a note gave 20.00 back: 100.00 are open again, and the credit is withdrawn."""
    story = noted(paid(owing()), "20.00")
    story = reversing(story).then(PaymentReversed, CreditWithdrawn)
    (cover,) = every(story, PaymentReversed)[0].covers
    assert (cover.amount.amount, cover.waived.amount) == ("120.00", "20.00")
    assert (due(story), credit(story)) == ("100.00", "0.00")
    conserved.check(story.state, story.history)


@pytest.mark.rule("GEN-23", "GEN-22")
def test_of_two_payments_the_first_bears_what_came_back():
    """And the second only what is more than that."""
    story = paid(paid(owing(), amount=eur("50.00")), amount=eur("70.00"))
    story = noted(story, "60.00")
    first, second = every(story, PaymentRecorded)
    story = reversing(story, second.payment).accepted()
    assert (due(story), credit(story)) == ("10.00", "0.00")
    story = reversing(story, first.payment).accepted()
    assert (due(story), credit(story)) == ("60.00", "0.00")
    conserved.check(story.state, story.history)


@pytest.mark.rule("GEN-23")
def test_credit_that_was_spent_cannot_be_taken():
    """Neither that of the account, nor what came back, nor what was refunded."""
    story = on_account(account(), "200.00")
    story = bought(story, "desk", "desk", 1)
    reversing(story).refused("payment.already_used", rule="GEN-23")

    story = noted(paid(owing()), "20.00", settle="refund")
    story = story.done(RecordRefund, by=SELLER, account="acme", amount=eur("20.00"), method="bank")
    reversing(story).refused("payment.already_used")

    story = noted(paid(owing()), "20.00", settle="outside", reason="in cash")
    reversing(story).refused("payment.already_used")


@pytest.mark.rule("GEN-23", "GEN-22")
def test_of_what_came_back_unused_credit_is_taken_first():
    """Of 240.00 that came as 200.00 and 40.00, 20.00 went back in cash and 50.00 are credit."""
    story = paid(paid(owing(2), amount=eur("200.00")), amount=eur("40.00"))
    story = noted(noted(story, "20.00", settle="outside", reason="in cash"), "50.00")
    first, second = every(story, PaymentRecorded)
    story = reversing(story, second.payment).then(PaymentReversed, CreditWithdrawn)
    assert (due(story), credit(story)) == ("0.00", "10.00")
    conserved.check(story.state, story.history)
    reversing(story, first.payment).refused("payment.already_used")


@pytest.mark.rule("GEN-23", "GEN-22")
def test_credit_that_a_note_claimed_cannot_be_taken():
    """A document below zero had given 1068.00, of which 960.00 went back in cash: the note on it
    claims them of the money on the account.
    """
    tiers = [{"from": 1, "amount": "10.00"}, {"from": 11, "amount": "1.00"}]
    price = {"per": "month", "tiering": "volume", "tiers": tiers}
    story = started(10, change_resets_term=True, proration={"by": "days"}, price=price)
    story = story.done(AddSeats, subscription="desk", quantity=1)
    story = bought(story, "more", "desk", 8)
    assert credit(story) == "108.00"
    story = noted(story, "960.00", 2, settle="outside", reason="in cash")
    story = on_account(story, "1000.00")
    story = story.done(IssueCreditNote, **named(story, 1))
    assert credit(story) == "40.00"
    reversing(story).refused("payment.already_used")


@pytest.mark.rule("GEN-23")
def test_credit_that_was_withdrawn_before_is_not_spent():
    """What is left of it is taken, and the payment counts no more."""
    story = on_account(account(), "50.00")
    story = story.done(
        WithdrawCredit, by=SELLER, account="acme", credit=lot(story), amount=eur("20.00")
    )
    story = reversing(story).accepted()
    assert credit(story) == "0.00"


@pytest.mark.rule("GEN-23")
def test_more_never_comes_back_than_came_in():
    """What one payment brought was refunded from another's credit."""
    story = paid(owing())
    story = on_account(story, "30.00")
    story = noted(story, "20.00", settle="refund")
    refund = {"by": SELLER, "account": "acme", "method": "bank"}
    story = story.done(RecordRefund, **refund, amount=eur("50.00"))
    for payment in every(story, PaymentRecorded):
        reversing(story, payment.payment).refused("payment.already_used")


@pytest.mark.rule("GEN-23")
def test_a_payment_over_several_invoices_opens_them_all():
    """Each with its part."""
    story = bought(owing(), "more", "desk", 2, "invoice")
    parts = [
        {"invoice": "D-2020-000001", "amount": eur("120.00")},
        {"invoice": "D-2020-000002", "amount": eur("100.00")},
    ]
    made = {
        f"invoice:{part['invoice']}": invoices(story)[n].invoice for n, part in enumerate(parts)
    }
    story = story.done(RecordPayment, by=SELLER, invoices=parts, made=made)
    assert [due(story, index) for index in range(2)] == ["0.00", "140.00"]
    story = reversing(story).then(PaymentReversed)
    assert [due(story, index) for index in range(2)] == ["120.00", "240.00"]
    conserved.check(story.state, story.history)


def test_what_a_reversal_opened_is_not_paid_by_what_comes_back():
    """5.7: credit that comes back pays open documents, never what a reversal opened."""
    story = reversing(paid(owing())).accepted()
    story = bought(story, "more", "desk", 1)
    story = noted(story, "30.00", 1)
    assert (due(story, 0), credit(story)) == ("120.00", "30.00")


# ----------------------------------------------------------------------------- RecordRefund


@pytest.mark.rule("GEN-23")
def test_what_waits_for_its_refund_is_paid_out_first():
    """Then other credit, oldest first; each lot with its part."""
    story = on_account(paid(owing()), "30.00")
    story = noted(story, "20.00", settle="refund")
    story = refunding(story, "25.00", refunded_on="2020-01-01", reference="out").then(
        RefundRecorded
    )
    (refund,) = every(story, RefundRecorded)
    assert [part.amount.amount for part in refund.credits] == ["20.00", "5.00"]
    assert (str(refund.refunded_on), refund.reference) == ("2020-01-01", "out")
    assert credit(story) == "25.00"
    conserved.check(story.state, story.history)


@pytest.mark.rule("GEN-23")
def test_goodwill_is_not_paid_out():
    """It was never the buyer's money."""
    story = account().done(GrantCredit, by=SELLER, account="acme", amount=eur("50.00"))
    refunding(story, "0.01").refused("payment.more_than_credit", "0.00", rule="GEN-23")
    refunding(on_account(story, "20.00"), "20.01").refused("payment.more_than_credit", "20.00")
    assert credit(refunding(on_account(story, "20.00"), "20.00").accepted()) == "50.00"


@pytest.mark.rule("GEN-23")
def test_no_more_is_paid_out_than_came_in():
    """Goodwill paid the invoice, and came back by a note: it is credit, but no money."""
    story = account().done(GrantCredit, by=SELLER, account="acme", amount=eur("100.00"))
    story = bought(story, "desk", "desk", 1)
    story = story.done(IssueCreditNote, **named(story))
    assert credit(story) == "120.00"
    refunding(story, "20.01").refused("payment.more_than_credit", "20.00")
    refunding(refunding(story, "20.00").accepted(), "0.01").refused("payment.more_than_credit")


BAD_REFUNDS = [
    ({"amount": eur("0.00")}, "command.invalid"),
    ({"amount": eur("-1.00")}, "command.invalid"),
    ({"amount": eur("1.00", "USD")}, "payment.currency_mismatch"),
    ({"refunded_on": "2020-01-02"}, "command.invalid"),
    ({"by": OWNER}, "access.role_missing"),
]


@pytest.mark.parametrize(("fields", "code"), BAD_REFUNDS)
def test_a_refund_that_makes_no_sense_is_refused(fields: dict[str, Any], code: str):
    """Nothing, another currency, a day that has not come, or somebody else."""
    story = on_account(account(), "30.00")
    given = {"by": SELLER, "account": "acme", "method": "bank", "amount": eur("1.00"), **fields}
    story.when(RecordRefund, **given).refused(code)


# --------------------------------------------------------------------------- WithdrawCredit


@pytest.mark.rule("GEN-23")
def test_a_lot_is_withdrawn_whole_or_in_part():
    """What is left of it, and no more."""
    story = account().done(GrantCredit, by=SELLER, account="acme", amount=eur("50.00"))
    fields = {"by": SELLER, "account": "acme", "credit": lot(story)}
    story = story.when(WithdrawCredit, **fields, amount=eur("20.00"), reason="late").then(
        CreditWithdrawn
    )
    assert credit(story) == "30.00"
    story.when(WithdrawCredit, **fields, amount=eur("30.01")).refused(
        "payment.more_than_credit", "30.00", rule="GEN-23"
    )
    story = story.done(WithdrawCredit, **fields)
    assert credit(story) == "0.00"
    story.when(WithdrawCredit, **fields).refused("payment.more_than_credit")
    assert every(story, CreditWithdrawn)[0].reason == "late"


BAD_WITHDRAWALS = [
    ({"credit": NEVER}, "payment.more_than_credit"),
    ({"amount": eur("0.00")}, "command.invalid"),
    ({"amount": eur("1.00", "USD")}, "payment.currency_mismatch"),
    ({"by": OWNER}, "access.role_missing"),
    ({"reason": "ask ann@acme.example"}, "command.invalid"),
]


@pytest.mark.parametrize(("fields", "code"), BAD_WITHDRAWALS)
def test_a_withdrawal_that_makes_no_sense_is_refused(fields: dict[str, Any], code: str):
    """No such credit, nothing, another currency, somebody else, or a person in the reason."""
    story = account().done(GrantCredit, by=SELLER, account="acme", amount=eur("50.00"))
    given = {"by": SELLER, "account": "acme", "credit": lot(story), **fields}
    story.when(WithdrawCredit, **given).refused(code)


# ------------------------------------------------------------------------------ ApplyCredit


def with_goodwill(*amounts: str) -> Story:
    """An open invoice of 120.00, and lots that came after it."""
    story = owing()
    for amount in amounts:
        story = story.done(GrantCredit, by=SELLER, account="acme", amount=eur(amount))
    return story


@pytest.mark.rule("GEN-23")
def test_credit_pays_an_open_invoice_as_far_as_it_goes():
    """Goodwill does so only when it is told to (5.7); the oldest lot first."""
    story = with_goodwill("50.00", "30.00")
    assert due(story) == "120.00"
    story = story.when(ApplyCredit, **named(story)).then(CreditUsed, CreditUsed)
    assert (due(story), credit(story)) == ("40.00", "0.00")

    story = with_goodwill("100.00", "100.00")
    story = story.done(ApplyCredit, **named(story))
    assert (due(story), credit(story)) == ("0.00", "80.00")
    conserved.check(story.state, story.history)


@pytest.mark.rule("GEN-23")
def test_a_given_amount_is_applied_or_refused():
    """More than is due, or than there is, is neither lessened nor taken."""
    story = with_goodwill("50.00")
    done = story.done(ApplyCredit, **named(story), amount=eur("45.00"))
    assert (due(done), credit(done)) == ("75.00", "5.00")
    story.when(ApplyCredit, **named(story), amount=eur("120.01")).refused(
        "payment.more_than_due", "120.00", rule="ALL-09"
    )
    story.when(ApplyCredit, **named(story), amount=eur("50.01")).refused(
        "payment.more_than_credit", "50.00", rule="GEN-23"
    )


@pytest.mark.rule("GEN-23")
def test_without_credit_or_where_nothing_is_due_none_is_applied():
    """What waits for a refund is no credit to spend."""
    story = owing()
    story.when(ApplyCredit, **named(story)).refused("payment.more_than_credit")
    story = paid(with_goodwill("50.00"))
    story.when(ApplyCredit, **named(story)).refused("payment.more_than_due")

    story = noted(paid(owing()), "20.00", settle="refund")
    story = bought(story, "more", "desk", 1, "invoice")
    story.when(ApplyCredit, **named(story, 1)).refused("payment.more_than_credit")


BAD_APPLICATIONS = [
    ({"made": {}}, "invoice.unknown"),
    ({"made": {"invoice": "note"}}, "payment.more_than_due"),
    ({"amount": eur("0.00")}, "command.invalid"),
    ({"amount": eur("1.00", "USD")}, "payment.currency_mismatch"),
    ({"by": OWNER}, "access.role_missing"),
]


@pytest.mark.parametrize(("fields", "code"), BAD_APPLICATIONS)
def test_an_application_that_makes_no_sense_is_refused(fields: dict[str, Any], code: str):
    """No such invoice, a credit note, nothing, another currency, or somebody else."""
    story = with_goodwill("50.00")
    story.when(ApplyCredit, **{**named(story), **fields}).refused(code)
