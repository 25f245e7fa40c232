"""Taking back, while the term runs, what was to end with it: `KeepSubscription` (GEN-08)."""

from dataclasses import replace
from typing import Any

import pytest

from commands.carts import AddToCart
from commands.product_keys import RedeemProductKey
from commands.purchases import AddSeats, SetSeatTotal
from commands.removals import DisableAutoRenew, EnableAutoRenew, RemoveSeats
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription, ChangePlan, KeepSubscription
from commands.trials import StartTrial
from events.seat_numbers import SeatNumbers
from events.seats import SeatsAdded, SeatsRemoved
from events.subscriptions import SubscriptionKept
from tests.support.given import SELLER, given
from tests.support.shop import bought, buyer, invoices, lines, plan, shop, started, sub

DESK = {"subscription": "desk"}
ANN = {"email": "ann@acme.example", "name": "Ann"}
KEY = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"
WHOLE = {"renewal": {"auto": True, "per_seat": False}}
RESELLER = {"kind": "reseller", "name": "Northwind", "contact": "northwind.example"}


def kept(*ranges: tuple[int, int], cancelled: bool = False, plan: str | None = None) -> Any:
    """The fact of what was taken back."""
    numbers = SeatNumbers.from_ranges(ranges)
    return SubscriptionKept(subscription="desk", cancelled=cancelled, seats=numbers, plan=plan)


@pytest.mark.rule("GEN-08")
@pytest.mark.parametrize("renewal", [{}, WHOLE])
def test_a_cancellation_is_taken_back_while_the_term_runs(renewal: dict[str, Any]):
    """Whether or not the plan renews seat by seat; the holders keep their seats."""
    story = started(2, **renewal).done(AssignSeat, **DESK, **ANN)
    story = story.done(CancelSubscription, **DESK, on="2020-04-01")
    story = story.when(KeepSubscription, **DESK, on="2020-04-03").then(kept((1, 2), cancelled=True))
    story = story.until("2021-01-01")
    assert (len(sub(story).usable), len(sub(story).assigned)) == (2, 1)
    assert lines(invoices(story)[-1])[0][-1] == "240.00"


@pytest.mark.rule("GEN-08")
@pytest.mark.parametrize("command", [DisableAutoRenew, RemoveSeats])
def test_seats_that_were_to_end_renew_again(command):
    """Switched off or given back for the time after the term."""
    story = started(10).done(command, **DESK, seat_numbers=[2, 3, 9])
    story = story.when(KeepSubscription, **DESK).then(kept((2, 3), (9, 9)))
    assert len(sub(story.until("2021-01-01")).usable) == 10


@pytest.mark.rule("GEN-08")
def test_a_planned_change_of_plan_is_taken_back():
    """The subscription goes on by its own plan."""
    story = buyer(shop(desk=plan(), other=plan()), "2020-01-01")
    story = bought(story, "desk", "desk", 2).done(ChangePlan, **DESK, plan="other")
    story = story.when(KeepSubscription, **DESK).then(kept(plan="other"))
    assert sub(story.until("2021-01-01")).plan == "desk"


@pytest.mark.rule("GEN-08")
def test_all_of_it_is_taken_back_in_one_step():
    """Seats, the cancellation, the plan and the new seats that were to follow."""
    story = buyer(shop(desk=plan(), other=plan()), "2020-01-01")
    story = bought(story, "desk", "desk", 4).done(DisableAutoRenew, **DESK, seat_numbers=[4])
    story = story.done(CancelSubscription, **DESK).done(AddSeats, **DESK, quantity=1)
    story = story.done(ChangePlan, **DESK, plan="other", seats=7)
    outcome = story.when(KeepSubscription, **DESK)
    assert outcome.preview["renewal"]["seats"] == 5
    story = outcome.then(kept((1, 5), cancelled=True, plan="other")).until("2021-01-01")
    assert (sub(story).plan, sub(story).usable.ranges()) == ("desk", [[1, 5]])


@pytest.mark.rule("GEN-08")
def test_where_nothing_was_to_end_there_is_nothing_to_keep():
    """Also not a second time."""
    story = started(2)
    story.when(KeepSubscription, **DESK).refused("subscription.nothing_to_keep", rule="GEN-08")
    story = story.done(CancelSubscription, **DESK).done(KeepSubscription, **DESK)
    story.when(KeepSubscription, **DESK).refused("subscription.nothing_to_keep")


def test_a_first_order_that_waits_may_be_cancelled_and_kept():
    """Its seats renew once they are there."""
    story = started(2, method="bank").done(CancelSubscription, **DESK)
    story = story.when(KeepSubscription, **DESK).then(kept(cancelled=True))
    assert sub(story).will_renew


def test_what_ends_by_itself_is_not_kept():
    """A trial is bought, and a prepaid term or a plan without renewal is over with its term."""
    catalogue = shop(keys=({"key": KEY, "plan": "desk", "seats": 2},), desk=plan(trial={"days": 9}))
    story = buyer(catalogue, "2020-01-01")
    trial = story.done(StartTrial, account="acme", **DESK, plan="desk", seats=1)
    prepaid = story.done(RedeemProductKey, account="acme", **DESK, key=KEY)
    once = started(1, renewal={"auto": False, "per_seat": True})
    for having, words in ((trial, "Convert"), (prepaid, "2021-01-01"), (once, "2021-01-01")):
        having.when(KeepSubscription, **DESK).refused("subscription.nothing_to_keep", words)


def test_new_seats_chosen_for_after_the_end_are_taken_back_where_nothing_renews():
    """The present seats still end, as they were bought."""
    story = started(1, renewal={"auto": False, "per_seat": True})
    story = story.done(ChangePlan, **DESK, plan="desk", seats=3)
    story = story.when(KeepSubscription, **DESK).then(kept(plan="desk"))
    assert sub(story.until("2021-01-01")).ended


def test_keeping_is_for_whoever_may_cancel():
    """A role of the plan's, past no channel; and while the term runs."""
    story = started(2, account={"roles": {"aud@acme.example": "auditor"}})
    story = story.done(CancelSubscription, **DESK)
    story.when(KeepSubscription, **DESK, by="aud@acme.example").refused("access.role_missing")
    story.when(KeepSubscription, **DESK, by=SELLER).accepted()
    story.when(KeepSubscription, subscription="no").refused("subscription.unknown")
    story.until("2021-01-01").when(KeepSubscription, **DESK).refused("subscription.ended")

    story = buyer(shop(desk=plan(channel=RESELLER)), "2020-01-01")
    story = bought(story, "desk", "desk", 1, by=SELLER).done(CancelSubscription, **DESK, by=SELLER)
    story.when(KeepSubscription, **DESK).refused("subscription.sold_by_reseller", "Northwind")


def test_fewer_seats_than_the_minimum_are_not_kept():
    """Seats that came while the first order waited, and then came to nothing."""
    story = started(5, seats={"minimum": 5}).done(CancelSubscription, **DESK)
    gone = SeatsRemoved(subscription="desk", seats=SeatNumbers.span(3, 5), when="at_once")
    story.after(gone).when(KeepSubscription, **DESK).refused("seats.below_minimum")


def test_very_scattered_seats_are_kept_in_several_facts():
    """Each is small enough to be stored, and all of them renew."""
    story = given("expressvpn").account().subscription("desk", "volume-12m", 40_000)
    odd = SeatNumbers.of(range(1, 40_000, 2))
    for part in odd.chunks():
        story = story.after(SeatsRemoved(subscription="desk", seats=part, when="at_once"))
    story = story.done(CancelSubscription, **DESK)
    outcome = story.when(KeepSubscription, **DESK)
    assert [fact.cancelled for fact in outcome.facts] == [True, False, False]
    assert len(sub(outcome.accepted()).renewing) == 20_000


NOTHING_ADDED: list[tuple[Any, dict[str, Any]]] = [
    (AddSeats, DESK | {"quantity": 1}),
    (SetSeatTotal, DESK | {"total": 3}),
    (AddToCart, DESK | {"account": "acme", "plan": "desk", "seats": 1}),
    (KeepSubscription, DESK),
    (EnableAutoRenew, DESK | {"seat_numbers": [1]}),
]


@pytest.mark.rule("GEN-24")
@pytest.mark.parametrize(("command", "fields"), NOTHING_ADDED)
def test_nothing_is_added_to_what_was_carried_over(command, fields):
    """Its value pays for another subscription: it ends with its term as it is."""
    story = started(2).done(CancelSubscription, **DESK)
    over = replace(sub(story), carried_over=True)
    state = replace(story.state, subscriptions=story.state.subscriptions.insert("desk", over))
    replace(story, state=state).when(command, **fields).refused(
        "subscription.carried_over", rule="GEN-24"
    )


def test_seats_added_to_a_cancelled_subscription_renew_once_it_is_kept():
    """They were bought to end with the others."""
    story = started(2).done(CancelSubscription, **DESK).done(AddSeats, **DESK, quantity=1)
    added = [fact for fact in story.history if isinstance(fact, SeatsAdded)]
    assert [fact.renewing for fact in added] == [True, False]
    assert len(sub(story.done(KeepSubscription, **DESK)).renewing) == 3
