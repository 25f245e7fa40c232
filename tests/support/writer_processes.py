"""Writers as processes: they append with delays, force rollbacks, and can be killed and go on.

`python -m tests.support.writer_processes OPTIONS` writes the keys NAME-0, NAME-1 … and prints a
line of JSON for each that was acknowledged. A writer that was killed is started again with
`--first`: it sends the key that was under way once more, as a caller does who has kept it.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from ledger.clock import SystemClock
from ledger.store.drafts import Appended, Decision, Repeated
from ledger.store.judging import Writes
from ledger.store.postgres.pool import Connection
from ledger.store.postgres.schemas import Schemas
from ledger.store.postgres.store import PostgresStore
from tests.support.store_samples import decision, draft, number_given

EVENTS_A_COMMAND = 2


class RolledBack(Exception):
    """A transaction that was given up after all was written, on purpose."""


class Unsteady(PostgresStore):
    """A store that dawdles between the giving of positions and the commit, and gives up at times.

    `delay_ms` is the longest delay, `rollbacks` the part of appends that are rolled back.
    """

    chance = random.Random(0)
    delay_ms = 0.0
    rollbacks = 0.0

    def _write(self, connection: Connection, writes: Writes) -> None:
        super()._write(connection, writes)
        if self.delay_ms:
            Event().wait(self.chance.uniform(0, self.delay_ms) / 1000)
        if self.chance.random() < self.rollbacks:
            raise RolledBack


def command(key: str, account: str) -> Decision:
    """A command with a fact of its account and a number of the one series: two events."""
    answer = json.dumps({"key": key}).encode()
    return decision(key, draft(key, f"account/{account}"), number_given(key), answer=answer)


def told(found: Appended | Repeated, key: str, rolled_back: int) -> str:
    """What a writer prints of an acknowledged command."""
    repeated = isinstance(found, Repeated)
    return json.dumps(
        {
            "key": key,
            "first": found.first_position,
            "last": found.last_position,
            "repeated": repeated,
            "answer": found.answer.decode() if repeated else None,
            "rolled_back": rolled_back,
        }
    )


def write(options: argparse.Namespace) -> None:
    """Write this process's commands from the first on, over its threads."""
    store = Unsteady(
        options.url, SystemClock(), Schemas.prefixed(options.prefix), pool_size=options.threads
    )
    store.chance = random.Random(f"{options.seed}/{options.name}/{options.first}")
    store.delay_ms, store.rollbacks = options.delay_ms, options.rollbacks
    printing = Lock()
    step = options.batch * options.threads

    def work(thread: int) -> None:
        for start in range(options.first + thread * options.batch, options.count, step):
            keys = [
                f"{options.name}-{n}"
                for n in range(start, min(start + options.batch, options.count))
            ]
            batch = [command(key, options.name) for key in keys]
            rolled_back = 0
            while True:
                try:
                    verdicts = store.append(batch)
                    break
                except RolledBack:
                    rolled_back += 1
            lines = [
                told(verdict, key, 0 if index else rolled_back)
                for index, (verdict, key) in enumerate(zip(verdicts, keys, strict=True))
                if isinstance(verdict, (Appended, Repeated))
            ]
            with printing:
                print("\n".join(lines), flush=True)  # noqa: T201 - how it answers

    with store, ThreadPoolExecutor(options.threads) as threads:
        list(threads.map(work, range(options.threads)))


@dataclass
class Writer:
    """A process that writes, and what it has been told."""

    url: str
    name: str
    count: int
    options: dict[str, Any] = field(default_factory=dict)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    process: "subprocess.Popen[str] | None" = None
    reader: Thread | None = None

    def start(self, url: str | None = None) -> None:
        """Begin, or go on with the first key that was not acknowledged."""
        first = next(
            n for n in range(self.count + 1) if f"{self.name}-{n}" not in self.acknowledged
        )
        given = {"url": url or self.url, "name": self.name, "count": self.count, "first": first}
        words = [f"--{name}={value}" for name, value in (given | self.options).items()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.writer_processes", *words],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("}\n"):
                answer = json.loads(line)
                self.acknowledged.setdefault(answer["key"], answer)

    def kill(self) -> None:
        """End it as a crash would, wherever it is."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.join()

    def join(self) -> int:
        """Wait for its end; its exit code."""
        assert self.process is not None
        assert self.reader is not None
        code = self.process.wait()
        self.reader.join()
        return code

    @property
    def is_running(self) -> bool:
        """Whether it still writes."""
        return self.process is not None and self.process.poll() is None

    @property
    def rolled_back(self) -> int:
        """How many of its transactions were rolled back, of those that it could tell of."""
        return sum(answer["rolled_back"] for answer in self.acknowledged.values())


@contextmanager
def writing(writers: Sequence[Writer]) -> Iterator[None]:
    """The writers at work; at the end each of them has to have ended well."""
    for writer in writers:
        writer.start()
    try:
        yield
        assert [writer.join() for writer in writers] == [0] * len(writers)
    finally:
        for writer in writers:
            if writer.is_running:
                writer.kill()


def main() -> None:
    """Read the options and write."""
    parser = argparse.ArgumentParser()
    for name in ("url", "name"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--prefix", default="")
    for name, default in (("count", 0), ("first", 0), ("threads", 1), ("batch", 1), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("delay-ms", "rollbacks"):
        parser.add_argument(f"--{name}", type=float, default=0)
    write(parser.parse_args())


if __name__ == "__main__":
    main()
