"""Due work: what an account's calendar asks for, one command at a time (CONTRACT 5.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from commands.completion import next_completion
from commands.decision import Command
from commands.orders import ExpireOrder
from commands.renewals import EndSubscription, RenewSubscription
from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState
from commands.statements import RunStatement, next_statement_on

DueKind = Literal["statement", "completion", "expiry", "end"]

DueOrder = tuple[date, int, str]
"""What due work is ordered by: its day, the rank of its kind, its id."""

_RANK: dict[DueKind, int] = {"statement": 0, "completion": 1, "expiry": 2, "end": 3}


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
        """What comes first: by day, then by kind, each by id."""
        return self.day, _RANK[self.kind], self.id

    @property
    def words(self) -> str:
        """What it is, in the words of a refusal: `the renewal of vpn`."""
        if self.kind == "end":
            renews = isinstance(self.command, RenewSubscription)
            return f"the {'renewal' if renews else 'end'} of {self.id}"
        if self.kind == "statement":
            return "the monthly statement"
        return f"the {self.kind} of order {self.id}"


def next_due(
    state: AccountState,
    until: date,
    catalogue: CatalogueState | None = None,
    without: Collection[str] = (),
) -> Due | None:
    """The first due work up to a day: by day, then statements, expiries, ends, each by id.

    With the catalogue also an order that a fallen rate lets complete: before its expiry. `without`
    are the keys of work that cannot be done; what comes after it is not held up by it.
    """
    for day, rank, name in sorted(_calendar(state)):
        if day > until:
            break
        due = _due(state, day, rank, name)
        if due.key not in without:
            return _earlier(due, _completion(state, catalogue, min(until, day), without))
    return _completion(state, catalogue, until, without)


def next_due_day(state: AccountState) -> date | None:
    """The day on which the account's calendar next asks for something."""
    return min((day for day, _rank, _name in _calendar(state)), default=None)


def _completion(
    state: AccountState, catalogue: CatalogueState | None, until: date, without: Collection[str]
) -> Due | None:
    found = None if catalogue is None else next_completion(state, catalogue, until)
    if found is None:
        return None
    day, order = found
    due = Due(day, "completion", order, ExpireOrder(order=order))
    return None if due.key in without else due


def _earlier(due: Due, other: Due | None) -> Due:
    return due if other is None or due.order < other.order else other


def _due(state: AccountState, day: date, rank: int, name: str) -> Due:
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
