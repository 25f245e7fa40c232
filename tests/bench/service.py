"""The service as the bench sees it, and the one file of it that knows how the service is made.

A service is opened, is sent commands, does due work, is followed; decisions are caught ready for
the append, and copied to other accounts. Where the writer is built otherwise, this file changes.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing import parent_process
from threading import Event
from typing import Any, NamedTuple

from ledger.api import create_app
from ledger.clock import Clock, FixedClock, SystemClock, uuid7
from ledger.host.opened import OpenLedger, on_database
from ledger.settings import Settings
from ledger.store.contract import Store, account_stream
from ledger.store.drafts import Appended, Decision, Draft
from ledger.store.memory import MemoryStore
from ledger.writer import SELLER, Accepted, Intent, Service
from tests.support.shop import SELLER_AT_HOME, TAXED, plan, shop

OWNER = "owner@buyer.example"
BEGINNING = datetime(2025, 1, 15, 9, tzinfo=UTC)
"""When what is copied was bought, and what renews by the month."""

TEMPLATE = "template0"
"""The account whose decisions are copied; the names of the copies are as long."""

CATALOGUE = shop(
    seller=SELLER_AT_HOME | TAXED, yearly=plan(), monthly=plan(term={"months": 1}, product="lamp")
)


class Command(NamedTuple):
    """A command and who sends it."""

    name: str
    fields: dict[str, Any]
    actor: str = OWNER
    command_id: str | None = None


def publication() -> Command:
    """The catalogue of the bench."""
    return Command("PublishPlan", {"catalogue": CATALOGUE}, SELLER)


def opening(account: str, seats: int, by: str = "yearly") -> list[Command]:
    """An account, which buys so many seats of a plan; its subscription has its name."""
    firm = {"account": account, "email": OWNER, "country": "FR", "name": "Buyer SARL"}
    bought = {"account": account, "subscription": f"{account}-s", "plan": by, "seats": seats}
    return [
        Command("OpenAccount", firm, command_id=f"{account}-open"),
        Command(
            "StartSubscription", {**bought, "payment_method": "card"}, command_id=f"{account}-buy"
        ),
    ]


def adding(account: str, number: int) -> Command:
    """A seat is bought: with its charge, its invoice and its payment."""
    fields = {"subscription": f"{account}-s", "quantity": 1}
    return Command("AddSeats", fields, command_id=f"{account}-add-{number}")


def assigning(account: str, number: int) -> Command:
    """A free seat is given to somebody new."""
    person = {"email": f"user{number}@buyer.example", "name": f"User {number}"}
    fields = {"subscription": f"{account}-s", **person}
    return Command("AssignSeat", fields, command_id=f"{account}-assign-{number}")


def releasing(account: str, seat: int, number: int) -> Command:
    """A held seat becomes free."""
    fields = {"subscription": f"{account}-s", "seat": seat}
    return Command("ReleaseSeat", fields, command_id=f"{account}-release-{number}")


@dataclass(frozen=True, slots=True)
class Opened:
    """An open service."""

    ledger: OpenLedger

    def send(self, command: Command) -> dict[str, Any]:
        """Send a command that is accepted, and give its result."""
        return _send(self.ledger.service, command)

    def send_all(self, commands: Sequence[Command]) -> None:
        """Send commands one after the other."""
        for command in commands:
            self.send(command)

    def tick(self) -> int:
        """Do all that is due; how much was done."""
        return self.ledger.service.tick()

    def append(self, decisions: Sequence[Decision]) -> int:
        """Append ready decisions in one transaction; how many events."""
        results = self.ledger.store.append(decisions)
        refused = [result for result in results if not isinstance(result, Appended)]
        if refused:
            raise ValueError(f"a ready decision was not appended: {refused[0]}")
        return sum(len(decision.drafts) for decision in decisions)

    def behind(self) -> int:
        """By how many events the views are behind the log's end."""
        return self.ledger.store.head() - self.ledger.views.position()

    def caught_up_after(self, patience_s: float = 900) -> float:
        """Wait until the views have caught up; how many seconds that took."""
        begun = time.perf_counter()
        while self.behind():
            if time.perf_counter() - begun > patience_s:
                raise TimeoutError(f"the views are {self.behind()} events behind")
            Event().wait(0.02)
        return time.perf_counter() - begun

    def application(self) -> Any:
        """The ASGI application that serves it."""
        return create_app(self.ledger)


@contextmanager
def opened(url: str, clock: Clock | None = None) -> Iterator[Opened]:
    """Open the service of a database, with as many connections as by its default settings."""
    connections = Settings.model_fields["connections"].default
    with on_database(url, "the bench", clock or SystemClock(), connections) as ledger:
        yield Opened(ledger)


def follow(url: str, stop: Any) -> None:
    """Keep the views up with the log until told to stop: in a process of its own."""
    bench = parent_process()
    with opened(url) as service:
        while not stop.is_set() and bench is not None and bench.is_alive():
            position = service.ledger.reading.catch_up()
            service.ledger.store.wait(position + 1, 500)


def _send(service: Service, command: Command) -> dict[str, Any]:
    name, fields, actor, command_id = command
    answer = service.handle(Intent(name, fields, actor, command_id=command_id))
    if not isinstance(answer, Accepted) or answer.repeated:
        raise ValueError(f"{name} did nothing")
    return dict(answer.result)


# -- ready decisions


@dataclass
class _Catching(MemoryStore):
    """A store in memory that gives away what it was to append."""

    clock: Clock
    caught: list[Decision] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.clock)

    def append(self, decisions: Sequence[Decision]) -> list[Any]:
        """Append, and note what."""
        self.caught += decisions
        return super().append(decisions)


class Rehearsal:
    """A service in memory whose decisions are caught, ready to be appended elsewhere."""

    def __init__(self) -> None:
        self._store = _Catching(FixedClock(BEGINNING))
        self._service = Service(self._store, self._store.clock)
        _send(self._service, publication())
        self.take()

    def send(self, command: Command) -> dict[str, Any]:
        """Send a command that is accepted, and give its result."""
        return _send(self._service, command)

    def facts(self, account: str) -> int:
        """How many facts an account has."""
        store: Store = self._store
        return store.stream_version(account_stream(account))

    def take(self) -> list[Decision]:
        """What was decided since this was asked last."""
        caught, self._store.caught = self._store.caught, []
        return caught


def copied(decision: Decision, account: str, command_id: str, *, alone: bool = False) -> Decision:
    """The decision of the template as one of another account, whose name is as long.

    `alone` leaves out what it needs to have happened before: it only weighs the same.
    """
    own, was = account.encode(), TEMPLATE.encode()

    def name(text: str | None) -> str | None:
        return None if text is None else text.replace(TEMPLATE, account)

    def draft(one: Draft) -> Draft:
        return replace(
            one,
            id=uuid7(BEGINNING),
            stream=one.stream.replace(TEMPLATE, account),
            account=name(one.account),
            subscription=name(one.subscription),
            command_id=command_id,
            correlation_id=command_id,
            command=None if one.command is None else one.command.replace(was, own),
            data=one.data.replace(was, own),
            claims=tuple(claim._replace(value=str(name(claim.value))) for claim in one.claims),
        )

    return Decision(
        command_id=command_id,
        digest=sha256(command_id.encode()).digest(),
        answer=decision.answer,
        account=account,
        drafts=tuple(draft(one) for one in decision.drafts),
        people=() if alone else tuple(replace(one, account=account) for one in decision.people),
    )


def raw(decision: Decision) -> list[tuple[Any, ...]]:
    """The rows of a decision as a table without any of our rules would take them."""
    return [
        (one.id, one.stream, one.type, one.account, one.actor, one.command_id, one.command,
         one.data, one.effective_at)
        for one in decision.drafts
    ]  # fmt: skip
