"""The cases that were given with the contract: files, expectations, and how they are compared."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parents[1] / "stories" / "cases"
SHIPPED = Path(__file__).parents[2] / "ledger" / "catalogues"
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    """A YAML file as plain data."""
    return dict(YAML(typ="safe").load(path))


def scenario(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A case, and its catalogue, which may be a shipped one."""
    found = read(FOLDER / name)
    catalogue = found["catalogue"]
    return found, shipped(catalogue) if isinstance(catalogue, str) else catalogue


def shipped(name: str) -> dict[str, Any]:
    """A catalogue that comes with the program, as plain data."""
    return dict(json.loads(json.dumps(read(SHIPPED / f"{name}.yaml"), default=str)))


def expected(name: str) -> dict[str, Any]:
    """What the case should come to."""
    text = (FOLDER / name).with_suffix(".expected.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def same(wanted: object, found: object) -> bool:
    """Whether what is named is there: amounts as decimals or money, lines in any order."""
    if isinstance(wanted, Mapping) and "currency" in wanted:
        wanted = wanted["amount"]
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted == found or number(wanted) == number(found) is not None
    return wanted == found


def number(text: str) -> Fraction | None:
    """A decimal, or None."""
    try:
        return Fraction(text)
    except ValueError:
        return None


def missing(wanted: Any, found: Any, place: str = "") -> list[str]:
    """What is expected and is not so, each with its place."""
    if isinstance(wanted, Mapping) and "currency" not in wanted and isinstance(found, Mapping):
        return [
            line
            for key, value in wanted.items()
            for line in missing(value, found.get(key), f"{place}/{key}")
        ]
    if isinstance(wanted, Sequence) and not isinstance(wanted, str) and isinstance(found, list):
        if place.endswith("/lines"):
            return unmatched(wanted, found, place)
        short = len(wanted) > len(found)
        lines = [f"{place}: {len(found)} instead of {len(wanted)}"] if short else []
        for index, (one, other) in enumerate(zip(wanted, found, strict=False)):
            lines += missing(one, other, f"{place}/{index}")
        return lines
    return [] if same(wanted, found) else [f"{place}: {found!r} instead of {wanted!r}"]


def unmatched(wanted: Sequence[Any], found: list[Any], place: str) -> list[str]:
    """Expected lines of a document that are not among its lines, whatever their order."""
    rest = list(found)
    lines = [] if len(rest) == len(wanted) else [f"{place}: {len(rest)} of {len(wanted)}"]
    for one in wanted:
        fitting = [other for other in rest if not missing(one, other)]
        if fitting:
            rest.remove(fitting[0])
        else:
            lines.append(f"{place}: no line {one}")
    return lines


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """The case with its catalogue written out, and instants as text."""
    catalogue = found["catalogue"]
    if isinstance(catalogue, str):
        catalogue = shipped(catalogue)
    text = json.dumps({**found, "catalogue": catalogue}, default=moment)
    return dict(json.loads(text))


def moment(value: object) -> str:
    """A day or an instant as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)
