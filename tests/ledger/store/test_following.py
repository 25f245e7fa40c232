"""Followers: told at once, never late by more than a second, and back by themselves (R2, R6)."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import psycopg
import pytest

from ledger.clock import Deadline, FixedClock, SystemClock
from ledger.host import embedded
from ledger.store.drafts import Appended
from ledger.store.errors import StoreUnavailable
from ledger.store.following import Follower, PositionMissing
from ledger.store.memory import MemoryStore
from ledger.store.postgres.migrating import migrate
from ledger.store.postgres.store import PostgresStore
from ledger.store.recorder import StoreRecorder
from tests.support.cut_line import CutLine
from tests.support.postgres import as_superuser, at
from tests.support.store_samples import START, one

NEVER_MS = 600_000
"""A poll that never comes within a test: what arrives has arrived by a hint."""

LISTENERS = (
    "select pid from pg_stat_activity where datname = current_database()"
    " and query like 'listen %' and state = 'idle'"
)


def store_of(url: str, poll_ms: int = NEVER_MS) -> PostgresStore:
    """A store of a service of its own."""
    return PostgresStore(url, SystemClock(), pool_size=4, poll_ms=poll_ms)


def within_a_second(waiting: "Future[bool]") -> bool:
    """Whether somebody who waits hears of it within a second from now."""
    deadline = Deadline(1000)
    return waiting.result(20) and deadline.left_ms() > 0


def listener(url: str) -> int:
    """The backend of the one listener, once it listens."""
    deadline = Deadline(20_000)
    while deadline.left_ms():
        rows = at(url, LISTENERS)
        if rows:
            return int(str(rows[0][0]))
    raise AssertionError("nobody listens")


@contextmanager
def following(store: PostgresStore) -> Iterator[list[int]]:
    """The positions that a follower sees, in a thread of its own."""
    seen: list[int] = []
    follower = Follower(store)

    def follow() -> None:
        for batch in follower:
            seen.extend(event.position for event in batch)

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(follow)
        try:
            yield seen
        finally:
            follower.stop()
        done.result(20)


def until(condition: Callable[[], bool], ms: int = 20_000) -> bool:
    """Whether something comes true in time."""
    deadline = Deadline(ms)
    pause = Event()
    while not condition():
        if not deadline.left_ms():
            return False
        pause.wait(0.005)
    return True


# -- hints


def test_a_reader_is_told_of_another_service_s_append(postgres_url: str):
    """Without any poll, what another service appends is heard of within a second, every time."""
    with (
        store_of(postgres_url) as here,
        store_of(postgres_url) as there,
        ThreadPoolExecutor(1) as threads,
    ):
        for n in range(1, 4):
            waiting = threads.submit(here.wait, n, 20_000)
            listener(postgres_url)
            there.append([one(f"k{n}")])
            assert within_a_second(waiting)


def test_what_is_committed_between_the_first_pull_and_listen_arrives(postgres_url: str):
    """The pull right after LISTEN finds what nobody told, without any poll (D6, R6)."""
    with (
        CutLine(postgres_url) as line,
        store_of(line.url) as here,
        store_of(postgres_url) as there,
        ThreadPoolExecutor(1) as threads,
    ):
        held = line.hold_at(b"listen ")
        waiting = threads.submit(here.wait, 1, 20_000)
        assert held.seen.wait(20)
        there.append([one("k1")])
        assert not waiting.done()

        held.released.set()

        assert within_a_second(waiting)


def test_a_killed_listener_is_back_within_a_second(postgres_url: str):
    """The backend of LISTEN is killed, again and again: without any poll nothing is late (R6)."""
    with (
        store_of(postgres_url) as here,
        store_of(postgres_url) as there,
        ThreadPoolExecutor(1) as threads,
    ):
        for n in range(1, 4):
            waiting = threads.submit(here.wait, n, 20_000)
            at(as_superuser(postgres_url), f"select pg_terminate_backend({listener(postgres_url)})")
            there.append([one(f"k{n}")])
            assert within_a_second(waiting)


def test_without_any_hint_the_poll_finds_it_within_a_second(postgres_url: str):
    """A hint that never comes delays by less than a second."""
    with (
        PostgresStore(postgres_url, SystemClock()) as here,
        store_of(postgres_url) as there,
        ThreadPoolExecutor(1) as threads,
    ):
        there._channel = "elsewhere"
        for n in range(1, 4):
            waiting = threads.submit(here.wait, n, 20_000)
            listener(postgres_url)
            there.append([one(f"k{n}")])
            assert within_a_second(waiting)


def test_a_hint_that_cannot_be_sent_is_no_failure(postgres_url: str):
    """The line breaks after the commit, at the hint: the append has succeeded, once."""
    with CutLine(postgres_url) as line, store_of(line.url) as store:
        line.cut_at(b"pg_notify", after=False)

        (verdict,) = store.append([one("k1")])

        assert isinstance(verdict, Appended)
        assert line.cuts == 1
        # An error that is no lost line, as when the queue of hints is full: no other would mend it.
        store._channel = "n" * 64
        assert isinstance(store.append([one("k2")])[0], Appended)
        assert store.head() == 2


def test_a_hint_holds_up_no_writer(postgres_url: str):
    """While the hint is on its way the append is committed, and its lock is free."""
    with CutLine(postgres_url) as line, store_of(line.url) as store, ThreadPoolExecutor(1) as pool:
        held = line.hold_at(b"pg_notify")
        appending = pool.submit(store.append, [one("k1")])
        assert held.seen.wait(20)
        try:
            assert at(postgres_url, "select max(position) from log.events") == [(1,)]
            assert at(postgres_url, "select 1 from pg_locks where locktype = 'advisory'") == []
        finally:
            held.released.set()
        assert isinstance(appending.result(20)[0], Appended)


def test_a_false_hint_misleads_nobody(postgres_url: str):
    """Whatever is sent on the channel, a reader believes the log alone, and does not spin."""
    with store_of(postgres_url) as store, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(store.wait, 2, 20_000)
        listener(postgres_url)
        for payload in ("", "x", "-1", "1e9", "9" * 30, "²", "999999", "999999"):
            at(postgres_url, f"select pg_notify('log_appended', '{payload}')")
        assert not waiting.done()
        store.append([one("k1")])
        assert not waiting.done()
        store.append([one("k2")])
        assert within_a_second(waiting)


def test_an_append_sends_one_hint(postgres_url: str):
    """One hint a batch, after its commit; none for a batch that came to nothing."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("listen log_appended")
        with store_of(postgres_url) as store:
            store.append([one(f"k{n}") for n in range(50)])
            store.append([one("k0"), one("k60", expected={"account/acme": 7})])
            store.append([one("k70")])
        told = [hint.payload for hint in connection.notifies(timeout=0.2)]

    assert told == ["50", "51"]


def test_two_ledgers_of_one_database_hint_apart(postgres_url: str):
    """The channel bears the name of the ledger's own schema."""
    with store_of(postgres_url) as store:
        assert store._channel == "log_appended"


def test_a_closed_store_lets_its_listener_end(postgres_url: str):
    """No thread and no connection stays behind."""
    with store_of(postgres_url) as store:
        assert store.wait(1, 50) is False
        store.append([one("k1")])
        assert store.wait(2, 50) is False
        thread = store._hints._listener
    assert thread is not None
    thread.join(20)
    assert not thread.is_alive()


# -- foreign transactions


def test_a_foreign_transaction_delays_no_follower(
    postgres_url: str, new_database: Callable[..., str]
):
    """Transactions held open here and in another database delay nobody by a second (R2)."""
    foreign = (as_superuser(postgres_url), as_superuser(new_database(template=None)))
    with ExitStack() as stack:
        for url in foreign:
            held = stack.enter_context(psycopg.connect(url))
            held.execute("create table public.mine (n int)")
            held.execute("select pg_current_xact_id()")
        here, there = (stack.enter_context(store_of(postgres_url, 500)) for _ in range(2))
        subscription = StoreRecorder(here).subscribe()
        with following(here) as seen, subscription:
            for n in range(1, 21):
                there.append([one(f"k{n}")])
                deadline = Deadline(1000)
                assert until(lambda n=n: seen == [*range(1, n + 1)], 1000)
                assert next(subscription).id == n
                assert deadline.left_ms() > 0


# -- a database that goes away


def test_a_subscription_outlives_its_connections(postgres_url: str):
    """All backends of the database are killed: followers and subscriptions go on (D7)."""
    kill = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    with (
        store_of(postgres_url, 500) as here,
        store_of(postgres_url, 500) as there,
        following(here) as seen,
        StoreRecorder(here).subscribe() as subscription,
    ):
        for n in range(1, 4):
            there.append([one(f"k{n}")])
            assert next(subscription).id == n
            at(as_superuser(postgres_url), kill)
        assert until(lambda: seen == [1, 2, 3])


@pytest.fixture
def own_server() -> Iterator[embedded.EmbeddedServer]:
    """A server that a test may stop and start."""
    with TemporaryDirectory(prefix="seatledger-") as folder, embedded.start(Path(folder)) as server:
        migrate(server.migration_url, service_url=server.url)
        yield server


def stop(server: embedded.EmbeddedServer) -> None:
    """Stop a server under its users."""
    inner = server._server
    arguments = ["-w", "-m", "immediate", "stop"]
    embedded._pg_ctl(arguments, pgdata=inner.pgdata, user=inner.system_user)


def restart(server: embedded.EmbeddedServer, down_s: int) -> None:
    """Stop a server, as a crash would, and start it again some seconds later."""
    stop(server)
    Event().wait(down_s)
    server._server.ensure_postgres_running()


@pytest.mark.parametrize("down_s", [2, pytest.param(60, marks=pytest.mark.soak)])
def test_a_restart_of_the_database_needs_no_restart_of_ours(
    own_server: embedded.EmbeddedServer, down_s: int
):
    """The database stops, is away, and comes back: stores, followers, subscriptions go on (R6)."""
    with (
        store_of(own_server.url, 500) as here,
        store_of(own_server.url, 500) as there,
        following(here) as seen,
        StoreRecorder(here).subscribe() as subscription,
    ):
        there.append([one("k1")])
        assert next(subscription).id == 1
        assert until(lambda: seen == [1])

        restart(own_server, down_s)

        assert isinstance(there.append([one("k2")])[0], Appended)
        assert next(subscription).id == 2
        assert until(lambda: seen == [1, 2])
        for n in range(3, 6):
            there.append([one(f"k{n}")])
            assert until(lambda n=n: seen == [*range(1, n + 1)], 1000)


def test_a_subscription_waits_for_a_database_that_is_away():
    """A look that finds no database is no end: the next one brings what there is (D7)."""
    store = MemoryStore(FixedClock(START))
    store.append([one("k1")])
    looks = [StoreUnavailable("away"), StoreUnavailable("away")]

    class Away(MemoryStore):
        def head(self) -> int:
            if looks:
                raise looks.pop()
            return store.head()

        select_plain_log = staticmethod(store.select_plain_log)

    with StoreRecorder(Away(FixedClock(START))).subscribe() as subscription:
        assert next(subscription).id == 1
    assert looks == []


# -- in order, each once


def test_a_follower_gives_each_position_once_from_where_it_was_told():
    """Batches follow one another, none is empty, and a follower begins where it is asked to."""
    store = MemoryStore(FixedClock(START))
    store.append([one(f"k{n}") for n in range(25)])
    follower = Follower(store, after=5, limit=10)

    batches = []
    for batch in follower:
        batches.append([event.position for event in batch])
        if follower.position == 25:
            follower.stop()

    assert batches == [[*range(6, 16)], [*range(16, 26)]]


def test_a_hole_is_never_passed_over(postgres_url: str):
    """A row is gone: a follower stops before the next one and says after which position."""
    with store_of(postgres_url) as store:
        store.append([one(f"k{n}") for n in range(5)])
        with psycopg.connect(as_superuser(postgres_url), autocommit=True) as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute("delete from log.events where position = 3")

        with pytest.raises(PositionMissing, match="after position 2 comes 4"):
            next(iter(Follower(store)))
