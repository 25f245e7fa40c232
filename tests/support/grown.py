"""A ledger that has grown: real commands of two accounts over a year and a half, with documents.

`grow` writes it into any store; the fixture `grown_url` is a database of one's own that holds it,
with the rows of the views and a kept state of each account.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from commands.state.account import STATE_VERSION, initial
from events.invoices import NumberGiven
from ledger.catalogues.files import load
from ledger.catalogues.publishing import publication
from ledger.clock import FixedClock
from ledger.codec.mapper import recorded
from ledger.scenarios.runner import advance
from ledger.states.cache import folded
from ledger.states.snapshots import encode
from ledger.store.contract import Store
from ledger.store.postgres.store import PostgresStore
from ledger.store.sealing import GENESIS, chained, leaf_of
from ledger.verifying.source import DatabaseSource
from ledger.views.tables import Views
from ledger.writer import SELLER, Accepted, Intent, Service
from tests.support.postgres import as_service, as_superuser, at

BEGINNING = datetime(2026, 1, 10, 18, tzinfo=UTC)
ACCOUNTS = ("acme", "bolt")
TEMPLATE = "grown"


def grow(store: Store, clock: FixedClock, accounts: Sequence[str] = ACCOUNTS) -> Service:
    """Publish a catalogue, open accounts, buy, add, cancel, correct, and let it all renew."""
    service = Service(store, clock)
    service.handle(publication(load("parallels")))
    for account in accounts:
        do = _Doing(service, clock, account)
        do("OpenAccount", account=account, email=do.owner, country="US", name="A Ltd")
        for product in ("desktop-business-12m", "desktop-business-1m"):
            bought = do(
                "StartSubscription",
                account=account,
                subscription=f"{account}-{product}",
                plan=product,
                seats=10,
                payment_method="card",
            )
        do("AddSeats", subscription=f"{account}-desktop-business-12m", quantity=3)
        (number,) = (e for e in bought.events if isinstance(e.fact, NumberGiven))
        do.as_seller("IssueCreditNote", invoice=f"{number.fact.series}-{number.sequence:06d}")
        do("CancelSubscription", subscription=f"{account}-desktop-business-1m")
    advance(service, clock, clock.now() + timedelta(days=550))
    return service


class _Doing:
    """Commands of one account, a minute apart, with keys that count."""

    def __init__(self, service: Service, clock: FixedClock, account: str) -> None:
        self._service = service
        self._clock = clock
        self._keys = (f"{account}-{n}" for n in count(1))
        self.owner = f"owner@{account}.example"

    def __call__(self, command: str, /, **fields: object) -> Accepted:
        return self._do(command, fields, self.owner)

    def as_seller(self, command: str, /, **fields: object) -> Accepted:
        """A command of the seller's."""
        return self._do(command, fields, SELLER)

    def _do(self, command: str, fields: dict[str, object], by: str) -> Accepted:
        self._clock.advance(timedelta(minutes=1))
        answer = self._service.handle(Intent(command, fields, by, next(self._keys)))
        assert isinstance(answer, Accepted)
        return answer


def feed(url: str, store: Store) -> int:
    """Bring the views of a database up to the log's end."""
    with Views(url) as views:
        return views.catch_up(lambda after, limit: [*map(recorded, store.read_log(after, limit))])


@pytest.fixture(scope="session")
def grown_template(postgres_server: str) -> str:
    """The name of a database that holds a grown ledger, to be copied."""
    at(postgres_server, f"create database {TEMPLATE} owner seatledger_owner template migrated")
    url = as_service(make_conninfo(postgres_server, dbname=TEMPLATE))
    clock = FixedClock(BEGINNING)
    with PostgresStore(url, clock) as store:
        grow(store, clock)
        for account in ACCOUNTS:
            state = folded(initial(), store.read_account(account))
            store.save_snapshot(account, state.version, STATE_VERSION, encode(state))
        feed(url, store)
    return TEMPLATE


@pytest.fixture
def grown_url(new_database: Callable[..., str], grown_template: str) -> str:
    """The address of a database of one's own with a grown ledger."""
    return new_database(template=grown_template)


Tamper = Callable[..., Any]
"""Runs statements as a superuser, past all triggers; answers the rows, or their count."""


@pytest.fixture
def tamper(grown_url: str) -> Iterator[Tamper]:
    """Run statements as a superuser, past all triggers; answer the rows of the last one."""
    with psycopg.connect(as_superuser(grown_url), autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")

        def run(*statements: str) -> Any:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else cursor.rowcount

        yield run


def reseal(url: str, tamper: Tamper) -> None:
    """Make leaf and chain of all rows anew, as somebody would who knows how they are made."""
    with DatabaseSource.open(url) as source:
        rows = list(source.rows())
    before = GENESIS
    for row in rows:
        leaf = leaf_of(row.values)
        before = chained(before, leaf)
        position = row.values[3]
        tamper(
            f"update log.events set leaf = '\\x{leaf.hex()}', chain = '\\x{before.hex()}'"
            f" where position = {position}"
        )


def position_of(tamper: Tamper, topic: str) -> int:
    """The first position of a fact of that stored name."""
    ((position,),) = tamper(f"select min(position) from log.events where topic = '{topic}'")
    return int(position)
