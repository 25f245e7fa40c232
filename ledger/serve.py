"""The service as a process: HTTP on this computer, views that follow, due work that is done.

A database that goes away, or has no room, ends nothing: all of it goes on by itself afterwards. A
PostgreSQL of our own that has stopped (PostgreSQL does on a disk that is full) is started again.
Several may run against one database: the log, the views and the due work take care of themselves.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import uvicorn
from platformdirs import user_data_path

from ledger import logs
from ledger.api import create_app
from ledger.host.opened import OpenLedger
from ledger.mailing import Mailer, Outbox, post_of
from ledger.settings import LOCALHOST, Settings
from ledger.store.postgres.roles import may_change_the_log

FOLLOW_MS = 1_000
"""How often the views look for what other processes have appended, at least."""

BREATH_S = 1
"""How long a thread waits after something went wrong, in seconds."""

PORTS_TRIED = 20
"""How many ports after the usual one are tried where that one is taken."""

SHUTDOWN_S = 10
"""How long requests may still take once the service is told to stop."""


class PortTaken(Exception):
    """The port that was asked for is taken; the message says which."""


def listen(port: int, *, exactly: bool) -> socket.socket:
    """A socket on this computer alone; the next free port where another will do.

    Raises `PortTaken`.
    """
    last = port + 1 if exactly or port == 0 else min(port + PORTS_TRIED, 65536)
    for candidate in range(port, last):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((LOCALHOST, candidate))
            bound.listen(socket.SOMAXCONN)
        except OSError:
            bound.close()
        else:
            return bound
    raise PortTaken(f"port {port} is taken; name another with --port, or 0 for any")


def serve(ledger: OpenLedger, settings: Settings, bound: socket.socket) -> None:
    """Serve until the process is told to stop (SIGTERM, SIGINT); requests under way are ended."""
    app = create_app(ledger, settings.body_limit)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=SHUTDOWN_S,
            server_header=False,
        )
    )
    warn_of_one_role(ledger.url)
    with background(ledger, settings):
        server.run(sockets=[bound])


def warn_of_one_role(url: str) -> None:
    """Say in the log that the service's own role could change what is recorded, where it could."""
    if may_change_the_log(url):
        logs.logger().warning(
            "log_owned_by_service",
            remedy="Let another role own the log: its address in SEATLEDGER_MIGRATION_URL, and in"
            " SEATLEDGER_DATABASE_URL that of a role that is its member.",
        )


@contextmanager
def background(ledger: OpenLedger, settings: Settings) -> Iterator[None]:
    """The threads beside the requests: the views follow the log, due work is done, letters go."""
    stop = Event()
    with Outbox(ledger.url) as outbox:
        mailer = mailer_of(ledger, settings, outbox)
        mailer.begin()
        with _threads(ledger, settings, mailer, stop):
            yield


def mailer_of(ledger: OpenLedger, settings: Settings, outbox: Outbox) -> Mailer:
    """The mailer of a ledger; ValueError where the address of the mail server is none."""
    return Mailer(
        ledger.store,
        ledger.views,
        lambda name: ledger.service.catalogue(name).seller.name,
        outbox,
        post_of(settings.smtp_url, settings.mail_folder or default_mail_folder()),
        settings.mail_from,
        ledger.clock,
    )


def default_mail_folder() -> Path:
    """Where letters are put as files when no mail server and no folder is named."""
    return Path(user_data_path("seatledger", appauthor=False)) / "mail"


@contextmanager
def _threads(ledger: OpenLedger, settings: Settings, mailer: Mailer, stop: Event) -> Iterator[None]:

    def follow() -> None:
        position = ledger.reading.catch_up()
        ledger.store.wait(position + 1, FOLLOW_MS)

    def work() -> None:
        done = ledger.service.tick()
        if done:
            logs.logger().info("due_work_done", commands=done)
        stop.wait(settings.tick_seconds)

    def write() -> None:
        ledger.reading.catch_up()
        mailer.take()
        mailer.send()
        ledger.store.wait(ledger.store.head() + 1, FOLLOW_MS)

    def look_after() -> None:
        if ledger.keep_up is not None and ledger.keep_up():
            logs.logger().warning("database_started_again")
        stop.wait(BREATH_S)

    turns = {"views": follow, "due_work": work, "letters": write}
    if ledger.keep_up is not None:
        turns["database"] = look_after
    threads = [
        Thread(target=_again, args=(turn, stop, f"{name}_failed"), name=name, daemon=True)
        for name, turn in turns.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(SHUTDOWN_S)


def _again(turn: Callable[[], None], stop: Event, failed: str) -> None:
    """Take turns until told to stop; what goes wrong is logged once in a row, and tried again."""
    told = ""
    while not stop.is_set():
        try:
            turn()
            told = ""
        except Exception as error:  # a database that comes back must find its threads alive
            if str(error) != told:
                told = str(error)
                logs.logger().error(failed, exc_info=error)
            stop.wait(BREATH_S)
