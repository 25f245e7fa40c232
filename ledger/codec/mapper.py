"""Between facts and stored bytes: one canonical JSON text a fact, read back through its class.

What is stored names a fact by the literals on its class, never by a Python path; older versions
are brought to the newest on reading (`events.upcasts`).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from events.envelope import Actor, CommandRecord, Recorded, canonical, canonical_json
from events.fact import Fact
from events.invoices import NumberGiven
from events.registry import fact_class, stream_of
from events.upcasts import upcast
from ledger.store.drafts import EVENT_BYTES_MAX, Draft, Stored


class FactTooLarge(ValueError):
    """A fact weighs more than the log takes (DESIGN 3)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all facts of one decision have in common.

    They hold from `at`, the seller's day `on`; `decided_at` is the clock that the decision saw,
    and `issued_on` the seller's day then, which is the day of a document's number.
    """

    account: str | None
    at: datetime
    on: date
    decided_at: datetime
    issued_on: date
    actor: Actor
    command_id: str
    correlation_id: str
    causation_id: str | None
    command: CommandRecord


def drafts(
    facts: Iterable[Fact], envelope: Envelope, new_id: Callable[[datetime], UUID]
) -> tuple[Draft, ...]:
    """The drafts of a decision's facts, in order; the first holds the command record.

    FactTooLarge where one of them weighs too much.
    """
    actor = canonical(envelope.actor)
    command = canonical(envelope.command)
    found: list[Draft] = []
    for fact in facts:
        data = canonical(fact)
        if len(data) > EVENT_BYTES_MAX:
            raise FactTooLarge(f"{fact.NAME} weighs {len(data)} bytes, over {EVENT_BYTES_MAX}")
        numbered = isinstance(fact, NumberGiven)
        subscription = getattr(fact, "subscription", None)
        found.append(
            Draft(
                id=new_id(envelope.decided_at),
                stream=stream_of(fact, envelope.account or ""),
                type=fact.NAME,
                version=fact.VERSION,
                account=envelope.account,
                subscription=subscription if isinstance(subscription, str) else None,
                effective_at=envelope.decided_at if numbered else envelope.at,
                effective_on=envelope.issued_on if numbered else envelope.on,
                actor=actor,
                command_id=envelope.command_id,
                correlation_id=envelope.correlation_id,
                causation_id=envelope.causation_id,
                command=None if found else command,
                data=data,
                public=fact.PUBLIC,
                claims=fact.claims(),
                never_back=numbered,
            )
        )
    return tuple(found)


def recorded(stored: Stored) -> Recorded:
    """A stored event as it is read: `UnknownFact` or `ValueError` where it cannot be."""
    command = stored.command
    return Recorded(
        id=stored.id,
        type=stored.type,
        version=stored.version,
        stream=stored.stream,
        sequence=stored.sequence,
        position=stored.position,
        account=stored.account,
        subscription=stored.subscription,
        account_sequence=stored.account_sequence,
        effective_at=stored.effective_at,
        effective_on=stored.effective_on,
        recorded_at=stored.recorded_at,
        actor=Actor.model_validate_json(stored.actor),
        command_id=stored.command_id,
        correlation_id=stored.correlation_id,
        causation_id=stored.causation_id,
        command=None if command is None else CommandRecord.model_validate_json(command),
        fact=read_fact(stored.type, stored.version, stored.data),
    )


def read_fact(name: str, version: int, data: bytes) -> Fact:
    """A fact from its stored text: `UnknownFact` or `ValueError` where it cannot be read."""
    known = fact_class(name)
    if version != known.VERSION:
        data = canonical_json(upcast(name, version, json.loads(data), known.VERSION))
    return known.model_validate_json(data)
