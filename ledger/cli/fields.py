"""From the words of a command line to a command's fields, as the command's class has them."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from commands.decision import Command
from ledger.codec.strict_json import Malformed, parse

_MONEY = re.compile(r"(-?[0-9.]+)\s*([A-Z]{3})")
_NUMBERS = re.compile(r"[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*")
_ADDRESSES = re.compile(r"""[^\s@,"'\[{]+@[^\s@,]+(\s*,\s*[^\s@,]+@[^\s@,]+)*""")
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_NUMBERS_MAX = 1_000_000


class WrongWords(ValueError):
    """Words that are no fields; the message says why."""


def fields_of(words: Sequence[str], kind: type[Command]) -> dict[str, Any]:
    """The fields that words like `--seats=10` or `--seats 10` give a command.

    A value is read as its field's type asks: text, number, `1,2,5-9`, `a@b.example,c@d.example`,
    `12.95 EUR`, or JSON.
    `@people.csv` is a CSV file of people with the columns email and name; `@FILE` any other file
    of JSON. WrongWords for what is no option, or stands twice.
    """
    schema = kind.model_json_schema()
    properties: Mapping[str, Any] = schema.get("properties", {})
    found: dict[str, Any] = {}
    for name, text in _pairs(words):
        if name in found:
            raise WrongWords(f"--{name.replace('_', '-')} stands twice")
        kinds = _kinds(properties.get(name, {}), schema.get("$defs", {}))
        found[name] = _value(name, text, kinds)
    return found


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("--") or len(word) == 2:
            raise WrongWords(f"{word!r} is no option: write --field=value")
        name, sign, value = word[2:].partition("=")
        if not sign:
            if not left:
                raise WrongWords(f"{word} has no value")
            value = left.pop(0)
        pairs.append((name.replace("-", "_"), value))
    return pairs


def _kinds(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> set[str]:
    """The JSON types that a field takes."""
    if "$ref" in schema:
        return _kinds(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    kinds = set()
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        kinds |= _kinds(one, definitions)
    if isinstance(schema.get("type"), str):
        kinds.add(schema["type"])
    if "const" in schema or "enum" in schema:
        kinds.add("string")
    return kinds


def _value(name: str, text: str, kinds: set[str]) -> Any:
    if text.startswith("@") and kinds & {"array", "object"}:
        return _from_file(Path(text[1:]))
    if "integer" in kinds and _WHOLE.fullmatch(text):
        return int(text)
    if "boolean" in kinds and text in {"true", "false"}:
        return text == "true"
    if "array" in kinds and _NUMBERS.fullmatch(text):
        return _numbers(name, text)
    if "array" in kinds and _ADDRESSES.fullmatch(text):
        return [part.strip() for part in text.split(",")]
    if "object" in kinds and "string" not in kinds and (money := _MONEY.fullmatch(text)):
        return {"amount": money[1], "currency": money[2]}
    if kinds & {"array", "object"} and "string" not in kinds:
        return _json(name, text)
    if kinds & {"array", "object"} and text[:1] in {"{", "["}:
        return _json(name, text)
    return text


def _json(name: str, text: str) -> Any:
    try:
        return parse(text.encode())
    except Malformed as malformed:
        raise WrongWords(f"--{name.replace('_', '-')}: {malformed}") from None


def _numbers(name: str, text: str) -> list[int]:
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        span = range(int(first), int(last or first) + 1)
        if len(numbers) + len(span) > _NUMBERS_MAX:
            raise WrongWords(f"--{name.replace('_', '-')}: too many numbers")
        numbers.extend(span)
    return numbers


def _from_file(path: Path) -> Any:
    """What a file gives a field: people of a CSV file (MS-10), or JSON."""
    try:
        if path.suffix.lower() != ".csv":
            return parse(path.read_bytes())
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, strict=True))
    except (OSError, UnicodeError, csv.Error, Malformed) as problem:
        raise WrongWords(f"{path}: {getattr(problem, 'strerror', None) or problem}") from None
    if rows and not {"email", "name"} <= set(rows[0]):
        raise WrongWords(f"{path}: the first line must name the columns email and name")
    return [{"email": row["email"], "name": row["name"]} for row in rows]
