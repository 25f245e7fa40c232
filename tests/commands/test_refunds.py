"""Money put right: payments reversed, credit applied, withdrawn and paid out (GEN-23)."""

from typing import Any

import pytest

from commands.credit_notes import IssueCreditNote
from commands.orders import PassCreditCheck
from commands.payments import GrantCredit, RecordPayment
from commands.refunds import ApplyCredit, RecordRefund, ReversePayment, WithdrawCredit
from events.credit import CreditGranted, CreditWithdrawn
from events.payments import PaymentRecorded, PaymentReversed, RefundRecorded
from tests.support.given import OWNER, SELLER, Story
from tests.support.shop import (
    PER_PERIOD,
    bought,
    buyer,
    credit,
    due,
    every,
    invoices,
    shop,
    started,
)

pytestmark = pytest.mark.rule("GEN-23")


def eur(amount: str, currency: str = "EUR") -> dict[str, str]:
    """Money as a caller gives it."""
    return {"amount": amount, "currency": currency}


def unpaid(seats: int = 10) -> Story:
    """An open invoice of 120.00 a seat."""
    story = started(seats, method="invoice")
    return story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0])


def note(story: Story, **fields: Any) -> Story:
    """The story after a credit note on its first invoice."""
    made = {"invoice": invoices(story)[0].invoice}
    return story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", made=made, **fields)


def goodwill(story: Story, amount: str) -> Story:
    """The story after a gift."""
    return story.done(GrantCredit, by=SELLER, account="acme", amount=eur(amount))


def deposited(story: Story, amount: str) -> Story:
    """The story after a payment on the account."""
    return story.done(RecordPayment, by=SELLER, account="acme", amount=eur(amount))


def last(story: Story) -> dict[str, Any]:
    """What names the last payment, for its reversal by the seller."""
    return {"by": SELLER, "payment": every(story, PaymentRecorded)[-1].payment}


# ------------------------------------------------------------------------------------ reversals


def test_a_reversed_payment_opens_its_invoice_again():
    """A chargeback: all that it paid is due; it cannot come a second time."""
    story = started(10)
    outcome = story.when(ReversePayment, **last(story), reason="chargeback")
    story = outcome.then(PaymentReversed)
    fact = outcome.facts[0]

    assert (fact.amount.amount, fact.reason) == ("1200.00", "chargeback")
    assert [(one.amount.amount, one.waived.amount) for one in fact.covers] == [("1200.00", "0.00")]
    assert (due(story), credit(story)) == ("1200.00", "0.00")
    story.when(ReversePayment, **last(story)).refused("payment.unknown", rule="ALL-09")


def test_only_the_seller_puts_payments_right():
    """And only those that there are; who may is asked first."""
    story = started(1)
    story.when(ReversePayment, **{**last(story), "by": OWNER}).refused("access.role_missing")
    story.when(ReversePayment, by=SELLER, payment="no").refused("payment.unknown")


def test_the_credit_that_a_payment_made_goes_with_it():
    """As long as it is unused; a cent of it spent, and the payment stays."""
    story = deposited(started(1), "120.01")
    gone = story.when(ReversePayment, **last(story)).then(PaymentReversed, CreditWithdrawn)
    assert credit(gone) == "0.00"

    spent = bought(story, "more", "desk", 1)
    assert credit(spent) == "0.01"
    spent.when(ReversePayment, **last(story)).refused("payment.already_used", rule="GEN-23")


def test_what_came_back_of_a_paid_invoice_goes_with_the_payment():
    """Half of the invoice was credited: that credit is withdrawn, and only the rest is due."""
    story = started(1)
    payment = last(story)
    story = note(story, lines=[{"line": 1, "amount": eur("60.00")}])
    assert credit(story) == "60.00"
    story = story.done(ReversePayment, **payment)

    (cover,) = every(story, PaymentReversed)[0].covers
    assert (cover.amount.amount, cover.waived.amount) == ("120.00", "60.00")
    assert (due(story), credit(story)) == ("60.00", "0.00")


def test_what_came_back_and_was_spent_keeps_its_payment():
    """A cent of the 60.00 that came back is no longer there."""
    story = started(1)
    payment = last(story)
    story = note(story, lines=[{"line": 1, "amount": eur("60.00")}])
    paid_out = {"account": "acme", "amount": eur("0.01"), "method": "bank"}
    story = story.done(RecordRefund, by=SELLER, **paid_out)
    story.when(ReversePayment, **payment).refused("payment.already_used")


def test_what_went_back_outside_the_ledger_keeps_its_payment():
    """There is no credit to take."""
    story = started(1)
    payment = last(story)
    part = [{"line": 1, "amount": eur("0.01")}]
    story = note(story, lines=part, settle="outside", reason="in cash")
    story.when(ReversePayment, **payment).refused("payment.already_used")


def test_a_part_payment_of_an_order_that_waits_is_reversed():
    """The order waits for all of it again."""
    story = bought(started(1), "more", "desk", 1, "bank", order="o2")
    story = story.done(RecordPayment, by=SELLER, order="o2", amount=eur("20.00"))
    outcome = story.when(ReversePayment, **last(story))
    story = outcome.then(PaymentReversed)

    (cover,) = outcome.facts[0].covers
    assert (cover.order, cover.invoice, cover.amount.amount) == ("o2", None, "20.00")
    story = story.done(RecordPayment, by=SELLER, order="o2")
    assert every(story, PaymentRecorded)[-1].amount.amount == "120.00"


# -------------------------------------------------------------------------------------- refunds

REFUND = {"account": "acme", "method": "bank", "by": SELLER}


def test_credit_is_paid_out_to_the_cent():
    """What waits for its refund first, then what was paid too much, the oldest first."""
    story = deposited(deposited(started(1), "10.00"), "5.00")
    story = note(story, lines=[{"line": 1, "amount": eur("2.00")}], settle="refund")
    lots = [lot.credit for lot in every(story, CreditGranted)]
    story = story.done(RecordRefund, **REFUND, amount=eur("12.01"), reference="R 1")

    fact = every(story, RefundRecorded)[0]
    assert [(part.credit, part.amount.amount) for part in fact.credits] == [
        (lots[2], "2.00"),
        (lots[0], "10.00"),
        (lots[1], "0.01"),
    ]
    assert (fact.reference, fact.refunded_on, credit(story)) == ("R 1", story.on, "4.99")
    story.when(RecordRefund, **REFUND, amount=eur("5.00")).refused(
        "payment.more_than_credit", "Only 4.99 EUR"
    )
    assert credit(story.done(RecordRefund, **REFUND, amount=eur("4.99"))) == "0.00"


def test_a_gift_is_not_paid_out():
    """Goodwill is no money that came in."""
    story = goodwill(started(1), "5.00")
    story.when(RecordRefund, **REFUND, amount=eur("0.01")).refused(
        "payment.more_than_credit", "Only 0.00 EUR", rule="GEN-23"
    )


def test_no_more_is_paid_out_than_came_in():
    """An invoice paid by goodwill and credited gives credit, and still nothing came in."""
    story = bought(goodwill(buyer(shop(), "2020-01-01"), "120.00"), "desk", "desk", 1)
    story = deposited(note(story), "1.00")
    assert credit(story) == "121.00"
    story.when(RecordRefund, **REFUND, amount=eur("1.01")).refused("payment.more_than_credit")
    story = story.done(RecordRefund, **REFUND, amount=eur("1.00"))
    story.when(RecordRefund, **REFUND, amount=eur("0.01")).refused("payment.more_than_credit")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": eur("0.00")}, "command.invalid"),
        ({"amount": eur("-0.01")}, "command.invalid"),
        ({"amount": eur("0.01"), "refunded_on": "2020-01-02"}, "command.invalid"),
        ({"amount": eur("0.01"), "by": OWNER}, "access.role_missing"),
        ({"amount": eur("0.01", "USD")}, "payment.currency_mismatch"),
    ],
)
def test_what_is_no_refund_is_refused(fields: dict[str, Any], code: str):
    """Nothing or less, a day to come, somebody else, other money."""
    deposited(started(1), "1.00").when(RecordRefund, **{**REFUND, **fields}).refused(code)


def test_a_refund_may_bear_an_earlier_day():
    """The day on which it was paid out, today at the latest."""
    story = deposited(started(1), "1.00")
    for day in ("2019-12-31", "2020-01-01"):
        outcome = story.when(RecordRefund, **REFUND, amount=eur("0.01"), refunded_on=day)
        outcome.accepted()
        assert str(outcome.facts[0].refunded_on) == day


# ----------------------------------------------------------------------------------- withdrawals


def test_credit_is_withdrawn_in_part_and_whole():
    """A cent of it, then all that is left; then there is nothing to withdraw."""
    story = goodwill(started(1), "5.00")
    lot = {"account": "acme", "credit": every(story, CreditGranted)[0].credit, "by": SELLER}
    story.when(WithdrawCredit, **lot, amount=eur("5.01")).refused(
        "payment.more_than_credit", "Only 5.00 EUR", rule="GEN-23"
    )
    assert credit(story.done(WithdrawCredit, **lot, amount=eur("5.00"))) == "0.00"
    story = story.done(WithdrawCredit, **lot, amount=eur("0.01"), reason="a slip")
    assert every(story, CreditWithdrawn)[0].reason == "a slip"
    assert credit(story) == "4.99"
    story = story.done(WithdrawCredit, **lot)
    assert credit(story) == "0.00"
    story.when(WithdrawCredit, **lot).refused("payment.more_than_credit")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": eur("0.00")}, "command.invalid"),
        ({"amount": eur("-0.01")}, "command.invalid"),
        ({"by": OWNER}, "access.role_missing"),
        ({"amount": eur("0.01", "USD")}, "payment.currency_mismatch"),
        ({"credit": "no"}, "payment.more_than_credit"),
        ({"credit": "no", "amount": eur("0.01")}, "payment.more_than_credit"),
    ],
)
def test_what_cannot_be_withdrawn_is_refused(fields: dict[str, Any], code: str):
    """Nothing or less, by somebody else, other money, credit that there never was."""
    story = goodwill(started(1), "5.00")
    lot = {"account": "acme", "credit": every(story, CreditGranted)[0].credit, "by": SELLER}
    story.when(WithdrawCredit, **{**lot, **fields}).refused(code)


# ---------------------------------------------------------------------------------- applications


def test_credit_pays_an_open_invoice_when_it_is_applied():
    """A part, then as far as it goes, the oldest lot first."""
    story = goodwill(goodwill(unpaid(1), "0.02"), "50.00")
    one = {"invoice": "D-2020-000001", "by": SELLER, "made": {"invoice": _first(story)}}
    assert due(story) == "120.00"
    story.when(ApplyCredit, **one, amount=eur("50.03")).refused(
        "payment.more_than_credit", "50.02 EUR", rule="GEN-23"
    )
    assert credit(story.done(ApplyCredit, **one, amount=eur("50.02"))) == "0.00"
    story = story.done(ApplyCredit, **one, amount=eur("0.03"))
    assert (due(story), credit(story)) == ("119.97", "49.99")
    story = story.done(ApplyCredit, **one)
    assert (due(story), credit(story)) == ("69.98", "0.00")
    story.when(ApplyCredit, **one).refused("payment.more_than_credit")


def test_no_more_credit_is_applied_than_is_due():
    """All of it at most, and then nothing."""
    story = goodwill(unpaid(1), "150.00")
    one = {"invoice": "D-2020-000001", "by": SELLER, "made": {"invoice": _first(story)}}
    story.when(ApplyCredit, **one, amount=eur("120.01")).refused(
        "payment.more_than_due", "Only 120.00 EUR"
    )
    assert due(story.done(ApplyCredit, **one, amount=eur("120.00"))) == "0.00"
    story = story.done(ApplyCredit, **one)
    assert (due(story), credit(story)) == ("0.00", "30.00")
    story.when(ApplyCredit, **one).refused("payment.more_than_due")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": eur("0.00")}, "command.invalid"),
        ({"amount": eur("-0.01")}, "command.invalid"),
        ({"made": {}}, "invoice.unknown"),
        ({"by": OWNER}, "access.role_missing"),
        ({"amount": eur("0.01", "USD")}, "payment.currency_mismatch"),
        ({"made": {"invoice": "note"}}, "payment.more_than_due"),
    ],
)
def test_what_cannot_be_applied_is_refused(fields: dict[str, Any], code: str):
    """Nothing or less, no such invoice, somebody else, other money, what is never due."""
    story = goodwill(unpaid(1), "5.00")
    one = {"invoice": "D-2020-000001", "by": SELLER, "made": {"invoice": _first(story)}}
    story.when(ApplyCredit, **{**one, **fields}).refused(code)


def _first(story: Story) -> str:
    return invoices(story)[0].invoice


def test_a_cent_is_paid_like_any_amount():
    """An invoice of a cent: paid at once, reversed, paid by a cent of credit."""
    cent = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "0.01"}]}
    story = started(1, price=cent)
    assert (due(story), every(story, PaymentRecorded)[0].amount.amount) == ("0.00", "0.01")
    story = story.done(ReversePayment, **last(story))
    assert due(story) == "0.01"
    story = goodwill(story, "0.01")
    one = {"invoice": "D-2020-000001", "by": SELLER, "made": {"invoice": _first(story)}}
    assert due(story.done(ApplyCredit, **one)) == "0.00"
