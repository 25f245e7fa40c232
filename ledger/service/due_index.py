"""Which accounts may have due work: found without a look at all the others."""

from datetime import date
from threading import Lock
from typing import Protocol

from ledger.mapper import read_fact
from ledger.service.states import WINDOW
from ledger.store.contract import account_stream
from ledger.store.plain import PlainLog
from projections.due import HANDLES, DueDays

PAGE = 5000
"""How many facts are read at once."""

_TYPES = tuple(sorted(fact.NAME for fact in HANDLES))
_VERSIONS = {fact.NAME: fact.VERSION for fact in HANDLES}


class DueIndex(Protocol):
    """Whoever knows, as a lower bound, when accounts have work to do."""

    def accounts(self, until: date) -> list[tuple[date, str]]:
        """The accounts that may have work up to a day, each with its first day, in that order."""
        ...


class LogDueIndex:
    """Follows the log in memory: the whole of it once, then what is new at each question."""

    def __init__(self, log: PlainLog) -> None:
        self._log = log
        self._lock = Lock()
        self._days = DueDays()
        self._position = 0

    def accounts(self, until: date) -> list[tuple[date, str]]:
        """The accounts that may have work up to a day; see `DueIndex`."""
        head = self._log.head()
        with self._lock:
            while self._position < head:
                end = min(self._position + WINDOW, head)
                self._read(end)
                self._position = end
            return self._days.accounts(until)

    def _read(self, upto: int) -> None:
        after = self._position
        while rows := self._log.select_plain_log(after, PAGE, upto, _TYPES):
            for position, row in rows:
                account = row.stream.removeprefix(account_stream(""))
                self._days.apply(account, read_fact(row.type, _VERSIONS[row.type], row.data))
                after = position
