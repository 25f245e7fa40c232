"""The ledger that a command of the command line works on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ledger.host.opened import OpenLedger
    from ledger.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """The options before the command's name."""

    url: str | None
    data_folder: Path | None


def settings_of(context: typer.Context) -> "Settings":
    """The settings of the environment, with the options in their stead; else wrong usage."""
    from pydantic import ValidationError

    from ledger.settings import Settings

    options: Options = context.obj
    given = {"database_url": options.url, "data_folder": options.data_folder}
    set_ = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings.model_validate(set_)
    except ValidationError as problem:
        (first, *_) = problem.errors()
        name = f"SEATLEDGER_{first['loc'][0]}".upper()
        said = first["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(f"{name}: {said}") from None


@contextmanager
def opened(context: typer.Context) -> Iterator["OpenLedger"]:
    """The ledger, open for one command."""
    from ledger.host.opened import open_ledger

    with open_ledger(settings_of(context)) as ledger:
        yield ledger


def instant(text: str | None) -> datetime | None:
    """An option that is an instant; wrong usage where it is something else."""
    from ledger.scenarios.scenario_file import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
