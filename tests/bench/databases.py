"""A throw-away PostgreSQL that keeps its promises (fsync on), and what it does without us."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.host.embedded import PROGRAMS, start
from ledger.store.postgres.migrating import migrate
from tests.bench.measuring import Sample
from tests.support.postgres import as_owner, as_service, as_superuser, at

_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
ROW = "x" * 400
"""About what one small fact weighs with its envelope."""


class Server:
    """A server of its own, with as many databases as one likes."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._numbers = count(1)
        self.folder = folder

    def empty(self) -> str:
        """A database without tables; the address for the superuser."""
        name = f"bench_{next(self._numbers)}"
        at(self._url, f"create database {name} owner seatledger_owner")
        return make_conninfo(self._url, dbname=name)

    def ledger(self) -> str:
        """A database with the tables of a ledger; the address for the role that serves."""
        url = as_service(self.empty())
        migrate(as_owner(url), service_url=url)
        return url

    def drop(self, url: str) -> None:
        """Drop a database."""
        at(self._url, f"drop database {conninfo_to_dict(url)['dbname']} with (force)")

    def setting(self, name: str) -> str:
        """A setting of the server."""
        return str(at(self._url, f"show {name}")[0][0])


@contextmanager
def server() -> Iterator[Server]:
    """Start a server for as long as it is measured."""
    with TemporaryDirectory(prefix="seatledger-bench-") as folder, start(Path(folder)) as running:
        yield Server(running.superuser_url, Path(folder))


class SingleRows:
    """`pgbench`: a transaction of one small row with a key, again and again."""

    def __init__(self, server: Server, clients: int, seconds: float) -> None:
        self._url = as_superuser(server.empty())
        self._clients = clients
        self._seconds = max(1, round(seconds))
        self._script = server.folder / "single_rows.sql"
        self._script.write_text(f"insert into rows (data) values ('{ROW}');\n", encoding="utf-8")
        at(self._url, "create table rows (id bigserial primary key, data text not null)")

    def __call__(self) -> Sample:
        """Run it for some seconds."""
        command = [str(PROGRAMS / "pgbench"), "--no-vacuum", "--protocol=prepared"]
        command += [f"--file={self._script}", f"--time={self._seconds}"]
        command += [f"--client={self._clients}", f"--jobs={min(2, self._clients)}", self._url]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = _TPS.search(told)
        if found is None:
            raise ValueError(f"pgbench does not say how fast it was:\n{told}")
        return Sample(float(found[1]))
