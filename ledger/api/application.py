"""The HTTP application of a ledger."""

from html import escape

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import HTMLResponse

from ledger import problems
from ledger.api import commands, documents, errors, log, reads
from ledger.api.middleware import Shell
from ledger.api.query_parameters import AnswerRoute, check_query
from ledger.host.opened import OpenLedger
from ledger.problems import ProblemPage
from ledger.reading.event_schemas import Door

VERSION = "1"
"""The version of the interface, as in `/v1`."""

BODY_LIMIT = 8_000_000
"""The largest body that is read, in bytes, unless told otherwise."""


def create_app(ledger: OpenLedger, body_limit: int = BODY_LIMIT) -> Shell:
    """The application that serves a ledger: commands, reads, problems, and `/openapi.json`."""
    return Shell(application(ledger), body_limit)


def application(ledger: OpenLedger) -> FastAPI:
    """The routes of a ledger, without what stands around every request."""
    app = FastAPI(
        title="seatledger",
        version=VERSION,
        description="A ledger of seat licences: every change is a command, every fact an event.",
        docs_url=None,  # FastAPI's own pages load their scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(check_query)],
    )
    errors.install(app)
    for routes in (commands.router(ledger), reads.router(ledger), log.router(ledger)):
        app.include_router(routes)
    app.include_router(_front())
    app.openapi = lambda: documents.document(app)  # type: ignore[method-assign]
    return app


def _front() -> APIRouter:
    """The door, and the pages of the problems."""
    routes = APIRouter(tags=["front"], route_class=AnswerRoute)
    routes.add_api_route("/", _door, methods=["GET"], summary="Where everything is found.")
    routes.add_api_route(
        "/problems/{code}",
        _page,
        methods=["GET"],
        summary="What a code means.",
        responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    )
    return routes


def _door() -> Door:
    return {
        "name": "seatledger",
        "openapi": "/openapi.json",
        "health": "/v1/health",
        "accounts": "/v1/accounts",
        "plans": "/v1/plans",
    }


def _page(code: str, request: Request) -> ProblemPage | HTMLResponse:
    """A code's words: for a browser as a page, else as JSON."""
    if code not in problems.WAYS:
        raise errors.Problem("request.not_found", "There is no such problem.")
    page = problems.page_of(code)
    if "text/html" not in request.headers.get("accept", ""):
        return page
    rules = ", ".join(page["rules"]) or "none"
    return HTMLResponse(
        f"<!doctype html><html lang=en><title>{escape(code)}</title>"
        f"<h1>{escape(code)}</h1><p>{escape(page['title'])}</p><p>{escape(page['remedy'])}</p>"
        f"<p>HTTP status {page['status']}; rules: {escape(rules)}</p></html>"
    )
