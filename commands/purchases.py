"""Buying seats: a new subscription, more seats, a new total; the order of it (CONTRACT 5.2-5.4)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from commands.accumulator import Work
from commands.amounts.billing import treatment
from commands.amounts.charging import added_charge, full_charge, unused_charges
from commands.amounts.term_spans import first_term
from commands.carry_over import value_carried_over
from commands.catalogue_file import ChannelGiven
from commands.completion import complete_covered
from commands.decision import Command, Policy, Quantity, Word, decides
from commands.fulfilment import complete_at_once, complete_paid, nothing_due, tax_day
from commands.holders import Assignees, assign_facts, assignment, known
from commands.payment_timing import AT_ONCE_USABLE
from commands.purchase_checks import (
    Wanted,
    carried_over_by,
    check_access,
    check_order,
    check_seats,
    check_subscriptions,
    subscription_of,
    timing_of,
    to_add,
)
from commands.refusals import Facts, Refused
from commands.seats import check_seats_given
from commands.state.account import AccountState
from commands.state.subscriptions import Subscription
from events.charges import Charge
from events.fact import Identifier
from events.orders import OrderLine, OrderPlaced
from events.parties import Line
from events.subscriptions import SubscriptionStarted

DAYS_TO_PAY = 14
"""After so many days an order that nobody paid expires (PA-05)."""

CHECK_DAYS = 2
"""A credit check usually takes so many working days (MS-04)."""


class StartSubscription(Command):
    """Buy a new subscription (EV-05, GT-01, MS-09); `seats` is a number."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    account: Identifier
    subscription: Identifier
    plan: str
    seats: Quantity
    payment_method: Word
    order: Identifier | None = None
    assign: Assignees = ()
    channel: ChannelGiven = None
    purchase_order: Line | None = None


class AddSeats(Command):
    """Buy seats more of a subscription, at any time in its term (EV-07)."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    subscription: Identifier
    quantity: Quantity
    payment_method: Word | None = None
    order: Identifier | None = None
    assign: Assignees = ()
    purchase_order: Line | None = None


class SetSeatTotal(Command):
    """Buy seats up to a new total (PA-02, MS-01)."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    subscription: Identifier
    total: Quantity
    payment_method: Word | None = None
    order: Identifier | None = None
    assign: Assignees = ()
    purchase_order: Line | None = None


def buy(
    state: AccountState,
    policy: Policy,
    lines: tuple[Wanted, ...],
    order: str | None,
    method: str,
    purchase_order: str | None,
) -> Work:
    """Check a purchase in the order of CONTRACT 6 and place its order.

    Raises:
        Refused: by the first check that fails.
    """
    name = order or policy.command_id
    check_access(state, policy, lines)
    check_subscriptions(state, policy, lines)
    check_order(state, policy, name)
    check_seats(state, policy, lines)
    timing_of(lines, method)
    work = Work(state, policy)
    place_order(work, lines, name, method, purchase_order)
    return work


def place_order(
    work: Work,
    lines: Sequence[Wanted],
    order: str,
    method: str,
    purchase_order: str | None,
) -> None:
    """Place an order that passed all checks, and complete it where nothing is to be waited for.

    Raises:
        Refused: `invoice.vat_rate_unknown`, also of what is to be invoiced later.
    """
    policy, state = work.policy, work.state
    timing = timing_of(lines, method)
    charges = [charge for line in lines for charge in _charges(state, policy, line)]
    if any(charge.net.minor for charge in charges):
        for supply in {line.plan.supply for line in lines}:
            treatment(state, policy, tax_day(policy), supply)
    carried = carried_over_by(state, lines)
    for line in lines:
        if line.kind == "start":
            work.add(_started(line, method, charges))
    waits = timing not in AT_ONCE_USABLE
    placed = OrderPlaced(
        order=order,
        payment_method=method,
        timing=timing,
        lines=tuple(_order_line(line) for line in lines),
        charges=tuple(charges) if waits else (),
        carries_over=carried,
        carried=value_carried_over(state, policy, carried) if waits and carried else None,
        purchase_order=purchase_order,
        expires_on=policy.on + timedelta(days=DAYS_TO_PAY) if timing == "when_paid" else None,
        expected_on=policy.catalogue.working_day(policy.on, CHECK_DAYS)
        if timing == "after_credit_check"
        else None,
    )
    if not waits:
        work.add(placed)
        complete_at_once(work, work.state.orders[order], charges)
    elif timing == "when_paid" and nothing_due(work, placed):
        # It never waits, so that there is no day on which it would expire.
        work.add(placed.model_copy(update={"expires_on": None}))
        complete_paid(work, work.state.orders[order])
    else:
        work.add(placed)
    complete_covered(work)


@decides(StartSubscription)
def start_subscription(command: StartSubscription, state: AccountState, policy: Policy) -> Facts:
    """Start a subscription with its first order."""
    version = policy.newest_plan(command.plan, policy.on)
    line = Wanted(
        command.subscription,
        "start",
        version,
        command.seats,
        command.channel,
        known(policy, command.assign),
    )
    method = command.payment_method
    return buy(state, policy, (line,), command.order, method, command.purchase_order).facts


@decides(AddSeats)
def add_seats(command: AddSeats, state: AccountState, policy: Policy) -> Facts:
    """Add seats to a subscription, without moving its renewal date (EV-08)."""
    line = to_add(state, policy, command.subscription, command.quantity, command.assign)
    method = command.payment_method or _own_method(state, command.subscription)
    return buy(state, policy, (line,), command.order, method, command.purchase_order).facts


@decides(SetSeatTotal)
def set_seat_total(command: SetSeatTotal, state: AccountState, policy: Policy) -> Facts:
    """Buy what the new total exceeds the present one by; the same total changes nothing."""
    sub = subscription_of(state, command.subscription)
    quantity = command.total - sub.total
    line = to_add(state, policy, command.subscription, max(quantity, 0), command.assign)
    if quantity > 0:
        method = command.payment_method or _own_method(state, command.subscription)
        return buy(state, policy, (line,), command.order, method, command.purchase_order).facts
    check_access(state, policy, (line,))
    check_subscriptions(state, policy, (line,))
    if quantity < 0:
        check_order(state, policy, command.order or policy.command_id)
        raise Refused(
            "seats.total_below_present",
            detail=f"There are {sub.total} seats, more than {command.total}.",
            remedy=_fewer(sub),
            present=str(sub.total),
        )
    check_seats_given(state, policy, sub, line.plan, line.assign)
    return assign_facts(sub, line.plan, line.assign)


def _fewer(sub: Subscription) -> str:
    """What to do for fewer seats."""
    if not sub.will_renew:
        return f"The seats end with the term, on {sub.term.end}; until then give their total."
    return "Give up free seats with RemoveSeats, or give a total of at least the seats there are."


def _own_method(state: AccountState, subscription: str) -> str:
    """The method that a subscription is paid by; a trial and a prepaid one have none."""
    return state.subscriptions[subscription].payment_method or ""


def _started(line: Wanted, method: str, charges: Sequence[Charge]) -> SubscriptionStarted:
    own = next(charge for charge in charges if charge.subscription == line.subscription)
    return SubscriptionStarted(
        subscription=line.subscription,
        plan=line.version.name,
        plan_version=line.version.version,
        product=line.plan.product,
        level=line.plan.level,
        kind="paid",
        payment_method=method,
        channel=line.channel,
        term=own.term,
        renews=line.plan.renewal.auto,
    )


def _order_line(line: Wanted) -> OrderLine:
    return OrderLine(
        subscription=line.subscription,
        kind=line.kind,
        plan=line.version.name,
        plan_version=line.version.version,
        seats=line.seats,
        assign=tuple(map(assignment, line.assign)),
    )


def _charges(state: AccountState, policy: Policy, line: Wanted) -> list[Charge]:
    """The charges of a line, priced on the day of the order."""
    name, version = line.subscription, line.version
    if line.kind == "start":
        term = first_term(line.plan, policy.on)
        return [full_charge(policy, name, version, term, "start", line.seats)]
    sub = state.subscriptions[name]
    if line.kind == "add":
        return [added_charge(policy, state, sub, version, line.seats)]
    total = len(sub.usable) + line.seats
    term = first_term(line.plan, policy.on, sub.term.number + 1)
    if line.kind == "convert":
        return [full_charge(policy, name, version, term, "trial_converted", total)]
    if not sub.term.start <= policy.on < sub.term.end:
        raise Refused("command.time_out_of_range")
    # Seats that are to end stay as they are, and count for the tier (CONTRACT 5.8).
    staying = sub.usable - sub.continuing
    back = unused_charges(policy, state, sub.term_charges, sub.continuing, policy.on)
    new = full_charge(policy, name, version, term, "seats_added", total, len(staying))
    return [*back, new]
