"""Many writers that dawdle, roll back and are killed: nothing is missed, no position left out."""

import random
from collections.abc import Callable
from threading import Event

import pytest

from ledger.store.postgres.migrating import migrate
from ledger.store.postgres.schemas import Schemas
from tests.support.postgres import as_service
from tests.support.whole_log import check_acknowledged, check_whole, watching
from tests.support.writer_processes import EVENTS_A_COMMAND, Writer, writing

Note = Callable[[str, object], None]


def many(url: str, processes: int, threads: int, commands: int, **options: object) -> list[Writer]:
    """Writers in some processes, each with some threads, that share some commands evenly."""
    each = commands // processes
    given = {"threads": threads, "batch": 5, "rollbacks": 0.05, "delay-ms": 2, "seed": 4} | options
    return [Writer(url, f"w{n}", each, dict(given)) for n in range(processes)]


@pytest.mark.rule("ALL-07")
@pytest.mark.parametrize(
    ("processes", "threads", "events"),
    [(2, 8, 3_000), pytest.param(16, 1, 100_000, marks=pytest.mark.soak)],
)
def test_sixteen_writers_and_no_subscriber_misses_an_event(
    postgres_url: str, processes: int, threads: int, events: int, record_property: Note
):
    """R1: delays before the commit, 5 % rollbacks: each position is seen once, ascending."""
    writers = many(postgres_url, processes, threads, events // EVENTS_A_COMMAND)
    count = EVENTS_A_COMMAND * sum(writer.count for writer in writers)

    with watching(postgres_url, count), writing(writers):
        pass

    assert check_whole(postgres_url)[0] == count == events
    rolled_back = sum(writer.rolled_back for writer in writers)
    record_property("rolled_back", rolled_back)
    assert rolled_back > 0
    check_acknowledged(postgres_url, writers)


@pytest.mark.rule("ALL-03", "ALL-07")
@pytest.mark.parametrize(
    ("writers", "commands", "kills", "rollbacks"),
    [(2, 150, 3, 10), pytest.param(8, 1_000, 100, 1_000, marks=pytest.mark.soak)],
)
def test_no_hole_after_rollbacks_and_kills(
    postgres_url: str,
    writers: int,
    commands: int,
    kills: int,
    rollbacks: int,
    record_property: Note,
):
    """R3: forced rollbacks and `kill -9` of writers leave no hole; each goes on with its key."""
    chance = random.Random(7)
    options = {"rollbacks": 0.15, "delay-ms": 4}
    killed = [Writer(postgres_url, f"w{n}", commands, dict(options)) for n in range(writers)]
    pause = Event()
    done = 0
    with writing(killed):
        while done < kills:
            busy = [writer for writer in killed if writer.is_running and writer.acknowledged]
            if not busy:
                assert any(writer.is_running for writer in killed), f"too quick for {kills} kills"
                pause.wait(0.01)
                continue
            pause.wait(chance.uniform(0, 0.05))
            victim = chance.choice(busy)
            before = len(victim.acknowledged)
            victim.kill()
            victim.start()
            done += 1
            # It has to get somewhere before it may be killed again.
            while victim.is_running and len(victim.acknowledged) == before:
                pause.wait(0.005)

    rolled_back = sum(writer.rolled_back for writer in killed)
    record_property("rolled_back", rolled_back)
    record_property("kills", done)
    check_acknowledged(postgres_url, killed)
    assert check_whole(postgres_url)[0] == EVENTS_A_COMMAND * writers * commands
    assert all(len(writer.acknowledged) == commands for writer in killed)
    assert rolled_back >= rollbacks


def test_two_ledgers_written_at_once_never_touch(empty_postgres_url: str):
    """R7: two ledgers in one database, the same accounts and keys at once: each whole, alone."""
    service = as_service(empty_postgres_url)
    events = 400
    for prefix in ("north_", "south_"):
        migrate(empty_postgres_url, Schemas.prefixed(prefix), service_url=service)
    north, south = (
        many(service, 1, 4, events // EVENTS_A_COMMAND, prefix=prefix)
        for prefix in ("north_", "south_")
    )

    with (
        watching(service, events, Schemas.prefixed("north_")),
        watching(service, events, Schemas.prefixed("south_")),
        writing([*north, *south]),
    ):
        pass

    for prefix in ("north_", "south_"):
        assert check_whole(service, Schemas.prefixed(prefix))[0] == events
