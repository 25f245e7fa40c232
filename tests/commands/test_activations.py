"""Activations: issued once shown, used, replaced."""

from collections.abc import Callable

import pytest

from commands.activations import ActivateSeat, IssueActivation
from commands.seats import AssignSeat, ReassignSeat, ReleaseSeat
from events.seats import ActivationIssued, SeatActivated
from tests.support.given import OWNER, SELLER, Story, digest, given, person

ANN = "ann@acme.example"
BOB = "bob@acme.example"
VPN = {"subscription": "vpn", "seat": 1}
MAIL = {"subscription": "mail", "seat": 1}


def vpn() -> Story:
    """Five seats with a credential each; Ann has the first."""
    story = given("expressvpn").account().subscription("vpn", "volume-12m", 5)
    return story.done(AssignSeat, subscription="vpn", email=ANN, name="Ann")


def mail() -> Story:
    """Two seats with a code each; Ann, of an approved domain, has the first."""
    story = given("secureexchanges").account(
        domains=("acme.example",), roles={OWNER: "administrator"}
    )
    story = story.subscription("mail", "mail-12m", 2)
    return story.done(AssignSeat, subscription="mail", email=ANN, name="Ann")


@pytest.mark.rule("EV-14")
def test_a_credential_is_kept_as_a_digest_and_works_again_and_again():
    """The owner has it made for the seat's holder, who signs in with it on every device."""
    story = (
        vpn()
        .when(IssueActivation, made={"activation": digest("horse")}, **VPN)
        .then(
            ActivationIssued(
                subscription="vpn",
                seat=1,
                person=person(ANN).person,
                kind="credential",
                digest=digest("horse"),
            )
        )
    )
    for _ in range(3):
        story = story.when(ActivateSeat, by=ANN, **VPN, activation="horse").then(
            SeatActivated(subscription="vpn", seat=1, person=person(ANN).person)
        )


@pytest.mark.rule("SE-06")
def test_a_code_works_once():
    """The user activates the seat; the same code a second time is refused, a new one works."""
    story = (
        mail()
        .when(IssueActivation, made={"activation": digest("one")}, **MAIL)
        .then(
            ActivationIssued(
                subscription="mail",
                seat=1,
                person=person(ANN).person,
                kind="code",
                digest=digest("one"),
            )
        )
    )
    story = story.when(ActivateSeat, by=ANN, **MAIL, activation="one").then(SeatActivated)
    story.when(ActivateSeat, by=ANN, **MAIL, activation="one").refused(
        "seats.activation_already_used", rule="SE-06"
    )
    story.when(ActivateSeat, by=ANN, **MAIL, activation="two").refused("seats.activation_not_valid")
    story = story.done(IssueActivation, made={"activation": digest("two")}, **MAIL)
    story.when(ActivateSeat, by=ANN, **MAIL, activation="two").then(SeatActivated)


@pytest.mark.rule("EV-14", "SE-06")
@pytest.mark.parametrize(("begin", "seat"), [(vpn, VPN), (mail, MAIL)])
def test_issuing_anew_kills_the_one_before(begin: Callable[[], Story], seat: dict[str, object]):
    """Two activations of one seat never work side by side."""
    story = begin()
    for secret in ("one", "two"):
        story = story.done(IssueActivation, made={"activation": digest(secret)}, **seat)
    for wrong in ("one", "three", digest("two")):
        story.when(ActivateSeat, by=ANN, **seat, activation=wrong).refused(
            "seats.activation_not_valid"
        )
    story.when(ActivateSeat, by=ANN, **seat, activation="two").then(SeatActivated)


@pytest.mark.rule("EV-15")
def test_releasing_and_handing_on_kill_an_activation():
    """Back at the same person, the seat needs a new one."""
    story = vpn().done(IssueActivation, made={"activation": digest("one")}, **VPN)
    released = story.done(ReleaseSeat, **VPN).done(AssignSeat, **VPN, email=ANN, name="Ann")
    handed_on = story.done(ReassignSeat, **VPN, email=BOB, name="Bob")
    handed_on = handed_on.done(ReassignSeat, **VPN, email=ANN, name="Ann")
    for after in (released, handed_on):
        after.when(ActivateSeat, by=ANN, **VPN, activation="one").refused(
            "seats.activation_not_valid"
        )


@pytest.mark.rule("EV-14")
def test_an_activation_needs_a_holder():
    """Nobody holds the second seat, and there is no sixth."""
    story, made = vpn(), {"activation": digest("one")}
    for command, fields in ((IssueActivation, {}), (ActivateSeat, {"activation": "one"})):
        story.when(command, made=made, subscription="vpn", seat=2, **fields).refused(
            "seats.not_assigned", rule="EV-14"
        )
        story.when(command, made=made, subscription="vpn", seat=6, **fields).refused(
            "seats.unknown"
        )


@pytest.mark.rule("SE-06")
def test_a_plan_without_activation_issues_none():
    """Seats of such a plan are used as they are."""
    story = given("parallels").account().subscription("ras", "application-server-12m", 2)
    story = story.done(AssignSeat, subscription="ras", email=ANN, name="Ann")
    ras = {"subscription": "ras", "seat": 1}
    story.when(IssueActivation, made={"activation": digest("one")}, **ras).refused(
        "seats.activation_not_offered", rule="SE-06"
    )
    story.when(ActivateSeat, **ras, activation="one").refused("seats.activation_not_offered")


@pytest.mark.rule("EV-20")
def test_a_seat_is_activated_by_its_holder_or_who_assigns():
    """Its holder cannot have a new one made, and nobody else can use it."""
    story = vpn().done(AssignSeat, subscription="vpn", email=BOB, name="Bob")
    story = story.done(IssueActivation, made={"activation": digest("one")}, **VPN)
    for by in (ANN, OWNER, SELLER):
        story.when(ActivateSeat, by=by, **VPN, activation="one").then(SeatActivated)
    for by in (BOB, "stranger@x.example"):
        story.when(ActivateSeat, by=by, **VPN, activation="one").refused("access.role_missing")
    story.when(IssueActivation, by=ANN, made={"activation": digest("two")}, **VPN).refused(
        "access.role_missing"
    )


def test_an_activation_is_a_secret():
    """What the record of the command holds in its place is declared on the class."""
    assert ActivateSeat.SECRETS == ("activation",)
