"""What will renew: the day, the seats and the plan of every subscription's next term.

There is no price here: a renewal is priced when it comes, and before that by whoever previews it.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, get_args

from events.charges import TermSpan
from events.envelope import Recorded
from events.fact import Fact
from events.orders import OrderPlaced
from events.subscriptions import (
    AutoRenewEnabled,
    PlanChangeScheduled,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionKept,
    SubscriptionStarted,
    TermStarted,
)
from projections import seat_sets
from projections.rows import Row, Rows, existing
from projections.seat_sets import SeatSets, SetFact, Settlement
from projections.subscriptions import PlannedChange

Handled = SetFact | PlanChangeScheduled | OrderPlaced | Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookRow(Row):
    """All that decides how a live subscription (its id is the key) goes on; ended ones have none.

    What it comes to is `renewal_of`.
    """

    TABLE: ClassVar[str] = "renewal_outlooks"
    plan: str = ""
    plan_version: int | None = None
    product: str = ""
    payment_method: str | None = None
    term: TermSpan | None = None
    cancelled: bool = False
    planned: PlannedChange | None = None
    sets: SeatSets = field(default_factory=SeatSets)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalRow(Row):
    """A subscription (its id is the key) that will renew: `seats` seats on `renewal_date`.

    `pending` more seats would renew if the orders that wait were completed. `plan` is that of the
    next term; `term` and `plan_version` are those of the present one, the version None where the
    plan changes.
    """

    TABLE: ClassVar[str] = "renewals"
    renewal_date: date
    term: TermSpan
    seats: int
    pending: int
    plan: str
    plan_version: int | None
    product: str
    payment_method: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalsWaitingRow(Row):
    """The subscriptions that an order that waits (its id is the key) concerns."""

    TABLE: ClassVar[str] = "renewals_waiting"
    subscriptions: tuple[str, ...]


class RenewalsProjection:
    """Folds the facts of terms, seats and orders into what will renew."""

    name = "renewals"
    version = 2
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (OutlookRow, RenewalRow, RenewalsWaitingRow)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change the outlook by one event, and with it what will renew."""
        fact = event.fact
        if isinstance(fact, OrderPlaced):
            _placed(event, fact, rows)
        elif isinstance(fact, Settlement):
            _settled(fact, rows)
        elif isinstance(fact, SubscriptionEnded):
            rows.delete(OutlookRow, fact.subscription)
            rows.delete(RenewalRow, fact.subscription)
        elif isinstance(fact, PlanChangeScheduled):
            planned = PlannedChange(fact.plan, fact.seats, fact.payment_method)
            row = existing(rows, OutlookRow, fact.subscription)
            _put(rows, replace(row, planned=planned))
        elif isinstance(fact, SetFact):
            row = _row(event, fact.subscription, rows)
            _put(rows, _changed(row, fact))


def _row(event: Recorded, subscription: str, rows: Rows) -> OutlookRow:
    """The subscription's outlook; an empty one where the order comes before the subscription."""
    return rows.get(OutlookRow, subscription) or OutlookRow(
        key=subscription,
        account=event.account,
        subscription=subscription,
        position=event.position,
    )


def _put(rows: Rows, row: OutlookRow) -> None:
    rows.put(row)
    renewal = renewal_of(row)
    if renewal is None:
        rows.delete(RenewalRow, row.key)
    else:
        rows.put(renewal)


def _placed(event: Recorded, fact: OrderPlaced, rows: Rows) -> None:
    lines = list(seat_sets.waiting_lines(fact))
    for subscription, waiting in lines:
        row = _row(event, subscription, rows)
        _put(rows, replace(row, sets=seat_sets.with_waiting(row.sets, waiting)))
    names = tuple(subscription for subscription, _ in lines)
    rows.put(
        RenewalsWaitingRow(
            key=fact.order, account=event.account, position=event.position, subscriptions=names
        )
    )


def _settled(fact: Settlement, rows: Rows) -> None:
    order = existing(rows, RenewalsWaitingRow, fact.order)
    for subscription in order.subscriptions:
        row = rows.get(OutlookRow, subscription)
        if row is not None:
            _put(rows, replace(row, sets=seat_sets.settled(row.sets, fact.order)))
    rows.delete(RenewalsWaitingRow, fact.order)


def _changed(row: OutlookRow, fact: SetFact) -> OutlookRow:
    row = replace(row, sets=seat_sets.after(row.sets, fact))
    match fact:
        case SubscriptionStarted() | TermStarted():
            moved = isinstance(fact, TermStarted) and fact.cause == "billing_date_moved"
            return replace(
                row,
                plan=fact.plan,
                plan_version=fact.plan_version,
                product=fact.product,
                payment_method=fact.payment_method,
                term=fact.term,
                cancelled=row.cancelled and moved,
                planned=row.planned if moved else None,
            )
        case SubscriptionCancelled():
            return replace(row, cancelled=True, planned=None)
        case AutoRenewEnabled():
            return replace(row, cancelled=False)
        case SubscriptionKept():
            return replace(row, cancelled=False, planned=None)
        case _:
            return row


def renewal_of(row: OutlookRow) -> RenewalRow | None:
    """What will renew as things stand; None where nothing will.

    A subscription renews when it is paid for, its plan renews, it is not cancelled, and a seat is
    to renew; a cancelled one goes on with new seats when another plan has been chosen (EV-18).
    """
    return _renewal(row, 0)


def renewal_when_settled(row: OutlookRow) -> RenewalRow | None:
    """What would renew if every order that waits were completed: `seats` counts theirs too.

    So a purchase is previewed (PA-03). A conversion and a moved billing date bring a new term,
    whose end their charges name; converted seats renew.
    """
    starts = False
    for waiting in row.sets.waiting:
        starts = starts or waiting.kind in {"start", "convert"}
        if waiting.kind in {"convert", "move_billing_date"} and waiting.term_end is not None:
            row = _ending_on(row, waiting.term_end)
        if waiting.kind == "convert":
            sets = replace(row.sets, renews=True, chosen=row.sets.usable)
            row = replace(row, sets=sets, plan=waiting.plan, plan_version=waiting.plan_version)
    return _renewal(row, row.sets.pending if row.sets.renewing or starts else 0)


def _ending_on(row: OutlookRow, day: date) -> OutlookRow:
    term = row.term
    return row if term is None else replace(row, term=term.model_copy(update={"end": day}))


def _renewal(row: OutlookRow, more: int) -> RenewalRow | None:
    planned, sets = row.planned, row.sets
    fresh = planned.seats if planned is not None else None
    seats = len(sets.renewing) + more if fresh is None else fresh
    if row.term is None or not seats or (fresh is None and (row.cancelled or not sets.renews)):
        return None
    return RenewalRow(
        key=row.key,
        account=row.account,
        subscription=row.subscription,
        position=row.position,
        renewal_date=row.term.end,
        term=row.term,
        seats=seats,
        pending=sets.pending - more if fresh is None else 0,
        plan=row.plan if planned is None else planned.plan,
        plan_version=row.plan_version if planned is None else None,
        product=row.product,
        payment_method=row.payment_method if planned is None else planned.payment_method,
    )
