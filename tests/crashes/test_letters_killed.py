"""The service killed between sending a letter and remembering that: it stays one letter."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import httpx2
import pytest
from aiosmtpd.smtp import Envelope

from ledger.clock import Deadline
from tests.support.mail_server import Inbox, mail_server
from tests.support.postgres import at
from tests.support.service_process import Served, free_port, send, served

SOON_MS = 60_000
SENT = "select status, tries from views.mail_letters"


@dataclass
class Deadly(Inbox):
    """A mail server that takes a letter whole, and then kills whoever sent it, but once."""

    victims: list[Served] = field(default_factory=list)
    killed: Event = field(default_factory=Event)

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: object, session: object, envelope: Envelope
    ) -> str:
        """Take a letter, and end its sender before it hears so."""
        answer = await super().handle_DATA(server, session, envelope)
        while self.victims:
            self.victims.pop().kill()
            self.killed.set()
        return answer


def wait_until(url: str, rows: list[tuple[object, ...]]) -> None:
    """Wait until the letters are as given."""
    deadline = Deadline(SOON_MS)
    while (found := at(url, SENT)) != rows:
        if not deadline.left_ms():
            pytest.fail(f"letters: {found}")
        Event().wait(0.05)


@pytest.mark.rule("SE-05", "GT-10")
@pytest.mark.timeout(300)
def test_a_letter_sent_twice_after_a_kill_is_one_letter(postgres_url: str, tmp_path: Path) -> None:
    """Killed once the mail server has it, the service sends the same letter under the same id."""
    inbox, port = Deadly(), free_port()
    opening = {"account": "a", "email": "o@a.example", "country": "US", "catalogue": "parallels"}
    buying = {"account": "a", "subscription": "s", "plan": "desktop-business-12m", "seats": 5}
    address = f"smtp://127.0.0.1:{port}"
    with (
        mail_server(inbox, port),
        served(postgres_url, tmp_path, SEATLEDGER_SMTP_URL=address) as service,
        httpx2.Client(timeout=30) as http,
    ):
        inbox.victims.append(service)
        send(http, service.address, "OpenAccount", "1", opening)
        send(http, service.address, "StartSubscription", "2", buying | {"payment_method": "card"})
        assert inbox.killed.wait(SOON_MS / 1000)
        assert at(postgres_url, SENT) == [("waiting", 1)]
        # The letter is lent to the process that is dead: as if its time had passed.
        at(postgres_url, "update views.mail_letters set next_try_at = written_at")
        service.start()
        wait_until(postgres_url, [("sent", 2)])
        service.stop()

    first, again = inbox.letters
    assert first["Message-ID"] == again["Message-ID"]
    assert first.as_bytes() == again.as_bytes()
