"""The store's contract: every store answers the same, and the suite in tests proves it on each.

Sequences count in a stream, positions in the whole log; both begin at 1 and have no gaps.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ledger.store.drafts import (
    AttemptRow,
    ClaimRow,
    Decision,
    KeyRow,
    PersonRow,
    SnapshotRow,
    Stored,
    Verdict,
)
from ledger.store.sealing import SealedRow

READ_LIMIT = 1000
"""How many events one read of the log brings, unless told otherwise."""


class Store(Protocol):
    """The log with its claims, keys, people, attempts and snapshots.

    Every method may raise `StoreUnavailable` (`ledger.store.errors`).
    """

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        """Append decisions in one transaction, each with its own verdict (ALL-03, ALL-07).

        A refused decision leaves nothing and harms no neighbour; a later decision sees what the
        earlier ones of the batch wrote. All events of a batch share one `recorded_at`.
        """
        ...

    def read_stream(
        self, stream: str, after: int = 0, upto: int | None = None, limit: int | None = None
    ) -> list[Stored]:
        """A stream's events in order: sequences above `after`, *positions* not above `upto`."""
        ...

    def read_account(
        self, account: str, after: int = 0, upto: int | None = None, limit: int | None = None
    ) -> list[Stored]:
        """The stream of an account, as `read_stream`."""
        ...

    def read_log(
        self, after: int = 0, limit: int = READ_LIMIT, upto: int | None = None
    ) -> list[Stored]:
        """The log in order: positions above `after`, not above `upto`."""
        ...

    def read_sealed(self, after: int = 0, limit: int = READ_LIMIT) -> list[SealedRow]:
        """Rows of the log above a position, as stored, each with the hashes it carries."""
        ...

    def read_event(self, position: int) -> Stored | None:
        """The event at a position; None beyond the end."""
        ...

    def head(self) -> int:
        """The last position; 0 in an empty log."""
        ...

    def stream_version(self, stream: str) -> int:
        """The last sequence of a stream; 0 when it has no event."""
        ...

    def streams(self, prefix: str) -> list[str]:
        """The streams whose names begin so, in the order of their first events."""
        ...

    def position_at(self, recorded_at: datetime) -> int:
        """The last position recorded by an instant; 0 when there was none (reads `as_of`)."""
        ...

    def claim(self, kind: str, value: str) -> ClaimRow | None:
        """Who has a claim, if anybody."""
        ...

    def answer(self, command_id: str) -> KeyRow | None:
        """What a command's key answered, if it came before."""
        ...

    def events_of(self, command_id: str) -> list[Stored]:
        """The events of one command, in order."""
        ...

    def person_by_address(self, account: str, address_key: str) -> PersonRow | None:
        """The present revision of who has an address in an account."""
        ...

    def person(self, account: str, person: str) -> PersonRow | None:
        """The present revision of a person; None once forgotten."""
        ...

    def people(self, account: str) -> list[PersonRow]:
        """The present revision of everybody in an account, by person id."""
        ...

    def attempt(self, row: AttemptRow) -> None:
        """Keep a refused command or a dry run."""
        ...

    def attempts(self, account: str | None) -> list[AttemptRow]:
        """The attempts on an account (None: those that name no account), oldest first."""
        ...

    def preview(self, preview_id: UUID) -> AttemptRow | None:
        """The dry run of that id; None where there was none."""
        ...

    def snapshot(self, account: str, state_version: int) -> SnapshotRow | None:
        """The newest snapshot of an account whose state has this version, if there is one.

        Never one that is ahead of the log: snapshots may be lost, old or out of place without harm.
        """
        ...

    def save_snapshot(self, account: str, version: int, state_version: int, state: bytes) -> None:
        """Keep a snapshot of the account's state at a version of its stream, replacing older."""
        ...

    def wait(self, position: int, timeout_ms: int) -> bool:
        """Wait until the log has reached a position; False when the time is over."""
        ...


def account_stream(account: str) -> str:
    """The name of an account's stream."""
    return f"account/{account}"
