"""Commands over HTTP: a route for each class, and many at once as lines of JSON (DESIGN 6)."""

import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import etag
from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from commands.registry import COMMANDS
from ledger import logs
from ledger.api.documents import NDJSON
from ledger.api.errors import Problem, problem_of
from ledger.api.intents import (
    check_headers,
    intent_of_line,
    read_actor,
    read_body,
    read_key,
    read_version,
)
from ledger.codec.strict_json import Malformed, parse_object
from ledger.host.opened import OpenLedger
from ledger.reading import answers, previews
from ledger.reading.event_schemas import CommandAnswer
from ledger.writer import Accepted, Intent, Previewed

ActorHeader = Annotated[
    str | None,
    Header(
        alias="Seatledger-Actor",
        description="Who acts: a person's e-mail address, or `seller`. Needed.",
    ),
]
KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="The command's id: sent twice with one key, a command acts once (ALL-03).",
    ),
]
MatchHeader = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The account's version that was read, as its `ETag` has it; else 412.",
    ),
]
DryRun = Annotated[bool, Query(description="Decide and show, append nothing (ALL-02).")]


def router(ledger: OpenLedger) -> APIRouter:
    """The routes of all commands."""
    routes = APIRouter(prefix="/v1/commands", tags=["commands"])
    for name, entry in sorted(COMMANDS.items()):
        # From 3.13 on Python strips the indentation itself; the document must not tell which it is.
        description = inspect.cleandoc(entry.command.__doc__ or name)
        routes.add_api_route(
            f"/{name}",
            _endpoint(ledger, name),
            methods=["POST"],
            name=name,
            operation_id=name,
            summary=description.splitlines()[0],
            description=description,
            response_class=JSONResponse,
            openapi_extra={
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}
                    },
                }
            },
        )

    async def unknown(name: str) -> None:
        raise Problem("request.unknown_command", f"There is no command {name[:100]!r}.")

    async def bulk(request: Request, actor: ActorHeader = None) -> Response:
        return await _bulk(ledger, request, actor)

    routes.add_api_route("/{name}", unknown, methods=["POST"], include_in_schema=False)
    routes.add_api_route(
        "",
        bulk,
        methods=["POST"],
        operation_id="commands_in_bulk",
        summary="Many commands, a JSON object a line; the answers come line by line.",
        description=(
            "Each line holds `command` (the name), the command's fields, and beside them"
            " `command_id`, `at`, `actor` (else the header's), `dry_run` and `if_match`. Each is"
            " decided by itself, in order; a refused line is answered with its problem and harms"
            " no other."
        ),
        openapi_extra={
            "requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}}
        },
    )
    return routes


def _endpoint(ledger: OpenLedger, name: str) -> Callable[..., Awaitable[Response]]:
    async def command(
        request: Request,
        actor: ActorHeader = None,
        idempotency_key: KeyHeader = None,
        if_match: MatchHeader = None,
        dry_run: DryRun = False,
    ) -> Response:
        check_headers(request.headers)
        fields = read_body(await request.body(), request.headers.get("content-type"))
        key = read_key(idempotency_key)
        if key is not None and fields.get("command_id", key) != key:
            raise Problem(
                "request.invalid", "Idempotency-Key: the body's command_id is another one."
            )
        intent = Intent(
            name=name,
            fields=fields,
            actor=read_actor(actor),
            command_id=key,
            dry_run=dry_run,
            if_match=read_version(if_match),
        )
        answer = await run_in_threadpool(ledger.service.handle, intent)
        return JSONResponse(body_of(answer), headers=headers_of(answer))

    return command


def body_of(answer: Accepted | Previewed) -> CommandAnswer:
    """What is answered to a command."""
    if isinstance(answer, Previewed):
        return previews.dry_run(answer)
    return {
        "command_id": answer.command_id,
        "events": [answers.event(event) for event in answer.events],
        "position": answer.position,
        "result": answer.result,
    }


def headers_of(answer: Accepted | Previewed) -> dict[str, str]:
    """The headers of an answer: the account's version, and whether the command came before."""
    headers = {"ETag": etag.format_etag(str(answer.version))}
    if isinstance(answer, Accepted) and answer.repeated:
        headers["Idempotency-Replayed"] = "true"
    return headers


async def _bulk(ledger: OpenLedger, request: Request, header: str | None) -> Response:
    check_headers(request.headers)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != NDJSON:
        raise Problem("request.media_type", f"Commands in bulk are sent as {NDJSON}.")
    actor = read_actor(header)
    lines = [line for line in (await request.body()).split(b"\n") if line.strip()]

    async def answered() -> AsyncIterator[bytes]:
        for line in lines:
            told = await run_in_threadpool(_answer_line, ledger, line, actor)
            # In ASCII: readers of lines may also part them at other signs, as at U+2028.
            yield json.dumps(told).encode() + b"\n"

    return StreamingResponse(answered(), media_type=NDJSON)


def _answer_line(ledger: OpenLedger, line: bytes, actor: str) -> dict[str, Any]:
    """The answer to one line; whatever it is, the next one has its own."""
    try:
        answer = ledger.service.handle(intent_of_line(parse_object(line), actor))
    except Malformed as malformed:
        return problem_of(Problem("request.malformed", str(malformed)))
    except Exception as error:  # told as a problem; what nobody expected is logged
        told = problem_of(error)
        if told["code"] == "service.failed":
            logs.logger().error("bulk_line_failed", exc_info=error)
        return told
    told = {"status": 200, **body_of(answer), "version": answer.version}
    if isinstance(answer, Accepted) and answer.repeated:
        told["replayed"] = True
    return told
