"""What comes back pays what is open, oldest document first; what a note claims is opened again."""

from typing import Any

import pytest

from commands.credit_notes import IssueCreditNote
from commands.orders import PassCreditCheck
from commands.payments import GrantCredit, RecordPayment
from commands.purchases import AddSeats
from commands.refunds import ApplyCredit, RecordRefund, ReversePayment
from events.credit import CreditUsed, CreditUseReversed, CreditWithdrawn
from events.payments import PaymentRecorded
from tests.support.given import SELLER, Story
from tests.support.shop import bought, buyer, credit, due, every, invoices, notes, shop, started

TIERS = [{"from": 1, "amount": "10.00"}, {"from": 11, "amount": "1.00"}]
BELOW: dict[str, Any] = {
    "change_resets_term": True,
    "proration": {"by": "days"},
    "price": {"per": "month", "tiering": "volume", "tiers": TIERS},
}


def eur(amount: str) -> dict[str, str]:
    """Money as a caller gives it."""
    return {"amount": amount, "currency": "EUR"}


def opened(story: Story, name: str) -> Story:
    """One open invoice of 120.00 more."""
    story = bought(story, name, "desk", 1, "invoice")
    return story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0])


def note(story: Story, index: int, amount: str | None = None) -> Story:
    """The story after a note on an invoice, or on so much of its first line."""
    made = {"invoice": invoices(story)[index].invoice}
    parts = {"lines": [{"line": 1, "amount": eur(amount)}]} if amount else {}
    return story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", made=made, **parts)


def used(story: Story) -> list[str]:
    """How much each use of credit paid."""
    return [fact.amount.amount for fact in every(story, CreditUsed)]


def test_what_comes_back_pays_the_oldest_open_document_first():
    """120.01 of 240.00 back: 120.00 for the first that is open, a cent for the next."""
    story = opened(opened(started(2), "a"), "b")
    story = note(story, 0, "120.01")
    assert [due(story, index) for index in (1, 2)] == ["0.00", "119.99"]
    assert (used(story), credit(story)) == (["120.00", "0.01"], "0.00")
    story = note(story, 0, "119.99")
    assert [due(story, index) for index in (1, 2)] == ["0.00", "0.00"]
    assert (used(story)[2:], credit(story)) == (["119.99"], "0.00")


def test_a_gift_and_money_on_the_account_pay_nothing_that_is_open():
    """They are applied by hand; what is bought later they pay."""
    story = opened(started(1), "a")
    story = story.done(GrantCredit, by=SELLER, account="acme", amount=eur("5.00"))
    story = story.done(RecordPayment, by=SELLER, account="acme", amount=eur("5.00"))
    assert (due(story), credit(story)) == ("120.00", "10.00")


def test_what_a_reversal_opened_stays_open():
    """The buyer's bank took 120.00 back: that is due, whatever comes back of something else."""
    story = bought(started(1), "b", "desk", 2)
    first = every(story, PaymentRecorded)[0].payment
    story = story.done(ReversePayment, by=SELLER, payment=first)
    story = note(story, 1)
    assert (due(story, 0), credit(story)) == ("120.00", "240.00")


def test_of_a_document_that_is_open_in_part_by_a_reversal_only_the_rest_is_paid():
    """20.00 of 120.00 were paid and reversed: 100.00 can be paid by what comes back."""
    story = opened(started(2), "a")
    pay = {"invoice": "D-2020-000002", "made": {"invoice": invoices(story)[1].invoice}}
    story = story.done(RecordPayment, by=SELLER, amount=eur("20.00"), **pay)
    last = every(story, PaymentRecorded)[-1].payment
    story = note(story.done(ReversePayment, by=SELLER, payment=last), 0)
    assert (due(story, 1), credit(story)) == ("20.00", "140.00")


def test_lots_pay_one_after_the_other():
    """The oldest first, as far as it goes, and no use of nothing."""
    story = opened(started(1), "a")
    for amount in ("1.00", "2.00", "3.00"):
        story = story.done(GrantCredit, by=SELLER, account="acme", amount=eur(amount))
    one = {"invoice": "D-2020-000002", "made": {"invoice": invoices(story)[1].invoice}}
    story = story.done(ApplyCredit, by=SELLER, amount=eur("3.00"), **one)
    assert (used(story), due(story), credit(story)) == (["1.00", "2.00"], "117.00", "3.00")


def test_the_last_cent_comes_from_the_next_lot():
    """What is applied is paid to the cent, and so is what was open by a cent."""
    story = opened(started(1), "a")
    for amount in ("1.00", "2.00"):
        story = story.done(GrantCredit, by=SELLER, account="acme", amount=eur(amount))
    one = {"invoice": "D-2020-000002", "made": {"invoice": invoices(story)[1].invoice}}
    story = story.done(ApplyCredit, by=SELLER, amount=eur("1.01"), **one)
    assert (used(story), due(story), credit(story)) == (["1.00", "0.01"], "118.99", "1.99")

    story = story.done(RecordPayment, by=SELLER, amount=eur("118.98"), **one)
    story = note(opened(story, "b"), 0, "0.01")
    assert (used(story)[3:], due(story, 1), due(story)) == (["0.01"], "0.00", "118.01")


def below_zero() -> Story:
    """A billing date moved for a dearer term: 1068.00 came back on the second document."""
    return started(10, **BELOW).done(AddSeats, subscription="desk", quantity=1)


@pytest.mark.rule("GEN-22")
def test_a_note_on_a_document_below_zero_opens_what_it_paid_first():
    """1000.00 of the credit paid another invoice: that is due again, the other 68.00 go."""
    story = below_zero()
    story = bought(story, "other", "desk", 8)
    assert (invoices(story)[-1].credit_used.amount, credit(story)) == ("960.00", "108.00")
    story = note(story, 1)
    assert notes(story)[0].total.amount == "1068.00"
    assert [one.amount.amount for one in every(story, CreditUseReversed)] == ["960.00"]
    assert [one.amount.amount for one in every(story, CreditWithdrawn)] == ["960.00", "108.00"]
    assert (due(story, 2), credit(story)) == ("960.00", "0.00")


@pytest.mark.rule("GEN-22")
def test_a_note_above_zero_takes_other_credit_where_its_own_was_paid_out():
    """A cent too little, and it is refused; with it, all goes."""
    story = below_zero()
    refund = {"account": "acme", "method": "bank", "by": SELLER}
    story = story.done(RecordRefund, **refund, amount=eur("1.00"))
    gift = {"account": "acme", "by": SELLER}
    poor = story.done(GrantCredit, **gift, amount=eur("0.99"))
    made = {"invoice": invoices(story)[1].invoice}
    fields = {"by": SELLER, "invoice": "D-2020-000002", "made": made}
    poor.when(IssueCreditNote, **fields).refused("payment.already_used", "0.01 EUR")
    rich = story.done(GrantCredit, **gift, amount=eur("1.01")).done(IssueCreditNote, **fields)
    assert credit(rich) == "0.01"
    richer = story.done(GrantCredit, **gift, amount=eur("1.00"))
    richer = richer.done(GrantCredit, **gift, amount=eur("5.00")).done(IssueCreditNote, **fields)
    withdrawn = [one.amount.amount for one in every(richer, CreditWithdrawn)]
    assert (withdrawn, credit(richer)) == (["1067.00", "1.00"], "5.00")


@pytest.mark.rule("GEN-22")
def test_what_came_back_of_an_invoice_is_not_opened_again():
    """The invoice that the credit paid was credited itself: that credit is taken instead."""
    story = bought(below_zero(), "other", "desk", 8)
    story = note(story, 2)
    assert credit(story) == "1068.00"
    story = note(story, 1)
    assert every(story, CreditUseReversed) == []
    assert (due(story, 2), credit(story)) == ("0.00", "0.00")


def test_nothing_that_comes_back_makes_no_lot():
    """An open invoice is credited: no credit, and no use of any."""
    story = note(opened(buyer(shop(), "2020-01-01"), "a"), 0)
    assert (used(story), dict(story.state.books.lots.by_id)) == ([], {})
