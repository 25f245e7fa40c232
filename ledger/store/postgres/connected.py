"""A ledger's database, connected: statements for its schemas, on connections that may be lost."""

from collections.abc import Callable
from typing import Any, Self, TypeVar

from psycopg_pool import ConnectionPool

from ledger.clock import Clock
from ledger.store.postgres import statements
from ledger.store.postgres.hints import POLL_MS, Hints, channel, hint
from ledger.store.postgres.pool import PATIENCE_S, Connection, is_lost, open_pool, told_apart
from ledger.store.postgres.schemas import Schemas

Answer = TypeVar("Answer")

TRIES = 3
"""How often a lost connection is replaced before the store counts as unavailable."""


class Connected:
    """What the store's sides share: connections, statements, and waiting for the log.

    `patience_s`: the seconds that a caller waits for a connection before `StoreUnavailable`.
    `poll_ms`: how often a reader that waits looks for itself, whatever it is told.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        schemas: Schemas | None = None,
        pool_size: int = 10,
        patience_s: int = PATIENCE_S,
        poll_ms: int = POLL_MS,
    ) -> None:
        self._clock = clock
        self._schemas = schemas or Schemas()
        self._lock = self._schemas.lock("append")
        self._sql: dict[str, bytes] = {}
        self._channel = channel(self._schemas)
        self._hints = Hints(url, self._channel, poll_ms)
        self._pool: ConnectionPool[Connection] = open_pool(url, pool_size, patience_s)

    def close(self) -> None:
        """Give the connections back to the database."""
        self._hints.close()
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def head(self) -> int:
        """The last position."""
        return int(self._rows(statements.HEAD)[0][0] or 0)

    def wait(self, position: int, timeout_ms: int) -> bool:
        """Wait until the log has reached a position; see `ledger.store.postgres.hints`."""
        return self._hints.wait(position, self.head, timeout_ms)

    def _tell(self, connection: Connection, position: int) -> None:
        """After the commit: wake who waits in this process, and hint to all others."""
        if position:
            self._hints.tell(position)
            hint(connection, self._channel, position)

    def _rows(self, sql: str, *parameters: Any) -> list[Any]:
        def once(connection: Connection) -> list[Any]:
            return connection.execute(self._query(sql), parameters, binary=True).fetchall()

        return self._run(once)

    def _do(self, sql: str, *parameters: Any) -> None:
        self._run(lambda connection: connection.execute(self._query(sql), parameters))

    def _one(self, connection: Connection, sql: str) -> Any:
        return connection.execute(self._query(sql)).fetchone()

    def _query(self, sql: str) -> bytes:
        """The statement for this ledger's schemas."""
        found = self._sql.get(sql)
        if found is None:
            found = self._sql[sql] = self._schemas.sql(sql).encode()
        return found

    def _run(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do work on a pooled connection, and on another one if that one turns out to be lost."""
        with told_apart():
            for tries_left in range(TRIES - 1, -1, -1):
                try:
                    with self._pool.connection() as connection:
                        return work(connection)
                except Exception as error:
                    if tries_left == 0 or not is_lost(error):
                        raise
                    # After a restart of the database all pooled connections are stale at once.
                    self._pool.check()
        raise AssertionError("unreachable")
