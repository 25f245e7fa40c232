"""Carried over: what one subscription has not used up pays for another (EV-06, EV-19)."""

from typing import Any

import pytest

from commands.carts import AddToCart, PlaceOrder, RemoveFromCart
from commands.credit_notes import IssueCreditNote
from commands.orders import CancelOrder, PassCreditCheck
from commands.payments import RecordPayment
from commands.purchases import AddSeats
from commands.removals import EnableAutoRenew, RemoveSeats
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription, ChangePlan, KeepSubscription
from commands.trials import ConvertTrial, StartTrial
from events.credit import CreditGranted
from events.payments import PaymentRecorded
from events.seats import SeatsEnded
from events.subscriptions import SubscriptionCancelled, SubscriptionCarriedOver, SubscriptionEnded
from tests.support.given import SELLER, Story, given
from tests.support.shop import (
    MONTHLY,
    PER_PERIOD,
    TAXED,
    bought,
    buyer,
    credit,
    due,
    every,
    invoices,
    lines,
    notes,
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
    assert bought(story, "more", "desk", 1).state.books.lots.spendable[0].left.amount == "860.00"


LEFT = [
    ({}, "2020-07-01", "60.00"),
    ({}, "2020-07-16", "55.16"),
    ({"proration": {"by": "months", "started_month": "up"}}, "2020-07-16", "50.00"),
    ({"proration": {"by": "months", "started_month": "down"}}, "2020-07-16", "50.00"),
    ({"proration": {"by": "days"}}, "2020-07-02", "60.00"),
    ({"proration": {"by": "days"}, "price": PER_PERIOD}, "2020-07-02", "60.00"),
    ({"price": PER_PERIOD}, "2020-07-01", "60.00"),
    ({"proration": {"by": "seconds"}}, "2020-07-02", "59.84"),
]


@pytest.mark.rule("EV-06")
@pytest.mark.parametrize(("old", "on", "amount"), LEFT)
def test_the_part_left_goes_by_the_old_plans_proration(old: dict[str, Any], on: str, amount: str):
    """Whole and started months, days, seconds (at noon); prices per month or term.

    A month that has started is used, up or down, but for its boundary.
    """
    assert lots(bought(having(**old), "new", "desk", 1, on=on)) == [amount]


@pytest.mark.rule("GEN-25")
@pytest.mark.parametrize("on", ["2020-01-01", "2020-12-31"])
def test_of_a_price_without_proration_nothing_comes_back(on: str):
    """Nor does anything on the day of the purchase itself; the renewal is switched off."""
    story = bought(having(proration={"by": "none"}), "new", "desk", 1, on=on)
    assert (lots(story), notes(story), credit(story)) == ([], [], "0.00")
    assert not sub(story, "old").renewing


def test_the_same_day_all_of_it_is_carried_over():
    """Nothing was used yet."""
    assert lots(bought(having(), "new", "desk", 1)) == ["120.00"]


def test_seats_that_were_added_later_have_more_of_their_charge_left():
    """A note a document, the oldest first: half of the first charge, all of the last."""
    story = having().done(AddSeats, subscription="old", quantity=1, on="2020-07-01")
    story = bought(story, "new", "desk", 1)
    assert lots(story) == ["60.00", "60.00"]

    first, second, new = invoices(story)
    assert [note.corrects for note in notes(story)] == [first.invoice, second.invoice]
    assert [line[-1] for note in notes(story) for line in lines(note)] == ["-60.00", "-60.00"]
    assert (new.total.amount, new.credit_used.amount) == ("120.00", "120.00")


def test_tax_comes_back_with_it():
    """By category, rate and country, on the note, and inside the credit."""
    story = having(seats=1, seller=TAXED, account={"country": "DE"})
    story = bought(story, "new", "desk", 10, on="2020-07-16")
    (lot,), (note,) = every(story, CreditGranted), notes(story)

    assert (lot.amount.amount, lot.source, lot.of.invoice) == (
        "65.64",
        "carried_over",
        note.invoice,
    )
    assert [(tax.category, str(tax.rate), tax.country, tax.tax.amount) for tax in note.taxes] == [
        ("S", "19", "DE", "-10.48")
    ]
    assert (note.net.amount, note.total.amount) == ("-55.16", "-65.64")


def test_what_was_carried_over_once_is_not_carried_over_again():
    """A second purchase finds nothing left of the old term, a later one less than nothing."""
    story = bought(having(), "new", "desk", 1, on="2020-07-01")
    for on in ("2020-07-01", "2020-10-01"):
        story = bought(story, f"new-{on}", "desk", 1, on=on)

    assert lots(story) == ["60.00"]
    assert len(every(story, SubscriptionCancelled)) == 1
    assert len(every(story, SubscriptionCarriedOver)) == 1


@pytest.mark.rule("GEN-24")
def test_nothing_is_added_to_what_was_carried_over():
    """Its value has gone to another subscription: no seat more, and no renewal again."""
    story = bought(having(), "new", "desk", 1, on="2020-07-01")
    assert sub(story, "old").carried_over
    for command, fields in (
        (AddSeats, {"quantity": 1}),
        (EnableAutoRenew, {"seat_numbers": [1]}),
        (KeepSubscription, {}),
    ):
        story.when(command, subscription="old", **fields).refused(
            "subscription.carried_over", rule="GEN-24"
        )


@pytest.mark.rule("GEN-24")
def test_the_old_seats_end_where_the_plan_says_so():
    """That day, with their assignments; an order that waits for more of them is withdrawn."""
    catalogue = shop(
        old=plan(product="old"),
        desk=plan(carries_over={"from": ["old"], "old_seats": "end"}),
    )
    story = bought(buyer(catalogue, "2020-01-01"), "old", "old", 2)
    more = {"subscription": "old", "quantity": 1, "payment_method": "bank", "order": "more"}
    story = story.done(AssignSeat, subscription="old", email="ann@acme.example", name="Ann")
    story = story.done(AddSeats, **more, on="2020-06-28")
    story = bought(story, "new", "desk", 1, on="2020-07-01")

    assert sub(story, "old").ended
    (ended,) = every(story, SubscriptionEnded)
    assert (ended.subscription, ended.cause) == ("old", "carried_over")
    assert [list(fact.seats) for fact in every(story, SeatsEnded)] == [[1, 2]]
    assert story.state.orders["more"].status == "cancelled"
    assert lots(story) == ["120.00"]


@pytest.mark.rule("GEN-24")
def test_what_nobody_paid_is_no_credit():
    """Half of an open invoice is no longer due; the new subscription is paid in full."""
    story = buyer(two_plans(), "2020-01-01")
    story = bought(story, "old", "old", 1, "invoice", order="o1")
    story = story.done(PassCreditCheck, by=SELLER, order="o1")
    story = bought(story, "new", "desk", 1, on="2020-07-01")

    assert (lots(story), due(story, 0), credit(story)) == ([], "60.00", "0.00")
    assert (notes(story)[0].total.amount, notes(story)[0].open.amount) == ("-60.00", "60.00")
    assert [payment.amount.amount for payment in every(story, PaymentRecorded)] == ["120.00"]


@pytest.mark.rule("GEN-24")
def test_what_comes_back_pays_what_is_open_before_the_new_invoice():
    """Of the 60.00 that were paid for, 45.00 pay another invoice, and 15.00 are left for it."""
    catalogue = shop(
        old=plan(product="old"),
        other=plan(product="other", price={**PER_PERIOD, "tiers": [{"from": 1, "amount": "45"}]}),
        desk=plan(carries_over_from=["old"]),
    )
    story = bought(buyer(catalogue, "2020-01-01"), "old", "old", 1)
    story = bought(story, "other", "other", 1, "invoice", order="o1")
    story = story.done(PassCreditCheck, by=SELLER, order="o1")
    story = bought(story, "new", "desk", 1, on="2020-07-01")

    assert (lots(story), due(story, 1)) == (["60.00"], "0.00")
    assert invoices(story)[-1].credit_used.amount == "15.00"


@pytest.mark.rule("GEN-24", "GEN-25")
def test_seats_given_back_before_are_not_carried_over():
    """One of two seats was given back without credit: half of the charge is left to carry."""
    story = having(seats=2, removal="once_released")
    story = story.done(RemoveSeats, subscription="old", seat_numbers=[2], on="2020-03-01")
    assert lots(bought(story, "new", "desk", 1, on="2020-07-01")) == ["60.00"]


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


@pytest.mark.rule("GEN-24")
@pytest.mark.parametrize("method", ["card", "bank"])
@pytest.mark.parametrize("moves", [False, True])
def test_one_order_does_not_add_to_what_it_carries_over(method: str, *, moves: bool):
    """The seats would be paid for, with the old ones again, and end with what was carried over."""
    story = having(change_resets_term=moves)
    for name, of in (("new", "desk"), ("old", "old")):
        story = story.done(AddToCart, account="acme", subscription=name, plan=of, seats=2)
    story.when(PlaceOrder, account="acme", payment_method=method).refused(
        "subscription.carried_over", "RemoveFromCart"
    )
    story = story.done(RemoveFromCart, account="acme", subscription="old")
    story.done(PlaceOrder, account="acme", payment_method=method)


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
    """An order that waits has switched nothing off; paid later, it has what was quoted.

    On 25 June six of thirty days of the month and six months more are left: 62.00.
    """
    story = bought(having(), "new", "desk", 1, "bank", order="o2", on="2020-06-25")
    assert sub(story, "old").renewing
    assert not lots(story)
    assert not lots(story.done(CancelOrder, order="o2"))

    story = story.done(RecordPayment, by=SELLER, order="o2", on="2020-07-01")
    assert lots(story) == ["62.00"]
    assert not sub(story, "old").renewing


def test_a_waiting_order_keeps_its_quote_as_far_as_that_much_is_left():
    """A credit note meanwhile took 100.00 of 120.00: 20.00 of the 62.00 are there to carry."""
    story = bought(having(), "new", "desk", 1, "bank", order="o2", on="2020-06-25")
    part = [{"line": 1, "amount": {"amount": "100.00", "currency": "EUR"}}]
    made = {"invoice": invoices(story)[0].invoice}
    story = story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", lines=part, made=made)

    # With 100.00 + 20.00 of credit it is covered, and completes at once.
    assert [note.total.amount for note in notes(story)] == ["-100.00", "-20.00"]
    assert (story.state.orders["o2"].status, credit(story)) == ("completed", "0.00")


def test_a_quote_of_nothing_is_a_quote():
    """Of the last month, started, nothing was left; what renewed meanwhile is not given for it."""
    down = {"proration": {"by": "months", "started_month": "down"}}
    story = bought(having(**down), "new", "desk", 1, "invoice", order="o2", on="2020-12-30")
    story = story.until("2021-01-02").done(PassCreditCheck, by=SELLER, order="o2")
    assert lots(story) == []
    assert not sub(story, "old").renewing


def test_what_is_due_for_an_order_that_waits_counts_the_credit_to_come():
    """So that the payment is what the invoice will ask for."""
    story = bought(having(), "new", "desk", 1, "bank", order="o2", on="2020-07-01")
    story = story.done(RecordPayment, by=SELLER, order="o2")
    assert story.history[-1].amount.amount == "60.00"
    assert (due(story), credit(story)) == ("0.00", "0.00")


def test_a_charge_that_waits_for_its_statement_is_taken_back_on_it():
    """No credit, since nobody has paid: the statement holds the charge and what was unused."""
    old = {**MONTHLY, "seller": TAXED, "account": {"country": "FR"}}
    story = bought(having(method="invoice", **old), "new", "desk", 1, on="2020-01-16")
    assert (lots(story), notes(story)) == ([], [])
    story = story.until("2020-02-01")
    statement = invoices(story)[-1]

    # 16 of the 31 days of January, and eleven months: 115.16 of 120.00.
    assert [line[-1] for line in lines(statement)] == ["120.00", "-115.16"]
    assert (statement.net.amount, statement.tax.amount) == ("4.84", "0.97")


def test_after_a_check_the_quote_of_the_order_s_day_counts():
    """The order waited across a renewal: two of 31 days of December come back."""
    story = bought(having(), "new", "desk", 1, "invoice", order="o2", on="2020-12-30")
    story = story.until("2021-07-01").done(PassCreditCheck, by=SELLER, order="o2")
    assert lots(story) == ["0.65"]
    assert notes(story)[0].corrects == invoices(story)[0].invoice


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


@pytest.mark.rule("GEN-06", "GEN-24")
def test_a_seat_given_back_in_full_has_less_back_what_was_carried_over():
    """Of 120.00 a seat half was carried over: one of two seats brings the other 60.00."""
    story = having(seats=2, removal=[{"when": "now", "credit": "full"}])
    story = bought(story, "new", "desk", 1, on="2020-07-01")
    assert (lots(story), credit(story)) == (["120.00"], "0.00")
    story = story.done(RemoveSeats, subscription="old", seat_numbers=[1])
    assert (notes(story)[-1].total.amount, credit(story)) == ("-60.00", "60.00")
