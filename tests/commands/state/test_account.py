"""The fold of an account's stream."""

from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta
from functools import reduce

import pytest

from commands.carts import AddToCart
from commands.purchases import AddSeats
from commands.seats import AssignSeat
from commands.state.account import AccountState, evolve, fold, initial
from commands.subscriptions import CancelSubscription
from commands.trials import StartTrial
from events.accounts import ApplicationRejected, ApplicationSubmitted, RoleGranted, RoleRevoked
from events.invoices import NumberGiven
from tests.support.given import OWNER, Story, person
from tests.support.shop import bought, buyer, plan, shop, started

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
ANN = {"email": "ann@acme.example", "name": "Ann"}


def busy() -> Story:
    """A story with a bit of everything."""
    story = started(5).done(AssignSeat, subscription="desk", **ANN)
    story = story.done(AddSeats, subscription="desk", quantity=2, payment_method="bank")
    story = bought(story, "other", "desk", 1)
    return story.done(AddToCart, account="acme", subscription="n", plan="desk", seats=1)


def test_the_state_is_the_fold_of_the_facts():
    """In one go or one by one, it is the same."""
    story = busy()
    facts = [fact for fact in story.history if not isinstance(fact, NumberGiven)]
    again: AccountState = reduce(
        lambda state, fact: evolve(state, fact, NOON, date(2020, 1, 1)), facts, initial()
    )
    assert again == story.state
    assert again.version == len(facts)
    assert fold(again, ()) is again


def test_the_state_cannot_be_changed():
    """A preview folds facts into it without a copy, so nothing may be written."""
    with pytest.raises(FrozenInstanceError):
        initial().version = 1  # type: ignore[misc]
    assert not initial().exists
    assert busy().state.exists


def test_a_fact_shares_what_it_does_not_touch():
    """However large the account is."""
    state = busy().state
    after = evolve(state, ApplicationSubmitted(), NOON, date(2020, 1, 1))
    assert after.subscriptions is state.subscriptions
    assert after.orders is state.orders
    assert after.books is state.books


def test_the_last_instant_never_goes_back():
    """Late due work holds from before what was done since."""
    state = evolve(initial(), ApplicationSubmitted(), NOON, date(2020, 1, 1))
    earlier = evolve(state, ApplicationRejected(), NOON - timedelta(days=9), date(2019, 12, 23))
    assert (earlier.last_effective_at, earlier.application) == (NOON, "rejected")


def test_roles_are_counted_per_person():
    """Who has none any more is forgotten."""
    state = buyer(shop(), "2020-01-01").state
    ann = person(ANN["email"]).person
    for role in ("administrator", "auditor"):
        state = evolve(state, RoleGranted(person=ann, revision=1, role=role), NOON, date.min)
    assert state.roles[ann] == ("administrator", "auditor")
    for role in ("administrator", "auditor"):
        state = evolve(state, RoleRevoked(person=ann, role=role), NOON, date.min)
    assert ann not in state.roles
    assert state.roles[person(OWNER).person] == ("owner",)


def test_live_subscriptions_and_waiting_orders_are_listed():
    """So that due work and checks look at those alone."""
    story = busy()
    assert (story.state.live, len(story.state.waiting)) == (("desk", "other"), 1)
    story = story.done(CancelSubscription, subscription="other").until("2021-01-01")
    assert (story.state.live, story.state.waiting) == (("desk",), ())
    assert story.state.subscriptions["other"].ended


@pytest.mark.rule("GT-03")
def test_tried_products_stay_in_mind():
    """A trial counts for its product."""
    story = buyer(shop(desk=plan(trial={"days": 1})), "2020-01-01")
    story = story.done(StartTrial, account="acme", subscription="t", plan="desk", seats=1)
    assert story.until("2020-01-02").state.tried == ("desk",)


def test_charges_of_the_present_term_are_those_that_a_change_takes_back():
    """A renewal begins anew, and later seats of the term are added."""
    story = started(1).done(AddSeats, subscription="desk", quantity=1, on="2020-02-01")
    assert len(story.state.subscriptions["desk"].term_charges) == 2
    assert len(story.until("2021-01-01").state.subscriptions["desk"].term_charges) == 1
