"""The accounts: particulars, roles, domains, and how the application for licences stands."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, assert_never, get_args

from events.accounts import (
    AccountOpened,
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
from events.envelope import Recorded
from events.fact import Fact
from events.plans import Channel
from projections.rows import Row, Rows, existing

ApplicationStatus = Literal["none", "pending", "approved", "rejected"]
Change = (
    BillingDetailsChanged
    | RoleGranted
    | RoleRevoked
    | EmailDomainApproved
    | EmailDomainWithdrawn
    | PaymentMethodAdded
    | ApplicationSubmitted
    | ApplicationApproved
    | ApplicationRejected
    | PersonForgotten
)
Handled = AccountOpened | Change


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role that a person holds, with the revision of the name that held at the grant."""

    role: str
    person: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow(Row):
    """An account; its id is the key. Its credit is the `CreditRow` under the same key.

    `channel` None: bought directly, unless a purchase or a plan says otherwise. Persons are ids.
    """

    TABLE: ClassVar[str] = "accounts"
    catalogue: str
    currency: str
    time_zone: str
    opened_on: date
    owner: str
    details: BillingDetails
    channel: Channel | None
    roles: tuple[RoleHeld, ...]
    domains: tuple[str, ...]
    payment_methods: tuple[str, ...]
    application: ApplicationStatus


class AccountsProjection:
    """Folds the facts of accounts."""

    name = "accounts"
    version = 1
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (AccountRow,)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change an account by one event."""
        fact = event.fact
        if isinstance(fact, AccountOpened):
            rows.put(_opened(event, fact))
        elif isinstance(fact, Change):
            row = existing(rows, AccountRow, event.account or "")
            rows.put(_after(row, fact))


def _opened(event: Recorded, fact: AccountOpened) -> AccountRow:
    owner = fact.owner
    return AccountRow(
        key=fact.account,
        account=fact.account,
        position=event.position,
        catalogue=fact.catalogue,
        currency=fact.currency,
        time_zone=fact.time_zone,
        opened_on=event.effective_on,
        owner=owner.person,
        details=fact.details,
        channel=fact.channel,
        roles=(RoleHeld("owner", owner.person, owner.revision),),
        domains=(),
        payment_methods=(),
        application="none",
    )


def _after(row: AccountRow, fact: Change) -> AccountRow:
    match fact:
        case BillingDetailsChanged():
            return replace(row, details=fact.details)
        case RoleGranted():
            held = RoleHeld(fact.role, fact.person, fact.revision)
            return replace(row, roles=(*_without(row, fact.person, fact.role), held))
        case RoleRevoked():
            return replace(row, roles=_without(row, fact.person, fact.role))
        case PersonForgotten():
            roles = tuple(held for held in row.roles if held.person != fact.person)
            return replace(row, roles=roles)
        case EmailDomainApproved():
            return replace(row, domains=_with(row.domains, fact.domain))
        case EmailDomainWithdrawn():
            kept = tuple(domain for domain in row.domains if domain != fact.domain)
            return replace(row, domains=kept)
        case PaymentMethodAdded():
            return replace(row, payment_methods=_with(row.payment_methods, fact.payment_method))
        case ApplicationSubmitted():
            return replace(row, application="pending")
        case ApplicationApproved():
            return replace(row, application="approved")
        case ApplicationRejected():
            return replace(row, application="rejected")
        case _:
            assert_never(fact)


def _without(row: AccountRow, person: str, role: str) -> tuple[RoleHeld, ...]:
    return tuple(held for held in row.roles if (held.person, held.role) != (person, role))


def _with(known: tuple[str, ...], one: str) -> tuple[str, ...]:
    return known if one in known else (*known, one)
