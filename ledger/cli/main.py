"""The command line: its commands, its options, and what it does with whatever goes wrong."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import (
    calc,
    demo,
    do,
    events,
    postgres,
    rebuild,
    scenario,
    serve,
    show,
    show_documents,
    tick,
    verify,
)
from ledger.cli.opening import Options
from ledger.cli.output import EXIT_FAILED, complain

app = typer.Typer(
    name="seatledger",
    help="A ledger of seat licences: buy, assign, renew and invoice by any vendor's rules.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Why a file that takes our output takes no more of it."""

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="SEATLEDGER_DATABASE_URL",
        show_envvar=True,
        help="A PostgreSQL of version 15 or later; left out: one of our own.",
    ),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data-folder",
        envvar="SEATLEDGER_DATA_FOLDER",
        show_envvar=True,
        help="Where a PostgreSQL of our own keeps its data; left out: the user's data folder.",
    ),
]


@app.callback()
def options(context: typer.Context, url: Url = None, data_folder: DataFolder = None) -> None:
    """A ledger of seat licences: buy, assign, renew and invoice by any vendor's rules."""
    context.obj = Options(url or None, data_folder)


app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("do", context_settings=do.CONTEXT)(do.do)
app.add_typer(show.app, name="show")
for command in (show_documents.invoice, show_documents.preview):
    show.app.command(command.__name__)(command)
app.command("explain")(show_documents.explain)
app.add_typer(events.app, name="events")
app.command("tick")(tick.tick)
app.command("scenario")(scenario.scenario)
app.command("calc")(calc.calc)
app.command("rebuild")(rebuild.rebuild)
app.command("verify")(verify.verify)
app.command("postgres", context_settings=postgres.CONTEXT)(postgres.postgres)


def main() -> None:
    """Run the command line and end with its exit code."""
    sys.exit(_code(app))


def _code(run: Callable[[], None]) -> int:
    try:
        code = _ended(run)
        # What cannot be written must be told here, not while the interpreter ends.
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _drop_output()
        return EXIT_FAILED
    except Exception as error:  # told in our words; only a mistake of ours shows its traceback
        told = _told(error)
        if told is None:
            raise
        complain(told)
        return EXIT_FAILED
    return code


def _ended(run: Callable[[], None]) -> int:
    try:
        run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


def _drop_output() -> None:
    """Whoever read the answers has gone; what is left in the buffer must not raise again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(error: Exception) -> str | None:
    """What a known error says; None for one that nobody expects."""
    from ledger.cli.failing import NotThere

    if isinstance(error, NotThere):
        return str(error)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        _drop_output()
        return f"What there is to say cannot be written: {error.strerror}."
    from ledger.catalogues.files import CatalogueInvalid
    from ledger.host.opened import NoDatabase
    from ledger.reading.queries import ViewBehind
    from ledger.store.errors import StoreError
    from ledger.writer import RefusedCommand

    if isinstance(error, RefusedCommand):
        answer = error.answer
        return f"Refused: {answer.detail}\n{answer.remedy}\n({answer.code}, rule {answer.rule})"
    if isinstance(error, (CatalogueInvalid, NoDatabase, StoreError, ViewBehind)):
        return str(error)
    return None


if __name__ == "__main__":
    main()
