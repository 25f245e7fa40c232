"""Giving seats to people: assigning, reassigning, releasing (EV-13, EV-15, SE-04, SE-08, GT-11).

Assigning stays with the account, whatever the channel of the subscription: only the plan's
`may_assign` counts.
"""

from collections.abc import Sequence

from commands.access import require_assigner
from commands.decision import Command, Email, KnownPerson, Policy, SeatNumber, decides
from commands.purchases import check_domains, check_users, plan_of, subscription_of
from commands.refusals import Facts, Refused
from commands.state import AccountState
from commands.subscription_state import Holder, Subscription
from events.fact import Identifier
from events.parties import Line
from events.plans import Plan
from events.seats import SeatAssigned, SeatReassigned, SeatReleased


def going_on(sub: Subscription) -> None:
    """Let through what concerns a subscription that has not ended.

    Raises:
        Refused: `subscription.ended`.
    """
    if sub.ended:
        raise Refused("subscription.ended", subscription=sub.subscription)


def usable_seat(sub: Subscription, seat: int) -> None:
    """Let through a seat that can be used: numbered, and not gone.

    Raises:
        Refused: `seats.unknown`.
    """
    if seat not in sub.usable:
        raise Refused(
            "seats.unknown",
            detail=f"Seat {seat} is not there, or it has ended.",
            seat=str(seat),
        )


def holder_of(sub: Subscription, seat: int) -> Holder:
    """Who holds a usable seat.

    Raises:
        Refused: `seats.unknown`, `seats.not_assigned`.
    """
    usable_seat(sub, seat)
    holder = sub.holders.get(seat)
    if holder is None:
        raise Refused("seats.not_assigned", detail=f"Nobody holds seat {seat}.", seat=str(seat))
    return holder


def check_assignable(
    state: AccountState,
    policy: Policy,
    sub: Subscription,
    plan: Plan,
    persons: Sequence[KnownPerson],
) -> None:
    """Whether these persons can all get a seat of a subscription that there is, all or nothing.

    Raises:
        Refused: `access.role_missing`, `account.email_domain_not_approved`,
            `subscription.ended`, `seats.none_free`, `seats.user_already_has_seat`.
    """
    require_assigner(policy, plan)
    check_domains(state, plan, persons)
    going_on(sub)
    check_users(state, sub.plan, persons, len(sub.free))


def assign_facts(sub: Subscription, plan: Plan, persons: Sequence[KnownPerson]) -> Facts:
    """Give persons, found assignable before, the lowest free seats in their order."""
    return tuple(
        _assigned(sub, plan, seat, person)
        for seat, person in zip(sub.free.first(len(persons)), persons, strict=True)
    )


def _assigned(sub: Subscription, plan: Plan, seat: int, person: KnownPerson) -> SeatAssigned:
    return SeatAssigned(
        subscription=sub.subscription,
        seat=seat,
        person=person.person,
        revision=person.revision,
        domain=person.domain,
        entitlements=plan.entitlements,
    )


class AssignSeat(Command):
    """Give a free seat to a person; `seat` left out is the lowest free number."""

    subscription: Identifier
    email: Email
    name: Line
    seat: SeatNumber | None = None


@decides(AssignSeat)
def assign_seat(command: AssignSeat, state: AccountState, policy: Policy) -> Facts:
    """Give a seat by name and address (EV-13); the fact says what the seat entitles to (EV-21).

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`,
            `account.email_domain_not_approved` (SE-07), `subscription.ended`, `seats.unknown`,
            `seats.none_free`, `seats.already_assigned`, `seats.user_already_has_seat` (SE-04).
    """
    sub = subscription_of(state, command.subscription)
    plan = plan_of(policy, sub).terms
    persons = (policy.person(command.email),)
    if command.seat is None:
        check_assignable(state, policy, sub, plan, persons)
        return assign_facts(sub, plan, persons)
    require_assigner(policy, plan)
    check_domains(state, plan, persons)
    going_on(sub)
    usable_seat(sub, command.seat)
    if command.seat in sub.assigned:
        raise Refused(
            "seats.already_assigned",
            detail=f"Seat {command.seat} is assigned.",
            seat=str(command.seat),
        )
    check_users(state, sub.plan, persons, len(sub.free))
    return (_assigned(sub, plan, command.seat, persons[0]),)


class ReassignSeat(Command):
    """Give a seat that somebody holds to another person."""

    subscription: Identifier
    seat: SeatNumber
    email: Email
    name: Line


@decides(ReassignSeat)
def reassign_seat(command: ReassignSeat, state: AccountState, policy: Policy) -> Facts:
    """Hand a seat on at any time; the activation of the one before dies with it (EV-15).

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`,
            `account.email_domain_not_approved`, `subscription.ended`, `seats.unknown`,
            `seats.not_assigned`, `seats.user_already_has_seat`, also for its present holder.
    """
    sub = subscription_of(state, command.subscription)
    plan = plan_of(policy, sub).terms
    person = policy.person(command.email)
    require_assigner(policy, plan)
    check_domains(state, plan, (person,))
    going_on(sub)
    before = holder_of(sub, command.seat)
    check_users(state, sub.plan, (person,), free=1)
    reassigned = SeatReassigned(
        subscription=sub.subscription,
        seat=command.seat,
        previous=before.person,
        person=person.person,
        revision=person.revision,
        domain=person.domain,
        entitlements=plan.entitlements,
    )
    return (reassigned,)


class ReleaseSeat(Command):
    """Take a seat from its holder; it is free for another."""

    subscription: Identifier
    seat: SeatNumber


@decides(ReleaseSeat)
def release_seat(command: ReleaseSeat, state: AccountState, policy: Policy) -> Facts:
    """Free a seat, which is needed before it can be removed (SE-08); its activation dies.

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`, `subscription.ended`,
            `seats.unknown`, `seats.not_assigned`.
    """
    sub = subscription_of(state, command.subscription)
    require_assigner(policy, plan_of(policy, sub).terms)
    going_on(sub)
    holder = holder_of(sub, command.seat)
    return (SeatReleased(subscription=sub.subscription, seat=command.seat, person=holder.person),)
