"""Product keys: prepaid subscriptions, started and extended by keys (MS-05)."""

from typing import Any

import pytest

from commands.catalogue import WithdrawPlan
from commands.product_keys import RedeemProductKey
from commands.purchases import AddSeats
from events.charges import Charged
from events.seats import SeatsAdded
from events.subscriptions import ProductKeyRedeemed, SubscriptionEnded, SubscriptionStarted
from tests.support.given import OWNER, SELLER, Story, digest, given
from tests.support.shop import bought, buyer, every, plan, republished, shop, sub, term

STRANGER = "stranger@x.example"
FIVE = "AAAAA-BBBBB-CCCCC-DDDDD-00005"
MANY = "AAAAA-BBBBB-CCCCC-DDDDD-00090"
OTHER = "AAAAA-BBBBB-CCCCC-DDDDD-00001"
TWO = "AAAAA-BBBBB-CCCCC-DDDDD-00006"
NEEDY = "AAAAA-BBBBB-CCCCC-DDDDD-00002"
KEYS = (
    {"key": FIVE, "plan": "desk", "seats": 5},
    {"key": MANY, "plan": "desk", "seats": 90},
    {"key": TWO, "plan": "desk", "seats": 2},
    {"key": OTHER, "plan": "chair", "seats": 1},
    {"key": NEEDY, "plan": "needy", "seats": 1},
)


def shelf(**desk: Any) -> dict[str, Any]:
    """Plans whose keys there are."""
    return shop(
        keys=KEYS,
        desk=plan(seats={"minimum": 1, "maximum": 92}, **desk),
        chair=plan(product="chair"),
        needy=plan(product="needy", requires=["approved_application"]),
    )


def redeemed() -> Story:
    """A prepaid subscription of five seats, and one that was bought."""
    story = bought(buyer(shelf(), "2020-01-01", approved=False), "bought", "desk", 1)
    return story.done(RedeemProductKey, **key(FIVE))


def key(text: str, subscription: str = "pre") -> dict[str, str]:
    """The fields of a redemption."""
    return {"account": "acme", "subscription": subscription, "key": text}


@pytest.mark.rule("MS-05")
def test_a_key_starts_a_prepaid_subscription():
    """Nothing is charged, nothing renews, and the log holds the key's digest only."""
    story = given("microsoft").account(roles={OWNER: "global_administrator"})
    story = story.when(RedeemProductKey, **key("DEMO1-AAAAA-BBBBB-CCCCC-00002")).then(
        SubscriptionStarted, ProductKeyRedeemed, SeatsAdded
    )
    used = every(story, ProductKeyRedeemed)[0]

    assert used.digest == digest("DEMO1-AAAAA-BBBBB-CCCCC-00002", "key").removeprefix("sha256:")
    assert used.claims() == (("product_key", used.digest),)
    assert (sub(story, "pre").kind, len(sub(story, "pre").usable)) == ("prepaid", 5)
    story = story.until("2021-06-25")
    assert [fact.cause for fact in every(story, SubscriptionEnded)] == ["prepaid_over"]
    assert not every(story, Charged)


@pytest.mark.rule("MS-05")
def test_another_key_adds_seats_and_leaves_the_end_where_it_is():
    """Seats are added with keys, never bought."""
    story = redeemed()
    before = term(story, "pre")
    story.when(AddSeats, subscription="pre", quantity=1, payment_method="card").refused(
        "subscription.prepaid", "another product key", rule="MS-05"
    )
    story = story.when(RedeemProductKey, **key(" aaaaa-bbbbb-ccccc-ddddd-00006 "), on="2020-06-01")
    story = story.then(ProductKeyRedeemed, SeatsAdded)
    assert (term(story, "pre"), len(sub(story, "pre").usable)) == (before, 7)

    story = story.until("2021-01-01")
    story.when(RedeemProductKey, **key(MANY)).refused("subscription.ended")


@pytest.mark.rule("MS-05")
def test_a_key_works_once():
    """By whatever account it was used; a refusal does not use it up."""
    taken = (("product_key", digest(FIVE, "key").removeprefix("sha256:")),)
    story = buyer(shelf(), "2020-01-01")
    story.when(RedeemProductKey, **key(FIVE), taken=taken).refused(
        "subscription.key_already_used", rule="MS-05"
    )
    story.when(RedeemProductKey, **key(FIVE)).accepted()


ORDER = [
    (key(FIVE), STRANGER, (), "access.role_missing"),
    (key("no key"), STRANGER, (), "access.role_missing"),
    (key("no key", "bought"), OWNER, (), "subscription.not_prepaid"),
    (key("no key"), OWNER, (), "subscription.key_malformed"),
    (key("AAAAA-BBBBB-CCCCC-DDDDD-EEEE"), OWNER, (), "subscription.key_malformed"),
    (key("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"), OWNER, (), "subscription.key_unknown"),
    (key(MANY, "taken"), OWNER, (("subscription", "taken"),), "subscription.exists"),
    (key(OTHER), OWNER, (), "subscription.key_unknown"),
    (key(NEEDY, "bought"), OWNER, (), "account.application_not_approved"),
    (key(MANY), OWNER, (), "seats.above_maximum"),
    (key(OTHER, "new"), OWNER, (), None),
]


@pytest.mark.rule("MS-05")
@pytest.mark.parametrize(("fields", "by", "taken", "code"), ORDER)
def test_refusals_of_a_key_come_in_their_order(
    fields: dict[str, str], by: str, taken: tuple[tuple[str, str], ...], code: str | None
):
    """Access, account, the subscription, then the key: its form, whether it is known, used."""
    outcome = redeemed().when(RedeemProductKey, by=by, taken=taken, **fields)
    if code is None:
        outcome.accepted()
    else:
        outcome.refused(code)


@pytest.mark.rule("MS-04")
def test_no_key_while_a_check_is_pending():
    """Redeeming counts as buying, and the key stays unused."""
    story = bought(redeemed(), "other", "chair", 1, "invoice")
    story.when(RedeemProductKey, **key(OTHER, "new")).refused("order.credit_check_pending")


def test_a_key_of_a_withdrawn_plan_still_works():
    """Whoever has the key has paid for it."""
    story = buyer(shelf(), "2020-01-01").done(WithdrawPlan, by=SELLER, plan="desk")
    story.when(RedeemProductKey, **key(FIVE)).accepted()


def test_seats_are_added_by_the_version_that_the_term_keeps():
    """A newer version says something of new terms alone."""
    newer = shop(
        keys=KEYS,
        desk=plan(seats={"minimum": 1, "maximum": 90}, entitlements={"devices": 9}),
        chair=plan(product="chair"),
        needy=plan(product="needy"),
    )
    key_of_one = {"key": "AAAAA-BBBBB-CCCCC-DDDDD-00003", "plan": "desk", "seats": 86}
    newer["product_keys"] = [*newer["product_keys"], key_of_one]
    newer["plans"]["desk"]["from"] = "2020-01-01"
    story = republished(redeemed(), newer)
    story = story.done(RedeemProductKey, **key(key_of_one["key"]))

    assert len(sub(story, "pre").usable) == 91
    assert every(story, SeatsAdded)[-1].entitlements == {}


@pytest.mark.rule("PA-06", "MS-07")
def test_a_key_leads_past_no_channel():
    """The plan's, or the account's."""
    partner = {"kind": "partner", "name": "Fabrikam", "contact": "fabrikam.example"}
    story = buyer(shelf(channel=partner), "2020-01-01")
    story.when(RedeemProductKey, **key(FIVE)).refused(
        "subscription.sold_by_partner", "fabrikam.example"
    )
