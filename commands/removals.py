"""Seats that end: given back, or switched off so that they end with the term (EV-16, SE-08).

Leaving no renewing seat is cancelling (EV-17); leaving fewer than the plan's minimum is refused
(EV-01). All of it works on sets of numbers, so that untouched seats cost nothing.
"""

from functools import reduce
from typing import ClassVar, Literal

from commands.access import require_subscription_buyer
from commands.accumulator import Work
from commands.decision import Policy, decides
from commands.ending_now import credit_back, entries_by_seat, give_credit, those_when
from commands.purchase_checks import plan_of, subscription_of
from commands.refusals import Facts, Refused
from commands.seat_choice import SeatListCommand, given_up, taken_back
from commands.seat_conflicts import check_going_on
from commands.seat_limits import below_minimum, check_maximum, check_minimum, plan_to_come
from commands.seats import going_on
from commands.state.account import AccountState
from commands.state.catalogue import PlanVersion
from commands.state.subscriptions import Subscription, evolve_subscription
from events.fact import Fact
from events.plans import Plan
from events.seat_numbers import SeatNumbers
from events.seats import SeatsRemoved
from events.subscriptions import AutoRenewDisabled, AutoRenewEnabled, SubscriptionCancelled

_AT_LEAST = "Let at least the minimum renew, or none, which cancels the subscription."
_KEEP = "Take back all that was to end with KeepSubscription."
_AT_MOST = "Let fewer seats renew, or keep the present plan with KeepSubscription."


class RemoveSeats(SeatListCommand):
    """Give seats back: at once or with the term, with credit or without, as the plan says."""


class DisableAutoRenew(SeatListCommand):
    """Let these seats end with the present term."""


class EnableAutoRenew(SeatListCommand):
    """Let these seats renew again."""

    NEEDS_DUE_WORK: ClassVar[bool] = True


@decides(RemoveSeats)
def remove_seats(command: RemoveSeats, state: AccountState, policy: Policy) -> Facts:
    """Give seats back, each as the plan's first entry that applies to it says (SE-08, GEN-06).

    `once_released`: gone at once, without credit. `now`: gone at once with its holder, with the
    entry's credit. `at_renewal`: it ends with the term, as a seat without auto-renewal does. What
    stays is at least the plan's minimum.

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`, a channel's code,
            `subscription.ended`, `subscription.already_cancelled` (at renewal, where nothing
            renews), `seats.below_minimum`, `seats.unknown`, `seats.still_assigned`.
    """
    sub, version = _may_end(command, state, policy)
    plan = version.terms
    entries = plan.removal_entries
    at_once = any(
        one.entry.when != "at_renewal"
        for one in entries_by_seat(state, policy, sub, sub.usable, entries)
    )
    if not at_once:
        _require_renewing(sub)
    seats = given_up(command, policy, sub, plan, sub.usable if at_once else sub.renewing)
    applying = entries_by_seat(state, policy, sub, seats, entries)
    now, later = those_when(applying, "now"), those_when(applying, "at_renewal")
    gone = seats - later
    held = (seats - now) & sub.assigned
    if held:
        raise _still_assigned(held)
    if later:
        _require_renewing(sub)
    later -= sub.ending
    if gone and len(sub.usable - gone) < plan.seats.minimum:
        raise _too_few_held(sub, plan)
    if not gone and not later:
        return ()
    work = Work(state, policy)
    cancelled = _after_switching_off(sub, policy, plan, gone | later)
    _remove(work, sub, gone, "at_once")
    _remove(work, sub, later, "at_renewal")
    work.add(*cancelled)
    give_credit(work, credit_back(state, policy, applying))
    return work.facts


def _remove(
    work: Work, sub: Subscription, seats: SeatNumbers, when: Literal["at_once", "at_renewal"]
) -> None:
    for part in seats.chunks() if seats else ():
        work.add(SeatsRemoved(subscription=sub.subscription, seats=part, when=when))


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
    seats = given_up(command, policy, sub, plan, sub.renewing)
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
        raise _does_not_renew(sub, _instead_of_enabling(sub, followed=followed))
    if sub.carried_over:
        raise Refused("subscription.carried_over")
    among = (sub.usable if sub.cancelled else sub.ending) - sub.leaving_seats
    seats = taken_back(command, policy, sub, plan, among)
    _require_per_seat(plan, _KEEP if among else "Nothing was to end.")
    _require_not_leaving(sub, seats)
    to_come = _next_plan(sub, policy, plan)
    if sub.cancelled:
        check_minimum(to_come, len(seats), _AT_LEAST)
    else:
        seats &= sub.ending
    if not seats:
        return ()
    facts = tuple(
        AutoRenewEnabled(subscription=sub.subscription, seats=part) for part in seats.chunks()
    )
    after = reduce(evolve_subscription, facts, sub)
    check_maximum(to_come, len(after.renewing), _AT_MOST)
    check_going_on(state, policy, after, seats)
    return facts


def _may_end(
    command: SeatListCommand, state: AccountState, policy: Policy
) -> tuple[Subscription, PlanVersion]:
    """The subscription and its plan, for whoever may buy seats of it."""
    sub = subscription_of(state, command.subscription)
    version = plan_of(policy, sub)
    require_subscription_buyer(policy, state, sub, version.terms)
    going_on(sub)
    return sub, version


def _require_not_leaving(sub: Subscription, seats: SeatNumbers) -> None:
    """Require seats of the present term: what was to end when its date moved has none to renew."""
    for day, leaving in sub.leaving:
        seat = (seats & leaving).lowest()
        if seat is not None:
            raise Refused(
                "seats.unknown",
                detail=f"Seat {seat} ends on {day}, since the billing date moved without it.",
                remedy="Leave it out, and add a seat instead.",
                seat=str(seat),
            )


def _require_renewing(sub: Subscription) -> None:
    if not sub.will_renew:
        raise _does_not_renew(sub)


def _does_not_renew(sub: Subscription, remedy: str = "") -> Refused:
    return Refused(
        "subscription.already_cancelled",
        detail=f"This subscription does not renew: it ends on {sub.term.end}.",
        remedy=remedy,
        ends_on=str(sub.term.end),
    )


def _instead_of_enabling(sub: Subscription, *, followed: bool) -> str:
    """What lets seats go on that cannot be switched on; nothing does where they just end."""
    if followed:
        return "New seats were chosen for after the end: take that back with KeepSubscription."
    if sub.kind == "trial" and sub.converting is None:
        return "Convert the trial to keep its seats."
    return "Nothing is left to do: it ends with its term."


def _require_per_seat(plan: Plan, remedy: str = "") -> None:
    if not plan.renewal.per_seat:
        raise Refused("seats.auto_renew_not_per_seat", remedy=remedy)


def _still_assigned(held: SeatNumbers) -> Refused:
    lowest = held.lowest()
    return Refused(
        "seats.still_assigned",
        detail=f"Seat {lowest} is still assigned.",
        seat=str(lowest),
    )


def _too_few_held(sub: Subscription, plan: Plan) -> Refused:
    refused = below_minimum(plan)
    or_none = ", or cancel the subscription" if sub.will_renew else ""
    refused.remedy = f"Leave at least the minimum{or_none}."
    return refused


def _next_plan(sub: Subscription, policy: Policy, plan: Plan) -> Plan:
    """The plan by which the seats renew: another one where a change is planned."""
    version = plan_to_come(policy, sub)
    return plan if version is None else version.terms


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
    check_minimum(_next_plan(sub, policy, plan), len(left), _AT_LEAST)
    return ()
