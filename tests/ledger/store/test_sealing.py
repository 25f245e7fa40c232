"""Leaf and chain: recomputed by the page that describes them, not by the code that makes them."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from ledger.clock import FixedClock
from ledger.store.plain import PlainRow
from ledger.store.postgres.store import PostgresStore
from ledger.store.sealing import COLUMNS, GENESIS, chained, leaf_of, seals
from tests.support.store_samples import START, decision, draft, one
from tests.support.tidiness import ROOT

PAGE = ROOT / "docs" / "store.md"

EXAMPLE: Mapping[str, Any] = {
    "id": UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
    "stream": "account/acme",
    "sequence": 1,
    "position": 1,
    "type": "SeatsAdded",
    "version": 1,
    "account": "acme",
    "subscription": "vpn",
    "account_sequence": 1,
    "effective_at": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    "effective_on": date(2026, 3, 1),
    "recorded_at": datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC),
    "actor": b'{"kind":"person","person":"p1"}',
    "command_id": "k1",
    "correlation_id": "k1",
    "causation_id": None,
    "command": None,
    "data": b'{"quantity":5}',
    "public": True,
}


def values(**changes: Any) -> tuple[Any, ...]:
    """The example's row, with changes, as the code takes it."""
    row = {**EXAMPLE, **changes}
    return tuple(row[name] for name in COLUMNS)


def outside_leaf(row: Mapping[str, Any]) -> bytes:
    """The leaf of a row of `log.events` as an outsider computes it who has only the page."""
    numbers = ("version", "position", "sequence", "account_sequence", "public")
    texts = ("account", "subscription", "stream", "command_id", "correlation_id", "causation_id")
    envelope = {name: row[name] for name in (*numbers, *texts)}
    envelope["type"] = row["topic"]
    envelope["id"] = None if row["id"] is None else str(row["id"])
    for name in ("effective_at", "recorded_at"):
        at = row[name] and row[name].astimezone(UTC)
        envelope[name] = at and f"{at.year:04}-{at:%m-%dT%H:%M:%S.%f}Z"
    envelope["effective_on"] = row["effective_on"] and f"{row['effective_on']:%Y-%m-%d}"
    held = {name: value for name, value in envelope.items() if value is not None}
    text = json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    whole = b"\x00"
    for part in (text.encode(), row["actor"], row["command"], row["state"]):
        whole += b"\xff" * 8 if part is None else len(part).to_bytes(8, "big") + part
    return hashlib.sha256(whole).digest()


def test_the_page_s_example_holds():
    """The leaf and the chain on the page are those of its example: the format never changes."""
    ((leaf, chain),) = seals([values()], GENESIS)

    assert re.findall(r"`([0-9a-f]{64})`", PAGE.read_text()) == [leaf.hex(), chain.hex()]


@pytest.mark.rule("ALL-10")
def test_an_outsider_recomputes_what_is_stored(postgres_url: str):
    """Leaf and chain of every stored row follow from its columns by the page alone."""
    late = START + timedelta(microseconds=1)
    with PostgresStore(postgres_url, FixedClock(late)) as store:
        strange = 'é"\\\n\x1f\u2028😀'
        store.append(
            [
                one("k1", subscription=strange, causation_id=strange, correlation_id=""),
                decision("k2", draft("k2", "catalogue/vpn", account=None, command=b"\x00\xff")),
            ]
        )
        store.insert_plain([PlainRow("plain", 0, "Plain", b"\xff"), PlainRow("plain", 1, "", b"")])
        store.append([one("k3", effective_at=datetime(1, 1, 1, tzinfo=UTC), public=False)])

    with psycopg.connect(postgres_url, row_factory=dict_row) as connection:
        rows = connection.execute("select * from log.events order by position").fetchall()
    before = bytes(32)
    for row in rows:
        assert row["leaf"] == outside_leaf(row), row["position"]
        before = hashlib.sha256(b"\x01" + before + row["leaf"]).digest()
        assert row["chain"] == before
    assert len(rows) == 5


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_counts(name: str):
    """A change of any stored value is another leaf, and so is its absence."""
    value = EXAMPLE[name]
    other: Any = {
        bool: False,
        int: 2,
        str: "other",
        bytes: b"other",
        UUID: UUID(int=1),
        date: date(2026, 3, 2),
        datetime: START + timedelta(days=1),
    }.get(type(value), "given" if name != "command" else b"given")

    leaves = {leaf_of(values()), leaf_of(values(**{name: other}))}
    if value is not None:
        leaves.add(leaf_of(values(**{name: None})))

    assert len(leaves) == (2 if value is None else 3)


def test_bytes_do_not_pass_from_one_part_to_the_next():
    """Each part has its length: moving a byte between two of them is another leaf."""
    assert leaf_of(values(actor=b"ab", command=b"c")) != leaf_of(values(actor=b"a", command=b"bc"))
    assert leaf_of(values(command=None)) != leaf_of(values(command=b""))


def test_an_instant_has_one_text():
    """The same instant in another zone is the same leaf."""
    paris = EXAMPLE["effective_at"].astimezone(timezone(timedelta(hours=1)))

    assert leaf_of(values(effective_at=paris)) == leaf_of(values())


def test_the_chain_depends_on_all_before():
    """Two rows in the other order end in another chain."""
    first, second = leaf_of(values()), leaf_of(values(position=2))

    assert chained(chained(GENESIS, first), second) != chained(chained(GENESIS, second), first)


def test_what_no_column_holds_has_no_leaf():
    """A value of a kind that the log does not know is an error, not a guess."""
    with pytest.raises(TypeError, match="holds no object"):
        leaf_of(values(subscription=object()))
