"""Reading the fields of one calculation strictly: the type asked for, in bounds, and no field more.

Each reader raises `CalcError`, whose code and sentence are the answer to a bad line.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from events.money import MAX_MINOR, Rounding, minor_digits, minor_text

Given = Mapping[str, Any]
"""The object of one line, as JSON gave it."""

COUNT_MAX = 10**15
"""The largest count, number of a period, numerator or denominator."""

ROUNDINGS = frozenset({"half_up", "half_even", "up", "down"})
_DECIMAL = re.compile(r"(-?[0-9]{1,40})(?:\.([0-9]{1,40}))?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_SHOWN = 60


class CalcError(Exception):
    """A line that cannot be worked out: a code, and a sentence that says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = f"calc.{code}"
        self.detail = detail


def shown(value: object) -> str:
    """A given value in a sentence, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def wrong(name: str, value: object, needed: str) -> CalcError:
    """The error for a field of the wrong type or form."""
    return CalcError("invalid", f"{name} must be {needed}, not {shown(value)}")


def check_names(given: Given, allowed: frozenset[str]) -> None:
    """Refuse fields that the calculation does not know."""
    if not given.keys() <= allowed:
        extra = ", ".join(sorted(shown(name) for name in given.keys() - allowed)[:5])
        raise CalcError("invalid", f"unknown or out of place here: {extra}")


def required(given: Given, name: str) -> Any:
    """The field as it was given; refused where it is missing."""
    try:
        return given[name]
    except KeyError:
        raise CalcError("invalid", f"{name} is missing") from None


def read_text(given: Given, name: str) -> str:
    """A string."""
    value = required(given, name)
    if not isinstance(value, str):
        raise wrong(name, value, "a string")
    return value


def read_word(given: Given, name: str, words: frozenset[str], default: str | None = None) -> str:
    """One of the words; the default where it is left out."""
    value = required(given, name) if default is None else given.get(name, default)
    if not isinstance(value, str) or value not in words:
        raise wrong(name, value, f"one of {', '.join(sorted(words))}")
    return value


def read_rounding(given: Given, name: str) -> Rounding:
    """A way to round, half up where none is given."""
    return cast("Rounding", read_word(given, name, ROUNDINGS, "half_up"))


def read_integer(given: Given, name: str, lowest: int, highest: int = COUNT_MAX) -> int:
    """A JSON integer within the bounds; true and false are none."""
    value = required(given, name)
    if type(value) is not int:
        raise wrong(name, value, "a JSON integer")
    if value < lowest:
        raise CalcError("invalid", f"{name} must be at least {lowest}")
    if value > highest:
        raise CalcError("out_of_range", f"{name} must be at most {highest}")
    return value


def read_list(given: Given, name: str) -> list[Any]:
    """A JSON array."""
    value = required(given, name)
    if not isinstance(value, list):
        raise wrong(name, value, "a list")
    return value


def read_object(value: object, name: str, allowed: frozenset[str]) -> Given:
    """A JSON object without unknown fields."""
    if not isinstance(value, dict):
        raise wrong(name, value, "an object")
    check_names(value, allowed)
    return value


def scaled_decimal(value: object, name: str) -> tuple[int, int]:
    """A plain decimal string as (integer, decimals): "-8.320" is (-8320, 3)."""
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise wrong(name, value, "a decimal string of plain digits")
    whole, decimals = match.groups()
    if decimals is None:
        return int(whole), 0
    return int(whole + decimals), len(decimals)


def read_decimal(given: Given, name: str) -> Decimal:
    """A plain decimal string, exactly."""
    value = required(given, name)
    scaled_decimal(value, name)
    return Decimal(value)


def read_digits(given: Given) -> tuple[str, int]:
    """The currency and how many decimals it has."""
    currency = read_text(given, "currency")
    return currency, currency_digits(currency)


def currency_digits(currency: object) -> int:
    """How many decimals a currency has; refused where ISO 4217 knows none."""
    if not isinstance(currency, str):
        raise wrong("currency", currency, "a string")
    try:
        return minor_digits(currency)
    except ValueError as problem:
        raise CalcError("currency_unknown", str(problem)) from None


def read_minor(given: Given, name: str, digits: int) -> int:
    """An amount in major units as minor units; finer than the currency is refused."""
    scaled, decimals = scaled_decimal(required(given, name), name)
    if decimals > digits:
        raise wrong(name, given[name], f"an amount of at most {digits} decimals")
    return bounded(scaled * int(10 ** (digits - decimals)), name)


def bounded(minor: int, name: str = "amount") -> int:
    """Minor units within the bounds of money."""
    if not -MAX_MINOR <= minor <= MAX_MINOR:
        raise CalcError("out_of_range", f"{name} lies beyond {MAX_MINOR} minor units")
    return minor


def amount_text(minor: int, digits: int, name: str = "amount") -> str:
    """Minor units as an amount in major units, refused beyond the bounds of money."""
    return minor_text(bounded(minor, name), digits)


def read_day(given: Given, name: str) -> date:
    """A day, written YYYY-MM-DD."""
    value = required(given, name)
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise wrong(name, value, "a day of the calendar") from None
    raise wrong(name, value, "a day, YYYY-MM-DD")


def read_instant(given: Given, name: str) -> datetime:
    """An instant by RFC 3339, with its offset from UTC."""
    value = required(given, name)
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        raise wrong(name, value, "an instant with its offset, as in 2020-08-25T17:30:00Z")
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise wrong(name, value, "an instant that exists") from None
