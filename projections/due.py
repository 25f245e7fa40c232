"""When each account's calendar next asks for something, as a lower bound from the facts alone.

Whether it really does is for the account's state to say (`commands.due`): a subscription whose
order still waits does not end, and an order that was paid does not expire. So the days here may be
too early, never too late, and finding the accounts with due work needs no look at the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, get_args

from events.charges import Charged
from events.envelope import Recorded
from events.fact import Fact
from events.invoices import InvoiceIssued
from events.orders import OrderCancelled, OrderCompleted, OrderExpired, OrderFailed, OrderPlaced
from events.seats import SeatsEnded
from events.subscriptions import SubscriptionEnded, SubscriptionStarted, TermStarted
from projections.rows import Row, Rows

Handled = (
    Charged
    | InvoiceIssued
    | OrderCancelled
    | OrderCompleted
    | OrderExpired
    | OrderFailed
    | OrderPlaced
    | SubscriptionEnded
    | SubscriptionStarted
    | TermStarted
    | SeatsEnded
)

EXPIRY = "expiry/"
"""How the keys of orders that wait for their payment begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow(Row):
    """What an account waits for: the end of a subscription, the expiry of an order, statements.

    `days` are those on which it falls due, the first one first. The key is `end/SUBSCRIPTION`,
    `expiry/ORDER` or `statement/ACCOUNT`.
    """

    TABLE: ClassVar[str] = "due"
    days: tuple[date, ...]


class DueProjection:
    """Folds the facts that move a day; what is settled leaves no row."""

    name = "due"
    version = 2
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (DueRow,)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Move an account's days by one event."""
        if event.account is not None:
            move(rows, event.account, event.position, event.fact)


def move(rows: Rows, account: str, position: int, fact: Fact) -> None:
    """Move an account's days by one fact; those that are not handled change nothing."""
    match fact:
        case SubscriptionStarted() | TermStarted():
            key = f"end/{fact.subscription}"
            ends = {fact.term.end}
            if isinstance(fact, TermStarted) and fact.leaving:
                ends.update(_days(rows, key))
            _set(rows, key, account, position, ends)
        case SeatsEnded():
            key = f"end/{fact.subscription}"
            # Seats that a moved date left alone have ended; others end with the last day.
            ends_on = _days(rows, key)
            if len(ends_on) > 1:
                _set(rows, key, account, position, set(ends_on[1:]))
        case SubscriptionEnded():
            rows.delete(DueRow, f"end/{fact.subscription}")
        case OrderPlaced() if fact.expires_on is not None:
            _set(rows, f"{EXPIRY}{fact.order}", account, position, {fact.expires_on})
        case OrderCompleted() | OrderFailed() | OrderExpired() | OrderCancelled():
            rows.delete(DueRow, f"{EXPIRY}{fact.order}")
        case Charged() if fact.statement_on is not None:
            days = {fact.statement_on}
            if fact.split and fact.period.end > fact.statement_on:
                days.add(_first_of_next_month(fact.statement_on))
            key = f"statement/{account}"
            _set(rows, key, account, position, days.union(_days(rows, key)))
        case InvoiceIssued() if fact.statement is not None:
            key = f"statement/{account}"
            later = {day for day in _days(rows, key) if day > fact.statement}
            _set(rows, key, account, position, later)
        case _:
            pass


def first_days(rows: Iterable[DueRow], until: date) -> list[tuple[date, str]]:
    """The accounts that may have work up to a day, each with its first day, in that order."""
    first: dict[str, date] = {}
    for row in rows:
        if row.account is not None and row.days[0] <= until:
            first[row.account] = min(row.days[0], first.get(row.account, date.max))
    return sorted((day, account) for account, day in first.items())


def waiting(rows: Iterable[DueRow]) -> list[str]:
    """The accounts with an order that waits for its payment, by name."""
    found = {row.account for row in rows if row.key.startswith(EXPIRY)}
    return sorted(account for account in found if account is not None)


def _days(rows: Rows, key: str) -> tuple[date, ...]:
    row = rows.get(DueRow, key)
    return () if row is None else row.days


def _set(rows: Rows, key: str, account: str, position: int, days: set[date]) -> None:
    """Keep the days under a key, at the position at which the first of them came."""
    if not days:
        rows.delete(DueRow, key)
        return
    before = rows.get(DueRow, key)
    began = position if before is None else before.position
    rows.put(DueRow(key=key, account=account, position=began, days=tuple(sorted(days))))


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
