"""Brings a database to this version's tables: plain SQL in `migrations/`, applied by yoyo.

Safe to run at once from many processes, and again after a crash: an advisory lock keeps them in
line, and every statement may meet its own work.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import yoyo
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend

from ledger.clock import SystemClock, uuid7
from ledger.store.errors import StoreError, StoreNotMigrated
from ledger.store.postgres.pool import told_apart
from ledger.store.postgres.roles import current_role, hand_over, owns, role_of
from ledger.store.postgres.schemas import Schemas

LIMITS = b"set lock_timeout = '30s'; set statement_timeout = '10min'"
"""A migration that waits for a lock holds up all who come after it: not for long."""


_BACK = ".rollback.sql"


class _Address(NamedTuple):
    """What yoyo hands to its backend in place of its own parsed address."""

    conninfo: str
    schema: str
    database: str = ""


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo's backend on any address that psycopg takes, with its tables in the log's schema."""

    def connect(self, dburi: _Address) -> psycopg.Connection[Any]:
        self.schema = dburi.schema
        connection = psycopg.connect(dburi.conninfo, autocommit=True)
        connection.execute(LIMITS)
        return connection

    def get_log_data(self, migration: Any = None, operation: str = "apply") -> dict[str, Any]:
        """yoyo's own record of a run, without the names of the user and the computer."""
        now = SystemClock().now()
        return {
            "id": str(uuid7(now)),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": "",
            "hostname": "",
            "created_at_utc": now.replace(tzinfo=None),
            "operation": operation,
        }


def migrate(url: str, schemas: Schemas | None = None, service_url: str | None = None) -> list[str]:
    """Apply what is missing and return the names of what was applied, in order.

    `url` connects as the role that owns the log, `service_url` as the one that serves, which gets
    its rights. Where `url` is of a role that may not migrate, and nothing is missing, nothing is
    done; `StoreNotMigrated` where something is. `StoreUnavailable`, `RolesUnfit`.
    """
    chosen = schemas or Schemas()
    service = url if service_url is None else service_url
    if _is_served_only(url, chosen):
        return []
    with _ready(url, chosen) as (backend, migrations):
        missing = backend.to_apply(migrations)
        for migration in missing:
            backend.apply_one(migration)
        if service != url:
            _hand_over(url, chosen, role_of(service))
        return [migration.id for migration in missing]


def _is_served_only(url: str, schemas: Schemas) -> bool:
    """Whether the role may not migrate; then nothing may be missing."""
    with told_apart(), psycopg.connect(url, autocommit=True) as connection:
        if owns(connection, schemas.log) is not False:
            return False
        statement = f"select migration_id from {schemas.log}._yoyo_migration"  # noqa: S608
        applied = {row[0] for row in connection.execute(statement.encode())}
    missing = sorted(set(_names()) - applied)
    if missing:
        raise StoreNotMigrated(
            f"the database lacks {', '.join(missing)}, and this role may not change its tables:"
            " give the address of the role that may in SEATLEDGER_MIGRATION_URL"
        )
    return True


def _hand_over(url: str, schemas: Schemas, service: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if current_role(connection) != service:
            hand_over(connection, schemas, service)


def pending(url: str, schemas: Schemas | None = None) -> list[str]:
    """The names of the migrations that `migrate` would apply."""
    with _ready(url, schemas or Schemas()) as (backend, migrations):
        return [migration.id for migration in backend.to_apply(migrations)]


def roll_back(url: str, schemas: Schemas | None = None) -> list[str]:
    """Take everything back, the whole log with it: for tests and for a database just made."""
    with _ready(url, schemas or Schemas()) as (backend, migrations):
        applied = backend.to_rollback(migrations)
        for migration in applied:
            backend.rollback_one(migration)
        return [migration.id for migration in applied]


@contextmanager
def _ready(url: str, schemas: Schemas) -> Iterator[tuple[Any, Any]]:
    """yoyo's backend and the migrations for these schemas, while nobody else migrates."""
    with (
        told_apart(),
        psycopg.connect(url, autocommit=True) as guard,
        tempfile.TemporaryDirectory() as folder,
    ):
        guard.execute("select pg_advisory_lock(%s)", [schemas.lock("migrate")])
        try:
            for schema in (schemas.log, schemas.views):
                guard.execute(f"create schema if not exists {schema}".encode())
        except psycopg.errors.InsufficientPrivilege:
            raise StoreNotMigrated(
                "the database lacks our tables, and this role may not make them:"
                " give the address of the role that may in SEATLEDGER_MIGRATION_URL"
            ) from None
        _render(schemas, Path(folder))
        migrations = yoyo.read_migrations(folder)
        if not migrations:
            raise StoreError("the package holds no migrations")
        backend = _Backend(_Address(url, schemas.log), "_yoyo_migration")
        with backend:
            backend.init_database()
            # A process that died while it migrated leaves yoyo's own lock behind; ours is gone
            # with its connection, so whoever holds ours may break the other.
            backend.break_lock()
            yield backend, migrations


def _render(schemas: Schemas, folder: Path) -> None:
    """Write the migrations for these schemas into a folder, where yoyo reads them."""
    for source in resources.files("ledger.store.postgres").joinpath("migrations").iterdir():
        if source.name.endswith(".sql"):
            (folder / source.name).write_text(schemas.sql(source.read_text()))


def _names() -> list[str]:
    """The names of all migrations, in order."""
    files = resources.files("ledger.store.postgres").joinpath("migrations").iterdir()
    names = [file.name for file in files if not file.name.endswith(_BACK)]
    return sorted(name.removesuffix(".sql") for name in names if name.endswith(".sql"))
