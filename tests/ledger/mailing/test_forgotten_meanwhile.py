"""A person who is forgotten while a letter to them is on its way: nothing of it stays here."""

from email.message import EmailMessage
from pathlib import Path

from ledger.mailing import FolderPost
from tests.ledger.mailing import test_mailer
from tests.ledger.mailing.test_mailer import Desk

desk = test_mailer.desk


class ForgetsMeanwhile(FolderPost):
    """A folder, and a reader who is forgotten, with all that hangs on it, as the letter goes in."""

    def __init__(self, folder: Path, desk: Desk) -> None:
        super().__init__(folder)
        self._desk = desk

    def send(self, letter: EmailMessage) -> None:
        """Forget the reader, let another process delete what there is, then write the letter."""
        if "ann@" in str(letter["To"]):
            self._desk.do("ForgetPerson", account="acme", email="ann@acme.example")
            self._desk.mailer(self).take()
        super().send(letter)


def test_a_person_forgotten_while_the_letter_goes_leaves_no_file(
    desk: Desk, tmp_path: Path
) -> None:
    """The forgetting is over before the letter is written: its file is deleted all the same."""
    desk.company()
    desk.do("AssignSeat", subscription="acme-mail", email="ann@acme.example", name="Ann")
    mailer = desk.mailer(ForgetsMeanwhile(tmp_path, desk))
    mailer.take()
    mailer.send()

    [letter] = tmp_path.iterdir()
    assert b"ann@" not in letter.read_bytes()
