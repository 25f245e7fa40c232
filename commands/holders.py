"""Who is to hold a seat: a person by address and name, or an agent, a service, a device (GEN-20).

A person enters a decision as `KnownPerson`, any other holder as it was given: its id is no personal
datum.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from commands.decision import SEATS_MAX, Command, Email, KnownPerson, Policy, names_nobody
from commands.refusals import Refused
from commands.state.account import AccountState
from commands.state.subscriptions import Subscription
from events.fact import Identifier, left_out_if
from events.holders import SeatHolder
from events.orders import Assignment
from events.parties import Line
from events.plans import HolderKind, Plan
from events.seats import SeatAssigned

Who: TypeAlias = KnownPerson | SeatHolder
"""Somebody who is to get a seat, or holds one, as a decision knows them."""


def _compared(text: str) -> str:
    trimmed = unicodedata.normalize("NFC", text.strip())
    if not trimmed:
        raise ValueError("must not be blank")
    return names_nobody(trimmed)


HolderText = Annotated[Line, AfterValidator(_compared)]
"""The id or the name of a holder that is no person; it names none."""


class HolderGiven(BaseModel):
    """A holder that is no person."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["agent", "service", "device"]
    id: HolderText
    name: HolderText | None = None

    @property
    def holder(self) -> SeatHolder:
        """The holder as facts hold it."""
        return SeatHolder(kind=self.kind, id=self.id, name=self.name)


class NamedPerson(BaseModel):
    """A person who is to get a seat."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    email: Email
    name: Line


class OtherAssignee(BaseModel):
    """A holder that is no person and is to get a seat."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    holder: HolderGiven


def _is_other(given: object) -> bool:
    if isinstance(given, Mapping):
        return bool({"holder", "kind"} & given.keys())
    return isinstance(given, OtherAssignee | HolderGiven)


def _wrapped(given: object) -> object:
    """A holder may stand in a list by itself, without the word `holder` around it."""
    return {"holder": given} if isinstance(given, Mapping) and "kind" in given else given


def _unwrapped(given: object) -> object:
    alone = isinstance(given, Mapping) and set(given) == {"holder"}
    return given["holder"] if alone and isinstance(given, Mapping) else given


Assignee = Annotated[
    Annotated[NamedPerson, Tag("person")]
    | Annotated[
        OtherAssignee,
        BeforeValidator(_wrapped, json_schema_input_type=OtherAssignee | HolderGiven),
        Tag("holder"),
    ],
    Discriminator(lambda given: "holder" if _is_other(given) else "person"),
]
"""Somebody who is to get a seat."""

Assignees = Annotated[tuple[Assignee, ...], Field(strict=False, max_length=SEATS_MAX)]
"""Those who are to get a seat in the same step (MS-10)."""

HolderNamed = Annotated[
    Annotated[Email, Tag("person")]
    | Annotated[
        HolderGiven,
        BeforeValidator(_unwrapped, json_schema_input_type=HolderGiven),
        Tag("holder"),
    ],
    Discriminator(lambda given: "person" if isinstance(given, str) else "holder"),
]
"""Somebody who holds a seat: a person's address, or another holder."""


class HolderCommand(Command):
    """A command that names one who is to hold a seat: `email` and `name`, or `holder`."""

    subscription: Identifier
    email: Annotated[Email | None, left_out_if(None)] = None
    name: Annotated[Line | None, left_out_if(None)] = None
    holder: Annotated[HolderGiven | None, left_out_if(None)] = None

    @model_validator(mode="after")
    def _one_holder(self) -> Self:
        if (self.email is None) != (self.name is None) or (self.email is None) == (
            self.holder is None
        ):
            raise ValueError("give email and name, or holder")
        return self

    def who(self, policy: Policy) -> Who:
        """The one who is to hold the seat."""
        if self.holder is not None:
            return self.holder.holder
        return policy.person(self.email or "")


def known(policy: Policy, assign: Assignees) -> tuple[Who, ...]:
    """Those behind a list of assignees."""
    return tuple(
        one.holder.holder if isinstance(one, OtherAssignee) else policy.person(one.email)
        for one in assign
    )


def kind_of(who: Who) -> HolderKind:
    """What kind of holder somebody is."""
    return "person" if isinstance(who, KnownPerson) else who.kind


def check_domains(state: AccountState, plan: Plan, holders: Sequence[Who]) -> None:
    """Whether the users' domains are approved where the plan asks for it (SE-07).

    Raises:
        Refused: `account.email_domain_not_approved`.
    """
    if "approved_email_domain" in plan.requires:
        for who in holders:
            if isinstance(who, KnownPerson) and who.domain not in state.domains:
                raise Refused(
                    "account.email_domain_not_approved",
                    detail=f"The domain {who.domain} has not been approved.",
                    domain=who.domain,
                ).of_plan(plan)


def check_kinds(plan: Plan, kinds: Iterable[HolderKind]) -> None:
    """Whether a plan seats holders of these kinds (GEN-20).

    Raises:
        Refused: `seats.holder_not_allowed`.
    """
    for kind in kinds:
        if kind not in plan.seats.holders:
            seated = " or ".join(plan.seats.holders)
            raise Refused(
                "seats.holder_not_allowed",
                detail=f"{plan.title} has no seats for a holder of the kind {kind}.",
                remedy=f"Choose a holder of the kind {seated}.",
                kind=kind,
            ).of_plan(plan)


def assignment(who: Who) -> Assignment:
    """Somebody who is to get a seat when an order is complete."""
    if isinstance(who, KnownPerson):
        return Assignment(person=who.person, revision=who.revision, domain=who.domain)
    return Assignment(holder=who)


def assigned(sub: Subscription, plan: Plan, seat: int, who: Who | Assignment) -> SeatAssigned:
    """The fact that a seat is given to somebody (EV-13, EV-21)."""
    one = who if isinstance(who, Assignment) else assignment(who)
    return SeatAssigned(
        subscription=sub.subscription,
        seat=seat,
        person=one.person,
        revision=one.revision,
        domain=one.domain,
        entitlements=plan.entitlements,
        holder=one.holder,
    )


def assign_facts(sub: Subscription, plan: Plan, holders: Sequence[Who]) -> tuple[SeatAssigned, ...]:
    """Give holders, found assignable before, free seats in their order: those that renew first."""
    seats = zip(sub.first_free(len(holders)), holders, strict=True)
    return tuple(assigned(sub, plan, seat, who) for seat, who in seats)
