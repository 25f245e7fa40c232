"""Seats that end: removed, or switched off so that they end with the term."""

from cProfile import Profile
from datetime import date

import pytest

from commands.decision import Command
from commands.purchases import AddSeats
from commands.removals import DisableAutoRenew, EnableAutoRenew, RemoveSeats
from commands.seats import AssignSeat, ReleaseSeat
from events.seat_numbers import SeatNumbers
from events.seats import SeatsEnded, SeatsRemoved
from events.subscriptions import (
    AutoRenewDisabled,
    AutoRenewEnabled,
    PlanChangeScheduled,
    SubscriptionCancelled,
    SubscriptionEnded,
)
from tests.support.given import OWNER, SELLER, Story, given
from tests.support.shop import started, sub

ANN = {"email": "ann@acme.example", "name": "Ann"}
ALL = [RemoveSeats, DisableAutoRenew, EnableAutoRenew]


def seats(*ranges: tuple[int, int]) -> SeatNumbers:
    """Numbers from ranges."""
    return SeatNumbers.from_ranges(ranges)


def vpn(count: int) -> Story:
    """A volume subscription: five seats at least, renewed seat by seat."""
    return given("expressvpn").account().subscription("vpn", "volume-12m", count)


def mail(count: int) -> Story:
    """Seats of a plan that are gone at once when removed."""
    story = given("secureexchanges").account(
        domains=("acme.example",), roles={OWNER: "administrator"}
    )
    return story.subscription("mail", "mail-12m", count)


def ask(*numbers: int, subscription: str = "vpn") -> dict[str, object]:
    """The fields of a command about several seats."""
    return {"subscription": subscription, "seat_numbers": list(numbers)}


@pytest.mark.rule("EV-16")
def test_auto_renew_is_switched_off_and_on_seat_by_seat():
    """The seats stay usable; those switched off will not renew, those back on will."""
    story = (
        vpn(10)
        .when(DisableAutoRenew, **ask(1, 2, 3, 9))
        .then(AutoRenewDisabled(subscription="vpn", seats=seats((1, 3), (9, 9))))
    )

    assert story.state.subscriptions["vpn"].usable == seats((1, 10))
    assert story.state.subscriptions["vpn"].renewing == seats((4, 8), (10, 10))
    story = story.when(DisableAutoRenew, **ask(1, 9)).nothing()
    story = story.when(DisableAutoRenew, **ask(3, 4)).then(
        AutoRenewDisabled(subscription="vpn", seats=seats((4, 4)))
    )
    story = story.when(EnableAutoRenew, **ask(2, 3, 5)).then(
        AutoRenewEnabled(subscription="vpn", seats=seats((2, 3)))
    )
    story.when(EnableAutoRenew, **ask(2, 3, 5)).nothing()


@pytest.mark.rule("EV-16", "EV-01")
@pytest.mark.parametrize("left", [1, 2, 3, 4])
def test_fewer_renewing_seats_than_the_minimum_are_refused(left: int):
    """Leaving one to four renewing is refused, in the plan's own words; five is fine."""
    story = vpn(10)
    story.when(DisableAutoRenew, **ask(*range(left + 1, 11))).refused(
        "seats.below_minimum",
        "needs, which is 5",
        "Up to four more individual subscriptions fit on one account.",
        rule="EV-01",
    )
    story.when(DisableAutoRenew, **ask(*range(6, 11))).then(AutoRenewDisabled)


@pytest.mark.rule("EV-16", "EV-17")
@pytest.mark.parametrize("steps", [[range(1, 11)], [range(1, 6), range(4, 11)]])
def test_no_renewing_seat_is_a_cancelled_subscription(steps: list[range]):
    """At once or in steps: with the last renewing seat the subscription is cancelled."""
    story = vpn(10)
    *earlier, last = steps
    for step in earlier:
        story = story.when(DisableAutoRenew, **ask(*step)).then(AutoRenewDisabled)
    story = story.when(DisableAutoRenew, **ask(*last)).then(
        AutoRenewDisabled,
        SubscriptionCancelled(subscription="vpn", ends_on=date(2021, 6, 25)),
    )

    assert story.state.subscriptions["vpn"].usable == seats((1, 10))
    assert not story.state.subscriptions["vpn"].renewing
    story.when(DisableAutoRenew, **ask(1)).refused("subscription.already_cancelled", rule="EV-17")


@pytest.mark.rule("EV-16")
def test_switching_on_takes_a_cancellation_back():
    """From the minimum on; only the seats that are named then renew."""
    story = vpn(10).done(DisableAutoRenew, **ask(*range(1, 11)))
    story.when(EnableAutoRenew, **ask(1, 2, 3, 4)).refused("seats.below_minimum", rule="EV-01")
    story = story.when(EnableAutoRenew, **ask(*range(1, 6))).then(
        AutoRenewEnabled(subscription="vpn", seats=seats((1, 5)))
    )

    assert story.state.subscriptions["vpn"].renewing == seats((1, 5))


@pytest.mark.rule("EV-18")
def test_a_plan_chosen_for_after_the_end_keeps_the_old_seats_ending():
    """Where new seats of another plan follow, the old ones no longer come back."""
    story = vpn(10).done(DisableAutoRenew, **ask(*range(1, 11)))
    story = story.after(
        PlanChangeScheduled(subscription="vpn", plan="volume-1m", seats=5, payment_method="card")
    )
    story.when(EnableAutoRenew, **ask(*range(1, 11))).refused("subscription.already_cancelled")


@pytest.mark.rule("EV-16")
@pytest.mark.parametrize("command", [DisableAutoRenew, EnableAutoRenew])
def test_a_plan_that_renews_as_a_whole_has_no_switch_per_seat(command: type[Command]):
    """The answer says so, and nothing is switched."""
    story = given("parallels").account().subscription("desk", "desktop-business-12m", 3)
    story.when(command, **ask(1, subscription="desk")).refused(
        "seats.auto_renew_not_per_seat", "renews as a whole"
    )


@pytest.mark.rule("EV-17", "MS-14")
@pytest.mark.parametrize("kind", ["trial", "prepaid"])
def test_trials_and_prepaid_terms_have_nothing_to_switch(kind):
    """They end with their term anyway."""
    story = given("microsoft").account(roles={OWNER: "billing_administrator"})
    story = story.subscription("365", "business-standard-12m", 5, kind=kind)
    for command in ALL:
        story.when(command, **ask(1, subscription="365")).refused("subscription.already_cancelled")


@pytest.mark.rule("SE-08")
def test_a_seat_is_first_freed_then_removed():
    """An assigned seat is not removed, and the answer says to release it; freed, it is gone."""
    story = mail(3).done(AssignSeat, subscription="mail", **ANN)
    story.when(RemoveSeats, **ask(1, subscription="mail")).refused(
        "seats.still_assigned", "Release the seat", rule="SE-08"
    )
    story.when(RemoveSeats, **ask(3, 1, subscription="mail")).refused("seats.still_assigned")
    story = story.done(ReleaseSeat, subscription="mail", seat=1)
    story = story.when(RemoveSeats, **ask(1, subscription="mail")).then(
        SeatsRemoved(subscription="mail", seats=seats((1, 1)), when="at_once")
    )

    assert story.state.subscriptions["mail"].usable == seats((2, 3))
    story.when(RemoveSeats, **ask(1, subscription="mail")).refused("seats.unknown")


@pytest.mark.rule("SE-08")
def test_removing_at_once_keeps_the_minimum():
    """The last seat stays until the subscription is cancelled."""
    mail(3).when(RemoveSeats, **ask(1, 2, 3, subscription="mail")).refused(
        "seats.below_minimum", "cancel the subscription"
    )


@pytest.mark.rule("EV-17")
def test_removing_the_last_renewing_seats_cancels():
    """Of three seats the second and third end with the term: without the first none renews."""
    story = mail(3).done(DisableAutoRenew, **ask(2, 3, subscription="mail"))
    story = story.when(RemoveSeats, **ask(1, subscription="mail")).then(
        SeatsRemoved, SubscriptionCancelled
    )
    story.when(RemoveSeats, **ask(3, subscription="mail")).then(SeatsRemoved)


@pytest.mark.rule("EV-16", "EV-17")
def test_seats_removed_at_renewal_end_with_the_term():
    """They stay usable till then, can be had back, and the last of them cancels."""
    story = vpn(10).done(AssignSeat, subscription="vpn", **ANN)
    story.when(RemoveSeats, **ask(1, 2)).refused("seats.still_assigned")
    story = story.when(RemoveSeats, **ask(9, 10)).then(
        SeatsRemoved(subscription="vpn", seats=seats((9, 10)), when="at_renewal")
    )

    assert story.state.subscriptions["vpn"].usable == seats((1, 10))
    assert story.state.subscriptions["vpn"].renewing == seats((1, 8))
    story = story.when(RemoveSeats, **ask(9, 10)).nothing()
    story.when(EnableAutoRenew, **ask(9)).then(AutoRenewEnabled)
    story.when(RemoveSeats, **ask(5, 6, 7, 8)).refused("seats.below_minimum", rule="EV-01")
    story = story.done(ReleaseSeat, subscription="vpn", seat=1)
    story.when(RemoveSeats, **ask(*range(1, 9))).then(SeatsRemoved, SubscriptionCancelled)


def test_a_planned_change_brings_its_own_minimum():
    """Two seats that will go on by a plan without a minimum need not be five."""
    story = vpn(10).after(
        PlanChangeScheduled(
            subscription="vpn", plan="individual-12m", seats=None, payment_method="card"
        )
    )
    story.when(DisableAutoRenew, **ask(*range(3, 11))).then(AutoRenewDisabled)


@pytest.mark.parametrize("command", ALL)
def test_seats_that_are_not_there_are_refused(command: type[Command]):
    """One unknown number among known ones, and nothing happens."""
    story = vpn(10)
    story.when(command, **ask(1, 11)).refused("seats.unknown", "Seat 11")
    story.when(command, **ask(1, subscription="other")).refused("subscription.unknown")
    ended = story.after(
        SeatsEnded(subscription="vpn", seats=seats((1, 10))),
        SubscriptionEnded(subscription="vpn", cause="cancelled"),
    )
    ended.when(command, **ask(1)).refused("subscription.ended", rule="EV-17")


@pytest.mark.parametrize("command", ALL)
@pytest.mark.parametrize("numbers", [[], [1, 1], [0], [-1], ["1"], [1.0], "1", [10**9], None])
def test_a_list_of_seats_is_distinct_numbers(command: type[Command], numbers: object):
    """Empty, doubled, or no numbers at all: the command is not well formed."""
    vpn(10).when(command, subscription="vpn", seat_numbers=numbers).refused("command.invalid")


@pytest.mark.rule("EV-20")
@pytest.mark.parametrize("command", ALL)
def test_who_may_buy_ends_seats(command: type[Command]):
    """Ending seats needs the role that buying needs."""
    story = given("expressvpn").account(roles={"ann@acme.example": "administrator"})
    story = story.subscription("vpn", "volume-12m", 10)
    story.when(command, by="ann@acme.example", **ask(1)).refused("access.role_missing")
    for by in (OWNER, SELLER):
        assert story.when(command, by=by, **ask(1)).accepted()


def calls(story: Story, *numbers: int) -> int:
    """How many functions a decision on these seats, and its fold, call."""
    story.done(DisableAutoRenew, **ask(*numbers))
    profile = Profile()
    profile.runcall(story.done, DisableAutoRenew, **ask(*numbers))
    return sum(entry.callcount for entry in profile.getstats())


def test_a_hundred_thousand_seats_cost_no_more_steps_than_ten():
    """Untouched seats are bits of one integer: no step is taken for any of them."""
    few, many = vpn(10), vpn(100_000)

    assert calls(many, 1, 2, 3) <= calls(few, 1, 2, 3)


def test_a_long_list_of_seats_goes_over_several_facts():
    """Every second of 100,000 seats: each fact stays within its 256 KiB, none is lost."""
    numbers = range(1, 100_000, 2)
    facts = vpn(100_000).when(DisableAutoRenew, **ask(*numbers)).facts

    assert all(len(fact.model_dump_json()) < 256 * 1024 for fact in facts)
    assert [number for fact in facts for number in fact.seats] == list(numbers)


@pytest.mark.rule("GT-09", "EV-16")
@pytest.mark.parametrize("numbers", [[1], [1, 2]])
def test_a_seat_that_the_billing_date_left_behind_does_not_renew_again(numbers: list[int]):
    """It ends on the old day, as it was to: the new term has no place for it (CONTRACT 5.8)."""
    story = started(2, change_resets_term=True, proration={"by": "days"})
    story = story.done(DisableAutoRenew, subscription="desk", seat_numbers=[1])
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-07-02")
    story.when(EnableAutoRenew, subscription="desk", seat_numbers=numbers).refused(
        "seats.unknown", "Seat 1 ends on 2021-01-01"
    )
    assert sub(story.until("2021-01-01")).usable.ranges() == [[2, 3]]
