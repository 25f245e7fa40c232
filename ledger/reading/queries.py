"""Reads of a ledger: live from the views, or as of an earlier instant, folded anew from the log.

A live read first brings the views up to the log's end, or to the position that is asked for, so
that whoever has written sees what they wrote. `as_of` T is all up to the last event recorded by T.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from events.envelope import Recorded
from events.invoices import CreditNoteIssued, InvoiceIssued
from events.registry import catalogue_stream
from ledger.reading.quotes import Known
from ledger.store.contract import READ_LIMIT, Store
from ledger.store.drafts import PersonRow, Stored
from ledger.store.errors import StoreUnavailable
from ledger.views.tables import Views
from ledger.writer import Service
from projections.plans import PlansProjection
from projections.projection import Undigestible, apply_batch, fold
from projections.registry import ALL_PROJECTIONS
from projections.rows import MemoryRows, Reader

WAIT_MS = 5_000
"""How long a read waits for the position that it asks for."""

WHOLE_KEPT = 2
"""How many whole ledgers as of some position are kept in memory."""

SCAN_MAX = 20_000
"""How many events one filtered page looks at before it ends with a cursor and fewer events."""


class ViewBehind(Exception):
    """The views have not reached the position that a read asks for."""

    def __init__(self, wanted: int, reached: int) -> None:
        super().__init__(f"position {wanted} is asked for, {reached} is reached")
        self.wanted = wanted
        self.reached = reached


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stood at a position: rows to read, and what prices of renewals are asked of."""

    rows: Reader
    known: Known
    position: int


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events a reader wants; None wants all."""

    account: str | None = None
    subscription: str | None = None
    type: str | None = None

    def takes(self, event: Stored) -> bool:
        """Whether the event is wanted."""
        return (
            self.account in {None, event.account}
            and self.subscription in {None, event.subscription}
            and self.type in {None, event.type}
        )


class Place(NamedTuple):
    """A place in the log: a position, and the sequence in the stream of an account (0: unknown)."""

    position: int = 0
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in order, and the place after which the next page begins; None at the end."""

    events: tuple[Recorded, ...]
    next: Place | None


class Reading:
    """What can be asked of a ledger; safe to share between threads."""

    def __init__(self, store: Store, service: Service, views: Views) -> None:
        self._store = store
        self._service = service
        self._views = views
        self._folding = Lock()
        self._whole = lru_cache(WHOLE_KEPT)(self._fold_all)

    def person(self, account: str, person: str) -> PersonRow | None:
        """The present name and address behind an id; None once forgotten."""
        return self._store.person(account, person)

    def catch_up(self) -> int:
        """Bring the views up to the log's end; the position reached. Raises as `Views.catch_up`."""
        return self._views.catch_up(self._read)

    def rebuild(self) -> int:
        """Make all rows anew from the log; the position reached. Raises as `catch_up`."""
        self._views.begin_anew()
        return self.catch_up()

    def live(self, min_position: int | None = None) -> Standing:
        """The views, brought up to the log's end; `ViewBehind` where that is not far enough.

        A `min_position` beyond the log's end is waited for, `WAIT_MS` at most.
        """
        wanted = self._store.head() if min_position is None else min_position
        rows: Reader = self._views
        reached = self._views.position()
        if reached < wanted:
            self._store.wait(wanted, WAIT_MS)
            try:
                rows, reached = self._caught_up()
            except Undigestible:
                reached = self._views.position()
        if reached < wanted:
            raise ViewBehind(wanted, reached)
        return Standing(rows, Known.now(self._service), reached)

    def _caught_up(self) -> tuple[Reader, int]:
        """Rows up to the log's end: the views, or what they will be once there is room for it."""
        try:
            return self._views, self.catch_up()
        except StoreUnavailable:
            return self._views.ahead(self._read)

    def wait(self, position: int) -> None:
        """Wait until the log has come to a position; `ViewBehind` after `WAIT_MS`."""
        if not self._store.wait(position, WAIT_MS):
            raise ViewBehind(position, self._store.head())

    def account_as_of(self, account: str, as_of: datetime) -> Standing:
        """One account as of an instant, from its own events and the numbers of its documents."""
        position = self._store.position_at(as_of)
        events = list(self._with_numbers(self._store.read_account(account, upto=position)))
        return Standing(fold(ALL_PROJECTIONS, events), self._known(position), position)

    def as_of(self, as_of: datetime) -> Standing:
        """The whole ledger as of an instant: all of its events up to then are folded."""
        position = self._store.position_at(as_of)
        with self._folding:
            rows = self._whole(position)
        return Standing(rows, self._known(position), position)

    def plans_as_of(self, as_of: datetime, catalogues: Sequence[str]) -> Standing:
        """The plans of catalogues as of an instant, from the catalogues' own events."""
        position = self._store.position_at(as_of)
        rows = MemoryRows()
        for name in catalogues:
            events = self._recorded(self._store.read_stream(catalogue_stream(name), upto=position))
            apply_batch(PlansProjection(), events, rows, 0)
        return Standing(rows, self._known(position), position)

    def events(
        self, wanted: EventFilter, after: Place, limit: int, upto: int | None = None
    ) -> EventPage:
        """Events after a place, `limit` at most, in the order of the log.

        Of one account: those of its own stream.
        """
        found: list[Stored] = []
        place = after
        for _ in range(max(1, SCAN_MAX // READ_LIMIT)):
            batch = self._batch(wanted.account, place, upto)
            for event in batch:
                place = Place(max(place.position, event.position), event.sequence)
                if event.position > after.position and wanted.takes(event):
                    found.append(event)
                    if len(found) == limit:
                        return EventPage(tuple(self._recorded(found)), place)
            if len(batch) < READ_LIMIT:
                return EventPage(tuple(self._recorded(found)), None)
        return EventPage(tuple(self._recorded(found)), place)

    def _batch(self, account: str | None, after: Place, upto: int | None) -> list[Stored]:
        if account is None:
            return self._store.read_log(after=after.position, limit=READ_LIMIT, upto=upto)
        return self._store.read_account(account, after=after.sequence, upto=upto, limit=READ_LIMIT)

    def position_at(self, as_of: datetime) -> int:
        """The last position recorded by an instant."""
        return self._store.position_at(as_of)

    def head(self) -> int:
        """The last position of the log."""
        return self._store.head()

    def view_position(self) -> int:
        """The position up to which the views have come."""
        return self._views.position()

    def _read(self, after: int, limit: int) -> list[Recorded]:
        return list(self._recorded(self._store.read_log(after=after, limit=limit)))

    def _recorded(self, stored: Sequence[Stored]) -> Iterator[Recorded]:
        return (self._service.recorded(event) for event in stored)

    def _fold_all(self, position: int) -> MemoryRows:
        rows = MemoryRows()
        after = 0
        while events := self._store.read_log(after=after, upto=position):
            recorded = list(self._recorded(events))
            for projection in ALL_PROJECTIONS:
                apply_batch(projection, recorded, rows, after)
            after = events[-1].position
        return rows

    def _with_numbers(self, stored: Sequence[Stored]) -> Iterator[Recorded]:
        """An account's events, and behind each document the number that its command gave it."""
        events = list(self._recorded(stored))
        commands = {
            event.command_id
            for event in events
            if isinstance(event.fact, (InvoiceIssued, CreditNoteIssued))
        }
        own = {event.position for event in events}
        for command_id in commands:
            given = [one for one in self._store.events_of(command_id) if one.position not in own]
            events += self._recorded(given)
        return iter(sorted(events, key=lambda event: event.position))

    def _known(self, position: int) -> Known:
        return Known(
            lru_cache(100)(lambda account: self._service.state(account, position)),
            lru_cache(10)(lambda name: self._service.catalogue(name, position)),
        )
