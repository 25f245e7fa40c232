"""Rows without an envelope: what the `eventsourcing` library's recorder interface speaks of.

Our own commands never write them; they exist so that a store can be put under the library's tests
and tools. A plain row's sequence is its writer's choice, and only its uniqueness is checked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from ledger.store.drafts import Stored


class PlainRow(NamedTuple):
    """An event as the library knows it: a place in a stream, a stored name, and bytes."""

    stream: str
    sequence: int
    type: str
    data: bytes


class PlainLog(Protocol):
    """The plain side of a store."""

    def insert_plain(self, rows: Sequence[PlainRow]) -> list[int]:
        """Append rows in one transaction and return their positions.

        Raises `SequenceTaken`, and writes nothing, when a place in a stream is taken.
        """
        ...

    def select_plain(
        self,
        stream: str,
        after: int | None = None,
        upto: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[PlainRow]:
        """A stream's rows with sequences above `after` and not above `upto`."""
        ...

    def select_plain_log(
        self, after: int, limit: int, upto: int | None = None, types: Sequence[str] = ()
    ) -> list[tuple[int, PlainRow]]:
        """Positions and rows of the log above `after`, not above `upto`, of these types or any."""
        ...

    def head(self) -> int:
        """The last position; 0 in an empty log."""
        ...

    def wait(self, position: int, timeout_ms: int) -> bool:
        """Wait until the log has reached a position; False when the time is over."""
        ...


class PlainSnapshots(Protocol):
    """The kept states of a store as plain rows: their sequence is the version of the stream."""

    def insert_snapshots(self, rows: Sequence[PlainRow]) -> None:
        """Keep states, all or, with `SequenceTaken`, none where one of that version is there."""
        ...

    def select_snapshots(
        self,
        stream: str,
        after: int | None = None,
        upto: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[PlainRow]:
        """The kept states of a stream with versions above `after` and not above `upto`."""
        ...


def plain_values(row: PlainRow, position: int, recorded_at: datetime) -> tuple[Any, ...]:
    """The values of a plain row in the order of `Stored`: None where it has no envelope."""
    held = {
        "stream": row.stream,
        "sequence": row.sequence,
        "position": position,
        "type": row.type,
        "recorded_at": recorded_at,
        "data": row.data,
    }
    return tuple(held.get(name) for name in Stored.__slots__)


def stored_from_plain(row: PlainRow, position: int, recorded_at: datetime) -> Stored:
    """A plain row as it is read back among the others: its envelope is empty."""
    return Stored(
        id=UUID(int=0),
        stream=row.stream,
        sequence=row.sequence,
        position=position,
        type=row.type,
        version=0,
        account=None,
        subscription=None,
        account_sequence=None,
        effective_at=recorded_at,
        effective_on=recorded_at.date(),
        recorded_at=recorded_at,
        actor=b"null",
        command_id="",
        correlation_id="",
        causation_id=None,
        command=None,
        data=row.data,
        public=False,
    )
