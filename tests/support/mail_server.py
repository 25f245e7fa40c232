"""A real SMTP server on this computer, for tests, and ways to send to it that end badly."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from ledger.mailing import Post
from tests.support.postgres import at


@dataclass
class Inbox:
    """What a mail server took; `answer` is what it says to each letter, `parting` to QUIT."""

    letters: list[EmailMessage] = field(default_factory=list)
    answer: str = "250 OK"
    recipient: str = "250 OK"
    parting: str = "221 Bye"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: object
    ) -> str:
        """Take a recipient, or say why not."""
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_QUIT(  # noqa: N802 - the library's name
        self, _server: object, _session: object, _envelope: Envelope
    ) -> str:
        """Part."""
        return self.parting

    async def handle_DATA(  # noqa: N802 - the library's name
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        """Take a letter, or say why not."""
        if self.answer.startswith("250"):
            content = bytes(envelope.content or b"")
            self.letters.append(BytesParser(policy=default).parsebytes(content))
        return self.answer


@contextmanager
def mail_server(inbox: Inbox, port: int) -> Iterator[None]:
    """A real SMTP server on this computer."""
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class CutsOff:
    """A post that sends, and then cuts all connections and closes the database to new ones."""

    def __init__(self, post: Post, server: str, database: str) -> None:
        self._post = post
        self._server = server
        self._database = database

    def send(self, letter: EmailMessage) -> None:
        """Send while the database is there; it goes away before that can be remembered."""
        self._post.send(letter)
        self.open(to_all=False)
        backends = f"from pg_stat_activity where datname = '{self._database}'"
        at(self._server, f"select pg_terminate_backend(pid) {backends}")

    def open(self, *, to_all: bool) -> None:
        """Let connections in again, or not."""
        at(self._server, f"alter database {self._database} allow_connections {to_all}")

    def forget(self, message_id: str) -> None:
        """Keep nothing."""


class Lost:
    """A post whose sender dies after the letter has gone, before that is remembered."""

    def __init__(self, first: Post | None = None) -> None:
        self._first = first

    def send(self, letter: EmailMessage) -> None:
        """Send, then die."""
        if self._first is not None:
            self._first.send(letter)
        raise KeyboardInterrupt

    def forget(self, message_id: str) -> None:
        """Keep nothing."""
