"""Following the log: hints that something was appended, and a look at least twice a second anyway.

A hint may come late, twice or never, and says nothing that is relied upon: whoever gets one looks
at the log. After each (re)connection of the listener everybody looks once, so that what was
appended before it listened is not missed; a lost connection is replaced by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Event, Thread

import psycopg

from ledger.clock import Deadline
from ledger.store.postgres.pool import AWAY, PATIENCE_S, Connection
from ledger.store.postgres.schemas import Schemas

POLL_MS = 500
"""How often a waiting reader looks, whatever it is told."""

AGAIN_S = 0.25
"""How long a listener that lost its connection waits before it takes another, in seconds."""


_HINT = "select set_config('synchronous_commit', 'off', true), pg_notify(%s, %s)"
"""A transaction of its own, after the append: it waits for no disk, and holds no writer."""


def channel(schemas: Schemas) -> str:
    """The channel on which a ledger's appends are hinted at."""
    return f"{schemas.log}_appended"


def hint(connection: Connection, name: str, position: int) -> None:
    """Tell all who listen that the log has come to a position. That it cannot be told is no harm.

    The append has been committed: nothing that goes wrong here may look like its failure.
    """
    try:
        connection.execute(_HINT.encode(), [name, str(position)])
    except psycopg.Error:
        return


_ANY = 2**63
"""A position that comes after all others."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """Somebody who waits for a position, and whether there is a reason to look again."""

    position: int
    is_told: bool = False


class Hints:
    """Where readers of one process wait for the log, with one listener for all of them.

    The listener is a thread with a connection of its own; it starts with the first who waits.
    """

    def __init__(self, url: str, name: str, poll_ms: int = POLL_MS) -> None:
        self._url = url
        self._name = name
        self._poll_ms = poll_ms
        self._changed = Condition()
        self._waiting: list[_Waiting] = []
        self._listener: Thread | None = None
        self._closed = Event()

    def close(self) -> None:
        """Let the listener end; it does so within a second."""
        self._closed.set()

    def tell(self, position: int) -> None:
        """Wake those who wait for this position or one before it, for a look."""
        with self._changed:
            for waiting in self._waiting:
                waiting.is_told |= waiting.position <= position
            self._changed.notify_all()

    def look(self) -> None:
        """Wake everybody for a look."""
        self.tell(_ANY)

    def wait(self, position: int, head: Callable[[], int], timeout_ms: int) -> bool:
        """Wait until `head` has reached a position; False when the time is over."""
        deadline = Deadline(timeout_ms)
        waiting = _Waiting(position)
        with self._changed:
            self._waiting.append(waiting)
        try:
            while True:
                waiting.is_told = False
                if head() >= position:
                    return True
                left = deadline.left_ms()
                if left == 0:
                    return False
                self._start()
                with self._changed:
                    wait_s = min(left, self._poll_ms) / 1000
                    self._changed.wait_for(lambda: waiting.is_told, wait_s)
        finally:
            with self._changed:
                self._waiting.remove(waiting)

    def _start(self) -> None:
        with self._changed:
            if self._listener is None and not self._closed.is_set():
                self._listener = Thread(target=self._run, name=self._name, daemon=True)
                self._listener.start()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen()
            except AWAY:
                self._closed.wait(AGAIN_S)

    def _listen(self) -> None:
        """Pass hints on for as long as the connection holds."""
        with psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=PATIENCE_S,
            fallback_application_name="seatledger follower",
        ) as connection:
            connection.execute(f"listen {self._name}".encode())
            self.look()
            while not self._closed.is_set():
                for told in connection.notifies(timeout=1, stop_after=1):
                    self._pass_on(told.payload)

    def _pass_on(self, payload: str) -> None:
        """Whoever may connect may send anything: what is no position is a reason to look."""
        if payload.isascii() and payload.isdigit() and len(payload) < 20:
            self.tell(int(payload))
        else:
            self.look()
