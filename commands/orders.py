"""Commands on orders that wait: cancelled, expired, checked, failed (PA-05, MS-04)."""

from commands.access import require_buyer_of_all, require_seller
from commands.accumulator import Work
from commands.completion import complete_covered, is_covered
from commands.decision import Command, Policy, decides
from commands.fulfilment import complete_paid, fulfil
from commands.giving_up import give_up
from commands.refusals import Facts, Refused
from commands.state.account import AccountState
from commands.state.orders import OrderState
from events.fact import Identifier
from events.orders import (
    CreditCheckPassed,
    OrderCancelled,
    OrderExpired,
    OrderFailed,
)


class CancelOrder(Command):
    """Withdraw an order that waits; who may buy may do it."""

    order: Identifier


class ExpireOrder(Command):
    """End the wait of an order that nobody paid in fourteen days; due work.

    One that is covered by now, since a rate fell, completes instead, on whatever day.
    """

    order: Identifier


class PassCreditCheck(Command):
    """The credit check of an order came out well: its seats become usable (MS-03)."""

    order: Identifier


class FailCreditCheck(Command):
    """The credit check of an order came out badly."""

    order: Identifier


class RecordPaymentFailure(Command):
    """The payment system reports that an order's payment failed (PA-05)."""

    order: Identifier


_NOTHING_LEFT = (
    "Nothing is left to cancel; the seller records money that came in with RecordPayment on the "
    "account."
)


def order_of(state: AccountState, name: str) -> OrderState:
    """An order of the account.

    Raises:
        Refused: `order.unknown`.
    """
    order = state.orders.get(name)
    if order is None:
        raise Refused("order.unknown", order=name)
    return order


def require_status(order: OrderState, status: str) -> None:
    """Let through only an order that waits in this way.

    Raises:
        Refused: `order.not_pending`.
    """
    if order.status != status:
        raise _settled(order)


def _settled(order: OrderState, remedy: str = "") -> Refused:
    words = order.status.replace("_", " ")
    return Refused(
        "order.not_pending",
        detail=f"The order's status is: {words}.",
        remedy=remedy,
        status=order.status,
    )


@decides(CancelOrder)
def cancel_order(command: CancelOrder, state: AccountState, policy: Policy) -> Facts:
    """Withdraw an order that waits for its payment or its credit check."""
    order = order_of(state, command.order)
    plans = [policy.plan_version(line.plan, line.plan_version).terms for line in order.lines]
    channels = [state.subscriptions[line.subscription].channel for line in order.lines]
    require_buyer_of_all(policy, state, zip(plans, channels, strict=True))
    if not order.waits:
        raise _settled(order, _NOTHING_LEFT)
    work = Work(state, policy)
    give_up(work, order, OrderCancelled(order=order.order))
    complete_covered(work)
    return work.facts


@decides(ExpireOrder)
def expire_order(command: ExpireOrder, state: AccountState, policy: Policy) -> Facts:
    """End an order on its fourteenth day; what is covered completes (CONTRACT 5.27)."""
    order = order_of(state, command.order)
    require_seller(policy)
    require_status(order, "pending_payment")
    work = Work(state, policy)
    if is_covered(state, policy, order):
        complete_paid(work, order)
        complete_covered(work)
        return work.facts
    if order.expires_on is not None and policy.on < order.expires_on:
        raise Refused(
            "command.time_out_of_range",
            detail=f"The order can be paid until {order.expires_on}.",
            remedy="Wait until then, or cancel the order.",
        )
    give_up(work, order, OrderExpired(order=order.order))
    complete_covered(work)
    return work.facts


@decides(PassCreditCheck)
def pass_credit_check(command: PassCreditCheck, state: AccountState, policy: Policy) -> Facts:
    """Make the seats of a checked order usable; its charge is invoiced, open, or gathered."""
    order = order_of(state, command.order)
    require_seller(policy)
    require_status(order, "pending_credit_check")
    work = Work(state, policy)
    work.add(CreditCheckPassed(order=order.order))
    fulfil(work, order, order.charges)
    complete_covered(work)
    return work.facts


@decides(FailCreditCheck)
def fail_credit_check(command: FailCreditCheck, state: AccountState, policy: Policy) -> Facts:
    """End an order whose credit check failed."""
    order = order_of(state, command.order)
    require_seller(policy)
    require_status(order, "pending_credit_check")
    work = Work(state, policy)
    give_up(work, order, OrderFailed(order=order.order, cause="credit_check_failed"))
    complete_covered(work)
    return work.facts


@decides(RecordPaymentFailure)
def record_payment_failure(
    command: RecordPaymentFailure, state: AccountState, policy: Policy
) -> Facts:
    """End an order whose payment failed; nothing is charged."""
    order = order_of(state, command.order)
    require_seller(policy)
    require_status(order, "pending_payment")
    work = Work(state, policy)
    give_up(work, order, OrderFailed(order=order.order, cause="payment_failed"))
    complete_covered(work)
    return work.facts
