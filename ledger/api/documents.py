"""The OpenAPI 3.1 document: bodies from the command classes, answers from their shapes.

Problems are from their table, and the data of an event is told by the class of its fact.
"""

from collections.abc import Iterable
from types import UnionType
from typing import Any, get_args, get_type_hints

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema
from starlette.responses import Response

from commands.registry import COMMANDS
from events.fact import Fact
from events.registry import FACTS
from ledger.api.query_parameters import AnswerRoute
from ledger.problems import MEDIA_TYPE, WAYS
from ledger.reading.event_schemas import CommandAnswer

NDJSON = "application/x-ndjson"
_COMMANDS = "/v1/commands"
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


class _Told(GenerateJsonSchema):
    """Schemas of what is written out: every key that is written is there, and no other."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        """A model is dumped with its defaults, but for fields that say when they are left out.

        A shape says itself what may be left out.
        """
        dumped = self.mode == "serialization" and field["type"] == "model-field"
        return (dumped and "serialization_exclude_if" not in field) or super().field_is_required(
            field, total
        )

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        """A shape is closed."""
        return {**super().typed_dict_schema(schema), "additionalProperties": False}


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
        shapes = _shapes(app)
        told, schemas = _schemas([*shapes.values(), CommandAnswer])
        made["components"] = {"schemas": schemas | {"Problem": _PROBLEM}}
        for path, operations in made["paths"].items():
            shape = CommandAnswer if path.startswith(_COMMANDS) else shapes[path]
            for operation in operations.values():
                _answers(path, operation, told[str(shape)])
        app.openapi_schema = made
    return app.openapi_schema


def _shapes(app: FastAPI) -> dict[str, Any]:
    """The shape of each read's answer by its path: what its function is annotated to return."""
    return {
        route.path: _shape(get_type_hints(route.endpoint, include_extras=True)["return"])
        for context in iter_route_contexts(app.routes)
        if isinstance(route := context.original_route, AnswerRoute)
    }


def _shape(annotation: Any) -> Any:
    """The shape among the kinds of answers; a page for browsers has none."""
    parts = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    (shape,) = (part for part in parts if not _is_page(part))
    return shape


def _is_page(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, Response)


def _schemas(shapes: Iterable[Any]) -> tuple[dict[str, JsonSchemaValue], dict[str, Any]]:
    """The schemas of the shapes, by their names; and those of all that they and commands hold."""
    kinds: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        *((name, "validation", TypeAdapter(entry.command)) for name, entry in COMMANDS.items()),
        *((name, "serialization", TypeAdapter(fact)) for name, fact in FACTS.items()),
        *((str(shape), "serialization", TypeAdapter(shape)) for shape in shapes),
    ]
    told, held = TypeAdapter.json_schemas(kinds, ref_template=_REF, schema_generator=_Told)
    schemas: dict[str, Any] = held["$defs"]
    for name in COMMANDS:
        schemas[name]["properties"] = {**schemas[name].get("properties", {}), **_ENVELOPE}
    schemas["Event"]["oneOf"] = [_event(fact) for fact in FACTS.values()]
    return {name: schema for (name, _), schema in told.items()}, schemas


def _event(fact: type[Fact]) -> dict[str, Any]:
    """What an event of a type holds: the fact in its newest version, whichever is stored."""
    return {
        "title": fact.NAME,
        "properties": {
            "type": {"const": fact.NAME},
            "version": {"maximum": fact.VERSION},
            "data": {"$ref": _REF.format(model=fact.NAME)},
        },
    }


def _answers(path: str, operation: dict[str, Any], shape: JsonSchemaValue) -> None:
    """Every operation may end with a problem; what is well answers in its shape."""
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {
        "description": "A problem (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
    }
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "Seatledger-Actor":
            parameter |= {"required": True, "schema": {"type": "string"}}
    content = responses["200"]["content"]
    if path == _COMMANDS:
        responses["200"]["content"] = {NDJSON: {"schema": {"type": "string"}}}
    else:
        content["application/json"] = {"schema": shape}
