"""Settling an order without fulfilling it: what had come for it becomes credit (CONTRACT 5.4)."""

from commands.accumulator import Work
from commands.decision import Policy
from commands.state.orders import OrderState
from events.credit import CreditGranted, CreditOrigin
from events.money import Money
from events.orders import OrderCancelled, OrderExpired, OrderFailed
from events.subscriptions import SubscriptionEnded


def overpaid(policy: Policy, payment: str, amount: Money) -> CreditGranted:
    """Money that pays for nothing becomes credit; it is never turned away."""
    return CreditGranted(
        credit=policy.next_id(),
        source="overpayment",
        amount=amount,
        of=CreditOrigin(payment=payment),
    )


def give_up(
    work: Work, order: OrderState, fact: OrderFailed | OrderExpired | OrderCancelled
) -> None:
    """Settle an order without fulfilling it: what had come becomes credit, no invoice.

    A subscription whose first order it was has ended, unless seats of it are usable already; other
    orders that wait for it are withdrawn with it. Its id stays taken.
    """
    if not work.state.orders[order.order].waits:
        return
    work.add(fact)
    for part in order.paid:
        work.add(overpaid(work.policy, part.payment, part.amount))
    for line in order.lines:
        sub = work.state.subscriptions[line.subscription]
        if line.kind == "start" and not sub.usable:
            for name in sorted(sub.pending):
                give_up(work, work.state.orders[name], OrderCancelled(order=name))
            sub = work.state.subscriptions[line.subscription]
        if not sub.ended and not sub.usable and not sub.pending:
            work.add(SubscriptionEnded(subscription=line.subscription, cause="order_failed"))
