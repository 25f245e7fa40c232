"""Who may do what: as the service's role, as the owner's and as the superuser's."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
import structlog
from psycopg import errors
from psycopg.conninfo import make_conninfo

from events.fact import Claim
from ledger.clock import FixedClock, SystemClock
from ledger.host.opened import open_ledger
from ledger.serve import warn_of_one_role
from ledger.settings import Settings
from ledger.store.drafts import Appended, AttemptRow
from ledger.store.errors import StoreNotMigrated, StoreUnavailable
from ledger.store.postgres.migrating import migrate, roll_back
from ledger.store.postgres.roles import RolesUnfit, hand_over, may_change_the_log, role_of, sql_name
from ledger.store.postgres.schemas import Schemas
from ledger.store.postgres.store import PostgresStore
from tests.support.postgres import as_owner, as_service, as_superuser, at
from tests.support.store_samples import START, one, person

TABLES = ("events", "claims", "commands", "attempts", "people")
CHANGES = ("update {} set account = 'x'", "delete from {}", "truncate {}")
RUINS = (
    "update {} set account = 'x' where false",
    "delete from {}",
    "truncate {}",
    "drop table {}",
    "alter table {} add column mine int",
    "alter table {} drop column account",
    "alter table {} owner to seatledger",
    "alter table {} rename to gone",
    "alter table {} disable trigger all",
    "create trigger mine before insert on {} execute function log.refuse_change()",
    "create index mine on {} (account)",
    "create rule mine as on insert to {} do instead nothing",
    "copy {} to program 'true'",
)
"""What the service's role may do to no table of record, `people` and its DELETE excepted."""


@pytest.fixture(scope="module")
def full_url(postgres_server: str) -> Iterator[str]:
    """A database in which every table of record has a row, and keeps it; the service's address."""
    at(postgres_server, "create database full_tables owner seatledger_owner template migrated")
    url = as_service(make_conninfo(postgres_server, dbname="full_tables"))
    with PostgresStore(url, FixedClock(START)) as store:
        people = (person("p1", "a@acme.example"),)
        store.append([one("k1", claims=(Claim("order", "o"),), people=people)])
        store.attempt(AttemptRow(START, "acme", b"{}", b"{}", None, b"{}", 0))
    yield url
    at(postgres_server, "drop database full_tables with (force)")


def forget_all(url: str) -> None:
    """See that people may go, and keep them."""
    with psycopg.connect(url) as connection:
        assert connection.execute("delete from log.people").rowcount == 1
        connection.rollback()


@pytest.mark.rule("ALL-10")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("ruin", RUINS)
def test_the_service_changes_nothing_that_is_recorded(full_url: str, table: str, ruin: str):
    """Whatever the service tries on a table of record is refused; people may go."""
    assert at(full_url, "select current_user") == [("seatledger",)]
    statement = ruin.replace("{}", f"log.{table}")

    if (table, ruin) == ("people", "delete from {}"):
        forget_all(full_url)
    else:
        with pytest.raises(errors.InsufficientPrivilege):
            at(full_url, statement)
        assert at(full_url, f"select count(*) from log.{table}") == [(1,)]


@pytest.mark.rule("ALL-10")
@pytest.mark.parametrize(
    "ruin",
    [
        "drop schema log cascade",
        "alter schema log rename to gone",
        "alter schema log owner to seatledger",
        "create table log.mine (n int)",
        "drop function log.refuse_change() cascade",
        "create or replace function log.refuse_change() returns trigger language sql as ''",
        "delete from log._yoyo_migration",
        "set session_replication_role = replica",
        "set role seatledger_owner",
        "set role postgres",
        "alter role seatledger superuser",
        "grant seatledger_owner to seatledger",
        "grant update on log.events to seatledger",
    ],
)
def test_the_service_gets_no_further_rights(full_url: str, ruin: str):
    """Neither the schema nor a function, a setting or another role opens the log to the service."""
    with psycopg.connect(full_url, autocommit=True) as connection:
        try:
            connection.execute(ruin.encode())
        except errors.InsufficientPrivilege:
            pass
        else:  # a grant without the right to it is a mere warning
            assert ruin.startswith("grant")
    with pytest.raises(errors.InsufficientPrivilege):
        at(full_url, "update log.events set account = 'x'")


@pytest.mark.rule("ALL-10")
@pytest.mark.parametrize("whom", [as_owner, as_superuser])
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", CHANGES)
def test_the_second_line_stops_the_owner_too(
    full_url: str, whom: Callable[[str], str], table: str, change: str
):
    """By accident not even the owner or a superuser changes what is recorded; people may go."""
    statement = change.format(f"log.{table}")

    if (table, change) == ("people", "delete from {}"):
        forget_all(whom(full_url))
    else:
        with pytest.raises(errors.InsufficientPrivilege, match="never changed"):
            at(whom(full_url), statement)


def test_the_views_are_the_service_s_own(postgres_url: str):
    """The service makes, fills, changes and drops tables in `views`: a rebuild needs all of it."""
    for statement in (
        "create table views.shadow (like views.accounts including all)",
        "insert into views.shadow (key, position, data) values ('k', 1, '{}')",
        "drop table views.accounts",
        "alter table views.shadow rename to accounts",
        "update views.accounts set position = 2",
        "truncate views.snapshots",
    ):
        at(postgres_url, statement)
    owners = "select distinct tableowner from pg_tables where schemaname = 'views'"
    assert at(postgres_url, owners) == [("seatledger",)]


def test_rights_are_given_again_after_each_migration(postgres_url: str):
    """Tables that a later migration brings are handed over too, and a second time harms nothing."""
    owner = as_owner(postgres_url)
    roll_back(owner)

    assert migrate(owner, service_url=postgres_url)
    assert migrate(owner, service_url=postgres_url) == []

    with PostgresStore(postgres_url, SystemClock()) as store:
        assert isinstance(store.append([one("k1")])[0], Appended)
        store.save_snapshot("acme", 1, 1, b"{}")


def test_rights_beyond_ours_are_taken_away(postgres_url: str):
    """Somebody gave the service too much: the next start takes it back."""
    owner = as_owner(postgres_url)
    at(owner, "grant all on log.events to seatledger")

    migrate(owner, service_url=postgres_url)

    for right, is_given in (("update", False), ("trigger", False), ("insert", True)):
        asked = f"select has_table_privilege('log.events', '{right}')"
        assert at(postgres_url, asked) == [(is_given,)]


def test_rights_that_are_as_they_should_be_are_left_alone(postgres_url: str):
    """A start that finds everything in place touches no catalogue of the database."""
    owner = as_owner(postgres_url)
    rows = (
        "select oid, xmin::text from pg_class where relnamespace::regnamespace::text ~ 'log|views'"
    )
    before = at(owner, f"{rows} order by oid")

    migrate(owner, service_url=postgres_url)

    after = dict(at(owner, rows))
    assert {oid: after[oid] for oid, _ in before} == dict(before)


def test_a_service_without_the_right_to_migrate_starts(postgres_url: str):
    """The service's address alone is enough where all tables are there: nothing is migrated."""
    assert migrate(postgres_url) == []
    with open_ledger(Settings(database_url=postgres_url)) as ledger:
        assert ledger.store.head() == 0


def test_a_service_that_finds_old_tables_names_the_remedy(postgres_url: str):
    """A migration is missing, and this role may not make it: the setting that helps is named."""
    at(as_owner(postgres_url), "delete from log._yoyo_migration where migration_id = '0001.log'")

    with pytest.raises(StoreNotMigrated, match=r"0001\.log.*SEATLEDGER_MIGRATION_URL"):
        migrate(postgres_url)


def test_a_service_that_finds_no_tables_names_the_remedy(empty_postgres_url: str):
    """Nothing was migrated, and this role may make nothing: the setting that helps is named."""
    with pytest.raises(StoreNotMigrated, match="SEATLEDGER_MIGRATION_URL"):
        migrate(as_service(empty_postgres_url))


def test_roles_that_cannot_hand_over_say_what_to_grant(empty_postgres_url: str):
    """The migrating role has to be a member of the service's, else it could not give it views."""
    name = 'a "strange" role'
    quoted = sql_name(name)
    at(as_superuser(empty_postgres_url), f"create role {quoted} login")
    try:
        migrate(empty_postgres_url)
        with (
            psycopg.connect(empty_postgres_url, autocommit=True) as connection,
            pytest.raises(RolesUnfit, match=r'grant "a ""strange"" role" to "seatledger_owner"'),
        ):
            hand_over(connection, Schemas(), name)
        given = f"select has_schema_privilege('{name}', 'log', 'usage')"
        assert at(empty_postgres_url, given) == [(False,)]
        at(as_superuser(empty_postgres_url), f"grant {quoted} to seatledger_owner")
        with psycopg.connect(empty_postgres_url, autocommit=True) as connection:
            hand_over(connection, Schemas(), name)
    finally:
        for statement in (f"drop owned by {quoted} cascade", f"drop role {quoted}"):
            at(as_superuser(empty_postgres_url), statement)


def test_two_ledgers_of_one_database_are_handed_over_apart(empty_postgres_url: str):
    """Each pair of schemas gets its own rights."""
    service = as_service(empty_postgres_url)
    first, second = Schemas.prefixed("north_"), Schemas.prefixed("south_")
    migrate(empty_postgres_url, first, service_url=service)
    migrate(empty_postgres_url, second)

    with PostgresStore(service, SystemClock(), first) as store:
        assert isinstance(store.append([one("k1")])[0], Appended)
    with pytest.raises(errors.InsufficientPrivilege):
        at(service, "select * from south_log.events")


def test_one_role_for_all_is_warned_of(empty_postgres_url: str, postgres_url: str):
    """Where the service's role could change the log, its own log says so; else it is silent."""
    migrate(empty_postgres_url)

    with structlog.testing.capture_logs() as told:
        warn_of_one_role(postgres_url)
        assert told == []
        warn_of_one_role(empty_postgres_url)
    (line,) = told
    assert (line["event"], line["log_level"]) == ("log_owned_by_service", "warning")
    assert "SEATLEDGER_MIGRATION_URL" in line["remedy"]
    assert may_change_the_log(as_superuser(postgres_url))
    assert not may_change_the_log(postgres_url)


def test_a_database_that_is_away_is_told():
    """A role is asked of a database that does not answer: the store's own error."""
    with pytest.raises(StoreUnavailable):
        role_of("host=127.0.0.1 port=1")
