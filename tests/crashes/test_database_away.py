"""A database that goes away, or runs out of room, under a service that is in use.

What was acknowledged is there, what could not be done was answered 503 with `Retry-After` and is
done by its key later, and views, due work and letters go on, all without a restart of the service.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import psycopg
import pytest

from ledger.clock import Deadline, SystemClock
from ledger.verifying import verify_database
from tests.crashes.test_service_killed import check_log
from tests.support.own_postgres import Database, database, in_folder, small_disk
from tests.support.postgres import at
from tests.support.service_process import Client, Served, clients, send, served
from tests.support.shop import plan, shop

READS = ("/v1/accounts", "/v1/subscriptions/c0/seats", "/v1/renewals", "/v1/health")
SOON_MS = 60_000


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so, a minute at most."""
    deadline = Deadline(SOON_MS)
    while not is_so():
        if not deadline.left_ms():
            pytest.fail(f"in vain: {what}")
        Event().wait(0.05)


def until_all_go_on(writing: list[Client]) -> None:
    """Wait until every client has been answered once more."""
    seen = [len(client.answered) for client in writing]
    until(
        lambda: all(len(c.answered) > n for c, n in zip(writing, seen, strict=True)),
        "every client is answered",
    )


def add_seat(http: httpx2.Client, service: Served, key: str) -> httpx2.Response:
    """Send one command under a key."""
    answer = send(http, service.address, "AddSeats", key, {"subscription": "c0", "quantity": 1})
    assert answer is not None
    return answer


def tried(http: httpx2.Client, service: Served, *keys: str) -> list[httpx2.Response]:
    """What commands under these keys, and reads, are answered, all at once."""
    with ThreadPoolExecutor() as pool:
        done = [pool.submit(add_seat, http, service, key) for key in keys]
        done += [pool.submit(http.get, path) for path in READS]
        return [one.result() for one in done]


def check_told(answer: httpx2.Response) -> None:
    """See that an answer says when to come back, and nothing of what went wrong inside."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    problem = answer.json()
    assert problem["code"] == "service.unavailable"
    assert problem["detail"] == "The service cannot be reached for the moment."
    assert "Idempotency-Key" in problem["remedy"]


def check_goes_on(db: Database, service: Served, http: httpx2.Client) -> None:
    """See that due work is done, letters go and views follow, though nobody asks for it."""
    then = (SystemClock().now() - timedelta(days=40)).isoformat()
    opening = {"account": "late", "email": "l@late.example", "country": "US", "at": then}
    buying = {"account": "late", "subscription": "late", "plan": "desk", "seats": 1, "at": then}
    commands: list[tuple[str, dict[str, Any]]] = [
        ("PublishPlan", {"catalogue": shop(desk=plan(term={"months": 1}))}),
        ("OpenAccount", opening | {"catalogue": "desks"}),
        ("StartSubscription", buying | {"payment_method": "card"}),
    ]
    for command, fields in commands:
        answer = send(http, service.address, command, f"late-{command}", fields)
        assert answer is not None
        assert answer.status_code == 200, answer.text
    renewed = "select count(*) from log.events where account = 'late' and command_id like 'due/%'"
    until(lambda: at(db.url, renewed) != [(0,)], "the renewal is written")
    head = "select max(position) from log.events"
    views = "select min(position) from views.checkpoints"
    until(lambda: at(db.url, head) == at(db.url, views), "the views follow")
    waiting = "select count(*) from views.mail_letters where status <> 'sent'"
    mail = "select position from views.mail_progress"
    until(lambda: at(db.url, head) == at(db.url, mail), "the letters are taken")
    until(lambda: at(db.url, waiting) == [(0,)], "the letters are sent")
    assert at(db.url, "select count(*) from views.mail_letters") == [
        (len(list(service.mail.iterdir())),)
    ]


def fill_the_journal(db: Database) -> None:
    """Begin piece after piece of the journal until one finds no room; some lie ready."""
    for _ in range(20):
        at(db.superuser_url, "select pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()")


def goes_away(tmp_path: Path, count: int, away_s: int) -> None:
    """Let the database be away for so many seconds under so many clients."""
    with (
        database() as db,
        served(db.url, tmp_path, SEATLEDGER_TICK_SECONDS="1") as service,
        httpx2.Client(base_url=service.address, timeout=30) as http,
    ):
        with clients(service, count) as writing:
            until_all_go_on(writing)
            assert add_seat(http, service, "before").status_code == 200
            db.stop()
            away = Deadline(away_s * 1000)
            told = tried(http, service, "before", "during")
            Event().wait(away.left_ms() / 1000)
            db.start()
            until_all_go_on(writing)
            for answer in [*told, *(answer for one in writing for answer in one.failed)]:
                check_told(answer)
            assert add_seat(http, service, "before").headers["idempotency-replayed"] == "true"
            assert add_seat(http, service, "during").status_code == 200
        check_goes_on(db, service, http)
        assert check_log(db.url, writing) > count
        assert verify_database(db.url).findings == ()


@pytest.mark.rule("ALL-03", "ALL-05")
@pytest.mark.timeout(300)
def test_a_database_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    """Cut off for some seconds: clear errors, nothing lost, and all goes on by itself."""
    goes_away(tmp_path, 4, 1)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_database_that_is_away_for_a_minute(tmp_path: Path) -> None:
    """The same with 16 clients, for a minute."""
    goes_away(tmp_path, 16, 60)


@pytest.mark.rule("ALL-03", "ALL-05")
@pytest.mark.timeout(300)
def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """Without room commands are answered 503, reads go on, and all goes on with new room."""
    with (
        small_disk(160) as disk,
        in_folder(disk.folder / "data") as db,
        served(db.url, tmp_path, SEATLEDGER_TICK_SECONDS="1") as service,
        httpx2.Client(base_url=service.address, timeout=30) as http,
    ):
        with clients(service, 4) as writing:
            until_all_go_on(writing)
            disk.fill()
            until(lambda: all(client.failed for client in writing), "every client is told")
            reads = [http.get(path).status_code for path in READS]
            disk.free()
            until_all_go_on(writing)
        assert reads == [200] * len(READS)
        for answer in [answer for one in writing for answer in one.failed]:
            check_told(answer)
        check_goes_on(db, service, http)
        check_log(db.url, writing)
        assert verify_database(db.url).findings == ()


@pytest.mark.timeout(300)
def test_a_database_of_our_own_that_a_full_disk_stops(tmp_path: Path) -> None:
    """PostgreSQL gives up where there is no room for its journal: the service starts it again."""
    with small_disk(160) as disk, in_folder(disk.folder / "data") as db:
        own = {"SEATLEDGER_DATA_FOLDER": str(db.folder), "SEATLEDGER_TICK_SECONDS": "1"}
        with (
            served(None, tmp_path, **own) as service,
            httpx2.Client(base_url=service.address, timeout=30) as http,
        ):
            with clients(service, 4) as writing:
                until_all_go_on(writing)
                disk.fill()
                with pytest.raises(psycopg.OperationalError):
                    fill_the_journal(db)
                until(lambda: not (db.folder / "postmaster.pid").exists(), "the server stops")
                told = tried(http, service, "full")
                disk.free()
                until_all_go_on(writing)
            for answer in [*told, *(answer for one in writing for answer in one.failed)]:
                check_told(answer)
            assert add_seat(http, service, "full").status_code == 200
            check_goes_on(db, service, http)
            service.stop()
        check_log(db.url, writing)
        assert verify_database(db.url).findings == ()
