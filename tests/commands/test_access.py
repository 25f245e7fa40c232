"""Who may do what: roles and channels (CONTRACT 3)."""

import pytest

from commands.access import CHANNEL_CODES
from commands.decision import Command, decide
from commands.people import GrantRole
from commands.purchases import AddSeats, StartSubscription
from commands.removals import DisableAutoRenew, RemoveSeats
from commands.seats import AssignSeat
from commands.trials import StartTrial
from events.plans import Channel
from events.seats import SeatAssigned
from tests.support.given import OWNER, SELLER, SYSTEM, Story, given

ANN = "ann@acme.example"
BOB = {"email": "bob@acme.example", "name": "Bob"}
ROLES = [
    "owner", "administrator", "billing_contact", "global_administrator", "billing_administrator",
    "reseller", "partner", "volume_centre", "corporate", "auditor",
]  # fmt: skip

BUYERS = [
    pytest.param("expressvpn", "volume-12m", {"owner"}, marks=pytest.mark.rule("EV-20")),
    pytest.param("parallels", "desktop-business-12m", {"owner", "administrator"}),
    pytest.param("secureexchanges", "mail-12m", {"administrator"}, marks=pytest.mark.rule("SE-07")),
    pytest.param("goto", "meeting-pro-12m", {"billing_contact"}, marks=pytest.mark.rule("GT-01")),
    pytest.param(
        "microsoft",
        "business-standard-12m",
        {"global_administrator", "billing_administrator"},
        marks=pytest.mark.rule("MS-09"),
    ),
]

CHANNELS = [
    pytest.param(
        "parallels", "desktop-business-resold-12m", "reseller", "administrator",
        "subscription.sold_by_reseller", "+1 425 555 0100",
        marks=pytest.mark.rule("PA-06"),
    ),
    pytest.param(
        "goto", "meeting-corporate-12m", "corporate", "billing_contact",
        "account.managed_by_adviser", "+353 1 555 0150",
        marks=pytest.mark.rule("GT-02"),
    ),
    pytest.param(
        "microsoft", "enterprise-e3-volume-36m", "volume_centre", "global_administrator",
        "subscription.managed_in_volume_centre", "https://volume-licensing.example/",
        marks=pytest.mark.rule("MS-06"),
    ),
    pytest.param(
        "microsoft", "business-standard-partner-12m", "partner", "billing_administrator",
        "subscription.sold_by_partner", "Fabrikam Cloud Services",
        marks=pytest.mark.rule("MS-07"),
    ),
]  # fmt: skip


def holding(catalogue: str, role: str, plan: str, **subscription: object) -> Story:
    """Ten seats of a plan, and Ann with one role; OWNER owns the account."""
    story = given(catalogue).account(roles={ANN: role})
    return story.subscription("sub", plan, 10, **subscription)


def buying() -> list[tuple[type[Command], dict[str, object]]]:
    """Commands that count as buying, on the subscription."""
    one = {"subscription": "sub", "seat_numbers": [10]}
    return [(AddSeats, {"subscription": "sub", "quantity": 1}), (RemoveSeats, one)]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("catalogue", "plan", "buyers"), BUYERS)
def test_the_roles_of_the_plan_buy_and_no_other(
    catalogue: str, plan: str, buyers: set[str], role: str
):
    """Buying seats and giving them back need a role of the plan's `may_buy`."""
    story = holding(catalogue, role, plan)
    for command, fields in buying():
        outcome = story.when(command, by=ANN, **fields)
        if role in buyers:
            assert outcome.accepted()
        else:
            outcome.refused("access.role_missing")


@pytest.mark.rule("MS-09", "GT-01", "SE-07")
@pytest.mark.parametrize(
    ("catalogue", "plan"),
    [
        ("microsoft", "business-standard-12m"),
        ("goto", "meeting-pro-12m"),
        ("secureexchanges", "mail-12m"),
    ],
)
def test_an_owner_who_is_not_listed_may_not_buy(catalogue: str, plan: str):
    """Owning the account is not enough; given the role by itself, the owner may."""
    story = given(catalogue).account()
    rule = {"microsoft": "MS-09", "goto": "GT-01", "secureexchanges": "SE-07"}[catalogue]
    buy = {"account": "acme", "subscription": "s", "plan": plan, "seats": 5}
    card = {"payment_method": "card"}
    story.when(StartSubscription, **buy, **card).refused("access.role_missing", rule=rule)
    role = {"microsoft": "global_administrator", "goto": "billing_contact"}.get(
        catalogue, "administrator"
    )
    story = story.done(GrantRole, account="acme", email=OWNER, role=role)

    assert story.when(StartSubscription, **buy, **card).accepted()


@pytest.mark.rule("GT-01", "GT-03")
def test_a_billing_contact_adds_a_trial_of_another_product():
    """At any time, and access is immediate; nobody else of the account does."""
    story = holding("goto", "billing_contact", "meeting-pro-12m")
    trial = {"account": "acme", "subscription": "web", "plan": "webinar-12m", "seats": 3}
    story = story.when(StartTrial, **trial).refused("access.role_missing", rule="GT-01")
    story = story.done(StartTrial, by=ANN, **trial)

    assert len(story.state.subscriptions["web"].free) == 3


@pytest.mark.parametrize(("catalogue", "plan", "kind", "role", "code", "contact"), CHANNELS)
def test_whoever_comes_past_the_channel_is_sent_to_its_contact(
    catalogue: str, plan: str, kind: str, role: str, code: str, contact: str
):
    """Whoever else comes is refused with the contact; the channel's own staff may."""
    story = holding(catalogue, role, plan)
    staff = holding(catalogue, kind, plan)
    for command, fields in buying():
        story.when(command, by=ANN, **fields).refused(code, contact)
        stranger = story.when(command, by="stranger@x.example", **fields)
        stranger.refused("access.role_missing", contact)
        for by in (ANN, SELLER):
            assert staff.when(command, by=by, **fields).accepted()


@pytest.mark.rule("PA-06", "MS-07", "MS-06", "GT-02")
@pytest.mark.parametrize("kind", list(CHANNEL_CODES))
def test_the_subscription_s_channel_holds_else_the_account_s_else_the_plan_s(kind: str):
    """Of several channels the nearest one names the contact, whatever plan it is."""
    near = Channel(kind=kind, name="Near", contact="near@one.example")
    far = Channel(kind="reseller", name="Far", contact="far@two.example")
    plan = "desktop-business-resold-12m"
    more = {"subscription": "sub", "quantity": 1}

    own = given("parallels").account(channel=far).subscription("sub", plan, 5, channel=near)
    own.when(AddSeats, **more).refused(CHANNEL_CODES[kind], "near@one.example")
    account = given("parallels").account(channel=near).subscription("sub", plan, 5)
    account.when(AddSeats, **more).refused(CHANNEL_CODES[kind], "near@one.example")
    direct = given("parallels").account().subscription("sub", "desktop-business-12m", 5)

    assert direct.when(AddSeats, **more).accepted()


@pytest.mark.rule("PA-06", "GT-02")
def test_assigning_stays_with_the_account():
    """A reseller's subscription is bought by the reseller, and its seats given by the owner."""
    story = holding("parallels", "reseller", "desktop-business-resold-12m")
    story.when(AssignSeat, by=OWNER, subscription="sub", **BOB).then(SeatAssigned)
    story.when(AssignSeat, by=ANN, subscription="sub", **BOB).refused("access.role_missing")


@pytest.mark.rule("PA-06")
def test_a_channel_is_given_by_the_seller_or_by_whoever_it_names():
    """A buyer cannot name a reseller, nor lift one by asking for direct sale."""
    reseller = {"kind": "reseller", "name": "Shop", "contact": "the shop"}
    buy = {
        "account": "acme", "subscription": "s", "plan": "desktop-business-12m", "seats": 2,
        "payment_method": "card",
    }  # fmt: skip
    story = given("parallels").account(roles={ANN: "reseller"})
    story.when(StartSubscription, **buy, channel=reseller).refused("access.role_missing")
    resold = buy | {"plan": "desktop-business-resold-12m", "channel": "direct"}
    story.when(StartSubscription, **resold).refused("subscription.sold_by_reseller")
    managed = given("parallels").account(channel=Channel(**reseller))
    for channel in ("direct", None):
        refused = managed.when(StartSubscription, **buy, channel=channel)
        refused.refused("subscription.sold_by_reseller", "the shop")
    for by in (ANN, SELLER):
        after = story.done(StartSubscription, by=by, **buy, channel=reseller)

        assert after.state.subscriptions["s"].channel == Channel(**reseller)


@pytest.mark.parametrize("by", [SELLER, SYSTEM])
def test_the_seller_may_everything(by: str):
    """Whatever `may_buy` or a channel says."""
    story = holding("microsoft", "auditor", "enterprise-e3-volume-36m")
    for command, fields in [*buying(), (AssignSeat, {"subscription": "sub", **BOB})]:
        assert story.when(command, by=by, **fields).accepted()


def test_ids_that_are_unknown_come_before_access():
    """A stranger learns that there is no such thing, as everybody does."""
    story = holding("microsoft", "auditor", "business-standard-12m")
    more = {"subscription": "other", "quantity": 1}
    story.when(AddSeats, by="stranger@x.example", **more).refused("subscription.unknown")


def test_access_comes_before_what_is_wrong_with_the_seats():
    """Whoever may not act learns nothing of the seats."""
    story = holding("microsoft", "auditor", "business-standard-12m")
    for command in (RemoveSeats, DisableAutoRenew):
        story.when(command, by=ANN, subscription="sub", seat_numbers=[99]).refused(
            "access.role_missing"
        )


def test_the_role_that_allowed_it_is_told():
    """A decision leaves the role that it used in the policy's trace, for the envelope."""
    story = holding("microsoft", "billing_administrator", "business-standard-12m")
    wanted = AssignSeat(subscription="sub", **BOB)
    policy = story._policy(wanted, ANN, {}, lambda *_claim: False)

    decide(wanted, story.state, policy)

    assert policy.trace.role == "billing_administrator"
    assert policy.trace.plans == {"business-standard-12m": 1}
