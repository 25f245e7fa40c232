"""One command on its way through the service: who acts, on whom, and what exactly is asked.

The steps fill in what is known; whatever is refused on the way is answered, and kept as an
attempt, with what was known then.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from pydantic import TypeAdapter, ValidationError

from commands.activations import GIVEN_ACTIVATION
from commands.decision import Email, Trace
from commands.product_keys import MALFORMED
from commands.refusals import invalid
from commands.registry import Command
from commands.state.account import AccountState, initial
from commands.state.catalogue import CatalogueState, initial_catalogue
from events.accounts import PersonForgotten
from events.envelope import Actor, CommandRecord, canonical_json
from events.sellers import key_digest
from ledger.clock import uuid7
from ledger.codec.mapper import recorded
from ledger.store.contract import Store
from ledger.store.drafts import KeyRow, address_key
from ledger.writer.decide import Case, State, content_digest, fields_of, zone_of
from ledger.writer.intents import SELLER, SYSTEM, Intent
from ledger.writer.person_lookup import NOBODY, Persons
from ledger.writer.prepare import Parsed, read_command
from ledger.writer.subject_lookup import subject_fields

STAFF = ""
"""The account of the seller's staff in the table of people."""

OPENING = "OpenAccount"
ISSUING = "IssueActivation"
FORGETTING = "ForgetPerson"

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_GROUPS = 4
_ADDRESS = TypeAdapter(Email)
_NO_ACTOR = Actor(kind="person")


@dataclass(slots=True)
class Handling:
    """A command and what is known of it so far.

    `command` has persons as `PERSON-ID@DOMAIN` and secrets as digests once `identify` was called;
    `leading` are the ids behind numbers of documents in it (`Subject.given`). `secret` is a new
    activation, which leaves the service in the answer alone. `is_repeat` says that the key had come
    before this try.
    """

    intent: Intent
    parsed: Parsed
    command_id: str
    now: datetime
    store: Store
    account: str | None = None
    leading: Mapping[str, str] = field(default_factory=dict)
    state: State = field(default_factory=initial)
    catalogue: CatalogueState = field(default_factory=initial_catalogue)
    persons: Persons | None = None
    actor: Actor = _NO_ACTOR
    command: Command | None = None
    case: Case | None = None
    secret: str | None = None
    is_repeat: bool = False

    @property
    def is_keyed(self) -> bool:
        """Whether the caller gave a key, which may have come before."""
        return self.parsed.command_id is not None

    @property
    def asked(self) -> Command:
        """The command with persons and secrets replaced."""
        if self.command is None:
            raise AssertionError("the command has not been identified")
        return self.command

    @property
    def digest(self) -> bytes:
        """What the command asks for and who asks, as one number."""
        return content_digest(self.parsed.name, fields_of(self.asked), self.actor)

    @property
    def is_known_actor(self) -> bool:
        """Whether the ledger knows who acts."""
        made = set() if self.persons is None else self.persons.made
        return self.actor.kind != "person" or not (
            self.actor.person is None or self.actor.person in made
        )

    def identify(self) -> None:
        """Find out who acts and who is meant; put digests in place of secrets.

        Raises:
            Refused: `command.invalid`.
        """
        if self.account is None:
            self.actor = self._actor(None)
            # Decided as the record will hold it: with the keys of its mappings in their order.
            fields = json.loads(canonical_json(fields_of(self.parsed.command)))
            self.command = read_command(self.parsed.entry.command, fields)
            return
        self.persons = Persons(self.store, self.account, lambda: str(uuid7(self.now)))
        fields = fields_of(self.parsed.command)
        fields = self.persons.replaced(self.parsed.name, fields)
        kind = self.parsed.entry.command
        for name in kind.SECRETS:
            if fields.get(name) is not None:
                fields[name] = secret_digest(name, fields[name])
        self.command = read_command(kind, fields)
        self.actor = self._actor(self.persons)

    def _actor(self, persons: Persons | None) -> Actor:
        given = self.intent.actor
        if given in {SELLER, SYSTEM}:
            return Actor(kind="seller" if given == SELLER else "system")
        try:
            email = _ADDRESS.validate_python(given)
        except ValidationError:
            raise invalid("actor", "is neither an e-mail address nor seller") from None
        if persons is not None:
            person = persons.find(email)
            if person is None and self.parsed.name == OPENING:
                person = persons.take(email).person
            if person is not None:
                return Actor(kind="person", person=person)
        staff = self.store.person_by_address(STAFF, address_key(email))
        return _NO_ACTOR if staff is None else Actor(kind="seller", person=staff.person)

    def repeats(self, row: KeyRow) -> bool:
        """Whether this is the command that the key came with before."""
        return self.digest == row.digest or (
            self.parsed.name == FORGETTING and self._digest_before_forgetting() == row.digest
        )

    def _digest_before_forgetting(self) -> bytes | None:
        """The digest as it was while the ledger still knew the person, whoever that was."""
        fields = fields_of(self.asked)
        person, _, domain = fields["email"].partition("@")
        first = next(iter(self.store.events_of(self.command_id)), None)
        event = None if first is None else recorded(first)
        if person != NOBODY or event is None or not isinstance(event.fact, PersonForgotten):
            return None
        actor = self.actor
        email = getattr(self.parsed.command, "email", "")
        if actor == _NO_ACTOR and address_key(self.intent.actor) == address_key(email):
            actor = replace_person(actor, event.actor.person)
        fields["email"] = f"{event.fact.person}@{domain}"
        return content_digest(self.parsed.name, fields, actor)

    def complete(self, at: datetime, decided_at: datetime) -> Case:
        """Fill in the ids that were left out, and gather all that the decision may draw on.

        Raises:
            Refused: `command.invalid` where the command's id cannot be an order's.
        """
        fields = fields_of(self.asked)
        given = dict(self.leading)
        kind = type(self.asked)
        # An order that does not lead to the account is one that the command makes.
        if "order" in fields and fields["order"] is None and "order" not in subject_fields(kind):
            fields["order"] = self.command_id
        if self.parsed.name == OPENING:
            fields["catalogue"] = self.catalogue.name or fields["catalogue"]
        if self.parsed.name == ISSUING:
            self.secret = new_activation()
            given[GIVEN_ACTIVATION] = secret_digest("activation", self.secret)
        changed = fields != fields_of(self.asked)
        command = read_command(kind, fields) if changed else self.asked
        self.case = Case(
            command=command,
            command_id=self.command_id,
            state=self.state,
            catalogue=self.catalogue,
            zone=zone_of(command, self.state, self.catalogue),
            at=at,
            decided_at=decided_at,
            actor=self.actor,
            roles=self._roles(),
            people={} if self.persons is None else dict(self.persons.known),
            given=given,
        )
        return self.case

    def _roles(self) -> tuple[str, ...]:
        if isinstance(self.state, AccountState) and self.actor.person is not None:
            return self.state.roles.get(self.actor.person, ())
        return ()

    def record(self, trace: Trace) -> CommandRecord:
        """The command record, as far as it is known; before `identify` without its fields."""
        case = self.case or Case(
            command=self.command or self.parsed.entry.command.model_construct(),
            command_id=self.command_id,
            state=self.state,
            catalogue=self.catalogue,
            zone="UTC",
            at=self.parsed.at or self.now,
            decided_at=self.now,
            actor=self.actor,
            roles=self._roles(),
        )
        return case.record(trace)


def replace_person(actor: Actor, person: str | None) -> Actor:
    """The actor as another person."""
    return actor.model_copy(update={"person": person})


def secret_digest(name: str, text: str) -> str:
    """What stands for a secret wherever it is kept: a product key's own digest, else its text's."""
    if name == "key":
        try:
            return f"sha256:{key_digest(text)}"
        except ValueError:
            return MALFORMED
    return f"sha256:{sha256(text.strip().encode()).hexdigest()}"


def new_activation() -> str:
    """A new secret of four groups of four letters and digits, 80 bits of chance."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS))
    return "-".join(groups)
