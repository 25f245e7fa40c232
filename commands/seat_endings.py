"""Seats that end: given back, or switched off so that they end with the term (EV-16, SE-08).

Leaving no renewing seat is cancelling (EV-17); leaving fewer than the plan's minimum is refused
(EV-01). All of it works on sets of numbers, so that untouched seats cost nothing.
"""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from commands.access import require_subscription_buyer
from commands.decision import SEATS_MAX, Command, Policy, SeatNumber, decides
from commands.policy import PlanVersion
from commands.purchases import below_minimum, plan_of, subscription_of
from commands.refusals import Facts, Refused
from commands.seats import going_on
from commands.state import AccountState
from commands.subscription_state import Subscription
from events.fact import Fact, Identifier
from events.plans import Plan
from events.seat_numbers import SeatNumbers
from events.seats import SeatsRemoved
from events.subscriptions import AutoRenewDisabled, AutoRenewEnabled, SubscriptionCancelled


def distinct(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers themselves; ValueError where one stands twice."""
    if len(set(numbers)) < len(numbers):
        raise ValueError("a seat stands here twice")
    return numbers


SeatList = Annotated[
    tuple[SeatNumber, ...],
    Field(strict=False, min_length=1, max_length=SEATS_MAX),
    AfterValidator(distinct),
]
"""Numbers of seats, one at least, each once."""


class SeatListCommand(Command):
    """A command that concerns several seats of a subscription."""

    subscription: Identifier
    seat_numbers: SeatList


class RemoveSeats(SeatListCommand):
    """Give free seats back, without credit: at once or with the term, as the plan says."""


class DisableAutoRenew(SeatListCommand):
    """Let these seats end with the present term."""


class EnableAutoRenew(SeatListCommand):
    """Let these seats renew again."""

    NEEDS_DUE_WORK: ClassVar[bool] = True


@decides(RemoveSeats)
def remove_seats(command: RemoveSeats, state: AccountState, policy: Policy) -> Facts:
    """Give back seats that nobody holds (SE-08).

    `once_released`: gone at once, down to the plan's minimum. `at_renewal`: they end with the
    term, as seats without auto-renewal do.

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`, a channel's code,
            `subscription.ended`, `subscription.already_cancelled` (at renewal, where nothing
            renews), `seats.below_minimum`, `seats.unknown`, `seats.still_assigned`.
    """
    sub, version = _may_end(command, state, policy)
    plan = version.terms
    at_once = plan.removal == "once_released"
    if not at_once:
        _require_renewing(sub)
    seats = _usable(sub, command)
    held = seats & sub.assigned
    if held:
        raise _still_assigned(held)
    if not at_once:
        seats -= sub.ending
        if not seats:
            return ()
    elif len(sub.usable - seats) < plan.seats.minimum:
        raise _too_few_held(plan)
    cancelled = _after_switching_off(sub, policy, plan, seats)
    removed = (
        SeatsRemoved(
            subscription=sub.subscription,
            seats=part,
            when="at_once" if at_once else "at_renewal",
        )
        for part in seats.chunks()
    )
    return (*removed, *cancelled)


@decides(DisableAutoRenew)
def disable_auto_renew(command: DisableAutoRenew, state: AccountState, policy: Policy) -> Facts:
    """Let seats end with the term, seat by seat (EV-16); letting all end is cancelling (EV-17).

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`, a channel's code,
            `subscription.ended`, `subscription.already_cancelled`, `seats.unknown`,
            `seats.auto_renew_not_per_seat`, `seats.below_minimum`.
    """
    sub, version = _may_end(command, state, policy)
    plan = version.terms
    _require_renewing(sub)
    seats = _usable(sub, command)
    _require_per_seat(plan)
    seats -= sub.ending
    if not seats:
        return ()
    cancelled = _after_switching_off(sub, policy, plan, seats)
    disabled = (
        AutoRenewDisabled(subscription=sub.subscription, seats=part) for part in seats.chunks()
    )
    return (*disabled, *cancelled)


@decides(EnableAutoRenew)
def enable_auto_renew(command: EnableAutoRenew, state: AccountState, policy: Policy) -> Facts:
    """Let seats renew again (EV-16); of a cancelled subscription enough of them to go on.

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`, a channel's code,
            `subscription.ended`, `subscription.already_cancelled` (a trial, a prepaid term, a
            plan that never renews, new seats chosen for the time after: EV-18),
            `seats.unknown`, `seats.auto_renew_not_per_seat`, `seats.below_minimum`.
    """
    sub, version = _may_end(command, state, policy)
    plan = version.terms
    followed = sub.planned is not None and sub.planned.seats is not None
    if sub.kind != "paid" or not sub.renews or followed:
        raise _does_not_renew(sub)
    seats = _usable(sub, command)
    _require_per_seat(plan)
    if sub.cancelled:
        _require_minimum(_next_plan(sub, policy, plan), len(seats))
    else:
        seats &= sub.ending
    if not seats:
        return ()
    return tuple(
        AutoRenewEnabled(subscription=sub.subscription, seats=part) for part in seats.chunks()
    )


def _may_end(
    command: SeatListCommand, state: AccountState, policy: Policy
) -> tuple[Subscription, PlanVersion]:
    """The subscription and its plan, for whoever may buy seats of it."""
    sub = subscription_of(state, command.subscription)
    version = plan_of(policy, sub)
    require_subscription_buyer(policy, state, sub, version.terms)
    going_on(sub)
    return sub, version


def _usable(sub: Subscription, command: SeatListCommand) -> SeatNumbers:
    """The seats that a command names, all of them usable."""
    seats = SeatNumbers.of(command.seat_numbers)
    unknown = (seats - sub.usable).lowest()
    if unknown is not None:
        raise Refused(
            "seats.unknown",
            detail=f"Seat {unknown} is not there, or it has ended.",
            seat=str(unknown),
        )
    return seats


def _require_renewing(sub: Subscription) -> None:
    if not sub.will_renew:
        raise _does_not_renew(sub)


def _does_not_renew(sub: Subscription) -> Refused:
    return Refused(
        "subscription.already_cancelled",
        detail=f"This subscription does not renew: it ends on {sub.term.end}.",
        ends_on=str(sub.term.end),
    )


def _require_per_seat(plan: Plan) -> None:
    if not plan.renewal.per_seat:
        raise Refused("seats.auto_renew_not_per_seat")


def _still_assigned(held: SeatNumbers) -> Refused:
    lowest = held.lowest()
    return Refused(
        "seats.still_assigned",
        detail=f"Seat {lowest} is still assigned.",
        seat=str(lowest),
    )


def _too_few_held(plan: Plan) -> Refused:
    refused = below_minimum(plan)
    refused.remedy = "Leave at least the minimum, or cancel the subscription."
    return refused


def _require_minimum(plan: Plan, renewing: int) -> None:
    if renewing < plan.seats.minimum:
        refused = below_minimum(plan)
        refused.remedy = "Let at least the minimum renew, or none, which cancels the subscription."
        raise refused


def _next_plan(sub: Subscription, policy: Policy, plan: Plan) -> Plan:
    """The plan by which the seats renew: another one where a change is planned."""
    if sub.planned is None:
        return plan
    return policy.newest_plan(sub.planned.plan, policy.on).terms


def _after_switching_off(
    sub: Subscription, policy: Policy, plan: Plan, seats: SeatNumbers
) -> tuple[Fact, ...]:
    """What follows when these seats no longer renew: nothing, or that none does (EV-17)."""
    if not sub.will_renew:
        return ()
    left = sub.renewing - seats
    if not left:
        cancelled = SubscriptionCancelled(subscription=sub.subscription, ends_on=sub.term.end)
        return (cancelled,)
    _require_minimum(_next_plan(sub, policy, plan), len(left))
    return ()
