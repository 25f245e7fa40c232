"""`seatledger demo`: five accounts of five vendors, and what to look at."""

from typing import TYPE_CHECKING

import typer

from ledger.cli import output
from ledger.cli.opening import opened

if TYPE_CHECKING:
    from ledger.scenarios.demo import Loaded


def demo(context: typer.Context) -> None:
    """Load five demo accounts, each with a history of its own, and say what to look at."""
    from ledger.scenarios.demo import load_demo

    with opened(context) as ledger:
        output.say(f"Ledger: {ledger.place}", flush=True)
        tell(load_demo(ledger))


def tell(loaded: "Loaded") -> None:
    """Print what was loaded, and the commands that show it."""
    if loaded.accounts:
        output.say(
            f"Loaded the demo: {loaded.events} events, accounts {', '.join(loaded.accounts)}"
        )
    else:
        output.say(f"Nothing was loaded: {loaded.reason}")
    output.say("Look at it with:")
    for line in loaded.commands:
        output.say(f"  {line}")
