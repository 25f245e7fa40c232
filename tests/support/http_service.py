"""A ledger served over real HTTP on a free port of this computer, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import httpx2
import uvicorn

from ledger.api import create_app
from ledger.catalogues.files import load
from ledger.catalogues.publishing import publication
from ledger.clock import SystemClock
from ledger.host.opened import OpenLedger, on_database
from ledger.serve import listen

OWNER = "owner@acme.example"
BODY_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Served:
    """The ledger, and a client that speaks to it."""

    ledger: OpenLedger
    client: httpx2.Client

    def do(
        self,
        command: str,
        actor: str = OWNER,
        /,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> httpx2.Response:
        """Send a command."""
        return self.client.post(
            f"/v1/commands/{command}",
            json=fields,
            headers={"Seatledger-Actor": actor, **(headers or {})},
        )

    def done(self, command: str, actor: str = OWNER, /, **fields: Any) -> dict[str, Any]:
        """Send a command that must be accepted, and give its answer."""
        response = self.do(command, actor, **fields)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def read(self, path: str, **query: Any) -> dict[str, Any]:
        """Read what must be there."""
        response = self.client.get(path, params=query)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@contextmanager
def serving(ledger: OpenLedger) -> Iterator[httpx2.Client]:
    """Serve a ledger in a thread."""
    app = create_app(ledger, BODY_LIMIT)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with listen(0, exactly=True) as bound:
        thread = Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            address = f"http://127.0.0.1:{bound.getsockname()[1]}"
            with httpx2.Client(base_url=address, timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served(url: str) -> Iterator[Served]:
    """A served ledger with a catalogue, an account that may buy, and ten seats."""
    with on_database(url, "a test", SystemClock(), 4) as ledger, serving(ledger) as client:
        ledger.service.handle(publication(load("expressvpn")))
        here = Served(ledger, client)
        here.done("OpenAccount", account="acme", email=OWNER, country="FR", name="Acme SARL")
        here.done("ApplyForVolumeLicences", account="acme")
        here.done("ApproveApplication", "seller", account="acme")
        here.done(
            "StartSubscription",
            account="acme",
            subscription="vpn",
            plan="volume-12m",
            seats=10,
            payment_method="card",
        )
        yield here
