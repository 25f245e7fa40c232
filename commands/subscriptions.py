"""Commands on a subscription as a whole: cancelling it, keeping it, going on by another plan."""

from dataclasses import replace
from datetime import date
from functools import reduce
from typing import ClassVar, Literal

from commands.access import require_subscription_buyer
from commands.accumulator import Work
from commands.decision import Command, Policy, Quantity, Word, decides
from commands.ending_now import (
    credit_back,
    end_at_once,
    entries_by_seat,
    give_credit,
    those_when,
)
from commands.purchase_checks import (
    Wanted,
    check_requirements,
    plan_of,
    subscription_of,
    timing_of,
    trial_must_be_bought,
)
from commands.refusals import Facts, Refused, invalid
from commands.seat_conflicts import check_going_on
from commands.seat_limits import check_maximum, check_minimum, check_total
from commands.state.account import AccountState
from commands.state.subscriptions import PlannedChange, Subscription, evolve_subscription
from events.fact import Identifier
from events.periods import boundary
from events.plans import Plan
from events.seat_numbers import SeatNumbers
from events.seats import SeatsRemoved
from events.subscriptions import PlanChangeScheduled, SubscriptionCancelled, SubscriptionKept


class CancelSubscription(Command):
    """Let a subscription end: with its term, or at once (EV-17, MS-14, GEN-07).

    `when` left out: as the plan's entry says that applies, seat by seat.
    """

    subscription: Identifier
    when: Literal["at_term_end", "now"] | None = None


class ChangePlan(Command):
    """Go on by another plan of the product when the term ends (EV-12, EV-18).

    `seats` is needed where the subscription was cancelled, and not allowed elsewhere.
    """

    NEEDS_DUE_WORK: ClassVar[bool] = True

    subscription: Identifier
    plan: str
    seats: Quantity | None = None
    payment_method: Word | None = None


@decides(CancelSubscription)
def cancel_subscription(command: CancelSubscription, state: AccountState, policy: Policy) -> Facts:
    """Cancel a subscription: with its term, or at once where the plan lets it (EV-17, GEN-07).

    Seats that do not go at once stay usable to the end of the term.

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`, a channel's code,
            `subscription.ended`, `subscription.already_cancelled`, `subscription.not_now`.
    """
    sub = subscription_of(state, command.subscription)
    plan = plan_of(policy, sub).terms
    require_subscription_buyer(policy, state, sub, plan)
    if sub.ended:
        raise Refused("subscription.ended")
    entries = plan.cancellation_entries if sub.kind == "paid" else ()
    applying = entries_by_seat(state, policy, sub, sub.usable, entries) if entries else []
    now = SeatNumbers() if command.when == "at_term_end" else those_when(applying, "now")
    renews = sub.will_renew or _goes_on_anew(sub)
    if command.when == "now" and not now and sub.kind == "paid" and not sub.cancelled:
        raise Refused(
            "subscription.not_now",
            detail=f"This subscription can be cancelled for the end of its term, {sub.term.end}.",
            ends_on=str(sub.term.end),
        )
    # What never renews was not cancelled by that, and can go at once where an entry lets it.
    if not renews and (not now or (sub.cancelled and command.when != "now")):
        raise Refused("subscription.already_cancelled")
    work = Work(state, policy)
    if now == sub.usable and now:
        end_at_once(work, sub.subscription)
    else:
        for part in now.chunks() if now else ():
            work.add(SeatsRemoved(subscription=sub.subscription, seats=part, when="at_once"))
        if renews:
            work.add(SubscriptionCancelled(subscription=sub.subscription, ends_on=sub.term.end))
    if now:
        give_credit(work, credit_back(state, policy, applying))
    return work.facts


class KeepSubscription(Command):
    """Take back what was to end with the term: a cancellation, seats, a change of plan (GEN-08)."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    subscription: Identifier


@decides(KeepSubscription)
def keep_subscription(command: KeepSubscription, state: AccountState, policy: Policy) -> Facts:
    """Let a subscription go on with all its seats and its plan, whatever was to end (GEN-08).

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`, a channel's code,
            `subscription.ended`, `subscription.carried_over`, `subscription.nothing_to_keep`,
            `seats.below_minimum`, `seats.above_maximum`, `seats.user_already_has_seat`.
    """
    sub = subscription_of(state, command.subscription)
    plan = plan_of(policy, sub).terms
    require_subscription_buyer(policy, state, sub, plan)
    if sub.ended:
        raise Refused("subscription.ended")
    if sub.carried_over:
        raise Refused("subscription.carried_over")
    renews = sub.kind == "paid" and sub.renews
    back = sub.usable - sub.renewing - sub.leaving_seats if renews else SeatNumbers()
    cancelled = renews and sub.cancelled
    if not (back or cancelled or sub.planned):
        raise _nothing_to_keep(sub)
    first, *further = back.chunks()
    facts = (
        SubscriptionKept(
            subscription=sub.subscription,
            cancelled=cancelled,
            seats=first,
            plan=sub.planned.plan if sub.planned else None,
        ),
        *(
            SubscriptionKept(subscription=sub.subscription, cancelled=False, seats=part)
            for part in further
        ),
    )
    after = reduce(evolve_subscription, facts, sub)
    if back:
        follow = "Choose a plan and a number of seats for the next term with ChangePlan."
        check_minimum(plan, len(after.renewing), follow)
        check_maximum(plan, len(after.renewing))
    check_going_on(state, policy, after, after.usable)
    return facts


def _nothing_to_keep(sub: Subscription) -> Refused:
    if sub.kind == "trial":
        return Refused(
            "subscription.nothing_to_keep",
            detail=f"A trial ends with its term, on {sub.term.end}; nothing was cancelled.",
            remedy="Convert the trial to keep its seats.",
        )
    if sub.kind == "prepaid" or not sub.renews:
        return Refused(
            "subscription.nothing_to_keep",
            detail=f"This subscription ends with its term, on {sub.term.end}, as it was bought.",
            remedy="Start a new subscription when it has ended.",
        )
    return Refused("subscription.nothing_to_keep")


def _goes_on_anew(sub: Subscription) -> bool:
    return sub.planned is not None and sub.planned.seats is not None


@decides(ChangePlan)
def change_plan(command: ChangePlan, state: AccountState, policy: Policy) -> Facts:
    """Choose the plan of the next term; the present one prices until then."""
    version = policy.newest_plan(command.plan, policy.on)
    sub = subscription_of(state, command.subscription)
    # A first order that waits has no seats yet, and is not cancelled by that.
    cancelled = not sub.will_renew or bool(sub.usable and not sub.renewing)
    if sub.kind == "paid" and not sub.ended:
        _check_seats_given(command, cancelled=cancelled)
    # Whoever manages the present plan is asked first: no change leads past a channel.
    require_subscription_buyer(policy, state, sub, plan_of(policy, sub).terms)
    require_subscription_buyer(policy, state, sub, version.terms)
    check_requirements(state, version.terms)
    if policy.catalogue.is_withdrawn(command.plan):
        raise Refused("catalogue.plan_withdrawn", plan=command.plan)
    if sub.ended:
        raise Refused("subscription.ended")
    if sub.kind == "trial":
        raise trial_must_be_bought(sub)
    if sub.kind == "prepaid":
        raise Refused("subscription.prepaid", remedy="Start another subscription by that plan.")
    if version.terms.product != sub.product:
        raise Refused("subscription.change_not_allowed")
    if not cancelled and _ends(sub, version.terms) < _ends(sub, plan_of(policy, sub).terms):
        raise Refused("subscription.term_shortened")
    method = command.payment_method or sub.payment_method or ""
    planned = PlannedChange(command.plan, command.seats, method)
    present = plan_of(policy, sub).terms
    _check_seats_to_come(state, policy, replace(sub, planned=planned), present)
    timing_of([Wanted(sub.subscription, "start", version, 0)], method)
    return (
        PlanChangeScheduled(
            subscription=sub.subscription,
            plan=command.plan,
            seats=command.seats,
            payment_method=method,
        ),
    )


def _check_seats_to_come(
    state: AccountState, policy: Policy, sub: Subscription, present: Plan
) -> None:
    """Whether the plan that was chosen can hold what will be there when it takes over.

    Seats that wait for their orders do not count: they may never come (5.10).

    Raises:
        Refused: `seats.below_minimum`, `seats.above_maximum`, `seats.holder_not_allowed`,
            `seats.user_already_has_seat`.
    """
    if sub.planned is None:
        return
    version = policy.newest_plan(sub.planned.plan, sub.term.end)
    if sub.planned.seats is not None:
        check_total(version.terms, sub.planned.seats)
        return
    renewing = len(sub.renewing)
    more = "Add seats first, or choose another plan."
    if renewing + sub.pending_seats >= version.terms.seats.minimum:
        more = "Wait until the order for more seats is settled, or choose another plan."
    check_minimum(version.terms, renewing, more)
    by = "DisableAutoRenew" if present.renewal.per_seat else "RemoveSeats"
    fewer = f"Let fewer seats renew with {by} first, or choose another plan."
    check_maximum(version.terms, renewing, fewer)
    check_going_on(state, policy, sub, sub.usable)


def _check_seats_given(command: ChangePlan, *, cancelled: bool) -> None:
    if cancelled and command.seats is None:
        raise invalid("seats", "the subscription was cancelled: say how many seats the plan gets")
    if not cancelled and command.seats is not None:
        raise invalid("seats", "the subscription goes on with its own seats")


def _ends(sub: Subscription, plan: Plan) -> date:
    return boundary(sub.term.end, plan.term, 1)
