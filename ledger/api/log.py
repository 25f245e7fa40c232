"""The log over HTTP: its events page by page, and how the service is."""

from typing import Annotated

from fastapi import APIRouter, Query

from ledger.api import cursors
from ledger.api.query_parameters import (
    POSITION_MAX,
    AnswerRoute,
    AtMoment,
    CursorText,
    Filter,
    Limit,
)
from ledger.host.opened import OpenLedger
from ledger.reading import answers
from ledger.reading.event_schemas import EventPage, Health
from ledger.reading.queries import EventFilter, Place

After = Annotated[
    int, Query(ge=0, le=POSITION_MAX, description="Begin after this position of the log.")
]
TypeName = Annotated[
    str | None, Query(alias="type", max_length=100, pattern="^[A-Za-z]+$", description="As stored.")
]


def router(ledger: OpenLedger) -> APIRouter:
    """The routes of events and health."""
    routes = APIRouter(prefix="/v1", tags=["log"], route_class=AnswerRoute)

    @routes.get("/events", summary="The log in order; of one account, its own stream.")
    def events(
        moment: AtMoment,
        limit: Limit = 100,
        cursor: CursorText = None,
        after: After = 0,
        account: Filter = None,
        subscription: Filter = None,
        type_name: TypeName = None,
    ) -> EventPage:
        moment.wait(ledger)
        reading = ledger.reading
        upto = None if moment.as_of is None else reading.position_at(moment.as_of)
        wanted = EventFilter(account, subscription, type_name)
        place = Place(after) if cursor is None else cursors.place(cursor)
        page = reading.events(wanted, place, limit, upto)
        return {
            "items": [answers.event(event, reading.person) for event in page.events],
            "next": None if page.next is None else cursors.of_place(page.next),
        }

    @routes.get("/health", summary="Whether the service can work, and how far its views are.")
    def health() -> Health:
        head = ledger.reading.head()
        position = ledger.reading.view_position()
        return {
            "status": "ok",
            "time": answers.instant(ledger.clock.now()),
            "head": head,
            "view_position": position,
            "lag": max(0, head - position),
        }

    return routes
