"""The page for operators is true: its commands run, its backups restore, its settings exist.

A session makes a dump, a base backup and a journal, makes a mistake, and goes back to before it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from ledger.clock import SystemClock
from ledger.host.embedded import start
from ledger.host.opened import on_database
from ledger.settings import Settings
from ledger.store.postgres.roles import may_change_the_log
from ledger.store.postgres.store import PostgresStore
from ledger.store.sealing import SealedRow
from ledger.verifying import verify_database
from ledger.writer import SELLER, Intent
from tests.support import console
from tests.support.console import ROOT

PAGE = ROOT / "docs" / "operate.md"


class Ledger(NamedTuple):
    """A ledger as it lies in a folder: its rows with their seals, and what a verification found."""

    rows: list[SealedRow]
    recorded_at: list[datetime]
    is_whole: bool


def ledger_in(folder: Path) -> Ledger:
    """The ledger of a folder, whole as it is."""
    with start(folder) as server, PostgresStore(server.url, SystemClock()) as store:
        rows = store.read_sealed(limit=10_000)
        times = [stored.recorded_at for stored in store.read_log(limit=10_000)]
        return Ledger(rows, times, verify_database(server.url).findings == ())


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder in which all commands of the page were run, in order, with the output shown."""
    with TemporaryDirectory(prefix="operate-") as name:
        kept = {key: os.environ[key] for key in ("LANG", "LC_ALL", "TMPDIR") if key in os.environ}
        environment = kept | {
            "HOME": name,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "SEATLEDGER_DATA_FOLDER": f"{name}/data",
        }
        # As root the server is another user, who must be able to write to the folder `wal`.
        umask = 0 if os.geteuid() == 0 else -1
        for shown in [shown for session in console.sessions(PAGE) for shown in session]:
            code, came = console.run(shown, environment, Path(name), umask)
            said = "\n".join([str(shown), *came])
            assert code == 0, said
            assert console.agrees(shown.output, came), said
        yield Path(name)


@pytest.fixture(scope="module")
def ledgers(folder: Path) -> tuple[Ledger, Ledger, Ledger]:
    """The ledger of the page, the one restored from its dump, and the one brought back."""
    now, dumped, back = (ledger_in(folder / name) for name in ("data", "restored", "back"))
    return now, dumped, back


@pytest.mark.timeout(600)
def test_what_is_restored_is_the_ledger(
    folder: Path, ledgers: tuple[Ledger, Ledger, Ledger]
) -> None:
    """The dump holds all up to the dump; the journal all up to the moment, and none after it."""
    moment = datetime.fromisoformat((folder / "moment").read_text().strip())
    kept = int((folder / "chain").read_text().partition(":")[0])
    now, dumped, back = ledgers
    before = [at for at in now.recorded_at if at <= moment]

    assert now.is_whole
    assert dumped.is_whole
    assert back.is_whole
    assert dumped.rows == now.rows[:kept]
    assert back.rows == now.rows[: len(before)]
    assert kept < len(back.rows) < len(now.rows)


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("ledgers")
def test_a_restored_ledger_goes_on(folder: Path) -> None:
    """The two roles have their rights in it, and the next event has the next position."""
    fields = {"subscription": "cascade-mail", "quantity": 1, "payment_method": "card"}
    with start(folder / "back") as server:
        with on_database(server.url, "a test", SystemClock(), 2) as ledger:
            head = ledger.store.head()
            answer = ledger.service.handle(Intent("AddSeats", fields, SELLER))
            ledger.reading.catch_up()

        assert answer.position == head + len(answer.events)
        assert not may_change_the_log(server.url)
        assert verify_database(server.url).findings == ()


def test_every_setting_is_on_the_page() -> None:
    """The table names each variable, with the value that holds when it is left out."""
    page = PAGE.read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if "| `SEATL" in line}

    assert set(rows) == {f"`SEATLEDGER_{name.upper()}`" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if field.default is not None:
            assert str(field.default) in rows[f"`SEATLEDGER_{name.upper()}`"]


def test_programs_of_postgresql_run_on_any_ledger(postgres_url: str) -> None:
    """They connect by the ledger's address, end with their own exit code, or are not known."""

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ledger", "--url", postgres_url, "postgres", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    found = ran("psql", "--tuples-only", "--no-align", "--command=select current_user")
    failed, unknown = ran("psql", "--command=select 1 / 0"), ran("pg_nothing")

    assert (found.returncode, found.stdout) == (0, "seatledger\n")
    assert (failed.returncode, unknown.returncode) == (1, 2)
    assert "no program pg_nothing" in unknown.stderr
