"""Orders that wait for their money, and the credit or the fallen rate that completes them.

An order completes whenever payments and credit cover it, whatever brought them (CONTRACT 5.27).
"""

from collections.abc import Iterator
from datetime import date

from commands.accumulator import Work
from commands.decision import Policy
from commands.fulfilment import complete_paid, order_due
from commands.refusals import Refused
from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState
from commands.state.orders import OrderState
from events.envelope import Actor
from events.money import AmountOutOfRange
from events.periods import DateOutOfRange, day_in_zone, start_of_day

_LEDGER = Actor(kind="system")


def complete_covered(work: Work) -> None:
    """Complete every order that payments and credit cover, oldest first.

    Whatever gives an account credit, or frees some, ends with it: what completing one order
    leaves over may cover another.
    """
    while (order := _first_covered(work)) is not None:
        complete_paid(work, order)


def _first_covered(work: Work) -> OrderState | None:
    return next(
        (
            order
            for order in _perhaps_covered(work.state)
            if is_covered(work.state, work.policy, order)
        ),
        None,
    )


def is_covered(state: AccountState, policy: Policy, order: OrderState) -> bool:
    """Whether nothing is due for an order that waits for its payment.

    One that cannot be invoiced, since no rate is known, is not: it waits on, and refuses nobody.
    """
    try:
        return not order_due(state, policy, order).minor
    except (Refused, AmountOutOfRange, DateOutOfRange, OverflowError):
        return False


def next_completion(
    state: AccountState, catalogue: CatalogueState, until: date, since: date = date.min
) -> tuple[date, str] | None:
    """The first day, and the order, on which a rate known by now lets an order complete.

    Credit and payments complete an order when they come, so that of the days from the account's
    last change on, or from a later one, only those matter on which the seller's rates change.
    """
    orders = list(_perhaps_covered(state))
    last = state.last_effective_at
    if not orders or last is None:
        return None
    since = max(since, day_in_zone(last, state.time_zone))
    changes = {rate.from_ for rate in catalogue.vat_rates}
    for day in sorted({since, *(day for day in changes if since < day)}):
        if day > until:
            break
        policy = _policy_on(state, catalogue, day)
        for order in orders:
            if is_covered(state, policy, order):
                return day, order.order
    return None


def _perhaps_covered(state: AccountState) -> Iterator[OrderState]:
    """The orders that wait for a payment and that, without any tax, would be covered.

    Cheap, so that orders for which nothing has come cost no thought.
    """
    for name in state.waiting:
        order = state.orders[name]
        if order.status == "pending_payment" and _is_paid_but_for_tax(state, order):
            yield order


def _is_paid_but_for_tax(state: AccountState, order: OrderState) -> bool:
    if order.carries_over or any(charge.reverses for charge in order.charges):
        return True  # what that brings is known only by completing it
    paid = sum(part.amount.minor for part in order.paid)
    credit = sum(lot.left.minor for lot in state.books.lots.spendable)
    return sum(charge.net.minor for charge in order.charges) <= paid + credit


def _policy_on(state: AccountState, catalogue: CatalogueState, day: date) -> Policy:
    """What the ledger's own decision of that day would draw on."""
    at = start_of_day(day, state.time_zone)
    return Policy(catalogue=catalogue, command_id="", at=at, on=day, today=day, actor=_LEDGER)
