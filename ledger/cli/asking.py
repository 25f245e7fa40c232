"""What the reading commands have in common: their options, the moment, the way to answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.failing import unknown
from ledger.cli.opening import instant, opened

if TYPE_CHECKING:
    from ledger.host.opened import OpenLedger
    from ledger.reading.queries import Standing
    from projections.rows import R

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
AsOf = Annotated[
    str | None, typer.Option(help="As of this instant of recording, as in 2026-03-12T00:00:00Z.")
]
Id = Annotated[str, typer.Argument(show_default=False)]


@contextmanager
def standing_at(
    context: typer.Context, as_of: str | None
) -> Iterator[tuple["OpenLedger", "Standing"]]:
    """The ledger, and how it stood."""
    moment = instant(as_of)
    with opened(context) as ledger:
        reading = ledger.reading
        yield ledger, reading.live() if moment is None else reading.as_of(moment)


def found_row(standing: "Standing", kind: type["R"], key: str, code: str) -> "R":
    """The row of that kind and key; `NotThere` under that code where there is none."""
    row = standing.rows.get(kind, key)
    if row is None:
        raise unknown(code)
    return row


def tell(told: Any, show: Callable[[Any], None], *, as_json: bool) -> None:
    """Print an answer as JSON, or for people."""
    if as_json:
        output.say_json(told)
    else:
        show(told)
