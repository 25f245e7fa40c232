"""Carried over: what one subscription has not used up pays for another (EV-06, EV-19)."""

from typing import Any

import pytest

from commands.buying import AddSeats
from commands.orders import CancelOrder, PassCreditCheck
from commands.payments import RecordPayment
from commands.subscriptions import CancelSubscription, ChangePlan
from commands.trials import ConvertTrial, StartTrial
from events.credit import CreditGranted
from events.subscriptions import SubscriptionCancelled
from tests.given import SELLER, Story, given
from tests.shop import (
    MONTHLY,
    PER_PERIOD,
    TAXED,
    bought,
    buyer,
    credit,
    due,
    every,
    invoices,
    plan,
    shop,
    started,
    sub,
)


def two_plans(seller: Any = None, **old: Any) -> dict[str, Any]:
    """An old plan, and a new one that it is carried over to."""
    return shop(
        seller=seller,
        old=plan(product="old", **old),
        desk=plan(carries_over_from=["old"]),
    )


def having(on: str = "2020-01-01", seats: int = 1, method: str = "card", **old: Any) -> Story:
    """An account with a subscription `old`."""
    account = old.pop("account", {})
    story = buyer(two_plans(old.pop("seller", None), **old), on, **account)
    return bought(story, "old", "old", seats, method)


def lots(story: Story) -> list[str]:
    """The amounts of the carried-over credit, in order."""
    granted = every(story, CreditGranted)
    return [lot.amount.amount for lot in granted if lot.source == "carried_over"]


@pytest.mark.rule("EV-06", "EV-19")
def test_the_unused_credit_of_the_old_plan_pays_for_the_new_one():
    """The old one stays active to its end, renews no more, and the reduction is worked out."""
    story = given("expressvpn").account()
    story = bought(story, "own", "individual-12m", 1)
    story = bought(story, "team", "volume-12m", 5, on="2020-10-25")

    assert lots(story) == ["66.56"]
    invoice = invoices(story)[-1]
    assert (invoice.total.amount, invoice.credit_used.amount) == ("499.20", "66.56")
    assert (due(story), credit(story)) == ("0.00", "0.00")
    assert len(sub(story, "own").usable) == 1
    assert not sub(story, "own").renewing
    assert sub(story.until("2021-06-25"), "own").ended


@pytest.mark.rule("EV-19")
def test_what_is_left_of_the_credit_stays():
    """Never below zero to pay: the rest pays later invoices."""
    story = bought(having(seats=10), "new", "desk", 1, on="2020-02-01")
    assert (invoices(story)[-1].credit_used.amount, credit(story)) == ("120.00", "980.00")
    assert bought(story, "more", "desk", 1).state.books.credit[0].left.amount == "860.00"


LEFT = [
    ({}, "2020-07-01", "60.00"),
    ({}, "2020-07-16", "55.16"),
    ({"proration": {"by": "months", "started_month": "up"}}, "2020-07-16", "60.00"),
    ({"proration": {"by": "months", "started_month": "down"}}, "2020-07-16", "50.00"),
    ({"proration": {"by": "days"}}, "2020-07-02", "60.00"),
    ({"proration": {"by": "days"}, "price": PER_PERIOD}, "2020-07-02", "60.00"),
    ({"price": PER_PERIOD}, "2020-07-01", "60.00"),
    ({"proration": {"by": "none"}}, "2020-12-31", "120.00"),
    ({"proration": {"by": "seconds"}}, "2020-07-02", "59.84"),
]


@pytest.mark.rule("EV-06")
@pytest.mark.parametrize(("old", "on", "amount"), LEFT)
def test_the_part_left_goes_by_the_old_plans_proration(old: dict[str, Any], on: str, amount: str):
    """Whole and started months, days, seconds (at noon), none; prices per month or term."""
    assert lots(bought(having(**old), "new", "desk", 1, on=on)) == [amount]


def test_the_same_day_all_of_it_is_carried_over():
    """Nothing was used yet."""
    assert lots(bought(having(), "new", "desk", 1)) == ["120.00"]


def test_seats_that_were_added_later_have_more_of_their_charge_left():
    """Each charge gives what lies in the time left: half of the first, all of the last."""
    story = having().done(AddSeats, subscription="old", quantity=1, on="2020-07-01")
    story = bought(story, "new", "desk", 1)
    assert lots(story) == ["120.00"]

    (lot,) = every(story, CreditGranted)
    assert [part.amount.amount for part in lot.of.charges] == ["60.00", "60.00"]


def test_tax_comes_back_with_it():
    """The credit includes the tax of the invoice, by category, rate and country."""
    story = having(seats=1, seller=TAXED, account={"country": "DE"})
    story = bought(story, "new", "desk", 10, on="2020-07-16")
    (lot,) = every(story, CreditGranted)

    assert lot.amount.amount == "65.64"
    assert [(tax.category, str(tax.rate), tax.country, tax.amount.amount) for tax in lot.tax] == [
        ("S", "19", "DE", "10.48")
    ]
    assert lot.of.charges[0].amount.amount == "55.16"


def test_what_was_carried_over_once_is_not_carried_over_again():
    """A second purchase finds nothing left of the old term, a later one less than nothing."""
    story = bought(having(), "new", "desk", 1, on="2020-07-01")
    for on in ("2020-07-01", "2020-10-01"):
        story = bought(story, f"new-{on}", "desk", 1, on=on)

    assert lots(story) == ["60.00"]
    assert len(every(story, SubscriptionCancelled)) == 1


def test_seats_added_after_it_are_carried_over_by_the_next_purchase():
    """They were charged later, and nothing of that has been given back."""
    story = bought(having(), "new", "desk", 1, on="2020-07-01")
    story = story.done(AddSeats, subscription="old", quantity=1)
    assert not sub(story, "old").renewing

    assert lots(bought(story, "newer", "desk", 1, on="2020-10-01")) == ["60.00", "30.00"]


@pytest.mark.rule("EV-17")
def test_a_cancelled_subscription_is_carried_over_too():
    """Its time has been paid for; nothing more is switched off."""
    story = having().done(CancelSubscription, subscription="old")
    story = bought(story, "new", "desk", 1, on="2020-07-01")
    assert lots(story) == ["60.00"]
    assert len(every(story, SubscriptionCancelled)) == 1


@pytest.mark.rule("EV-06", "EV-18")
def test_new_seats_chosen_for_after_the_end_do_not_come():
    """They would renew what was to renew no more."""
    story = having().done(CancelSubscription, subscription="old")
    story = story.done(ChangePlan, subscription="old", plan="old", seats=2)
    story = bought(story, "new", "desk", 1, on="2020-07-01")

    assert not sub(story, "old").goes_on
    assert sub(story.until("2021-01-01"), "old").ended


def test_trials_and_other_plans_are_left_alone():
    """Only what was charged for subscriptions of the named plans is carried over."""
    catalogue = shop(
        old=plan(product="old", trial={"days": 30}),
        other=plan(product="other"),
        desk=plan(carries_over_from=["old"]),
    )
    story = buyer(catalogue, "2020-01-01")
    story = story.done(StartTrial, account="acme", subscription="t", plan="old", seats=1)
    story = bought(story, "other", "other", 1)
    story = bought(story, "new", "desk", 1)

    assert lots(story) == []
    assert sub(story, "other").renewing


def test_credit_comes_with_the_completion_never_before():
    """An order that waits has switched nothing off; paid later, less is left."""
    story = bought(having(), "new", "desk", 1, "bank", order="o2", on="2020-06-25")
    assert sub(story, "old").renewing
    assert not lots(story)
    assert not lots(story.done(CancelOrder, order="o2"))

    story = story.done(RecordPayment, by=SELLER, order="o2", on="2020-07-01")
    assert lots(story) == ["60.00"]
    assert not sub(story, "old").renewing


def test_what_is_due_for_an_order_that_waits_counts_the_credit_to_come():
    """So that the payment is what the invoice will ask for."""
    story = bought(having(), "new", "desk", 1, "bank", order="o2", on="2020-07-01")
    story = story.done(RecordPayment, by=SELLER, order="o2")
    assert story.history[-1].amount.amount == "60.00"
    assert (due(story), credit(story)) == ("0.00", "0.00")


def test_a_charge_that_waits_for_its_statement_is_carried_over_with_its_tax():
    """As it would be taxed that day; the statement holds the charge whole."""
    old = {**MONTHLY, "seller": TAXED, "account": {"country": "FR"}}
    story = bought(having(method="invoice", **old), "new", "desk", 1, on="2020-01-01")
    assert lots(story) == ["144.00"]
    story = story.until("2020-02-01")
    assert invoices(story)[-1].total.amount == "144.00"


def test_after_a_check_the_present_term_counts():
    """The order waited across a renewal: what is left of the new term is carried over."""
    story = bought(having(), "new", "desk", 1, "invoice", order="o2", on="2020-12-30")
    story = story.until("2021-07-01").done(PassCreditCheck, by=SELLER, order="o2")
    assert lots(story) == ["60.00"]


def test_a_free_subscription_leaves_nothing_to_carry_over():
    """Its renewal is switched off all the same."""
    free = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "0.00"}]}
    story = bought(having(price=free, proration={"by": "days"}), "new", "desk", 1)
    assert not lots(story)
    assert not sub(story, "old").renewing
    assert not every(started(1), CreditGranted)


@pytest.mark.rule("EV-06")
def test_a_trial_that_is_bought_is_a_purchase_of_its_plan():
    """With the conversion the old plan's unused value is carried over, not with the trial."""
    catalogue = shop(
        old=plan(product="old"), desk=plan(carries_over_from=["old"], trial={"days": 30})
    )
    story = bought(buyer(catalogue, "2020-01-01"), "old", "old", 1)
    fields = {"account": "acme", "subscription": "t", "plan": "desk", "seats": 1}
    story = story.done(StartTrial, **fields, on="2020-06-15")
    assert not lots(story)
    story = story.done(ConvertTrial, subscription="t", payment_method="card", on="2020-07-01")
    assert lots(story) == ["60.00"]
    assert not sub(story, "old").renewing
