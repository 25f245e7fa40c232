"""The application for volume licences."""

import pytest

from commands.applications import (
    ApplyForVolumeLicences,
    ApproveApplication,
    RejectApplication,
)
from commands.purchases import StartSubscription
from events.accounts import ApplicationApproved, ApplicationRejected, ApplicationSubmitted
from tests.support.given import OWNER, SELLER, given

ACME = {"account": "acme"}
BUY = {
    "account": "acme", "subscription": "vpn", "plan": "volume-12m", "seats": 10,
    "payment_method": "card",
}  # fmt: skip


@pytest.mark.rule("EV-04")
def test_volume_licences_need_an_account_and_an_approved_application():
    """Without account, application and approval nothing is sold; with them it is."""
    story = given()
    story.when(ApplyForVolumeLicences, **ACME).refused("account.unknown", rule="EV-04")
    story = story.account(approved=False)
    refused = "account.application_not_approved"
    story = story.when(StartSubscription, **BUY).refused(refused, rule="EV-04")
    story = story.when(ApplyForVolumeLicences, **ACME).then(ApplicationSubmitted)
    story = story.when(StartSubscription, **BUY).refused(refused, rule="EV-04")
    story = story.when(ApproveApplication, by=SELLER, **ACME).then(ApplicationApproved)

    assert story.when(StartSubscription, **BUY).accepted()


@pytest.mark.rule("EV-04")
def test_a_rejected_application_can_be_made_again():
    """A rejection says why, sells nothing, and is not the last word."""
    story = given().account(approved=False).done(ApplyForVolumeLicences, **ACME)
    story = story.when(RejectApplication, by=SELLER, **ACME, reason="No such firm.").then(
        ApplicationRejected(reason="No such firm.")
    )
    story.when(StartSubscription, **BUY).refused("account.application_not_approved")
    story.when(ApproveApplication, by=SELLER, **ACME).refused("account.application_not_pending")
    story.when(ApplyForVolumeLicences, **ACME).then(ApplicationSubmitted)


@pytest.mark.rule("EV-04")
def test_an_application_is_made_once():
    """While one waits, and once it is approved, applying again changes nothing."""
    story = given().account(approved=False).done(ApplyForVolumeLicences, **ACME)
    story = story.when(ApplyForVolumeLicences, **ACME).nothing()
    story = story.done(ApproveApplication, by=SELLER, **ACME)
    story.when(ApplyForVolumeLicences, **ACME).nothing()


@pytest.mark.rule("EV-04")
@pytest.mark.parametrize("command", [ApproveApplication, RejectApplication])
def test_only_the_seller_decides_and_only_what_waits(command):
    """The owner applies and cannot approve; nothing is decided twice."""
    story = given().account(approved=False)
    story.when(command, by=SELLER, **ACME).refused("account.application_not_pending", rule="EV-04")
    story = story.done(ApplyForVolumeLicences, **ACME)
    story.when(command, by=OWNER, **ACME).refused("access.role_missing", "seller")
    story = story.done(command, by=SELLER, **ACME)
    story.when(command, by=SELLER, **ACME).refused("account.application_not_pending")


@pytest.mark.rule("EV-20")
def test_only_the_owner_applies():
    """Another role of the account does not apply for it."""
    story = given().account(approved=False, roles={"ann@acme.example": "administrator"})
    story.when(ApplyForVolumeLicences, by="ann@acme.example", **ACME).refused("access.role_missing")


@pytest.mark.parametrize("command", [ApplyForVolumeLicences, ApproveApplication, RejectApplication])
def test_an_application_belongs_to_an_account(command):
    """There is nothing to apply for, or to decide, without an account."""
    given().when(command, account="nowhere").refused("account.unknown")
