"""The store in memory: for scenarios, tests and what-if; as strict as the one in PostgreSQL."""

from bisect import bisect_right, insort
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from threading import Condition
from typing import Any
from uuid import UUID

from events.fact import Claim
from ledger.clock import Clock, Deadline
from ledger.store.contract import READ_LIMIT, account_stream
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
from ledger.store.errors import SequenceTaken
from ledger.store.judging import Known, StreamEnd, Writes, judge, needs, numbered_claims
from ledger.store.plain import PlainRow, plain_values, stored_from_plain
from ledger.store.sealing import EVENT, GENESIS, Seal, SealedRow, seals

_sequence = attrgetter("sequence")
_recorded_at = attrgetter("recorded_at")


class MemoryStore:
    """A `Store` (and `PlainLog`) of one process; safe to share between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = Condition()
        self._events: list[Stored] = []
        self._seals: list[Seal] = []
        self._streams: dict[str, list[Stored]] = {}
        self._account_sequences: dict[str, int] = {}
        self._by_command: dict[str, list[Stored]] = {}
        self._keys: dict[str, KeyRow] = {}
        self._claims: dict[Claim, ClaimRow] = {}
        self._people: dict[tuple[str, str], list[PersonRow]] = {}
        self._addresses: dict[tuple[str, str], str] = {}
        self._attempts: list[AttemptRow] = []
        self._snapshots: dict[str, dict[int, PlainRow]] = {}

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        """Append decisions, each with its own verdict; see `Store.append`."""
        with self._changed:
            verdicts, writes = judge(decisions, self._known(decisions), self._clock.now())
            self._write(writes)
            self._changed.notify_all()
        return verdicts

    def _known(self, decisions: Sequence[Decision]) -> Known:
        wanted = needs(decisions)
        known = Known(
            position=len(self._events),
            recorded_at=self._events[-1].recorded_at if self._events else None,
            chain=self._chain(),
            keys={key: self._keys[key] for key in wanted.keys if key in self._keys},
            streams={stream: self._end(stream) for stream in wanted.streams},
            account_sequences={a: self._account_sequences.get(a, 0) for a in wanted.accounts},
        )
        claims = wanted.claims + numbered_claims(decisions, known)
        known.claims = {claim: self._claims[claim] for claim in claims if claim in self._claims}
        for account, person in wanted.people:
            for row in self._people.get((account, person), [])[-1:]:
                known.add_person(row)
        for account, key in wanted.addresses:
            found = self.person_by_address(account, key)
            if found is not None:
                known.add_person(found)
        return known

    def _end(self, stream: str) -> StreamEnd:
        events = self._streams.get(stream)
        return StreamEnd(events[-1].sequence, events[-1].effective_on) if events else StreamEnd()

    def _chain(self) -> bytes:
        return self._seals[-1].chain if self._seals else GENESIS

    def _write(self, writes: Writes) -> None:
        self._seals += writes.seals
        for event in writes.events:
            self._events.append(event)
            self._streams.setdefault(event.stream, []).append(event)
            self._by_command.setdefault(event.command_id, []).append(event)
            if event.account is not None and event.account_sequence is not None:
                self._account_sequences[event.account] = event.account_sequence
        self._claims.update({Claim(row.kind, row.value): row for row in writes.claims})
        self._keys.update({row.command_id: row for row in writes.keys})
        for person in writes.forgets:
            for row in self._people.pop(person, []):
                self._addresses.pop((row.account, row.address_key), None)
        for row in writes.people:
            self._people.setdefault((row.account, row.person), []).append(row)
            self._addresses[row.account, row.address_key] = row.person

    def read_stream(
        self, stream: str, after: int = 0, upto: int | None = None, limit: int | None = None
    ) -> list[Stored]:
        """A stream's events; see `Store.read_stream`."""
        with self._changed:
            events = self._streams.get(stream, [])
            start = bisect_right(events, after, key=_sequence)
            end = len(events) if limit is None else start + limit
            found = events[start:end]
        return found if upto is None else [event for event in found if event.position <= upto]

    def read_account(
        self, account: str, after: int = 0, upto: int | None = None, limit: int | None = None
    ) -> list[Stored]:
        """The stream of an account."""
        return self.read_stream(account_stream(account), after, upto, limit)

    def read_log(
        self, after: int = 0, limit: int = READ_LIMIT, upto: int | None = None
    ) -> list[Stored]:
        """The log in order; see `Store.read_log`."""
        end = after + limit if upto is None else min(after + limit, upto)
        with self._changed:
            return self._events[after:end] if end > after else []

    def read_sealed(self, after: int = 0, limit: int = READ_LIMIT) -> list[SealedRow]:
        """Rows of the log with their seals; see `Store.read_sealed`."""
        with self._changed:
            events = self._events[after : after + limit]
            own = self._seals[after : after + limit]
        return [SealedRow(_values(event), seal) for event, seal in zip(events, own, strict=True)]

    def read_event(self, position: int) -> Stored | None:
        """The event at a position."""
        with self._changed:
            return self._events[position - 1] if 0 < position <= len(self._events) else None

    def head(self) -> int:
        """The last position."""
        with self._changed:
            return len(self._events)

    def stream_version(self, stream: str) -> int:
        """The last sequence of a stream."""
        with self._changed:
            return self._end(stream).sequence

    def streams(self, prefix: str) -> list[str]:
        """The streams whose names begin so."""
        with self._changed:
            return [stream for stream in self._streams if stream.startswith(prefix)]

    def position_at(self, recorded_at: datetime) -> int:
        """The last position recorded by an instant."""
        with self._changed:
            return bisect_right(self._events, recorded_at, key=_recorded_at)

    def claim(self, kind: str, value: str) -> ClaimRow | None:
        """Who has a claim, if anybody."""
        with self._changed:
            return self._claims.get(Claim(kind, value))

    def answer(self, command_id: str) -> KeyRow | None:
        """What a command's key answered."""
        with self._changed:
            return self._keys.get(command_id)

    def events_of(self, command_id: str) -> list[Stored]:
        """The events of one command, in order."""
        with self._changed:
            return list(self._by_command.get(command_id, []))

    def person_by_address(self, account: str, address_key: str) -> PersonRow | None:
        """The present revision of who has an address."""
        with self._changed:
            person = self._addresses.get((account, address_key))
            return None if person is None else self.person(account, person)

    def person(self, account: str, person: str) -> PersonRow | None:
        """The present revision of a person."""
        with self._changed:
            rows = self._people.get((account, person))
            return rows[-1] if rows else None

    def people(self, account: str) -> list[PersonRow]:
        """The present revision of everybody in an account."""
        with self._changed:
            found = [rows[-1] for (owner, _), rows in self._people.items() if owner == account]
        return sorted(found, key=attrgetter("person"))

    def attempt(self, row: AttemptRow) -> None:
        """Keep a refused command or a dry run."""
        with self._changed:
            self._attempts.append(row)

    def attempts(self, account: str | None) -> list[AttemptRow]:
        """The attempts on an account, oldest first."""
        with self._changed:
            return [row for row in self._attempts if row.account == account]

    def preview(self, preview_id: UUID) -> AttemptRow | None:
        """The dry run of that id."""
        with self._changed:
            return next((row for row in self._attempts if row.preview_id == preview_id), None)

    def snapshot(self, account: str, state_version: int) -> SnapshotRow | None:
        """The newest snapshot whose state has this version, none that is ahead of the log."""
        stream, topic = account_stream(account), str(state_version)
        with self._changed:
            upto = self._end(stream).sequence
            kept = self.select_snapshots(stream, upto=upto, descending=True)
        own = (SnapshotRow(row.sequence, row.data) for row in kept if row.type == topic)
        return next(own, None)

    def save_snapshot(self, account: str, version: int, state_version: int, state: bytes) -> None:
        """Keep a snapshot, replacing older."""
        stream, topic = account_stream(account), str(state_version)
        with self._changed:
            kept = self._snapshots.setdefault(stream, {})
            kept[version] = PlainRow(stream, version, topic, state)
            for older in [v for v, row in kept.items() if row.type == topic and v < version]:
                del kept[older]

    def all_claims(self) -> list[ClaimRow]:
        """Every claim."""
        with self._changed:
            return list(self._claims.values())

    def all_keys(self) -> list[KeyRow]:
        """Every key of a command."""
        with self._changed:
            return list(self._keys.values())

    def all_snapshots(self, topic: str) -> list[tuple[str, int, bytes]]:
        """The kept states of a shape: stream, version, state."""
        with self._changed:
            rows = [row for kept in self._snapshots.values() for row in kept.values()]
        return [(row.stream, row.sequence, row.data) for row in rows if row.type == topic]

    def insert_snapshots(self, rows: Sequence[PlainRow]) -> None:
        """Keep states as they are; see `PlainSnapshots.insert_snapshots`."""
        with self._changed:
            places = {(row.stream, row.sequence) for row in rows}
            taken = any(n in self._snapshots.get(stream, {}) for stream, n in places)
            if taken or len(places) < len(rows):
                raise SequenceTaken("a state of that version is kept")
            for row in rows:
                self._snapshots.setdefault(row.stream, {})[row.sequence] = row

    def select_snapshots(
        self,
        stream: str,
        after: int | None = None,
        upto: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[PlainRow]:
        """The kept states of a stream; see `PlainSnapshots.select_snapshots`."""
        with self._changed:
            kept = sorted(self._snapshots.get(stream, {}).values(), key=_sequence)
        return _cut(kept, after, upto, descending, limit)

    def wait(self, position: int, timeout_ms: int) -> bool:
        """Wait until the log has reached a position."""
        deadline = Deadline(timeout_ms)
        with self._changed:
            while len(self._events) < position:
                left = deadline.left_ms()
                if left == 0:
                    return False
                self._changed.wait(left / 1000)
        return True

    def insert_plain(self, rows: Sequence[PlainRow]) -> list[int]:
        """Append rows without an envelope; see `PlainLog.insert_plain`."""
        with self._changed:
            places = {(row.stream, row.sequence) for row in rows}
            taken = any(self._has(stream, sequence) for stream, sequence in places)
            if taken or len(places) < len(rows):
                raise SequenceTaken("a place in a stream is taken")
            before = len(self._events)
            now = max([self._clock.now(), *(event.recorded_at for event in self._events[-1:])])
            for row in rows:
                event = stored_from_plain(row, len(self._events) + 1, now)
                self._seals += seals([_values(event)], self._chain())
                self._events.append(event)
                insort(self._streams.setdefault(row.stream, []), event, key=_sequence)
            self._changed.notify_all()
            return list(range(before + 1, len(self._events) + 1))

    def _has(self, stream: str, sequence: int) -> bool:
        events = self._streams.get(stream, [])
        index = bisect_right(events, sequence, key=_sequence)
        return index > 0 and events[index - 1].sequence == sequence

    def select_plain(
        self,
        stream: str,
        after: int | None = None,
        upto: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[PlainRow]:
        """A stream's rows; see `PlainLog.select_plain`."""
        with self._changed:
            events = list(self._streams.get(stream, []))
        return _cut([_plain(event) for event in events], after, upto, descending, limit)

    def select_plain_log(
        self, after: int, limit: int, upto: int | None = None, types: Sequence[str] = ()
    ) -> list[tuple[int, PlainRow]]:
        """Positions and rows of the log; see `PlainLog.select_plain_log`."""
        with self._changed:
            events = self._events[max(after, 0) : upto]
        found = [(e.position, _plain(e)) for e in events if not types or e.type in types]
        return found[:limit]


def _values(event: Stored) -> tuple[Any, ...]:
    """An event as PostgreSQL would hold it: of a plain row there is no envelope."""
    if event.id.int == 0:
        return plain_values(_plain(event), event.position, event.recorded_at)
    values: tuple[Any, ...] = EVENT(event)
    return values


def _cut(
    rows: list[PlainRow], after: int | None, upto: int | None, descending: bool, limit: int | None
) -> list[PlainRow]:
    """Of rows in order those above `after` and not above `upto`, from one end, `limit` at most."""
    rows = [row for row in rows if after is None or row.sequence > after]
    rows = [row for row in rows if upto is None or row.sequence <= upto]
    return (rows[::-1] if descending else rows)[:limit]


def _plain(event: Stored) -> PlainRow:
    return PlainRow(event.stream, event.sequence, event.type, event.data)
