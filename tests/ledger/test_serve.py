"""The service as a process: it starts, follows, does the due work by itself, and ends cleanly."""

import json
import logging
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import psycopg
import pytest
import structlog
from pydantic import TypeAdapter, ValidationError

from ledger import logs
from ledger.catalogues.files import load
from ledger.catalogues.publishing import publication, publish_shipped
from ledger.clock import FixedClock
from ledger.host.opened import on_database, open_ledger
from ledger.serve import PortTaken, background, listen
from ledger.settings import Settings
from ledger.writer import SELLER, Intent

OWNER = "owner@acme.example"
START = datetime(2020, 6, 25, 9, tzinfo=UTC)
ADDRESS = re.compile(r"http://127\.0\.0\.1:[0-9]+")


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Set the logs back: a later test must not write into what this one captured."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@contextmanager
def started(*words: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A `seatledger` that serves, and the lines that it printed until then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Stop with"):
                break
        yield process, lines
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(postgres_url: str, sign: signal.Signals):
    """It says where it is and for whom, publishes the shipped catalogues, and ends with 0."""
    with started("--url", postgres_url, "serve", "--port", "0") as (process, lines):
        said = "".join(lines)
        address = ADDRESS.search(said)
        assert address is not None, said
        health = httpx2.get(f"{address[0]}/v1/health").json()
        process.send_signal(sign)
        out, err = process.communicate(timeout=30)

    assert "for this computer only" in said
    assert "expressvpn" in said
    assert health["status"] == "ok"
    assert health["head"] > 0
    assert (process.returncode, out, err) == (0, "Stopped.\n", "")


def test_it_brings_a_postgresql_of_its_own_and_stops_it(tmp_path: Path):
    """Without an address data lies in the folder that it names; no server is left behind."""
    folder = tmp_path / "data"
    with started("--data-folder", str(folder), "serve", "--demo", "--port", "0") as found:
        process, lines = found
        assert str(folder) in "".join(lines)
        assert "Loaded the demo" in "".join(lines)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    assert process.returncode == 0
    assert not (folder / "postmaster.pid").exists()


def test_a_port_that_is_taken_is_told(postgres_url: str):
    """The usual port gives way to the next one; one that was asked for does not."""
    with listen(0, exactly=True) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=str(number)):
            listen(number, exactly=True)
        with listen(number, exactly=False) as other:
            assert other.getsockname()[1] > number
        done = subprocess.run(
            [sys.executable, "-m", "ledger", "--url", postgres_url, "serve", "--port", str(number)],
            capture_output=True,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stdout) == (1, "")
    assert f"port {number} is taken" in done.stderr


def test_it_listens_on_this_computer_alone():
    """The socket is bound to the loopback address."""
    with listen(0, exactly=True) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"
        assert bound.family is socket.AF_INET


@pytest.mark.rule("ALL-05")
def test_due_work_is_done_and_seen_without_anybody_asking(postgres_url: str):
    """A renewal is written when its day has come, and the views show it."""
    clock = FixedClock(START)
    with on_database(postgres_url, "a test", clock) as ledger:
        ledger.service.handle(publication(load("goto")))
        opening = {"account": "acme", "email": OWNER, "country": "FR", "vat_number": None}
        ledger.service.handle(Intent("OpenAccount", opening, OWNER))
        buying = {"account": "acme", "subscription": "s", "plan": "webinar-1m", "seats": 1,
                  "payment_method": "card"}  # fmt: skip
        done = ledger.service.handle(Intent("StartSubscription", buying, SELLER))
        clock.set(datetime(2020, 7, 25, 12, tzinfo=UTC))

        with background(ledger, Settings(tick_seconds=1)):
            assert ledger.store.wait(done.position + 1, 20_000)
            head = ledger.store.head()
            standing = ledger.reading.live(head)

        assert standing.position >= head
        assert ledger.service.state("acme").subscriptions["s"].term.number == 2


def test_threads_survive_a_database_that_goes_away(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
):
    """What fails is logged once, and work goes on when the database is back."""
    logs.configure()
    clock = FixedClock(START)
    with on_database(postgres_url, "a test", clock, 2) as ledger:
        publish_shipped(ledger.service)
        with background(ledger, Settings(tick_seconds=1)):
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )
            opening = {"account": "a", "email": OWNER, "country": "FR", "catalogue": "goto"}
            answer = ledger.service.handle(Intent("OpenAccount", opening, OWNER))
            assert ledger.reading.live(answer.position).position >= answer.position

    for line in capsys.readouterr().err.splitlines():
        assert OWNER not in line


def test_logs_are_json_without_any_address(capsys: pytest.CaptureFixture[str]):
    """An address is struck out wherever it stands: in texts, in values, in exceptions."""
    logs.configure()
    error = ValueError(f"no seat for {OWNER}")
    logs.logger().error("seat_failed", who=OWNER, among=[{"mail": OWNER}], exc_info=error)

    text = capsys.readouterr().err
    line = json.loads(text)
    assert (line["event"], line["level"], line["who"]) == ("seat_failed", "error", "[address]")
    assert "no seat for [address]" in line["exception"]
    assert OWNER not in text


def test_logs_do_not_quote_what_errors_quote(postgres_url: str, capsys: pytest.CaptureFixture[str]):
    """A name in a database's or a validation's error does not reach the log; the reason does."""
    logs.configure()
    name = "Zoë Abendroth"
    row = "insert into log.people values ('a', 'p', null, 'k', 'e', %s)"
    with psycopg.connect(postgres_url) as connection:
        try:
            connection.execute(row, [name])
        except psycopg.errors.NotNullViolation as error:
            logs.logger().error("writing_failed", exc_info=error)
    try:
        TypeAdapter(int).validate_python(name)
    except ValidationError as error:
        logs.logger().error("reading_failed", exc_info=error)

    first, second = (json.loads(one)["exception"] for one in capsys.readouterr().err.splitlines())
    assert "violates not-null constraint" in first
    assert "DETAIL: [values]" in first
    assert "input_value=[values]" in second
    assert name not in first + second


def test_an_open_ledger_has_its_tables(empty_postgres_url: str):
    """A database without tables gets them on opening, and what it is called holds no password."""
    settings = Settings(database_url=empty_postgres_url)

    with open_ledger(settings) as ledger:
        assert ledger.store.head() == 0
        assert ledger.reading.catch_up() == 0
        assert "password" not in ledger.place
