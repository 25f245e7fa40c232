"""PostgreSQL for tests: one server a worker, and a database of its own for each test.

Fixtures: `postgres_server` (the superuser's address of the worker's server), `postgres_url` (a
fresh database with our tables, as the role that serves), `durable_postgres_url` (the same with
fsync), `empty_postgres_url` (a fresh one without, as the role that migrates), `new_database` (as
many as one likes).
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

TEMPLATE = "migrated"
FORGETTING = ("fsync", "full_page_writes", "synchronous_commit")
"""What is off on a server whose disk may forget."""

_numbers = count(1)


def as_superuser(url: str) -> str:
    """The address of the same database for whoever may do everything."""
    return make_conninfo(url, user="postgres")


def as_owner(url: str) -> str:
    """The address of the same database for the role that migrates and owns the log."""
    return make_conninfo(url, user="seatledger_owner")


def as_service(url: str) -> str:
    """The address of the same database for the role that serves."""
    return make_conninfo(url, user="seatledger")


def set_all(url: str, names: Iterable[str], value: str) -> None:
    """Give settings of a server a value."""
    for name in names:
        at(url, f"alter system set {name} = {value}")
    at(url, "select pg_reload_conf()")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of this worker's server; its disk may forget, as the tests end before it does."""
    from ledger.host.embedded import start  # noqa: PLC0415 - slow, and needs the extra
    from ledger.store.postgres.migrating import migrate  # noqa: PLC0415 - as above

    # Not in pytest's own folder: as root the server runs as another user, and each run of pytest
    # closes that folder to others, also under the servers of runs beside it.
    with TemporaryDirectory(prefix="seatledger-") as folder, start(Path(folder)) as server:
        url = server.superuser_url
        set_all(url, FORGETTING, "off")
        at(url, f"create database {TEMPLATE} owner seatledger_owner")
        template = make_conninfo(url, dbname=TEMPLATE)
        migrate(as_owner(template), service_url=as_service(template))
        yield url


@pytest.fixture
def new_database(postgres_server: str) -> Iterator[Callable[..., str]]:
    """Make a fresh database and answer its address; `template=None` makes it empty."""
    made: list[str] = []

    def make(template: str | None = TEMPLATE) -> str:
        name = f"test_{next(_numbers)}"
        using = f" template {template}" if template else ""
        at(postgres_server, f"create database {name} owner seatledger_owner{using}")
        made.append(name)
        return as_service(make_conninfo(postgres_server, dbname=name))

    yield make
    for name in made:
        at(postgres_server, f"drop database if exists {name} with (force)")


@pytest.fixture
def postgres_url(new_database: Callable[..., str]) -> str:
    """The address of a fresh database with our tables in `log` and `views`."""
    return new_database()


@pytest.fixture
def durable_postgres_url(postgres_server: str, postgres_url: str) -> Iterator[str]:
    """The same on a disk that remembers, as in earnest: for what is measured."""
    set_all(postgres_server, FORGETTING, "on")
    yield postgres_url
    set_all(postgres_server, FORGETTING, "off")


@pytest.fixture
def empty_postgres_url(new_database: Callable[..., str]) -> str:
    """The address of a fresh database without our tables."""
    return as_owner(new_database(template=None))


def at(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run a statement on a connection of its own and answer its rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []
