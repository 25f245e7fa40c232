"""The subscriptions: plan, term, how they stand and what has been planned for them."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, assert_never, get_args

from events.charges import TermSpan
from events.envelope import Recorded
from events.fact import Fact
from events.plans import Channel
from events.seats import SeatsAdded
from events.subscriptions import (
    AutoRenewEnabled,
    EndCause,
    PlanChangeScheduled,
    ProductKeyRedeemed,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionKept,
    SubscriptionKind,
    SubscriptionStarted,
    TermStarted,
)
from projections.rows import Row, Rows, existing

SubscriptionStatus = Literal["pending", "active", "ended"]
Change = (
    TermStarted
    | SeatsAdded
    | SubscriptionCancelled
    | AutoRenewEnabled
    | SubscriptionKept
    | PlanChangeScheduled
    | ProductKeyRedeemed
    | SubscriptionEnded
)
Handled = SubscriptionStarted | Change


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What takes over when the term ends; `seats` new ones of a cancelled subscription (EV-18)."""

    plan: str
    seats: int | None
    payment_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow(Row):
    """A subscription; its id is the key.

    `pending`: its first order waits; `ended`: its last term is over, or that order came to
    nothing. `renews` is the plan's word; a cancelled subscription is usable to `term.end`.
    `channel` is the one given with the purchase, None where the account's or the plan's holds.
    `keys` counts the product keys redeemed for it.
    """

    TABLE: ClassVar[str] = "subscriptions"
    product: str
    plan: str
    plan_version: int
    level: str | None
    kind: SubscriptionKind
    status: SubscriptionStatus
    term: TermSpan
    renews: bool
    cancelled: bool
    planned: PlannedChange | None
    payment_method: str | None
    channel: Channel | None
    started_on: date
    ended_on: date | None
    end_cause: EndCause | None
    keys: int


class SubscriptionsProjection:
    """Folds the facts of subscriptions."""

    name = "subscriptions"
    version = 1
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (SubscriptionRow,)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change a subscription by one event."""
        fact = event.fact
        if isinstance(fact, SubscriptionStarted):
            rows.put(_started(event, fact))
        elif isinstance(fact, Change):
            row = existing(rows, SubscriptionRow, fact.subscription)
            rows.put(_after(row, fact, event.effective_on))


def _started(event: Recorded, fact: SubscriptionStarted) -> SubscriptionRow:
    return SubscriptionRow(
        key=fact.subscription,
        account=event.account,
        subscription=fact.subscription,
        position=event.position,
        product=fact.product,
        plan=fact.plan,
        plan_version=fact.plan_version,
        level=fact.level,
        kind=fact.kind,
        status="pending",
        term=fact.term,
        renews=fact.renews,
        cancelled=False,
        planned=None,
        payment_method=fact.payment_method,
        channel=fact.channel,
        started_on=event.effective_on,
        ended_on=None,
        end_cause=None,
        keys=0,
    )


def _after(row: SubscriptionRow, fact: Change, day: date) -> SubscriptionRow:
    match fact:
        case SeatsAdded():
            return replace(row, status="active") if row.status == "pending" else row
        case TermStarted():
            return _term_started(row, fact)
        case SubscriptionCancelled():
            return replace(row, cancelled=True, planned=None)
        case AutoRenewEnabled():
            return replace(row, cancelled=False)
        case SubscriptionKept():
            return replace(row, cancelled=False, planned=None)
        case PlanChangeScheduled():
            planned = PlannedChange(fact.plan, fact.seats, fact.payment_method)
            return replace(row, planned=planned)
        case ProductKeyRedeemed():
            return replace(row, keys=row.keys + 1)
        case SubscriptionEnded():
            return replace(row, status="ended", planned=None, ended_on=day, end_cause=fact.cause)
        case _:
            assert_never(fact)


def _term_started(row: SubscriptionRow, fact: TermStarted) -> SubscriptionRow:
    """The subscription in a further term; what was planned has happened, or is dropped by it.

    A moved billing date alone leaves what had been decided for the end of the term.
    """
    moved = fact.cause == "billing_date_moved"
    return replace(
        row,
        product=fact.product,
        plan=fact.plan,
        plan_version=fact.plan_version,
        level=fact.level,
        kind="paid" if fact.cause == "trial_converted" else row.kind,
        term=fact.term,
        renews=fact.renews,
        cancelled=row.cancelled and moved,
        planned=row.planned if moved else None,
        payment_method=fact.payment_method,
    )
