"""`seatledger verify`: the log and everything that hangs on it, checked whole."""

import sys
from typing import TYPE_CHECKING, Annotated, Self

import typer

from ledger.cli import output
from ledger.cli.opening import settings_of

if TYPE_CHECKING:
    from ledger.verifying import Kept, Progress, Report


def verify(
    context: typer.Context,
    kept: Annotated[
        list[str] | None,
        typer.Option(
            help="POSITION:CHAIN as an earlier verification showed it; may be given several times.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Check hashes, chain, order, claims, keys, numbers and views; exit 3 when something is found.

    Reads one moment of the ledger beside its writers, and changes nothing.
    """
    from ledger.host.opened import database
    from ledger.verifying import verify_database

    marks = [_kept(text) for text in kept or []]
    with database(settings_of(context)) as found, _Bar() as bar:
        report = verify_database(found.url, kept=marks, progress=bar.progress)
    if as_json:
        output.say_json(report.as_json())
    else:
        _tell(report)
    if not report.is_whole:
        raise typer.Exit(output.EXIT_DIFFERENCE)


def _kept(text: str) -> "Kept":
    from ledger.verifying import Kept

    position, _, chain = text.partition(":")
    try:
        mark = Kept(int(position), bytes.fromhex(chain))
    except ValueError:
        mark = Kept(0, b"")
    if mark.position < 1 or len(mark.chain) != 32:
        raise typer.BadParameter(f"not POSITION:CHAIN, as in 12:5f0c…, 64 digits: {text!r}")
    return mark


class _Bar:
    """A progress bar on stderr, where that is a terminal."""

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("Reading the log"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._bar.start()
        task = self._bar.add_task("log", total=None)

        def progress(read: int, head: int) -> None:
            self._bar.update(task, completed=read, total=head)

        self.progress: Progress = progress
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _tell(report: "Report") -> None:
    from ledger.verifying import CHECKS

    of = dict.fromkeys(CHECKS, 0)
    for one in report.findings:
        of[one.check] += 1
    read = ", ".join(f"{count} {name}" for name, count in report.counted.items())
    output.say(f"Read: {read or 'an empty log'}.")
    for what in report.not_checked:
        output.say(f"Not checked: {what}.")
    if report.is_whole:
        output.say("The log is whole: nothing was found.")
    else:
        rows = [(one.position, one.check, one.reason) for one in report.findings]
        output.table("Found", ["position", "check", "reason"], rows, right=["position"])
        broken = [f"  {CHECKS[check]}" for check, count in of.items() if count]
        output.say("\n".join(["What does not hold any more:", *broken]))
        output.say(f"{report.found} found, {len(report.findings)} shown.")
    output.say(
        f"The chain at the end, to be kept elsewhere: {report.position}:{report.chain.hex()}"
    )
