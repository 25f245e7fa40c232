"""How fast ready decisions are appended, in a new log and in a long one."""

from collections.abc import Iterator
from itertools import count, islice

import psycopg

from tests.bench.figures import Figure, Setting
from tests.bench.measuring import Measured, Sample, in_turns, repeated
from tests.bench.service import (
    TEMPLATE,
    Opened,
    Rehearsal,
    assigning,
    copied,
    opened,
    opening,
    raw,
)
from tests.support.postgres import as_superuser, at

BATCH = 1000
ACCOUNTS = 10_000
"""Over how many accounts a long log is spread."""

_COLUMNS = "id, stream, type, account, actor, command_id, command, data, effective_at"
_TABLE = """
create table raw (position bigserial primary key, id uuid, stream text, type text, account text,
actor bytea, command_id text, command bytea, data bytea, effective_at timestamptz)
"""


class Ready:
    """Decisions of one fact each, without end, spread over accounts."""

    def __init__(self) -> None:
        rehearsal = Rehearsal()
        for command in opening(TEMPLATE, 10):
            rehearsal.send(command)
        rehearsal.take()
        rehearsal.send(assigning(TEMPLATE, 1))
        (self._decision,) = rehearsal.take()
        self._numbers = count()

    def __iter__(self) -> Iterator:
        for number in self._numbers:
            account = f"c{number % ACCOUNTS:08d}"
            yield copied(self._decision, account, f"ready-{number}", alone=True)

    def batch(self, size: int = BATCH) -> list:
        """The next ones."""
        return list(islice(self, size))


def appending(setting: Setting) -> Measured:
    """Batches of a thousand, against COPY of the same bytes into a table without rules."""
    url = setting.server.ledger()
    table = as_superuser(setting.server.empty())
    at(table, _TABLE)
    ready, batches = Ready(), max(1, round(setting.seconds * 3))
    with opened(url) as service, psycopg.connect(table) as connection:

        def ours() -> Sample:
            waiting = [ready.batch() for _ in range(batches)]
            return repeated(batches, lambda: service.append(waiting.pop()))

        def copying(rows: list) -> int:
            with connection.cursor().copy(f"copy raw ({_COLUMNS}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.commit()
            return len(rows)

        def baseline() -> Sample:
            waiting = [[row for one in ready.batch() for row in raw(one)] for _ in range(batches)]
            return repeated(batches, lambda: copying(waiting.pop()))

        return in_turns({"service": ours, "COPY": baseline}, setting.pairs)


def grown(service: Opened, url: str, events: int) -> Ready:
    """Append until a log has so many events; what may be appended next."""
    ready = Ready()
    for _ in range(max(1, events // BATCH)):
        service.append(ready.batch(min(BATCH, events)))
    at(as_superuser(url), "vacuum analyze")
    return ready


def growing(setting: Setting) -> Measured:
    """Batches of 64 in a long log and in a short one."""
    long, short = setting.server.ledger(), setting.server.ledger()
    batches = max(4, round(setting.seconds * 20))
    with opened(long) as large, opened(short) as small:
        after_many = grown(large, long, setting.log)
        after_few = grown(small, short, setting.small_log)

        def work(service: Opened, ready: Ready) -> Sample:
            waiting = [ready.batch(64) for _ in range(batches)]
            return repeated(batches, lambda: service.append(waiting.pop()))

        works = {
            f"at {setting.log:,} events": lambda: work(large, after_many),
            f"at {setting.small_log:,}": lambda: work(small, after_few),
        }
        return in_turns(works, setting.pairs)


FIGURES = (
    Figure("append", "append of ready decisions, batches of 1,000", "events/s",
           "25,000/s", appending),
    Figure("append_long", "append of 64 ready decisions, long log and short", "events/s",
           "0.95x", growing),
)  # fmt: skip
