"""Migrations: once, again, at once, half done, and back."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

import ledger.store
from ledger.clock import SystemClock
from ledger.store.drafts import Appended
from ledger.store.postgres.migrating import migrate, pending, roll_back
from ledger.store.postgres.schemas import Schemas
from ledger.store.postgres.store import PostgresStore
from tests.support.postgres import as_owner
from tests.support.store_samples import one

FOLDER = Path(ledger.store.__file__).parent / "postgres" / "migrations"
BACK = ".rollback.sql"
NAMES = sorted(p.name[:-4] for p in FOLDER.glob("*.sql") if not p.name.endswith(BACK))


def tables(url: str) -> set[str]:
    """The tables and views that are not PostgreSQL's own, nor yoyo's."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema not in ('pg_catalog', 'information_schema')"
            " and table_name !~ '^_?yoyo'"
        )
        return {row[0] for row in rows}


def test_an_empty_database_gets_our_tables_and_no_others(empty_postgres_url: str):
    """The migrations own all tables: the eventsourcing library makes none."""
    assert pending(empty_postgres_url) == NAMES

    assert migrate(empty_postgres_url) == NAMES

    with PostgresStore(empty_postgres_url, SystemClock()) as store:
        assert isinstance(store.append([one("k1")])[0], Appended)
    ours = tables(empty_postgres_url)
    assert {name for name in ours if name.startswith("log.")} == {
        "log.attempts", "log.claims", "log.commands", "log.events", "log.facts", "log.people",
    }  # fmt: skip
    assert {name.split(".")[0] for name in ours} == {"log", "views"}


def test_each_migration_has_its_way_back():
    """A file that takes back stands beside each file that goes forward."""
    for name in NAMES:
        assert (FOLDER / f"{name}{BACK}").is_file(), name


def test_a_second_run_does_nothing(postgres_url: str):
    """What is applied is not applied again, and what is stored stays."""
    with PostgresStore(postgres_url, SystemClock()) as store:
        store.append([one("k1")])

        assert migrate(postgres_url) == []
        assert store.head() == 1


def test_many_services_may_start_at_once(empty_postgres_url: str):
    """Of several that migrate at once, one does it and the others find it done."""
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, [empty_postgres_url] * 4))

    assert sorted(applied) == [[], [], [], NAMES]


def test_a_crash_between_a_step_and_its_mark_is_made_good(postgres_url: str):
    """Tables that are there although their migration is not marked, and a lock left behind."""
    postgres_url = as_owner(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("delete from log._yoyo_migration where migration_id <> '0001.log'")
        connection.execute("insert into log.yoyo_lock (locked, ctime, pid) values (1, now(), 1)")

    assert migrate(postgres_url) == NAMES[1:]


def test_everything_can_be_taken_back(postgres_url: str):
    """Each migration has its way back, and can be applied again afterwards."""
    postgres_url = as_owner(postgres_url)
    assert roll_back(postgres_url) == NAMES[::-1]
    assert tables(postgres_url) == set()
    assert migrate(postgres_url) == NAMES


@pytest.mark.parametrize("name", ["Log", "my-log", "", "1log", "log; drop", "x" * 49])
def test_a_schema_needs_a_plain_name(name: str):
    """Names that would need quoting are refused, whatever they hold."""
    with pytest.raises(ValueError, match="not a name"):
        Schemas(log=name)


def test_the_log_and_the_views_lie_apart():
    """One schema for both would let a rebuild drop the log."""
    with pytest.raises(ValueError, match="a schema each"):
        Schemas("same", "same")


def test_sql_is_rewritten_where_it_names_a_schema_only():
    """A word that merely looks like a schema's name is left alone."""
    schemas = Schemas.prefixed("x_")

    assert schemas.sql("select log.a from log.b, views.c -- the log. A catalog.d") == (
        "select x_log.a from x_log.b, x_views.c -- the log. A catalog.d"
    )
