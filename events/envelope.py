"""The envelope: who, when and why around a fact, as it is read back from the log."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from events.fact import Fact, Value


class Actor(Value):
    """Who acted: a person of the account by id, the seller's staff, or the ledger's due work."""

    kind: Literal["person", "seller", "system"]
    person: str | None = None
    role: str | None = None


class CommandRecord(Value):
    """The command behind a decision, whole, so that it can be decided anew from the log.

    `fields` hold persons as `PERSON-ID@DOMAIN` and secrets as digests; `people` maps such an
    address to the revision used; `given` holds what was made before the decision (order ids, the
    digest of a new activation, the invoice behind a number). `catalogue` names the version of
    each part used; `rules` is the number of the decision code.
    """

    name: str
    version: int
    fields: dict[str, Any]
    at: datetime
    decided_at: datetime
    actor: Actor
    roles: tuple[str, ...]
    account_version: int
    catalogue: dict[str, Any]
    people: dict[str, int]
    given: dict[str, str]
    rules: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact in its place: `sequence` in its stream, `position` in the log, both from 1.

    `account_sequence` counts the account's public facts, None of a fact that is not public.
    """

    id: UUID
    type: str
    version: int
    stream: str
    sequence: int
    position: int
    account: str | None
    subscription: str | None
    account_sequence: int | None
    effective_at: datetime
    effective_on: date
    recorded_at: datetime
    actor: Actor
    command_id: str
    correlation_id: str
    causation_id: str | None
    command: CommandRecord | None
    fact: Fact


def canonical(value: Value) -> bytes:
    """Give the one JSON text of a value: keys sorted, no spaces, UTF-8."""
    return canonical_json(value.model_dump(mode="json"))


def canonical_json(value: object) -> bytes:
    """Give the one JSON text of plain data: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
