"""The letters that wait in PostgreSQL: taken from the log once, sent, and remembered.

What has been taken from the log and how far it has been read change in one transaction, so a
crash neither loses a letter nor takes it twice. The tables hold no address.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Self, cast
from uuid import UUID

from psycopg_pool import ConnectionPool

from ledger.mailing.letters import Letter, LetterKind
from ledger.store.postgres.pool import PATIENCE_S, Connection, open_pool, told_apart
from ledger.store.postgres.schemas import Schemas

LetterStatus = Literal["waiting", "sent", "refused", "dropped"]

_BEGIN = """
insert into views.mail_progress (position) values (%s) on conflict (only_row) do nothing
"""
_PROGRESS = "select position from views.mail_progress"
_ADVANCE = "update views.mail_progress set position = %s where position = %s"
_TAKE = """
insert into views.mail_letters
(message_id, event, position, kind, account, person, written_at, next_try_at)
values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (message_id) do nothing
"""
_NEXT = """
update views.mail_letters set tries = tries + 1, next_try_at = %s
where message_id = (
    select message_id from views.mail_letters where status = 'waiting' and next_try_at <= %s
    order by next_try_at, position limit 1 for update skip locked
)
returning message_id, event, position, kind, account, person, written_at, tries
"""
_SETTLE = """
update views.mail_letters set status = %s, settled_at = %s, reason = %s,
person = coalesce(%s, person) where message_id = %s
"""
_DELAY = "update views.mail_letters set next_try_at = %s, reason = %s where message_id = %s"
_GIVE_BACK = """
update views.mail_letters set next_try_at = %s where next_try_at = %s and status = 'waiting'
"""
_SENT_TO = "select message_id from views.mail_letters where account = %s and person = %s"
_COUNT = "select status, count(*) from views.mail_letters group by status"


class Outbox:
    """The tables of letters; several processes may work on them at once."""

    def __init__(
        self,
        url: str,
        schemas: Schemas | None = None,
        pool_size: int = 2,
        patience_s: int = PATIENCE_S,
    ) -> None:
        self._schemas = schemas or Schemas()
        self._pool: ConnectionPool[Connection] = open_pool(url, pool_size, patience_s)

    def close(self) -> None:
        """Give the connections back to the database."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, position: int) -> None:
        """Start reading the log after a position, unless reading has begun before."""
        with self._connected() as connection:
            connection.execute(self._sql(_BEGIN), [position])

    def progress(self) -> int | None:
        """The position up to which letters have been taken; None before `begin`."""
        with self._connected() as connection:
            row = connection.execute(self._sql(_PROGRESS)).fetchone()
        return None if row is None else int(row[0])

    def take(self, letters: Sequence[Letter], seen: int, now: int) -> bool:
        """Keep letters and move on from `seen` to `now`; False where another process did."""
        with self._connected() as connection, connection.transaction():
            if connection.execute(self._sql(_ADVANCE), [now, seen]).rowcount != 1:
                return False
            for letter in letters:
                values = [
                    letter.message_id,
                    letter.event,
                    letter.position,
                    letter.kind,
                    letter.account,
                    letter.person,
                    letter.written_at,
                    letter.written_at,
                ]
                connection.execute(self._sql(_TAKE), values)
        return True

    def next_letter(self, at: datetime, until: datetime) -> "Lent | None":
        """Take the next letter whose time has come; nobody else gets it before `until`.

        That is written down before the letter goes: a disk that is full, or a database that goes
        away at that moment, must not make the same letter go out again and again.
        """
        with self._connected() as connection:
            row = connection.execute(self._sql(_NEXT), [until, at]).fetchone()
        return None if row is None else _lent(row)

    def settle(self, settled: "Settled") -> None:
        """Remember that a letter is sent, refused for good, or has no reader any more."""
        with self._connected() as connection:
            connection.execute(self._sql(_SETTLE), settled)

    def delay(self, message_id: str, until: datetime, reason: str) -> None:
        """Remember that a letter is to be tried again later."""
        with self._connected() as connection:
            connection.execute(self._sql(_DELAY), [until, reason, message_id])

    def give_back(self, until: datetime, at: datetime) -> None:
        """Let a letter that was lent until a moment go at once: its sender never learned of it.

        The moment, told apart by the microsecond, stands for the sender.
        """
        with self._connected() as connection:
            connection.execute(self._sql(_GIVE_BACK), [at, until])

    def sent_to(self, account: str, person: str) -> list[str]:
        """The Message-IDs of a person's letters."""
        with self._connected() as connection:
            rows = connection.execute(self._sql(_SENT_TO), [account, person]).fetchall()
        return [str(message_id) for (message_id,) in rows]

    def counts(self) -> dict[str, int]:
        """How many letters there are by status: waiting, sent, refused, dropped."""
        with self._connected() as connection:
            rows = connection.execute(self._sql(_COUNT)).fetchall()
        return {str(status): int(count) for status, count in rows}

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with told_apart(), self._pool.connection() as connection:
            yield connection

    def _sql(self, text: str) -> bytes:
        return self._schemas.sql(text).encode()


class Settled(NamedTuple):
    """What became of a letter, and who its reader is where that was found out."""

    status: LetterStatus
    at: datetime
    reason: str | None
    reader: str | None
    message_id: str


@dataclass(frozen=True, slots=True)
class Lent:
    """A letter that this process alone is about to send, for the `tries`th time."""

    letter: Letter
    tries: int


def _lent(row: tuple[Any, ...]) -> Lent:
    message_id, event, position, kind, account, person, written_at, tries = row
    letter = Letter(
        message_id=message_id,
        event=cast("UUID", event),
        position=position,
        kind=cast("LetterKind", kind),
        account=account,
        person=person,
        written_at=written_at,
    )
    return Lent(letter, int(tries))
