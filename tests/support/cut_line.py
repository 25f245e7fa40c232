"""A line between a store and its database that a test can cut, or hold, at a chosen moment."""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

COMMIT = b"COMMIT"


@dataclass
class Held:
    """A statement that is held up: `seen` once it is there, and goes on once it is `released`."""

    what: bytes
    seen: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)


class CutLine:
    """Carries bytes both ways; once armed, it cuts the connection that is about to commit.

    `after=True` lets the COMMIT through and swallows the reply: the transaction is in the
    database, and nobody was told. `after=False` cuts before it: the transaction never was.
    """

    HELD_S = 30

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._target = f"{parts['host']}/.s.PGSQL.{parts.get('port', 5432)}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = make_conninfo(
            url, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable"
        )
        self.cuts = 0
        self._armed: list[tuple[bytes, bool]] = []
        self._held: Held | None = None
        self._to_mute: list[bytes] = []
        self._muted: set[socket.socket] = set()
        Thread(target=self._accept, daemon=True).start()

    def cut_at_commit(self, after: bool) -> None:
        """Arm the line for one more cut."""
        self.cut_at(COMMIT, after)

    def cut_at(self, what: bytes, after: bool) -> None:
        """Arm the line for one more cut, at the next statement that holds these bytes."""
        self._armed.append((what, after))

    def hold_at(self, what: bytes) -> Held:
        """Hold up the next statement that holds these bytes, until it is released."""
        self._held = Held(what)
        return self._held

    def mute_at(self, what: bytes) -> None:
        """Let the next statement that holds these bytes through, and nothing back from then on."""
        self._to_mute.append(what)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                Thread(target=self._carry, args=(client, server, self._cut), daemon=True).start()
                Thread(target=self._carry, args=(server, client, None), daemon=True).start()

    def _carry(
        self,
        source: socket.socket,
        sink: socket.socket,
        cut: Callable[[bytes, socket.socket, socket.socket], bool] | None,
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if cut is not None and cut(data, source, sink):
                    return
                if source not in self._muted:
                    sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cut(self, data: bytes, client: socket.socket, server: socket.socket) -> bool:
        held = self._held
        if held is not None and held.what in data:
            held.seen.set()
            held.released.wait(self.HELD_S)
            self._held = None
        if self._to_mute and self._to_mute[-1] in data:
            self._to_mute.pop()
            self._muted.add(server)
        if not self._armed or self._armed[-1][0] not in data:
            return False
        _, after = self._armed.pop()
        self.cuts += 1
        client.shutdown(socket.SHUT_RDWR)
        if after:
            server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        else:
            server.shutdown(socket.SHUT_RDWR)
        return True
