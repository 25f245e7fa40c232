"""The letters that wait in PostgreSQL: taken from the log once, sent, and remembered.

What has been taken from the log and how far it has been read change in one transaction, so a
crash neither loses a letter nor takes it twice. The tables hold no address.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal, Self, cast
from uuid import UUID

from psycopg_pool import ConnectionPool

from ledger.mailing.letters import Letter, LetterKind
from ledger.store.pool import PATIENCE_S, Connection, open_pool, told_apart
from ledger.store.schemas import Schemas

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
select message_id, event, position, kind, account, person, written_at, tries
from views.mail_letters where status = 'waiting' and next_try_at <= %s
order by next_try_at, position limit 1 for update skip locked
"""
_SETTLE = """
update views.mail_letters set status = %s, settled_at = %s, reason = %s, tries = tries + 1,
person = coalesce(%s, person)
where message_id = %s
"""
_DELAY = """
update views.mail_letters set tries = tries + 1, next_try_at = %s, reason = %s
where message_id = %s
"""
_SENT_TO = """
select message_id, person from views.mail_letters
where account = %s and (person = %s or person is null) for update
"""
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

    @contextmanager
    def next_letter(self, at: datetime) -> "Iterator[Held | None]":
        """Hold the next letter whose time has come; no other process gets it meanwhile.

        What is settled or delayed on it is remembered when the block ends without an error.
        """
        with self._connected() as connection, connection.transaction():
            row = connection.execute(self._sql(_NEXT), [at]).fetchone()
            yield None if row is None else Held(connection, self._sql, row)

    def sent_to(self, account: str, person: str) -> list[str]:
        """The Message-IDs of letters to a person; waits for one that is just being sent."""
        with self._connected() as connection, connection.transaction():
            rows = connection.execute(self._sql(_SENT_TO), [account, person]).fetchall()
        return [str(message_id) for message_id, reader in rows if reader == person]

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


class Held:
    """A letter that this process alone is about to send; `reader` is the person it goes to."""

    def __init__(
        self, connection: Connection, sql: Callable[[str], bytes], row: tuple[Any, ...]
    ) -> None:
        self._connection = connection
        self._sql = sql
        message_id, event, position, kind, account, person, written_at, tries = row
        self.tries = int(tries)
        self.reader: str | None = None
        self.letter = Letter(
            message_id=message_id,
            event=cast("UUID", event),
            position=position,
            kind=cast("LetterKind", kind),
            account=account,
            person=person,
            written_at=written_at,
        )

    def settle(self, status: LetterStatus, at: datetime, reason: str | None = None) -> None:
        """The letter is sent, refused for good, or has no reader any more."""
        values = [status, at, reason, self.reader, self.letter.message_id]
        self._connection.execute(self._sql(_SETTLE), values)

    def delay(self, until: datetime, reason: str) -> None:
        """The letter is to be tried again later."""
        self._connection.execute(self._sql(_DELAY), [until, reason, self.letter.message_id])
