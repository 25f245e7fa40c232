"""The revenue schedule of every charge adds up to its net, less what was taken back of it."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from events.charges import Charged
from events.credit import CreditGranted
from events.envelope import Recorded
from events.invoices import CreditNoteIssued
from events.periods import add_months
from tests.sufficiency.histories import ALL, BY_HAND, history, name
from tests.sufficiency.revenue import Earning, charges_of, schedule, service_days, taken_back


def charged(events: tuple[Recorded, ...]) -> dict[str, Charged]:
    """The charges of a history by their ids."""
    found = (event.fact for event in charges_of(events).values())
    return {fact.charge: fact for fact in found if isinstance(fact, Charged)}


def by(earnings: list[Earning], key: str) -> Counter[str]:
    """The sum of earnings by charge or by cause."""
    sums: Counter[str] = Counter()
    for earning in earnings:
        sums[getattr(earning, key)] += earning.minor
    return sums


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_schedule_of_a_charge_adds_up_to_its_net(path: Path):
    """The months of a charge hold its net less all that was taken back of it, to the unit."""
    events = history(path)
    sums = by(schedule(events), "charge")
    backs: Counter[str] = Counter()
    for back in taken_back(events):
        backs[back.charge] += back.amount.minor

    expected = {
        charge: fact.net.minor - backs[charge]
        for charge, fact in charged(events).items()
        if not fact.reverses
    }
    assert {charge: sums[charge] for charge in expected} == expected


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_every_fact_moves_revenue_by_its_own_amount(path: Path):
    """A charge, an unused part, a carried-over credit and a credit note each move their net."""
    events = history(path)
    sums = by(schedule(events), "cause")
    expected: Counter[str] = Counter()
    for event in events:
        fact = event.fact
        if isinstance(fact, Charged):
            expected[fact.charge] += fact.net.minor
        elif isinstance(fact, CreditNoteIssued):
            expected[fact.invoice] += fact.net.minor
        elif isinstance(fact, CreditGranted):
            expected[fact.credit] -= sum(part.amount.minor for part in fact.of.charges)

    assert {cause: sums[cause] for cause in expected} == dict(expected)


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_schedule_is_straight_within_its_period(path: Path):
    """Before anything is taken back, each month holds its days' part of the net, within a unit."""
    events = history(path)
    for charge, fact in charged(events).items():
        if fact.reverses:
            continue
        own = [one for one in schedule(events) if one.charge == charge and one.cause == charge]
        service = service_days(fact)
        for earning in own:
            first = max(earning.month, service.start)
            last = min(add_months(earning.month, 1), service.end)
            share = abs(earning.minor * service.days - fact.net.minor * (last - first).days)
            assert share < service.days


@pytest.mark.rule("ALL-09")
def test_nothing_of_a_closed_month_changes():
    """What is taken back lessens no month before its own."""
    for path in BY_HAND:
        events = history(path)
        days = {back.cause: back.on.replace(day=1) for back in taken_back(events)}
        moved = [one for one in schedule(events) if one.cause in days]
        assert [one for one in moved if one.month < days[one.cause]] == []


@pytest.mark.rule("GT-09", "ALL-09")
def test_unused_part_ends_the_schedule_of_what_it_takes_back():
    """When the billing date moves, the old term earns up to that day and the new one from it."""
    path = next(path for path in BY_HAND if path.stem == "unpaid_and_credited")
    events = history(path)
    unused = next(fact for fact in charged(events).values() if fact.reason == "unused_credit")
    (part,) = unused.reverses
    upto = next(
        event.position
        for event in events
        if isinstance(event.fact, Charged) and event.fact.charge == unused.charge
    )
    old = [one for one in schedule(events, upto) if one.charge == part.charge]
    months: Counter[date] = Counter()
    for one in old:
        months[one.month] += one.minor

    assert (unused.period.start, sum(months.values())) == (date(2024, 9, 15), 6113)
    assert +months == {date(2024, 7, 1): 133, date(2024, 8, 1): 4120, date(2024, 9, 1): 1860}
