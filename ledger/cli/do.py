"""`seatledger do NAME`: one command, from the words of the command line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.opening import instant, opened

if TYPE_CHECKING:
    from ledger.writer import Accepted, Previewed

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}
"""What is no option of ours is a field of the command."""


def do(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The command; left out: list them.")] = None,
    actor: Annotated[
        str, typer.Option("--as", help="Who acts: a person's address, or seller.")
    ] = "seller",
    dry_run: Annotated[bool, typer.Option(help="Decide and show, append nothing.")] = False,
    command_id: Annotated[
        str | None, typer.Option(help="Sent twice with one id, a command acts once.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="When it takes effect; left out: now.")] = None,
    if_match: Annotated[int | None, typer.Option(help="The account's version you saw.")] = None,
    body: Annotated[
        str | None,
        typer.Option("--fields", help="The fields as a JSON object; - reads it from stdin."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="PublishPlan: the catalogue's YAML file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Do one command, as in `seatledger do AddSeats --subscription vpn --quantity 5 --as A@B`.

    Every other option is a field of the command. Without a name the commands are listed.
    """
    if name is None:
        _list_commands(as_json=as_json)
        return
    from ledger.writer import Intent

    fields = _fields(name, context.args, body, file)
    if actor == "system":
        raise typer.BadParameter("a person's address, or seller", param_hint="--as")
    intent = Intent(
        name=name,
        fields=fields,
        actor=actor,
        command_id=command_id,
        at=instant(at),
        dry_run=dry_run,
        if_match=if_match,
    )
    with opened(context) as ledger:
        answer = ledger.service.handle(intent)
    if as_json:
        output.say_json(json_of(answer))
    else:
        show(answer)


def _fields(name: str, words: list[str], body: str | None, file: Path | None) -> dict[str, Any]:
    from commands.registry import COMMANDS
    from ledger.cli.fields import WrongWords, fields_of
    from ledger.codec.strict_json import Malformed, parse_object

    if name not in COMMANDS:
        raise typer.BadParameter(f"there is no command {name!r}; `seatledger do` lists them")
    try:
        given = fields_of(words, COMMANDS[name].command)
        if body is not None:
            text = sys.stdin.buffer.read() if body == "-" else body.encode()
            given = parse_object(text) | given
    except (WrongWords, Malformed) as problem:
        raise typer.BadParameter(str(problem)) from None
    if file is not None:
        if name != "PublishPlan":
            raise typer.BadParameter("only PublishPlan reads a file", param_hint="--file")
        given["catalogue"] = _catalogue(file)
    return given


def _catalogue(file: Path) -> Any:
    from ledger.catalogues.files import load
    from ledger.catalogues.publishing import mapping_of

    return mapping_of(load(file))


def _list_commands(*, as_json: bool) -> None:
    from commands.registry import COMMANDS

    listed = {
        name: {field: info.is_required() for field, info in entry.command.model_fields.items()}
        for name, entry in sorted(COMMANDS.items())
    }
    if as_json:
        output.say_json(listed)
        return
    rows = [
        (name, " ".join(field if needed else f"[{field}]" for field, needed in fields.items()))
        for name, fields in listed.items()
    ]
    output.table("Commands and their fields", ("command", "fields"), rows)


def json_of(answer: "Accepted | Previewed") -> dict[str, Any]:
    """An answer as JSON, as HTTP gives it."""
    from ledger.reading import answers, previews
    from ledger.writer import Previewed

    if isinstance(answer, Previewed):
        return {**previews.dry_run(answer)}
    return {
        "command_id": answer.command_id,
        "events": [answers.event(event) for event in answer.events],
        "position": answer.position,
        "result": answer.result,
        "version": answer.version,
        "replayed": answer.repeated,
    }


def show(answer: "Accepted | Previewed") -> None:
    """Print an answer for people."""
    from ledger.cli.documents import show_preview
    from ledger.writer import Previewed

    if isinstance(answer, Previewed):
        show_preview(answer.preview)
        if answer.preview_id is not None:
            output.say(f"To cite it: seatledger show preview {answer.preview_id}")
        return
    names = ", ".join(event.type for event in answer.events) or "nothing changed"
    before = " (this command came before)" if answer.repeated else ""
    output.say(f"Accepted{before}: {names}")
    if answer.result:
        output.facts("", answer.result.items())
