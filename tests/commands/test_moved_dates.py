"""Billing dates that move while orders wait, renew and fail; seats are switched off (GT-09)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.amounts.unused import unused_by_days
from commands.decision import Command
from commands.orders import CancelOrder, PassCreditCheck
from commands.payments import RecordPayment
from commands.preview import document_view
from commands.purchases import AddSeats
from commands.removals import DisableAutoRenew
from commands.subscriptions import CancelSubscription
from events.charges import Charged
from tests.support.given import SELLER, Story
from tests.support.shop import credit, every, invoices, started, sub

STEP = st.tuples(
    st.sampled_from(["card", "bank", "pay first", "pay last", "cancel"]),
    st.integers(0, 9),
    st.integers(1, 3),
)


def taken(story: Story, step: tuple[str, int, int], number: int) -> Story:
    """The story after one step, some days later."""
    what, days, seats = step
    on: date = story.on + timedelta(days=days)
    story = story.until(on)
    if what in {"card", "bank"}:
        fields = {"subscription": "desk", "quantity": seats, "order": f"o{number}"}
        return story.done(AddSeats, **fields, payment_method=what)
    if not story.state.waiting:
        return story
    if what == "cancel":
        return story.done(CancelOrder, order=story.state.waiting[0])
    order = story.state.waiting[0 if what == "pay first" else -1]
    return story.done(RecordPayment, by=SELLER, order=order)


@pytest.mark.rule("GT-09", "ALL-09")
@settings(max_examples=60)
@given(
    steps=st.lists(STEP, min_size=1, max_size=14),
    tiering=st.sampled_from(["volume", "graduated"]),
)
def test_every_seat_is_paid_for_once_and_nothing_is_taken_back_twice(
    steps: list[tuple[str, int, int]], tiering: str
):
    """Orders that are paid at once, later, in any order or never, over renewals by the month."""
    tiers = [{"from": 1, "amount": "10.00"}, {"from": 5, "amount": "7.35"}]
    story = started(
        2,
        on="2020-01-31",
        term={"months": 1},
        change_resets_term=True,
        proration={"by": "days"},
        price={"per": "month", "tiering": tiering, "tiers": tiers},
    )
    for number, step in enumerate(steps):
        story = taken(story, step, number)

    for charge in story.state.books.charges.values():
        low, high = sorted((0, charge.net.minor))
        assert low <= charge.taken_back.minor <= high
    held = sub(story)
    present = [story.state.books.charges[name] for name in held.term_charges]
    facts = {fact.charge: fact for fact in every(story, Charged)}
    paid_for = [facts[charge.charge].seats for charge in present]
    assert sum(len(seats) for seats in paid_for) == len(held.usable)
    for name, charge in story.state.books.charges.items():
        if charge.net.minor > 0 and name not in held.term_charges:
            assert unused_by_days(charge, charge.seats, held.term.start) <= 1
    owed = sum(invoice.total.minor for invoice in invoices(story) if invoice.total.minor > 0)
    assert owed == sum(
        book.paid.minor + book.document.credit_used.minor + book.due.minor
        for book in story.state.books.invoices.values()
        if book.document.total.minor > 0
    )
    assert not credit(story).startswith("-")


def test_a_check_that_outlasts_several_terms_leaves_no_day_paid_twice():
    """All terms that began meanwhile come back, and those of the new date are caught up with."""
    reset = {"change_resets_term": True, "proration": {"by": "days"}, "term": {"months": 1}}
    story = started(1, **reset).done(
        AddSeats,
        subscription="desk",
        quantity=1,
        payment_method="invoice",
        order="o1",
        on="2020-01-16",
    )
    story = story.until("2020-04-03").done(PassCreditCheck, by=SELLER, order="o1")
    backs = [charge.net.amount for charge in every(story, Charged) if charge.reverses]
    assert backs == ["-5.16", "-10.00", "-10.00", "-10.00"]
    assert [str(charge.term.start) for charge in every(story, Charged) if charge.reverses] == [
        "2020-01-01",
        "2020-02-01",
        "2020-03-01",
        "2020-04-01",
    ]
    story = story.until("2020-04-03")
    renewed = [charge for charge in every(story, Charged) if charge.term.start >= date(2020, 2, 16)]
    assert [charge.net.amount for charge in renewed if charge.reason == "renewal"][-2:] == [
        "20.00",
        "20.00",
    ]
    assert str(sub(story).term.end) == "2020-04-16"


SWITCHED_OFF: list[tuple[type[Command], dict[str, Any], int]] = [
    (CancelSubscription, {}, 0),
    (DisableAutoRenew, {"seat_numbers": [2]}, 3),
    (DisableAutoRenew, {"seat_numbers": [1, 3]}, 2),
]


@pytest.mark.rule("GT-09", "ALL-02")
@pytest.mark.parametrize(("command", "fields", "renewing"), SWITCHED_OFF)
def test_seats_switched_off_while_their_order_waits_get_the_term_that_it_charges(
    command: type[Command], fields: dict[str, Any], renewing: int
):
    """The invoice is the one that was shown: all are paid for the new term, and end with it."""
    story = started(3, change_resets_term=True, proration={"by": "days"}).until(date(2020, 3, 1))
    ordered = story.when(AddSeats, subscription="desk", quantity=1, payment_method="bank")
    shown = ordered.preview["invoice"]
    story = story.done(AddSeats, subscription="desk", quantity=1, payment_method="bank", order="o")
    story = story.until(date(2020, 3, 5)).done(command, subscription="desk", **fields)
    story = story.until(date(2020, 3, 6)).done(RecordPayment, by=SELLER, order="o")

    assert document_view(invoices(story)[-1]) == shown
    held = sub(story)
    assert (len(held.usable), len(held.renewing)) == (4, renewing)
    assert {held.ends_on(seat) for seat in held.usable} == {date(2021, 3, 1)}
    assert held.leaving == ()


@pytest.mark.rule("GT-09")
def test_seats_that_were_to_end_on_the_day_of_the_order_are_left_alone():
    """Also where more are switched off while it waits: those are in it, the first is not."""
    story = started(3, change_resets_term=True, proration={"by": "days"})
    story = story.done(DisableAutoRenew, subscription="desk", seat_numbers=[1])
    story = story.until(date(2020, 3, 1))
    story = story.done(AddSeats, subscription="desk", quantity=1, payment_method="bank", order="o")
    story = story.done(DisableAutoRenew, subscription="desk", seat_numbers=[2])
    story = story.done(RecordPayment, by=SELLER, order="o")

    held = sub(story)
    assert [held.ends_on(seat) for seat in held.usable] == [date(2021, 1, 1)] + 3 * [
        date(2021, 3, 1)
    ]
    (back, new) = invoices(story)[-1].lines
    assert (back.quantity, new.quantity) == (2, 3)
    assert "for 2 of its 3 seats" in back.explain
