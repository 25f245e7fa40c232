"""Rows of the tables, and the values that they are for the rest of the ledger."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from operator import attrgetter
from typing import Any

from events.fact import Claim
from ledger.store.drafts import AttemptRow, ClaimRow, KeyRow, PersonRow, Stored
from ledger.store.plain import PlainRow, stored_from_plain
from ledger.store.sealing import Seal, SealedRow

# The columns of `statements.py` stand in the order of the fields.
CLAIM = attrgetter(*ClaimRow.__slots__)
KEY = attrgetter(*KeyRow.__slots__)
PERSON = attrgetter(*PersonRow.__slots__)
ATTEMPT = attrgetter(*AttemptRow.__slots__)


def columns_of(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows turned into one list a column, as `unnest` takes them."""
    return [[row[column] for row in rows] for column in range(width)]


def bound(upto: int | None) -> int:
    """An upper bound for a `bigint`: None is no bound."""
    return 2**63 - 1 if upto is None else upto


def stored_of(row: Sequence[Any]) -> Stored:
    """An event as it was stored, also one without an envelope."""
    values = dict(zip(Stored.__slots__, row, strict=True))
    values["recorded_at"] = values["recorded_at"].astimezone(UTC)
    if values["id"] is None:
        plain = PlainRow(values["stream"], values["sequence"], values["type"], values["data"])
        return stored_from_plain(plain, values["position"], values["recorded_at"])
    values["effective_at"] = values["effective_at"].astimezone(UTC)
    return Stored(**values)


def sealed_of(row: Sequence[Any]) -> SealedRow:
    """A row of the log as it was stored, with its seal."""
    return SealedRow(tuple(row[:-2]), Seal(*row[-2:]))


def key_of(row: Sequence[Any]) -> KeyRow:
    """A command's key."""
    values = dict(zip(KeyRow.__slots__, row, strict=True))
    values["recorded_at"] = values["recorded_at"].astimezone(UTC)
    return KeyRow(**values)


def attempt_of(row: Sequence[Any]) -> AttemptRow:
    """A refused command or a dry run."""
    at, *rest = row
    return AttemptRow(at.astimezone(UTC), *rest)


def claims_by_name(rows: Iterable[Sequence[Any]]) -> dict[Claim, ClaimRow]:
    """Claims with where they lead."""
    return {Claim(row[0], row[1]): ClaimRow(*row) for row in rows}


def first_person(rows: Sequence[Sequence[Any]]) -> PersonRow | None:
    """The person of the first row, if there is one."""
    return PersonRow(*rows[0]) if rows else None
