"""Stories of what is on offer."""

from datetime import date

import pytest

from events.catalogue import PlanPublished, PlanWithdrawn
from projections.plans import PlanRow, PlanVersionRow, offered, plan_key
from tests.support.given_facts import History, plan

NOW, LATER = date(2020, 6, 25), date(2020, 9, 1)


def given() -> History:
    """A plan, and a dearer version of it from September on."""
    first = PlanPublished(catalogue="shop", plan="yearly", version=1, terms=plan())
    second = PlanPublished(catalogue="shop", plan="yearly", version=2, terms=plan(LATER, "25.00"))
    return History().happens(first, second)


def row_of(history: History) -> PlanRow:
    """The row of the plan."""
    row = history.rows().get(PlanRow, plan_key("shop", "yearly"))
    assert row is not None
    return row


def version_on(history: History, day: date) -> int | None:
    """The version that is sold on a day."""
    found = offered(history.rows(), row_of(history), day)
    return None if found is None else found.version


@pytest.mark.rule("SE-01")
def test_the_version_on_offer_is_the_newest_whose_day_has_come():
    """A version that is published ahead is sold from its day on, and the one before until then."""
    assert row_of(given()).version == 2
    assert version_on(given(), NOW) == 1
    assert version_on(given(), LATER) == 2
    assert version_on(given(), date(2020, 6, 24)) is None


@pytest.mark.rule("SE-01")
def test_withdrawn_plan_is_not_on_offer():
    """A withdrawn plan is sold on no day, whatever is published of it after that."""
    history = given().happens(PlanWithdrawn(catalogue="shop", plan="yearly"))
    assert row_of(history).withdrawn
    assert version_on(history, LATER) is None

    history.happens(PlanPublished(catalogue="shop", plan="yearly", version=3, terms=plan()))
    assert (row_of(history).version, row_of(history).withdrawn) == (3, True)
    assert version_on(history, NOW) is None


def test_every_version_stays_readable():
    """Versions that are no longer sold are still there to explain what they charged."""
    versions = given().rows().page(PlanVersionRow)

    assert [(row.version, row.terms.price.tiers[0].amount) for row in versions] == [
        (1, plan().price.tiers[0].amount),
        (2, plan(amount="25.00").price.tiers[0].amount),
    ]
