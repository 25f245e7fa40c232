"""Stories of accounts: particulars, roles, domains, application."""

import pytest

from events.accounts import (
    ApplicationApproved,
    ApplicationRejected,
    ApplicationSubmitted,
    BillingDetails,
    BillingDetailsChanged,
    EmailDomainApproved,
    EmailDomainWithdrawn,
    PaymentMethodAdded,
    PersonForgotten,
    RoleGranted,
    RoleRevoked,
)
from projections.accounts import AccountRow, RoleHeld
from tests.support.given_facts import TODAY, History, opened

OWNER = RoleHeld("owner", "p1", 1)


def account(history: History) -> AccountRow:
    """The row of `acme`."""
    row = history.rows().get(AccountRow, "acme")
    assert row is not None
    return row


def given() -> History:
    """An account."""
    return History().happens(opened())


def test_opened_account_has_an_owner():
    """An account begins with its owner, its catalogue and its currency."""
    row = account(given())

    assert (row.owner, row.roles, row.opened_on) == ("p1", (OWNER,), TODAY)
    assert (row.catalogue, row.currency, row.time_zone) == ("shop", "EUR", "Europe/Paris")
    assert (row.application, row.domains, row.channel) == ("none", (), None)


def test_particulars_are_replaced_whole():
    """A change of the billing details holds all of them."""
    details = BillingDetails(country="DE", vat_number="DE1")

    assert account(given().happens(BillingDetailsChanged(details=details))).details == details


def test_roles_come_and_go():
    """A role is held once, by whom it was granted to, until it is revoked."""
    history = given().happens(
        RoleGranted(person="p2", revision=1, role="administrator"),
        RoleGranted(person="p2", revision=2, role="administrator"),
        RoleGranted(person="p2", revision=2, role="billing_contact"),
    )
    assert account(history).roles == (
        OWNER,
        RoleHeld("administrator", "p2", 2),
        RoleHeld("billing_contact", "p2", 2),
    )

    history.happens(RoleRevoked(person="p2", role="administrator"))
    assert account(history).roles == (OWNER, RoleHeld("billing_contact", "p2", 2))


@pytest.mark.rule("ALL-10")
def test_forgotten_person_holds_no_role():
    """Who is forgotten has no role any more; the account stays."""
    history = given().happens(
        RoleGranted(person="p2", revision=1, role="auditor"), PersonForgotten(person="p2")
    )

    assert account(history).roles == (OWNER,)


@pytest.mark.rule("SE-07")
def test_domains_are_approved_and_withdrawn():
    """A domain is approved once, and no longer when it has been withdrawn."""
    history = given().happens(
        EmailDomainApproved(domain="a.example"),
        EmailDomainApproved(domain="b.example"),
        EmailDomainApproved(domain="a.example"),
    )
    assert account(history).domains == ("a.example", "b.example")

    assert account(history.happens(EmailDomainWithdrawn(domain="a.example"))).domains == (
        "b.example",
    )


def test_payment_methods_on_file():
    """Methods on file are named without the provider's token."""
    history = given().happens(PaymentMethodAdded(payment_method="card", reference="token"))

    assert account(history).payment_methods == ("card",)


@pytest.mark.rule("EV-04")
def test_application_is_decided():
    """An application is pending until it is approved or rejected, and may be made again."""
    history = given().happens(ApplicationSubmitted())
    assert account(history).application == "pending"

    assert account(history.happens(ApplicationRejected())).application == "rejected"

    history.happens(ApplicationSubmitted(), ApplicationApproved())
    assert account(history).application == "approved"


def test_accounts_are_listed_as_they_were_opened():
    """Accounts come in the order in which they were opened, whatever changed since."""
    history = History().happens(opened("zeta"), account="zeta").happens(opened())
    history.happens(ApplicationSubmitted(), account="zeta")

    assert [row.key for row in history.rows().page(AccountRow)] == ["zeta", "acme"]
