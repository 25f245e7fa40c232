"""The letters that wait: taken once from the log, and lent to one sender at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from ledger.mailing import Outbox
from ledger.mailing.letters import Letter
from tests.support.postgres import at

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=2)


def letter(number: int) -> Letter:
    """The letter of the fact at a position."""
    return Letter(
        message_id=f"<{number}@seatledger>",
        event=UUID(int=number),
        position=number,
        kind="order",
        account="acme",
        person=None,
        written_at=NOW,
    )


@pytest.fixture
def outbox(postgres_url: str) -> Iterator[Outbox]:
    """An outbox that reads the log from its beginning."""
    with Outbox(postgres_url) as made:
        made.begin(0)
        yield made


def test_what_another_process_has_taken_is_not_taken_again(outbox: Outbox) -> None:
    """Two read the log from one position: the first goes on, the second has to look again."""
    assert outbox.take([letter(1)], 0, 5)

    assert not outbox.take([letter(1), letter(2)], 0, 3)
    assert outbox.progress() == 5
    assert outbox.counts() == {"waiting": 1}


def test_a_letter_that_another_is_being_lent_is_passed_over(
    outbox: Outbox, postgres_url: str
) -> None:
    """Whoever asks while a letter is being lent gets the next one, at once, and not the same."""
    outbox.take([letter(1), letter(2)], 0, 2)
    with psycopg.connect(postgres_url) as other:
        lending = "update views.mail_letters set next_try_at = %s where position = 1"
        other.execute(lending, [LATER])
        lent = outbox.next_letter(NOW, LATER)
        assert lent is not None
        assert lent.letter.position == 2
        assert outbox.next_letter(NOW, LATER) is None

    assert at(postgres_url, "select sum(tries) from views.mail_letters") == [(1,)]
