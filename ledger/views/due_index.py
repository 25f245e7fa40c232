"""Which accounts may have due work: found without a look at all the others."""

from datetime import date
from threading import Lock
from typing import Protocol

from ledger.codec.mapper import read_fact
from ledger.store.contract import READ_LIMIT, Store
from projections.due import DueProjection, DueRow, first_days, move, waiting
from projections.rows import MemoryRows

_TYPES = {fact.NAME for fact in DueProjection.handles}


class DueIndex(Protocol):
    """Whoever knows, as a lower bound, when accounts have work to do."""

    def accounts(self, until: date) -> list[tuple[date, str]]:
        """The accounts that may have work up to a day, each with its first day, in that order."""
        ...

    def waiting(self) -> list[str]:
        """The accounts with an order that waits for its payment, by name."""
        ...


class LogDueIndex:
    """Follows the log in memory: the whole of it once, then what is new at each question."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._rows = MemoryRows()
        self._position = 0

    def accounts(self, until: date) -> list[tuple[date, str]]:
        """The accounts that may have work up to a day; see `DueIndex`."""
        return first_days(self._now(), until)

    def waiting(self) -> list[str]:
        """The accounts with an order that waits for its payment; see `DueIndex`."""
        return waiting(self._now())

    def _now(self) -> list[DueRow]:
        with self._lock:
            while found := self._store.read_log(after=self._position, limit=READ_LIMIT):
                for one in found:
                    if one.type in _TYPES and one.account is not None:
                        fact = read_fact(one.type, one.version, one.data)
                        move(self._rows, one.account, one.position, fact)
                    self._position = one.position
            return list(self._rows.page(DueRow))
