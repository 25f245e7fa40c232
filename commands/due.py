"""Due work: what an account's calendar asks for, one command at a time (CONTRACT 5.1)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from commands.decision import Command
from commands.orders import ExpireOrder
from commands.renewals import EndSubscription, RenewSubscription
from commands.state import AccountState
from commands.statements import RunStatement, next_statement_on

DueKind = Literal["statement", "expiry", "end"]

DueOrder = tuple[date, int, str]
"""What due work is ordered by: its day, the rank of its kind, its id."""

_RANK: dict[DueKind, int] = {"statement": 0, "expiry": 1, "end": 2}


@dataclass(frozen=True, slots=True)
class Due:
    """Something that falls due on a day; `id` is of the account, the order or the subscription.

    `term` is the number of a second term that ends on the day on which one ended before.
    """

    day: date
    kind: DueKind
    id: str
    command: Command
    term: int | None = None

    @property
    def key(self) -> str:
        """The idempotency key, so that two who do it at once act once."""
        key = f"due/{self.kind}/{self.id}/{self.day}"
        return key if self.term is None else f"{key}/{self.term}"

    @property
    def order(self) -> DueOrder:
        """What comes first: by day, then statements, expiries, ends, each by id."""
        return self.day, _RANK[self.kind], self.id


def next_due(state: AccountState, until: date) -> Due | None:
    """The first due work up to a day: by day, then statements, expiries, ends, each by id."""
    first = min(_calendar(state), default=None)
    if first is None or first[0] > until:
        return None
    day, rank, name = first
    if rank == _RANK["statement"]:
        return Due(day, "statement", name, RunStatement(account=name))
    if rank == _RANK["expiry"]:
        return Due(day, "expiry", name, ExpireOrder(order=name))
    sub = state.subscriptions[name]
    came_before = sub.renewed_on is not None and day <= sub.renewed_on
    term = sub.term.number if came_before else None
    if sub.goes_on and sub.leaves_on is None:
        return Due(day, "end", name, RenewSubscription(subscription=name), term)
    return Due(day, "end", name, EndSubscription(subscription=name), term)


def next_due_day(state: AccountState) -> date | None:
    """The day on which the account's calendar next asks for something."""
    return min((day for day, _rank, _name in _calendar(state)), default=None)


def _calendar(state: AccountState) -> list[DueOrder]:
    entries: list[DueOrder] = []
    statement_on = next_statement_on(state)
    if statement_on is not None:
        entries.append((statement_on, _RANK["statement"], state.account))
    for name in state.waiting:
        expires_on = state.orders[name].expires_on
        if expires_on is not None:
            entries.append((expires_on, _RANK["expiry"], name))
    for name in state.live:
        due_on = state.subscriptions[name].due_on
        if due_on is not None:
            entries.append((due_on, _RANK["end"], name))
    return entries
