"""The rows of the projections in PostgreSQL: fed from the log in batches, read by key and by page.

A batch is one transaction: every row that it changed, and the checkpoints, each compared with the
one that the batch began from. So several processes may feed the same rows, and an event counts
once. The rows are made anew from the log whenever a projection's version is raised.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from threading import Lock
from typing import Any, Self, TypeVar, cast

from psycopg_pool import ConnectionPool
from pydantic import TypeAdapter

from events.envelope import Recorded
from ledger.store.errors import StoreError, StoreUnavailable
from ledger.store.postgres.pool import PATIENCE_S, Connection, is_lost, open_pool, told_apart
from ledger.store.postgres.schemas import Schemas
from projections.projection import Projection, apply_batch
from projections.registry import ALL_PROJECTIONS
from projections.rows import BufferedRows, Cursor, OverlaidRows, R, Reader, Row

BATCH = 500
"""How many events one transaction folds."""

AHEAD_MAX = 10 * BATCH
"""How many events are folded for one read where the database has no room for their rows."""

CACHE_ROWS = 50_000
"""How many rows are kept in memory between two batches."""

TRIES = 3
"""How often a read is tried on another connection before the database counts as away."""

ReadLog = Callable[[int, int], Sequence[Recorded]]
"""The events after a position, in order, and at most so many."""

Answer = TypeVar("Answer")

_CHECKPOINTS = "select projection, version, position from views.checkpoints"
_BEGIN = """
insert into views.checkpoints (projection, version, position) values (%s, %s, 0)
on conflict (projection) do update set version = excluded.version, position = 0
"""
_ADVANCE = """
update views.checkpoints as kept set position = given.position
from unnest(%s::text[], %s::integer[], %s::bigint[], %s::bigint[])
as given (projection, version, seen, position)
where kept.projection = given.projection and kept.version = given.version
and kept.position = given.seen
"""
_PUT = """
insert into views.{table} (key, account, subscription, position, data)
select given.key, given.account, given.subscription, given.position, given.data::jsonb
from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[])
as given (key, account, subscription, position, data)
on conflict (key) do update set account = excluded.account,
subscription = excluded.subscription, position = excluded.position, data = excluded.data
"""
_DELETE = "delete from views.{table} where key = any(%s)"
_EMPTY = "delete from views.{table}"
_PAGE = "select data::text from views.{table}{where} order by position, key limit %s"
_GET = "select data::text from views.{table} where key = %s"
_FIRST_DAYS = """
select min((data -> 'days' ->> 0) collate "C"), account from views.due
where (data -> 'days' ->> 0) collate "C" <= %s group by account order by 1, 2
"""
_WAITING = """
select distinct account from views.due where key >= 'expiry/' and key < 'expiry0' order by 1
"""
_LOCK = "select pg_advisory_xact_lock(%s)"


class ViewsAhead(StoreError):
    """A newer program has made the rows of a projection: this one would not understand them."""


class _Overtaken(Exception):
    """Another process advanced a checkpoint since it was read."""


class _Tables:
    """The rows as the tables hold them, with those kept that have been seen.

    `complete` says that every row is among the kept, so that the tables need not be asked.
    """

    def __init__(self, connection: Connection, sql: Callable[[str], bytes], kept: "_Kept") -> None:
        self._connection = connection
        self._sql = sql
        self._kept = kept

    def get(self, kind: type[R], key: str) -> R | None:
        """The row of that kind and key, if there is one."""
        place = (kind, key)
        if place in self._kept.rows:
            return cast("R | None", self._kept.rows[place])
        if self._kept.complete:
            return None
        found = read_row(self._connection, self._sql, kind, key)
        self._kept.rows[place] = found
        return found


class _Kept:
    """Rows seen or written, true as long as the checkpoints are where this process put them."""

    def __init__(self) -> None:
        self.rows: dict[tuple[type[Row], str], Row | None] = {}
        self.marks: Mapping[str, int] = {}
        self.complete = False

    def start(self, marks: Mapping[str, int]) -> None:
        """Before a batch: forget what another process may have changed, or too much of it."""
        if marks != self.marks or len(self.rows) > CACHE_ROWS:
            self.rows.clear()
            self.complete = not any(marks.values())
        self.marks = marks

    def drop(self) -> None:
        """Forget all: a batch came to nothing."""
        self.rows.clear()
        self.marks = {}
        self.complete = False


class Views:
    """The rows of all projections in the schema `views`, as a `Reader`; safe between threads."""

    def __init__(
        self,
        url: str,
        schemas: Schemas | None = None,
        projections: Sequence[Projection] = ALL_PROJECTIONS,
        pool_size: int = 4,
        patience_s: int = PATIENCE_S,
    ) -> None:
        self._schemas = schemas or Schemas()
        self._projections = tuple(projections)
        self._feeding = Lock()
        self._kept = _Kept()
        self._pool: ConnectionPool[Connection] = open_pool(url, pool_size, patience_s)

    def close(self) -> None:
        """Give the connections back to the database."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- feeding

    def catch_up(self, read: ReadLog, upto: int | None = None) -> int:
        """Fold what the log holds beyond the checkpoints; return the position reached.

        `upto`: not beyond that position. Raises `Undigestible` where an event cannot be folded
        (the events before its batch are kept), `ViewsAhead`, or `StoreUnavailable`.
        """
        with self._feeding:
            while True:
                marks = self._begun()
                reached = min(marks.values())
                events = read(reached, BATCH)
                if upto is not None:
                    events = [event for event in events if event.position <= upto]
                if not events:
                    return reached
                self._fold(marks, events)

    def ahead(self, read: ReadLog) -> tuple[Reader, int]:
        """The rows as they will be once they can be written, and the position of the last event.

        For a database that has no room, or takes no writes, and still answers. Raises
        `Undigestible`; and `StoreUnavailable` where the rows are too far behind, of another
        version, or on their way.
        """
        begun = self._checkpoints()
        marks: dict[str, int] = {}
        for projection in self._projections:
            version, marks[projection.name] = begun.get(projection.name, (0, 0))
            if version != projection.version:
                raise StoreUnavailable(f"the rows of {projection.name} are to be made anew")
        rows = OverlaidRows(self)
        reached = seen = min(marks.values())
        while events := read(reached, BATCH):
            for projection in self._projections:
                apply_batch(projection, events, rows, marks[projection.name])
            reached = events[-1].position
            if reached - seen > AHEAD_MAX:
                raise StoreUnavailable(f"the rows are behind by more than {AHEAD_MAX} events")
        if self._checkpoints() != begun:
            raise StoreUnavailable("the rows are being written")
        return rows, reached

    def position(self) -> int:
        """The position up to which the rows of all projections have come."""
        found = self._checkpoints()
        return min(
            position if version == projection.version else 0
            for projection in self._projections
            for version, position in [found.get(projection.name, (0, 0))]
        )

    def _fold(self, marks: Mapping[str, int], events: Sequence[Recorded]) -> None:
        """Fold a batch; nothing happens where another process was quicker."""
        now = {name: max(mark, events[-1].position) for name, mark in marks.items()}
        self._kept.start(marks)
        try:
            with told_apart(), self._pool.connection() as connection, connection.transaction():
                self._advance(connection, marks, now)
                rows = BufferedRows(_Tables(connection, self._sql, self._kept))
                for projection in self._projections:
                    apply_batch(projection, events, rows, marks[projection.name])
                self._write(connection, rows.changes)
        except _Overtaken:
            self._kept.drop()
        except BaseException:
            self._kept.drop()
            raise
        else:
            self._kept.rows.update(rows.changes)
            self._kept.marks = now

    def _advance(
        self, connection: Connection, seen: Mapping[str, int], now: Mapping[str, int]
    ) -> None:
        """Compare and set the checkpoints, before anything is read or written."""
        connection.execute(_LOCK.encode(), [self._schemas.lock("views")])
        names = [projection.name for projection in self._projections]
        versions = [projection.version for projection in self._projections]
        columns = [names, versions, [seen[name] for name in names], [now[name] for name in names]]
        if connection.execute(self._sql(_ADVANCE), columns).rowcount != len(names):
            raise _Overtaken

    def _write(
        self, connection: Connection, changes: Mapping[tuple[type[Row], str], Row | None]
    ) -> None:
        puts: dict[type[Row], list[Row]] = {}
        deletes: dict[type[Row], list[str]] = {}
        for (kind, key), row in changes.items():
            if row is None:
                deletes.setdefault(kind, []).append(key)
            else:
                puts.setdefault(kind, []).append(row)
        for kind, rows in puts.items():
            columns = [
                [row.key for row in rows],
                [row.account for row in rows],
                [row.subscription for row in rows],
                [row.position for row in rows],
                [row_json(row) for row in rows],
            ]
            connection.execute(self._sql(_PUT.format(table=kind.TABLE)), columns)
        for kind, keys in deletes.items():
            connection.execute(self._sql(_DELETE.format(table=kind.TABLE)), [keys])

    def _checkpoints(self) -> dict[str, tuple[int, int]]:
        rows = self._run(lambda connection: connection.execute(self._sql(_CHECKPOINTS)).fetchall())
        return {name: (version, position) for name, version, position in rows}

    def _begun(self) -> dict[str, int]:
        """Where each projection stands; one that is new, or of a new version, begins at 0."""
        found = self._checkpoints()
        for projection in self._projections:
            version, _ = found.get(projection.name, (0, 0))
            if version > projection.version:
                raise ViewsAhead(
                    f"the rows of {projection.name} are of version {version}, "
                    f"this program's of {projection.version}"
                )
            if version < projection.version:
                self._begin(projection)
                found[projection.name] = (projection.version, 0)
        return {projection.name: found[projection.name][1] for projection in self._projections}

    def _begin(self, projection: Projection) -> None:
        """Empty a projection's tables and set it to 0, unless another process just did."""
        with told_apart(), self._pool.connection() as connection, connection.transaction():
            connection.execute(_LOCK.encode(), [self._schemas.lock("views")])
            rows = connection.execute(self._sql(_CHECKPOINTS)).fetchall()
            if any(row[0] == projection.name and row[1] >= projection.version for row in rows):
                return
            for kind in projection.kinds:
                connection.execute(self._sql(_EMPTY.format(table=kind.TABLE)))
            connection.execute(self._sql(_BEGIN), [projection.name, projection.version])

    def begin_anew(self) -> None:
        """Empty all rows: the next `catch_up` makes them anew from the first event."""
        with self._feeding, told_apart(), self._pool.connection() as connection:
            with connection.transaction():
                connection.execute(_LOCK.encode(), [self._schemas.lock("views")])
                for projection in self._projections:
                    for kind in projection.kinds:
                        connection.execute(self._sql(_EMPTY.format(table=kind.TABLE)))
                    connection.execute(self._sql(_BEGIN), [projection.name, projection.version])
            self._kept.drop()

    # -- reading

    def get(self, kind: type[R], key: str) -> R | None:
        """The row of that kind and key, if there is one."""
        return self._run(lambda connection: read_row(connection, self._sql, kind, key))

    def page(
        self,
        kind: type[R],
        *,
        account: str | None = None,
        subscription: str | None = None,
        after: Cursor | None = None,
        limit: int | None = None,
    ) -> list[R]:
        """Rows in order; see `Reader.page`."""
        given: list[tuple[str, Sequence[Any]]] = []
        if account is not None:
            given.append(("account = %s", [account]))
        if subscription is not None:
            given.append(("subscription = %s", [subscription]))
        if after is not None:
            given.append(("(position, key) > (%s, %s)", after))
        where = f" where {' and '.join(text for text, _ in given)}" if given else ""
        sql = self._sql(_PAGE.format(table=kind.TABLE, where=where))
        values = [value for _, values in given for value in values]
        found = self._run(lambda connection: connection.execute(sql, [*values, limit]).fetchall())
        return [row_of(kind, text) for (text,) in found]

    def first_days(self, until: date) -> list[tuple[date, str]]:
        """The accounts that may have due work up to a day; see `projections.due.first_days`."""
        values = [until.isoformat()]
        found = self._run(lambda one: one.execute(self._sql(_FIRST_DAYS), values).fetchall())
        return [(date.fromisoformat(day), account) for day, account in found]

    def waiting(self) -> list[str]:
        """The accounts with an order that waits; see `projections.due.waiting`."""
        found = self._run(lambda one: one.execute(self._sql(_WAITING)).fetchall())
        return [account for (account,) in found]

    def _run(self, work: Callable[[Connection], Answer]) -> Answer:
        """Read on a pooled connection, and on another one if that one turns out to be lost."""
        with told_apart():
            for tries_left in range(TRIES - 1, -1, -1):
                try:
                    with self._pool.connection() as connection:
                        return work(connection)
                except Exception as error:
                    if tries_left == 0 or not is_lost(error):
                        raise
                    self._pool.check()
        raise AssertionError("unreachable")

    def _sql(self, text: str) -> bytes:
        """The statement for this ledger's schemas."""
        return self._schemas.sql(text).encode()


def read_row(
    connection: Connection, sql: Callable[[str], bytes], kind: type[R], key: str
) -> R | None:
    """The row of that kind and key as its table holds it."""
    found = connection.execute(sql(_GET.format(table=kind.TABLE)), [key]).fetchone()
    return None if found is None else row_of(kind, found[0])


_ADAPTERS: dict[type[Row], TypeAdapter[Row]] = {}


def _adapter(kind: type[Row]) -> TypeAdapter[Row]:
    adapter = _ADAPTERS.get(kind)
    if adapter is None:
        adapter = _ADAPTERS[kind] = TypeAdapter(kind)
    return adapter


def row_json(row: Row) -> str:
    """A row as JSON; `row_of` gives an equal one back."""
    return _adapter(type(row)).dump_json(row, by_alias=True).decode()


def row_of(kind: type[R], text: str) -> R:
    """A row from its JSON."""
    return cast("R", _adapter(kind).validate_json(text))
