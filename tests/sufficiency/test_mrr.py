"""Recurring revenue moves from one day to another by what the facts say, for any two days."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.charges import Charged, TermSpan
from events.credit import CreditGranted
from events.orders import OrderPlaced
from events.subscriptions import SubscriptionEnded, SubscriptionStarted, TermStarted
from tests.sufficiency.histories import ALL, history, name
from tests.sufficiency.mrr import (
    DAYS_OF_MONTH,
    InForce,
    by_kind,
    in_force,
    months_of,
    movements,
    recurring,
)

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def named(stem: str) -> Path:
    """A history by the name of its file."""
    return next(path for path in ALL if path.stem == stem)


def total(charges: list[InForce], on: date) -> Fraction:
    """All recurring revenue on a day."""
    return sum(recurring(charges, on).values(), Fraction())


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("path", ALL, ids=name)
@QUICK
@given(data=st.data())
def test_opening_and_movements_are_the_closing(path: Path, data: st.DataObject):
    """Between any two days, what was recurring plus every movement is what is recurring."""
    charges = in_force(history(path))
    first = min((one.start for one in charges), default=date(2024, 1, 1)) - timedelta(days=3)
    last = max((one.end for one in charges), default=date(2024, 1, 1)) + timedelta(days=3)
    days = st.dates(min_value=first, max_value=last)
    since, until = sorted((data.draw(days), data.draw(days)))

    moved = sum((one.amount for one in movements(charges, since, until)), Fraction())
    assert total(charges, since) + moved == total(charges, until)
    assert total(charges, first) == total(charges, last) == 0


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_movements_are_what_the_facts_say(path: Path):
    """New revenue begins with a start, an order or a term; churn is an end that facts explain."""
    events = history(path)
    charges = in_force(events)
    ends = {
        (event.fact.subscription, event.effective_on)
        for event in events
        if isinstance(event.fact, SubscriptionEnded)
    }
    carried = {
        event.effective_on
        for event in events
        if isinstance(event.fact, CreditGranted) and event.fact.source == "carried_over"
    }
    starts = {
        (event.fact.subscription, event.effective_on)
        for event in events
        if isinstance(event.fact, SubscriptionStarted)
    }
    ordered = {
        (line.subscription, event.effective_on)
        for event in events
        if isinstance(event.fact, OrderPlaced)
        for line in event.fact.lines
    }
    recorded_until = max(event.effective_on for event in events)
    terms = {
        (event.fact.subscription, event.effective_on)
        for event in events
        if isinstance(event.fact, TermStarted)
    }
    for one in movements(charges, date(2000, 1, 1), recorded_until):
        here = (one.subscription, one.on)
        if one.kind == "churn":
            assert here in ends or one.on in carried
        elif one.kind == "renewal_price":
            assert here in terms
        elif one.kind == "new":
            assert here in starts | ordered | terms


@pytest.mark.rule("ALL-05")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_terms_of_a_charge_are_whole_months_or_days(path: Path):
    """The term inside a charge tells its length in months, clamped days included."""
    for event in history(path):
        if isinstance(event.fact, Charged):
            months = months_of(event.fact.term)
            assert 1 in {months.denominator, (months * DAYS_OF_MONTH).denominator}


def test_clamped_terms_are_whole_months():
    """From 28 February to 31 March is one month of a term whose anchor is the 31st."""
    anchor = date(2021, 1, 31)
    days = [anchor, date(2021, 2, 28), date(2021, 3, 31), date(2021, 4, 30)]
    for number, (start, end) in enumerate(pairwise(days), 1):
        assert months_of(TermSpan(number=number, anchor=anchor, start=start, end=end)) == 1


@pytest.mark.rule("EV-09", "EV-16")
def test_every_kind_of_movement():
    """A graduated plan: bought, extended at a cheaper tier, renewed with fewer seats, ended."""
    charges = in_force(history(named("carried_over")))
    studio = [one for one in charges if one.subscription == "t1"]

    bought = by_kind(movements(studio, date(2024, 1, 1), date(2024, 3, 17)))
    assert bought == {"new": 4000}
    extended = by_kind(movements(studio, date(2024, 3, 17), date(2024, 12, 31)))
    assert extended == {"expansion": 2000 + 7 * 1777}
    renewed = by_kind(movements(studio, date(2024, 12, 31), date(2025, 12, 31)))
    before, after = 6000 + 7 * 1777, 6000 + 4 * 1777
    by_seats = Fraction(-3 * before, 10)
    assert renewed == {"contraction": by_seats, "renewal_price": after - before - by_seats}
    ended = by_kind(movements(studio, date(2025, 12, 31), date(2026, 12, 31)))
    assert ended == {"churn": -after}


@pytest.mark.rule("EV-06")
def test_what_is_carried_over_no_longer_recurs():
    """A subscription whose unused value became credit counts nothing from that day on."""
    charges = in_force(history(named("carried_over")))

    assert "s1" in recurring(charges, date(2024, 3, 16))
    assert set(recurring(charges, date(2024, 3, 17))) == {"t1"}


GONE = [
    ("remove-full", date(2024, 1, 17), 5, 3),
    ("remove-before-the-statement", date(2024, 1, 15), 3, 2),
]


@pytest.mark.rule("GEN-06")
@pytest.mark.parametrize(("file", "on", "before", "after"), GONE)
def test_seats_that_are_gone_no_longer_recur(file: str, on: date, before: int, after: int):
    """9.97 a month for each of the seats that stay, be it credited or taken back beforehand."""
    charges = in_force(history(named(file)))
    assert total(charges, on - timedelta(days=1)) == before * 997
    assert total(charges, on) == total(charges, date(2024, 12, 31)) == after * 997
    (moved,) = movements(charges, on - timedelta(days=1), on)
    assert (moved.kind, moved.amount) == ("contraction", (after - before) * 997)


@pytest.mark.rule("EV-06")
def test_a_subscription_that_was_carried_over_by_a_note_no_longer_recurs():
    """From the day of the purchase the new subscription recurs alone."""
    charges = in_force(history(named("individual_carried_over")))
    day = date(2020, 12, 26)
    assert recurring(charges, day - timedelta(days=1)) == {"home": 832}
    assert recurring(charges, day) == {"vpn": 6150}
