"""People of an account: their roles, the domains of their addresses, and forgetting them.

Commands give addresses; decisions and facts know only the persons behind them (DESIGN 3).
"""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from commands.access import CHANNEL_ROLES, require_account, require_role, require_seller
from commands.decision import Command, PersonCommand, Policy, decides
from commands.refusals import Facts, Refused
from commands.state.account import AccountState
from events.accounts import (
    EmailDomainApproved,
    EmailDomainWithdrawn,
    PersonForgotten,
    RoleGranted,
    RoleRevoked,
)
from events.fact import Identifier
from events.parties import Role


def compared(domain: str) -> str:
    """A domain as domains are compared: NFC, small letters, like the addresses themselves."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", domain).lower())


Domain = Annotated[
    str,
    StringConstraints(max_length=253, pattern=r"^[^\W_][\w-]{0,62}(\.[^\W_][\w-]{0,62})+$"),
    AfterValidator(compared),
]
"""The part of an address behind its @, in small letters."""


class GrantRole(PersonCommand):
    """Give a person a role in the account."""

    role: Role


class RevokeRole(PersonCommand):
    """Take a role from a person."""

    role: Role


@decides(GrantRole)
def grant_role(command: GrantRole, state: AccountState, policy: Policy) -> Facts:
    """Give a role; one that the person holds already changes nothing (EV-20, MS-09).

    Raises:
        Refused: `account.unknown`, `access.role_missing`: the owner gives all roles but those
            that stand for a channel, which are the seller's to give.
    """
    _require_giver(command, state, policy)
    who = policy.person(command.email)
    if command.role in state.roles.get(who.person, ()):
        return ()
    return (RoleGranted(person=who.person, revision=who.revision, role=command.role),)


@decides(RevokeRole)
def revoke_role(command: RevokeRole, state: AccountState, policy: Policy) -> Facts:
    """Take a role back; one that the person does not hold changes nothing.

    Raises:
        Refused: as `grant_role`; `access.last_owner`.
    """
    _require_giver(command, state, policy)
    who = policy.people.get(command.email)
    if who is None or command.role not in state.roles.get(who.person, ()):
        return ()
    if command.role == "owner":
        _require_another_owner(state, who.person)
    return (RoleRevoked(person=who.person, role=command.role),)


def _require_another_owner(state: AccountState, person: str) -> None:
    """Let an owner go where another one stays, the seller's word or not (EV-20).

    Raises:
        Refused: `access.last_owner`.
    """
    owners = {holder for holder, roles in state.roles.items() if "owner" in roles}
    if owners == {person}:
        raise Refused("access.last_owner")


def _require_giver(command: GrantRole | RevokeRole, state: AccountState, policy: Policy) -> None:
    require_account(state, command.account)
    if command.role in CHANNEL_ROLES:
        require_seller(policy)
    else:
        require_role(policy, ("owner",))


class ApproveEmailDomain(Command):
    """Let users of a domain have seats of the plans that ask for it."""

    account: Identifier
    domain: Domain


class WithdrawEmailDomain(Command):
    """Let users of a domain have no further seats; those who have one keep it."""

    account: Identifier
    domain: Domain


@decides(ApproveEmailDomain)
def approve_email_domain(command: ApproveEmailDomain, state: AccountState, policy: Policy) -> Facts:
    """Approve a domain, exactly that one and none below it (SE-07).

    Raises:
        Refused: `account.unknown`, `access.role_missing`.
    """
    require_account(state, command.account)
    require_seller(policy)
    if command.domain in state.domains:
        return ()
    return (EmailDomainApproved(domain=command.domain),)


@decides(WithdrawEmailDomain)
def withdraw_email_domain(
    command: WithdrawEmailDomain, state: AccountState, policy: Policy
) -> Facts:
    """Take the approval of a domain back (SE-07); one that was not approved changes nothing.

    Raises:
        Refused: `account.unknown`, `access.role_missing`.
    """
    require_account(state, command.account)
    require_seller(policy)
    if command.domain not in state.domains:
        return ()
    return (EmailDomainWithdrawn(domain=command.domain),)


class ForgetPerson(PersonCommand):
    """Delete the name and address of a person; history keeps the id alone (ALL-10)."""


@decides(ForgetPerson)
def forget_person(command: ForgetPerson, state: AccountState, policy: Policy) -> Facts:
    """Forget who is behind a person's id; an address that nobody has changes nothing (ALL-10).

    The person loses all roles, since nobody can act as one who is forgotten. Seats stay held by
    the id until they are released or end. The account keeps an owner.

    Raises:
        Refused: `account.unknown`, `access.role_missing`, `access.last_owner`.
    """
    require_account(state, command.account)
    require_role(policy, ("owner",))
    who = policy.people.get(command.email)
    if who is None:
        return ()
    _require_another_owner(state, who.person)
    return (PersonForgotten(person=who.person),)
