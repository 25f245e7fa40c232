"""Terms of a subscription: their days, the one that follows, and where their months count from."""

from datetime import date

import pytest

from commands.amounts.term_spans import anchor_of, first_term, term_after
from events.charges import TermSpan
from events.plans import Plan
from tests.support.given import given
from tests.support.shop import PER_PERIOD, plan, shop


def terms(**changes: object) -> Plan:
    """The terms of a plan of the shop."""
    return given(shop(desk=plan(**changes))).catalogue.plan_version("desk", 1).terms


ANCHORS = [
    ("2019-01-31", {"months": 1}, ["2019-02-28", "2019-03-31", "2019-04-30", "2019-05-31"]),
    ("2020-01-31", {"months": 1}, ["2020-02-29", "2020-03-31"]),
    ("2020-02-29", {"months": 12}, ["2021-02-28", "2022-02-28", "2023-02-28", "2024-02-29"]),
    ("2020-08-31", {"months": 6}, ["2021-02-28", "2021-08-31"]),
    ("2020-01-31", {"days": 30}, ["2020-03-01", "2020-03-31"]),
]


@pytest.mark.rule("ALL-05")
@pytest.mark.parametrize(("start", "length", "ends"), ANCHORS)
def test_terms_keep_their_anchor_day(start: str, length: dict[str, int], ends: list[str]):
    """From the last day of a long month to that of a short one, and back."""
    by = terms(term=length, price=PER_PERIOD, proration={"by": "days"})
    span = first_term(by, date.fromisoformat(start))
    seen = [span.end.isoformat()]
    while len(seen) < len(ends):
        span = term_after(span, by)
        seen.append(span.end.isoformat())

    assert seen == ends


@pytest.mark.rule("ALL-05")
def test_a_plan_of_other_length_keeps_the_anchor_where_it_can():
    """Months after months go on from the anchor; months after days have one of their own."""
    month, year = terms(term={"months": 1}), terms()
    days = terms(term={"days": 30}, price=PER_PERIOD, proration={"by": "days"})
    start = date(2021, 1, 31)

    after_month = term_after(first_term(month, start), year)
    assert (after_month.start, after_month.end) == (date(2021, 2, 28), date(2022, 2, 28))
    assert term_after(after_month, month).end == date(2022, 3, 31)

    span = term_after(first_term(days, date(2021, 1, 1)), month)
    seen = [span.start.isoformat()]
    for _ in range(3):
        seen.append(span.end.isoformat())
        span = term_after(span, month)
    assert seen == ["2021-01-31", "2021-02-28", "2021-03-31", "2021-04-30"]


ANCHORED = [
    ("2019-01-31", "2019-02-28", "2019-01-31"),
    ("2019-01-31", "2019-03-31", "2019-01-31"),
    ("2019-01-31", "2019-03-30", "2019-03-30"),
    ("2020-01-01", "2020-01-31", "2020-01-31"),
]


@pytest.mark.rule("ALL-05")
@pytest.mark.parametrize(("anchor", "start", "expected"), ANCHORED)
def test_months_count_from_the_anchor_where_the_term_begins_on_its_day(
    anchor: str, start: str, expected: str
):
    """Also on the last day of a short month; after a term of days, from the start of the term."""
    begins = date.fromisoformat(start)
    span = TermSpan(number=2, anchor=date.fromisoformat(anchor), start=begins, end=date(2022, 1, 1))
    assert anchor_of(span) == date.fromisoformat(expected)
