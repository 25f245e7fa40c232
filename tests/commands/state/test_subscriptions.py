"""What decisions know of one subscription."""

from datetime import date

import pytest

from commands.orders import CancelOrder
from commands.purchases import AddSeats
from commands.removals import DisableAutoRenew, EnableAutoRenew, RemoveSeats
from commands.seats import AssignSeat, ReassignSeat, ReleaseSeat
from commands.state.subscriptions import Subscription, evolve_subscription
from commands.subscriptions import CancelSubscription, ChangePlan
from commands.trials import ConvertTrial, StartTrial
from events.accounts import ApplicationSubmitted
from events.seat_numbers import SeatNumbers
from events.subscriptions import TermStarted
from tests.support.given import Story, person
from tests.support.shop import bought, buyer, plan, shop, started, sub, term

ANN = {"email": "ann@acme.example", "name": "Ann"}
BOB = {"email": "bob@acme.example", "name": "Bob"}


def seats_of(held: Subscription) -> dict[str, list[int]]:
    """Each set of seats."""
    names = ("usable", "ending", "renewing", "assigned", "free")
    return {name: list(getattr(held, name)) for name in names}


def test_total_is_usable_and_pending():
    """Pending seats have no number yet."""
    story = started(2).done(
        AddSeats, subscription="desk", quantity=3, payment_method="bank", order="o1"
    )
    held = sub(story)
    assert (held.total, held.pending_seats, dict(held.pending)) == (5, 3, {"o1": 3})
    assert held.next_numbers(2) == SeatNumbers.span(3, 4)
    assert sub(story.done(CancelOrder, order="o1")).total == 2


def test_seats_are_assigned_reassigned_and_released():
    """Seat and holder lead to each other."""
    story = started(3).done(AssignSeat, subscription="desk", seat=2, **ANN)
    ann, bob = person(ANN["email"]).person, person(BOB["email"]).person
    assert (sub(story).holders[2].person, sub(story).seat_of[ann]) == (ann, 2)
    assert seats_of(sub(story))["free"] == [1, 3]

    story = story.done(ReassignSeat, subscription="desk", seat=2, **BOB)
    assert (sub(story).holders[2].person, dict(sub(story).seat_of)) == (bob, {bob: 2})
    story = story.done(ReleaseSeat, subscription="desk", seat=2)
    assert not sub(story).holders
    assert seats_of(sub(story))["assigned"] == []


def test_seats_are_switched_off_and_on():
    """Those that will not renew stay usable until the end."""
    story = started(4).done(DisableAutoRenew, subscription="desk", seat_numbers=[1, 3])
    assert seats_of(sub(story)) == {
        "usable": [1, 2, 3, 4],
        "ending": [1, 3],
        "renewing": [2, 4],
        "assigned": [],
        "free": [1, 2, 3, 4],
    }
    story = story.done(EnableAutoRenew, subscription="desk", seat_numbers=[3])
    assert seats_of(sub(story))["renewing"] == [2, 3, 4]
    story = story.until("2021-01-01")
    assert (seats_of(sub(story))["usable"], seats_of(sub(story))["ending"]) == ([2, 3, 4], [])


def test_switching_on_takes_a_cancellation_back_for_those_seats():
    """All others end."""
    story = started(4).done(CancelSubscription, subscription="desk")
    assert not sub(story).renewing
    story = story.done(EnableAutoRenew, subscription="desk", seat_numbers=[2])
    assert (seats_of(sub(story))["renewing"], sub(story).cancelled) == ([2], False)


def test_seats_gone_at_once_take_their_numbers_along():
    """A number is never given twice."""
    story = started(3, removal="once_released")
    story = story.done(RemoveSeats, subscription="desk", seat_numbers=[3])
    story = story.done(AddSeats, subscription="desk", quantity=1)
    assert seats_of(sub(story))["usable"] == [1, 2, 4]


def goes_on(story: Story) -> tuple[bool, bool]:
    """Whether the seats will renew, and whether anything follows."""
    return sub(story).will_renew, sub(story).goes_on


def test_something_follows_where_seats_renew_or_new_ones_were_chosen():
    """A cancelled subscription goes on by the plan that was chosen for it (EV-18)."""
    story = started(2)
    assert goes_on(story) == (True, True)
    story = story.done(CancelSubscription, subscription="desk")
    assert goes_on(story) == (False, False)
    story = story.done(ChangePlan, subscription="desk", plan="desk", seats=1)
    assert goes_on(story) == (False, True)
    assert goes_on(story.until("2021-01-01")) == (True, True)


def test_what_waits_to_begin_has_no_end_that_falls_due():
    """A first order, or the conversion of a trial."""
    story = started(1, method="bank")
    assert (sub(story).starting, sub(story).due_on) == ("c1", None)

    story = buyer(shop(desk=plan(trial={"days": 30})), "2020-01-01")
    story = story.done(StartTrial, account="acme", subscription="desk", plan="desk", seats=1)
    assert sub(story).due_on == date(2020, 1, 31)
    story = story.done(ConvertTrial, subscription="desk", payment_method="bank", order="o1")
    assert (sub(story).converting, sub(story).due_on) == ("o1", None)
    assert sub(story.done(CancelOrder, order="o1")).due_on == date(2020, 1, 31)


def test_a_trial_that_is_bought_has_seats_that_renew():
    """They did not renew as a trial."""
    story = buyer(shop(desk=plan(trial={"days": 30})), "2020-01-01")
    story = story.done(StartTrial, account="acme", subscription="desk", plan="desk", seats=2)
    assert seats_of(sub(story))["ending"] == [1, 2]
    story = story.done(ConvertTrial, subscription="desk", payment_method="card")
    assert seats_of(sub(story))["renewing"] == [1, 2]


@pytest.mark.rule("GT-09")
def test_a_moved_billing_date_leaves_what_was_decided_on_seats():
    """What was switched off stays so, and so does a plan for the time after."""
    story = started(3, change_resets_term=True, proration={"by": "days"})
    story = story.done(DisableAutoRenew, subscription="desk", seat_numbers=[1])
    story = story.done(ChangePlan, subscription="desk", plan="desk")
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-07-01")
    assert seats_of(sub(story))["renewing"] == [2, 3, 4]
    assert sub(story).planned is not None
    assert term(story) == (date(2020, 7, 1), date(2021, 7, 1))


def test_a_fact_of_something_else_leaves_it_as_it_is():
    """The same object."""
    held = sub(bought(started(1), "other", "desk", 1))
    assert evolve_subscription(held, ApplicationSubmitted()) is held
    assert list(held.usable) == [1]


def test_the_last_day_of_a_renewal_stays_the_last():
    """An order that waited long may begin a term that is over: its renewal bears an earlier day."""
    held = sub(started(1, term={"months": 1}).until("2020-03-01"))
    assert held.renewed_on == date(2020, 3, 1)
    renewal = TermStarted(
        subscription="desk", term=held.term.model_copy(update={"start": date(2020, 2, 15)}),
        cause="renewal", plan="desk", plan_version=1, product="desk", level=None,
        payment_method="card", renews=True,
    )  # fmt: skip
    assert evolve_subscription(held, renewal).renewed_on == date(2020, 3, 1)
