"""How few and how many seats a plan holds: the present one, and one that is to come (EV-01, 5.10).

The maximum counts seats that wait for their orders too. A plan that takes over when the term ends
counts the seats that will renew, and asks for its bounds from the day on which it is chosen.
"""

from commands.decision import Policy
from commands.refusals import Refused
from commands.state.catalogue import PlanVersion
from commands.state.subscriptions import Subscription
from events.plans import Plan


def below_minimum(plan: Plan) -> Refused:
    """The refusal of too few seats, with the plan's own sentence where it has one (EV-01)."""
    own = f" {plan.seats.below_minimum}" if plan.seats.below_minimum else ""
    return Refused(
        "seats.below_minimum",
        detail=f"Fewer seats than {plan.title} needs, which is {plan.seats.minimum}.{own}",
        minimum=str(plan.seats.minimum),
    ).of_plan(plan)


def check_minimum(plan: Plan, seats: int, remedy: str = "") -> None:
    """Whether so many seats are enough for a plan.

    Raises:
        Refused: `seats.below_minimum` with the plan's own sentence (EV-01).
    """
    if seats < plan.seats.minimum:
        refused = below_minimum(plan)
        refused.remedy = remedy or refused.remedy
        raise refused


def check_maximum(plan: Plan, seats: int, remedy: str = "") -> None:
    """Whether a plan can hold so many seats.

    Raises:
        Refused: `seats.above_maximum`.
    """
    if plan.seats.maximum is not None and seats > plan.seats.maximum:
        raise Refused(
            "seats.above_maximum",
            detail=f"{plan.title} holds at most {plan.seats.maximum} seats; this makes {seats}.",
            remedy=remedy,
            maximum=str(plan.seats.maximum),
        ).of_plan(plan)


def check_total(plan: Plan, total: int) -> None:
    """Whether a plan can hold so many seats.

    Raises:
        Refused: `seats.below_minimum`, `seats.above_maximum`.
    """
    check_minimum(plan, total)
    check_maximum(plan, total)


def plan_to_come(policy: Policy, sub: Subscription) -> PlanVersion | None:
    """The version of the plan that takes over from the present one; None where none does.

    The newest of which is known that its day will have come when the term ends.
    """
    if sub.planned is None or sub.planned.seats is not None:
        return None
    return policy.newest_plan(sub.planned.plan, sub.term.end)


def check_more_renewing(policy: Policy, sub: Subscription, more: int) -> None:
    """Whether the plan to come has room for seats that are bought now.

    Seats that wait count: paid for, they would renew too.

    Raises:
        Refused: `seats.above_maximum`.
    """
    version = plan_to_come(policy, sub) if sub.will_renew else None
    if version is not None:
        remedy = "Buy fewer, or keep the present plan with KeepSubscription."
        total = len(sub.renewing) + sub.pending_seats + more
        check_maximum(version.terms, total, remedy)


def fitting(plan: Plan, present: int, more: int) -> int:
    """How many seats more a plan can hold beside those there are."""
    if plan.seats.maximum is None:
        return more
    return min(more, max(plan.seats.maximum - present, 0))


def room_to_renew(policy: Policy, sub: Subscription, more: int) -> int:
    """How many of the seats that become usable can renew.

    Seats whose order waited since before the change was planned are given whatever it holds;
    those for which the plan to come has no room end with the term.
    """
    if not sub.will_renew:
        return 0
    version = plan_to_come(policy, sub)
    return more if version is None else fitting(version.terms, len(sub.renewing), more)
