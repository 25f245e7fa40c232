"""A day as it is read: an ISO date, never a number, an instant or another notation."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_day(given: object) -> date:
    """A day from `YYYY-MM-DD`, or a date as it is; ValueError for anything else."""
    if isinstance(given, str) and _ISO.fullmatch(given):
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise ValueError(f"there is no day {given}") from None
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    raise ValueError("a day is written YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(parse_day)]
"""A day of the calendar, written `YYYY-MM-DD`."""
