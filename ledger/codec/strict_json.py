"""JSON as it comes in from outside: one text, UTF-8, each field once, no NaN, not too deep.

The parser of the standard library takes the last of two fields and lets half a surrogate pair
through; neither may reach a decision.
"""

import json
import re
from typing import Any

DEPTH_MAX = 60
_SURROGATE = re.compile("[\ud800-\udfff]")


class Malformed(ValueError):
    """A text that is not the JSON that is asked for; the message says why, without quoting it."""


def parse(content: bytes) -> Any:
    """The value in a JSON text; Malformed for anything else."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    try:
        value = _DECODER.decode(text)
    except Malformed:
        raise
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise Malformed(f"The body is not JSON ({problem.msg}, {where}).") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    except ValueError:
        raise Malformed("The body holds a number with too many digits.") from None
    _check(value, 0)
    return value


def parse_object(content: bytes) -> dict[str, Any]:
    """The object in a JSON text; Malformed for anything else."""
    value = parse(content)
    if not isinstance(value, dict):
        raise Malformed("The body is not a JSON object.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Malformed("The body has a field twice.")
    return fields


def _no_constant(name: str) -> None:
    raise Malformed(f"The body holds {name}, which is no JSON.")


def _check(value: Any, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise Malformed("The body is nested too deeply.")
    if isinstance(value, str) and _SURROGATE.search(value):
        raise Malformed("The body holds half a surrogate pair, which is no character.")
    if isinstance(value, dict):
        for name, one in value.items():
            _check(name, depth)
            _check(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _check(one, depth + 1)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
