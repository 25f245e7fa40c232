"""Money that is reported: for an order, an invoice or the account; credit that is granted."""

import pytest

from commands.orders import CancelOrder
from commands.payments import GrantCredit, RecordPayment
from events.credit import CreditGranted
from events.invoices import InvoiceIssued, NumberGiven
from events.money import Money
from events.orders import OrderCompleted
from events.payments import PaymentApplied, PaymentRecorded
from events.seats import SeatsAdded
from events.subscriptions import SubscriptionEnded
from tests.support.given import OWNER, SELLER, Story
from tests.support.shop import (
    PER_PERIOD,
    bought,
    buyer,
    credit,
    due,
    every,
    invoices,
    plan,
    shop,
    started,
)

COMPLETION = (OrderCompleted, SeatsAdded)


def eur(amount: str, currency: str = "EUR") -> dict[str, str]:
    """Money as a caller gives it."""
    return {"amount": amount, "currency": currency}


def waiting(seats: int = 10) -> Story:
    """An order of 1200.00 that waits for a bank transfer, called o1."""
    return bought(buyer(shop(), "2020-01-01"), "desk", "desk", seats, "bank", order="o1")


def owing() -> Story:
    """An open invoice of 1200.00: a renewal by bank."""
    return waiting().done(RecordPayment, by=SELLER, order="o1").until("2021-01-01")


def last(story: Story) -> dict[str, str]:
    """What the service looks up of an invoice's number: the id of the last one."""
    return {"invoice": invoices(story)[-1].invoice}


@pytest.mark.rule("PA-04", "PA-05")
def test_seats_become_usable_when_all_is_paid():
    """Nothing is usable nor invoiced before; with the payment the invoice is issued and paid."""
    story = waiting()
    assert not every(story, InvoiceIssued)
    assert not story.state.subscriptions["desk"].usable

    outcome = story.when(RecordPayment, by=SELLER, order="o1", on="2020-01-08")
    kinds = [type(fact) for fact in outcome.facts]

    assert kinds[:3] == [PaymentRecorded, *COMPLETION]
    assert kinds[4:] == [InvoiceIssued, NumberGiven, PaymentApplied]
    assert len(outcome.story.state.subscriptions["desk"].usable) == 10
    assert str(invoices(outcome.story)[0].issued_on) == "2020-01-08"
    assert str(invoices(outcome.story)[0].lines[0].period.start) == "2020-01-01"
    assert due(outcome.story) == "0.00"


def test_part_payments_add_up():
    """An order completes with the part that makes it whole, and not before."""
    story = waiting()
    for amount in ("500.00", "699.99"):
        story = story.when(RecordPayment, by=SELLER, order="o1", amount=eur(amount)).then(
            PaymentRecorded
        )
    story.when(RecordPayment, by=SELLER, order="o1", amount=eur("0.02")).refused(
        "payment.more_than_due", "0.01 EUR", "RecordPayment on the account"
    )
    story = story.done(RecordPayment, by=SELLER, order="o1", amount=eur("0.01"))

    applied = [fact.amount.amount for fact in every(story, PaymentApplied)]
    assert applied == ["500.00", "699.99", "0.01"]
    assert due(story) == "0.00"
    assert credit(story) == "0.00"


def test_what_came_for_an_order_that_is_withdrawn_becomes_credit():
    """Part payments are not lost: each becomes a lot of credit, and there is no invoice."""
    story = waiting().done(RecordPayment, by=SELLER, order="o1", amount=eur("500.00"))
    story = story.done(RecordPayment, by=SELLER, order="o1", amount=eur("60.00"))
    story = story.done(CancelOrder, order="o1")

    assert credit(story) == "560.00"
    assert [fact.source for fact in every(story, CreditGranted)] == ["overpayment"] * 2
    assert not invoices(story)


def test_credit_that_comes_meanwhile_lowers_what_is_due():
    """It pays what the payments leave; what comes then completes the order."""
    story = waiting().done(RecordPayment, by=SELLER, order="o1", amount=eur("1000.00"))
    story = story.done(GrantCredit, by=SELLER, account="acme", amount=eur("150.00"))
    story.when(RecordPayment, by=SELLER, order="o1", amount=eur("50.01")).refused(
        "payment.more_than_due"
    )
    story = story.done(RecordPayment, by=SELLER, order="o1")

    assert invoices(story)[0].credit_used == Money(15000, "EUR")
    assert len(every(story, PaymentRecorded)) == 2
    assert credit(story) == "0.00"


def test_an_order_that_credit_covers_completes_at_once():
    """There is nothing to wait for; the rest of the credit stays."""
    story = buyer(shop(), "2020-01-01")
    story = story.done(GrantCredit, by=SELLER, account="acme", amount=eur("1300.00"))
    story = bought(story, "desk", "desk", 10, "bank")

    assert len(story.state.subscriptions["desk"].usable) == 10
    assert credit(story) == "100.00"
    assert not every(story, PaymentRecorded)


def test_an_open_invoice_is_paid_in_parts():
    """Each part lowers what is due; without an amount it is all that is due."""
    story = owing()
    assert due(story) == "1200.00"
    number = {"invoice": "D-2021-000001", "by": SELLER, "made": last(story)}

    story = story.when(RecordPayment, **number, amount=eur("200.00")).then(PaymentRecorded)
    assert due(story) == "1000.00"
    story.when(RecordPayment, **number, amount=eur("1000.01")).refused("payment.more_than_due")
    story = story.done(RecordPayment, **number)

    assert due(story) == "0.00"
    story.when(RecordPayment, **number).refused("payment.more_than_due")


def test_money_for_the_account_becomes_credit():
    """Money is never turned away: it pays the next invoice."""
    story = buyer(shop(), "2020-01-01")
    story = story.when(
        RecordPayment, by=SELLER, account="acme", amount=eur("100.00"), reference="B 1"
    ).then(PaymentRecorded, CreditGranted)
    story = bought(story, "desk", "desk", 1)

    assert invoices(story)[0].credit_used == Money(10000, "EUR")
    assert [part.amount.amount for part in every(story, PaymentRecorded)] == ["100.00", "20.00"]


@pytest.mark.rule("MS-11")
def test_a_payment_at_once_is_expected_within_two_days():
    """A reported payment says when it was received instead."""
    at_once = every(started(1), PaymentRecorded)[0]
    reported = every(waiting(1).done(RecordPayment, by=SELLER, order="o1"), PaymentRecorded)[0]

    assert (at_once.basis, str(at_once.expected_by)) == ("at_once", "2020-01-03")
    assert (reported.basis, str(reported.received_on)) == ("reported", "2020-01-01")


@pytest.mark.rule("EV-19")
def test_lots_of_credit_are_used_oldest_first():
    """A lot is used up before the next is touched."""
    story = buyer(shop(), "2020-01-01")
    for amount in ("50.00", "100.00", "200.00"):
        story = story.done(GrantCredit, by=SELLER, account="acme", amount=eur(amount))
    story = bought(story, "desk", "desk", 1)

    assert [lot.left.amount for lot in story.state.books.lots.spendable] == ["30.00", "200.00"]


TWO_WRONG = [
    ({"order": "no", "by": OWNER}, "order.unknown"),
    ({"order": "o1", "by": OWNER, "amount": eur("9999.00", "USD")}, "access.role_missing"),
    ({"order": "o1", "by": OWNER, "amount": eur("0.00")}, "command.invalid"),
    ({"order": "no", "by": SELLER, "amount": eur("-1.00")}, "command.invalid"),
    ({"order": "done", "by": SELLER, "amount": eur("9.00", "USD")}, "order.not_pending"),
    ({"order": "o1", "by": SELLER, "amount": eur("9999.00", "USD")}, "payment.currency_mismatch"),
    ({"invoice": "no", "by": OWNER}, "invoice.unknown"),
    ({"account": "acme", "by": OWNER}, "command.invalid"),
    ({"account": "acme", "by": OWNER, "amount": eur("1.00", "USD")}, "access.role_missing"),
    ({"account": "acme", "by": SELLER, "amount": eur("1.00", "USD")}, "payment.currency_mismatch"),
]


@pytest.mark.parametrize(("fields", "code"), TWO_WRONG)
def test_of_two_wrongs_the_first_in_order_is_answered(fields: dict[str, object], code: str):
    """Command, unknown ids, access, order, payment."""
    story = bought(waiting(), "other", "desk", 1, order="done")
    story.when(RecordPayment, **fields).refused(code)


CREDIT_WRONG = [
    (OWNER, eur("0.00"), "command.invalid"),
    (OWNER, eur("1.00", "USD"), "access.role_missing"),
    (SELLER, eur("1.00", "USD"), "payment.currency_mismatch"),
    (SELLER, {"amount": 1, "currency": "EUR"}, "command.invalid"),
    (SELLER, eur("10000000000000.01"), "command.invalid"),
    (SELLER, eur("1.001"), "command.invalid"),
]


@pytest.mark.parametrize(("by", "amount", "code"), CREDIT_WRONG)
def test_credit_is_granted_by_the_seller_in_its_currency(by: str, amount: object, code: str):
    """More than nothing, in the seller's currency, by the seller."""
    buyer(shop(), "2020-01-01").when(GrantCredit, by=by, account="acme", amount=amount).refused(
        code
    )


def test_a_reason_for_credit_names_nobody():
    """A reason is kept for ever, so it holds no address."""
    story = buyer(shop(), "2020-01-01")
    grant = {"by": SELLER, "account": "acme", "amount": eur("1.00")}

    story.when(GrantCredit, **grant, reason="for ann@acme.example").refused("command.invalid")
    story.when(GrantCredit, **grant, reason="a late delivery").then(CreditGranted)


def test_a_price_of_nothing_needs_no_payment_and_no_invoice():
    """Nothing to charge, no invoice: the order completes at once, whatever pays it."""
    free = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "0.00"}]}
    for method in ("card", "bank"):
        story = started(3, method=method, price=free, proration={"by": "days"})

        assert len(story.state.subscriptions["desk"].usable) == 3
        assert not invoices(story)
        assert not every(story, PaymentRecorded)
        assert not every(story, SubscriptionEnded)


def test_an_invoice_of_another_account_is_unknown():
    """Only what the service found behind a number can be paid."""
    story = buyer(shop(desk=plan()), "2020-01-01")
    story.when(RecordPayment, by=SELLER, invoice="D-2020-000009").refused("invoice.unknown")
    story.when(
        RecordPayment, by=SELLER, invoice="D-2020-000002", made={"invoice": "a credit note"}
    ).refused("payment.more_than_due")


@pytest.mark.parametrize(("given", "recorded"), [({}, "bank"), ({"method": "cheque"}, "cheque")])
def test_a_payment_of_an_order_bears_its_method_unless_another_is_given(
    given: dict[str, str], recorded: str
):
    """What came by another way than was ordered says so."""
    story = bought(buyer(shop(), "2020-01-01"), "desk", "desk", 1, "bank", order="o")
    story = story.done(RecordPayment, by=SELLER, order="o", **given)
    assert [fact.method for fact in every(story, PaymentRecorded)] == [recorded]
