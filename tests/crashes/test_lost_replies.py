"""A writer that dies around its COMMIT: the retry by the command's key ends in one effect (R5)."""

import psycopg
import pytest

from ledger.clock import Deadline, SystemClock
from ledger.store.drafts import KeyReused
from ledger.store.postgres.store import PostgresStore
from tests.support.cut_line import COMMIT, CutLine
from tests.support.postgres import at
from tests.support.store_samples import one
from tests.support.whole_log import check_whole
from tests.support.writer_processes import EVENTS_A_COMMAND, Writer

WAITS_FOR_THE_LOCK = "select 1 from pg_locks where locktype = 'advisory' and not granted"
LET_GO = "select 1 where not exists (select from pg_locks where locktype = 'advisory')"
HAS_KEY = "select 1 from log.commands where command_id = 'w-0'"


def until(url: str, statement: str) -> None:
    """Wait until a statement answers a row."""
    deadline = Deadline(30_000)
    while not at(url, statement):
        assert deadline.left_ms(), statement


def retried(url: str, writer: Writer) -> dict[str, object]:
    """What the writer is told when it is started again, on a line that holds."""
    assert writer.acknowledged == {}
    writer.start(url)
    assert writer.join() == 0
    return writer.acknowledged["w-0"]


def check_once(url: str) -> None:
    """The command has one effect, and its key is no other command's."""
    assert check_whole(url) == (EVENTS_A_COMMAND, {"w-0"})
    with PostgresStore(url, SystemClock()) as store:
        assert store.append([one("w-0", content="another")]) == [KeyReused("w-0")]
        assert store.head() == EVENTS_A_COMMAND


@pytest.mark.rule("ALL-03")
def test_killed_between_commit_and_reply(postgres_url: str):
    """The command is in the log, its writer never heard: the retry answers as it would have."""
    with CutLine(postgres_url) as line:
        writer = Writer(line.url, "w", 1)
        line.mute_at(COMMIT)
        writer.start()
        until(postgres_url, HAS_KEY)
        writer.kill()

        told = retried(postgres_url, writer)

    assert (told["repeated"], told["answer"]) == (True, '{"key": "w-0"}')
    assert (told["first"], told["last"]) == (1, EVENTS_A_COMMAND)
    check_once(postgres_url)


@pytest.mark.rule("ALL-03")
def test_killed_before_commit(postgres_url: str):
    """The COMMIT never came: the retry is the first that takes effect, and leaves no hole."""
    with CutLine(postgres_url) as line:
        writer = Writer(line.url, "w", 1)
        held = line.hold_at(COMMIT)
        writer.start()
        assert held.seen.wait(30)
        writer.kill()
        at(
            postgres_url,
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'",
        )
        until(postgres_url, LET_GO)
        held.released.set()

        told = retried(postgres_url, writer)

    assert (told["repeated"], told["first"]) == (False, 1)
    check_once(postgres_url)


@pytest.mark.rule("ALL-03")
def test_a_commit_that_comes_after_the_retry_was_sent(postgres_url: str):
    """The COMMIT is still on its way when the retry begins: the lock makes the retry wait."""
    with CutLine(postgres_url) as line:
        writer = Writer(line.url, "w", 1)
        held = line.hold_at(COMMIT)
        writer.start()
        assert held.seen.wait(30)
        writer.kill()

        writer.start(postgres_url)
        until(postgres_url, WAITS_FOR_THE_LOCK)
        assert at(postgres_url, HAS_KEY) == []
        held.released.set()
        assert writer.join() == 0

    assert writer.acknowledged["w-0"]["repeated"] is True
    check_once(postgres_url)


def test_a_writer_that_stops_inside_its_transaction_holds_up_nobody_for_ever(postgres_url: str):
    """A stopped process that holds the lock is put out by the database after its time."""
    with PostgresStore(postgres_url, SystemClock()) as store:
        assert store._rows("show idle_in_transaction_session_timeout") == [("15s",)]
        with psycopg.connect(postgres_url) as stopped:
            stopped.execute("set idle_in_transaction_session_timeout = '100ms'")
            stopped.commit()
            stopped.execute("select pg_advisory_xact_lock(%s)", [store._lock])
            store.append([one("k1")])
            with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
                stopped.execute("select 1")
        assert store.head() == 1
