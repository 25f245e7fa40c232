"""`seatledger rebuild`: the views made anew from the log."""

import typer

from ledger.cli import output
from ledger.cli.opening import opened


def rebuild(context: typer.Context) -> None:
    """Make all rows anew from the log, whatever the views hold now."""
    with opened(context) as ledger:
        position = ledger.reading.rebuild()
    output.say(f"The views are made anew up to position {position}.")
