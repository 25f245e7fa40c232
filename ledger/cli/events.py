"""`seatledger events tail`: the log, event by event."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.opening import instant, opened

if TYPE_CHECKING:
    from ledger.host.opened import OpenLedger
    from ledger.reading.queries import EventFilter

app = typer.Typer(help="The log.", no_args_is_help=True)

PAGE = 500
WAIT_MS = 1_000


@app.command()
def tail(
    context: typer.Context,
    account: Annotated[str | None, typer.Option(help="Of this account alone.")] = None,
    subscription: Annotated[str | None, typer.Option(help="Of this subscription alone.")] = None,
    type_name: Annotated[str | None, typer.Option("--type", help="Of this type alone.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Begin after this position.")] = 0,
    as_of: Annotated[str | None, typer.Option(help="Up to this instant of recording.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print events in the order of the log."""
    from ledger.reading.queries import EventFilter, Place

    moment = instant(as_of)
    wanted = EventFilter(account, subscription, type_name)
    with opened(context) as ledger:
        upto = None if moment is None else ledger.reading.position_at(moment)
        reached = _print(ledger, wanted, Place(after), upto, as_json=as_json)
        while follow and upto is None:
            if ledger.store.wait(reached.position + 1, WAIT_MS):
                reached = _print(ledger, wanted, reached, None, as_json=as_json)


def _print(
    ledger: "OpenLedger", wanted: "EventFilter", after: Any, upto: int | None, *, as_json: bool
) -> Any:
    """Print what there is after a place; the place that was reached."""
    from ledger.reading import answers
    from ledger.reading.queries import Place

    place = after
    while True:
        page = ledger.reading.events(wanted, place, PAGE, upto)
        for event in page.events:
            if as_json:
                output.say_line(answers.event(event, ledger.reading.person))
            else:
                told = answers.event(event)
                data = output.cell(told["data"])
                shown = data if len(data) <= 100 else f"{data[:99]}…"
                output.say(
                    f"{told['position']:>6}  {told['effective_on']}  {told['stream']:<24}"
                    f"  {told['type']:<22}  {shown}"
                )
            place = Place(event.position, event.sequence)
        if page.next is None:
            sys.stdout.flush()
            return place
        place = page.next
