"""Who may do what: roles, channels, and the order in which they are asked for (CONTRACT 3)."""

from collections.abc import Iterable

from commands.decision import Policy
from commands.refusals import Refused
from commands.state.account import AccountState
from commands.state.subscriptions import Subscription
from events.plans import Channel, Plan

CHANNEL_CODES = {
    "corporate": "account.managed_by_adviser",
    "reseller": "subscription.sold_by_reseller",
    "partner": "subscription.sold_by_partner",
    "volume_centre": "subscription.managed_in_volume_centre",
}
"""The refusal of whoever comes past a channel, by its kind (PA-06, GT-02, MS-06, MS-07)."""

CHANNEL_ROLES = frozenset(CHANNEL_CODES)
"""Roles that stand for a channel; only the seller grants them."""


def require_seller(policy: Policy) -> None:
    """Let only the seller through.

    Raises:
        Refused: `access.role_missing`.
    """
    if not policy.is_seller:
        raise Refused("access.role_missing", remedy="Ask the seller to do it.")


def require_role(policy: Policy, allowed: Iterable[str]) -> None:
    """Let through the seller, and whoever holds one of the roles.

    Raises:
        Refused: `access.role_missing`.
    """
    if policy.is_seller:
        return
    names = tuple(allowed)
    for role in policy.roles:
        if role in names:
            policy.trace.role = role
            return
    if not names:
        raise Refused("access.role_missing", remedy="Ask the seller to do it.")
    needed = " or ".join(name.replace("_", " ") for name in names)
    raise Refused(
        "access.role_missing",
        detail=f"You have no role that allows this: it needs {needed}.",
        needed=needed,
    )


def require_assigner(policy: Policy, plan: Plan) -> None:
    """Let through whoever may give seats of the plan, whatever its channel.

    Raises:
        Refused: `access.role_missing`.
    """
    _require_role_of(policy, plan, plan.may_assign)


def _require_role_of(policy: Policy, plan: Plan, allowed: Iterable[str]) -> None:
    """As `require_role`, by a plan, whose words the refusal speaks."""
    try:
        require_role(policy, allowed)
    except Refused as refused:
        raise refused.of_plan(plan) from None


def channel_of(state: AccountState, plan: Plan, own: Channel | None) -> Channel | None:
    """The channel that holds: the subscription's own, else the account's, else the plan's."""
    return own or state.channel or plan.channel


def require_buyer(policy: Policy, state: AccountState, plan: Plan, own: Channel | None) -> None:
    """Let through whoever may buy by the plan and by the channel that holds.

    Raises:
        Refused: `access.role_missing`, or the channel's own code.
    """
    if policy.is_seller:
        return
    channel = channel_of(state, plan, own)
    if channel is not None and channel.kind in policy.roles:
        policy.trace.role = channel.kind
        return
    if channel is not None:
        known = not set(policy.roles).isdisjoint(plan.may_buy)
        raise channel_refusal(channel, known=known).of_plan(plan)
    _require_role_of(policy, plan, plan.may_buy)


def require_buyer_of_all(
    policy: Policy, state: AccountState, wanted: Iterable[tuple[Plan, Channel | None]]
) -> None:
    """Let through whoever may buy all of it: each a plan, and the subscription's own channel.

    Raises:
        Refused: `access.role_missing` where it is missing for any, else a channel's own code.
    """
    past_channel: Refused | None = None
    for plan, own in wanted:
        try:
            require_buyer(policy, state, plan, own)
        except Refused as refused:
            if refused.code == "access.role_missing":
                raise
            past_channel = past_channel or refused
    if past_channel is not None:
        raise past_channel


def require_subscription_buyer(
    policy: Policy, state: AccountState, sub: Subscription, plan: Plan
) -> None:
    """As `require_buyer`, for a subscription that there is."""
    require_buyer(policy, state, plan, sub.channel)


def require_channel_giver(policy: Policy, channel: Channel | None) -> None:
    """Let through who may give this channel: the seller, or the holder of its role.

    Raises:
        Refused: `access.role_missing`.
    """
    if channel is not None:
        require_role(policy, (channel.kind,))


def channel_refusal(channel: Channel, *, known: bool = True) -> Refused:
    """Give the refusal that names whom to contact.

    Without a role that may buy directly it is the missing role; another would be of no use.
    """
    lacking = "" if known else "You have no role that allows this. "
    return Refused(
        CHANNEL_CODES[channel.kind] if known else "access.role_missing",
        detail=f"{lacking}This is managed by {channel.name}.",
        remedy=f"Contact {channel.name}: {channel.contact}",
        name=channel.name,
        contact=channel.contact,
    )


def require_account(state: AccountState, account: str) -> None:
    """Let through what concerns an account that there is.

    Raises:
        Refused: `account.unknown`.
    """
    if not state.exists:
        raise Refused("account.unknown", account=account)
