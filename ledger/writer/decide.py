"""A decision and its record: what it drew on goes into the record, and nothing else counted.

`decide_again` makes a decision anew from its record, the facts before it and the catalogue as it
was (DESIGN 3); it needs no store, no clock and no chance.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from commands.catalogue_file import CatalogueFile
from commands.decision import RULES, KnownPerson, Policy, Trace
from commands.refusals import Facts
from commands.registry import COMMANDS, Command, decide
from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState
from events.envelope import Actor, CommandRecord, Recorded, canonical_json
from events.periods import day_in_zone
from ledger.writer.intents import SELLER, SYSTEM
from ledger.writer.prepare import read_command

Taken = Callable[[str, str], bool]
State = AccountState | CatalogueState


@dataclass(frozen=True, slots=True)
class Case:
    """A command with all that its decision may draw on, but for the ledger's claims.

    Persons stand as `PERSON-ID@DOMAIN` in the command, secrets as digests, and the ids that the
    caller left out are filled in. `decided_at` is the clock's instant, in UTC.
    """

    command: Command
    command_id: str
    state: State
    catalogue: CatalogueState
    zone: str
    at: datetime
    decided_at: datetime
    actor: Actor
    roles: tuple[str, ...] = ()
    people: Mapping[str, KnownPerson] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def on(self) -> date:
        """The seller's day from which it holds."""
        return day_in_zone(self.at, self.zone)

    @property
    def today(self) -> date:
        """The seller's day of the writing."""
        return day_in_zone(self.decided_at, self.zone)

    def policy(self, taken: Taken) -> Policy:
        """What the decision may draw on, with a trace of its own."""
        return Policy(
            catalogue=self.catalogue,
            command_id=self.command_id,
            at=self.at,
            on=self.on,
            today=self.today,
            actor=self.actor,
            roles=self.roles,
            people=self.people,
            given=self.given,
            taken=taken,
            trace=Trace(),
        )

    def record(self, trace: Trace) -> CommandRecord:
        """The command record of the decision that left this trace."""
        return CommandRecord(
            name=type(self.command).__name__,
            version=self.command.VERSION,
            fields=fields_of(self.command),
            at=self.at,
            decided_at=self.decided_at,
            actor=acting(self.actor, trace),
            roles=self.roles,
            account_version=self.state.version,
            catalogue={
                "name": self.catalogue.name,
                "version": self.catalogue.version,
                "seller": self.catalogue.seller_version,
                "vat": self.catalogue.vat_version,
                "holidays": self.catalogue.holidays_version,
                "keys": self.catalogue.keys_version,
                "plans": dict(trace.plans),
            },
            people={seen: person.revision for seen, person in self.people.items()},
            given=dict(self.given),
            rules=RULES,
        )


def acting(actor: Actor, trace: Trace) -> Actor:
    """The actor with the role that the decision used."""
    role = {"seller": SELLER, "system": SYSTEM}.get(actor.kind, trace.role)
    return actor.model_copy(update={"role": role})


def fields_of(command: Command) -> dict[str, Any]:
    """All fields of a command as JSON values, from which `read_command` makes it again."""
    return command.model_dump(mode="json", by_alias=True)


def content_digest(name: str, fields: Mapping[str, Any], actor: Actor) -> bytes:
    """The SHA-256 of what a command asks for and who asks: two with one key must agree in it.

    The time is no part of it (CONTRACT 5.14).
    """
    who = {"kind": actor.kind, "person": actor.person}
    return sha256(canonical_json({"name": name, "fields": fields, "actor": who})).digest()


def decide_again(first: Recorded, state: State, catalogue: CatalogueState) -> Facts:
    """The facts of a recorded decision, decided anew from its first event.

    `state` is the state before it (of the account, or of the catalogue), `catalogue` the one at
    the version that the record names. LookupError where the event holds no record; Refused where
    it would be refused now.
    """
    record = first.command
    if record is None:
        raise LookupError("only the first event of a decision holds its command record")
    command = read_command(COMMANDS[record.name].command, record.fields)
    case = Case(
        command=command,
        command_id=first.command_id,
        state=state,
        catalogue=catalogue,
        zone=zone_of(command, state, catalogue),
        at=record.at,
        decided_at=record.decided_at,
        actor=record.actor,
        roles=record.roles,
        people={seen: _known(seen, revision) for seen, revision in record.people.items()},
        given=record.given,
    )
    return decide(command, state, case.policy(_nothing_taken))


def zone_of(command: Command, state: State, catalogue: CatalogueState) -> str:
    """The time zone of an account's days, which it keeps for ever; before it, the seller's."""
    if isinstance(state, AccountState) and state.exists:
        return state.time_zone
    if catalogue.published_seller is not None:
        return catalogue.published_seller.time_zone
    published = getattr(command, "catalogue", None)
    return published.seller.time_zone if isinstance(published, CatalogueFile) else "UTC"


def _known(seen: str, revision: int) -> KnownPerson:
    person, _, domain = seen.partition("@")
    return KnownPerson(person, revision, domain)


def _nothing_taken(_kind: str, _value: str) -> bool:
    """What an accepted command asked to take was free."""
    return False
