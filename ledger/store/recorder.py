"""A store as the `eventsourcing` library's recorder: its interface over our own statements.

The library's tools and test suites speak `StoredEvent` (a place in a stream, a topic, bytes); ours
is the topic that holds the stored name alone. This is the only file of the store that imports the
library.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)

from ledger.store.errors import SequenceTaken, StoreUnavailable
from ledger.store.following import BREATH_S
from ledger.store.plain import PlainLog, PlainRow, PlainSnapshots

WAIT_MS = 1000
"""The longest that a subscription takes to see that it was stopped."""

BATCH = 500
"""How many events a subscription fetches at once."""


class StoreRecorder(ApplicationRecorder):
    """Any of our stores as an application recorder; aggregate ids are the names of streams."""

    def __init__(self, log: PlainLog) -> None:
        self._log = log

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ARG002 - the library's interface; we take no tracking
    ) -> Sequence[int] | None:
        """Append plain rows; `IntegrityError` when a place in a stream is taken."""
        with _told_as_theirs():
            return self._log.insert_plain(_rows(stored_events))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of a stream."""
        rows = self._log.select_plain(str(originator_id), gt, lte, desc, limit)
        return [StoredEvent(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The events of the log, by position."""
        after = 0 if start is None else start - int(inclusive_of_start)
        rows = self._log.select_plain_log(after, limit, stop, topics)
        return [_notification(position, row) for position, row in rows]

    def max_notification_id(self) -> int | None:
        """The last position; None in an empty log."""
        return self._log.head() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "StoreSubscription":
        """Follow the log from after a position, for ever."""
        return StoreSubscription(self, self._log, gt, topics)


class SnapshotRecorder(AggregateRecorder):
    """The kept states of any of our stores as the library's recorder of snapshots."""

    def __init__(self, snapshots: PlainSnapshots) -> None:
        self._snapshots = snapshots

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ARG002 - the library's interface
    ) -> Sequence[int] | None:
        """Keep states; `IntegrityError` when one of that version is there. They have no ids."""
        with _told_as_theirs():
            self._snapshots.insert_snapshots(_rows(stored_events))
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The kept states of a stream."""
        rows = self._snapshots.select_snapshots(str(originator_id), gt, lte, desc, limit)
        return [StoredEvent(*row) for row in rows]


class StoreSubscription(Subscription[ApplicationRecorder]):
    """Follows positions: being told is a mere hint, and a look at least once a second is certain.

    It runs in its reader's thread, so a slow reader fills no queue. A database that is away is
    waited for: the subscription goes on by itself when it is back.
    """

    def __init__(
        self,
        recorder: StoreRecorder,
        log: PlainLog,
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._log = log
        self._after = gt or 0
        self._fetched: deque[tuple[int, PlainRow]] = deque()
        self._away = Event()

    def __next__(self) -> Notification:
        """The next event, once there is one; it ends when the subscription is stopped."""
        while not self._has_been_stopped:
            if self._fetched:
                return _notification(*self._fetched.popleft())
            try:
                self._fetch()
            except StoreUnavailable:
                self._away.wait(BREATH_S)
        raise StopIteration

    def stop(self) -> None:
        """End; the reader hears of it within a second."""
        super().stop()
        self._away.set()

    def _fetch(self) -> None:
        head = self._log.head()
        self._fetched.extend(self._log.select_plain_log(self._after, BATCH, head, self._topics))
        if self._fetched:
            self._after = self._fetched[-1][0]
        else:
            self._after = max(self._after, head)
            self._log.wait(self._after + 1, WAIT_MS)


@contextmanager
def _told_as_theirs() -> Iterator[None]:
    """Turn our errors into those that the library's tools know."""
    try:
        yield
    except SequenceTaken as error:
        raise IntegrityError(str(error)) from error
    except StoreUnavailable as error:
        raise OperationalError(str(error)) from error


def _rows(stored_events: Sequence[StoredEvent]) -> list[PlainRow]:
    return [
        PlainRow(str(e.originator_id), e.originator_version, e.topic, e.state)
        for e in stored_events
    ]


def _notification(position: int, row: PlainRow) -> Notification:
    return Notification(row.stream, row.sequence, row.type, row.data, id=position)
