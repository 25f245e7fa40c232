"""Commands and how they are decided: what a command is, what a decision may draw on.

A decision is a pure function of its command, the state of its account and a `Policy`; it answers
with facts or raises `Refused`. Adding a command is one class and one function below it: the
registry here is all that the ways in look at.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from commands.refusals import Facts, Refused, invalid
from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState, PlanVersion
from events.envelope import Actor
from events.fact import Identifier
from events.money import AmountOutOfRange
from events.parties import Sentence
from events.periods import DateOutOfRange

RULES = 3
"""The number of the decision code, raised whenever history would be decided otherwise.

2: an order that credit covers at once has no day on which it would expire; `existing: keep` holds
where the newest version says so, and for conversions.
3: contract 2: credit notes in parts and in any order, carry-over by credit notes, what comes back
pays what is open first, seats that were to end stay when a billing date moves, bounds of the plan
to come, VAT territories.
"""

SEATS_MAX = 1_000_000
"""The most seats of one command."""

Quantity = Annotated[int, Field(ge=1, le=SEATS_MAX)]
"""A number of seats that is bought or chosen."""

SeatNumber = Annotated[int, Field(ge=1, le=10_000_000)]
"""The number of a seat within its subscription."""

_MARK = r"[^@\s\x00-\x20\x7f-\x9f]"
_LETTER = r"[^@\s\x00-\x20\x7f-\x9f.]"

Email = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=rf"^\s*{_MARK}+@{_LETTER}+(\.{_LETTER}+)+\s*$",
    ),
]
"""A person's address, as the caller gives it."""

Word = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
"""A payment method or another word of a plan."""

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


def names_nobody(text: str) -> str:
    """The text itself; ValueError where it holds an e-mail address, which history never holds."""
    if _ADDRESS.search(text):
        raise ValueError("holds an e-mail address; say it without naming a person")
    return text


Reason = Annotated[Sentence, AfterValidator(names_nobody)]
"""Why something is done, kept for ever: a sentence without an e-mail address (CONTRACT 5.13)."""


class Command(BaseModel):
    """An intent. Fields are strict, none is extra; `command_id` and `at` stand beside them.

    `SECRETS` names the fields that enter decisions and records as digests only.
    `SCOPE` says whose state decides: an account's or a catalogue's.
    `NEEDS_DUE_WORK` says that the command buys something or gives seats a term: it is refused while
    due work of its account cannot be done. All others are taken (CONTRACT 5.29).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    VERSION: ClassVar[int] = 1
    SCOPE: ClassVar[Literal["account", "catalogue"]] = "account"
    SECRETS: ClassVar[tuple[str, ...]] = ()
    NEEDS_DUE_WORK: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person of the account behind an address in a command; `domain` is the address's."""

    person: str
    revision: int
    domain: str

    @property
    def key(self) -> str:
        """What tells holders of seats apart."""
        return self.person


@dataclass(slots=True)
class Trace:
    """What a decision used: the role that allowed it, and the versions of the plans.

    `latest` is the one looked up last, whose words a refusal speaks that names no plan itself.
    """

    role: str | None = None
    plans: dict[str, int] = field(default_factory=dict)
    ids: int = 0
    latest: PlanVersion | None = None

    def uses(self, version: PlanVersion) -> PlanVersion:
        """Note a version of a plan that the decision draws on."""
        self.plans[version.name] = version.version
        self.latest = version
        return version


@dataclass(frozen=True, slots=True)
class Policy:
    """All that a decision may draw on beside its command and its state.

    `at` is the instant from which it holds and `on` that day in the seller's zone; `today` is the
    seller's day of the writing. `people` maps each address of the command to the person behind it.
    `taken` tells whether an id is used up in the ledger (kind, value). `given` holds what was made
    before the decision.
    """

    catalogue: CatalogueState
    command_id: str
    at: datetime
    on: date
    today: date
    actor: Actor
    roles: tuple[str, ...] = ()
    people: Mapping[str, KnownPerson] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    taken: Callable[[str, str], bool] = lambda _kind, _value: False
    trace: Trace = field(default_factory=Trace)

    @property
    def is_seller(self) -> bool:
        """Whether the seller's staff or the ledger's own due work acts."""
        return self.actor.kind != "person"

    @property
    def is_due_work(self) -> bool:
        """Whether the ledger itself acts."""
        return self.actor.kind == "system"

    def person(self, email: str) -> KnownPerson:
        """The person behind an address of the command."""
        return self.people[email]

    def next_id(self) -> str:
        """The next id inside this decision's facts: `{command_id}/{n}`."""
        self.trace.ids += 1
        return f"{self.command_id}/{self.trace.ids}"

    def newest_plan(self, name: str, on: date) -> PlanVersion:
        """The version of a plan that is sold on a day.

        Raises:
            Refused: `catalogue.plan_unknown`.
        """
        version = self.catalogue.newest(name, on)
        if version is None:
            raise Refused("catalogue.plan_unknown", plan=name)
        return self.trace.uses(version)

    def going_on(self, own: PlanVersion) -> PlanVersion:
        """The version by which somebody who has a plan begins a term now."""
        return self.trace.uses(self.catalogue.going_on(own, self.on))

    def plan_version(self, name: str, version: int) -> PlanVersion:
        """A version of a plan that a term keeps."""
        return self.trace.uses(self.catalogue.plan_version(name, version))


C = TypeVar("C", bound=Command)


@dataclass(frozen=True, slots=True)
class Entry:
    """A command with its decision."""

    command: type[Command]
    decision: Callable[[Any, Any, Policy], Facts]


COMMANDS: dict[str, Entry] = {}
"""Every command by its name, filled by `decides`."""


def decides(
    command: type[C],
) -> Callable[[Callable[[C, Any, Policy], Facts]], Callable[[C, Any, Policy], Facts]]:
    """Register a function as the decision of a command."""

    def register(decision: Callable[[C, Any, Policy], Facts]) -> Callable[[C, Any, Policy], Facts]:
        COMMANDS[command.__name__] = Entry(command, decision)
        return decision

    return register


def decide(command: Command, state: AccountState | CatalogueState, policy: Policy) -> Facts:
    """Decide a command.

    Raises:
        Refused: by one of the codes of CONTRACT 6.
    """
    try:
        return COMMANDS[type(command).__name__].decision(command, state, policy)
    except Refused as refused:
        latest = policy.trace.latest
        refused.of_plan(None if latest is None else latest.terms)
        raise
    except AmountOutOfRange as problem:
        raise invalid("amount", "an amount of this size is not possible") from problem
    except (DateOutOfRange, OverflowError) as problem:
        raise Refused(
            "command.time_out_of_range", detail="This would reach beyond the year 9999."
        ) from problem


class PersonCommand(Command):
    """A command that concerns one person of an account."""

    account: Identifier
    email: Email
