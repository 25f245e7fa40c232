"""What goes into the store and what comes out of it: drafts, decisions, verdicts and rows.

Plain immutable values without behaviour; the contract that moves them is `ledger.store.contract`.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from events.fact import Claim

EVENT_BYTES_MAX = 256 * 1024
"""The most that one fact may weigh (DESIGN 3)."""

SEQUENCE_MARK = "{sequence:06d}"
"""In a claim's value: the place that append fills with the fact's sequence in its stream."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact with its envelope, before the store has given it a place.

    `actor`, `command` and `data` are canonical JSON. `never_back` asks that `effective_on` is not
    earlier than that of the stream's last event: the order of days along a series of invoices.
    """

    id: UUID
    stream: str
    type: str
    version: int
    account: str | None
    subscription: str | None
    effective_at: datetime
    effective_on: date
    actor: bytes
    command_id: str
    correlation_id: str
    causation_id: str | None
    command: bytes | None
    data: bytes
    public: bool
    claims: tuple[Claim, ...] = ()
    never_back: bool = False

    def __post_init__(self) -> None:
        """Refuse with `ValueError` what no store can keep."""
        if self.effective_at.utcoffset() != timedelta(0):
            raise ValueError(f"effective_at is not in UTC: {self.effective_at.isoformat()}")
        if len(self.data) > EVENT_BYTES_MAX:
            raise ValueError(f"{self.type} weighs {len(self.data)} bytes, over {EVENT_BYTES_MAX}")
        for text in (self.stream, self.type, self.account, self.subscription, self.command_id):
            check_text(text)
        for text in (self.correlation_id, self.causation_id):
            check_text(text)
        for claim in self.claims:
            check_text(claim.kind)
            check_text(claim.value)


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact with its envelope and its place, as it is read back.

    The claims are not repeated here: the fact makes them, and `filled` completes them.
    """

    id: UUID
    stream: str
    sequence: int
    position: int
    type: str
    version: int
    account: str | None
    subscription: str | None
    account_sequence: int | None
    effective_at: datetime
    effective_on: date
    recorded_at: datetime
    actor: bytes
    command_id: str
    correlation_id: str
    causation_id: str | None
    command: bytes | None
    data: bytes
    public: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A revision of a person: the only place of a name or an address. Staff: account `""`.

    A changed name is a new row with the next revision; the first is 1, and the address stays.
    """

    account: str
    person: str
    revision: int
    address_key: str
    email: str
    name: str | None

    def __post_init__(self) -> None:
        """Refuse with `ValueError` what no store can keep."""
        for text in (self.account, self.person, self.address_key, self.email, self.name):
            check_text(text)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one command came to: appended whole, or not at all.

    `expected` maps a stream to the version that the decision saw; a stream not in it may have any.
    `digest` is the SHA-256 of the command's content, `answer` its result as JSON without secrets.
    `people` are written first, then the rows of the (account, person) in `forgets` deleted.
    """

    command_id: str
    digest: bytes
    answer: bytes
    account: str | None
    drafts: tuple[Draft, ...]
    expected: Mapping[str, int] = field(default_factory=dict)
    people: tuple[PersonRow, ...] = ()
    forgets: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse with `ValueError` what no store can keep."""
        check_text(self.command_id)
        check_text(self.account)
        for draft in self.drafts:
            if draft.command_id != self.command_id:
                raise ValueError(f"{draft.type} names command {draft.command_id}, not its own")


@dataclass(frozen=True, slots=True)
class Appended:
    """The decision is in the log. Without events it has no positions."""

    first_position: int | None
    last_position: int | None
    recorded_at: datetime
    stored: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """The key came before with the same content: this is the answer of then (ALL-03)."""

    answer: bytes
    first_position: int | None
    last_position: int | None


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key came before with another content (ALL-03)."""

    command_id: str


@dataclass(frozen=True, slots=True)
class VersionConflict:
    """The stream is not at the version that the decision saw, or its days would go back.

    `actual` is the stream's version; the remedy is to read again and decide anew.
    """

    stream: str
    actual: int


@dataclass(frozen=True, slots=True)
class ClaimTaken:
    """Something unique is taken already; `account` is the account of the fact that has it."""

    kind: str
    value: str
    account: str | None


@dataclass(frozen=True, slots=True)
class PersonTaken:
    """The address belongs to another person by now, or that person has a newer revision.

    The remedy is to read the people again and decide anew.
    """

    account: str
    address_key: str


Verdict = Appended | Repeated | KeyReused | VersionConflict | ClaimTaken | PersonTaken
"""What became of a decision; the union is closed."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """Where a claim leads: the fact that made it, and the account and subscription it concerns.

    `subject` is that subscription. What else the fact holds (the id of a numbered invoice) is
    read with `read_event(position)`.
    """

    kind: str
    value: str
    account: str | None
    subject: str | None
    stream: str
    position: int


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A command's key with what it answered; kept for ever."""

    command_id: str
    digest: bytes
    answer: bytes
    account: str | None
    first_position: int | None
    last_position: int | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A refused command or a dry run (DESIGN 2): part of no state.

    `code` is the refusal's, None for a dry run. `parameters` is JSON: the refusal's parameters, or
    the preview's total and digest. `position` is the log's end that the decision saw. A dry run has
    a `preview_id`, under which `preview`, the JSON of what it showed, can be cited.
    """

    at: datetime
    account: str | None
    actor: bytes
    command: bytes
    code: str | None
    parameters: bytes
    position: int
    preview_id: UUID | None = None
    preview: bytes | None = None

    def __post_init__(self) -> None:
        """Refuse with `ValueError` what no store can keep."""
        check_text(self.account)
        check_text(self.code)


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """An account's folded state at a version of its stream; may be lost without harm."""

    version: int
    state: bytes


def address_key(email: str) -> str:
    """How addresses are compared (DESIGN 3): trimmed, NFC, lower case."""
    composed = unicodedata.normalize("NFC", email.strip())
    return unicodedata.normalize("NFC", composed.lower())


def filled(claim: Claim, sequence: int) -> Claim:
    """The claim with the fact's place in its stream filled in, where its value asks for it."""
    return Claim(claim.kind, claim.value.replace(SEQUENCE_MARK, f"{sequence:06d}"))


def check_text(text: str | None) -> None:
    """Raise `ValueError` for text that PostgreSQL cannot keep: a NUL or half a surrogate pair."""
    if text is not None:
        if "\x00" in text:
            raise ValueError("a text holds a NUL character")
        text.encode()
