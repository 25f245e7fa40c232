"""The unused value of a charge: time left of what was charged, less what went back (GEN-25)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from commands.charge_state import ChargeState
from commands.credit_notes import IssueCreditNote
from commands.decision import Policy
from commands.subscriptions import CancelSubscription
from commands.unused import days_left, unused_by_days, unused_by_plan
from events.seat_numbers import SeatNumbers
from tests.given import SELLER, Story
from tests.shop import invoices, started

BOTH = SeatNumbers.span(1, 2)
ONE = SeatNumbers.span(1, 1)
YEAR = 366


def charge_of(story: Story) -> ChargeState:
    """The one charge of a story."""
    (charge,) = story.state.books.charges.values()
    return charge


def on(story: Story, day: date) -> Policy:
    """What a decision of that day draws on."""
    policy = story.when(CancelSubscription, subscription="desk").policy
    assert policy is not None
    return replace(policy, on=day, at=policy.at + timedelta(days=(day - policy.on).days))


def noted(story: Story, amount: str) -> Story:
    """The story after so much of its invoice was credited."""
    part = [{"line": 1, "amount": {"amount": amount, "currency": "EUR"}}]
    made = {"invoice": invoices(story)[0].invoice}
    return story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", lines=part, made=made)


@pytest.mark.parametrize(
    ("since", "left"),
    [
        (date(2019, 12, 31), YEAR),
        (date(2020, 1, 1), YEAR),
        (date(2020, 1, 2), YEAR - 1),
        (date(2020, 12, 31), 1),
        (date(2021, 1, 1), 0),
        (date(2021, 1, 2), 0),
    ],
)
def test_the_days_left_count_the_day_itself(since: date, left: int):
    """Of the days of the charge's period; none after it, never more than all."""
    assert days_left(charge_of(started(2)), since) == (left, YEAR)


@pytest.mark.rule("GEN-25")
def test_by_days_each_seat_has_its_part():
    """240.00 for two seats, 184 of 366 days left: 120.66, and for one of them half."""
    charge = charge_of(started(2))
    since = date(2020, 7, 1)
    assert (unused_by_days(charge, BOTH, since), unused_by_days(charge, ONE, since)) == (
        12066,
        6033,
    )
    assert unused_by_days(charge, SeatNumbers.span(3, 9), since) == 0
    assert unused_by_days(charge, BOTH, date(2021, 1, 1)) == 0


@pytest.mark.rule("GEN-25")
def test_what_a_note_by_amount_took_lessens_what_was_charged():
    """Of 240.00 less 40.00 the half is left; and never less than nothing."""
    story = noted(started(2), "40.00")
    charge = charge_of(story)
    policy = on(story, date(2020, 7, 1))
    assert unused_by_plan(policy, story.state, charge, BOTH) == 10000
    assert unused_by_plan(policy, story.state, charge, ONE) == 5000
    none = noted(started(2), "240.00")
    assert unused_by_plan(policy, none.state, charge_of(none), BOTH) == 0


LEFT: list[tuple[dict[str, Any], date, int]] = [
    ({"by": "months", "started_month": "days"}, date(2019, 12, 31), 12000),
    ({"by": "months", "started_month": "days"}, date(2020, 1, 1), 12000),
    ({"by": "months", "started_month": "days"}, date(2020, 1, 2), 11968),
    ({"by": "months", "started_month": "up"}, date(2020, 1, 2), 11000),
    ({"by": "months", "started_month": "down"}, date(2020, 1, 2), 11000),
    ({"by": "months", "started_month": "up"}, date(2020, 12, 1), 1000),
    ({"by": "months", "started_month": "up"}, date(2020, 12, 2), 0),
    ({"by": "days"}, date(2020, 12, 31), 33),
    ({"by": "days"}, date(2021, 1, 1), 0),
    ({"by": "days"}, date(2021, 1, 2), 0),
    ({"by": "none"}, date(2020, 1, 1), 0),
]


@pytest.mark.rule("GEN-25")
@pytest.mark.parametrize(("proration", "day", "minor"), LEFT)
def test_what_is_left_goes_by_the_plans_proration(proration: Any, day: date, minor: int):
    """All before the term, nothing from its end on; a started month is used, up or down."""
    story = started(1, proration=proration)
    assert unused_by_plan(on(story, day), story.state, charge_of(story), ONE) == minor


@pytest.mark.rule("GEN-25")
def test_a_charge_of_no_time_has_none_left():
    """Bought on the last day, by months that are rounded down: nothing was charged."""
    story = started(1)
    charge = replace(charge_of(story), numerator=0)
    assert unused_by_plan(on(story, date(2020, 1, 1)), story.state, charge, ONE) == 0
