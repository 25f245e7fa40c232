"""What decisions see: accounts and catalogues as of now, folded from the log and kept at hand.

States are immutable, so threads share them; a reader that is behind reads what it lacks.
"""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from commands.state.account import STATE_VERSION, AccountState, evolve, initial
from commands.state.catalogue import CatalogueState, evolve_catalogue, initial_catalogue
from events.registry import catalogue_stream
from ledger.codec.mapper import read_fact
from ledger.states.snapshots import SnapshotUnreadable, decode, encode
from ledger.store.contract import Store
from ledger.store.drafts import Stored
from ledger.store.errors import StoreUnavailable

SNAPSHOT_EVERY = 200
"""An account's first snapshot comes after so many facts; later ones a quarter further each."""

KEPT = 4096
"""How many accounts are kept in memory."""

PAGE = 1000
"""How many facts of a stream are read at once."""

Later = Callable[[Callable[[], None]], object]
"""Has something done that nobody waits for, now or in another thread."""


def at_once(work: Callable[[], None]) -> None:
    """Do it now."""
    work()


class Accounts:
    """The states of accounts. Snapshots are saved `later`: a command does not wait for one."""

    def __init__(
        self,
        store: Store,
        kept: int = KEPT,
        snapshot_every: int = SNAPSHOT_EVERY,
        later: Later = at_once,
    ) -> None:
        self._store = store
        self._kept = kept
        self._every = snapshot_every
        self._later = later
        self._lock = Lock()
        self._states: OrderedDict[str, AccountState] = OrderedDict()
        self._snapshots: dict[str, int] = {}

    def now(self, account: str) -> AccountState:
        """The account's state; the one before any fact where there is no such account."""
        with self._lock:
            state = self._states.get(account)
        if state is None:
            state = self._from_snapshot(account)
        before = state.version
        while found := self._store.read_account(account, after=state.version, limit=PAGE):
            state = folded(state, found)
        if state.version > before or before:
            self.keep(account, state)
        return state

    def as_of(self, account: str, upto: int) -> AccountState:
        """The account's state as it was at a position of the log."""
        return folded(initial(), self._store.read_account(account, upto=upto))

    def keep(self, account: str, state: AccountState) -> None:
        """Keep a state at hand, unless a later one is, and a snapshot of it now and then."""
        with self._lock:
            known = self._states.get(account)
            if known is None or known.version < state.version:
                self._states[account] = state
            self._states.move_to_end(account)
            while len(self._states) > self._kept:
                dropped, _ = self._states.popitem(last=False)
                self._snapshots.pop(dropped, None)
            last = self._snapshots.get(account, 0)
            is_due = state.version >= max(last + self._every, last + last // 4)
            if is_due:
                self._snapshots[account] = state.version
        if is_due:
            self._later(lambda: self._save(account, state))

    def _save(self, account: str, state: AccountState) -> None:
        # What the snapshot was made of is in the log: without it the next reader reads more.
        with suppress(StoreUnavailable):
            self._store.save_snapshot(account, state.version, STATE_VERSION, encode(state))

    def _from_snapshot(self, account: str) -> AccountState:
        row = self._store.snapshot(account, STATE_VERSION)
        if row is None:
            return initial()
        try:
            state = decode(row.state)
        except SnapshotUnreadable:
            return initial()
        if state.version != row.version:
            return initial()
        with self._lock:
            self._snapshots[account] = state.version
        return state


def folded(state: AccountState, events: list[Stored]) -> AccountState:
    """The state after stored facts of its stream."""
    for stored in events:
        fact = read_fact(stored.type, stored.version, stored.data)
        state = evolve(state, fact, stored.effective_at, stored.effective_on)
    return state


@dataclass(frozen=True, slots=True)
class CatalogueNow:
    """A catalogue, and the instant from which its last fact holds; None before the first."""

    state: CatalogueState
    effective_at: datetime | None = None

    @property
    def zone(self) -> str:
        """The seller's time zone; UTC before the first publication."""
        seller = self.state.published_seller
        return "UTC" if seller is None else seller.time_zone


class Catalogues:
    """The states of catalogues, and which there are."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._states: dict[str, CatalogueNow] = {}

    def now(self, name: str) -> CatalogueNow:
        """The catalogue with all of its facts; the empty one where there is no such catalogue."""
        with self._lock:
            known = self._states.get(name, CatalogueNow(initial_catalogue()))
        events = self._store.read_stream(catalogue_stream(name), after=known.state.version)
        if not events:
            return known
        state, last = known.state, known.effective_at or datetime.min.replace(tzinfo=UTC)
        for stored in events:
            fact = read_fact(stored.type, stored.version, stored.data)
            state = evolve_catalogue(state, fact, stored.sequence)
            last = max(last, stored.effective_at)
        found = CatalogueNow(state, last)
        with self._lock:
            present = self._states.get(name)
            if present is None or present.state.version < state.version:
                self._states[name] = found
        return found

    def as_of(self, name: str, upto: int) -> CatalogueState:
        """The catalogue as it was at a position of the log."""
        state = initial_catalogue()
        for stored in self._store.read_stream(catalogue_stream(name), upto=upto):
            fact = read_fact(stored.type, stored.version, stored.data)
            state = evolve_catalogue(state, fact, stored.sequence)
        return state

    def names(self) -> tuple[str, ...]:
        """The catalogues of the ledger, in the order of their first publication."""
        prefix = catalogue_stream("")
        return tuple(stream.removeprefix(prefix) for stream in self._store.streams(prefix))
