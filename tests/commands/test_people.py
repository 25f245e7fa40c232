"""People of an account: roles, domains, forgetting."""

import pytest

from commands.applications import RejectApplication
from commands.people import (
    ApproveEmailDomain,
    ForgetPerson,
    GrantRole,
    RevokeRole,
    WithdrawEmailDomain,
)
from events.accounts import (
    EmailDomainApproved,
    EmailDomainWithdrawn,
    PersonForgotten,
    RoleGranted,
    RoleRevoked,
)
from tests.support.given import OWNER, SELLER, given, person

ANN = "ann@acme.example"
BOB = "bob@acme.example"
CHANNEL_ROLES = ["reseller", "partner", "volume_centre", "corporate"]
OTHER_ROLES = [
    "owner", "administrator", "billing_contact", "global_administrator",
    "billing_administrator", "auditor",
]  # fmt: skip


@pytest.mark.parametrize("role", OTHER_ROLES)
def test_the_owner_grants_and_revokes_roles(role: str):
    """What the owner gave it can take; to do it again changes nothing."""
    story = given().account()
    request = {"account": "acme", "email": ANN, "role": role}
    story = story.when(GrantRole, **request).then(
        RoleGranted(person=person(ANN).person, revision=1, role=role)
    )
    story = story.when(GrantRole, **request).nothing()
    story = story.when(RevokeRole, **request).then(
        RoleRevoked(person=person(ANN).person, role=role)
    )
    story.when(RevokeRole, **request).nothing()

    assert person(ANN).person not in story.state.roles


@pytest.mark.rule("PA-06", "MS-07")
@pytest.mark.parametrize("role", CHANNEL_ROLES)
def test_the_seller_alone_gives_the_roles_of_a_channel(role: str):
    """An owner cannot make itself its own reseller."""
    story = given().account()
    request = {"account": "acme", "email": ANN, "role": role}
    story.when(GrantRole, **request).refused("access.role_missing", "seller")
    story = story.done(GrantRole, by=SELLER, **request)
    story.when(RevokeRole, **request).refused("access.role_missing", "seller")
    story.when(RevokeRole, by=SELLER, **request).then(RoleRevoked)


@pytest.mark.rule("EV-20")
def test_nobody_but_the_owner_gives_roles():
    """An administrator cannot make another one, or itself the owner."""
    story = given().account(roles={ANN: "administrator"})
    for role in OTHER_ROLES:
        for by in (ANN, BOB):
            story.when(GrantRole, by=by, account="acme", email=ANN, role=role).refused(
                "access.role_missing", "owner", rule="EV-20"
            )
    story.when(RevokeRole, by=ANN, account="acme", email=OWNER, role="owner").refused(
        "access.role_missing"
    )


def test_a_role_that_does_not_exist_is_refused():
    """The ten roles are a closed list; the seller is none of them."""
    story = given().account()
    for role in ("seller", "boss", ""):
        story.when(GrantRole, account="acme", email=ANN, role=role).refused("command.invalid")


@pytest.mark.rule("SE-07")
def test_the_seller_approves_and_withdraws_domains():
    """A domain is kept in small letters; approving it twice changes nothing."""
    story = given("secureexchanges").account()
    story = story.when(ApproveEmailDomain, by=SELLER, account="acme", domain="Acme.Example").then(
        EmailDomainApproved(domain="acme.example")
    )
    story = story.when(
        ApproveEmailDomain, by=SELLER, account="acme", domain="acme.example"
    ).nothing()
    story = story.when(WithdrawEmailDomain, by=SELLER, account="acme", domain="ACME.example").then(
        EmailDomainWithdrawn(domain="acme.example")
    )
    story.when(WithdrawEmailDomain, by=SELLER, account="acme", domain="acme.example").nothing()


@pytest.mark.rule("SE-07")
@pytest.mark.parametrize("command", [ApproveEmailDomain, WithdrawEmailDomain])
def test_an_account_does_not_approve_its_own_domains(command):
    """Whatever role somebody holds in the account: domains are the seller's to approve."""
    story = given("secureexchanges").account(roles={ANN: "administrator"})
    for by in (OWNER, ANN):
        story.when(command, by=by, account="acme", domain="acme.example").refused(
            "access.role_missing"
        )


def test_a_domain_is_as_long_as_the_domain_name_system_allows():
    """253 characters in all and 63 a name: one more of either is refused."""
    name = "a" * 63
    story, fields = given().account(), {"by": SELLER, "account": "acme"}
    for domain in (f"{name}.{name}.{name}.{name[2:]}", f"{name}.example"):
        story.when(ApproveEmailDomain, **fields, domain=domain).then(
            EmailDomainApproved(domain=domain)
        )
    for domain in (f"{name}.{name}.{name}.{name[1:]}", f"a{name}.example"):
        story.when(ApproveEmailDomain, **fields, domain=domain).refused("command.invalid")


@pytest.mark.parametrize(
    "domain", ["", "acme", "ann@acme.example", "acme..example", ".example", "a b.example", "*.com"]
)
def test_what_is_no_domain_is_refused(domain: str):
    """A domain is names with dots between, and no address."""
    given().account().when(ApproveEmailDomain, by=SELLER, account="acme", domain=domain).refused(
        "command.invalid"
    )


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("bücher.example", "b\u00fccher.example"),
        ("bu\u0308cher.example", "b\u00fccher.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_compared_as_addresses_are(written: str, kept: str):
    """However a letter is composed, it is one domain."""
    given().account().when(ApproveEmailDomain, by=SELLER, account="acme", domain=written).then(
        EmailDomainApproved(domain=kept)
    )


@pytest.mark.rule("ALL-10")
def test_a_person_is_forgotten_by_the_owner_or_the_seller():
    """History keeps the id alone; whoever is forgotten holds no role."""
    story = given().account(roles={ANN: "administrator", BOB: "auditor"})
    story.when(ForgetPerson, by=ANN, account="acme", email=BOB).refused("access.role_missing")
    for by in (OWNER, SELLER):
        after = story.when(ForgetPerson, by=by, account="acme", email=ANN).then(
            PersonForgotten(person=person(ANN).person)
        )

        assert person(ANN).person not in after.state.roles


@pytest.mark.rule("EV-20")
@pytest.mark.parametrize("by", [OWNER, SELLER])
def test_an_account_keeps_an_owner(by: str):
    """The only one cannot lose the role, nor be forgotten, until there is another."""
    story = given().account(roles={ANN: "administrator"})
    steps = [(RevokeRole, {"email": OWNER, "role": "owner"}), (ForgetPerson, {"email": OWNER})]
    for command, fields in steps:
        story.when(command, by=by, account="acme", **fields).refused(
            "access.last_owner", "GrantRole", rule="EV-20"
        )
        two = story.done(GrantRole, account="acme", email=ANN, role="owner")
        one = two.done(command, by=by, account="acme", **fields)
        assert "owner" in one.state.roles[person(ANN).person]
        one.when(ForgetPerson, by=ANN, account="acme", email=ANN).refused("access.last_owner")
    story.when(RevokeRole, by=ANN, account="acme", email=OWNER, role="owner").refused(
        "access.role_missing"
    )
    story.when(RevokeRole, account="acme", email=ANN, role="owner").nothing()


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (GrantRole, {"email": ANN, "role": "auditor"}),
        (RevokeRole, {"email": ANN, "role": "auditor"}),
        (ForgetPerson, {"email": ANN}),
        (ApproveEmailDomain, {"domain": "acme.example"}),
        (WithdrawEmailDomain, {"domain": "acme.example"}),
    ],
)
def test_an_unknown_account_comes_first(command, fields: dict[str, str]):
    """Whoever asks, there is nothing to do in an account that does not exist."""
    given().when(command, account="nowhere", **fields).refused("account.unknown")


@pytest.mark.parametrize("reason", ["ask ann@acme.example", "a@b", "see <ann@acme.example>"])
def test_a_reason_names_nobody(reason: str):
    """A reason is kept for ever, and so holds no address."""
    given().account().when(RejectApplication, by=SELLER, account="acme", reason=reason).refused(
        "command.invalid", "e-mail address"
    )
