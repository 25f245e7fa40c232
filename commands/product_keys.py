"""Product keys: prepaid subscriptions, started and extended by keys (MS-05; CONTRACT 5.12)."""

from typing import ClassVar

from commands.access import require_buyer
from commands.accumulator import Work
from commands.amounts.term_spans import first_term
from commands.decision import Command, Policy, decides
from commands.fulfilment import add_seats_facts
from commands.purchase_checks import (
    check_no_credit_check,
    check_requirements,
    plan_of,
    require_any_buyer,
)
from commands.refusals import Facts, Refused
from commands.seat_limits import check_total
from commands.state.account import AccountState
from events.fact import Identifier
from events.subscriptions import ProductKeyRedeemed, SubscriptionStarted

MALFORMED = "malformed"
"""What stands for a key that has not the form of one."""


class RedeemProductKey(Command):
    """Start a prepaid subscription with a key, or add the key's seats to one."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    SECRETS: ClassVar[tuple[str, ...]] = ("key",)

    account: Identifier
    subscription: Identifier
    key: str


@decides(RedeemProductKey)
def redeem_product_key(command: RedeemProductKey, state: AccountState, policy: Policy) -> Facts:
    """Use a key; `key` is its digest here, and a refusal does not use it up."""
    digest = command.key.removeprefix("sha256:")
    offer = None if command.key == MALFORMED else policy.catalogue.key(digest)
    sub = state.subscriptions.get(command.subscription)
    if offer is not None:
        # Seats that are added come by the version that the term keeps.
        if sub is not None and sub.plan == offer.plan:
            version = plan_of(policy, sub)
        else:
            version = policy.newest_plan(offer.plan, policy.on)
        require_buyer(policy, state, version.terms, sub.channel if sub else None)
        check_requirements(state, version.terms)
    elif sub is not None:
        require_buyer(policy, state, plan_of(policy, sub).terms, sub.channel)
    else:
        require_any_buyer(state, policy)
    _check_subscription(command, state, policy)
    if command.key == MALFORMED:
        raise Refused("subscription.key_malformed")
    if offer is None:
        raise Refused("subscription.key_unknown")
    if policy.taken("product_key", digest):
        raise Refused("subscription.key_already_used")
    if sub is not None and sub.plan != offer.plan:
        raise Refused(
            "subscription.key_unknown",
            detail="This product key is for another plan.",
            remedy="Redeem it for a new subscription.",
        )
    check_no_credit_check(state)
    check_total(version.terms, (sub.total if sub else 0) + offer.seats)
    work = Work(state, policy)
    if sub is None:
        plan = version.terms
        work.add(
            SubscriptionStarted(
                subscription=command.subscription,
                plan=offer.plan,
                plan_version=version.version,
                product=plan.product,
                level=plan.level,
                kind="prepaid",
                payment_method=None,
                channel=None,
                term=first_term(plan, policy.on),
                renews=False,
            )
        )
    work.add(
        ProductKeyRedeemed(
            subscription=command.subscription,
            digest=digest,
            plan=offer.plan,
            seats=offer.seats,
        )
    )
    held_sub = work.state.subscriptions[command.subscription]
    add_seats_facts(work, held_sub, offer.seats, version.terms, None)
    return work.facts


def _check_subscription(command: RedeemProductKey, state: AccountState, policy: Policy) -> None:
    sub = state.subscriptions.get(command.subscription)
    if sub is None:
        if policy.taken("subscription", command.subscription):
            raise Refused("subscription.exists", subscription=command.subscription)
        return
    if sub.ended:
        raise Refused("subscription.ended")
    if sub.kind != "prepaid":
        raise Refused("subscription.not_prepaid")
