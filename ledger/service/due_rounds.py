"""The due work of all accounts, in one order: by day, then by kind, then by id (CONTRACT 5.1)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush

from commands.due import DueOrder, next_due, next_due_day
from commands.state import AccountState
from events.periods import start_of_day
from ledger.service.due_index import DueIndex
from ledger.service.due_work import DueWork
from ledger.service.states import Accounts, Catalogues

WorkAhead = Callable[[str, datetime, DueOrder | None], DueWork]
"""Does an account's due work by an instant, as far as it comes before other work (None: all)."""

_DAY_ALONE = -1
"""The rank of an account of which only the day is known: before that of any work."""


class DueRounds:
    """Finds the accounts with due work and has it done; safe to share between threads."""

    def __init__(
        self, due: DueIndex, accounts: Accounts, catalogues: Catalogues, work: WorkAhead
    ) -> None:
        self._due = due
        self._accounts = accounts
        self._catalogues = catalogues
        self._work = work
        self._stuck: dict[str, tuple[int, int, date]] = {}

    def tick(self, until: datetime) -> int:
        """Do what is due in all accounts by an instant; how much was done.

        An account is asked for its work when its day comes, and goes on for as long as it is first.
        """
        done = 0
        found = self._due.accounts(_day_after(until.date()))
        waiting: list[tuple[DueOrder, str]] = [((day, _DAY_ALONE, ""), name) for day, name in found]
        heapify(waiting)
        while waiting:
            own, account = heappop(waiting)
            before = waiting[0][0] if waiting else None
            if before is not None and own[1] == _DAY_ALONE:
                before = own  # it is asked, and does nothing yet
            work = self._work(account, until, before)
            done += work.count
            self._note(account, work)
            left = None if work.stuck_at is not None else next_due(work.state, work.on)
            if left is not None:
                heappush(waiting, (left.order, account))
        return done

    def next_due(self) -> datetime | None:
        """The instant at which work falls due next, in any account; None while none is waited for.

        Work that a tick has found to be refused is left out until its account or catalogue changes.
        """
        first: datetime | None = None
        for day, account in self._due.accounts(date.max):
            if first is not None and day > _day_after(first.date()):
                break
            state = self._accounts.now(account)
            due_on = next_due_day(state)
            if due_on is None or self._is_stuck(state, due_on):
                continue
            instant = start_of_day(due_on, state.time_zone)
            first = instant if first is None else min(first, instant)
        return first

    def _note(self, account: str, work: DueWork) -> None:
        """Remember what was refused, and of which account and catalogue."""
        self._stuck.pop(account, None)
        if work.stuck_at is not None:
            seen = (work.state.version, work.catalogue.version, work.stuck_at.day)
            self._stuck[account] = seen

    def _is_stuck(self, state: AccountState, day: date) -> bool:
        stuck = self._stuck.get(state.account)
        if stuck is None:
            return False
        return stuck == (state.version, self._catalogues.now(state.catalogue).state.version, day)


def _day_after(day: date) -> date:
    """The next day, which it may already be further east; the last day there is has none."""
    return day if day == date.max else day + timedelta(days=1)
