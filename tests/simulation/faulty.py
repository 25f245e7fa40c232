"""A store whose line breaks when the seed says so: before the commit, or after it."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ledger.store.drafts import Decision, Verdict
from ledger.store.errors import StoreUnavailable
from ledger.store.memory import MemoryStore

COMMIT_LOST = 0.10
"""How often an append fails before anything is written."""

ACKNOWLEDGEMENT_LOST = 0.10
"""How often an append is written, and its answer lost."""

READ_LOST = 0.02
"""How often a read fails."""

_READS = frozenset(
    [
        "read_stream", "read_account", "read_log", "read_event", "head", "stream_version",
        "position_at", "claim", "answer", "events_of", "person_by_address", "person", "people",
        "snapshot", "streams",
    ]
)  # fmt: skip


class FaultyStore:
    """The store in memory behind a line that breaks while it is `armed`.

    What breaks an append after its commit leaves the caller in doubt, as a database does whose
    connection is lost between COMMIT and reply.
    """

    def __init__(self, inner: MemoryStore, chance: random.Random) -> None:
        self.inner = inner
        self.faults = {"commit": 0, "acknowledgement": 0, "read": 0}
        self._chance = chance
        self._armed = False

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Let the line break within the block."""
        self._armed = True
        try:
            yield
        finally:
            self._armed = False

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        """Append, unless the line breaks before; answer, unless it breaks after."""
        self._break("commit", COMMIT_LOST)
        verdicts = self.inner.append(decisions)
        self._break("acknowledgement", ACKNOWLEDGEMENT_LOST)
        return verdicts

    def _break(self, fault: str, share: float) -> None:
        if self._armed and self._chance.random() < share:
            self.faults[fault] += 1
            raise StoreUnavailable(f"the simulated line broke: {fault}")

    def __getattr__(self, name: str) -> Any:
        """All else is the inner store's; reads may fail."""
        found = getattr(self.inner, name)
        return self._reading(found) if name in _READS else found

    def _reading(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def broken_or_read(*given: object, **named: object) -> Any:
            self._break("read", READ_LOST)
            return read(*given, **named)

        return broken_or_read
