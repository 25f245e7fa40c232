"""What an `.expected.json` beside a scenario names, and where an answer comes out otherwise.

What is named must be there, and all else may be as it is: the lines of a document in any order,
an amount as a decimal or as money, entries of a list also by their index.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

TOLD = frozenset({"why", "rules"})
"""What an expectation says about itself."""


def expected_of(scenario: Path) -> dict[str, Any]:
    """The expectation that stands beside a scenario file."""
    text = scenario.with_suffix(".expected.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def differences(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Where an answer is not as it is expected to be, each with its place."""
    named = {key: value for key, value in expected.items() if key not in TOLD}
    totals = named.pop("invoice_totals", None)
    found = list(_compared(named, answer, ""))
    if totals is not None:
        found += _compared(totals, [one["total"] for one in answer["invoices"]], "/totals")
    return found


def _compared(wanted: Any, found: Any, place: str) -> Iterator[str]:
    wanted, found = _amount(wanted), _amount(found)
    match wanted, found:
        case Mapping(), list():
            for key, value in wanted.items():
                inside = found[int(key)] if int(key) < len(found) else None
                yield from _compared(value, inside, f"{place}/{key}")
        case Mapping(), Mapping():
            for key, value in wanted.items():
                yield from _compared(value, found.get(key), f"{place}/{key}")
        case list(), list() if len(wanted) != len(found):
            yield f"{place}: {len(found)} instead of {len(wanted)}: {found}"
        case list(), list() if place.endswith("/lines"):
            yield from _unmatched(wanted, found, place)
        case list(), list():
            for index, (one, other) in enumerate(zip(wanted, found, strict=True)):
                yield from _compared(one, other, f"{place}/{index}")
        case _ if wanted != found and _decimal(wanted) != _decimal(found):
            yield f"{place}: {found!r} instead of {wanted!r}"
        case _ if wanted != found and _decimal(wanted) is None:
            yield f"{place}: {found!r} instead of {wanted!r}"


def _unmatched(wanted: Sequence[Any], found: Sequence[Any], place: str) -> Iterator[str]:
    rest = list(found)
    for one in wanted:
        fitting = [other for other in rest if not list(_compared(one, other, ""))]
        if fitting:
            rest.remove(fitting[0])
        else:
            yield f"{place}: no line {one} among {rest}"


def _amount(value: Any) -> Any:
    """The decimal of an amount of money; anything else as it is."""
    if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
        return value["amount"]
    return value


def _decimal(value: Any) -> Fraction | None:
    """The number that a decimal string writes; None of anything else."""
    try:
        return Fraction(value) if isinstance(value, str) else None
    except ValueError:
        return None
