"""From what a way in heard to a command: everything that can be wrong with it by itself.

Reasons are in plain words and never repeat what was given, which may be somebody's secret.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from commands.catalogue_file import CatalogueRejected
from commands.refusals import Refused, invalid
from commands.registry import COMMANDS, Command, Entry
from ledger.writer.intents import Intent

DEPTH_MAX = 32
"""How deep the fields of a command may be nested."""

SIZE_MAX = 2 * 1024 * 1024
"""How large a command may be: its characters, and a few for each value."""

INTEGER_MAX = 10**18
"""No field takes a number as large as this."""

COMMAND_ID_MAX = 200
RESERVED = "due/"
"""The beginning of the keys of due work, which no caller may give."""

PROBLEMS_TOLD = 10
"""How many problems of a catalogue a refusal tells at most."""

_VALUE_SIZE = 4
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?([Zz]|[+-]\d\d:?\d\d)")
_IDS = frozenset({"account", "subscription", "order", "plan", "catalogue"})
_ID_HINT = "must be 1 to 100 letters, digits or . _ : - and begin with a letter or digit"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command whose fields are right by themselves; `command_id` None: none was given.

    `fields` are those that were given, as JSON values.
    """

    name: str
    entry: Entry
    command: Command
    fields: dict[str, Any]
    command_id: str | None
    at: datetime | None


def parse(intent: Intent) -> Parsed:
    """The command of an intent.

    Raises:
        Refused: `command.invalid`, naming the first field that is wrong.
    """
    entry = COMMANDS.get(intent.name) if isinstance(intent.name, str) else None
    if entry is None:
        raise invalid("command", "there is no command of this name", "Choose one of the commands.")
    if not isinstance(intent.fields, Mapping):
        raise invalid("command", "its fields must be a JSON object")
    fields = _Plain().mapping(intent.fields, "", 0)
    command_id = _command_id(fields.pop("command_id", None), intent.command_id)
    at = _at(fields.pop("at", None), intent.at)
    command = read_command(entry.command, fields)
    return Parsed(intent.name, entry, command, fields, command_id, at)


def read_command(kind: type[Command], fields: Mapping[str, Any]) -> Command:
    """The command of that class with these fields, which are JSON values.

    Raises:
        Refused: `command.invalid`.
    """
    try:
        return kind.model_validate_json(json.dumps(fields))
    except ValidationError as problem:
        raise _refusal(problem, kind, fields) from None


class _Plain:
    """Copies JSON values while it looks for what no field takes, and counts their size."""

    def __init__(self) -> None:
        self._left = SIZE_MAX

    def mapping(self, given: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
        """A mapping with all that is in it."""
        found: dict[str, Any] = {}
        for key, value in given.items():
            if not isinstance(key, str) or not key.isprintable():
                raise invalid(path or "command", "a field's name must be printable text")
            self._weigh(len(key), path)
            found[key] = self._value(value, f"{path}.{key}" if path else key, depth + 1)
        return found

    def _value(self, given: object, path: str, depth: int) -> Any:
        if depth > DEPTH_MAX:
            raise invalid(_short(path), "is nested too deeply")
        self._weigh(_VALUE_SIZE, path)
        match given:
            case None | bool():
                return given
            case str():
                self._weigh(len(given), path)
                if _CONTROL.search(given):
                    raise invalid(_short(path), "holds a control character")
                return given
            case int():
                if abs(given) >= INTEGER_MAX:
                    raise invalid(_short(path), "is too large")
                return int(given)
            case Mapping():
                return self.mapping(given, path, depth)
            case list() | tuple():
                return [self._value(one, f"{path}[{i}]", depth + 1) for i, one in enumerate(given)]
            case _:
                reason = 'must be a whole number, or a decimal in quotes, as in "12.95"'
                raise invalid(_short(path), reason)

    def _weigh(self, size: int, path: str) -> None:
        self._left -= size
        if self._left < 0:
            raise invalid(_short(path).split(".")[0].split("[")[0] or "command", "is too large")


def _short(path: str) -> str:
    return path if len(path) <= 100 else f"{path[:100]}…"


def _command_id(in_fields: object, beside: str | None) -> str | None:
    if in_fields is not None and beside is not None and in_fields != beside:
        raise invalid("command_id", "is given twice, with two values")
    given = beside if in_fields is None else in_fields
    if given is None:
        return None
    if not isinstance(given, str) or not 1 <= len(given) <= COMMAND_ID_MAX:
        raise invalid("command_id", f"must be text of 1 to {COMMAND_ID_MAX} characters")
    if not given.isprintable() or given != given.strip():
        raise invalid("command_id", "must be printable text without spaces around it")
    if given.startswith(RESERVED):
        raise invalid("command_id", f"must not begin with {RESERVED}")
    return given


def _at(in_fields: object, beside: datetime | None) -> datetime | None:
    if in_fields is not None and beside is not None:
        raise invalid("at", "is given twice")
    given = beside if in_fields is None else _instant(in_fields)
    if given is None:
        return None
    if given.utcoffset() is None:
        raise invalid("at", "needs its offset from UTC, as in 2026-01-31T08:00:00Z")
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise invalid("at", "lies outside the years 1 to 9999") from None


def _instant(given: object) -> datetime:
    if isinstance(given, str) and _INSTANT.fullmatch(given):
        try:
            return datetime.fromisoformat(given.upper())
        except ValueError:
            raise invalid("at", "there is no such instant") from None
    raise invalid("at", "must be an instant, as in 2026-01-31T08:00:00Z")


def _refusal(problem: ValidationError, kind: type[Command], fields: Mapping[str, Any]) -> Refused:
    """The first error of pydantic's in our words."""
    error = problem.errors(include_url=False, include_input=False)[0]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, CatalogueRejected):
        told = [str(one) for one in cause.problems[:PROBLEMS_TOLD]]
        return invalid(_place(error["loc"], fields, keep_last=False), "; ".join(told))
    place = _place(error["loc"], fields, keep_last=error["type"] == "missing")
    return invalid(_short(place), _reason(error, kind))


def _place(loc: tuple[int | str, ...], fields: Mapping[str, Any], *, keep_last: bool) -> str:
    """As in `assign[0].email`; what pydantic adds for members of unions is left out."""
    text, here = "", fields
    for index, step in enumerate(loc):
        try:
            here = here[step]  # type: ignore[index]
        except (LookupError, TypeError):
            if not (keep_last and index == len(loc) - 1):
                continue
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".") or "command"


def _reason(error: Any, kind: type[Command]) -> str:
    context = error.get("ctx", {})
    name = next((step for step in reversed(error["loc"]) if isinstance(step, str)), "")
    match error["type"]:
        case "missing":
            return "is needed"
        case "extra_forbidden":
            return f"is not a field of {kind.__name__}"
        case "string_type" if name == "amount":
            return 'must be a decimal in quotes, as in "12.95"'
        case "string_type":
            return "must be text"
        case "int_type":
            return "must be a whole number"
        case "greater_than_equal":
            return f"must be {context['ge']} or more"
        case "less_than_equal":
            return f"must be {context['le']} or less"
        case "string_pattern_mismatch":
            return _pattern_hint(name)
        case "string_too_long":
            return f"must have {context['max_length']} characters or fewer"
        case "literal_error":
            return f"must be one of {context['expected']}"
        case "value_error":
            # What stands behind the colon repeats the value.
            return str(context["error"]).split(":", maxsplit=1)[0]
        case "too_long":
            return f"has more than {context['max_length']} entries"
        case "too_short":
            return f"must have {context['min_length']} entries or more"
        case _:
            return _shape_hint(error["type"])


def _pattern_hint(name: str) -> str:
    if name == "email":
        return "is not an e-mail address"
    if name in _IDS:
        return _ID_HINT
    return {
        "country": "must be an ISO code of two capitals, as in FR",
        "currency": "must be an ISO 4217 code, as in EUR",
        "amount": 'must be a plain decimal, as in "12.95"',
    }.get(name, "is not written as it should be")


def _shape_hint(kind: str) -> str:
    if kind.startswith(("model", "dict", "dataclass", "typed_dict")):
        return "must be an object"
    if kind.startswith(("tuple", "list", "set")):
        return "must be a list"
    if kind.startswith("date"):
        return "must be a day, written YYYY-MM-DD"
    if kind.startswith("bool"):
        return "must be true or false"
    return "is not what it should be"
