"""`seatledger tick`: the due work of all accounts."""

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import output
from ledger.cli.opening import opened

if TYPE_CHECKING:
    from ledger.writer.due_work import Stuck


def tick(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Do what is due: statements, expiries, renewals, ends. Safe to run twice, and at once.

    What cannot be done, a renewal without a VAT rate say, is listed and tried again the next time.
    """
    with opened(context) as ledger:
        done = ledger.service.tick()
        stuck = [stuck_row(account, piece) for account, piece in ledger.service.stuck()]
    if as_json:
        output.say_json({"done": done, "stuck": stuck})
        return
    output.say(f"Due work done: {done}")
    if stuck:
        columns = ("account", "since", "work", "code", "detail")
        rows = [[one[column] for column in columns] for one in stuck]
        output.table("Due work that cannot be done", columns, rows)


def stuck_row(account: str, piece: "Stuck") -> dict[str, str]:
    """A piece of due work that was refused, as it is answered."""
    why = piece.refused.answer()
    return {
        "account": account,
        "since": piece.due.day.isoformat(),
        "work": piece.due.key,
        "code": why.code,
        "detail": why.detail,
    }
