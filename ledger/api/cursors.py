"""Opaque cursors of keyset pages: the place after which the next page begins.

A page neither skips nor repeats while rows arrive, as a cursor names a row and no number of rows.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from ledger.api.errors import Problem
from ledger.reading.queries import Place
from projections.rows import Cursor

_POSITIONS = 2**63


def of_row(cursor: Cursor) -> str:
    """The cursor of a row in its list."""
    return _written(cursor)


def of_place(place: Place) -> str:
    """The cursor of an event."""
    return _written(place)


def row(text: str | None) -> Cursor | None:
    """Where a list goes on; `Problem` for what is no cursor of a list."""
    if text is None:
        return None
    position, key = _read(text)
    if not _is_position(position) or not isinstance(key, str) or "\x00" in key:
        raise _not_ours()
    return Cursor(position, key)


def place(text: str | None) -> Place:
    """Where the events go on; `Problem` for what is no cursor of events."""
    if text is None:
        return Place()
    position, sequence = _read(text)
    if not _is_position(position) or not _is_position(sequence):
        raise _not_ours()
    return Place(position, sequence)


def _written(parts: Sequence[Any]) -> str:
    return urlsafe_b64encode(json.dumps([*parts]).encode()).decode().rstrip("=")


def _read(text: str) -> tuple[Any, Any]:
    try:
        found = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        position, other = found
    except (ValueError, TypeError, RecursionError):
        raise _not_ours() from None
    return position, other


def _is_position(given: Any) -> bool:
    return type(given) is int and 0 <= given < _POSITIONS


def _not_ours() -> Problem:
    return Problem("request.invalid", "cursor: this is no cursor of this list.")
