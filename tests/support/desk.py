"""A service with a clock that a test sets: commands in, answers out, on any store."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from commands.refusals import RefusalAnswer
from events.envelope import Recorded
from events.invoices import NumberGiven
from ledger.catalogues.files import load
from ledger.clock import FixedClock
from ledger.store.contract import Store
from ledger.store.memory import MemoryStore
from ledger.writer import SELLER, Accepted, Intent, Previewed, RefusedCommand, Service
from ledger.writer.results import document_number

OWNER = "owner@acme.example"
START = datetime(2020, 6, 20, 8, tzinfo=UTC)
BESIDE = ("command_id", "dry_run", "if_match", "correlation_id", "at")


def instant(text: str) -> datetime:
    """An instant in UTC, as in `2020-06-20` or `2020-06-20T08:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Desk:
    """A service in use: what is not said is done by the owner, now."""

    store: Store
    clock: FixedClock
    service: Service = field(init=False)

    def __post_init__(self) -> None:
        self.service = Service(self.store, self.clock)

    @classmethod
    def in_memory(cls, *catalogues: str) -> "Desk":
        """A desk on a store in memory, with these shipped catalogues published."""
        clock = FixedClock(START)
        desk = cls(MemoryStore(clock), clock)
        for name in catalogues:
            desk.publish(name)
        return desk

    def publish(self, name: str) -> Accepted:
        """Publish a shipped catalogue."""
        return self.do("PublishPlan", SELLER, catalogue=mapping_of(name))

    def at(self, text: str) -> "Desk":
        """Set the clock."""
        self.clock.set(instant(text))
        return self

    def handle(self, name: str, /, actor: str = OWNER, **fields: Any) -> Accepted | Previewed:
        """Send a command; `command_id`, `at`, `dry_run` and `if_match` stand beside its fields."""
        beside = {key: fields.pop(key) for key in BESIDE if key in fields}
        if "at" in beside and not isinstance(beside["at"], datetime):
            fields["at"] = beside.pop("at")
        if "name_" in fields:
            fields["name"] = fields.pop("name_")
        return self.service.handle(Intent(name, fields, actor, **beside))

    def do(self, name: str, /, actor: str = OWNER, **fields: Any) -> Accepted:
        """Send a command that is accepted."""
        answer = self.handle(name, actor, **fields)
        assert isinstance(answer, Accepted)
        return answer

    def preview(self, name: str, /, actor: str = OWNER, **fields: Any) -> Previewed:
        """Send a dry run."""
        answer = self.handle(name, actor, dry_run=True, **fields)
        assert isinstance(answer, Previewed)
        return answer

    def refused(self, name: str, /, actor: str = OWNER, **fields: Any) -> RefusalAnswer:
        """Send a command that is refused."""
        with pytest.raises(RefusedCommand) as caught:
            self.handle(name, actor, **fields)
        return caught.value.answer

    def open(self, account: str = "acme", catalogue: str | None = None, **fields: Any) -> Accepted:
        """Open an account for its owner."""
        chosen = {"country": "VG"} if catalogue is None else {"catalogue": catalogue}
        fields = {"country": "VG", "email": OWNER, **chosen, **fields}
        return self.do("OpenAccount", fields["email"], account=account, **fields)

    def log(self) -> list[Recorded]:
        """Every event in order."""
        return [self.service.recorded(stored) for stored in self.store.read_log(limit=100_000)]

    def newest_number(self) -> str:
        """The number of the newest document."""
        event = next(one for one in reversed(self.log()) if isinstance(one.fact, NumberGiven))
        assert isinstance(event.fact, NumberGiven)
        return document_number(event.fact.series, event.sequence)

    def decisions(self) -> Iterator[Recorded]:
        """The first event of every decision."""
        return (event for event in self.log() if event.command is not None)


def mapping_of(name: str) -> dict[str, Any]:
    """A shipped catalogue as `PublishPlan` takes it; product keys come as digests."""
    return load(name).model_dump(mode="json", by_alias=True, exclude_unset=True)


def expressvpn(seats: int = 10) -> Desk:
    """A desk with one account that holds so many seats by the year, bought on 25 June 2020."""
    desk = Desk.in_memory("expressvpn")
    desk.open()
    desk.do("ApplyForVolumeLicences", account="acme")
    desk.do("ApproveApplication", SELLER, account="acme")
    desk.at("2020-06-25T09:00")
    desk.do(
        "StartSubscription",
        account="acme",
        subscription="vpn",
        plan="volume-12m",
        seats=seats,
        payment_method="card",
        command_id="start",
    )
    return desk
