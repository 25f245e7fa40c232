"""Seats that go at once, and what their plan gives back for them (GEN-06, GEN-07)."""

from typing import Any

import pytest

from commands.orders import PassCreditCheck
from commands.payments import RecordPayment
from commands.purchases import AddSeats
from commands.removals import RemoveSeats
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription
from events.orders import OrderCancelled
from events.seats import SeatsEnded
from events.subscriptions import SubscriptionEnded
from tests.support.given import SELLER, Story
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

DESK = {"subscription": "desk"}
WEEK: dict[str, Any] = {
    "removal": [{"within_days": 7, "when": "now", "credit": "full"}, {"when": "at_renewal"}]
}
THEN: dict[str, Any] = {
    "removal": [
        {"within_days": 7, "when": "now", "credit": "full"},
        {"within_days": 30, "when": "now", "credit": "prorated"},
        {"when": "now", "credit": "none"},
    ]
}
ALWAYS: dict[str, Any] = {"cancellation": [{"when": "now", "credit": "prorated"}]}


def totals(story: Story) -> list[str]:
    """What each credit note comes to."""
    return [note.total.amount for note in notes(story)]


@pytest.mark.rule("GEN-06")
@pytest.mark.parametrize(
    ("on", "expected"), [("2020-01-08", (9, ["-120.00"])), ("2020-01-09", (10, []))]
)
def test_a_window_holds_up_to_its_last_day(on: str, expected: tuple[int, list[str]]):
    """Seven days after the charge a seat goes with all that it cost, on the eighth it stays."""
    story = started(10, **WEEK).done(RemoveSeats, **DESK, seat_numbers=[3], on=on)
    assert (len(sub(story).usable), totals(story)) == expected
    assert len(sub(story).renewing) == 9


@pytest.mark.rule("GEN-06")
@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2020-01-08", ["-120.00"]),
        ("2020-01-31", ["-110.32"]),
        ("2020-02-01", []),
    ],
)
def test_the_first_entry_whose_window_holds_applies(on: str, expected: list[str]):
    """All of it, then unused time (eleven months and a day of 31), then nothing."""
    story = started(2, **THEN).done(RemoveSeats, **DESK, seat_numbers=[2], on=on)
    assert (len(sub(story).usable), totals(story)) == (1, expected)


@pytest.mark.rule("GEN-06")
def test_each_seat_goes_by_its_own_last_charge():
    """A seat of March has its window in March; those of January have none any more."""
    story = started(2, **WEEK).done(AddSeats, **DESK, quantity=2, on="2020-03-01")
    story = story.done(RemoveSeats, **DESK, seat_numbers=[1, 3], on="2020-03-08")

    assert list(sub(story).usable) == [1, 2, 4]
    assert list(sub(story).renewing) == [2, 4]
    assert [lines(note) for note in notes(story)] == [
        [("seats_added", 1, "2020-03-01", "2021-01-01", "-100.00")]
    ]


@pytest.mark.rule("GEN-06")
def test_the_renewal_is_the_last_charge_of_a_seat():
    """Seats of two charges have one since they renewed; its window counts from that day."""
    story = started(1, **WEEK).done(AddSeats, **DESK, quantity=1, on="2020-06-01")
    story = story.until("2021-01-01").done(RemoveSeats, **DESK, seat_numbers=[1], on="2021-01-08")

    assert totals(story) == ["-120.00"]
    assert notes(story)[0].corrects == invoices(story)[-1].invoice


@pytest.mark.rule("GEN-06")
def test_a_seat_that_cost_nothing_goes_by_the_last_entry():
    """A free plan has a charge all the same, of nothing, and no note comes of it."""
    free = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "0.00"}]}
    story = started(2, price=free, **{**WEEK, "proration": {"by": "days"}})
    story = story.done(RemoveSeats, **DESK, seat_numbers=[1], on="2020-01-02")
    assert (list(sub(story).usable), notes(story)) == ([2], [])


@pytest.mark.rule("GEN-06")
def test_a_cent_is_given_back():
    """The smallest amount that can be charged can come back."""
    cent = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "0.01"}]}
    story = started(2, price=cent, **{**WEEK, "proration": {"by": "days"}})
    story = story.done(RemoveSeats, **DESK, seat_numbers=[1], on="2020-01-02")
    assert (totals(story), credit(story)) == (["-0.01"], "0.01")


@pytest.mark.rule("GEN-06")
def test_the_tax_comes_back_with_it():
    """By the rate of the invoice; one seat of two: half of the tax."""
    story = started(2, seller=TAXED, account={"country": "FR"}, **WEEK)
    story = story.done(RemoveSeats, **DESK, seat_numbers=[1], on="2020-01-02")
    (note,) = notes(story)
    assert (note.net.amount, note.tax.amount, credit(story)) == ("-120.00", "-24.00", "144.00")


@pytest.mark.rule("GEN-06")
def test_what_is_open_is_lessened_before_anything_is_credit():
    """Two of three seats stay due; nothing was paid, and nothing becomes credit."""
    story = started(3, method="invoice", **WEEK)
    story = story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0])
    story = story.done(RemoveSeats, **DESK, seat_numbers=[1], on="2020-01-02")
    assert (due(story), credit(story)) == ("240.00", "0.00")


@pytest.mark.rule("GEN-06")
def test_on_no_invoice_yet_the_statement_takes_it_back():
    """A line below zero on the same statement, and no note."""
    story = started(3, method="invoice", **{**MONTHLY, **WEEK})
    story = story.done(RemoveSeats, **DESK, seat_numbers=[1, 2], on="2020-01-08")
    story = story.until("2020-02-01")
    assert lines(invoices(story)[0]) == [
        ("start", 3, "2020-01-01", "2021-01-01", "360.00"),
        ("unused_credit", 2, "2020-01-08", "2021-01-01", "-240.00"),
    ]
    assert (notes(story), due(story)) == ([], "120.00")


@pytest.mark.rule("GEN-07")
def test_a_subscription_cancelled_now_ends_with_its_unused_time():
    """That day, with its holders; six months of 10.00 for each of two seats come back."""
    story = started(2, **ALWAYS).done(AssignSeat, **DESK, email="ann@acme.example", name="Ann")
    story = story.done(CancelSubscription, **DESK, on="2020-07-01")

    assert sub(story).ended
    assert [type(fact) for fact in story.history if isinstance(fact, SeatsEnded)] == [SeatsEnded]
    assert every(story, SubscriptionEnded)[0].cause == "cancelled"
    assert (totals(story), credit(story)) == (["-120.00"], "120.00")


@pytest.mark.rule("GEN-07")
def test_orders_that_wait_for_seats_are_cancelled_with_it():
    """What had come for them is credit, and the credit completes what else waits."""
    story = started(1, **ALWAYS)
    story = story.done(AddSeats, **DESK, quantity=1, payment_method="bank", order="o2")
    part = {"amount": "1.00", "currency": "EUR"}
    story = story.done(RecordPayment, by=SELLER, order="o2", amount=part)
    story = bought(story, "other", "desk", 1, "bank", order="o3")
    story = story.done(CancelSubscription, **DESK, on="2020-01-02")

    assert [fact.order for fact in every(story, OrderCancelled)] == ["o2"]
    assert sub(story).ended
    # 120.00 less a day of 31 of January, and 1.00: 120.68 of 120.00 for the other one.
    assert (story.state.orders["o3"].status, credit(story)) == ("completed", "0.68")


@pytest.mark.rule("GEN-07")
def test_one_of_two_subscriptions_is_credited_alone():
    """The other's charges stay as they are."""
    story = buyer(shop(desk=plan(**ALWAYS)), "2020-01-01")
    story = bought(bought(story, "desk", "desk", 1), "other", "desk", 1)
    story = story.done(CancelSubscription, **DESK)
    assert totals(story) == ["-120.00"]
    assert (sub(story).ended, sub(story, "other").ended) == (True, False)
