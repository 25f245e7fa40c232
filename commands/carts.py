"""The cart: several plans, bought as one purchase, all of it or none (SE-02, SE-03, GT-06)."""

from typing import ClassVar

from commands.access import require_buyer
from commands.decision import Command, Policy, Quantity, Word, decides
from commands.purchase_checks import (
    Wanted,
    check_access,
    check_seats,
    check_subscriptions,
    require_any_buyer,
    to_add,
)
from commands.purchases import buy
from commands.refusals import Facts, Refused
from commands.state.account import AccountState
from events.fact import Identifier
from events.orders import CartLineAdded, CartLineRemoved, CartOrdered
from events.parties import Line


class AddToCart(Command):
    """Put a plan and a number of seats into the cart, for a new subscription or one to add to."""

    account: Identifier
    subscription: Identifier
    plan: str
    seats: Quantity


class RemoveFromCart(Command):
    """Take a line out of the cart."""

    account: Identifier
    subscription: Identifier


class PlaceOrder(Command):
    """Buy the whole cart as one order."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    account: Identifier
    payment_method: Word
    order: Identifier | None = None
    purchase_order: Line | None = None


def _wanted(
    state: AccountState, policy: Policy, subscription: str, plan: str, seats: int
) -> Wanted:
    version = policy.newest_plan(plan, policy.on)
    if subscription not in state.subscriptions:
        return Wanted(subscription, "start", version, seats)
    sub = state.subscriptions[subscription]
    if sub.plan != plan:
        return Wanted(subscription, "start", version, seats)
    return to_add(state, policy, subscription, seats)


@decides(AddToCart)
def add_to_cart(command: AddToCart, state: AccountState, policy: Policy) -> Facts:
    """Put a line into the cart, in place of the subscription's earlier one."""
    line = _wanted(state, policy, command.subscription, command.plan, command.seats)
    check_access(state, policy, (line,))
    check_subscriptions(state, policy, (line,))
    check_seats(state, policy, (line,))
    return (
        CartLineAdded(subscription=command.subscription, plan=command.plan, seats=command.seats),
    )


@decides(RemoveFromCart)
def remove_from_cart(command: RemoveFromCart, state: AccountState, policy: Policy) -> Facts:
    """Take a line out of the cart."""
    for line in state.cart:
        if line.subscription == command.subscription:
            wanted = _wanted(state, policy, line.subscription, line.plan, line.seats)
            require_buyer(policy, state, wanted.plan, wanted.channel)
            return (CartLineRemoved(subscription=command.subscription),)
    require_any_buyer(state, policy)
    raise Refused("order.cart_line_unknown", subscription=command.subscription)


@decides(PlaceOrder)
def place_cart_order(command: PlaceOrder, state: AccountState, policy: Policy) -> Facts:
    """Buy all lines of the cart, or none of them."""
    if not state.cart:
        require_any_buyer(state, policy)
        raise Refused("order.cart_empty")
    lines = tuple(
        _wanted(state, policy, line.subscription, line.plan, line.seats) for line in state.cart
    )
    work = buy(state, policy, lines, command.order, command.payment_method, command.purchase_order)
    work.add(CartOrdered(order=command.order or policy.command_id))
    return work.facts
