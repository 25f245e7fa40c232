"""The shapes of what is answered beside rows: events, commands, the service itself.

Closed and checked as those of `schemas.py`.
"""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from commands.schemas import Day, Place, Preview
from events.registry import FACTS
from ledger.reading.schemas import Count, Json
from ledger.writer.results import Result

Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant in UTC, as in 2020-06-20T08:00:00Z."""


Uuid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
"""An id of 32 hexadecimal digits in five groups."""


class Actor(TypedDict):
    """Who acted; `email` stands beside a person's id in reads, null once they are forgotten."""

    kind: Literal["person", "seller", "system"]
    person: str | None
    role: str | None
    email: NotRequired[str | None]


class Event(TypedDict):
    """A fact with its envelope; `data` is the fact itself, which holds persons by their ids."""

    id: Uuid
    type: Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(FACTS)})]
    version: Place
    stream: str
    sequence: Place
    position: Place
    account: str | None
    subscription: str | None
    account_sequence: Place | None
    effective_at: Instant
    effective_on: Day
    recorded_at: Instant
    actor: Actor
    command_id: str
    correlation_id: str
    causation_id: str | None
    data: Json


class EventPage(TypedDict):
    """A part of the log: `next` is the cursor of the next page, null at the end."""

    items: list[Event]
    next: str | None


class CommandDone(TypedDict):
    """The answer to a command that was accepted."""

    command_id: str
    events: list[Event]
    position: Count
    result: Result


class DryRunShown(TypedDict):
    """The answer to a dry run: nothing was appended.

    `preview_id` is what `/v1/previews/{preview}` finds it by; null where nobody known asked, or
    where the key came before.
    """

    events: Annotated[list[Event], Field(max_length=0)]
    position: Count
    preview: Preview
    preview_id: Uuid | None


class KeptPreview(TypedDict):
    """A dry run as it was seen `at` an instant, with the log up to `position`.

    `command` and `fields` are as recorded: persons by their ids, secrets by their digests.
    `effective_at` is when the command would have taken effect.
    """

    preview_id: Uuid
    at: Instant
    position: Count
    account: str | None
    actor: Actor
    command: str
    fields: Json
    effective_at: Instant
    preview: Preview


CommandAnswer = CommandDone | DryRunShown


class Health(TypedDict):
    """How the service is: `lag` is how many events its views have still to take."""

    status: Literal["ok"]
    time: Instant
    head: Count
    view_position: Count
    lag: Count


class Door(TypedDict):
    """Where everything else is found."""

    name: Literal["seatledger"]
    openapi: str
    health: str
    accounts: str
    plans: str
