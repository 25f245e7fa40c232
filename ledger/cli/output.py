"""How the command line tells: tables for people, JSON for programs, errors on stderr."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

WIDTH = 160
"""Columns of a table where the output is no terminal."""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_DIFFERENCE = 3


def json_text(value: Any) -> str:
    """A value as JSON for people and programs."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def say_json(value: Any) -> None:
    """Print a value as JSON."""
    sys.stdout.write(json_text(value) + "\n")


def say_line(value: Any) -> None:
    """Print a value as one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def say(text: str, *, flush: bool = False) -> None:
    """Print a line for people."""
    sys.stdout.write(text + "\n")
    if flush:
        sys.stdout.flush()


def complain(text: str) -> None:
    """Print a line on stderr."""
    sys.stderr.write(text + "\n")


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Iterable[str] = ()
) -> None:
    """Print a table; `right` names the columns of figures."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console() if sys.stdout.isatty() else Console(width=WIDTH, file=StringIO())
    figures = set(right)
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        shown.add_column(column, justify="right" if column in figures else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell(value)) for value in row))
    if shown.row_count == 0:
        say(f"{title}: none" if title else "none")
        return
    if title:
        say(title)
    console.print(shown)
    if isinstance(console.file, StringIO):
        lines = (line.rstrip() for line in console.file.getvalue().splitlines())
        say("\n".join(line for line in lines if line))


def cell(value: Any) -> str:
    """A value as a table shows it."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case [] | {} if not value:
            return "-"
        case list() | tuple():
            return ", ".join(cell(one) for one in value)
        case dict():
            return ", ".join(f"{name} {cell(one)}" for name, one in value.items())
        case _:
            return str(value)


def facts(title: str, pairs: Iterable[tuple[str, Any]]) -> None:
    """Print named values, one a line."""
    listed = [(name, cell(value)) for name, value in pairs]
    width = max((len(name) for name, _ in listed), default=0)
    say(title)
    for name, value in listed:
        say(f"  {name:<{width}}  {value}")


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of answers: each column names its place in them, as in `details.country`.

    `right` names the columns of figures.
    """

    title: str
    columns: Mapping[str, str]
    right: tuple[str, ...] = ()

    def show(self, listed: Iterable[Mapping[str, Any]], title: str | None = None) -> None:
        """Print answers, under another title where one is given."""
        rows = [[_at(one, place) for place in self.columns.values()] for one in listed]
        table(title or self.title, tuple(self.columns), rows, self.right)


def _at(value: Any, place: str) -> Any:
    for part in place.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
