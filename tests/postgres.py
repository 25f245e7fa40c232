"""PostgreSQL for tests: one server a worker, and a database of its own for each test.

Fixtures: `postgres_server` (address of the worker's server), `postgres_url` (a fresh database with
our tables), `empty_postgres_url` (a fresh one without), `new_database` (as many as one likes).
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

TEMPLATE = "migrated"
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of this worker's server; its disk may forget, as the tests end before it does."""
    from ledger.embedded import start  # noqa: PLC0415 - slow, and needs the extra
    from ledger.store.migrating import migrate  # noqa: PLC0415 - as above

    folder: Path = tmp_path_factory.mktemp("postgres")
    with start(folder) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
                connection.execute(f"alter system set {setting}".encode())
            connection.execute("select pg_reload_conf()")
            connection.execute(f"create database {TEMPLATE}".encode())
        migrate(make_conninfo(server.url, dbname=TEMPLATE))
        yield server.url


@pytest.fixture
def new_database(postgres_server: str) -> Iterator[Callable[..., str]]:
    """Make a fresh database and answer its address; `template=None` makes it empty."""
    made: list[str] = []

    def make(template: str | None = TEMPLATE) -> str:
        name = f"test_{next(_numbers)}"
        using = f" template {template}" if template else ""
        _at(postgres_server, f"create database {name}{using}")
        made.append(name)
        return make_conninfo(postgres_server, dbname=name)

    yield make
    for name in made:
        _at(postgres_server, f"drop database if exists {name} with (force)")


@pytest.fixture
def postgres_url(new_database: Callable[..., str]) -> str:
    """The address of a fresh database with our tables in `log` and `views`."""
    return new_database()


@pytest.fixture
def empty_postgres_url(new_database: Callable[..., str]) -> str:
    """The address of a fresh database without our tables."""
    return new_database(template=None)


def _at(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())
