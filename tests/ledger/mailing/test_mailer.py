"""Letters: each is sent once, by a real mail server, and none is lost (SE-05, GT-10)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.catalogues.publishing import publish_shipped
from ledger.clock import FixedClock
from ledger.host.opened import OpenLedger, on_database
from ledger.mailing import FolderPost, Mailer, Outbox, Post, SmtpPost, post_of
from ledger.mailing.mailer import LEND_S, SellerName
from ledger.mailing.outbox import Lent
from ledger.store.errors import StoreUnavailable
from ledger.writer import SELLER, Intent
from tests.support.mail_server import CutsOff, Inbox, Lost, mail_server
from tests.support.postgres import at
from tests.support.service_process import free_port

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SENDER = "no-reply@seller.example"
OWNER = "owner@acme.example"


@dataclass
class Desk:
    """A ledger with a mailer, and commands in a line each."""

    ledger: OpenLedger
    clock: FixedClock
    outbox: Outbox
    url: str

    def mailer(self, post: Post, seller: SellerName | None = None) -> Mailer:
        """A mailer that hands its letters to this post."""
        service = self.ledger.service
        return Mailer(
            self.ledger.store,
            self.ledger.views,
            seller or (lambda name: service.catalogue(name).seller.name),
            self.outbox,
            post,
            SENDER,
            self.clock,
        )

    def do(self, command: str, by: str = OWNER, **fields: Any) -> None:
        """Handle a command."""
        self.ledger.service.handle(Intent(command, fields, by))
        self.ledger.reading.catch_up()

    def company(self, account: str = "acme", country: str = "CA") -> None:
        """Open an account that may give seats of Secure Exchanges to users of its domain."""
        self.do(
            "OpenAccount",
            account=account,
            email=OWNER,
            country=country,
            catalogue="secureexchanges",
        )
        self.do("GrantRole", account=account, email=OWNER, role="administrator")
        self.do("ApproveEmailDomain", by=SELLER, account=account, domain="acme.example")
        self.do(
            "StartSubscription",
            account=account,
            subscription=f"{account}-mail",
            plan="mail-12m",
            seats=5,
            payment_method="card",
            order=f"{account}-1",
        )


@pytest.fixture
def desk(postgres_url: str) -> Iterator[Desk]:
    """A ledger on PostgreSQL whose letters are taken from now on."""
    clock = FixedClock(START)
    with on_database(postgres_url, "here", clock) as ledger, Outbox(postgres_url) as outbox:
        publish_shipped(ledger.service)
        ledger.reading.catch_up()
        made = Desk(ledger, clock, outbox, postgres_url)
        made.mailer(Lost()).begin()
        yield made


def smtp(port: int) -> SmtpPost:
    """The post of a server on this computer."""
    return SmtpPost(f"smtp://127.0.0.1:{port}")


@pytest.mark.rule("SE-05")
def test_se05_a_user_gets_one_letter_on_assignment(desk: Desk) -> None:
    """On assignment the user, and nobody else, receives one e-mail that names the seat."""
    inbox, port = Inbox(), free_port()
    desk.company()
    desk.do("AssignSeat", subscription="acme-mail", email="ann@acme.example", name="Ann Li")
    mailer = desk.mailer(smtp(port))
    with mail_server(inbox, port):
        mailer.take()
        mailer.send()
        mailer.take()
        mailer.send()

    [letter] = [one for one in inbox.letters if "ann@acme.example" in str(one["To"])]
    assert str(letter["To"]) == "Ann Li <ann@acme.example>"
    assert "seat" in str(letter["Subject"])
    assert "seat 1" in letter.get_content()
    assert letter["Message-ID"].endswith("@seatledger>")


@pytest.mark.rule("GT-10")
def test_gt10_a_purchase_is_confirmed_with_its_details(desk: Desk) -> None:
    """The buyer receives a confirmation with plan, seats, period, tax and total."""
    inbox, port = Inbox(), free_port()
    buyer = "bill@acme.example"
    desk.do("OpenAccount", account="acme", email=OWNER, country="IE", catalogue="goto")
    desk.do("GrantRole", account="acme", email=buyer, role="billing_contact")
    desk.do(
        "StartSubscription",
        by=buyer,
        account="acme",
        subscription="m",
        plan="meeting-pro-12m",
        seats=3,
        payment_method="card",
        order="o-1",
    )
    mailer = desk.mailer(smtp(port))
    with mail_server(inbox, port):
        mailer.take()
        mailer.send()

    [letter] = inbox.letters
    content = letter.get_content()
    assert buyer in str(letter["To"])
    assert "o-1" in str(letter["Subject"])
    # 129.00 for each of three seats and twelve months, and 23 % Irish tax on 387.00.
    for detail in ("3 seats", "2026-03-02 to 2027-03-02", "387.00", "89.01", "476.01"):
        assert detail in content


@pytest.mark.rule("GT-10")
def test_gt10_a_trial_is_welcomed(desk: Desk) -> None:
    """Whoever starts a trial receives a welcome that says when it ends."""
    inbox, port = Inbox(), free_port()
    desk.do("OpenAccount", account="acme", email=OWNER, country="FR", catalogue="goto")
    desk.do("GrantRole", account="acme", email=OWNER, role="billing_contact")
    desk.do("StartTrial", account="acme", subscription="t", plan="webinar-12m", seats=2)
    mailer = desk.mailer(smtp(port))
    with mail_server(inbox, port):
        mailer.take()
        mailer.send()

    [letter] = inbox.letters
    assert str(letter["Subject"]).startswith("Bienvenue")
    assert "2026-03-16" in letter.get_content()


def test_a_crash_after_sending_repeats_the_same_message_id(desk: Desk) -> None:
    """A letter that was sent but not remembered is sent again as the same letter."""
    inbox, port = Inbox(), free_port()
    desk.company()
    with mail_server(inbox, port):
        mailer = desk.mailer(Lost(smtp(port)))
        mailer.take()
        with pytest.raises(KeyboardInterrupt):
            mailer.send()
        assert desk.mailer(smtp(port)).send() == 0
        desk.clock.advance(timedelta(seconds=LEND_S))
        desk.mailer(smtp(port)).send()

    first, again = inbox.letters
    assert first["Message-ID"] == again["Message-ID"]
    assert first.as_bytes() == again.as_bytes()
    assert desk.outbox.counts() == {"sent": 1}


def test_what_was_sent_is_remembered_when_the_database_is_back(
    desk: Desk, postgres_server: str
) -> None:
    """A database that goes away once the letter is gone makes it no second letter."""
    inbox, port = Inbox(), free_port()
    desk.company()
    name = str(at(desk.url, "select current_database()")[0][0])
    with mail_server(inbox, port), Outbox(desk.url, patience_s=4) as desk.outbox:
        cutting = CutsOff(smtp(port), postgres_server, name)
        mailer = desk.mailer(cutting)
        mailer.take()
        with pytest.raises(StoreUnavailable):
            mailer.send()
        cutting.open(to_all=True)
        desk.clock.advance(timedelta(days=1))
        # Each connection that is stale is noticed by its use, as in the thread that sends.
        for _ in range(5):
            with suppress(StoreUnavailable):
                mailer.send()
        assert desk.outbox.counts() == {"sent": 1}

    assert len(inbox.letters) == 1


def test_a_letter_that_the_database_held_up_goes_at_once(desk: Desk, tmp_path: Path) -> None:
    """A database that goes away before the letter goes does not delay it once it is back."""
    away = [StoreUnavailable("away")]

    def seller(_name: str) -> str:
        if away:
            raise away.pop()
        return "S"

    desk.company()
    mailer = desk.mailer(FolderPost(tmp_path), seller)
    mailer.take()
    with pytest.raises(StoreUnavailable):
        mailer.send()

    assert mailer.send() == 1


class LosesReplies(Outbox):
    """An outbox whose line breaks between a commit and its reply, as often as is asked for."""

    lost = 0

    def next_letter(self, at: datetime, until: datetime) -> Lent | None:
        """Lend a letter, and lose the reply."""
        lent = super().next_letter(at, until)
        if self.lost:
            self.lost -= 1
            raise StoreUnavailable("the reply is lost")
        return lent


def test_a_letter_that_was_lent_unheard_goes_at_once(desk: Desk, tmp_path: Path) -> None:
    """A letter whose taking was committed and never answered does not wait until it is lent for."""
    desk.company()
    with LosesReplies(desk.url) as desk.outbox:
        desk.outbox.lost = 1
        mailer = desk.mailer(FolderPost(tmp_path))
        mailer.take()
        with pytest.raises(StoreUnavailable):
            mailer.send()

        assert mailer.send() == 1
        assert desk.outbox.counts() == {"sent": 1}


def test_a_mail_server_that_is_down_for_a_day_delays_and_loses_nothing(desk: Desk) -> None:
    """Letters wait while the server is away, and go out once it is back."""
    inbox, port = Inbox(), free_port()
    desk.company()
    mailer = desk.mailer(smtp(port))
    for _ in range(24):
        mailer.take()
        assert mailer.send() == 0
        desk.clock.advance(timedelta(hours=1))
    desk.do("AssignSeat", subscription="acme-mail", email="ann@acme.example", name="Ann")
    mailer.take()
    with mail_server(inbox, port):
        assert mailer.send() == 2

    assert desk.outbox.counts() == {"sent": 2}


def test_a_letter_that_is_refused_for_good_holds_up_no_other(desk: Desk) -> None:
    """A refused letter is put aside with its reason, and the next one goes out."""
    inbox, port = Inbox(answer="550 no such user"), free_port()
    desk.company()
    mailer = desk.mailer(smtp(port))
    with mail_server(inbox, port):
        mailer.take()
        mailer.send()
        inbox.answer = "451 later"
        desk.do("AssignSeat", subscription="acme-mail", email="ann@acme.example", name="Ann")
        mailer.take()
        assert mailer.send() == 0
        inbox.answer = "250 OK"
        desk.clock.advance(timedelta(seconds=2))
        mailer.send()

    assert desk.outbox.counts() == {"refused": 1, "sent": 1}


def test_a_rebuild_sends_nothing(desk: Desk, tmp_path: Path) -> None:
    """Making the views anew from the log writes no letter a second time, nor another one."""
    desk.company()
    mailer = desk.mailer(FolderPost(tmp_path))
    mailer.take()
    mailer.send()
    with psycopg.connect(desk.url) as connection:
        connection.execute("update views.checkpoints set version = 0, position = 0")
    desk.ledger.reading.catch_up()

    assert mailer.take() == 0
    assert mailer.send() == 0
    [first] = tmp_path.glob("*.eml")
    # Set back as by a restore, the log calls for the same letter once more.
    at(desk.url, "truncate views.mail_letters; update views.mail_progress set position = 0")
    assert (mailer.take(), mailer.send()) == (1, 1)
    assert [*tmp_path.glob("*.eml")] == [first]


def test_a_forgotten_person_gets_no_letter(desk: Desk, tmp_path: Path) -> None:
    """Whoever is forgotten before the letter goes out is not written to."""
    desk.company()
    desk.do("AssignSeat", subscription="acme-mail", email="ann@acme.example", name="Ann")
    mailer = desk.mailer(FolderPost(tmp_path))
    mailer.take()
    desk.do("ForgetPerson", account="acme", email="ann@acme.example")
    mailer.send()

    assert desk.outbox.counts() == {"dropped": 1, "sent": 1}
    assert all(b"ann@" not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_forgotten_persons_letters_leave_the_folder(desk: Desk, tmp_path: Path) -> None:
    """Files of letters to whoever is forgotten are deleted, those to others stay."""
    desk.company()
    desk.do("AssignSeat", subscription="acme-mail", email="ann@acme.example", name="Ann")
    desk.do("AssignSeat", subscription="acme-mail", email="bob@acme.example", name="Bob")
    mailer = desk.mailer(FolderPost(tmp_path))
    mailer.take()
    assert mailer.send() == 3
    desk.do("GrantRole", account="acme", email="next@acme.example", role="owner")
    for email in ("ann@acme.example", OWNER):
        desk.do("ForgetPerson", account="acme", email=email)
    mailer.take()
    [letter] = tmp_path.iterdir()
    assert b"bob@acme.example" in letter.read_bytes()


ODD = ["a,b@acme.example", "(ann@acme.example", '"ann@acme.example', "a:b@acme.example"]


@pytest.mark.parametrize("address", ODD)
def test_an_odd_address_is_written_to(desk: Desk, address: str) -> None:
    """An address with marks that mail gives a meaning to is quoted, and gets its letter."""
    inbox, port = Inbox(), free_port()
    desk.company()
    desk.do("AssignSeat", subscription="acme-mail", email=address, name='Li, "Ann"')
    mailer = desk.mailer(smtp(port))
    with mail_server(inbox, port):
        mailer.take()
        assert mailer.send() == 2

    to = inbox.letters[1]["To"].addresses[0]
    assert (to.username, to.domain, to.display_name) == (address[:-13], "acme.example", 'Li, "Ann"')


def test_an_address_that_no_mail_reaches_holds_up_no_other(desk: Desk) -> None:
    """A letter that cannot be addressed is put aside, and goes to nobody else."""
    inbox, port = Inbox(), free_port()
    desk.do("OpenAccount", account="a", email="x@b,c.example", country="IE", catalogue="goto")
    desk.do("GrantRole", by="x@b,c.example", account="a", email=OWNER, role="billing_contact")
    trial = {"account": "a", "subscription": "t", "plan": "webinar-12m", "seats": 2}
    desk.do("StartTrial", by="seller", **trial)
    desk.do("StartTrial", **trial | {"subscription": "m", "plan": "meeting-pro-12m"})
    mailer = desk.mailer(smtp(port))
    with mail_server(inbox, port):
        mailer.take()
        assert mailer.send() == 2

    assert [str(letter["To"]) for letter in inbox.letters] == [OWNER]
    assert desk.outbox.counts() == {"refused": 1, "sent": 1}


def test_what_happened_before_the_first_start_is_not_written_about(desk: Desk) -> None:
    """A mailer that starts on a ledger with a history begins with what happens next."""
    desk.company()
    with psycopg.connect(desk.url) as connection:
        connection.execute("delete from views.mail_progress")
    mailer = desk.mailer(Lost())
    mailer.begin()

    assert mailer.take() == 0


def test_two_mailers_at_once_send_each_letter_once(desk: Desk, tmp_path: Path) -> None:
    """A letter that one mailer holds is not given to another."""
    desk.company()
    mailer = desk.mailer(FolderPost(tmp_path))
    mailer.take()
    later = desk.clock.now() + timedelta(seconds=LEND_S)
    assert desk.outbox.next_letter(desk.clock.now(), later) is not None
    assert mailer.send() == 0
    desk.clock.set(later)

    assert mailer.send() == 1


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_an_address_that_is_no_mail_server_is_refused(url: str, tmp_path: Path) -> None:
    """What is no smtp or smtps address fails at the start, not at the first letter."""
    with pytest.raises(ValueError, match="mail server"):
        post_of(url, tmp_path)
