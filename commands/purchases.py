"""Commands that buy seats: a new subscription, more seats, a new total."""

from typing import ClassVar

from commands.accumulator import Work
from commands.catalogue_file import ChannelGiven
from commands.decision import Command, Policy, Quantity, Word, decides
from commands.holders import Assignees, assign_facts, known
from commands.purchase_checks import (
    Wanted,
    check_access,
    check_order,
    check_seats,
    check_subscriptions,
    place_order,
    subscription_of,
    timing_of,
    to_add,
)
from commands.refusals import Facts, Refused
from commands.seats import check_seats_given
from commands.state.account import AccountState
from commands.state.subscriptions import Subscription
from events.fact import Identifier
from events.parties import Line


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
