"""A service in a process of its own that can be killed, and clients that retry."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2

from ledger.clock import Deadline

ROOT = Path(__file__).parents[2]
START_MS = 60_000
SETTLED = {200, 403, 404, 409, 412, 422}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


class Served:
    """`seatledger serve` on a database, killed and started as often as needed."""

    def __init__(self, url: str | None, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = folder / "serve.log"
        self.mail = folder / "mail"
        own = {"SEATLEDGER_MAIL_FOLDER": str(self.mail), **environment}
        address = {} if url is None else {"SEATLEDGER_DATABASE_URL": url}
        self._environment = os.environ | address | own
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the service and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ledger", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        deadline = Deadline(START_MS)
        while not self.answers():
            if self._process.poll() is not None or not deadline.left_ms():
                raise AssertionError(self._log.read_text(errors="replace")[-4000:])

    def answers(self) -> bool:
        """Whether the service answers by now."""
        try:
            return httpx2.get(f"{self.address}/v1/health", timeout=2).status_code == 200
        except httpx2.TransportError:
            Event().wait(0.05)
            return False

    def kill(self) -> None:
        """End the process as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """Ask the process to end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=60)


@contextmanager
def served(url: str | None, folder: Path, **environment: str) -> Iterator[Served]:
    """A running service, with no address one on a PostgreSQL of its own; killed at the end."""
    service = Served(url, folder, **environment)
    service.start()
    try:
        yield service
    finally:
        service.kill()


@dataclass
class Client:
    """Sends commands one after the other, each with its key until it is answered for good."""

    name: str
    address: str
    stop: Event
    seed: int
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    failed: list[httpx2.Response] = field(default_factory=list)

    def run(self) -> None:
        """Buy and assign seats until told to stop."""
        chance = random.Random(self.seed)
        with httpx2.Client(timeout=20) as http:
            number = 0
            while not self.stop.is_set():
                number += 1
                key = f"{self.name}-{number}"
                if chance.random() < 0.5:
                    fields: dict[str, Any] = {"subscription": self.name, "quantity": 1}
                    self._until_settled(http, "AddSeats", key, fields)
                else:
                    email = f"user{number}@{self.name}.example"
                    fields = {"subscription": self.name, "email": email, "name": f"User {number}"}
                    self._until_settled(http, "AssignSeat", key, fields)

    def _until_settled(
        self, http: httpx2.Client, command: str, key: str, fields: dict[str, Any]
    ) -> None:
        while True:
            answer = send(http, self.address, command, key, fields)
            if answer is not None and answer.status_code in SETTLED:
                if answer.status_code == 200:
                    self.answered[key] = answer.json()
                else:
                    self.refused.append(answer.json()["code"])
                return
            if answer is not None:
                self.failed.append(answer)
            if self.stop.wait(0.02):
                return


def send(
    http: httpx2.Client, address: str, command: str, key: str, fields: dict[str, Any]
) -> httpx2.Response | None:
    """Send a command once; None where the line broke."""
    try:
        return http.post(
            f"{address}/v1/commands/{command}",
            json=fields,
            headers={"Idempotency-Key": key, "Seatledger-Actor": "seller"},
        )
    except httpx2.TransportError:
        return None


@contextmanager
def clients(service: Served, count: int) -> Iterator[list[Client]]:
    """Clients that write all the time, each on an account of its own in one invoice series."""
    with httpx2.Client(timeout=30) as http:
        for number in range(count):
            name = f"c{number}"
            opening = {
                "account": name,
                "email": f"owner@{name}.example",
                "country": "US",
                "catalogue": "parallels",
            }
            buying = {
                "account": name,
                "subscription": name,
                "plan": "desktop-business-12m",
                "seats": 5,
                "payment_method": "card",
            }
            for command, fields in (("OpenAccount", opening), ("StartSubscription", buying)):
                answer = send(http, service.address, command, f"{name}-{command}", fields)
                assert answer is not None
                assert answer.status_code == 200, answer.text
    stop = Event()
    made = [Client(f"c{n}", service.address, stop, n) for n in range(count)]
    threads = [Thread(target=client.run, daemon=True) for client in made]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
