"""The unused value of subscriptions that pays for another (EV-06, EV-19, GEN-24; CONTRACT 5.7).

It goes back by credit notes on what billed it, so that what nobody paid is no credit.
"""

from collections.abc import Sequence

from commands.accumulator import Work
from commands.amounts.taking_back import Back, take_back
from commands.amounts.unused import unused_by_plan
from commands.decision import Policy
from commands.giving_up import give_up
from commands.state.account import AccountState
from commands.state.orders import OrderState
from events.charges import Reversal
from events.money import Money
from events.orders import OrderCancelled
from events.plans import Plan
from events.seats import SeatsEnded
from events.subscriptions import (
    SubscriptionCancelled,
    SubscriptionCarriedOver,
    SubscriptionEnded,
)


def subscriptions_carried_over(state: AccountState, plan: Plan) -> tuple[str, ...]:
    """The account's subscriptions whose unused value goes to the plan when it is bought."""
    return tuple(
        name
        for name in sorted(state.live)
        if state.subscriptions[name].plan in plan.carried_from
        and state.subscriptions[name].kind == "paid"
        and state.subscriptions[name].starting is None
    )


def value_carried_over(
    state: AccountState, policy: Policy, names: Sequence[str]
) -> tuple[Reversal, ...]:
    """The unused value of subscriptions today, charge by charge of their terms (CONTRACT 5.25)."""
    found: list[Reversal] = []
    for name in names:
        sub = state.subscriptions[name]
        for charge in sub.term_charges:
            minor = unused_by_plan(policy, state, state.books.charges[charge], sub.usable)
            if minor:
                found.append(Reversal(charge=charge, amount=Money(minor, state.currency)))
    return tuple(found)


def carry_over(work: Work, order: OrderState, old_seats: dict[str, str]) -> None:
    """Give back the unused value of what an order carries over, and let nothing be added to it.

    An order that waited keeps the value of its day, as far as that much is left (CONTRACT 5.7).
    """
    names = order.carries_over
    if not names:
        return
    value = order.carried
    if value is None:
        value = value_carried_over(work.state, work.policy, names)
    usable = {name: work.state.subscriptions[name].usable for name in names}
    for name in names:
        _close(work, order, name, old_seats[name])
    charges = work.state.books.charges
    take_back(
        work,
        [
            Back(
                part.charge,
                part.amount.minor,
                usable[charges[part.charge].subscription] or charges[part.charge].seats,
                is_time=True,
            )
            for part in value
        ],
        "carried_over",
    )


def _close(work: Work, order: OrderState, name: str, old_seats: str) -> None:
    sub = work.state.subscriptions[name]
    if sub.ended:
        return
    if sub.will_renew or sub.goes_on:
        work.add(SubscriptionCancelled(subscription=name, ends_on=sub.term.end))
    ends = old_seats == "end"
    if ends or not sub.carried_over:
        work.add(
            SubscriptionCarriedOver(
                subscription=name, order=order.order, old_seats="end" if ends else "keep"
            )
        )
    if not ends:
        return
    for waiting in sorted(sub.pending):
        give_up(work, work.state.orders[waiting], OrderCancelled(order=waiting))
    if not work.state.subscriptions[name].ended:
        for part in sub.usable.chunks() if sub.usable else ():
            work.add(SeatsEnded(subscription=name, seats=part))
        work.add(SubscriptionEnded(subscription=name, cause="carried_over"))
