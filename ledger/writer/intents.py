"""What goes into the service and what comes out: intents, answers, refusals with their words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.refusals import RefusalAnswer
from commands.schemas import Preview
from events.envelope import Recorded
from ledger.writer.results import Result

SELLER = "seller"
"""The actor of the seller's own staff and systems."""

SYSTEM = "system"
"""The actor of the ledger's own due work; a way in never passes it on from outside."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A command as a way in heard it.

    `fields` are plain JSON values; they may hold `command_id` and `at` too, which every command
    takes (CONTRACT 2). `actor` is a person's address, `seller` or `system`. `if_match` is the
    account's version that the caller has seen.
    """

    name: str
    fields: Mapping[str, Any]
    actor: str
    command_id: str | None = None
    at: datetime | None = None
    dry_run: bool = False
    if_match: int | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command that was accepted, now or, where `repeated`, before.

    `events` are its own, without the due work done before it. `position` is a place in the log
    from which readers see them; `version` is the account's (or the catalogue's) after them.
    `result` holds what the caller may need next: ids, seat numbers, an activation shown once.
    """

    command_id: str
    events: tuple[Recorded, ...]
    position: int
    result: Result
    account: str | None
    version: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a dry run came to; nothing was appended. `version` is the account's in the log.

    By `preview_id` it can be cited; None where nobody known asked, or the key came before.
    """

    preview: Preview
    position: int
    account: str | None
    version: int
    preview_id: UUID | None = None


class RefusedCommand(Exception):
    """A command was refused; `answer` holds code, words and rule (CONTRACT 6).

    `account` and its `version` are those that the refusal looked at, where it came so far.
    """

    def __init__(
        self, answer: RefusalAnswer, account: str | None = None, version: int | None = None
    ) -> None:
        super().__init__(answer.code)
        self.answer = answer
        self.account = account
        self.version = version
