"""What each row of the log carries to prove itself: the hash of its bytes, and a chain of them.

`leaf` is the SHA-256 of the row's stored bytes (the leaf of an RFC 6962 tree), `chain` that of the
chain of the row before and the leaf. Both are made in the append. The format, so that a verifier
who has none of this code can compute them, is in `docs/store.md`; it never changes.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from ledger.store.drafts import Stored

EVENT = attrgetter(*Stored.__slots__)
"""The values of an event, in the order of the columns of its row."""

GENESIS = bytes(32)
"""The chain before the first row."""

COLUMNS: tuple[str, ...] = tuple(Stored.__slots__)
"""The names of a row's values, in the order in which `leaf_of` takes them."""

RAW = ("actor", "command", "data")
"""The values that are bytes: they follow the envelope, each with its length."""

_NOTHING = b"\xff" * 8
"""Stands for the length of bytes that are not there."""


class Seal(NamedTuple):
    """A row's hash, and the chain up to and with that row; 32 bytes each."""

    leaf: bytes
    chain: bytes


class SealedRow(NamedTuple):
    """A row as it is stored, `values` in the order of `COLUMNS`, with the seal it carries."""

    values: tuple[Any, ...]
    seal: Seal


def stored_bytes(values: Sequence[Any]) -> bytes:
    """The one text of a row: its envelope as JSON, then actor, command and data, as stored."""
    row = dict(zip(COLUMNS, values, strict=True))
    raw = [row.pop(name) for name in RAW]
    envelope = {name: _text(value) for name, value in row.items() if value is not None}
    text = json.dumps(envelope, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return b"".join(_with_length(part) for part in [text.encode(), *raw])


def leaf_of(values: Sequence[Any]) -> bytes:
    """The hash of a row; `values` in the order of `COLUMNS`."""
    return sha256(b"\x00" + stored_bytes(values)).digest()


def chained(before: bytes, leaf: bytes) -> bytes:
    """The chain with one more row."""
    return sha256(b"\x01" + before + leaf).digest()


def seals(rows: Iterable[Sequence[Any]], before: bytes) -> list[Seal]:
    """The seals of rows that follow one another; `before` is the chain of the row before them."""
    found: list[Seal] = []
    for values in rows:
        leaf = leaf_of(values)
        before = chained(before, leaf)
        found.append(Seal(leaf, before))
    return found


def _with_length(part: bytes | None) -> bytes:
    return _NOTHING if part is None else len(part).to_bytes(8, "big") + part


def _text(value: Any) -> str | int:
    """A value of the envelope as JSON has it: numbers and truth as they are, the rest as text."""
    match value:
        case datetime():
            instant = value.astimezone(UTC).replace(tzinfo=None)
            return f"{instant.isoformat(timespec='microseconds')}Z"
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case int() | str():
            return value
        case _:
            raise TypeError(f"a row of the log holds no {type(value).__name__}")
