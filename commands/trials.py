"""Trials: a first term that costs nothing, and its conversion (GT-03, MS-08; CONTRACT 5.11)."""

from datetime import timedelta
from typing import ClassVar

from commands.access import require_assigner, require_buyer
from commands.accumulator import Work
from commands.decision import Command, Policy, Quantity, Word, decides
from commands.fulfilment import add_seats_facts
from commands.holders import Assignees, assign_facts, check_domains, known
from commands.purchase_checks import (
    Wanted,
    check_new,
    check_no_credit_check,
    check_order,
    check_requirements,
    subscription_of,
)
from commands.purchases import buy
from commands.refusals import Facts, Refused
from commands.seat_conflicts import Stay, check_assignable
from commands.seat_limits import check_total
from commands.state.account import AccountState
from events.charges import TermSpan
from events.fact import Identifier
from events.parties import Line
from events.subscriptions import SubscriptionStarted


class StartTrial(Command):
    """Try a plan for nothing, once per account and product."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    account: Identifier
    subscription: Identifier
    plan: str
    seats: Quantity
    assign: Assignees = ()


class ConvertTrial(Command):
    """Buy a trial: a full term from that day, for as many seats as it has, or more."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    subscription: Identifier
    payment_method: Word
    seats: Quantity | None = None
    order: Identifier | None = None
    purchase_order: Line | None = None


@decides(StartTrial)
def start_trial(command: StartTrial, state: AccountState, policy: Policy) -> Facts:
    """Start a trial; its seats are usable at once (GT-01)."""
    version = policy.newest_plan(command.plan, policy.on)
    plan = version.terms
    users = known(policy, command.assign)
    if users:
        require_assigner(policy, plan)
    require_buyer(policy, state, plan, None)
    check_requirements(state, plan)
    check_domains(state, plan, users)
    if policy.catalogue.is_withdrawn(command.plan):
        raise Refused("catalogue.plan_withdrawn", plan=command.plan)
    check_new(state, policy, command.subscription)
    if plan.trial is None:
        raise Refused("subscription.trial_not_offered", plan=command.plan)
    if plan.product in state.tried:
        raise Refused("subscription.trial_already_used", product=plan.product)
    if plan.product in state.bought:
        raise Refused(
            "subscription.trial_already_used",
            detail="This product was bought on this account; a trial is for who does not know it.",
            product=plan.product,
        )
    check_no_credit_check(state)
    check_total(plan, command.seats)
    end = policy.on + timedelta(days=plan.trial.days)
    stay = Stay(command.plan, end, None)
    fewer = "Name fewer users, or choose more seats."
    check_assignable(state, (plan,), stay, users, command.seats, fewer)
    work = Work(state, policy)
    work.add(
        SubscriptionStarted(
            subscription=command.subscription,
            plan=command.plan,
            plan_version=version.version,
            product=plan.product,
            level=plan.level,
            kind="trial",
            payment_method=None,
            channel=None,
            term=TermSpan(number=1, anchor=policy.on, start=policy.on, end=end),
            renews=False,
        )
    )
    sub = work.state.subscriptions[command.subscription]
    add_seats_facts(work, sub, command.seats, plan, None)
    for fact in assign_facts(work.state.subscriptions[command.subscription], plan, users):
        work.add(fact)
    return work.facts


@decides(ConvertTrial)
def convert_trial(command: ConvertTrial, state: AccountState, policy: Policy) -> Facts:
    """Buy a trial by the version of its plan that those who have it go on by."""
    sub = subscription_of(state, command.subscription)
    version = policy.going_on(policy.plan_version(sub.plan, sub.plan_version))
    require_buyer(policy, state, version.terms, sub.channel)
    if sub.ended:
        raise Refused("subscription.ended")
    if sub.kind != "trial":
        raise Refused("subscription.not_a_trial")
    present = len(sub.usable)
    seats = command.seats or present
    if sub.converting is not None:
        check_no_credit_check(state)
        raise Refused(
            "order.exists",
            detail="An order for this trial is waiting.",
            remedy="Pay or cancel that order.",
            order=sub.converting,
        )
    if seats < present:
        check_order(state, policy, command.order or policy.command_id)
        raise Refused(
            "seats.total_below_present",
            detail=f"The trial has {present} seats, more than {seats}.",
            remedy="Convert it with all its seats; then some can be given up.",
            present=str(present),
        )
    line = Wanted(command.subscription, "convert", version, seats - present, sub.channel)
    method = command.payment_method
    return buy(state, policy, (line,), command.order, method, command.purchase_order).facts
