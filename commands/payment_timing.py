"""When a purchase is paid: the timing that its plans give a method (CONTRACT 5.4, 5.16)."""

from collections.abc import Iterable

from commands.refusals import Refused
from events.orders import PaymentTiming
from events.plans import Plan

SLOWNESS: tuple[PaymentTiming, ...] = (
    "at_once",
    "on_account",
    "when_paid",
    "after_credit_check",
)
"""From the timing that is soonest done with to the slowest."""

AT_ONCE_USABLE = frozenset[PaymentTiming](["at_once", "on_account"])
"""The timings by which an order waits for nothing (GEN-01)."""


def slowest_timing(plans: Iterable[Plan], method: str) -> PaymentTiming:
    """When a purchase by this method is paid: the slowest of its plans decides.

    Raises:
        Refused: `payment.method_not_accepted`, by name (EV-03).
    """
    slowest: PaymentTiming = "at_once"
    wanted = tuple(plans)
    for plan in wanted:
        timing = plan.payment.get(method)
        if timing is None:
            raise Refused(
                "payment.method_not_accepted",
                detail=f"{plan.title} cannot be paid by {method}.",
                remedy=_other_methods(wanted),
                method=method,
            ).of_plan(plan)
        slowest = max(slowest, timing, key=SLOWNESS.index)
    return slowest


def _other_methods(plans: tuple[Plan, ...]) -> str:
    """What pays for all of a purchase; where nothing does, what to do about it."""
    first, *others = (plan.payment for plan in plans)
    accepted = [name for name in first if all(name in methods for methods in others)]
    if not accepted:
        return "No method pays for all of this: buy the plans one by one."
    return f"Pay by {', '.join(name.replace('_', ' ') for name in accepted)}."
