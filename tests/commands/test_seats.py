"""Giving seats to people: assigned, handed on, released."""

import pytest

from commands.activations import ActivateSeat, IssueActivation
from commands.people import ApproveEmailDomain, WithdrawEmailDomain
from commands.purchases import AddSeats, StartSubscription
from commands.removals import DisableAutoRenew
from commands.seats import AssignSeat, ReassignSeat, ReleaseSeat
from events.seat_numbers import SeatNumbers
from events.seats import SeatAssigned, SeatReassigned, SeatReleased, SeatsEnded
from events.subscriptions import SubscriptionEnded
from tests.support.given import OWNER, SELLER, Story, digest, given, person

ANN = {"email": "ann@acme.example", "name": "Ann"}
BOB = {"email": "bob@acme.example", "name": "Bob"}
ADMIN = "admin@acme.example"
VPN = {"subscription": "vpn"}
MAIL = {"subscription": "mail"}


def vpn(seats: int = 5) -> Story:
    """A volume subscription of OWNER."""
    return given("expressvpn").account().subscription("vpn", "volume-12m", seats)


def mail(*domains: str) -> Story:
    """Three seats of mail, administered by ADMIN."""
    story = given("secureexchanges").account(domains=domains, roles={ADMIN: "administrator"})
    return story.subscription("mail", "mail-12m", 3)


@pytest.mark.rule("EV-13", "EV-21")
def test_a_seat_is_assigned_by_name_and_address():
    """The fact knows the person by id, the domain, and what the seat entitles to."""
    story = (
        vpn()
        .when(AssignSeat, **VPN, **ANN)
        .then(
            SeatAssigned(
                subscription="vpn",
                seat=1,
                person=person(ANN["email"]).person,
                revision=1,
                domain="acme.example",
                entitlements={"connected_devices": 8},
            )
        )
    )

    assert story.state.subscriptions["vpn"].holders[1].person == person(ANN["email"]).person


@pytest.mark.rule("EV-13")
@pytest.mark.parametrize(
    "fields",
    [
        {"email": ANN["email"]},
        {"name": "Ann"},
        ANN | {"name": ""},
        ANN | {"email": "ann"},
        ANN | {"email": "ann@@acme.example"},
        ANN | {"seat": 0},
        ANN | {"seat": "1"},
    ],
)
def test_an_assignment_needs_both_name_and_address(fields: dict[str, object]):
    """A seat is given to somebody, or not at all."""
    vpn().when(AssignSeat, **VPN, **fields).refused("command.invalid")


@pytest.mark.rule("EV-13", "GT-11")
def test_the_lowest_free_seat_is_given_unless_one_is_named():
    """Without a number the lowest free one; with one exactly that, if it is free."""
    story = vpn().done(AssignSeat, **VPN, **ANN, seat=2).done(AssignSeat, **VPN, **BOB)

    assert list(story.state.subscriptions["vpn"].assigned) == [1, 2]
    carl = {"email": "carl@acme.example", "name": "Carl"}
    story.when(AssignSeat, **VPN, **carl, seat=2).refused("seats.already_assigned", rule="EV-15")
    story.when(AssignSeat, **VPN, **carl, seat=6).refused("seats.unknown", rule="EV-13")
    given = story.when(AssignSeat, **VPN, **carl).accepted()

    assert given.state.subscriptions["vpn"].holders[3].person == person(carl["email"]).person


@pytest.mark.rule("EV-13", "EV-16")
def test_a_seat_that_renews_is_given_before_one_that_ends():
    """The lowest free number that renews, else the lowest free; also with a purchase."""
    story = vpn(seats=7).done(DisableAutoRenew, **VPN, seat_numbers=[1, 3])
    named = [{"email": f"u{n}@acme.example", "name": f"U{n}"} for n in range(8)]
    bought = story.done(AddSeats, **VPN, quantity=1, payment_method="card", assign=named)
    order = [
        bought.state.subscriptions["vpn"].seat_of[person(one["email"]).person] for one in named
    ]
    assert order == [2, 4, 5, 6, 7, 8, 1, 3]
    for number, one in zip([2, 4, 5, 6, 7, 1, 3], named, strict=False):
        story = story.done(AssignSeat, **VPN, **one)
        assert story.state.subscriptions["vpn"].seat_of[person(one["email"]).person] == number


@pytest.mark.rule("GT-11")
def test_new_seats_must_still_be_assigned():
    """What is bought belongs to nobody until it is assigned, then to that user alone."""
    story = given("goto").account(roles={"bill@acme.example": "billing_contact"})
    story = story.subscription("meet", "meeting-pro-12m", 1)
    story = story.done(AssignSeat, subscription="meet", **ANN)
    story.when(AssignSeat, subscription="meet", **BOB).refused("seats.none_free", rule="GT-11")
    story = story.done(AddSeats, by="bill@acme.example", subscription="meet", quantity=1)

    assert list(story.state.subscriptions["meet"].free) == [2]
    story.when(AssignSeat, subscription="meet", **BOB).then(SeatAssigned)


@pytest.mark.rule("PA-04")
def test_seats_that_wait_for_their_payment_cannot_be_assigned():
    """Three seats, two more ordered by bank transfer: three can be given, by number too."""
    story = given("parallels").account()
    story = story.subscription("desk", "desktop-business-12m", 1, pending=2)
    story = story.done(AssignSeat, subscription="desk", **ANN)
    story.when(AssignSeat, subscription="desk", **BOB).refused("seats.none_free", rule="PA-04")
    story.when(AssignSeat, subscription="desk", **BOB, seat=2).refused("seats.unknown")


@pytest.mark.rule("SE-04")
def test_a_user_has_one_seat_of_a_plan():
    """Nobody has two seats of one plan, not even in two subscriptions; of two plans, yes."""
    story = mail("acme.example").subscription("mail-2", "mail-12m", 2)
    story = story.subscription("forms", "forms-12m", 2).done(AssignSeat, by=ADMIN, **MAIL, **ANN)
    for name in ("mail", "mail-2"):
        story.when(AssignSeat, by=ADMIN, subscription=name, **ANN).refused(
            "seats.user_already_has_seat", rule="SE-04"
        )
    shouted = ANN | {"email": " ANN@Acme.Example "}
    story.when(AssignSeat, by=ADMIN, **MAIL, **shouted).refused("seats.user_already_has_seat")
    story.when(AssignSeat, by=ADMIN, subscription="forms", **ANN).then(SeatAssigned)


@pytest.mark.rule("SE-04")
def test_a_seat_of_an_ended_subscription_counts_no_more():
    """When the one subscription is over, its user can have a seat of the other."""
    story = mail("acme.example").subscription("mail-2", "mail-12m", 2)
    story = story.done(AssignSeat, by=ADMIN, **MAIL, **ANN)
    story = story.after(
        SeatsEnded(subscription="mail", seats=SeatNumbers.span(1, 3)),
        SubscriptionEnded(subscription="mail", cause="cancelled"),
    )
    story.when(AssignSeat, by=ADMIN, subscription="mail-2", **ANN).then(SeatAssigned)


@pytest.mark.rule("SE-07")
def test_the_domain_of_a_user_must_be_approved_exactly():
    """Neither another domain nor one below an approved one will do."""
    story = mail("acme.example")
    for address in ("ann@other.example", "ann@eu.acme.example", "ann@acme.example.evil.example"):
        refused = story.when(AssignSeat, by=ADMIN, **MAIL, email=address, name="Ann").refused
        refused("account.email_domain_not_approved", rule="SE-07")
    story = story.when(AssignSeat, by=ADMIN, **MAIL, **ANN).then(SeatAssigned)
    story = story.done(ApproveEmailDomain, by=SELLER, account="acme", domain="eu.acme.example")
    story.when(AssignSeat, by=ADMIN, **MAIL, email="bo@eu.acme.example", name="Bo").then(
        SeatAssigned
    )


@pytest.mark.rule("SE-07")
def test_a_withdrawn_domain_takes_no_more_users():
    """Whoever has a seat keeps it; nobody gets one, nor has one handed on."""
    story = mail("acme.example").done(AssignSeat, by=ADMIN, **MAIL, **ANN)
    story = story.done(WithdrawEmailDomain, by=SELLER, account="acme", domain="acme.example")
    for command, fields in ((AssignSeat, BOB), (ReassignSeat, BOB | {"seat": 1})):
        story.when(command, by=ADMIN, **MAIL, **fields).refused("account.email_domain_not_approved")
    story.when(ReleaseSeat, by=ADMIN, **MAIL, seat=1).then(SeatReleased)


@pytest.mark.rule("SE-07")
def test_only_an_administrator_gives_seats():
    """The owner is none, unless it is made one."""
    story = mail("acme.example")
    story.when(AssignSeat, by=OWNER, **MAIL, **ANN).refused("access.role_missing", "administrator")
    story = story.done(AssignSeat, by=ADMIN, **MAIL, **ANN)
    story.when(ReassignSeat, by=OWNER, **MAIL, **BOB, seat=1).refused(
        "access.role_missing", rule="SE-07"
    )
    story.when(ReleaseSeat, by=OWNER, **MAIL, seat=1).refused("access.role_missing", rule="SE-07")


@pytest.mark.rule("SE-07", "MS-10")
def test_users_given_with_a_purchase_need_an_approved_domain_too():
    """One user of another domain, and nothing at all is bought."""
    story = mail("acme.example")
    more = MAIL | {"quantity": 2, "payment_method": "card"}
    stranger = {"email": "x@other.example", "name": "X"}
    story.when(AddSeats, by=ADMIN, **more, assign=[ANN, stranger]).refused(
        "account.email_domain_not_approved"
    )

    assert story.when(AddSeats, by=ADMIN, **more, assign=[ANN, BOB]).accepted()


@pytest.mark.rule("EV-15")
def test_a_seat_is_handed_on_and_the_old_credential_dies():
    """At any time, to anybody without a seat; what the one before had opens nothing."""
    story = vpn().done(AssignSeat, **VPN, **ANN)
    story = story.done(IssueActivation, made={"activation": digest("one")}, **VPN, seat=1)
    story = story.when(ReassignSeat, on="2021-06-24", **VPN, **BOB, seat=1).then(
        SeatReassigned(
            subscription="vpn",
            seat=1,
            previous=person(ANN["email"]).person,
            person=person(BOB["email"]).person,
            revision=1,
            domain="acme.example",
            entitlements={"connected_devices": 8},
        )
    )
    story.when(ActivateSeat, **VPN, seat=1, activation="one").refused(
        "seats.activation_not_valid", rule="EV-14"
    )
    story.when(ActivateSeat, by=ANN["email"], **VPN, seat=1, activation="one").refused(
        "access.role_missing"
    )
    story.when(AssignSeat, **VPN, **ANN).then(SeatAssigned)


@pytest.mark.rule("EV-15")
def test_only_a_held_seat_is_handed_on_and_to_somebody_without_one():
    """A free seat is assigned instead; its holder, or the holder of another, has one already."""
    story = vpn().done(AssignSeat, **VPN, **ANN).done(AssignSeat, **VPN, **BOB)
    carl = {"email": "carl@acme.example", "name": "Carl"}
    story.when(ReassignSeat, **VPN, **carl, seat=3).refused("seats.not_assigned")
    story.when(ReassignSeat, **VPN, **carl, seat=6).refused("seats.unknown")
    for same in (ANN, BOB):
        story.when(ReassignSeat, **VPN, **same, seat=1).refused("seats.user_already_has_seat")


@pytest.mark.rule("SE-08")
def test_a_released_seat_is_free_for_another():
    """Its holder is told in the fact, and the next gets the same number."""
    story = mail("acme.example").done(AssignSeat, by=ADMIN, **MAIL, **ANN)
    story = story.when(ReleaseSeat, by=ADMIN, **MAIL, seat=1).then(
        SeatReleased(subscription="mail", seat=1, person=person(ANN["email"]).person)
    )
    story.when(ReleaseSeat, by=ADMIN, **MAIL, seat=1).refused("seats.not_assigned", rule="SE-08")
    story = story.done(AssignSeat, by=ADMIN, **MAIL, **BOB)

    assert list(story.state.subscriptions["mail"].assigned) == [1]


@pytest.mark.rule("EV-20")
def test_the_owner_alone_controls_the_seats():
    """No other role of the account gives, hands on or takes a seat; a stranger does not."""
    story = given("expressvpn").account(roles={ADMIN: "administrator"})
    story = story.subscription("vpn", "volume-12m", 5).done(AssignSeat, **VPN, **ANN)
    for by in (ADMIN, ANN["email"], "stranger@x.example"):
        for command, fields in (
            (AssignSeat, BOB),
            (ReassignSeat, BOB | {"seat": 1}),
            (ReleaseSeat, {"seat": 1}),
            (IssueActivation, {"seat": 1}),
        ):
            story.when(command, by=by, **VPN, **fields).refused("access.role_missing", rule="EV-20")


@pytest.mark.parametrize(
    ("command", "fields"),
    [(AssignSeat, ANN), (ReassignSeat, ANN | {"seat": 1}), (ReleaseSeat, {"seat": 1})],
)
def test_a_subscription_must_be_there_and_go_on(command, fields: dict[str, object]):
    """Seats of no subscription, or of one that ended, are given to nobody."""
    story = vpn()
    story.when(command, subscription="other", **fields).refused("subscription.unknown")
    story = story.after(
        SeatsEnded(subscription="vpn", seats=SeatNumbers.span(1, 5)),
        SubscriptionEnded(subscription="vpn", cause="cancelled"),
    )
    story.when(command, **VPN, **fields).refused("subscription.ended")


@pytest.mark.rule("MS-10")
def test_a_purchase_gives_its_seats_to_users_all_or_nothing():
    """More users than seats, or one user twice, and nothing is bought."""
    story = given("expressvpn").account()
    buy = {
        "account": "acme", "subscription": "vpn", "plan": "volume-12m", "seats": 5,
        "payment_method": "card",
    }  # fmt: skip
    users = [{"email": f"u{n}@acme.example", "name": f"User {n}"} for n in range(6)]
    story.when(StartSubscription, **buy, assign=users).refused("seats.none_free")
    story.when(StartSubscription, **buy, assign=[ANN, BOB, ANN]).refused(
        "seats.user_already_has_seat"
    )
    story = story.done(StartSubscription, **buy, assign=users[:5])

    assert len(story.state.subscriptions["vpn"].assigned) == 5
