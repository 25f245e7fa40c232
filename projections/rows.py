"""Rows: what projections write and readers read, wherever the rows live.

A row is immutable; a change puts a new one under the same key. A projection sees `Rows` alone,
which has no scans, so that a fold costs the same in a dictionary and in a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol, TypeVar, cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table `TABLE`: its key, whom it concerns, and the position that made it.

    `position` is the place in the log of the fact that began what the row is about; it never
    changes, so that (position, key) is the order in which rows are listed.
    """

    TABLE: ClassVar[str]
    key: str
    account: str | None
    subscription: str | None = None
    position: int


R = TypeVar("R", bound=Row)


class RowMissing(LookupError):
    """A fact speaks of something that no fact before it began."""


class Getter(Protocol):
    """Where one row is read by its key."""

    def get(self, kind: type[R], key: str) -> R | None:
        """The row of that kind and key, if there is one."""
        ...


class Rows(Getter, Protocol):
    """What a fold may do with rows: get, put and delete one by its key."""

    def put(self, row: Row) -> None:
        """Keep a row under its kind and key, in place of the one before."""
        ...

    def delete(self, kind: type[Row], key: str) -> None:
        """Drop a row; nothing happens where there is none."""
        ...


class Cursor(NamedTuple):
    """The place of a row in its list: the next page begins after it."""

    position: int
    key: str

    @classmethod
    def of(cls, row: Row) -> "Cursor":
        """The place of that row."""
        return cls(row.position, row.key)


class Reader(Getter, Protocol):
    """What readers may do with rows, in a dictionary or in PostgreSQL."""

    def page(
        self,
        kind: type[R],
        *,
        account: str | None = None,
        subscription: str | None = None,
        after: Cursor | None = None,
        limit: int | None = None,
    ) -> list[R]:
        """Rows of a kind in the order (position, key), of one account or subscription or of all."""
        ...


class MemoryRows:
    """Rows in dictionaries: `Rows` for the fold and `Reader` for who asks."""

    def __init__(self) -> None:
        self._tables: dict[type[Row], dict[str, Row]] = {}

    def get(self, kind: type[R], key: str) -> R | None:
        """The row of that kind and key, if there is one."""
        return cast("R | None", self._tables.get(kind, {}).get(key))

    def put(self, row: Row) -> None:
        """Keep a row."""
        self._tables.setdefault(type(row), {})[row.key] = row

    def delete(self, kind: type[Row], key: str) -> None:
        """Drop a row."""
        self._tables.get(kind, {}).pop(key, None)

    def page(
        self,
        kind: type[R],
        *,
        account: str | None = None,
        subscription: str | None = None,
        after: Cursor | None = None,
        limit: int | None = None,
    ) -> list[R]:
        """Rows in order; see `Reader.page`."""
        found = (
            row
            for row in self._tables.get(kind, {}).values()
            if (account is None or row.account == account)
            and (subscription is None or row.subscription == subscription)
            and (after is None or Cursor.of(row) > after)
        )
        return cast("list[R]", sorted(found, key=Cursor.of)[:limit])


class BufferedRows:
    """Rows over others that stay as they are: changes are kept aside.

    A batch writes them all at the end; a question "what if" throws them away.
    """

    def __init__(self, under: Getter) -> None:
        self._under = under
        self._changes: dict[tuple[type[Row], str], Row | None] = {}

    @property
    def changes(self) -> Mapping[tuple[type[Row], str], Row | None]:
        """What has been put under each kind and key; None where a row was dropped."""
        return self._changes

    def get(self, kind: type[R], key: str) -> R | None:
        """The row as changed, else as it lies underneath."""
        place = (kind, key)
        if place in self._changes:
            return cast("R | None", self._changes[place])
        return self._under.get(kind, key)

    def put(self, row: Row) -> None:
        """Keep a row aside."""
        self._changes[type(row), row.key] = row

    def delete(self, kind: type[Row], key: str) -> None:
        """Remember that a row is gone."""
        self._changes[kind, key] = None


class OverlaidRows(BufferedRows):
    """Changes kept aside and read together with the rows underneath, as if they had been made."""

    def __init__(self, under: Reader) -> None:
        super().__init__(under)
        self._listed = under

    def page(
        self,
        kind: type[R],
        *,
        account: str | None = None,
        subscription: str | None = None,
        after: Cursor | None = None,
        limit: int | None = None,
    ) -> list[R]:
        """Rows in order; see `Reader.page`."""
        changed = {key: row for (of, key), row in self.changes.items() if of is kind}
        aside = MemoryRows()
        for row in changed.values():
            if row is not None:
                aside.put(row)
        enough = None if limit is None else limit + len(changed)
        below, beside = (
            rows.page(kind, account=account, subscription=subscription, after=after, limit=enough)
            for rows in (self._listed, aside)
        )
        kept = [row for row in below if row.key not in changed]
        return sorted([*kept, *beside], key=Cursor.of)[:limit]


def existing(rows: Getter, kind: type[R], key: str) -> R:
    """The row of that kind and key; `RowMissing` where there is none."""
    row = rows.get(kind, key)
    if row is None:
        raise RowMissing(f"nothing in {kind.TABLE} under {key!r}")
    return row
