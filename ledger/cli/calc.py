"""`seatledger calc`: the arithmetic by itself (CONTRACT 8)."""

import sys
from typing import Annotated

import typer

WHAT = ("prorate", "price", "periods", "months", "allocate", "round", "tax", "digits")


def calc(what: Annotated[str, typer.Argument(help=", ".join(WHAT))]) -> None:
    """Do the arithmetic by itself: one JSON object a line in, one a line out."""
    if what not in WHAT:
        raise typer.BadParameter(f"{what!r} is none of {', '.join(WHAT)}", param_hint="WHAT")
    from ledger.scenarios.calc import main_loop

    raise typer.Exit(main_loop(what, sys.stdin.buffer, sys.stdout.buffer))
