"""Giving seats to holders: assigning, reassigning, releasing (EV-13, EV-15, SE-04, SE-08, GT-11).

Assigning stays with the account, whatever the channel of the subscription: only the plan's
`may_assign` counts.
"""

from collections.abc import Sequence

from commands.access import require_assigner
from commands.decision import Command, Policy, SeatNumber, decides
from commands.holders import (
    HolderCommand,
    Who,
    assign_facts,
    assigned,
    assignment,
    check_domains,
    check_kinds,
    kind_of,
)
from commands.purchase_checks import plan_of, subscription_of
from commands.refusals import Facts, Refused
from commands.seat_conflicts import check_assignable, conflicting, plans_of, stay_of
from commands.state.account import AccountState
from commands.state.subscriptions import Holder, Subscription
from events.fact import Identifier
from events.plans import Plan
from events.seats import SeatReassigned, SeatReleased


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


def holder_of(sub: Subscription, seat: int, remedy: str = "") -> Holder:
    """Who holds a usable seat; the remedy where nobody does.

    Raises:
        Refused: `seats.unknown`, `seats.not_assigned`.
    """
    usable_seat(sub, seat)
    holder = sub.holders.get(seat)
    if holder is None:
        raise Refused(
            "seats.not_assigned",
            detail=f"Nobody holds seat {seat}.",
            remedy=remedy,
            seat=str(seat),
        )
    return holder


def check_seats_given(
    state: AccountState, policy: Policy, sub: Subscription, plan: Plan, holders: Sequence[Who]
) -> None:
    """Whether these holders can all get a seat of a subscription that there is, all or nothing.

    Raises:
        Refused: `seats.holder_not_allowed`, `seats.none_free`, `seats.user_already_has_seat`.
    """
    plans, free = plans_of(policy, sub, plan), len(sub.free)
    # Seats that go on are given first: with them goes the plan to come.
    seat = next(iter(sub.first_free(1)), 0)
    check_assignable(state, plans, stay_of(sub, seat), holders, free, _more_seats(sub))


def _more_seats(sub: Subscription) -> str:
    """What to do where no seat is free."""
    if sub.carried_over:
        return "Release a seat first."
    if sub.kind == "prepaid":
        return "Add seats with another product key, or release a seat."
    if sub.kind == "trial":
        wait = "Wait until the trial is bought, or release a seat."
        return wait if sub.converting else "Convert the trial with more seats, or release a seat."
    return "Buy more seats, wait until bought seats are usable, or release one."


def _assigned_already(state: AccountState, sub: Subscription, seat: int, who: Who) -> Refused:
    """The refusal of a seat that somebody holds; reassigning helps those who have none."""
    taken = conflicting(state, who.key, stay_of(sub, seat)) is not None
    return Refused(
        "seats.already_assigned",
        detail=f"Seat {seat} is assigned.",
        remedy="This user has a seat: choose another user, to whom it is reassigned."
        if taken
        else "",
        seat=str(seat),
    )


class AssignSeat(HolderCommand):
    """Give a free seat to a person, or to another holder that the plan seats.

    `seat` left out is the lowest free number that renews, else the lowest free one.
    """

    seat: SeatNumber | None = None


@decides(AssignSeat)
def assign_seat(command: AssignSeat, state: AccountState, policy: Policy) -> Facts:
    """Give a seat by name and address (EV-13); the fact says what the seat entitles to (EV-21).

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`,
            `account.email_domain_not_approved` (SE-07), `subscription.ended`,
            `seats.holder_not_allowed` (GEN-20), `seats.unknown`, `seats.none_free`,
            `seats.already_assigned`, `seats.user_already_has_seat` (SE-04).
    """
    sub = subscription_of(state, command.subscription)
    plan = plan_of(policy, sub).terms
    holders = (command.who(policy),)
    require_assigner(policy, plan)
    check_domains(state, plan, holders)
    going_on(sub)
    if command.seat is None:
        check_seats_given(state, policy, sub, plan, holders)
        return assign_facts(sub, plan, holders)
    plans = plans_of(policy, sub, plan)
    for one in plans:
        check_kinds(one, map(kind_of, holders))
    usable_seat(sub, command.seat)
    if command.seat in sub.assigned:
        raise _assigned_already(state, sub, command.seat, holders[0])
    check_assignable(state, plans, stay_of(sub, command.seat), holders, len(sub.free))
    return (assigned(sub, plan, command.seat, holders[0]),)


class ReassignSeat(HolderCommand):
    """Give a seat that somebody holds to another person, or to another holder."""

    seat: SeatNumber


@decides(ReassignSeat)
def reassign_seat(command: ReassignSeat, state: AccountState, policy: Policy) -> Facts:
    """Hand a seat on at any time; the activation of the one before dies with it (EV-15).

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`,
            `account.email_domain_not_approved`, `subscription.ended`,
            `seats.holder_not_allowed`, `seats.unknown`, `seats.not_assigned`,
            `seats.user_already_has_seat`, also for its present holder.
    """
    sub = subscription_of(state, command.subscription)
    plan = plan_of(policy, sub).terms
    holders = (command.who(policy),)
    require_assigner(policy, plan)
    check_domains(state, plan, holders)
    going_on(sub)
    plans = plans_of(policy, sub, plan)
    for one in plans:
        check_kinds(one, map(kind_of, holders))
    before = holder_of(sub, command.seat, "Assign it with AssignSeat instead.")
    check_assignable(state, plans, stay_of(sub, command.seat), holders, free=1)
    now = assignment(holders[0])
    reassigned = SeatReassigned(
        subscription=sub.subscription,
        seat=command.seat,
        previous=before.person,
        person=now.person,
        revision=now.revision,
        domain=now.domain,
        entitlements=plan.entitlements,
        previous_holder=before.other,
        holder=now.holder,
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
    holder = holder_of(sub, command.seat, "Nothing is left to release.")
    released = SeatReleased(
        subscription=sub.subscription,
        seat=command.seat,
        person=holder.person,
        holder=holder.other,
    )
    return (released,)
