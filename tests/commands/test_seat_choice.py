"""Which seats a command concerns: by number, by holder, or just how many."""

from typing import Any

import pytest

from commands.removals import DisableAutoRenew, EnableAutoRenew, RemoveSeats
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription
from events.seat_numbers import SeatNumbers
from events.seats import SeatsRemoved
from events.subscriptions import AutoRenewDisabled, AutoRenewEnabled, SubscriptionCancelled
from tests.support.given import Story
from tests.support.shop import started, sub

DESK = {"subscription": "desk"}
ANN = {"email": "ann@acme.example", "name": "Ann"}
BOB = {"email": "bob@acme.example", "name": "Bob"}
ROBOT = {"kind": "agent", "id": "crawler-7"}
ALL = [RemoveSeats, DisableAutoRenew, EnableAutoRenew]


def desk(count: int = 8, **changes: Any) -> Story:
    """Ann holds seat 2, Bob seat 5; all others are free."""
    seats = {"minimum": 1, "holders": ["person", "agent"]}
    story = started(count, **{"seats": seats, **changes})
    story = story.done(AssignSeat, **DESK, **ANN, seat=2)
    return story.done(AssignSeat, **DESK, **BOB, seat=5)


def seats(*numbers: int) -> SeatNumbers:
    """Numbers of seats."""
    return SeatNumbers.of(numbers)


WAYS: list[dict[str, Any]] = [
    {},
    {"seat_numbers": [1], "quantity": 1},
    {"seat_numbers": [1], "holders": [ANN["email"]]},
    {"holders": [ANN["email"]], "quantity": 1},
    {"quantity": 0},
    {"holders": []},
    {"holders": ["ann"]},
    {"holders": [7]},
    {"holders": [{"kind": "person", "id": "ann"}]},
    {"holders": [ANN["email"], "ANN@acme.example "]},
    {"seat_numbers": [1, 1]},
]


@pytest.mark.parametrize("command", ALL)
@pytest.mark.parametrize("fields", WAYS)
def test_seats_are_named_in_exactly_one_way(command, fields: dict[str, Any]):
    """By their numbers, by their holders, or how many; each seat once."""
    desk().when(command, **DESK, **fields).refused("command.invalid")


QUANTITIES = [(1, [8]), (3, [6, 7, 8]), (6, [1, 3, 4, 6, 7, 8]), (7, [1, 3, 4, 5, 6, 7, 8])]


@pytest.mark.rule("EV-16")
@pytest.mark.parametrize(("quantity", "chosen"), QUANTITIES)
def test_so_many_seats_are_switched_off_free_ones_first(quantity: int, chosen: list[int]):
    """Of the free ones the highest numbers first; then those of holders, in the same order."""
    story = desk().when(DisableAutoRenew, **DESK, quantity=quantity)
    story.then(AutoRenewDisabled(subscription="desk", seats=seats(*chosen)))


def test_seats_that_end_anyway_are_not_chosen_again():
    """Three more seats are given up, not three that were given up before."""
    story = desk().done(DisableAutoRenew, **DESK, quantity=2)
    for command in (RemoveSeats, DisableAutoRenew):
        more = story.done(command, **DESK, quantity=2)
        assert list(sub(more).ending) == [4, 6, 7, 8]


@pytest.mark.rule("SE-08")
@pytest.mark.parametrize("removal", ["at_renewal", "once_released"])
def test_so_many_free_seats_are_given_back(removal: str):
    """Where too few are free, the answer names one that is assigned."""
    story = desk(removal=removal)
    removed = story.when(RemoveSeats, **DESK, quantity=2).facts
    assert [fact.seats for fact in removed if isinstance(fact, SeatsRemoved)] == [seats(7, 8)]
    story.when(RemoveSeats, **DESK, quantity=7).refused("seats.still_assigned", "Seat 5")


@pytest.mark.parametrize("command", [RemoveSeats, DisableAutoRenew])
def test_no_more_seats_are_given_up_than_there_are(command):
    """The answer says how many there are; all of them is cancelling."""
    story = started(3)
    story.when(command, **DESK, quantity=4).refused("seats.unknown", "only 3", "at most 3")
    story.when(command, **DESK, quantity=3).accepted()
    facts = story.when(command, **DESK, quantity=3).facts
    assert isinstance(facts[-1], SubscriptionCancelled)


@pytest.mark.rule("EV-16")
def test_so_many_seats_renew_again_free_ones_first():
    """Free seats first, of those the highest numbers, as with all numbers of seats (CONTRACT 2)."""
    story = desk().done(DisableAutoRenew, **DESK, seat_numbers=[1, 2, 3, 4, 5])
    story.when(EnableAutoRenew, **DESK, quantity=6).refused("seats.unknown", "only 5")
    for quantity, back in ((1, [4]), (2, [3, 4]), (4, [1, 3, 4, 5])):
        outcome = story.when(EnableAutoRenew, **DESK, quantity=quantity)
        outcome.then(AutoRenewEnabled(subscription="desk", seats=seats(*back)))

    cancelled = desk().done(CancelSubscription, **DESK)
    story = cancelled.done(EnableAutoRenew, **DESK, quantity=3)
    assert list(sub(story).renewing) == [6, 7, 8]
    desk().when(EnableAutoRenew, **DESK, quantity=1).refused("seats.unknown", "only 0")


def test_giving_up_and_taking_back_as_many_changes_nothing():
    """The same seats come back, whatever the number."""
    for quantity in range(1, 8):
        story = desk().done(DisableAutoRenew, **DESK, quantity=quantity)
        story = story.done(EnableAutoRenew, **DESK, quantity=quantity)
        assert len(sub(story).renewing) == 8


@pytest.mark.rule("EV-16")
def test_seats_are_named_by_their_holders():
    """By the address, however it is written; switched off and on again."""
    story = desk().when(DisableAutoRenew, **DESK, holders=[BOB["email"], " ANN@acme.example"])
    story = story.then(AutoRenewDisabled(subscription="desk", seats=seats(2, 5)))
    story.when(EnableAutoRenew, **DESK, holders=[ANN["email"]]).then(
        AutoRenewEnabled(subscription="desk", seats=seats(2))
    )
    desk().when(RemoveSeats, **DESK, holders=[ANN["email"]]).refused("seats.still_assigned")


@pytest.mark.rule("GEN-20")
@pytest.mark.parametrize("named", [ROBOT, {"holder": ROBOT}])
def test_holders_that_are_no_persons_are_named_by_kind_and_id(named: dict[str, Any]):
    """With or without the word `holder` around them, and whatever they are called."""
    story = desk().done(AssignSeat, **DESK, holder={**ROBOT, "name": "Crawler"})
    story.when(DisableAutoRenew, **DESK, holders=[named, ANN["email"]]).then(
        AutoRenewDisabled(subscription="desk", seats=seats(1, 2))
    )


@pytest.mark.rule("SE-08")
@pytest.mark.parametrize("command", ALL)
def test_who_holds_no_seat_is_no_holder(command):
    """The answer counts, and names nobody; of a kind that the plan does not seat it says so."""
    story = desk().done(DisableAutoRenew, **DESK, seat_numbers=[1])
    unknown = story.when(command, **DESK, holders=[ANN["email"], "zoe@acme.example"])
    unknown.refused("seats.not_assigned", "Holder 2 of the list", rule="SE-08")
    assert unknown.refusal is not None
    assert "zoe" not in f"{unknown.refusal.detail} {unknown.refusal.parameters}"
    story.when(command, **DESK, holders=[ROBOT]).refused("seats.not_assigned", "Holder 1")
    device = {"kind": "device", "id": "d1"}
    story.when(command, **DESK, holders=[device]).refused("seats.holder_not_allowed", "device")
