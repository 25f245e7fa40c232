"""What a mail server says, and what becomes of the letter: taken, tried again, or put aside."""

from contextlib import nullcontext
from email.message import EmailMessage

import pytest

from ledger.mailing import SmtpPost
from ledger.mailing.posting import LetterRefused, PostUnavailable
from tests.support.mail_server import Inbox, mail_server
from tests.support.service_process import free_port


def letter() -> EmailMessage:
    """A letter to somebody."""
    made = EmailMessage()
    made["Message-ID"] = "<1@seatledger>"
    made["From"] = "no-reply@seller.example"
    made["To"] = "owner@acme.example"
    made.set_content("Welcome.")
    return made


@pytest.mark.parametrize("parting", ["221 Bye", "421 too many of you", "500 what?"])
@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ({}, None),
        ({"answer": "451 later"}, PostUnavailable),
        ({"answer": "530 who are you?"}, PostUnavailable),
        ({"answer": "552 too large"}, LetterRefused),
        ({"answer": "554 no such letters here"}, LetterRefused),
        ({"recipient": "450 later"}, PostUnavailable),
        ({"recipient": "550 no such user"}, LetterRefused),
        ({"recipient": "554 not from here"}, PostUnavailable),
    ],
)
def test_a_server_answers_the_letter_and_not_by_its_parting(
    answer: dict[str, str], raised: type[Exception] | None, parting: str
) -> None:
    """What a server says to a letter counts, and what it says to QUIT does not."""
    inbox, port = Inbox(parting=parting, **answer), free_port()

    with mail_server(inbox, port), pytest.raises(raised) if raised else nullcontext():
        SmtpPost(f"smtp://127.0.0.1:{port}").send(letter())

    assert len(inbox.letters) == (0 if raised else 1)
