"""The due work of all accounts, in one order: by day, then by kind, then by id (CONTRACT 5.1)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush

from commands.completion import next_completion
from commands.due import DueOrder, next_due
from commands.state.account import AccountState
from events.periods import day_in_zone, start_of_day
from ledger.states.cache import Accounts, Catalogues
from ledger.views.due_index import DueIndex
from ledger.writer.due_work import DueWork, Stuck

WorkAhead = Callable[[str, datetime, DueOrder | None, dict[str, Stuck]], DueWork]
"""Does an account's due work by an instant, as far as it comes before other work (None: all).

What was found to be stuck in the same round is not tried again in it.
"""

_DAY_ALONE = -1
"""The rank of an account of which only the day is known: before that of any work."""


Rates = frozenset[tuple[str, int, date | None]]
"""The rates in force: of each catalogue its name, its version, the day of its newest rate."""


class DueRounds:
    """Finds the accounts with due work and has it done; safe to share between threads."""

    def __init__(
        self, due: DueIndex, accounts: Accounts, catalogues: Catalogues, work: WorkAhead
    ) -> None:
        self._due = due
        self._accounts = accounts
        self._catalogues = catalogues
        self._work = work
        self._stuck: dict[str, _StuckAt] = {}
        self._rates: Rates | None = None

    def tick(self, until: datetime) -> int:
        """Do what is due in all accounts by an instant; how much was done.

        An account is asked for its work when its day comes, and goes on for as long as it is first.
        """
        done = 0
        rates = self._rates_at(until)
        waiting: list[tuple[DueOrder, str]] = [
            ((day, _DAY_ALONE, ""), name) for day, name in self._asked(until, rates)
        ]
        heapify(waiting)
        stuck: dict[str, dict[str, Stuck]] = {}
        while waiting:
            own, account = heappop(waiting)
            before = waiting[0][0] if waiting else None
            if before is not None and own[1] == _DAY_ALONE:
                before = own  # it is asked, and does nothing yet
            work = self._work(account, until, before, stuck.setdefault(account, {}))
            done += work.count
            self._note(account, work)
            left = work.next
            if left is not None:
                heappush(waiting, (left.order, account))
        self._rates = rates
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
            due = next_due(state, date.max, without=self._stuck_of(state))
            if due is not None:
                first = _earlier(first, start_of_day(due.day, state.time_zone))
        return self._next_completion(first)

    def stuck(self) -> list[tuple[str, Stuck]]:
        """What the last tick found to be refused, with its account, unless it may be mended now."""
        found = []
        for account, noted in sorted(self._stuck.items()):
            if self._stuck_of(self._accounts.now(account)):
                found += [(account, piece) for piece in noted.pieces.values()]
        return found

    def _asked(self, until: datetime, rates: Rates) -> list[tuple[date, str]]:
        """The accounts to ask: those with a day that has come; where a rate changed, all that wait.

        An order that waits is covered by a fallen rate at the first tick that sees the rate.
        """
        found = dict.fromkeys(self._due.waiting(), date.min) if rates != self._rates else {}
        found |= {name: day for day, name in self._due.accounts(_day_after(until.date()))}
        return [(day, name) for name, day in found.items()]

    def _next_completion(self, first: datetime | None) -> datetime | None:
        """The instant, unless another comes first, at which a tick will find a rate that fell.

        A tick looks for such orders where rates have changed since the last one: at once, or on
        the day of a rate to come.
        """
        since = self._next_rates_on()
        if since is None or (first is not None and since > _day_after(first.date())):
            return first
        for account in self._due.waiting():
            state = self._accounts.now(account)
            catalogue = self._catalogues.now(state.catalogue).state
            found = next_completion(state, catalogue, date.max, since)
            if found is not None:
                first = _earlier(first, start_of_day(found[0], state.time_zone))
        return first

    def _next_rates_on(self) -> date | None:
        """The first day with other rates than the last tick saw; the first day there is: now."""
        seen = {name: (version, last) for name, version, last in self._rates or ()}
        days: list[date] = []
        for name in self._catalogues.names():
            state = self._catalogues.now(name).state
            version, last = seen.get(name, (0, None))
            if version != state.version:
                return date.min
            days += [rate.from_ for rate in state.vat_rates if last is None or rate.from_ > last]
        return min(days, default=None)

    def _rates_at(self, instant: datetime) -> Rates:
        """The rates in force at an instant, by the day of each seller's zone."""
        found = set()
        for name in self._catalogues.names():
            now = self._catalogues.now(name)
            day = day_in_zone(instant, now.zone)
            came = [rate.from_ for rate in now.state.vat_rates if rate.from_ <= day]
            found.add((name, now.state.version, max(came, default=None)))
        return frozenset(found)

    def _note(self, account: str, work: DueWork) -> None:
        """Remember what was refused, and of which account and catalogue."""
        self._stuck.pop(account, None)
        if work.stuck:
            seen = (work.state.version, work.catalogue.version)
            self._stuck[account] = _StuckAt(seen, dict(work.stuck))

    def _stuck_of(self, state: AccountState) -> Collection[str]:
        """The keys of what a tick found to be refused, unless something has changed since."""
        noted = self._stuck.get(state.account)
        if noted is None:
            return ()
        now = state.version, self._catalogues.now(state.catalogue).state.version
        return noted.pieces.keys() if noted.seen == now else ()


@dataclass(frozen=True, slots=True)
class _StuckAt:
    """What was refused, by its key, and the versions of account and catalogue that were seen."""

    seen: tuple[int, int]
    pieces: dict[str, Stuck]


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _day_after(day: date) -> date:
    """The next day, which it may already be further east; the last day there is has none."""
    return day if day == date.max else day + timedelta(days=1)
