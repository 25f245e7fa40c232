"""The calculations without dates: `price`, `allocate`, `round`, `tax` and `digits` (CONTRACT 8)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, cast

from commands.amounts.pricing import BelowFirstTier, Tiering, charge, price_of_seats
from commands.amounts.tax import TaxableAmount, tax_sums
from events.money import (
    MAX_MINOR,
    AmountOutOfRange,
    allocate,
    minor_text,
    price_text,
    round_ratio,
)
from ledger.scenarios.calc.fields import (
    CalcError,
    Given,
    amount_text,
    bounded,
    check_names,
    currency_digits,
    read_decimal,
    read_digits,
    read_integer,
    read_list,
    read_minor,
    read_object,
    read_rounding,
    read_word,
    required,
    scaled_decimal,
    wrong,
)

SCALE_MAX = 30
"""The most decimals that `round` rounds to."""

_PRICE = frozenset({"currency", "tiering", "tiers", "quantity"})
_TIERINGS = frozenset({"volume", "graduated"})
_TIER = frozenset({"from", "amount"})
_ALLOCATE = frozenset({"amount_minor", "ratios"})
_ROUND = frozenset({"values", "currency", "scale", "mode"})
_TAX = frozenset({"currency", "lines", "allowances_charges", "prepaid"})
_TAX_LINE = frozenset({"net", "category", "rate"})
_DIGITS = frozenset({"currencies"})
_CATEGORIES = frozenset({"S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B"})
_WITH_RATE = frozenset({"S", "L", "M", "B"})


class _Tier(NamedTuple):
    from_: int
    amount: Decimal


def price(given: Given) -> dict[str, Any]:
    """What a number of seats costs by volume or graduated tiers (EV-02)."""
    check_names(given, _PRICE)
    currency, _ = read_digits(given)
    tiering = cast("Tiering", read_word(given, "tiering", _TIERINGS))
    tiers = _tiers(read_list(given, "tiers"))
    quantity = read_integer(given, "quantity", 0)
    try:
        priced = price_of_seats(tiering, tiers, quantity)
        amount, steps = charge(priced.amount, None, currency)
    except BelowFirstTier as problem:
        raise CalcError("below_first_tier", str(problem)) from None
    except AmountOutOfRange as problem:
        raise CalcError("out_of_range", str(problem)) from None
    answer: dict[str, Any] = {"amount": amount.amount, "steps": [*priced.steps, *steps]}
    return answer if priced.unit is None else {"unit_price": price_text(priced.unit), **answer}


def _tiers(given: Sequence[object]) -> list[_Tier]:
    tiers: list[_Tier] = []
    for value in given:
        tier = read_object(value, "a tier", _TIER)
        tiers.append(_Tier(read_integer(tier, "from", 0), read_decimal(tier, "amount")))
        if len(tiers) > 1 and tiers[-1].from_ <= tiers[-2].from_:
            raise CalcError("invalid", "the tiers must rise")
    if not tiers:
        raise CalcError("invalid", "one tier at least is needed")
    return tiers


def allocated(given: Given) -> dict[str, Any]:
    """An amount split by ratios, so that the shares add up to it (ALL-01)."""
    check_names(given, _ALLOCATE)
    amount = required(given, "amount_minor")
    if type(amount) is not int:
        raise wrong("amount_minor", amount, "a JSON integer")
    scaled = [scaled_decimal(ratio, "a ratio") for ratio in read_list(given, "ratios")]
    ratios = [Fraction(value, int(10**decimals)) for value, decimals in scaled]
    try:
        return {"shares_minor": list(allocate(bounded(amount, "amount_minor"), ratios))}
    except ValueError as problem:
        raise CalcError("invalid", str(problem)) from None


def rounded(given: Given) -> dict[str, Any]:
    """Values rounded to a currency's decimals, or to a number of decimals."""
    check_names(given, _ROUND)
    if ("currency" in given) == ("scale" in given):
        raise CalcError("invalid", "either currency or scale is needed, and not both")
    if "currency" in given:
        digits, highest = read_digits(given)[1], MAX_MINOR
    else:
        digits, highest = read_integer(given, "scale", 0, SCALE_MAX), None
    mode = read_rounding(given, "mode")
    answers: list[str] = []
    for value in read_list(given, "values"):
        scaled, decimals = scaled_decimal(value, "a value")
        units = round_ratio(scaled * int(10**digits), int(10**decimals), mode)
        if highest is not None:
            bounded(units, "a value")
        answers.append(minor_text(units, digits))
    return {"rounded": answers}


def tax(given: Given) -> dict[str, Any]:
    """A document's totals by EN 16931: tax on the sum per category and rate, half up."""
    check_names(given, _TAX)
    _, digits = read_digits(given)
    lines = _taxables(read_list(given, "lines"), digits)
    others = _taxables(
        read_list(given, "allowances_charges") if "allowances_charges" in given else [], digits
    )
    prepaid = read_minor(given, "prepaid", digits) if "prepaid" in given else 0
    texts: dict[tuple[str, Decimal | None], str] = {}
    for amount, text in (*lines, *others):
        if text is not None:
            texts.setdefault((amount.category, amount.rate), text)
    sums = tax_sums(amount for amount, _ in (*lines, *others))
    line_total = sum(amount.net_minor for amount, _ in lines)
    without_vat = line_total + sum(amount.net_minor for amount, _ in others)
    vat_total = sum(part.vat_minor for part in sums)
    return {
        "line_total": amount_text(line_total, digits),
        "without_vat": amount_text(without_vat, digits),
        "vat_by_category": [
            {
                "category": part.category,
                "rate": texts.get((part.category, part.rate)),
                "taxable": amount_text(part.taxable_minor, digits),
                "vat": amount_text(part.vat_minor, digits),
            }
            for part in sums
        ],
        "vat_total": amount_text(vat_total, digits),
        "with_vat": amount_text(without_vat + vat_total, digits),
        "payable": amount_text(without_vat + vat_total - prepaid, digits),
    }


def _taxables(given: Sequence[object], digits: int) -> list[tuple[TaxableAmount, str | None]]:
    """The amounts with their rate as it was written; a category without tax has no rate but 0."""
    amounts: list[tuple[TaxableAmount, str | None]] = []
    for value in given:
        line = read_object(value, "a line", _TAX_LINE)
        net = read_minor(line, "net", digits)
        category = read_word(line, "category", _CATEGORIES)
        rate = None if required(line, "rate") is None else read_decimal(line, "rate")
        if rate is None and category in _WITH_RATE:
            raise CalcError("invalid", f"category {category} needs a rate")
        if rate is not None and rate < 0:
            raise CalcError("invalid", "a rate is not below zero")
        if rate and category not in _WITH_RATE:
            raise CalcError("invalid", f"category {category} has no rate but 0")
        amounts.append((TaxableAmount(category, rate, net), line["rate"]))
    return amounts


def digits(given: Given) -> dict[str, Any]:
    """How many decimals each currency has by ISO 4217."""
    check_names(given, _DIGITS)
    currencies = read_list(given, "currencies")
    return {"minor_digits": {currency: currency_digits(currency) for currency in currencies}}
