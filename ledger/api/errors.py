"""Problems as answers (RFC 9457). No answer ever holds the text of an exception.

`fastapi-problem` puts `str(exc)` into the detail of its 500; these few lines do not.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import etag
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from ledger import problems
from ledger.problems import MEDIA_TYPE
from ledger.reading.queries import ViewBehind
from ledger.store.errors import StoreUnavailable
from ledger.writer import RefusedCommand

_OF_STATUS = {
    404: "request.not_found",
    405: "request.method_not_allowed",
    413: "request.too_large",
    415: "request.media_type",
    422: "request.invalid",
}


INSTANCE_MAX = 500
"""The longest address that a problem quotes."""


class TooLarge(Exception):
    """The body has more bytes than the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class Problem(Exception):
    """Ends a request with the problem of a code; `detail` is a sentence of ours."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def told(problem: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem as an answer."""
    return JSONResponse(
        problem,
        status_code=problem["status"],
        media_type=MEDIA_TYPE,
        headers={**problems.headers_of(problem["code"]), **(headers or {})},
    )


def problem_of(error: Exception, instance: str | None = None) -> dict[str, Any]:
    """The problem that an exception comes to; one that nobody knows is `service.failed`."""
    match error:
        case RefusedCommand():
            return problems.refusal_problem(error.answer, instance)
        case Problem():
            return problems.problem(error.code, detail=error.detail, instance=instance)
        case TooLarge():
            detail = f"The body has more than {error.limit} bytes."
            return problems.problem("request.too_large", detail=detail, instance=instance)
        case StoreUnavailable():
            return problems.problem("service.unavailable", instance=instance)
        case ViewBehind():
            detail = f"Position {error.wanted} is asked for, {error.reached} is reached."
            return problems.problem("view.behind", detail=detail, instance=instance)
        case RequestValidationError():
            return problems.problem("request.invalid", detail=_named(error), instance=instance)
        case HTTPException():
            code = _OF_STATUS.get(error.status_code, "request.invalid")
            return problems.problem(code, instance=instance)
        case _:
            return problems.problem("service.failed", instance=instance)


def instance_of(scope: Mapping[str, Any]) -> str | None:
    """The address that was asked for, as a problem quotes it; None for one that is too long."""
    path = quote(scope["path"], safe="/:@!$&'()*+,;=~")
    return path if len(path) <= INSTANCE_MAX else None


def install(app: FastAPI) -> None:
    """Let every error of a route end as a problem; the shell logs those that nobody knows."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        return told(problem_of(error, instance_of(request.scope)), _headers(error))

    for kind in (
        RefusedCommand,
        Problem,
        TooLarge,
        StoreUnavailable,
        ViewBehind,
        RequestValidationError,
        HTTPException,
        Exception,
    ):
        app.add_exception_handler(kind, answer)


def _headers(error: Exception) -> dict[str, str]:
    """What an error adds to its answer: the methods of a 405, the version of a 412."""
    match error:
        case HTTPException():
            given = dict(error.headers or {})
            # What answers GET answers HEAD as well: the shell sees to it.
            return {name: "GET, HEAD" if value == "GET" else value for name, value in given.items()}
        case TooLarge():
            return {"Connection": "close"}
        case RefusedCommand() if error.answer.code == "command.version_conflict":
            return {} if error.version is None else {"ETag": etag.format_etag(str(error.version))}
        case _:
            return {}


def _named(error: RequestValidationError) -> str:
    """The parameters that are wrong, and why, in pydantic's words without what was given."""
    reasons = []
    for one in error.errors():
        name = ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0])
        reasons.append(f"{name}: {one['msg']}")
    return "; ".join(reasons)[:1000]
