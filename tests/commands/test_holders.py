"""Persons, agents, services and devices that hold seats, as a plan allows (GEN-20)."""

from typing import Any

import pytest

from commands.activations import ActivateSeat, IssueActivation
from commands.decision import Command
from commands.payments import RecordPayment
from commands.purchases import AddSeats, SetSeatTotal, StartSubscription
from commands.removals import DisableAutoRenew, EnableAutoRenew
from commands.seats import AssignSeat, ReassignSeat, ReleaseSeat
from commands.subscriptions import ChangePlan, KeepSubscription
from commands.trials import StartTrial
from events.holders import SeatHolder
from events.seats import (
    ActivationIssued,
    SeatActivated,
    SeatAssigned,
    SeatReassigned,
    SeatReleased,
)
from tests.support.given import SELLER, Story, digest, person
from tests.support.shop import bought, buyer, every, plan, republished, shop, started, sub

DESK = {"subscription": "desk"}
ANN = {"email": "ann@acme.example", "name": "Ann"}
ROBOT = {"kind": "agent", "id": "crawler-7", "name": "Crawler"}
PRINTER = {"kind": "device", "id": "printer-3"}
BOTH = {"minimum": 1, "holders": ["person", "agent"]}
NOT_ALLOWED = "seats.holder_not_allowed"


def desk(count: int = 3, **changes: Any) -> Story:
    """Seats for persons and for agents."""
    return started(count, **{"seats": BOTH, "activation": "code", **changes})


@pytest.mark.rule("GEN-20")
def test_an_agent_holds_a_seat_and_stands_in_the_fact():
    """With its id and what it is called, and what the seat entitles to."""
    story = desk(entitlements={"calls": 9}).when(AssignSeat, **DESK, holder=ROBOT)
    story = story.then(
        SeatAssigned(
            subscription="desk", seat=1, entitlements={"calls": 9}, holder=SeatHolder(**ROBOT)
        )
    )
    held = sub(story).holders[1]
    assert (held.person, held.other, held.key) == (None, SeatHolder(**ROBOT), "agent:crawler-7")


@pytest.mark.rule("GEN-20")
def test_a_seat_goes_from_a_person_to_an_agent_and_back():
    """Its activation dies each time; whoever had the seat is named as it was."""
    story = desk().done(AssignSeat, **DESK, **ANN)
    ann = person(ANN["email"])
    story = story.when(ReassignSeat, **DESK, seat=1, holder=ROBOT).then(
        SeatReassigned(
            subscription="desk",
            seat=1,
            previous=ann.person,
            entitlements={},
            holder=SeatHolder(**ROBOT),
        )
    )
    assert list(sub(story).seat_of) == ["agent:crawler-7"]
    story = story.when(ReassignSeat, **DESK, seat=1, **ANN).then(
        SeatReassigned(
            subscription="desk",
            seat=1,
            person=ann.person,
            revision=1,
            domain="acme.example",
            entitlements={},
            previous_holder=SeatHolder(**ROBOT),
        )
    )
    assert list(sub(story).seat_of) == [ann.person]


@pytest.mark.rule("GEN-20")
def test_an_agents_seat_is_released_and_activated_as_a_persons():
    """By who may assign; each fact names the agent."""
    robot = SeatHolder(**ROBOT)
    story = desk().done(AssignSeat, **DESK, holder=ROBOT)
    made = {"activation": digest("code")}
    issued = ActivationIssued(
        subscription="desk", seat=1, kind="code", digest=digest("code"), holder=robot
    )
    story = story.when(IssueActivation, **DESK, seat=1, made=made).then(issued)
    story.when(ActivateSeat, **DESK, seat=1, activation="no").refused("seats.activation_not_valid")
    story = story.when(ActivateSeat, **DESK, seat=1, activation="code").then(
        SeatActivated(subscription="desk", seat=1, holder=robot)
    )
    assert sub(story).holders[1].activated
    story.when(ActivateSeat, by="x@acme.example", **DESK, seat=1, activation="code").refused(
        "access.role_missing"
    )
    story = story.when(ReleaseSeat, **DESK, seat=1).then(
        SeatReleased(subscription="desk", seat=1, holder=robot)
    )
    assert not sub(story).seat_of
    assert not sub(story).holders


@pytest.mark.rule("GEN-20", "SE-04")
def test_a_holder_has_one_seat_of_a_plan():
    """Told apart by kind and id, whatever it is called and however the id is composed."""
    story = bought(desk(), "more", "desk", 2)
    story = story.done(AssignSeat, **DESK, holder={**ROBOT, "id": "caf\u00e9"})
    again = {"kind": "agent", "id": " cafe\u0301 ", "name": "Other"}
    for name in ("desk", "more"):
        story.when(AssignSeat, subscription=name, holder=again).refused(
            "seats.user_already_has_seat"
        )
    story.when(AssignSeat, **DESK, holder={**ROBOT, "id": "CAF\u00c9"}).accepted()
    twice = [{"holder": ROBOT}, {"holder": {**ROBOT, "name": "Other"}}]
    story.when(AddSeats, **DESK, quantity=2, assign=twice).refused("seats.user_already_has_seat")


BUY = {"account": "acme", "subscription": "new", "plan": "desk", "seats": 2}
GIVING: list[tuple[type[Command], dict[str, Any]]] = [
    (AssignSeat, DESK),
    (AssignSeat, DESK | {"seat": 1}),
    (AssignSeat, DESK | {"seat": 99}),
    (ReassignSeat, DESK | {"seat": 3}),
    (AddSeats, DESK | {"quantity": 1, "assign": []}),
    (SetSeatTotal, DESK | {"total": 3, "assign": []}),
    (StartSubscription, BUY | {"payment_method": "card", "assign": []}),
    (StartTrial, BUY | {"plan": "tried", "assign": []}),
]


@pytest.mark.rule("GEN-20")
@pytest.mark.parametrize(("command", "fields"), GIVING)
def test_a_plan_seats_the_kinds_that_it_lists_and_no_other(command, fields: dict[str, Any]):
    """Left out that is persons alone; a plan may also seat none. Before anything of the seat."""

    def naming(holder: dict[str, Any]) -> dict[str, Any]:
        if "assign" in fields:
            return {**fields, "assign": [holder]}
        return {**fields, **holder}

    for holders in (None, ["agent"]):
        seats = {"minimum": 1} | ({"holders": holders} if holders else {})
        catalogue = shop(
            desk=plan(seats=seats), tried=plan(product="t", seats=seats, trial={"days": 9})
        )
        story = bought(buyer(catalogue, "2020-01-01"), "desk", "desk", 3)
        wrong, right = (ANN, {"holder": ROBOT}) if holders else ({"holder": ROBOT}, ANN)
        story.when(command, **naming(wrong)).refused(NOT_ALLOWED, rule="GEN-20")
        story.when(command, **naming({"holder": PRINTER})).refused(NOT_ALLOWED, "device")
        outcome = story.when(command, **naming(right))
        assert outcome.refusal is None or outcome.refusal.code in {
            "seats.not_assigned", "seats.unknown",
        }  # fmt: skip


@pytest.mark.rule("GEN-20", "MS-10")
def test_persons_and_agents_are_seated_in_one_step():
    """Also by the short form, without the word `holder`; the domain is asked of persons alone."""
    story = buyer(
        shop(desk=plan(seats=BOTH, requires=["approved_email_domain"])),
        "2020-01-01",
        domains=("acme.example",),
    )
    fields = {**BUY, "subscription": "desk", "payment_method": "card"}
    story = story.done(StartSubscription, **fields, assign=[{"holder": ROBOT}, ANN])
    assert (len(sub(story).seat_of), sub(story).seat_of["agent:crawler-7"]) == (2, 1)
    short = story.done(AddSeats, **DESK, quantity=1, assign=[{"kind": "agent", "id": "b"}])
    assert sub(short).seat_of["agent:b"] == 3


WRONG: list[dict[str, Any]] = [
    {"holder": ROBOT, **ANN},
    {"holder": ROBOT, "name": "Ann"},
    {"email": ANN["email"], "holder": ROBOT},
    {"email": ANN["email"]},
    {"holder": {"kind": "person", "id": "ann"}},
    {"holder": {"kind": "robot", "id": "ann"}},
    {"holder": {"kind": "agent"}},
    {"holder": {"kind": "agent", "id": ""}},
    {"holder": {"kind": "agent", "id": "\u2003"}},
    {"holder": {"kind": "agent", "id": "ann@acme.example"}},
    {"holder": {"kind": "agent", "id": "a", "name": "of ann@acme.example"}},
    {"holder": {**ROBOT, "colour": "red"}},
    {"holder": "crawler-7"},
    {},
]


@pytest.mark.rule("ALL-10")
@pytest.mark.parametrize("fields", WRONG)
def test_one_holder_is_named_and_no_address_stands_for_another(fields: dict[str, Any]):
    """A person by address and name, or another holder, whose id and name hold no address."""
    desk().when(AssignSeat, **DESK, **fields).refused("command.invalid")
    desk().when(AddSeats, **DESK, quantity=1, assign=[fields]).refused("command.invalid")


def to_persons(**more: Any) -> Story:
    """A subscription with an agent, and a plan of persons alone."""
    people = plan(seats={"minimum": 1}, renewal={"auto": True, "per_seat": True})
    story = buyer(shop(desk=plan(seats=BOTH), people=people), "2020-01-01")
    return bought(story, "desk", "desk", 3, **more)


@pytest.mark.rule("GEN-20")
def test_no_plan_is_chosen_that_does_not_seat_those_who_hold_seats():
    """The agent is released, or its seat ends with the term."""
    change = {**DESK, "plan": "people"}
    story = to_persons(assign=[{"holder": ROBOT}, ANN])
    story.when(ChangePlan, **change).refused(NOT_ALLOWED, "Seat 1", "Release the seat")
    story.done(ReleaseSeat, **DESK, seat=1).when(ChangePlan, **change).accepted()
    story = story.done(DisableAutoRenew, **DESK, holders=[ROBOT]).done(ChangePlan, **change)
    story.when(EnableAutoRenew, **DESK, quantity=1).refused(NOT_ALLOWED)


@pytest.mark.rule("GEN-20")
def test_no_seat_is_given_to_whom_the_plan_to_come_does_not_seat():
    """As long as the change is planned; what was ordered before leaves the agent out."""
    more = {**DESK, "quantity": 1, "payment_method": "bank", "order": "o"}
    story = to_persons().done(AddSeats, **more, assign=[{"holder": ROBOT}, ANN])
    story = story.done(ChangePlan, **DESK, plan="people")
    story.when(AssignSeat, **DESK, holder=ROBOT).refused(NOT_ALLOWED)
    kept = story.done(KeepSubscription, **DESK)
    kept.when(AssignSeat, **DESK, holder=ROBOT).accepted()
    assert len(sub(kept.done(RecordPayment, by=SELLER, order="o")).seat_of) == 2
    story = story.done(RecordPayment, by=SELLER, order="o")
    assert list(sub(story).seat_of) == [person(ANN["email"]).person]


def test_who_has_a_seat_keeps_it_when_the_plan_seats_the_kind_no_longer():
    """A new version is for new holders; the old ones are still named as such."""
    story = desk().done(AssignSeat, **DESK, holder=ROBOT)
    story = republished(story, shop(desk=plan(seats={"minimum": 1}))).until("2021-01-01")
    assert sub(story).plan_version == 2
    story.when(AssignSeat, **DESK, holder=PRINTER).refused(NOT_ALLOWED)
    story.when(DisableAutoRenew, **DESK, holders=[ROBOT]).accepted()
    assert len(every(story, SeatAssigned)) == 1
