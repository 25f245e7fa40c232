"""Where a verification reads: one moment of the tables, as they are stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg
from psycopg.types.datetime import DateBinaryLoader, TimestamptzBinaryLoader

from ledger.store.contract import Store
from ledger.store.drafts import ClaimRow, KeyRow
from ledger.store.memory import MemoryStore
from ledger.store.postgres import statements
from ledger.store.postgres.pool import Connection, told_apart
from ledger.store.postgres.rows import sealed_of
from ledger.store.postgres.schemas import Schemas
from ledger.store.sealing import SealedRow

PAGE = 2000
"""How many rows are fetched at once."""


class Source(Protocol):
    """The tables of a ledger at one moment."""

    def head(self) -> int:
        """The last position."""
        ...

    def rows(self) -> Iterator[SealedRow]:
        """The log in the order of positions."""
        ...

    def claims(self) -> Iterator[ClaimRow]:
        """All claims."""
        ...

    def keys(self) -> Iterator[KeyRow]:
        """All keys of commands."""
        ...

    def seen(self) -> list[tuple[str, int]]:
        """What else says that the log has come to a position: who says so, and the position."""
        ...

    def checkpoints(self) -> dict[str, tuple[int, int]]:
        """Version and position of each projection whose rows are kept."""
        ...

    def view_rows(self, table: str) -> Iterator[tuple[str, str | None, str | None, int, str]]:
        """The rows of a view: key, account, subscription, position, and all of it as JSON."""
        ...

    def snapshots(self, topic: str) -> Iterator[tuple[str, int, bytes]]:
        """The kept states of a shape: stream, version, and the state."""
        ...


_CLAIMS = f"select {statements.CLAIM_COLUMNS} from log.claims order by kind, value"  # noqa: S608
_KEYS = f"""
select {statements.KEY_COLUMNS} from log.commands
order by recorded_at, command_id"""  # noqa: S608
_ROWS = f"select {statements.SEALED_COLUMNS} from log.events order by position"  # noqa: S608
_SEEN = """
select * from (
    select 'an attempt', max(position) from log.attempts
    union all select 'a checkpoint of the views', max(position) from views.checkpoints
    union all select 'the follower of letters', max(position) from views.mail_progress
) as seen (who, position) where position is not null"""
_CHECKPOINTS = "select projection, version, position from views.checkpoints"
_VIEW = "select key, account, subscription, position, data::text from views.{table} order by key"
_SNAPSHOTS = "select stream, version, state from views.snapshots where topic = %s order by stream"


class _AnyInstant(TimestamptzBinaryLoader):
    """Reads also what Python has no instant for, as a text: that is a finding, not an error."""

    def load(self, data: Any) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError as error:
            return str(error)


class _AnyDay(DateBinaryLoader):
    """As `_AnyInstant`, for days."""

    def load(self, data: Any) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError as error:
            return str(error)


class DatabaseSource:
    """The tables in PostgreSQL, inside one read-only transaction that sees one moment."""

    def __init__(self, connection: Connection, schemas: Schemas) -> None:
        self._connection = connection
        self._schemas = schemas
        self._cursors = 0

    @classmethod
    @contextmanager
    def open(cls, url: str, schemas: Schemas | None = None) -> Iterator["DatabaseSource"]:
        """A source on a connection of its own; `StoreUnavailable`, `StoreNotMigrated`."""
        with told_apart(), psycopg.connect(url, autocommit=True) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute("set statement_timeout = 0")
            connection.execute("set idle_in_transaction_session_timeout = 0")
            connection.adapters.register_loader("timestamptz", _AnyInstant)
            connection.adapters.register_loader("date", _AnyDay)
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with connection.transaction():
                yield cls(connection, schemas or Schemas())

    def head(self) -> int:
        """The last position."""
        (row,) = self._connection.execute(self._sql(statements.HEAD)).fetchall()
        return row[0] or 0

    def rows(self) -> Iterator[SealedRow]:
        """The log in the order of positions."""
        return (sealed_of(row) for row in self._all(_ROWS))

    def claims(self) -> Iterator[ClaimRow]:
        """All claims."""
        return (ClaimRow(*row) for row in self._all(_CLAIMS))

    def keys(self) -> Iterator[KeyRow]:
        """All keys of commands."""
        return (KeyRow(*row) for row in self._all(_KEYS))

    def seen(self) -> list[tuple[str, int]]:
        """What else says that the log has come to a position."""
        return list(self._connection.execute(self._sql(_SEEN)).fetchall())

    def checkpoints(self) -> dict[str, tuple[int, int]]:
        """Version and position of each projection whose rows are kept."""
        rows = self._connection.execute(self._sql(_CHECKPOINTS)).fetchall()
        return {name: (version, position) for name, version, position in rows}

    def view_rows(self, table: str) -> Iterator[tuple[str, str | None, str | None, int, str]]:
        """The rows of a view."""
        return self._all(_VIEW.format(table=table))

    def snapshots(self, topic: str) -> Iterator[tuple[str, int, bytes]]:
        """The kept states of a shape."""
        return self._all(_SNAPSHOTS, topic)

    def _all(self, sql: str, *parameters: Any) -> Iterator[Any]:
        """The rows of a statement, fetched as they are asked for."""
        self._cursors += 1
        with self._connection.cursor(f"verify_{self._cursors}") as cursor:
            cursor.itersize = PAGE
            cursor.execute(self._sql(sql), parameters, binary=True)
            yield from cursor

    def _sql(self, text: str) -> bytes:
        return self._schemas.sql(text).encode()


class StoreSource:
    """A store in memory, which has no views; nothing may be appended meanwhile."""

    def __init__(self, store: MemoryStore) -> None:
        self._store: Store = store
        self._memory = store

    def head(self) -> int:
        """The last position."""
        return self._store.head()

    def rows(self) -> Iterator[SealedRow]:
        """The log in the order of positions."""
        after = 0
        while rows := self._store.read_sealed(after):
            yield from rows
            after += len(rows)

    def claims(self) -> Iterator[ClaimRow]:
        """All claims."""
        return iter(self._memory.all_claims())

    def keys(self) -> Iterator[KeyRow]:
        """All keys of commands."""
        return iter(self._memory.all_keys())

    def seen(self) -> list[tuple[str, int]]:
        """Nothing else: attempts of a store in memory go with it."""
        return []

    def checkpoints(self) -> dict[str, tuple[int, int]]:
        """None: it has no views."""
        return {}

    def view_rows(
        self,
        table: str,  # noqa: ARG002 - the interface
    ) -> Iterator[tuple[str, str | None, str | None, int, str]]:
        """None."""
        return iter(())

    def snapshots(self, topic: str) -> Iterator[tuple[str, int, bytes]]:
        """The kept states of a shape."""
        return iter(self._memory.all_snapshots(topic))
