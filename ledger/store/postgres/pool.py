"""Connections to PostgreSQL: a pool, sane limits on each connection, and typed errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from ledger.store.errors import StoreNotMigrated, StoreUnavailable

PATIENCE_S = 5
"""How long a caller waits for a connection before the store counts as unavailable."""

SETTINGS = {
    "TimeZone": "UTC",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    # A writer that stops inside its transaction holds the append lock: not for ever.
    "idle_in_transaction_session_timeout": "15s",
    # Every look-up of ours has its index; a plan that was made while a table was empty must not
    # read the whole of it once it is not.
    "enable_seqscan": "off",
}
"""What every connection sets; the limits are those of a statement of ours, not of a report."""

AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
)
"""The database is away, too busy, out of room, or no longer the primary."""

_NO_ROOM = (errors.DiskFull, errors.OutOfMemory, errors.InsufficientResources)

_NOT_LOST = (
    errors.LockNotAvailable,
    errors.QueryCanceled,
    PoolClosed,
    PoolTimeout,
    *_NO_ROOM,
)
"""Of these: what a new connection would not mend."""

Connection = psycopg.Connection[Any]


def open_pool(url: str, size: int, patience_s: int) -> ConnectionPool[Connection]:
    """A pool that connects as it is used: a database that is away is told of at the first use."""
    return ConnectionPool(
        url,
        kwargs={
            "autocommit": True,
            "connect_timeout": patience_s,
            "fallback_application_name": "seatledger",
        },
        min_size=1,
        max_size=size,
        timeout=patience_s,
        # Give up on a database that is away, so that the next caller tries afresh, not at the end
        # of a delay that has doubled for as long as it was away.
        reconnect_timeout=patience_s,
        configure=_configure,
        name="seatledger",
        open=True,
    )


def _configure(connection: Connection) -> None:
    statement = "; ".join(f"set {name} = '{value}'" for name, value in SETTINGS.items())
    connection.execute(statement.encode())


def is_lost(error: Exception) -> bool:
    """Whether an error means that the connection is gone and another may do."""
    return isinstance(error, AWAY) and not isinstance(error, _NOT_LOST)


@contextmanager
def told_apart() -> Iterator[None]:
    """Turn the driver's errors into the store's; what is our own mistake passes as it is."""
    try:
        yield
    except _NO_ROOM as error:
        raise StoreUnavailable(f"the database has run out of room: {error}") from error
    except errors.ReadOnlySqlTransaction as error:
        raise StoreUnavailable(f"the database takes no writes: {error}") from error
    except AWAY as error:
        raise StoreUnavailable(f"the database does not answer: {error}") from error
    except (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName) as error:
        raise StoreNotMigrated(f"the database lacks our tables: {error}") from error
