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
from ledger.store.errors import StoreError
from ledger.store.schemas import Schemas

LIMITS = b"set lock_timeout = '30s'; set statement_timeout = '10min'"
"""A migration that waits for a lock holds up all who come after it: not for long."""


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


def migrate(url: str, schemas: Schemas | None = None) -> list[str]:
    """Apply what is missing and return the names of what was applied, in order."""
    with _ready(url, schemas or Schemas()) as (backend, migrations):
        missing = backend.to_apply(migrations)
        for migration in missing:
            backend.apply_one(migration)
        return [migration.id for migration in missing]


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
    with psycopg.connect(url, autocommit=True) as guard, tempfile.TemporaryDirectory() as folder:
        guard.execute("select pg_advisory_lock(%s)", [schemas.lock("migrate")])
        for schema in (schemas.log, schemas.views):
            guard.execute(f"create schema if not exists {schema}".encode())
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
    for source in resources.files("ledger.store").joinpath("migrations").iterdir():
        if source.name.endswith(".sql"):
            (folder / source.name).write_text(schemas.sql(source.read_text()))
