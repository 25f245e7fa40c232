"""The stock `eventsourcing` library by its defaults: get an aggregate, one event, save."""

from itertools import count
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from tests.bench.databases import Server
from tests.bench.measuring import Sample, beside_one_another

AGGREGATES = 5_000
"""Over how many the events are spread: reading one back should not be what is measured."""


class Account(Aggregate):
    """An account that counts its seats."""

    @event("Opened")
    def __init__(self, name: str) -> None:
        self.name = name
        self.seats = 0

    @event("SeatsAdded")
    def add_seats(self, quantity: int, price: str, invoice: str) -> None:
        """Add seats, with about as much beside them as a fact of ours holds."""
        del price, invoice
        self.seats += quantity


class Stock:
    """An application of the library, and a work that so many clients do with it."""

    def __init__(self, server: Server, clients: int, seconds: float) -> None:
        parts = conninfo_to_dict(server.empty())
        env = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts["dbname"],
            "POSTGRES_HOST": parts["host"],
            "POSTGRES_PORT": parts["port"],
            "POSTGRES_USER": parts["user"],
            "POSTGRES_PASSWORD": "none",
        }
        self._clients = clients
        self._seconds = seconds
        self._application: Application[UUID] = Application({k: str(v) for k, v in env.items()})
        accounts = [Account(name=f"account {number}") for number in range(AGGREGATES)]
        self._ids = [account.id for account in accounts]
        for first in range(0, AGGREGATES, 100):  # many more in one transaction block it for ever
            self._application.save(*accounts[first : first + 100])
        self._turns = [count() for _ in range(clients)]

    def __call__(self) -> Sample:
        """Run it for some seconds."""
        return beside_one_another(self._clients, self._seconds, self._send)

    def _send(self, client: int) -> None:
        turn = next(self._turns[client])
        # No two clients ever want the same one at once.
        own = (client + turn * self._clients) % (AGGREGATES // self._clients * self._clients)
        account: Any = self._application.repository.get(self._ids[own])
        account.add_seats(1, "10.00", f"invoice {turn}")
        self._application.save(account)

    def close(self) -> None:
        """Let go of its connections."""
        self._application.close()
