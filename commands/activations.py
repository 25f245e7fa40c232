"""Activations: what a seat's holder signs in or installs with (EV-14, EV-15, SE-06).

The plaintext is made before the decision and shown once. Decisions, facts and records know its
digest alone, in one form everywhere: `sha256:` and 64 hex digits.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from commands.access import require_assigner
from commands.decision import Command, Policy, SeatNumber, decides
from commands.purchase_checks import plan_of, subscription_of
from commands.refusals import Facts, Refused
from commands.seats import going_on, holder_of
from commands.state.account import AccountState
from commands.state.subscriptions import Subscription
from events.fact import Identifier
from events.parties import Line
from events.plans import Plan
from events.seats import ActivationIssued, SeatActivated

GIVEN_ACTIVATION = "activation"
"""Under this name the digest of a new activation is given to the decision (`Policy.given`)."""

Secret = Annotated[Line, StringConstraints(max_length=200)]
"""An activation as it was shown, or its digest in its place."""


class IssueActivation(Command):
    """Make an activation for a seat; its result holds it, once, and the one before is dead."""

    subscription: Identifier
    seat: SeatNumber


@decides(IssueActivation)
def issue_activation(command: IssueActivation, state: AccountState, policy: Policy) -> Facts:
    """Give the seat's holder a new activation; only its digest is kept (EV-14, SE-06).

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`, `subscription.ended`,
            `seats.unknown`, `seats.not_assigned`, `seats.activation_not_offered`.
    """
    sub = subscription_of(state, command.subscription)
    plan = plan_of(policy, sub).terms
    require_assigner(policy, plan)
    going_on(sub)
    holder = holder_of(sub, command.seat)
    issued = ActivationIssued(
        subscription=sub.subscription,
        seat=command.seat,
        person=holder.person,
        kind=_kind(plan),
        digest=policy.given[GIVEN_ACTIVATION],
        holder=holder.other,
    )
    return (issued,)


class ActivateSeat(Command):
    """Use the activation of a seat."""

    SECRETS: ClassVar[tuple[str, ...]] = ("activation",)

    subscription: Identifier
    seat: SeatNumber
    activation: Secret


@decides(ActivateSeat)
def activate_seat(command: ActivateSeat, state: AccountState, policy: Policy) -> Facts:
    """Activate a seat: a credential works again and again, a code once (EV-14, SE-06).

    Raises:
        Refused: `subscription.unknown`, `access.role_missing`, `subscription.ended`,
            `seats.unknown`, `seats.not_assigned`, `seats.activation_not_offered`,
            `seats.activation_not_valid`, `seats.activation_already_used`.
    """
    sub = subscription_of(state, command.subscription)
    plan = plan_of(policy, sub).terms
    if not _is_holder(sub, command.seat, policy):
        require_assigner(policy, plan)
    going_on(sub)
    holder = holder_of(sub, command.seat)
    kind = _kind(plan)
    if holder.activation != command.activation:
        raise _no_use("seats.activation_not_valid", command.seat, plan, policy)
    if kind == "code" and holder.activated:
        raise _no_use("seats.activation_already_used", command.seat, plan, policy)
    activated = SeatActivated(
        subscription=sub.subscription,
        seat=command.seat,
        person=holder.person,
        holder=holder.other,
    )
    return (activated,)


def _no_use(code: str, seat: int, plan: Plan, policy: Policy) -> Refused:
    """The refusal of an activation; who may give out seats makes another, the holder asks."""
    may_issue = policy.is_seller or not set(policy.roles).isdisjoint(plan.may_assign)
    remedy = "Make a new one with IssueActivation." if may_issue else ""
    return Refused(code, remedy=remedy, seat=str(seat))


def _is_holder(sub: Subscription, seat: int, policy: Policy) -> bool:
    holder = sub.holders.get(seat)
    return holder is not None and holder.person is not None and policy.actor.person == holder.person


def _kind(plan: Plan) -> Literal["credential", "code"]:
    """What the plan's seats are activated with.

    Raises:
        Refused: `seats.activation_not_offered`.
    """
    if plan.activation == "none":
        raise Refused("seats.activation_not_offered")
    return plan.activation
