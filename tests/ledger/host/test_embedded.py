"""The embedded server: found by others, stopped by the last, and its data kept."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from ledger.clock import SystemClock
from ledger.host import embedded
from ledger.host.embedded import OWNER, SERVICE
from ledger.store.postgres.migrating import migrate
from ledger.store.postgres.roles import may_change_the_log, role_of
from ledger.store.postgres.store import PostgresStore
from tests.support.store_samples import one

ANOTHER = """
import sys
from pathlib import Path
from ledger.host.embedded import start
import psycopg
with start(Path(sys.argv[1])) as server, psycopg.connect(server.url) as connection:
    print(connection.execute("select count(*) from log.events").fetchone()[0])
"""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder outside pytest's own, which each run of pytest closes to the server's user."""
    with TemporaryDirectory(prefix="seatledger-") as folder:
        yield Path(folder)


def another_process(folder: Path) -> str:
    """What a second process sees that starts the server of the same folder."""
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_data_survives_and_processes_share_the_server(tmp_path: Path):
    """A second process finds the running server and leaves it running; data outlives a stop."""
    folder = tmp_path / "a folder" / "postgres"
    with embedded.start(folder) as server:
        assert server.folder == folder
        migrate(server.migration_url, service_url=server.url)
        with PostgresStore(server.url, SystemClock()) as store:
            store.append([one("k1")])
            assert another_process(folder) == "1"
            assert store.head() == 1
        assert [role_of(url) for url in (server.url, server.migration_url)] == [SERVICE, OWNER]
        assert not may_change_the_log(server.url)
        url = server.url
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)

    assert another_process(folder) == "1"


def test_killed_processes_do_not_keep_the_server_running(tmp_path: Path):
    """A process that was killed is struck from the users, so that the last one stops it."""
    with embedded.start(tmp_path / "postgres") as server:
        server._server.global_process_id_list.get_and_add(2**22 - 3)
        embedded._forget_the_dead(server)

        assert server._server.global_process_id_list.get() == [os.getpid()]
        url = server.url
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_folder_that_cannot_be_is_named(tmp_path: Path):
    """Where a file stands there is no folder: the message says where and what to do."""
    (tmp_path / "file").write_text("")

    with pytest.raises(embedded.EmbeddedFailed, match="SEATLEDGER_DATABASE_URL"):
        embedded.start(tmp_path / "file" / "postgres")


def test_a_folder_of_another_version_is_refused(tmp_path: Path):
    """Data of another major version is left alone, and the message names pg_upgrade."""
    (tmp_path / "PG_VERSION").write_text("9\n")

    with pytest.raises(embedded.EmbeddedFailed, match="pg_upgrade"):
        embedded.start(tmp_path)


def test_a_server_that_does_not_start_says_why(tmp_path: Path):
    """What is in the folder is no database: the server's own words are in the message."""
    with embedded.start(tmp_path / "postgres"):
        pass
    (tmp_path / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(embedded.EmbeddedFailed, match="no_such_setting"):
        embedded.start(tmp_path / "postgres")


def test_the_default_folder_is_the_user_s_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """An ordinary user's data lies in her data folder, and root's where no home is opened."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert embedded.default_folder() == tmp_path / "seatledger" / "postgres"

    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert embedded.default_folder() == embedded.ROOT_FOLDER
