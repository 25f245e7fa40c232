"""Orders that complete without a payment: by credit that comes, or since a rate fell."""

from datetime import date
from typing import Any

import pytest

from commands.accounts import ChangeBillingDetails
from commands.completion import next_completion
from commands.decision import Command
from commands.due import next_due
from commands.orders import CancelOrder, ExpireOrder, FailCreditCheck, RecordPaymentFailure
from commands.payments import GrantCredit, RecordPayment
from events.accounts import BillingDetailsChanged
from events.credit import CreditGranted, CreditUsed
from events.invoices import InvoiceIssued
from events.orders import OrderCompleted, OrderExpired
from events.payments import PaymentApplied, PaymentRecorded
from tests.support.given import OWNER, SELLER, Story
from tests.support.shop import (
    TAXED,
    bought,
    buyer,
    credit,
    due,
    every,
    invoices,
    plan,
    republished,
    shop,
    sub,
)

LATER = date(2099, 1, 1)


def eur(amount: str) -> dict[str, str]:
    """Money as a caller gives it."""
    return {"amount": amount, "currency": "EUR"}


def waiting(*orders: str, **account: Any) -> Story:
    """Orders of 120.00 each, placed on 1 January in this order, that wait for a transfer."""
    seller = TAXED if account else None
    story = buyer(shop(seller=seller), "2020-01-01", **account)
    for name in orders or ("o1",):
        story = bought(story, f"of-{name}", "desk", 1, "bank", order=name)
    return story


def paid(story: Story, order: str, amount: str) -> Story:
    """The story after a part payment of an order."""
    return story.done(RecordPayment, by=SELLER, order=order, amount=eur(amount))


def granted(story: Story, amount: str) -> Story:
    """The story after credit out of goodwill."""
    return story.done(GrantCredit, by=SELLER, account="acme", amount=eur(amount))


def completed(story: Story) -> list[str]:
    """The orders that completed, in their order."""
    return [fact.order for fact in every(story, OrderCompleted)]


def with_rates(*rates: tuple[str, str, str]) -> dict[str, Any]:
    """The shop with these rates: country, rate, day."""
    vat = [{"country": country, "rate": rate, "from": day} for country, rate, day in rates]
    return shop(seller={**TAXED, "vat": vat})


@pytest.mark.rule("GEN-23")
def test_an_order_completes_by_credit_that_comes():
    """With the credit: the invoice is issued and paid that day, and nothing is left to expire."""
    story = granted(paid(waiting(), "o1", "80.00"), "40.00")

    assert completed(story) == ["o1"]
    assert len(sub(story, "of-o1").usable) == 1
    assert due(story) == credit(story) == "0.00"
    assert story.until("2020-02-01").history == story.history


def test_credit_pays_only_what_the_payments_leave():
    """The money that came for the order pays it first; the rest of the credit stays what it was."""
    story = granted(paid(waiting(), "o1", "80.00"), "50.00")

    assert invoices(story)[0].credit_used.amount == "40.00"
    assert [fact.amount.amount for fact in every(story, PaymentApplied)] == ["80.00"]
    assert [fact.source for fact in every(story, CreditGranted)] == ["goodwill"]
    assert credit(story) == "10.00"


def test_credit_that_does_not_suffice_waits():
    """A cent less, and nothing happens: the credit is there for whatever comes first."""
    story = granted(paid(waiting(), "o1", "80.00"), "39.99")

    assert not completed(story)
    assert credit(story) == "39.99"


@pytest.mark.rule("GEN-23")
def test_the_oldest_order_is_covered_first():
    """Of three, the credit covers one; what is paid of the last lets it complete as well."""
    story = paid(waiting("b", "a", "c"), "c", "100.00")

    assert completed(granted(story, "120.00")) == ["b"]
    assert completed(granted(story, "140.00")) == ["b", "c"]
    assert completed(granted(story, "19.99")) == []
    assert completed(granted(story, "360.00")) == ["b", "a", "c"]


GIVEN_UP: list[tuple[type[Command], str, str]] = [
    (CancelOrder, OWNER, "2020-01-01"),
    (RecordPaymentFailure, SELLER, "2020-01-01"),
    (ExpireOrder, SELLER, "2020-01-15"),
]


@pytest.mark.parametrize(("command", "by", "on"), GIVEN_UP)
def test_what_had_come_for_one_order_completes_another(command: type[Command], by: str, on: str):
    """Of an order that is given up the money is credit, and covers what waits for it."""
    story = paid(waiting("o1", "o2"), "o1", "119.99")
    story = paid(story, "o2", "0.01")
    story = story.done(command, by=by, on=on, order="o1")

    assert completed(story) == ["o2"]
    assert len(sub(story, "of-o2").usable) == 1
    assert credit(story) == "0.00"


def test_an_order_that_waits_for_its_check_is_not_covered_by_credit():
    """What it waits for is the check; when that fails, the others have the credit."""
    story = granted(buyer(shop(), "2020-01-01"), "30.00")
    story = bought(story, "desk", "desk", 1, "invoice", order="o1")

    story = granted(story, "500.00")
    assert not completed(story)
    assert not completed(story.done(FailCreditCheck, by=SELLER, order="o1"))


def test_an_order_without_a_rate_waits_and_refuses_no_credit():
    """Money and credit of the account are taken, whatever cannot be invoiced now."""
    story = waiting(country="FR")
    story = granted(republished(story, with_rates(("DE", "19", "2000-01-01"))), "500.00")

    assert not completed(story)
    assert credit(story) == "500.00"


@pytest.mark.parametrize("over", ["0.00", "0.01"])
def test_details_that_bring_less_tax_complete_an_order(over: str):
    """Reverse charge, say: what has come covers the order without the tax of before.

    What came too much is credit, to the cent.
    """
    story = paid(paid(waiting(country="DE"), "o1", "119.00"), "o1", f"1{over[1:]}")
    assert credit(story) == "0.00"
    story = story.done(ChangeBillingDetails, account="acme", vat_number="DE136695976")

    assert completed(story) == ["o1"]
    assert invoices(story)[0].tax.amount == "0.00"
    assert (credit(story), len(every(story, CreditGranted))) == (over, 1 if over == "0.01" else 0)
    assert len(every(story, BillingDetailsChanged)) == 1


@pytest.mark.rule("GEN-23")
def test_an_order_completes_on_the_day_on_which_its_rate_falls():
    """A known rate has its day, on which the money suffices: before the expiry of that day."""
    rates = ("DE", "19", "2000-01-01"), ("DE", "16", "2020-01-15"), ("FR", "20", "2000-01-01")
    story = buyer(with_rates(*rates), "2020-01-01", country="DE")
    story = bought(story, "desk", "desk", 1, "bank", order="o1")
    story = paid(story, "o1", "139.20")

    assert next_completion(story.state, story.catalogue, date(2020, 1, 14)) is None
    assert next_completion(story.state, story.catalogue, LATER) == (date(2020, 1, 15), "o1")
    found = next_due(story.state, LATER, story.catalogue)
    assert found is not None
    assert found.key == "due/completion/o1/2020-01-15"

    story = story.until("2020-01-20")
    assert completed(story) == ["o1"]
    assert not every(story, OrderExpired)
    assert invoices(story)[0].total.amount == "139.20"
    assert str(invoices(story)[0].tax_on) == "2020-01-15"
    assert next_completion(story.state, story.catalogue, LATER) is None


def test_a_rate_that_is_published_later_completes_an_order():
    """From the day of the account's last change on: the rate was in force by then."""
    story = paid(waiting(country="DE"), "o1", "139.20")
    assert next_completion(story.state, story.catalogue, LATER) is None

    story = republished(story, with_rates(("DE", "16", "2019-07-01")))
    assert next_completion(story.state, story.catalogue, LATER) == (date(2020, 1, 1), "o1")


def test_the_ledger_ends_the_wait_of_a_covered_order_by_completing_it():
    """`ExpireOrder` expires nothing for which all is there, on whatever day it comes."""
    story = paid(waiting(country="DE"), "o1", "139.20")
    story.when(ExpireOrder, by=SELLER, order="o1").refused("command.time_out_of_range")

    story = republished(story, with_rates(("DE", "16", "2020-01-01")))
    for day in ("2020-01-01", "2020-01-15"):
        facts = story.when(ExpireOrder, by=SELLER, order="o1", on=day).facts
        assert OrderCompleted in map(type, facts)
        assert OrderExpired not in map(type, facts)


def test_what_completing_leaves_over_covers_the_next():
    """Too much had come for one order; with the fallen rate its rest pays another."""
    story = waiting("o1", "o2", country="DE")
    story = paid(paid(story, "o1", "142.00"), "o2", "136.40")
    story = republished(story, with_rates(("DE", "16", "2020-01-02"))).until("2020-01-02")

    assert completed(story) == ["o1", "o2"]
    assert credit(story) == "0.00"
    assert [fact.amount.amount for fact in every(story, CreditUsed)] == ["2.80"]
    assert not [fact for fact in every(story, PaymentRecorded) if fact.basis == "at_once"]
    assert [fact.total.amount for fact in every(story, InvoiceIssued)] == ["139.20", "139.20"]


def test_money_that_nothing_is_left_to_pay_for_is_credit():
    """The first payment pays the whole invoice; of the second nothing is applied, not even 0.00."""
    story = paid(paid(waiting(country="DE"), "o1", "139.20"), "o1", "0.50")
    story = republished(story, with_rates(("DE", "16", "2020-01-02"))).until("2020-01-02")

    assert completed(story) == ["o1"]
    assert [fact.amount.amount for fact in every(story, PaymentApplied)] == ["139.20"]
    assert credit(story) == "0.50"


@pytest.mark.rule("GEN-24")
def test_an_order_completes_when_what_was_open_is_paid_and_its_credit_is_free():
    """The 60.00 that are carried over would pay the open invoice first; it is paid by itself."""
    shelf = shop(
        old=plan(product="old", proration={"by": "days"}),
        sofa=plan(product="sofa", payment={"invoice": "on_account"}),
        desk=plan(carries_over_from=["old"]),
    )
    story = bought(buyer(shelf, "2020-01-01"), "old", "old", 1)
    story = bought(story, "sofa", "sofa", 1, "invoice").until("2020-07-02")
    story = bought(story, "desk", "desk", 1, "bank", order="o")
    story = story.done(
        RecordPayment, by=SELLER, order="o", amount={"amount": "60.00", "currency": "EUR"}
    )
    assert not sub(story, "desk").usable

    made = {"invoice": invoices(story)[1].invoice}
    story = story.done(RecordPayment, by=SELLER, invoice="D-2020-000002", made=made)
    assert len(sub(story, "desk").usable) == 1
    assert (credit(story), due(story)) == ("0.00", "0.00")
