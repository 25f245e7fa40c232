"""Logs as earlier versions stored them, byte for byte, and what they are folded into.

`NAME.ndjson` holds the rows of a log and is never changed: a version that stores facts otherwise
adds a file. `NAME.json` holds the hashes of what the rows come to. A fold that comes to something
else needs another version of the state or the projection, so that what was kept of the old one is
made anew; `python -m tests.golden` then writes the hashes.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from commands.state.account import STATE_VERSION, AccountState, initial
from ledger.clock import SystemClock
from ledger.codec.mapper import recorded
from ledger.states.cache import folded
from ledger.states.snapshots import encode
from ledger.store.contract import account_stream
from ledger.store.postgres import statements
from ledger.store.postgres.store import PostgresStore
from ledger.views.tables import Views, row_json
from projections.registry import ALL_PROJECTIONS

FOLDER = Path(__file__).parent
NAMES: Sequence[str] = sorted(path.stem for path in FOLDER.glob("*.ndjson"))
KINDS = tuple(kind for projection in ALL_PROJECTIONS for kind in projection.kinds)
STEP = 3
"""After how many facts the rows are looked at."""

_BYTES = {"actor", "command", "state"}


def rows(name: str) -> Iterator[dict[str, Any]]:
    """The rows of a log, a column a key."""
    with (FOLDER / f"{name}.ndjson").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def store(url: str, name: str) -> None:
    """Put the rows of a log into an empty ledger as they are, seals and all."""
    columns = [column.strip() for column in statements.SEALED_COLUMNS.split(",")]
    places = ", ".join(["%s"] * len(columns))
    insert = f"insert into log.events ({', '.join(columns)}) values ({places})"
    with psycopg.connect(url) as connection:
        for row in rows(name):
            given = {key: text.encode() for key, text in row.items() if key in _BYTES and text}
            given |= {key: bytes.fromhex(row[key]) for key in ("leaf", "chain")}
            connection.execute(insert.encode(), [(row | given)[column] for column in columns])


def come_to(url: str) -> dict[str, Any]:
    """What a stored log is folded into on its way: versions, and hashes of states and rows.

    States count after each fact, rows after every few of them: most of what happens is undone or
    over before the end.
    """
    states: dict[str, AccountState] = defaultdict(initial)
    digests: dict[str, Any] = defaultdict(sha256)
    with PostgresStore(url, SystemClock(), pool_size=2) as log, Views(url) as views:
        stored = log.read_log(limit=10_000)
        events = [recorded(one) for one in stored]
        for one in stored:
            if one.account is not None and one.stream == account_stream(one.account):
                states[one.account] = folded(states[one.account], [one])
                digests[one.account].update(encode(states[one.account]))
        for upto in [*range(STEP, len(events), STEP), len(events)]:
            views.catch_up(lambda after, limit: events[after : after + limit], upto)
            for kind in KINDS:
                for row in views.page(kind, limit=10_000):
                    digests[kind.TABLE].update(f"{row_json(row)}\n".encode())
    return {
        "state": {
            "version": STATE_VERSION,
            "accounts": {name: digests[name].hexdigest() for name in states},
        },
        "projections": {one.name: one.version for one in ALL_PROJECTIONS},
        "rows": {kind.TABLE: digests[kind.TABLE].hexdigest() for kind in KINDS},
    }
