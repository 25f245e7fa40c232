"""Publishing a catalogue, and selling a plan no longer."""

from copy import deepcopy
from hashlib import sha256
from typing import Any

import pytest

from commands.catalogue import PublishPlan, WithdrawPlan
from commands.purchases import AddSeats, StartSubscription
from events.catalogue import (
    PlanPublished,
    PlanWithdrawn,
    ProductKeysPublished,
    SellerPublished,
)
from events.sellers import KeyOffer
from tests.support.given import OWNER, SELLER, given

KEY = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"
SMALL: dict[str, Any] = {
    "catalogue": "small",
    "seller": {
        "name": "Small", "country": "IE", "currency": "EUR", "time_zone": "UTC",
        "invoice_series": "SM-{year}",
    },
    "plans": {
        "basic": {
            "product": "basic",
            "term": {"months": 1},
            "price": {"per": "period", "tiering": "volume", "tiers": [{"from": 1, "amount": "9"}]},
            "seats": {"minimum": 1},
            "proration": {"by": "days"},
            "payment": {"card": "at_once"},
            "renewal": {"auto": True, "per_seat": True},
            "may_buy": ["owner"],
        }
    },
}  # fmt: skip


def small(**plan: Any) -> dict[str, Any]:
    """The small catalogue, its plan changed in some fields."""
    mapping = deepcopy(SMALL)
    mapping["plans"]["basic"] |= plan
    return mapping


def test_a_catalogue_is_published_part_by_part():
    """The first publication brings all parts, the same again none, a change its part alone."""
    story = (
        given(None)
        .when(PublishPlan, by=SELLER, catalogue=small())
        .then(SellerPublished, PlanPublished)
    )
    story = story.when(PublishPlan, by=SELLER, on="2026-02-01", catalogue=small()).nothing()
    changed = small(title="Basic")
    story = story.when(PublishPlan, by=SELLER, catalogue=changed).then(PlanPublished)

    assert story.catalogue.newest("basic", story.on).version == 2
    assert story.catalogue.newest("basic", story.on).terms.title == "Basic"
    assert story.catalogue.plan_version("basic", 1).terms.title == "basic"


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({}, ["plans", "is needed"]),
        ("expressvpn", ["must be a mapping"]),
        (small(term={"months": 0}), ["plans.basic.term.months"]),
        (small(colour="blue"), ["plans.basic.colour", "is not a key"]),
        (
            small(price=SMALL["plans"]["basic"]["price"] | {"tiers": [{"from": 1, "amount": 9}]}),
            ["plans.basic.price.tiers[0].amount"],
        ),
        (
            small(
                price=SMALL["plans"]["basic"]["price"]
                | {"tiers": [{"from": 1, "amount": "9"}, {"from": 1, "amount": "8"}]}
            ),
            ["plans.basic.price.tiers"],
        ),
    ],
)
def test_a_bad_catalogue_is_refused_with_place_and_reason(mapping: object, words: list[str]):
    """Nothing of it is published, and the answer says where it is wrong."""
    given(None).when(PublishPlan, by=SELLER, catalogue=mapping).refused("command.invalid", *words)


def test_what_accounts_hold_for_ever_cannot_be_published_anew():
    """Currency and time zone stay those of the first publication."""
    other = small()
    other["seller"]["currency"] = "USD"
    given(SMALL).when(PublishPlan, by=SELLER, catalogue=other).refused(
        "command.invalid", "seller.currency", "EUR"
    )


def test_an_invoice_series_is_one_catalogue_s_in_the_ledger():
    """A series that another catalogue numbers by is refused; its own is no obstacle."""
    taken = (("series", "SM-*"),)
    given(None).when(PublishPlan, by=SELLER, taken=taken, catalogue=SMALL).refused(
        "command.invalid", "invoice_series"
    )
    given(SMALL).when(PublishPlan, by=SELLER, taken=taken, catalogue=small(title="Basic")).then(
        PlanPublished
    )


@pytest.mark.rule("MS-05")
def test_a_published_product_key_is_a_digest_from_the_start():
    """Neither the fact nor the command, and so no record of it, holds the key."""
    mapping = SMALL | {"product_keys": [{"key": KEY, "plan": "basic", "seats": 5}]}
    hidden = sha256(KEY.encode()).hexdigest()
    story = given(SMALL).when(PublishPlan, by=SELLER, catalogue=mapping).then(ProductKeysPublished)
    command = PublishPlan.model_validate({"catalogue": mapping})
    record = command.model_dump(mode="json")

    assert story.catalogue.key(hidden) == KeyOffer(digest=hidden, plan="basic", seats=5)
    assert KEY not in str(record)
    assert PublishPlan.model_validate(record) == command


@pytest.mark.rule("SE-01")
def test_a_withdrawn_plan_is_no_longer_sold():
    """Nobody new gets it, and those who have it keep it and may add to it."""
    story = given("parallels").account().subscription("desk", "desktop-business-12m", 3)
    withdraw = {"plan": "desktop-business-12m"}
    story = story.when(WithdrawPlan, by=SELLER, **withdraw).then(
        PlanWithdrawn(catalogue="parallels", plan="desktop-business-12m")
    )
    story = story.when(WithdrawPlan, by=SELLER, **withdraw).nothing()
    buy = {
        "account": "acme", "subscription": "more", "plan": "desktop-business-12m", "seats": 2,
        "payment_method": "card",
    }  # fmt: skip
    story.when(StartSubscription, **buy).refused("catalogue.plan_withdrawn", rule="SE-01")

    assert story.when(AddSeats, subscription="desk", quantity=1).accepted()


@pytest.mark.rule("SE-01")
def test_only_a_plan_that_there_is_can_be_withdrawn():
    """A plan of another catalogue, or of none, is unknown."""
    story = given("parallels")
    story.when(WithdrawPlan, by=SELLER, plan="nothing").refused("catalogue.plan_unknown")
    story.when(
        WithdrawPlan, by=SELLER, plan="desktop-business-12m", catalogue="expressvpn"
    ).refused("catalogue.plan_unknown")
    given(None).when(WithdrawPlan, by=SELLER, plan="basic").refused("catalogue.plan_unknown")


def test_the_seller_alone_keeps_its_catalogue():
    """No customer publishes or withdraws a plan."""
    story = given(SMALL)
    story.when(PublishPlan, by=OWNER, catalogue=SMALL).refused("access.role_missing")
    story.when(WithdrawPlan, by=OWNER, plan="basic").refused("access.role_missing")
