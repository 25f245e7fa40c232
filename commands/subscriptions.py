"""Commands on a subscription as a whole: cancelling it, and going on by another plan."""

from datetime import date
from typing import ClassVar

from commands.access import require_subscription_buyer
from commands.decision import Command, Policy, Quantity, Word, decides
from commands.purchases import (
    Wanted,
    check_requirements,
    check_total,
    plan_of,
    subscription_of,
    timing_of,
)
from commands.refusals import Facts, Refused, invalid
from commands.state import AccountState
from commands.subscription_state import Subscription
from events.fact import Identifier
from events.periods import boundary
from events.plans import Plan
from events.subscriptions import PlanChangeScheduled, SubscriptionCancelled


class CancelSubscription(Command):
    """Let a subscription end with its term (EV-17, MS-14)."""

    subscription: Identifier


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
    """Cancel a subscription; it stays active to the end of its term."""
    sub = subscription_of(state, command.subscription)
    require_subscription_buyer(policy, state, sub, plan_of(policy, sub).terms)
    if sub.ended:
        raise Refused("subscription.ended")
    if not sub.will_renew and not _goes_on_anew(sub):
        raise Refused("subscription.already_cancelled")
    return (SubscriptionCancelled(subscription=sub.subscription, ends_on=sub.term.end),)


def _goes_on_anew(sub: Subscription) -> bool:
    return sub.planned is not None and sub.planned.seats is not None


@decides(ChangePlan)
def change_plan(command: ChangePlan, state: AccountState, policy: Policy) -> Facts:
    """Choose the plan of the next term; the present one prices until then."""
    version = policy.newest_plan(command.plan, policy.on)
    sub = subscription_of(state, command.subscription)
    cancelled = not sub.will_renew or not sub.renewing
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
        raise Refused("subscription.trial_must_be_bought")
    if sub.kind == "prepaid":
        raise Refused("subscription.prepaid")
    if version.terms.product != sub.product:
        raise Refused("subscription.change_not_allowed")
    if not cancelled and _ends(sub, version.terms) < _ends(sub, plan_of(policy, sub).terms):
        raise Refused("subscription.term_shortened")
    check_total(version.terms, command.seats or len(sub.renewing) + sub.pending_seats)
    method = command.payment_method or sub.payment_method or ""
    timing_of([Wanted(sub.subscription, "start", version, 0)], method)
    return (
        PlanChangeScheduled(
            subscription=sub.subscription,
            plan=command.plan,
            seats=command.seats,
            payment_method=method,
        ),
    )


def _check_seats_given(command: ChangePlan, *, cancelled: bool) -> None:
    if cancelled and command.seats is None:
        raise invalid("seats", "the subscription was cancelled: say how many seats the plan gets")
    if not cancelled and command.seats is not None:
        raise invalid("seats", "the subscription goes on with its own seats")


def _ends(sub: Subscription, plan: Plan) -> date:
    return boundary(sub.term.end, plan.term, 1)
