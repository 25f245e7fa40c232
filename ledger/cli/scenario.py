"""`seatledger scenario FILE…`: whole histories on throw-away ledgers in memory (CONTRACT 7)."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output

if TYPE_CHECKING:
    from ledger.scenarios.runner import Outcome


def scenario(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Scenario files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Run scenario files; exit 3 where a step came out otherwise than its file expects.

    With several files --json prints one object a line, in their order.
    """
    from ledger.scenarios.runner import run
    from ledger.scenarios.scenario_file import ScenarioBroken, read_scenario

    broken, unmet = False, False
    for file in files:
        try:
            outcome = run(read_scenario(file))
        except ScenarioBroken as problem:
            output.complain(str(problem))
            broken = True
            continue
        if as_json:
            (output.say_json if len(files) == 1 else output.say_line)(outcome.answer)
        else:
            show(outcome)
        for one in outcome.unmet:
            unmet = True
            place = f"{outcome.scenario.file}:{one.step.line}"
            output.complain(
                f"{place}: step {one.step.index}, {one.step.do}:"
                f" expected {one.expected}, came out {one.outcome}"
            )
    if broken or unmet:
        raise typer.Exit(output.EXIT_USAGE if broken else output.EXIT_DIFFERENCE)


def show(outcome: "Outcome") -> None:
    """Print what a scenario came to."""
    from ledger.cli.documents import lines

    answer = outcome.answer
    steps = [_step(outcome, told) for told in answer["steps"]]
    output.table(outcome.scenario.name, ("step", "at", "by", "command", "outcome"), steps)
    seats = [(name, *counts.values()) for name, counts in answer["seats"].items()]
    numbers = ("total", "usable", "pending", "assigned", "renewing")
    output.table("Seats", ("subscription", *numbers), seats, right=numbers)
    renewals = [(name, *told.values()) for name, told in answer["renewals"].items()]
    output.table(
        "Renewals", ("subscription", "on", "seats", "total"), renewals, right=("seats", "total")
    )
    for invoice in answer["invoices"]:
        heading = f"{invoice['number']} {invoice['status']}, issued {invoice['issued_on']}"
        sums = ", ".join(f"{name} {output.cell(invoice[name])}" for name in ("total", "due"))
        lines(f"{heading}: {sums}", invoice["lines"])
    credit = [(name, amount) for name, amount in answer["credit"].items()]
    output.table("Credit", ("account", "balance"), credit, right=("balance",))
    orders = [(name, *told.values()) for name, told in answer["orders"].items()]
    output.table("Orders", ("order", "status", "expires on", "expected on"), orders)


def _step(outcome: "Outcome", told: Mapping[str, Any]) -> tuple[Any, ...]:
    step = outcome.scenario.steps[told["index"]]
    if told["outcome"] == "refused":
        came_out = f"refused: {told['detail']} ({told['code']}, {told['rule']})"
    elif "preview" in told:
        came_out = f"preview: {_preview(told['preview'])}"
    else:
        came_out = ", ".join(event["type"] for event in told["events"]) or "nothing changed"
    at = step.at.strftime("%Y-%m-%d %H:%M")
    return (step.index, at, step.by, step.do, came_out)


def _preview(preview: Mapping[str, Any]) -> str:
    invoice, renewal = preview["invoice"], preview["renewal"]
    told = ["nothing now" if invoice is None else f"{output.cell(invoice['total'])} now"]
    if "credit" in preview:
        told.append(f"{output.cell(preview['credit']['after'])} of credit")
    if renewal is not None:
        told.append(f"{output.cell(renewal['total'])} on {renewal['renewal_date']}")
    elif preview["subscriptions"]:
        told.append("no renewal")
    return ", ".join(told)
