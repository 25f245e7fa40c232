"""Random histories: a world and fifty commands or more on it, mostly sensible, some nonsense.

A history is a tuple of small numbers, so that Hypothesis shrinks it and a seed makes it anew; what
the numbers mean depends on what there is when their turn comes (`traffic.py`). Time goes on by
minutes to months; what falls due on the way is done on its day, or late. Some commands are
back-dated, some are dry runs, some come twice, some are wrong.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from commands.refusals import RefusalAnswer
from events.envelope import Recorded
from events.invoices import NumberGiven
from events.seats import SeatAssigned, SeatReassigned
from ledger.catalogues.publishing import publication
from ledger.clock import FixedClock
from ledger.scenarios.runner import advance
from ledger.store.contract import Store
from ledger.store.memory import MemoryStore
from ledger.writer import SELLER, Accepted, Intent, Previewed, RefusedCommand, Service
from ledger.writer.results import document_number
from tests.support.traffic import CHANNEL_ROLES, MAKERS, wish
from tests.support.turns import Turn, pick
from tests.support.worlds import BUYERS, WORLDS, World, catalogue

COMMANDS = 50
"""How many commands a history has at least, its opening not counted."""

STARTS = (
    datetime(2024, 1, 31, 9, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 30, tzinfo=UTC),
    datetime(2024, 12, 31, 4, tzinfo=UTC),
    datetime(2025, 3, 30, 0, 30, tzinfo=UTC),
)
"""Ends of months, a leap day, and hours at which it is another day for some sellers."""

_WAITS = tuple(
    timedelta(hours=hours)
    for hours in (0, 0, 1, 5, 24, 24, 72, 24 * 6, 24 * 9, 24 * 15, 24 * 30, 24 * 31, 24 * 75)
)
_HOWS = (
    *("plain",) * 18, *("late",) * 3, *("dry",) * 3, *("back",) * 4,
    "stranger", "again", "other", "nonsense", "tick",
)  # fmt: skip

Step = tuple[int, int, int, int, int]
"""Numbers for: what, whose and how, then two that choose, then how long to wait before."""


@dataclass(frozen=True, slots=True)
class History:
    """A world by its name, the start of its time, and the steps."""

    world: str
    start: int
    steps: tuple[Step, ...]


_ACCOUNTS = max(len(world.accounts) for world in WORLDS.values())
_STEP = st.tuples(
    st.integers(0, len(MAKERS) - 1),
    st.integers(0, len(_HOWS) * _ACCOUNTS - 1),
    st.integers(0, 59),
    st.integers(0, 59),
    st.integers(0, len(_WAITS) - 1),
)


def histories(world: str) -> st.SearchStrategy[History]:
    """Histories of a world."""
    return st.builds(
        History,
        st.just(world),
        st.integers(0, len(STARTS) - 1),
        st.lists(_STEP, min_size=COMMANDS, max_size=COMMANDS + 15).map(tuple),
    )


def seeded(world: str, seed: int, steps: int = COMMANDS) -> History:
    """The history of a seed; the same seed gives the same one."""
    chance = random.Random(f"{world}/{seed}")
    made = (
        (
            chance.randrange(len(MAKERS)),
            chance.randrange(len(_HOWS) * _ACCOUNTS),
            chance.randrange(60),
            chance.randrange(60),
            chance.randrange(len(_WAITS)),
        )
        for _ in range(steps)
    )
    return History(world, chance.randrange(len(STARTS)), tuple(made))


@dataclass(frozen=True, slots=True)
class Told:
    """A command that was sent, when, where the log ended before and after, and what came of it."""

    intent: Intent
    now: datetime
    before: int
    after: int
    answer: Accepted | Previewed | None
    refused: RefusalAnswer | None

    @property
    def accepted(self) -> Accepted | None:
        """The answer, where it was accepted now and not only tried."""
        return self.answer if isinstance(self.answer, Accepted) else None


Send = Callable[["Run", Intent], Told]
"""How a command is sent: a property may send it twice, or look around first."""


@dataclass(slots=True)
class Run:
    """A ledger on which a history is played; `told` is all that was sent, the opening included."""

    world: World
    clock: FixedClock
    store: Store
    service: Service
    how: Send
    told: list[Told] = field(default_factory=list)
    secrets: dict[tuple[str, int], str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    _seen: int = 0
    _log: list[Recorded] = field(default_factory=list)

    def send(self, intent: Intent) -> Told:
        """Send a command, and remember what came of it."""
        before = self.store.head()
        answer: Accepted | Previewed | None = None
        refused: RefusalAnswer | None = None
        try:
            answer = self.service.handle(intent)
        except RefusedCommand as refusal:
            refused = refusal.answer
        told = Told(intent, self.clock.now(), before, self.store.head(), answer, refused)
        self.told.append(told)
        self._learn(told)
        return told

    def _learn(self, told: Told) -> None:
        """Note activations, holders and numbers of documents that later commands may name."""
        result = {} if told.accepted is None else told.accepted.result
        if result.get("activation") is not None:
            place = (told.intent.fields["subscription"], result["seat"])
            self.secrets[place] = result["activation"]
        for event in () if told.accepted is None else told.accepted.events:
            if isinstance(event.fact, SeatAssigned | SeatReassigned) and event.fact.person:
                email = told.intent.fields.get("email")
                if email is not None:
                    self.people[event.fact.person] = email
        while found := self.store.read_log(after=self._seen):
            for stored in found:
                if stored.type == NumberGiven.NAME:
                    fact = self.service.recorded(stored).fact
                    if isinstance(fact, NumberGiven):
                        number = document_number(fact.series, stored.sequence)
                        self.numbers[fact.invoice] = number
            self._seen = found[-1].position

    def wait(self, span: timedelta, *, late: bool = False) -> None:
        """Let time go by, doing what falls due on its day; or do nothing meanwhile."""
        to = self.clock.now() + span
        if late:
            self.clock.set(to)
        else:
            advance(self.service, self.clock, to)
            self._learn(self.told[-1])

    def events(self) -> list[Recorded]:
        """The whole log as it is read; laws ask for it again and again."""
        while page := self.store.read_log(after=len(self._log), limit=10_000):
            self._log += [self.service.recorded(stored) for stored in page]
        return list(self._log)

    def accounts(self) -> tuple[str, ...]:
        """The accounts of the world."""
        return tuple(f"a{number}" for number in range(len(self.world.accounts)))


def sent(run: Run, intent: Intent) -> Told:
    """Send a command once and do no more."""
    return run.send(intent)


def run(
    history: History,
    how: Send = sent,
    store: Store | None = None,
    clock: FixedClock | None = None,
    service: Service | None = None,
) -> Run:
    """Play a history on a ledger in memory, or on a given one with its clock, `clock_of` it."""
    clock = clock or clock_of(history)
    store = store or MemoryStore(clock)
    played = Run(WORLDS[history.world], clock, store, service or Service(store, clock), how)
    _open(played)
    for number, step in enumerate(history.steps):
        _play(played, number, step)
    return played


def clock_of(history: History) -> FixedClock:
    """The clock at the start of a history."""
    return FixedClock(STARTS[history.start])


def _open(run: Run) -> None:
    """Publish the catalogues and open the accounts, with all that buying from them takes."""
    for name in run.world.catalogues:
        run.send(publication(catalogue(name)))
    for number, name in enumerate(run.world.accounts):
        account = f"a{number}"
        owner = f"owner@{account}.example"
        country, vat_number = pick(BUYERS, number)
        plans = catalogue(name).plans.values()
        roles = {role for plan in plans for role in (*plan.may_buy, *(plan.may_assign or ()))}
        commands: list[tuple[str, dict[str, Any], str]] = [
            (
                "OpenAccount",
                {"email": owner, "country": country, "vat_number": vat_number, "catalogue": name},
                owner,
            ),
            ("ApplyForVolumeLicences", {}, owner),
            ("ApproveApplication", {}, SELLER),
            ("ApproveEmailDomain", {"domain": f"{account}.example"}, SELLER),
        ]
        boss, deal = f"boss@{account}.example", f"deal@{account}.example"
        own, others = sorted(roles - {"owner"}), CHANNEL_ROLES
        commands += [("GrantRole", {"email": boss, "role": role}, owner) for role in own]
        commands += [("GrantRole", {"email": deal, "role": role}, owner) for role in own]
        commands += [("GrantRole", {"email": deal, "role": role}, SELLER) for role in others]
        for command, fields, by in commands:
            told = run.send(Intent(command, {"account": account, **fields}, by))
            assert told.accepted is not None, told


def _play(run: Run, number: int, step: Step) -> None:
    what, who, a, b, wait = step
    how = _HOWS[who % len(_HOWS)]
    run.wait(_WAITS[wait], late=how == "late")
    if how == "tick":
        run.service.tick()
    account = pick(run.accounts(), who // len(_HOWS))
    intent = _wish(run, account, what, a, b)
    intent = _bent(run, intent, how, number, a, b)
    run.how(run, intent)


def _wish(run: Run, account: str, what: int, a: int, b: int) -> Intent:
    """What an account, or the seller on its behalf, wishes for."""
    state = run.service.state(account)
    offer = run.service.catalogue(state.catalogue)
    made = wish(Turn(account, state, offer, a, b, run.secrets, run.numbers, run.people), what)
    return Intent(made.name, made.fields, made.by)


def _bent(run: Run, intent: Intent, how: str, number: int, a: int, b: int) -> Intent:
    """The command as it is sent: with a key of its own, or bent in the way of this step."""
    name, fields, actor = intent.name, intent.fields, intent.actor
    key: str | None = f"c{number}"
    at: datetime | None = None
    match how:
        case "back":
            at = run.clock.now() - timedelta(hours=pick((1, 9, 30, 24 * 4, 24 * 15), a))
        case "stranger":
            actor = pick(("nobody@a0.example", f"u{b % 9}@a0.example", "no address"), a)
        case "again" | "other":
            earlier = [told.intent for told in run.told if told.intent.command_id is not None]
            if earlier:
                before = pick(earlier[::-1], a)
                name, fields, actor, key = (
                    (before.name, before.fields, before.actor, before.command_id)
                    if how == "again"
                    else (name, fields, actor, before.command_id)
                )
        case "nonsense":
            name, fields = _nonsense(intent, a)
    return Intent(name, fields, actor, command_id=key, at=at, dry_run=how == "dry")


def _nonsense(intent: Intent, a: int) -> tuple[str, dict[str, Any]]:
    """A command that no ledger can take."""
    fields = dict(intent.fields)
    first = next(iter(fields))
    broken: list[tuple[str, dict[str, Any]]] = [
        ("Nothing", fields),
        (intent.name, {**fields, "extra": 1}),
        (intent.name, {**fields, first: 3.5}),
        (intent.name, {**fields, first: f"x\x07{a}"}),
        (intent.name, {key: value for key, value in fields.items() if key != first}),
        ("AddSeats", {"subscription": "a0-1", "quantity": 10_000_000}),
        ("AddSeats", {"subscription": "a0-1", "quantity": 0}),
        ("AddSeats", {"subscription": "nothing", "quantity": 1}),
        ("AddSeats", {"subscription": "a0-1", "quantity": 1, "order": "c1"}),
        ("AssignSeat", {"subscription": "a0-1", "email": "u@a0.example", "name": "U", "seat": 999}),
        ("GrantCredit", {"account": "a0", "amount": {"amount": "1.00", "currency": "XTS"}}),
        ("GrantCredit", {"account": "a0", "amount": {"amount": "-1.00", "currency": "EUR"}}),
        ("GrantCredit", {"account": "a0", "amount": 5.0}),
        ("RecordPayment", {"invoice": "EV-2020-999999"}),
        ("RenewSubscription", {"subscription": "a0-1"}),
        ("RedeemProductKey", {"account": "a0", "subscription": "a0-1", "key": "DEMO1"}),
        ("StartSubscription", {**fields, "account": "nobody"}),
    ]
    return pick(broken, a)
