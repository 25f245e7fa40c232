"""A real SMTP server on this computer, for tests, and what it took."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope


@dataclass
class Inbox:
    """What a mail server took; `answer` is what it says to each letter."""

    letters: list[EmailMessage] = field(default_factory=list)
    answer: str = "250 OK"

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
