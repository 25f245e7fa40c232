"""The unused value of subscriptions that pays for another one (EV-06, EV-19, GEN-24; CONTRACT 5.7).

It goes back by credit notes on what billed it, so that what nobody paid is no credit.
"""

from commands.orders import give_up
from commands.orders_state import OrderState
from commands.policy import PlanVersion
from commands.state import AccountState
from commands.subscription_state import Subscription
from commands.taking_back import Back, take_back
from commands.decision import Policy
from commands.unused import unused_by_plan
from commands.work import Work
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
