"""Loads the demo into an empty ledger, with a clock that walks through the past up to now.

Each command has an id of its own, so that a load that was cut short goes on where it stopped.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from ledger.catalogues.files import load
from ledger.catalogues.publishing import publication
from ledger.clock import FixedClock
from ledger.host.opened import OpenLedger, on_database
from ledger.scenarios.demo.histories import ACCOUNTS, CATALOGUES, DAYS, Did, OldestOpen
from ledger.scheduling.advancing import advance
from ledger.writer import Intent
from projections.invoices import InvoiceRow

FIRST = "demo:catalogue:expressvpn"
COMMANDS = (
    "seatledger show accounts",
    "seatledger show account acme",
    "seatledger show seats acme-vpn",
    "seatledger show renewals",
    "seatledger show invoices --account elm",
    "seatledger events tail --account dunes",
)
"""What shows the demo."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded; without accounts `reason` says why."""

    accounts: tuple[str, ...]
    events: int
    reason: str
    commands: tuple[str, ...]


def load_demo(ledger: OpenLedger) -> Loaded:
    """Load the demo into an empty ledger, or say why not; its histories end now."""
    last_account = [*ACCOUNTS][-1]
    last = _command_id(last_account, len(ACCOUNTS[last_account]) - 1)
    if ledger.store.answer(last) is not None:
        return Loaded((), 0, "the demo is there already", COMMANDS)
    if ledger.store.head() and ledger.store.answer(FIRST) is None:
        reason = "the ledger is not empty, and the demo is a history of its own"
        return Loaded((), 0, reason, ("seatledger show accounts",))
    now = ledger.clock.now()
    clock = FixedClock(_instant(now, DAYS, "00:00"))
    with on_database(ledger.url, ledger.place, clock) as past:
        for name in CATALOGUES.values():
            intent = publication(load(name))
            _do(past, intent.name, intent.fields, intent.actor, f"demo:catalogue:{name}")
        for at, command_id, did in _in_order(now):
            advance(past.service, clock, at)
            fields = {name: _filled(past, value) for name, value in did.fields.items()}
            if did.do == "OpenAccount":
                fields["catalogue"] = CATALOGUES[did.fields["account"]]
            _do(past, did.do, fields, did.by, command_id)
        advance(past.service, clock, now)
    ledger.reading.catch_up()
    return Loaded((*ACCOUNTS,), ledger.store.head(), "", COMMANDS)


def _in_order(now: datetime) -> list[tuple[datetime, str, Did]]:
    """All that happened, in the order in which it did."""
    done = []
    for account, history in ACCOUNTS.items():
        for index, did in enumerate(history):
            at = _instant(now, did.days_ago, did.hour)
            done.append((at, _command_id(account, index), did))
    return sorted(done, key=lambda one: one[0])


def _command_id(account: str, index: int) -> str:
    return f"demo:{account}:{index}"


def _instant(now: datetime, days_ago: int, hour: str) -> datetime:
    day = now.date() - timedelta(days=days_ago)
    return datetime.combine(day, time.fromisoformat(hour), now.tzinfo)


def _do(ledger: OpenLedger, name: str, fields: Any, actor: str, command_id: str) -> None:
    ledger.service.handle(Intent(name, fields, actor, command_id=command_id))


def _filled(ledger: OpenLedger, value: Any) -> Any:
    """A field's value, the number of an open invoice filled in."""
    if not isinstance(value, OldestOpen):
        return value
    standing = ledger.reading.account_as_of(value.account, ledger.clock.now())
    rows = standing.rows.page(InvoiceRow)
    return next(row.number for row in rows if row.status == "open")
