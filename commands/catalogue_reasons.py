"""What is wrong with a catalogue, in the words of its file: each problem with its place and reason.

Pydantic says what it found in its own words and names its own steps; a seller reads neither.
"""

from typing import Any, get_args

from pydantic import ValidationError

from commands.catalogue_checks import CatalogueProblem
from events.fact import Identifier
from events.parties import (
    Bic,
    Code,
    Iban,
    Language,
    Line,
    Mark,
    MeansCode,
    MentionCode,
    RuleId,
)
from events.plans import Method

PROBLEMS_MAX = 100
"""How many problems of one catalogue are told at most."""


def _pattern(kind: Any) -> str:
    """The pattern that a kind of text must match."""
    pattern: str = get_args(kind)[1].pattern
    return pattern


_HINTS = {
    "country": "a country is its ISO code of two capitals, as in FR",
    "currency": "a currency is its ISO 4217 code, as in EUR",
    "unit": "a unit is its UN/ECE code, as in C62 (one)",
    "rules": "the prefix of the rules is two to ten capitals, as in EV",
}

_WRITTEN = {
    _pattern(Identifier): "letters, digits and . _ : -, at most 100, the first no sign",
    _pattern(Line): "text on one line, not blank, without control characters",
    _pattern(Method): "a word of small letters, digits and _",
    _pattern(Code): "the code of a refusal, as in seats.below_minimum",
    _pattern(RuleId): "the ID of a rule, as in EV-01",
    _pattern(Language): "the tag of a language, as in en or fr-CA",
    _pattern(MentionCode): "three capitals of UNTDID 4451, as in PMT",
    _pattern(MeansCode): "a code of UNTDID 4461, as in 30",
    _pattern(Iban): "an IBAN in capitals, without blanks",
    _pattern(Bic): "a BIC of 8 or 11 capitals and digits",
    _pattern(Mark): "letters and digits, at most 10",
}
"""What a seller is told in place of a pattern."""


def catalogue_problems(invalid: ValidationError, mapping: object) -> tuple[CatalogueProblem, ...]:
    """What pydantic found, as places in the mapping and reasons in the words of the file."""
    found: dict[CatalogueProblem, None] = {}
    for error in invalid.errors(include_url=False, include_input=False)[:PROBLEMS_MAX]:
        path = _path(error["loc"], mapping)
        if error["type"] == "catalogue":
            for place, reason in error["ctx"]["problems"]:
                found[CatalogueProblem((*path, *place), reason)] = None
            continue
        if error["type"] == "missing":
            path = (*path, error["loc"][-1])
        found[CatalogueProblem(path, _reason(error))] = None
    return tuple(found)[:PROBLEMS_MAX]


def _path(loc: tuple[int | str, ...], mapping: object) -> tuple[int | str, ...]:
    """The part of pydantic's place that the mapping has too; it also names members of unions."""
    path: list[int | str] = []
    here: Any = mapping
    for step in loc:
        try:
            here = here[step]
        except (LookupError, TypeError):
            continue
        path.append(step)
    return tuple(path)


def _reason(error: Any) -> str:
    """One error of pydantic's in the words of the file."""
    kind, context = error["type"], error.get("ctx", {})
    name = next((step for step in reversed(error["loc"]) if step in _HINTS), None)
    match kind:
        case "missing":
            return "is needed"
        case "extra_forbidden":
            return "is not a key that a catalogue has here"
        case "literal_error":
            return f"must be one of {context['expected']}"
        case "value_error":
            return str(context["error"])
        case "string_pattern_mismatch" if name is not None:
            return _HINTS[name]
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            return f"is written wrongly: {_WRITTEN.get(pattern, f'it must match {pattern}')}"
        case "bool_type" | "string_type" | "int_type" if "entitlements" in error["loc"]:
            return "an entitlement is true, false, a whole number or text"
        case "bool_type":
            return "must be true or false"
        case "string_type":
            return "must be text; what looks like a number or a truth value needs quotes"
        case "int_type":
            return "must be a whole number"
        case "too_short":
            return f"must hold at least {context['min_length']}"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "too_long":
            return f"must hold at most {context['max_length']}"
        case "model_type" | "dict_type":
            return "must be a mapping"
        case "tuple_type":
            return "must be a list"
        case _:
            message: str = error["msg"]
            return message.replace("Input should", "must", 1).replace("Value should", "must", 1)
