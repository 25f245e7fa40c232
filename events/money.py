"""Money: whole minor units of one currency, exact prices, named rounding, exact splits (ALL-01).

No binary fraction is ever involved. An amount that is charged is a `Money`; a price may be finer
than the currency and is a `Price`. Whoever divides says how the result is rounded.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Annotated, Any, Literal, Self, TypedDict

from iso4217 import Currency
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MAX_MINOR = 10**15
"""The largest amount, in minor units, in either direction."""

Rounding = Literal["half_up", "half_even", "up", "down"]
"""`half_up`: a half goes away from zero; `half_even`: to the even neighbour; `up`: away from zero;
`down`: toward zero."""

AMOUNT_PATTERN = r"^-?[0-9]{1,20}(\.[0-9]{1,10})?$"
PRICE_DIGITS = 20
PRICE_DECIMALS = 10
_DECIMAL = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,10}))?")
_DIGITS: dict[str, int] = {
    currency.code: currency.exponent for currency in Currency if currency.exponent is not None
}


class AmountOutOfRange(ValueError):
    """An amount beyond `MAX_MINOR` minor units."""


class MoneyFields(TypedDict):
    """Money as it stands in JSON: a decimal string in major units and a currency."""

    amount: str
    currency: str


def minor_digits(currency: str) -> int:
    """How many decimals the currency has by ISO 4217: JPY 0, EUR 2, KWD 3.

    ValueError for a code that ISO 4217 does not know, or that has no minor unit (gold, test codes).
    """
    digits = _DIGITS.get(currency)
    if digits is None:
        raise ValueError(f"no currency with a minor unit: {currency[:40]!r}")
    return digits


def minor_text(minor: int, digits: int) -> str:
    """An integer of minor units as a decimal string in major units, always with all `digits`."""
    if digits == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}"


def parse_scaled(text: str) -> tuple[int, int]:
    """A plain decimal string as (integer, decimals): "-8.320" is (-8320, 3).

    ValueError for anything but digits with an optional minus and fraction, or for more than 20
    digits, 10 of them after the point.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(f"not a plain decimal number: {text[:40]!r}")
    sign, whole, decimals = match.groups()
    decimals = decimals or ""
    if len(whole) + len(decimals) > PRICE_DIGITS:
        raise ValueError(f"more than {PRICE_DIGITS} digits: {text[:40]!r}")
    scaled = int(whole + decimals)
    return (-scaled if sign else scaled), len(decimals)


def parse_minor(text: str, digits: int) -> int:
    """A decimal string in major units as an integer of minor units.

    ValueError where it is no plain decimal, or has more decimals than `digits`;
    AmountOutOfRange beyond `MAX_MINOR`.
    """
    scaled, decimals = parse_scaled(text)
    if decimals > digits:
        raise ValueError(f"more than {digits} decimals: {text!r}")
    minor = scaled * int(10 ** (digits - decimals))
    if not -MAX_MINOR <= minor <= MAX_MINOR:
        raise AmountOutOfRange(f"beyond {MAX_MINOR} minor units: {text!r}")
    return minor


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency as an integer of its minor units.

    Sums and comparisons stay within one currency: ValueError otherwise. AmountOutOfRange where an
    amount would pass `MAX_MINOR`.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse an unknown currency and an amount out of range."""
        minor_digits(self.currency)
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise AmountOutOfRange(f"beyond {MAX_MINOR} minor units")

    @classmethod
    def parse(cls, amount: str, currency: str) -> Self:
        """From a decimal string in major units; ValueError as for `parse_minor`."""
        return cls(parse_minor(amount, minor_digits(currency)), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in that currency."""
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """The sum of the amounts, all of that currency; nothing where there are none."""
        total: Money = cls(0, currency)
        for amount in amounts:
            total += amount
        return total

    @classmethod
    def standing(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """What amounts that stand come to, for reading; it may pass `MAX_MINOR`."""
        shown = cls(0, currency)
        minor = sum(shown._same(amount) for amount in amounts)
        object.__setattr__(shown, "minor", minor)  # each was in range when it was decided
        return shown

    @property
    def amount(self) -> str:
        """The amount in major units with all the currency's decimals, as in "12.95"."""
        return minor_text(self.minor, minor_digits(self.currency))

    def __str__(self) -> str:
        """For sentences, as in "12.95 EUR"."""
        return f"{self.amount} {self.currency}"

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} are two currencies")
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        """The sum."""
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The difference."""
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        """The same amount the other way."""
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        """The amount without its sign."""
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Less than, within one currency."""
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        """At most, within one currency."""
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        """More than, within one currency."""
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        """At least, within one currency."""
        return self.minor >= self._same(other)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """JSON is {"amount", "currency"}, both strings; an instance passes as it is."""
        fields = core_schema.typed_dict_schema(
            {
                "amount": core_schema.typed_dict_field(
                    core_schema.str_schema(strict=True, pattern=AMOUNT_PATTERN)
                ),
                "currency": core_schema.typed_dict_field(
                    core_schema.str_schema(strict=True, pattern="^[A-Z]{3}$")
                ),
            },
            extra_behavior="forbid",
        )
        from_fields = core_schema.no_info_after_validator_function(
            lambda given: cls.parse(given["amount"], given["currency"]), fields
        )
        return core_schema.json_or_python_schema(
            json_schema=from_fields,
            python_schema=core_schema.union_schema(
                [core_schema.is_instance_schema(cls), from_fields], mode="left_to_right"
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _money_fields, return_schema=fields
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The JSON schema of the two strings, with a title."""
        return {
            **handler(schema),
            "title": "Money",
            "description": "A decimal string in major units and an ISO 4217 currency.",
        }


def _money_fields(money: Money) -> MoneyFields:
    return {"amount": money.amount, "currency": money.currency}


def parse_price(given: object) -> Decimal:
    """A price or rate from a plain decimal string, or a Decimal of the same bounds.

    ValueError for a number, an exponent, NaN, more than 20 digits or more than 10 decimals.
    """
    if isinstance(given, Decimal):
        if not given.is_finite() or abs(given.adjusted()) > PRICE_DIGITS:
            raise ValueError("not a finite decimal of at most 20 digits")
        text = format(given, "f")
    elif isinstance(given, str):
        text = given
    else:
        raise ValueError("a decimal string is needed")
    parse_scaled(text)
    return Decimal(text)


def price_text(price: Decimal) -> str:
    """A price as a plain decimal string, its decimals kept as given."""
    return format(price, "f")


class _PriceSchema:
    """Tells pydantic how a price is read and written."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            parse_price,
            json_schema_input_schema=core_schema.str_schema(pattern=AMOUNT_PATTERN),
            serialization=core_schema.plain_serializer_function_ser_schema(
                price_text, return_schema=core_schema.str_schema(pattern=AMOUNT_PATTERN)
            ),
        )


Price = Annotated[Decimal, _PriceSchema]
"""A decimal, maybe finer than the currency, read from and written as a plain decimal string."""


def round_ratio(numerator: int, denominator: int, mode: Rounding = "half_up") -> int:
    """numerator / denominator as a whole number, rounded in the way named.

    ZeroDivisionError for a denominator of zero.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(abs(numerator), denominator)
    if rest and mode != "down":
        twice = 2 * rest
        if (
            mode == "up"
            or twice > denominator
            or (twice == denominator and (mode == "half_up" or whole % 2 == 1))
        ):
            whole += 1
    return -whole if numerator < 0 else whole


def round_fraction(value: Fraction, mode: Rounding = "half_up") -> int:
    """An exact value as a whole number (of minor units, say), rounded in the way named."""
    return round_ratio(value.numerator, value.denominator, mode)


def allocate(amount_minor: int, ratios: Sequence[Fraction | int]) -> tuple[int, ...]:
    """Split an amount in proportion to the ratios so that the shares add up to it (ALL-01).

    Largest remainder; a tie goes to the earlier share; a negative amount mirrors the positive one.
    ValueError without ratios, with a negative one, or where all are zero.
    """
    if not ratios or any(ratio < 0 for ratio in ratios):
        raise ValueError("one ratio at least, and none below zero")
    scale = lcm(*(ratio.denominator for ratio in ratios))
    weights = [ratio.numerator * (scale // ratio.denominator) for ratio in ratios]
    whole = sum(weights)
    if whole == 0:
        raise ValueError("all ratios are zero")
    parts = [divmod(abs(amount_minor) * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    by_remainder = sorted(range(len(parts)), key=lambda index: -parts[index][1])
    for index in by_remainder[: abs(amount_minor) - sum(shares)]:
        shares[index] += 1
    return tuple(-share for share in shares) if amount_minor < 0 else tuple(shares)
