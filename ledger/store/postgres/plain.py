"""The plain side of the store in PostgreSQL: what the `eventsourcing` library's recorders need."""

from collections.abc import Sequence
from datetime import UTC, datetime

from psycopg import errors

from ledger.store.errors import SequenceTaken
from ledger.store.judging import Known
from ledger.store.plain import PlainRow, plain_values
from ledger.store.postgres import statements
from ledger.store.postgres.connected import Connected
from ledger.store.postgres.pool import Connection
from ledger.store.postgres.rows import bound, columns_of
from ledger.store.sealing import seals


class PostgresPlain(Connected):
    """A `PlainLog` and its `PlainSnapshots` in two schemas of a database."""

    def insert_plain(self, rows: Sequence[PlainRow]) -> list[int]:
        """Append rows without an envelope; see `PlainLog.insert_plain`."""

        def once(connection: Connection) -> list[int]:
            with connection.transaction():
                connection.execute(self._query(statements.LOCK), [self._lock])
                end = Known(*(self._one(connection, statements.LOG_END) or ()))
                now = max(self._clock.now(), end.recorded_at or datetime.min.replace(tzinfo=UTC))
                positions = [end.position + n + 1 for n in range(len(rows))]
                placed = zip(rows, positions, strict=True)
                own = seals((plain_values(row, n, now) for row, n in placed), end.chain)
                columns = [positions, *columns_of(rows, 4), *columns_of(own, 2)]
                connection.execute(self._query(statements.INSERT_PLAIN), [now, *columns])
            self._tell(connection, positions[-1])
            return positions

        if not rows:
            return []
        try:
            return self._run(once)
        except errors.UniqueViolation as error:
            raise SequenceTaken("a place in a stream is taken") from error

    def select_plain(
        self,
        stream: str,
        after: int | None = None,
        upto: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[PlainRow]:
        """A stream's rows; see `PlainLog.select_plain`."""
        sql = statements.SELECT_PLAIN_DESCENDING if descending else statements.SELECT_PLAIN
        lowest = -1 if after is None else after
        return [PlainRow(*row) for row in self._rows(sql, stream, lowest, bound(upto), limit)]

    def select_plain_log(
        self, after: int, limit: int, upto: int | None = None, types: Sequence[str] = ()
    ) -> list[tuple[int, PlainRow]]:
        """Positions and rows of the log; see `PlainLog.select_plain_log`."""
        wanted = list(types) or None
        sql = statements.SELECT_PLAIN_LOG
        rows = self._rows(sql, after, bound(upto), wanted, wanted, limit)
        return [(position, PlainRow(*row)) for position, *row in rows]

    def insert_snapshots(self, rows: Sequence[PlainRow]) -> None:
        """Keep states as they are; see `PlainSnapshots.insert_snapshots`."""

        def once(connection: Connection) -> None:
            connection.execute(self._query(statements.INSERT_SNAPSHOTS), columns_of(rows, 4))

        try:
            self._run(once)
        except errors.UniqueViolation as error:
            raise SequenceTaken("a state of that version is kept") from error

    def select_snapshots(
        self,
        stream: str,
        after: int | None = None,
        upto: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[PlainRow]:
        """The kept states of a stream; see `PlainSnapshots.select_snapshots`."""
        down, up = statements.SELECT_SNAPSHOTS_DESCENDING, statements.SELECT_SNAPSHOTS
        lowest = -1 if after is None else after
        rows = self._rows(down if descending else up, stream, lowest, bound(upto), limit)
        return [PlainRow(*row) for row in rows]
