"""Following the log: its events after a position, each once and in order."""

from collections.abc import Iterator, Sequence
from threading import Event
from typing import Protocol

from ledger.store.contract import READ_LIMIT
from ledger.store.drafts import Stored
from ledger.store.errors import StoreError, StoreUnavailable

WAIT_MS = 1000
"""How long a follower waits before it sees that it was stopped."""

BREATH_S = 0.5
"""How long a follower waits when the database is away, in seconds."""


class Followed(Protocol):
    """The side of a store that a follower needs."""

    def read_log(
        self, after: int = 0, limit: int = READ_LIMIT, upto: int | None = None
    ) -> list[Stored]:
        """The log in order."""
        ...

    def wait(self, position: int, timeout_ms: int) -> bool:
        """Wait until the log has reached a position."""
        ...


class PositionMissing(StoreError):
    """A position is not there although a later one is: a row of the log has been lost."""


class Follower:
    """The events of a log after a position, for ever, each once and in order.

    `position` is the last one that was given out. A database that goes away is waited for.
    `PositionMissing` where the log has a hole.
    """

    def __init__(self, store: Followed, after: int = 0, limit: int = READ_LIMIT) -> None:
        self._store = store
        self._limit = limit
        self._stopped = Event()
        self.position = after

    def stop(self) -> None:
        """End; whoever waits for the next batch hears of it within a second or so."""
        self._stopped.set()

    def __iter__(self) -> Iterator[Sequence[Stored]]:
        """Batches, none of them empty, until it is stopped."""
        while not self._stopped.is_set():
            try:
                batch = self._store.read_log(self.position, self._limit)
                if not batch:
                    self._store.wait(self.position + 1, WAIT_MS)
            except StoreUnavailable:
                self._stopped.wait(BREATH_S)
                continue
            if batch:
                self._go_on(batch)
                yield batch

    def _go_on(self, batch: Sequence[Stored]) -> None:
        """See that a batch begins where the one before ended, and has no hole."""
        for event in batch:
            if event.position != self.position + 1:
                raise PositionMissing(
                    f"after position {self.position} comes {event.position}: `seatledger verify`"
                    " tells what else is wrong"
                )
            self.position = event.position
