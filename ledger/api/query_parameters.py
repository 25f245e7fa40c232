"""What a read may ask beside its subject: the instant, the position, the page."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import AwareDatetime

from ledger.api import cursors
from ledger.api.errors import Problem
from ledger.host.opened import OpenLedger
from ledger.reading import schemas
from ledger.reading.queries import Standing
from ledger.reading.schemas import Json, T
from projections.rows import Cursor, R, Row

POSITION_MAX = 2**63 - 1
PAGE_MAX = 1000

Named = Annotated[str, Path(max_length=200)]
"""An id or a number in an address."""

AsOf = Annotated[
    AwareDatetime | None,
    Query(
        description="Answer as of this instant of recording, as in 2026-03-12T00:00:00Z;"
        " all that the log had recorded by then."
    ),
]
MinPosition = Annotated[
    int | None,
    Query(
        ge=0,
        le=POSITION_MAX,
        description="Wait until the view has come to this position; left out: the log's end.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many at most.")]
CursorText = Annotated[
    str | None, Query(alias="cursor", max_length=500, description="`next` of the page before.")
]
Filter = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]

_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Moment:
    """When a read is of: now, or an earlier instant of recording."""

    as_of: AwareDatetime | None
    min_position: int | None

    def standing(self, ledger: OpenLedger, account: str | None = None) -> Standing:
        """How things stood then; of one account where one is named. Raises `ViewBehind`."""
        reading = ledger.reading
        if self.as_of is None:
            return reading.live(self.min_position)
        self.wait(ledger)
        if account is None:
            return reading.as_of(self.as_of)
        return reading.account_as_of(account, self.as_of)

    def wait(self, ledger: OpenLedger) -> None:
        """Wait for the position that is asked for; `ViewBehind` where it does not come."""
        if self.min_position is not None:
            ledger.reading.wait(self.min_position)


def _moment(as_of: AsOf = None, min_position: MinPosition = None) -> Moment:
    return Moment(as_of, min_position)


AtMoment = Annotated[Moment, Depends(_moment)]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for."""

    limit: int
    after: Cursor | None

    def of(
        self,
        standing: Standing,
        kind: type[R],
        told: Callable[[R], T | None],
        taken: Callable[[R], bool] | None = None,
        **where: str | None,
    ) -> schemas.Page[T]:
        """The page's rows of a kind as `told`, and the cursor of the next page, null at the end.

        A row of which nothing is to be told leaves no item. `taken` says which rows belong to the
        list at all, where no column of theirs does.
        """
        found = self._found(standing, kind, taken, where)
        rows = found[: self.limit]
        return {
            "items": [item for item in map(told, rows) if item is not None],
            "next": _next(rows) if len(found) > self.limit else None,
            "position": standing.position,
        }

    def _found(
        self,
        standing: Standing,
        kind: type[R],
        taken: Callable[[R], bool] | None,
        where: dict[str, str | None],
    ) -> list[R]:
        """The page's rows and one more where there is one, however many between are not taken."""
        found: list[R] = []
        after = self.after
        while True:
            rows = standing.rows.page(kind, after=after, limit=self.limit + 1, **where)
            found += [row for row in rows if taken is None or taken(row)]
            if len(rows) <= self.limit or len(found) > self.limit:
                return found[: self.limit + 1]
            after = Cursor.of(rows[-1])


def _next(rows: list[R]) -> str:
    last: Row = rows[-1]
    return cursors.of_row(Cursor.of(last))


def _page(limit: Limit = 100, cursor: CursorText = None) -> Page:
    return Page(limit, cursors.row(cursor))


OfPage = Annotated[Page, Depends(_page)]


def check_query(request: Request) -> None:
    """`Problem` for a query parameter that the route does not know, or that says two things."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = _known(route.dependant)
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        shown = (name if _PRINTABLE.fullmatch(name) else repr(name))[:100]
        if name not in known:
            others = ", ".join(sorted(known)) or "none"
            raise Problem("request.invalid", f"{shown}: no such parameter; there is {others}.")
        if name in seen:
            raise Problem("request.invalid", f"{shown}: is given twice.")
        seen.add(name)


def _known(dependant: Dependant) -> set[str]:
    """The query parameters of a route and of what it depends on."""
    known = {field.alias for field in dependant.query_params}
    return known.union(*map(_known, dependant.dependencies))


class AnswerRoute(APIRoute):
    """A route whose answer is documented by its shape, the return annotation, and never checked.

    FastAPI would validate and copy every answer against the annotation.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        super().__init__(path, endpoint, **{**given, "response_model": Json})


def name_of(given: str, code: str) -> str:
    """An id as it stands in an address; the `Problem` of that code for what can be none."""
    if not _PRINTABLE.fullmatch(given):
        raise Problem(code)
    return given
