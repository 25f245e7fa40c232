"""What happens when a term ends: renewal, end, and what the next renewal will cost.

CONTRACT 5.1, 5.2, 5.9, 5.10. Renewals are not orders: never a check, never a wait.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from commands.access import require_seller
from commands.accumulator import Work
from commands.amounts.billing import pay_at_once
from commands.amounts.charging import full_charge, full_price
from commands.amounts.term_spans import term_after
from commands.completion import complete_covered
from commands.decision import Command, Policy, decides
from commands.fulfilment import add_charge, bill
from commands.giving_up import give_up
from commands.purchase_checks import subscription_of
from commands.refusals import Facts, Refused
from commands.seat_limits import fitting
from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState, PlanVersion
from commands.state.subscriptions import Subscription
from events.fact import Identifier
from events.money import AmountOutOfRange, Money
from events.orders import OrderCancelled
from events.periods import DateOutOfRange
from events.seat_numbers import SeatNumbers
from events.seats import SeatsAdded, SeatsEnded
from events.subscriptions import EndCause, SubscriptionEnded, TermStarted


class RenewSubscription(Command):
    """Begin the next term of a subscription whose term is over; due work."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    subscription: Identifier


class EndSubscription(Command):
    """End a subscription whose term is over and that does not renew; due work."""

    subscription: Identifier


@dataclass(frozen=True, slots=True)
class RenewalQuote:
    """What a renewal will be: its day, its seats, its total before tax and credit."""

    renewal_date: date
    seats: int
    total: Money


def next_version(catalogue: CatalogueState, sub: Subscription) -> PlanVersion:
    """The version of the plan by which a subscription goes on (CONTRACT 5.2).

    The newest whose day has come by then; where those who have the plan keep it, their own.
    """
    own = catalogue.plan_version(sub.plan, sub.plan_version)
    if sub.planned is not None:
        return catalogue.newest(sub.planned.plan, sub.term.end) or own
    return catalogue.going_on(own, sub.term.end)


def renewal_quote(
    catalogue: CatalogueState, sub: Subscription, *, with_pending: bool = False
) -> RenewalQuote | None:
    """What the next renewal will cost as things stand; None where nothing will renew."""
    version = next_version(catalogue, sub)
    seats = len(sub.renewing)
    if with_pending and sub.will_renew:
        waiting = sub.pending_seats
        seats += fitting(version.terms, seats, waiting) if sub.planned else waiting
    if sub.planned is not None and sub.planned.seats is not None:
        seats = sub.planned.seats
    if not seats or sub.ended:
        return None
    try:
        term = term_after(sub.term, version.terms)
        total = full_price(version.terms, term, seats, catalogue.seller.currency)
    except (DateOutOfRange, AmountOutOfRange):
        return None  # beyond the calendar, or dearer than any amount: the renewal will be refused
    return RenewalQuote(sub.term.end, seats, total)


def _over(state: AccountState, policy: Policy, name: str) -> Subscription:
    """A subscription whose term is over.

    Raises:
        Refused: unknown, ended, not the seller, or before its day.
    """
    sub = subscription_of(state, name)
    require_seller(policy)
    if sub.ended:
        raise Refused("subscription.ended")
    if sub.due_on is None or policy.on < sub.due_on:
        raise _lasts_until(sub)
    return sub


def _lasts_until(sub: Subscription) -> Refused:
    return Refused(
        "command.time_out_of_range",
        detail=f"The term lasts until {sub.term.end}.",
        remedy="Wait for the end of the term.",
    )


@decides(RenewSubscription)
def renew_subscription(command: RenewSubscription, state: AccountState, policy: Policy) -> Facts:
    """Renew the seats that renew, by the version of the plan that holds then."""
    sub = _over(state, policy, command.subscription)
    if not sub.goes_on:
        raise Refused("subscription.already_cancelled")
    if policy.on < sub.term.end:
        raise _lasts_until(sub)
    work = Work(state, policy)
    version = next_version(policy.catalogue, sub)
    policy.trace.plans[version.name] = version.version
    plan = version.terms
    fresh = sub.planned is not None and sub.planned.seats is not None
    _end_seats(work, sub.subscription, sub.usable if fresh else sub.ending)
    method = sub.planned.payment_method if sub.planned else sub.payment_method
    work.add(
        TermStarted(
            subscription=sub.subscription,
            term=term_after(sub.term, plan),
            cause="plan_changed" if sub.planned else "renewal",
            plan=version.name,
            plan_version=version.version,
            product=plan.product,
            level=plan.level,
            payment_method=method,
            renews=plan.renewal.auto,
        )
    )
    if sub.planned is not None and sub.planned.seats is not None:
        work.add(
            SeatsAdded(
                subscription=sub.subscription,
                seats=sub.next_numbers(sub.planned.seats),
                order=None,
                renewing=plan.renewal.auto,
                entitlements=plan.entitlements,
            )
        )
    renewed = work.state.subscriptions[sub.subscription]
    priced = full_charge(
        policy, sub.subscription, version, renewed.term, "renewal", len(renewed.usable)
    )
    charged = add_charge(work, priced, renewed.usable, plan, method, None)
    invoice = bill(work, [charged], method, None)
    if invoice is not None and plan.payment.get(method or "") == "at_once":
        pay_at_once(work, invoice)
    return work.facts


@decides(EndSubscription)
def end_subscription(command: EndSubscription, state: AccountState, policy: Policy) -> Facts:
    """End a subscription with all its seats; orders that wait for seats of it are cancelled."""
    sub = _over(state, policy, command.subscription)
    if sub.goes_on and sub.leaves_on is None:
        raise Refused(
            "command.time_out_of_range",
            detail="This subscription renews.",
            remedy="Cancel it first.",
        )
    work = Work(state, policy)
    if sub.leaves_on is not None and sub.leaves_on <= policy.on < sub.term.end:
        for day, seats in sub.leaving:
            if day <= policy.on:
                _end_seats(work, sub.subscription, seats)
        return work.facts
    for name in sorted(sub.pending):
        give_up(work, state.orders[name], OrderCancelled(order=name))
    left = work.state.subscriptions[sub.subscription]
    if not left.ended:
        _end_seats(work, sub.subscription, left.usable)
        work.add(SubscriptionEnded(subscription=sub.subscription, cause=_cause(sub)))
    complete_covered(work)
    return work.facts


def _cause(sub: Subscription) -> EndCause:
    if sub.kind == "trial":
        return "trial_over"
    if sub.kind == "prepaid":
        return "prepaid_over"
    return "cancelled" if sub.cancelled else "no_seat_renews"


def _end_seats(work: Work, name: str, seats: SeatNumbers) -> None:
    for part in seats.chunks() if seats else ():
        work.add(SeatsEnded(subscription=name, seats=part))
