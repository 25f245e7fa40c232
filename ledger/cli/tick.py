"""`seatledger tick`: the due work of all accounts."""

from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.opening import opened


def tick(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Do what is due: statements, expiries, renewals, ends. Safe to run twice, and at once."""
    with opened(context) as ledger:
        done = ledger.service.tick()
    if as_json:
        output.say_json({"done": done})
    else:
        output.say(f"Due work done: {done}")
