"""Processes beside the bench: a service whose clients are elsewhere, and who follows a log."""

import http.client
import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Self

import uvicorn
from fastapi import FastAPI, Request

from ledger.clock import FixedClock
from ledger.serve import listen
from tests.bench.service import Command, follow, opened

_CONTEXT = get_context("spawn")
"""A fresh interpreter: what a forked one begins with is not its own memory."""

KIB = 1024


@contextmanager
def followed(url: str) -> Iterator[None]:
    """Have the views follow a log, in a process of their own."""
    stop = _CONTEXT.Event()
    process = _CONTEXT.Process(target=follow, args=(url, stop), daemon=True)
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()


# -- over a socket


def _served_over_socket(url: str, address: str, clients: int) -> None:
    """Take commands from clients, a thread each; without one, only answer."""
    with opened(url) as service, Listener(address, "AF_UNIX", backlog=clients) as listener:

        def serve(connection: Connection) -> None:
            with connection:
                while (asked := connection.recv()) is not None:
                    if isinstance(asked, Command):
                        service.send(asked)
                    connection.send(time.process_time())

        threads = [Thread(target=serve, args=(listener.accept(),)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class OverSocket:
    """A service in a process of its own, and a connection for each client."""

    def __init__(self, url: str, clients: int) -> None:
        self._folder = TemporaryDirectory(prefix="seatledger-bench-")
        address = str(Path(self._folder.name) / "socket")
        self._process = _CONTEXT.Process(
            target=_served_over_socket, args=(url, address, clients + 1), daemon=True
        )
        self._process.start()
        self._connections = [_connected(address, self._process) for _ in range(clients + 1)]

    def send(self, client: int, command: Command | str) -> None:
        """Send a command, or a text that is answered and no more."""
        self._connections[client].send(command)
        self._connections[client].recv()

    def cpu(self) -> float:
        """The processor's time that the process has used, in seconds."""
        self._connections[-1].send("how much?")
        return float(self._connections[-1].recv())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.send(None)
            connection.close()
        self._process.join()
        self._folder.cleanup()


def _connected(address: str, process: Any) -> Connection:
    while True:
        try:
            return Client(address, "AF_UNIX")
        except (FileNotFoundError, ConnectionRefusedError):
            if not process.is_alive():
                raise
            time.sleep(0.02)


# -- over HTTP


def _served_over_http(url: str, ready: Connection) -> None:
    """Serve a ledger, and beside it a route that answers with what it was sent."""
    bare = FastAPI()

    @bare.post("/bench/echo")
    async def echo(request: Request) -> Any:
        return await request.json()

    @bare.get("/bench/cpu")
    async def cpu() -> float:
        return time.process_time()

    with opened(url) as service, listen(0, exactly=True) as bound:
        application = service.application()

        async def routed(scope: Any, receive: Any, send: Any) -> None:
            ours = not scope["path"].startswith("/bench/")
            await (application if ours else bare)(scope, receive, send)

        server = uvicorn.Server(uvicorn.Config(routed, log_config=None, lifespan="off"))
        ready.send(bound.getsockname()[1])

        def end() -> None:
            ready.recv()
            server.should_exit = True

        Thread(target=end, daemon=True).start()
        server.run(sockets=[bound])


class OverHttp:
    """A ledger that is served over HTTP from a process of its own; a connection a client."""

    def __init__(self, url: str, clients: int) -> None:
        self._ready, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_served_over_http, args=(url, theirs), daemon=True)
        self._process.start()
        port = int(self._ready.recv())
        self._connections = [
            http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(clients + 1)
        ]

    def send(self, client: int, command: Command) -> None:
        """Send a command that must be accepted."""
        headers = {"Seatledger-Actor": command.actor}
        if command.command_id is not None:
            headers["Idempotency-Key"] = f'"{command.command_id}"'
        self._posted(client, f"/v1/commands/{command.name}", command.fields, headers)

    def echo(self, client: int, fields: dict[str, Any]) -> None:
        """Send the same to the route that only answers."""
        self._posted(client, "/bench/echo", fields, {})

    def _posted(
        self, client: int, path: str, fields: dict[str, Any], headers: dict[str, str]
    ) -> None:
        connection = self._connections[client]
        headers = {"Content-Type": "application/json", **headers}
        connection.request("POST", path, json.dumps(fields), headers)
        response = connection.getresponse()
        told = response.read()
        if response.status != http.client.OK:
            raise ValueError(f"{path} answered {response.status}: {told.decode()}")

    def cpu(self) -> float:
        """The processor's time that the process has used, in seconds."""
        self._connections[-1].request("GET", "/bench/cpu")
        return float(self._connections[-1].getresponse().read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()
        self._ready.send(None)
        self._process.join()


# -- at night


def _ticking(url: str, asked: Connection) -> None:
    """Do what is due at the instants that are asked for; say how long it took, and the memory."""
    clock = FixedClock(asked.recv())
    with opened(url, clock) as service:
        while (now := asked.recv()) is not None:
            clock.set(now)
            cpu, begun = time.process_time(), time.perf_counter()
            done = service.tick()
            took, used = time.perf_counter() - begun, time.process_time() - cpu
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
            asked.send((done, took, used, peak))


class Ticking:
    """A service with a clock of its own that does due work, in a process of its own."""

    def __init__(self, url: str, now: datetime) -> None:
        self._asked, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_ticking, args=(url, theirs), daemon=True)
        self._process.start()
        self._asked.send(now)

    def tick(self, now: datetime) -> tuple[int, float, float, int]:
        """What is due at an instant: how much, the seconds, the processor's, the most memory."""
        self._asked.send(now)
        done, took, used, peak = self._asked.recv()
        return int(done), float(took), float(used), int(peak)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._asked.send(None)
        self._process.join()
