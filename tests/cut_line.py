"""A line between a store and its database that a test can cut at a chosen moment."""

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

COMMIT = b"COMMIT"


class CutLine:
    """Carries bytes both ways; once armed, it cuts the connection that is about to commit.

    `after=True` lets the COMMIT through and swallows the reply: the transaction is in the
    database, and nobody was told. `after=False` cuts before it: the transaction never was.
    """

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._target = f"{parts['host']}/.s.PGSQL.{parts.get('port', 5432)}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = make_conninfo(
            url, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable"
        )
        self.cuts = 0
        self._armed: list[bool] = []
        Thread(target=self._accept, daemon=True).start()

    def cut_at_commit(self, after: bool) -> None:
        """Arm the line for one more cut."""
        self._armed.append(after)

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
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cut(self, data: bytes, client: socket.socket, server: socket.socket) -> bool:
        if not self._armed or COMMIT not in data:
            return False
        after = self._armed.pop()
        self.cuts += 1
        client.shutdown(socket.SHUT_RDWR)
        if after:
            server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        else:
            server.shutdown(socket.SHUT_RDWR)
        return True
