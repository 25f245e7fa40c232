"""What is unused of a charge: never more than the time left, rounded once (GEN-25)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from commands.amounts.unused import days_left, unused_by_days, unused_by_plan
from commands.credit_notes import IssueCreditNote
from commands.decision import Policy
from commands.removals import RemoveSeats
from commands.state.charges import ChargeState
from commands.subscriptions import CancelSubscription
from events.seat_numbers import SeatNumbers
from tests.support.given import SELLER, Story
from tests.support.shop import PER_PERIOD, invoices, started

ALL = SeatNumbers.span(1, 9)


def charge(story: Story, index: int = 0) -> ChargeState:
    """A charge of a story."""
    return sorted(story.state.books.charges.values(), key=lambda one: one.charge)[index]


def policy(story: Story, at: str) -> Policy:
    """What a decision of that instant may draw on."""
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    made = story.when(CancelSubscription, subscription="desk").policy
    assert made is not None
    return Policy(
        catalogue=made.catalogue, command_id="c", at=instant, on=instant.date(),
        today=instant.date(), actor=made.actor,
    )  # fmt: skip


def unused(story: Story, at: str, seats: SeatNumbers = ALL, index: int = 0) -> int:
    """What is unused of a charge at an instant, by its own plan."""
    return unused_by_plan(policy(story, at), story.state, charge(story, index), seats)


MONTHS = {"by": "months", "started_month": "days"}
# 120.00 a year from 1 January 2020: 366 days.
LEFT = [
    # on a boundary a whole month is left, whatever becomes of a started one
    ({"proration": MONTHS}, "2020-12-01T12:00", 1000),
    ({"proration": {**MONTHS, "started_month": "up"}}, "2020-12-01T12:00", 1000),
    ({"proration": {**MONTHS, "started_month": "down"}}, "2020-12-01T12:00", 1000),
    # 15 of the 31 days of December: the day itself counts as left
    ({"proration": MONTHS}, "2020-12-17T12:00", 484),
    ({"proration": {**MONTHS, "started_month": "up"}}, "2020-12-17T12:00", 0),
    ({"proration": {**MONTHS, "started_month": "down"}}, "2020-12-17T12:00", 0),
    ({"proration": {**MONTHS, "started_month": "up"}}, "2020-11-17T12:00", 1000),
    ({"proration": MONTHS}, "2020-01-02T00:00", 11_968),
    ({"proration": {"by": "days"}}, "2020-12-31T23:59", 33),
    ({"proration": {"by": "days"}, "price": PER_PERIOD}, "2020-07-02T00:00", 6000),
    # by instants: 12 hours of 8,784
    ({"proration": {"by": "seconds"}}, "2020-12-31T12:00", 16),
    ({"proration": {"by": "seconds"}}, "2020-01-01T00:00", 12_000),
    ({"proration": {"by": "none"}}, "2020-01-01T00:00", 0),
    ({"proration": {"by": "none"}, "price": PER_PERIOD}, "2020-06-01T00:00", 0),
    # before its term all is left, after it nothing
    ({"proration": {"by": "days"}}, "2019-12-31T00:00", 12_000),
    ({"proration": MONTHS}, "2021-01-01T00:00", 0),
]


@pytest.mark.rule("GEN-25")
@pytest.mark.parametrize(("changes", "at", "minor"), LEFT)
def test_the_time_left_goes_by_the_plans_proration(changes: dict[str, Any], at: str, minor: int):
    """Months, their started one by days or used up; days; instants; none."""
    assert unused(started(1, **changes), at) == minor


@pytest.mark.rule("GEN-25")
def test_some_of_the_seats_have_their_part():
    """Half of 360.00 is left on 2 July: 60.00 for each of three seats; nothing for others."""
    story = started(3, proration={"by": "days"})
    assert unused(story, "2020-07-02T00:00", SeatNumbers.span(2, 3)) == 12_000
    assert unused(story, "2020-07-02T00:00", SeatNumbers.span(7, 8)) == 0


@pytest.mark.rule("GEN-25")
def test_what_notes_took_by_amount_is_not_left():
    """Of 120.00 a note took 20.00: half a year of the rest is 50.00."""
    story = started(1, proration={"by": "days"})
    part = [{"line": 1, "amount": {"amount": "20.00", "currency": "EUR"}}]
    made = {"invoice": invoices(story)[0].invoice}
    story = story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", lines=part, made=made)
    assert unused(story, "2020-07-02T00:00") == 5_000
    part = [{"line": 1, "amount": {"amount": "100.00", "currency": "EUR"}}]
    story = story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", lines=part, made=made)
    assert unused(story, "2020-07-02T00:00") == 0


@pytest.mark.rule("GEN-25")
def test_no_more_is_unused_than_is_left_of_the_charge():
    """A note by amount lies on all three seats, also on the one that had gone with its 20.00."""
    story = started(3, removal=[{"when": "now", "credit": "full"}])
    made = {"invoice": invoices(story)[0].invoice}

    def noted(story: Story, amount: str) -> Story:
        part = [{"line": 1, "amount": {"amount": amount, "currency": "EUR"}}]
        fields = {"invoice": "D-2020-000001", "lines": part}
        return story.done(IssueCreditNote, by=SELLER, **fields, made=made)

    story = noted(story, "300.00").done(RemoveSeats, subscription="desk", quantity=1)
    assert unused(story, "2020-01-01T00:00", SeatNumbers.span(1, 2)) == 4_000
    story = noted(story, "40.00")
    assert charge(story).left.minor == 0
    assert unused(story, "2020-01-01T00:00", SeatNumbers.span(1, 2)) == 0


@pytest.mark.rule("GEN-25")
def test_a_part_of_a_term_has_its_own_time():
    """A charge of half a term, of which a quarter is left: half of it."""
    story = started(1, proration={"by": "days"}, change_resets_term=False)
    half = charge(story)
    of_half = ChargeState(
        half.charge, half.subscription, half.plan, half.plan_version, half.term, half.period,
        charged_on=date(2020, 7, 2), net=half.net, quantity=1, seats=half.seats,
        numerator=6, denominator=1, reverses=(),
    )  # fmt: skip
    # 92 of 366 days are left, of 183 days charged: 120.00 x 92 / 183.
    found = unused_by_plan(
        policy(story, "2020-10-01T00:00"), story.state, of_half, SeatNumbers.span(1, 1)
    )
    assert found == 6_033


def test_a_charge_for_nothing_has_nothing_unused():
    """Bought on the last day of a term whose started month is down."""
    story = started(1)
    free = charge(story)
    nothing = ChargeState(
        free.charge, free.subscription, free.plan, free.plan_version, free.term, free.period,
        charged_on=free.charged_on, net=free.net, quantity=1, seats=free.seats,
        numerator=0, denominator=1, reverses=(),
    )  # fmt: skip
    assert unused_by_plan(policy(story, "2020-10-01T00:00"), story.state, nothing, ALL) == 0


DAYS = [("2019-12-01", 366), ("2020-01-01", 366), ("2020-12-31", 1), ("2021-01-01", 0),
        ("2022-01-01", 0)]  # fmt: skip


@pytest.mark.rule("GT-09")
@pytest.mark.parametrize(("since", "left"), DAYS)
def test_days_that_are_left_are_counted_from_a_day_on(since: str, left: int):
    """That day included; never more than the period has."""
    assert days_left(charge(started(1)), date.fromisoformat(since)) == (left, 366)


@pytest.mark.rule("GT-09", "GEN-25")
def test_a_moved_billing_date_always_goes_by_days():
    """Whatever the plan's proration; rounded half up, once."""
    story = started(1, proration={"by": "none"})
    assert unused_by_days(charge(story), ALL, date(2020, 7, 1)) == 6_033
    assert unused_by_days(charge(story), ALL, date(2021, 1, 1)) == 0
