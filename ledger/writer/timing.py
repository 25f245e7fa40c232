"""From which instant a command may take effect (CONTRACT 2)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from commands.refusals import Refused
from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState
from events.periods import day_in_zone

YEAR_MIN = 1900
"""No account is older: what lies before is a slip of the pen."""


def check_instant(at: datetime | None, now: datetime) -> None:
    """Let through what does not lie after the clock, nor before all accounts.

    Raises:
        Refused: `command.time_out_of_range`.
    """
    if at is not None and at > now:
        raise Refused("command.time_out_of_range", detail="This time has not come yet.")
    if at is not None and at.year < YEAR_MIN:
        raise Refused("command.time_out_of_range", detail=f"This is before the year {YEAR_MIN}.")


def effective_at(
    at: datetime | None,
    now: datetime,
    state: AccountState,
    catalogue: CatalogueState,
    fields: Mapping[str, Any],
) -> datetime:
    """The instant from which a command of an account holds.

    Left out: now, but never before the account's last.

    Raises:
        Refused: `command.time_out_of_range`.
    """
    last = state.last_effective_at
    if at is None:
        return now if last is None else max(now, last)
    check_instant(at, now)
    if last is None or at >= last:
        return at
    if state.opened_at is not None and at < state.opened_at:
        raise Refused("command.time_out_of_range", detail="The account was opened after that.")
    days = _backdating_days(at, state, catalogue, fields)
    if at < last - timedelta(days=days):
        raise Refused(
            "command.time_out_of_range",
            detail=f"The account's last change is more than {days} days later than this time."
            if days
            else "The account has changed since this time.",
            last=last.isoformat(),
        )
    return at


def _backdating_days(
    at: datetime, state: AccountState, catalogue: CatalogueState, fields: Mapping[str, Any]
) -> int:
    """How far back the plan that a command concerns lets it reach; 0 where it concerns none."""
    sub = state.subscriptions.get(fields.get("subscription") or "")
    if sub is not None:
        return catalogue.plan_version(sub.plan, sub.plan_version).terms.backdating_days
    order = state.orders.get(fields.get("order") or "")
    if order is not None and order.lines:
        versions = (catalogue.plan_version(one.plan, one.plan_version) for one in order.lines)
        return min(version.terms.backdating_days for version in versions)
    plan = fields.get("plan")
    if isinstance(plan, str):
        version = catalogue.newest(plan, day_in_zone(at, state.time_zone))
        return 0 if version is None else version.terms.backdating_days
    return 0
