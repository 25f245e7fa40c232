"""The checks of a purchase, in their order (CONTRACT 5.2, 5.10, 6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commands.access import (
    require_assigner,
    require_buyer,
    require_buyer_of_all,
    require_channel_giver,
)
from commands.amounts.term_spans import first_term
from commands.carry_over import subscriptions_carried_over
from commands.decision import Policy
from commands.holders import Assignees, Who, check_domains, known
from commands.payment_timing import slowest_timing
from commands.refusals import Refused, invalid
from commands.seat_conflicts import (
    Stay,
    check_assignable,
    check_going_on,
    plans_of,
    stay_of,
)
from commands.seat_limits import check_more_renewing, check_total
from commands.state.account import AccountState
from commands.state.catalogue import PlanVersion
from commands.state.subscriptions import Subscription
from events.orders import LineKind, PaymentTiming
from events.plans import Channel, Plan
from events.seat_numbers import MAX_SEAT_NUMBER


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of a purchase: seats of a subscription, new or present, by a version of a plan."""

    subscription: str
    kind: LineKind
    version: PlanVersion
    seats: int
    channel: Channel | None = None
    assign: tuple[Who, ...] = ()

    @property
    def plan(self) -> Plan:
        """The terms that price it."""
        return self.version.terms


def subscription_of(state: AccountState, name: str) -> Subscription:
    """A subscription of the account.

    Raises:
        Refused: `subscription.unknown`.
    """
    sub = state.subscriptions.get(name)
    if sub is None:
        raise Refused("subscription.unknown", subscription=name)
    return sub


def plan_of(policy: Policy, sub: Subscription) -> PlanVersion:
    """The version of the plan that the present term keeps."""
    return policy.plan_version(sub.plan, sub.plan_version)


def to_add(
    state: AccountState, policy: Policy, name: str, seats: int, assign: Assignees = ()
) -> Wanted:
    """Seats more of a subscription that there is."""
    sub = subscription_of(state, name)
    version = plan_of(policy, sub)
    kind: LineKind = "add"
    if version.terms.change_resets_term and sub.starting is None:
        # A new term begins, so that the version is the one of the order's day.
        kind = "move_billing_date"
        version = policy.going_on(version)
    return Wanted(name, kind, version, seats, sub.channel, known(policy, assign))


def check_access(state: AccountState, policy: Policy, lines: Sequence[Wanted]) -> None:
    """Roles and channels of a purchase, then what the account must have.

    Raises:
        Refused: `access.…`, a channel's code, `account.…`, `catalogue.plan_withdrawn`.
    """
    for line in lines:
        if line.kind == "start":
            require_channel_giver(policy, line.channel)
        if line.assign:
            require_assigner(policy, line.plan)
    require_buyer_of_all(policy, state, ((line.plan, line.channel) for line in lines))
    for line in lines:
        if line.kind == "start":
            check_requirements(state, line.plan)
        check_domains(state, line.plan, line.assign)
    for line in lines:
        if line.kind == "start" and policy.catalogue.is_withdrawn(line.version.name):
            raise Refused("catalogue.plan_withdrawn", plan=line.version.name)


def require_any_buyer(state: AccountState, policy: Policy) -> None:
    """Let through who may buy at least one plan of the catalogue, where no plan is named.

    Raises:
        Refused: `access.role_missing`, or a channel's code.
    """
    refused: Refused | None = None
    for name in policy.catalogue.plan_names():
        version = policy.catalogue.newest(name, policy.on)
        if version is None:
            continue
        try:
            require_buyer(policy, state, version.terms, None)
        except Refused as refusal:
            refused = refused or refusal
        else:
            return
    if refused is not None:
        raise refused


def check_requirements(state: AccountState, plan: Plan) -> None:
    """What a plan asks of an account before it can be had (EV-04).

    Raises:
        Refused: `account.application_not_approved`.
    """
    if "approved_application" in plan.requires and state.application != "approved":
        raise Refused("account.application_not_approved").of_plan(plan)


def check_subscriptions(state: AccountState, policy: Policy, lines: Sequence[Wanted]) -> None:
    """Whether the subscriptions can take what is bought.

    Raises:
        Refused: `subscription.…`.
    """
    carried = carried_over_by(state, lines)
    for line in lines:
        if line.kind == "start":
            check_new(state, policy, line.subscription)
        elif line.kind != "convert":
            sub = state.subscriptions[line.subscription]
            if sub.ended:
                raise Refused("subscription.ended")
            if sub.carried_over:
                raise Refused("subscription.carried_over")
            if line.subscription in carried:
                raise Refused(
                    "subscription.carried_over",
                    detail="This order carries the value of the subscription over; nothing can be "
                    "added to it.",
                    remedy="Take its line out of the cart with RemoveFromCart.",
                )
            if sub.kind == "trial":
                raise trial_must_be_bought(sub)
            if sub.kind == "prepaid":
                raise Refused("subscription.prepaid")


def carried_over_by(state: AccountState, lines: Sequence[Wanted]) -> tuple[str, ...]:
    """The subscriptions whose unused value goes to what is bought."""
    return tuple(
        dict.fromkeys(
            name
            for line in lines
            if line.kind in {"start", "convert"}
            for name in subscriptions_carried_over(state, line.plan)
        )
    )


def trial_must_be_bought(sub: Subscription) -> Refused:
    """The refusal of more of a trial: it is converted first, or its order is settled (MS-08)."""
    waits = f"It is being bought: the order {sub.converting} is paid, or cancelled, first."
    return Refused("subscription.trial_must_be_bought", remedy=waits if sub.converting else "")


def check_new(state: AccountState, policy: Policy, name: str) -> None:
    """Whether an id of a subscription is free.

    Raises:
        Refused: `subscription.exists`.
    """
    if name in state.subscriptions or policy.taken("subscription", name):
        raise Refused("subscription.exists", subscription=name)


def check_no_credit_check(state: AccountState) -> None:
    """While a credit check is pending, nothing can be bought (MS-04).

    Raises:
        Refused: `order.credit_check_pending`.
    """
    for name in state.waiting:
        order = state.orders[name]
        if order.status == "pending_credit_check":
            raise Refused(
                "order.credit_check_pending",
                remedy=f"Wait for the credit check, which is expected by {order.expected_on}; "
                "it usually takes two working days.",
                order=name,
            )


def check_order(state: AccountState, policy: Policy, order: str) -> None:
    """Whether the id of an order is free, and buying is possible now.

    Raises:
        Refused: `order.exists`, `order.credit_check_pending`.
    """
    if order in state.orders or policy.taken("order", order):
        raise Refused("order.exists", order=order)
    check_no_credit_check(state)


def check_seats(state: AccountState, policy: Policy, lines: Sequence[Wanted]) -> None:
    """Minimum, maximum, and users who are to get a seat.

    Raises:
        Refused: `seats.below_minimum`, `seats.above_maximum`, `seats.holder_not_allowed`,
            `seats.none_free`, `seats.user_already_has_seat`, `command.invalid` beyond all bounds.
    """
    for line in lines:
        sub = state.subscriptions.get(line.subscription)
        check_total(line.plan, (sub.total if sub else 0) + line.seats)
        if sub is not None and sub.numbered + line.seats > MAX_SEAT_NUMBER:
            raise invalid("seats", f"a subscription numbers at most {MAX_SEAT_NUMBER} seats")
        if sub is None:
            after = line.version.name if line.plan.renewal.auto else None
            stay = Stay(line.version.name, first_term(line.plan, policy.on).end, after)
            fewer = "Name fewer users, or choose more seats."
            check_assignable(state, (line.plan,), stay, line.assign, line.seats, fewer)
            continue
        check_more_renewing(policy, sub, line.seats)
        if line.kind == "convert":
            # The order's id stands for the conversion, after which the seats go on.
            check_going_on(state, policy, replace(sub, converting=policy.command_id), sub.usable)
        stay = stay_of(sub, sub.numbered + 1)
        plans = plans_of(policy, sub, line.plan)
        free = len(sub.free) + line.seats
        check_assignable(
            state, plans, stay, line.assign, free, "Name fewer users, or buy more seats."
        )


def timing_of(lines: Sequence[Wanted], method: str) -> PaymentTiming:
    """When a purchase by this method is paid: the slowest of its plans decides.

    Raises:
        Refused: `payment.method_not_accepted`, by name (EV-03).
    """
    return slowest_timing((line.plan for line in lines), method)
