"""The store in PostgreSQL (15 or later).

One append is one transaction: an advisory lock first, so that positions are given and committed in
the same order and without gaps (ALL-07); then what the batch needs is read, judged, and written,
in two round trips however many decisions there are. The log's tables are never updated (ALL-10).
"""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from events.fact import Claim
from ledger.store.contract import READ_LIMIT, account_stream
from ledger.store.drafts import (
    Appended,
    AttemptRow,
    ClaimRow,
    Decision,
    KeyRow,
    PersonRow,
    Repeated,
    SnapshotRow,
    Stored,
    Verdict,
)
from ledger.store.judging import Known, StreamEnd, Writes, judge, needs, numbered_claims
from ledger.store.postgres import statements
from ledger.store.postgres.plain import PostgresPlain
from ledger.store.postgres.pool import Connection
from ledger.store.postgres.rows import (
    ATTEMPT,
    CLAIM,
    KEY,
    PERSON,
    attempt_of,
    bound,
    claims_by_name,
    columns_of,
    first_person,
    key_of,
    sealed_of,
    stored_of,
)
from ledger.store.sealing import EVENT, SealedRow


class PostgresStore(PostgresPlain):
    """A `Store` (and `PlainLog`) in two schemas of a database; safe to share between threads."""

    # -- writing

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        """Append decisions in one transaction; see `Store.append`.

        A connection lost on the way leaves open whether the transaction was committed: the batch
        is judged again on another one, where the lock waits for the first to end, and whatever of
        it had been committed is known by its keys and its events' ids.
        """
        if not decisions:
            return []
        tries = 0

        def once(connection: Connection) -> list[Verdict]:
            nonlocal tries
            tries += 1
            verdicts, end = self._append(connection, decisions)
            self._tell(connection, end)
            return verdicts

        verdicts = self._run(once)
        if tries > 1:
            pairs = zip(decisions, verdicts, strict=True)
            verdicts = [self._settled(decision, verdict) for decision, verdict in pairs]
        return verdicts

    def _append(
        self, connection: Connection, decisions: Sequence[Decision]
    ) -> tuple[list[Verdict], int]:
        """The verdicts, and the last position that was written; 0 where none was."""
        with connection.pipeline(), connection.transaction():
            known = self._known(connection, decisions)
            verdicts, writes = judge(decisions, known, self._clock.now())
            self._write(connection, writes)
        return verdicts, writes.events[-1].position if writes.events else 0

    def _settled(self, decision: Decision, verdict: Verdict) -> Verdict:
        """A repeat, but of our own first try whose answer was lost, is that try's success."""
        if not isinstance(verdict, Repeated):
            return verdict
        key = self.answer(decision.command_id)
        stored = tuple(self.events_of(decision.command_id))
        ours = [event.id for event in stored] == [draft.id for draft in decision.drafts]
        if key is None or not ours:
            return verdict
        return Appended(key.first_position, key.last_position, key.recorded_at, stored)

    def _known(self, connection: Connection, decisions: Sequence[Decision]) -> Known:
        """Take the lock and look up what the batch needs, all in one round trip."""
        wanted = needs(decisions)

        def ask(sql: str, *parameters: Any) -> Any:
            return connection.execute(self._query(sql), parameters, binary=True)

        ask(statements.LOCK, self._lock)
        end = ask(statements.LOG_END)
        keys = ask(statements.KEYS, wanted.keys)
        streams = ask(statements.STREAM_ENDS, wanted.streams)
        accounts = ask(statements.ACCOUNT_ENDS, wanted.accounts)
        claims = ask(statements.CLAIMS, *columns_of(wanted.claims, 2))
        people = (
            [
                ask(statements.PEOPLE_BY_ID, *columns_of(wanted.people, 2)),
                ask(statements.PEOPLE_BY_ADDRESS, *columns_of(wanted.addresses, 2)),
            ]
            if wanted.people
            else []
        )
        known = Known(*(end.fetchone() or ()))
        known.keys = {row[0]: key_of(row) for row in keys}
        known.streams = {stream: StreamEnd(sequence, on) for stream, sequence, on in streams}
        known.account_sequences = dict(accounts.fetchall())
        known.claims = claims_by_name(claims)
        for found in people:
            for row in found:
                known.add_person(PersonRow(*row))
        numbered = numbered_claims(decisions, known)
        if numbered:
            known.claims |= claims_by_name(ask(statements.CLAIMS, *columns_of(numbered, 2)))
        return known

    def _write(self, connection: Connection, writes: Writes) -> None:
        events = zip(writes.events, writes.seals, strict=True)
        sealed = [(*EVENT(event), *seal) for event, seal in events]
        inserts: list[tuple[str, Callable[[Any], Any], Sequence[Any], int]] = [
            (statements.INSERT_EVENTS, tuple, sealed, len(statements.SEALED_TYPES)),
            (statements.INSERT_CLAIMS, CLAIM, writes.claims, len(statements.CLAIM_TYPES)),
            (statements.INSERT_KEYS, KEY, writes.keys, len(statements.KEY_TYPES)),
            (statements.FORGET, tuple, writes.forgets, 2),
            (statements.INSERT_PEOPLE, PERSON, writes.people, len(statements.PERSON_TYPES)),
        ]
        for sql, values, rows, width in inserts:
            if rows:
                columns = columns_of([values(row) for row in rows], width)
                connection.execute(self._query(sql), columns)

    # -- reading the log

    def read_stream(
        self, stream: str, after: int = 0, upto: int | None = None, limit: int | None = None
    ) -> list[Stored]:
        """A stream's events; see `Store.read_stream`."""
        return self._events(statements.READ_STREAM, stream, after, bound(upto), limit)

    def read_account(
        self, account: str, after: int = 0, upto: int | None = None, limit: int | None = None
    ) -> list[Stored]:
        """The stream of an account."""
        return self.read_stream(account_stream(account), after, upto, limit)

    def read_log(
        self, after: int = 0, limit: int = READ_LIMIT, upto: int | None = None
    ) -> list[Stored]:
        """The log in order; see `Store.read_log`."""
        return self._events(statements.READ_LOG, after, bound(upto), limit)

    def read_sealed(self, after: int = 0, limit: int = READ_LIMIT) -> list[SealedRow]:
        """Rows of the log with their seals; see `Store.read_sealed`."""
        return [sealed_of(row) for row in self._rows(statements.READ_SEALED, after, limit)]

    def read_event(self, position: int) -> Stored | None:
        """The event at a position."""
        return next(iter(self.read_log(position - 1, 1, position)), None)

    def events_of(self, command_id: str) -> list[Stored]:
        """The events of one command, in order."""
        return self._events(statements.READ_COMMAND, command_id)

    def _events(self, sql: str, *parameters: Any) -> list[Stored]:
        return [stored_of(row) for row in self._rows(sql, *parameters)]

    def stream_version(self, stream: str) -> int:
        """The last sequence of a stream."""
        return int(self._rows(statements.STREAM_VERSION, stream)[0][0] or 0)

    def streams(self, prefix: str) -> list[str]:
        """The streams whose names begin so."""
        # No name goes on with the last character there is.
        rows = self._rows(statements.STREAMS, prefix, prefix + chr(sys.maxunicode))
        return [str(stream) for (stream,) in rows]

    def position_at(self, recorded_at: datetime) -> int:
        """The last position recorded by an instant."""
        rows = self._rows(statements.POSITION_AT, recorded_at)
        return int(rows[0][0]) if rows else 0

    # -- reading the other tables of record

    def claim(self, kind: str, value: str) -> ClaimRow | None:
        """Who has a claim, if anybody."""
        return claims_by_name(self._rows(statements.CLAIMS, [kind], [value])).get(
            Claim(kind, value)
        )

    def answer(self, command_id: str) -> KeyRow | None:
        """What a command's key answered."""
        rows = self._rows(statements.KEYS, [command_id])
        return key_of(rows[0]) if rows else None

    def person_by_address(self, account: str, address_key: str) -> PersonRow | None:
        """The present revision of who has an address."""
        return first_person(self._rows(statements.PEOPLE_BY_ADDRESS, [account], [address_key]))

    def person(self, account: str, person: str) -> PersonRow | None:
        """The present revision of a person."""
        return first_person(self._rows(statements.PEOPLE_BY_ID, [account], [person]))

    def people(self, account: str) -> list[PersonRow]:
        """The present revision of everybody in an account."""
        return [PersonRow(*row) for row in self._rows(statements.PEOPLE_OF, account)]

    def attempt(self, row: AttemptRow) -> None:
        """Keep a refused command or a dry run."""
        self._do(statements.INSERT_ATTEMPT, *ATTEMPT(row))

    def attempts(self, account: str | None) -> list[AttemptRow]:
        """The attempts on an account, oldest first."""
        return [attempt_of(row) for row in self._rows(statements.READ_ATTEMPTS, account)]

    def preview(self, preview_id: UUID) -> AttemptRow | None:
        """The dry run of that id."""
        rows = self._rows(statements.READ_PREVIEW, preview_id)
        return attempt_of(rows[0]) if rows else None

    # -- snapshots

    def snapshot(self, account: str, state_version: int) -> SnapshotRow | None:
        """The newest snapshot whose state has this version."""
        stream = account_stream(account)
        rows = self._rows(statements.READ_SNAPSHOT, stream, str(state_version))
        return SnapshotRow(*rows[0]) if rows else None

    def save_snapshot(self, account: str, version: int, state_version: int, state: bytes) -> None:
        """Keep a snapshot, replacing older."""
        stream, topic = account_stream(account), str(state_version)
        self._do(statements.SAVE_SNAPSHOT, stream, version, topic, state)
        self._do(statements.DROP_SNAPSHOTS, stream, topic, version)
