"""What only the store in PostgreSQL has to prove: its guards, its schemas, and lost connections."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg
import pytest

import ledger.store
from events.fact import Claim
from ledger.clock import FixedClock, SystemClock
from ledger.store.drafts import Appended, ClaimTaken, KeyReused, Repeated, VersionConflict
from ledger.store.errors import StoreNotMigrated, StoreUnavailable
from ledger.store.postgres.migrating import migrate
from ledger.store.postgres.schemas import Schemas
from ledger.store.postgres.store import PostgresStore
from tests.support.cut_line import CutLine
from tests.support.postgres import as_superuser, at
from tests.support.store_samples import START, decision, draft, number_given, one, person


@pytest.fixture
def store(postgres_url: str) -> Iterator[PostgresStore]:
    """A store in a fresh database, its clock at the start."""
    with PostgresStore(postgres_url, FixedClock(START)) as store:
        yield store


# -- the record


@pytest.mark.rule("ALL-10")
def test_our_own_statements_change_nothing_in_the_log():
    """No file of the store updates or empties the log's tables, or deletes but from people."""
    folder = Path(ledger.store.__file__).parent
    for path in folder.rglob("*.py"):
        text = path.read_text()
        changes = re.search(r"update log\.|truncate (table )?\S+\.|do update set.*log\.", text)
        assert changes is None, path.name
        assert set(re.findall(r"delete from (\S+)", text)) <= {"log.people", "views.snapshots"}


def test_finance_reads_facts_as_json(store: PostgresStore, postgres_url: str):
    """The view shows the stored bytes as JSON, and bytes that are none as null."""
    store.append([one("k1", data=b'{"quantity":5}'), one("k2", data=b"\xff\x00")])

    rows = at(postgres_url, "select type, (data->>'quantity')::int from log.facts order by 1, 2")

    assert rows == [("SeatsAdded", 5), ("SeatsAdded", None)]


def test_two_ledgers_share_a_database_and_never_touch(empty_postgres_url: str):
    """Same streams, keys, claims and addresses in two pairs of schemas: none meets the other."""
    first, second = Schemas.prefixed("north_"), Schemas.prefixed("south_")
    migrate(empty_postgres_url, first)
    migrate(empty_postgres_url, second)
    rows = (person("p1", "a@acme.example"),)
    decisions = [one("k1", expected={"account/acme": 0}, claims=(Claim("o", "1"),), people=rows)]

    for schemas in (first, second):
        with PostgresStore(empty_postgres_url, SystemClock(), schemas) as store:
            (verdict,) = store.append(decisions)
            assert isinstance(verdict, Appended)
            assert (store.head(), verdict.first_position) == (1, 1)
            store.save_snapshot("acme", 1, 1, schemas.log.encode())
    with PostgresStore(empty_postgres_url, SystemClock(), first) as store:
        snapshot = store.snapshot("acme", 1)
        assert snapshot is not None
        assert snapshot.state == b"north_log"
    found = at(empty_postgres_url, "select 1 from pg_namespace where nspname in ('log', 'views')")
    assert found == []


# -- many at once


@pytest.mark.rule("ALL-07")
def test_two_services_on_one_database_leave_no_gap(postgres_url: str):
    """Two pools, as of two processes, append batches at once: no gap, no double, one order."""
    stores = [PostgresStore(postgres_url, SystemClock(), pool_size=4) for _ in range(2)]
    start = Barrier(8)

    def work(n: int) -> None:
        start.wait()
        for m in range(10):
            keys = [f"k{n}-{m}-{i}" for i in range(5)]
            batch = [decision(key, draft(key), number_given(key)) for key in keys]
            assert all(isinstance(v, Appended) for v in stores[n % 2].append(batch))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))

    log = stores[0].read_log(limit=10_000)
    assert [event.position for event in log] == list(range(1, 801))
    assert [e.sequence for e in log if e.stream == "account/acme"] == list(range(1, 401))
    assert [e.sequence for e in log if e.stream != "account/acme"] == list(range(1, 401))
    assert sorted(e.account_sequence for e in log if e.account_sequence) == list(range(1, 401))
    recorded = [event.recorded_at for event in log]
    assert recorded == sorted(recorded)
    for store in stores:
        store.close()


@pytest.mark.rule("ALL-03")
def test_one_key_sent_to_two_services_at_once_acts_once(postgres_url: str):
    """The same command at once over many connections: one effect, and all have its answer."""
    start = Barrier(8)

    def work(store: PostgresStore) -> object:
        start.wait()
        return store.append([one("k1", answer=b'{"activation":null}')])[0]

    stores = [PostgresStore(postgres_url, SystemClock(), pool_size=1) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        verdicts = list(threads.map(work, stores))

    assert sum(isinstance(verdict, Appended) for verdict in verdicts) == 1
    assert verdicts.count(Repeated(b'{"activation":null}', 1, 1)) == 7
    assert stores[0].head() == 1
    for store in stores:
        store.close()


def test_a_reader_sees_what_another_service_appends(store: PostgresStore, postgres_url: str):
    """Waiting needs no word from the writer: a look every fifth of a second is enough."""
    other = PostgresStore(postgres_url, SystemClock())

    with other, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(store.wait, 1, 20_000)
        other.append([one("k1")])
        assert waiting.result() is True


def test_a_large_batch_is_one_transaction(store: PostgresStore):
    """A thousand decisions in one append, with numbers, people and refusals among them."""
    batch = [
        decision(
            f"k{n}",
            draft(f"k{n}", f"account/a{n}", claims=(Claim("subscription", f"s{n % 900}"),)),
            number_given(f"k{n}"),
            expected={f"account/a{n}": 0},
            people=(person(f"p{n}", f"p{n}@acme.example", account=f"a{n}"),),
        )
        for n in range(1000)
    ]

    verdicts = store.append(batch)

    assert [type(v) for v in verdicts] == [Appended] * 900 + [ClaimTaken] * 100
    assert store.head() == 1800
    assert store.claim("invoice_number", "EV-2026-000900") is not None
    assert len({event.recorded_at for event in store.read_log(limit=2000)}) == 1


def test_an_append_never_reads_a_whole_table(postgres_url: str):
    """What a command reads does not grow with the log, also by plans made while it was empty."""
    with PostgresStore(postgres_url, SystemClock(), pool_size=1) as store:
        for n in range(600):
            key, claims = f"k{n}", (Claim("order", f"o{n}"),)
            rows = (person(f"p{n}", f"p{n}@acme.example"),)
            store.append([one(key, claims=claims, people=rows, expected={"account/acme": n})])
        assert store.person_by_address("acme", "p7@acme.example")
        assert store.claim("order", "o7")
        assert store.answer("k7")
        assert store.position_at(SystemClock().now()) == 600
        assert len(store.events_of("k7")) == len(store.read_account("acme", limit=1)) == 1
    others = "select 1 from pg_stat_activity where datname = current_database()"
    while at(postgres_url, f"{others} and pid <> pg_backend_pid() and backend_type ~ 'client'"):
        pass  # a connection adds to the statistics as it ends

    read = "select relname, seq_tup_read from pg_stat_user_tables where schemaname = 'log'"
    assert {name: count for name, count in at(postgres_url, read) if count} == {}


# -- connections


@pytest.mark.rule("ALL-03")
@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_reply_to_commit_ends_in_the_right_verdict(postgres_url: str, committed: bool):
    """Cut just before or just after COMMIT: the caller hears Appended, and it happened once."""
    with CutLine(postgres_url) as line, PostgresStore(line.url, FixedClock(START)) as store:
        store.append([one("k0", people=(person("p1", "a@acme.example"),))])
        line.cut_at_commit(after=committed)

        verdicts = store.append(
            [
                decision("k1", draft("k1"), number_given("k1"), expected={"account/acme": 1}),
                one("k2", expected={"account/acme": 1}),
                one("k0"),
                one("k0", content="another"),
                decision("k3"),
            ]
        )

        assert line.cuts == 1
        first, conflict, repeated, reused, empty = verdicts
        assert isinstance(first, Appended)
        assert first.stored == tuple(store.events_of("k1"))
        assert (first.first_position, first.last_position) == (2, 3)
        assert conflict == VersionConflict("account/acme", 2)
        assert isinstance(repeated, Repeated)
        assert reused == KeyReused("k0")
        assert empty == Appended(None, None, START, ())
        assert store.head() == 3


def test_connections_lost_while_idle_are_replaced(store: PostgresStore, postgres_url: str):
    """After a restart of the database all pooled connections are stale: nobody notices."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: store.append([one(f"k{n}")]), range(8)))
    at(
        postgres_url,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()",
    )

    assert store.head() == 8
    assert isinstance(store.append([one("after")])[0], Appended)


def test_a_database_that_is_away_is_told_in_time():
    """No database: `StoreUnavailable` after the patience that was asked for, for all calls."""
    with PostgresStore("host=127.0.0.1 port=1", SystemClock(), patience_s=1) as store:
        for call in (lambda: store.append([one("k1")]), store.head):
            with pytest.raises(StoreUnavailable):
                call()


def test_a_database_without_our_tables_says_so(empty_postgres_url: str):
    """A service on a database that nobody migrated names the remedy."""
    with PostgresStore(empty_postgres_url, SystemClock()) as store:
        with pytest.raises(StoreNotMigrated, match="lacks our tables"):
            store.head()
        with pytest.raises(StoreNotMigrated, match="lacks our tables"):
            store.append([one("k1")])


def test_a_busy_lock_is_unavailable_and_harms_nothing(store: PostgresStore, postgres_url: str):
    """Whoever cannot get the append lock in time is told, and the next one goes on."""
    lock = Schemas().lock("append")
    store.append([one("k1")])

    with (
        psycopg.connect(postgres_url) as holder,
        PostgresStore(postgres_url, SystemClock(), pool_size=1) as other,
    ):
        holder.execute("select pg_advisory_xact_lock(%s)", [lock])
        with other._pool.connection() as connection:
            connection.execute("set lock_timeout = '50ms'")
        with pytest.raises(StoreUnavailable):
            other.append([one("k2")])
        holder.rollback()
        assert isinstance(other.append([one("k2")])[0], Appended)


def test_a_vacuum_does_not_hold_an_append(store: PostgresStore, postgres_url: str):
    """The lock is advisory: maintenance on the tables runs beside the writers (D5)."""
    store.append([one("k1")])
    with psycopg.connect(as_superuser(postgres_url)) as maintenance:
        maintenance.execute("lock table log.events in share update exclusive mode")

        assert isinstance(store.append([one("k2")])[0], Appended)


def test_an_idle_foreign_transaction_delays_no_reader(store: PostgresStore, postgres_url: str):
    """A transaction that somebody forgot to end holds back neither writer nor reader (R2)."""
    with psycopg.connect(as_superuser(postgres_url)) as forgotten:
        forgotten.execute("create table public.mine (n int)")

        store.append([one("k1")])
        assert store.wait(1, 0)
        assert len(store.read_log()) == 1
