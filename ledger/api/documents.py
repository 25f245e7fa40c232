"""The OpenAPI 3.1 document: bodies from the command classes, problems from their table."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from commands.registry import COMMANDS
from ledger.problems import MEDIA_TYPE, WAYS

NDJSON = "application/x-ndjson"
_REF = "#/components/schemas/{model}"
_ENVELOPE: dict[str, Any] = {
    "command_id": {
        "type": "string",
        "maxLength": 200,
        "description": "The command's id, as `Idempotency-Key` gives it; left out: a new one.",
    },
    "at": {
        "type": "string",
        "format": "date-time",
        "description": "When it takes effect; left out: now.",
    },
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; `code` is one of a closed list, `rule` the rule that refused.",
    "required": ["type", "title", "status", "detail", "code", "remedy"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(WAYS)},
        "remedy": {"type": "string"},
        "rule": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
    },
}
_ANSWER: dict[str, Any] = {
    "type": "object",
    "title": "CommandAnswer",
    "description": "`result` of a command that was accepted, `preview` of a dry run.",
    "required": ["events", "position"],
    "properties": {
        "command_id": {"type": "string"},
        "events": {"type": "array", "items": {"type": "object"}},
        "position": {"type": "integer"},
        "result": {"type": "object"},
        "preview": {"type": "object"},
    },
}


def document(app: FastAPI) -> dict[str, Any]:
    """The document of the application, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            description=app.description,
            routes=app.routes,
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for gone in ("HTTPValidationError", "ValidationError"):
            schemas.pop(gone, None)
        schemas |= command_schemas() | {"Problem": _PROBLEM, "CommandAnswer": _ANSWER}
        for path, operations in made["paths"].items():
            for operation in operations.values():
                _answers(path, operation)
        app.openapi_schema = made
    return app.openapi_schema


def command_schemas() -> dict[str, Any]:
    """The schema of each command's body, and of the values in it."""
    models = [(entry.command, "validation") for entry in COMMANDS.values()]
    _, made = models_json_schema(models, by_alias=True, ref_template=_REF)  # type: ignore[arg-type]
    schemas: dict[str, Any] = made["$defs"]
    for name in COMMANDS:
        schemas[name]["properties"] = {**schemas[name].get("properties", {}), **_ENVELOPE}
    return schemas


def _answers(path: str, operation: dict[str, Any]) -> None:
    """Every operation may end with a problem; a command's answer has its own shape."""
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {
        "description": "A problem (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
    }
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "Seatledger-Actor":
            parameter |= {"required": True, "schema": {"type": "string"}}
    if path == "/v1/commands":
        responses["200"]["content"] = {NDJSON: {"schema": {"type": "string"}}}
    elif path.startswith("/v1/commands/"):
        responses["200"]["content"] = {
            "application/json": {"schema": {"$ref": _REF.format(model="CommandAnswer")}}
        }
