"""Money is exact: whole minor units, named rounding, and splits that add up (ALL-01)."""

import operator
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from events.fact import Value
from events.money import (
    MAX_MINOR,
    AmountOutOfRange,
    Money,
    Price,
    Rounding,
    allocate,
    minor_digits,
    minor_text,
    parse_minor,
    parse_price,
    round_fraction,
    round_ratio,
)

MINORS = st.integers(-MAX_MINOR, MAX_MINOR)
CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD", "CLF"])
ROUNDINGS: dict[Rounding, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
}


class Priced(Value):
    """A value that holds both kinds of figures."""

    net: Money
    price: Price


@pytest.mark.rule("ALL-01")
@pytest.mark.parametrize(
    ("currency", "digits", "text"),
    [("JPY", 0, "12345"), ("EUR", 2, "123.45"), ("KWD", 3, "12.345"), ("CLF", 4, "1.2345")],
)
def test_amounts_have_the_digits_of_their_currency(currency: str, digits: int, text: str):
    """An amount is written with all the decimals of its currency and no more."""
    assert minor_digits(currency) == digits
    assert Money(12345, currency).amount == text
    assert Money.parse(text, currency) == Money(12345, currency)


@pytest.mark.parametrize("currency", ["ABC", "eur", "", "XAU", "XXX", "EURO"])
def test_unknown_currencies_are_refused(currency: str):
    """A code without a minor unit in ISO 4217 makes no money."""
    with pytest.raises(ValueError, match="no currency"):
        Money(1, currency)


@given(MINORS, CURRENCIES)
def test_amounts_are_read_as_they_are_written(minor: int, currency: str):
    """Writing and reading an amount gives the same amount."""
    money = Money(minor, currency)

    assert Money.parse(money.amount, currency) == money
    assert Decimal(money.amount) == Decimal(minor).scaleb(-minor_digits(currency))


@pytest.mark.parametrize(
    "amount",
    ["1.234", "1e3", "NaN", "", "+1", ".5", "5.", "1,5", " 1", "1\n", "\u0661", "--1", "1_0"],
)
def test_odd_amounts_are_refused(amount: str):
    """An amount is plain digits, no finer than its currency."""
    with pytest.raises(ValueError, match="decimal"):
        Money.parse(amount, "EUR")


def test_amounts_are_bounded():
    """No amount passes 10^15 minor units, whether read, made or added up."""
    most = Money(MAX_MINOR, "EUR")

    assert Money.parse("-10000000000000.00", "EUR") == -most
    for beyond in (
        lambda: Money.parse("10000000000000.01", "EUR"),
        lambda: Money(-MAX_MINOR - 1, "EUR"),
        lambda: most + Money(1, "EUR"),
    ):
        with pytest.raises(AmountOutOfRange):
            beyond()


@given(MINORS.map(lambda minor: minor // 2), MINORS.map(lambda minor: minor // 2), CURRENCIES)
def test_sums_are_those_of_minor_units(one: int, other: int, currency: str):
    """Adding, subtracting, negating and comparing follow the minor units."""
    first, second = Money(one, currency), Money(other, currency)

    assert (first + second).minor == one + other
    assert (first - second).minor == one - other
    assert (-first).minor == -one
    assert abs(first).minor == abs(one)
    assert Money.total([first, second], currency) == first + second
    assert (first < second, first <= second) == (one < other, one <= other)
    assert (first > second, first >= second) == (one > other, one >= other)


@pytest.mark.parametrize(
    "act", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge]
)
def test_currencies_do_not_mix(act: Callable[[Money, Money], object]):
    """Two currencies are neither added nor compared, but they can be told apart."""
    with pytest.raises(ValueError, match="two currencies"):
        act(Money(1, "EUR"), Money(1, "USD"))
    assert Money(1, "EUR") != Money(1, "USD")


def test_json_holds_two_strings():
    """In JSON and in Python money is {"amount", "currency"} and a price a string."""
    priced = Priced(net=Money.parse("250", "EUR"), price=Decimal("8.3250"))
    text = '{"net":{"amount":"250.00","currency":"EUR"},"price":"8.3250"}'

    assert priced.model_dump_json() == text
    assert priced.model_dump() == priced.model_dump(mode="json")
    assert Priced.model_validate_json(text) == priced
    assert Priced.model_validate(priced.model_dump()) == priced


@pytest.mark.rule("ALL-01")
@pytest.mark.parametrize(
    "net",
    [
        '{"amount": 250, "currency": "EUR"}',
        '{"amount": 250.0, "currency": "EUR"}',
        '{"amount": "250.001", "currency": "EUR"}',
        '{"amount": "2.5e2", "currency": "EUR"}',
        '{"amount": "250.00", "currency": "XXX"}',
        '{"amount": "250.00"}',
        '{"amount": "250.00", "currency": "EUR", "minor": 1}',
        '"250.00"',
        "null",
    ],
)
def test_json_numbers_and_other_shapes_are_refused(net: str):
    """Money from anything but the two strings is refused."""
    with pytest.raises(ValidationError):
        Priced.model_validate_json(f'{{"net": {net}, "price": "1"}}')


@pytest.mark.parametrize(
    "price",
    [
        *(1, True, None, b"1", "1e3", "NaN", "Infinity", "1."),
        *("123456789012345678901", "0.12345678901", "12345678901.1234567890"),
        *(Decimal("NaN"), Decimal("1e30"), Decimal("1e-30")),
    ],
)
def test_odd_prices_are_refused(price: object):
    """A price is a plain decimal string of at most 20 digits, 10 of them decimals."""
    with pytest.raises(ValueError, match=r"digits|decimal"):
        parse_price(price)


@pytest.mark.parametrize("price", ["12345678901234567890", "1234567890.1234567890", "0.0000000001"])
def test_the_longest_prices_are_read(price: str):
    """Twenty digits in all, ten of them decimals, and the least of them."""
    assert parse_price(price) == parse_price(Decimal(price)) == Decimal(price)


@pytest.mark.parametrize(
    ("value", "half_up", "half_even", "up", "down"),
    [
        ("5/2", 3, 2, 3, 2),
        ("7/2", 4, 4, 4, 3),
        ("-5/2", -3, -2, -3, -2),
        ("1/3", 0, 0, 1, 0),
        ("-2/3", -1, -1, -1, 0),
        ("4", 4, 4, 4, 4),
        ("0", 0, 0, 0, 0),
    ],
)
def test_rounding_does_what_its_name_says(
    value: str, half_up: int, half_even: int, up: int, down: int
):
    """Each way to round, for both signs."""
    exact = Fraction(value)
    modes: tuple[Rounding, ...] = ("half_up", "half_even", "up", "down")

    assert [round_fraction(exact, mode) for mode in modes] == [half_up, half_even, up, down]


@given(st.integers(-(10**15), 10**15), st.integers(0, 9), st.sampled_from(sorted(ROUNDINGS)))
def test_rounding_agrees_with_decimal(scaled: int, places: int, mode: Rounding):
    """The standard library's decimal rounds to the same whole number."""
    exact = Context(prec=60).create_decimal(scaled).scaleb(-places)

    assert round_ratio(scaled, 10**places, mode) == int(
        exact.quantize(Decimal(1), rounding=ROUNDINGS[mode])
    )
    assert round_ratio(-scaled, -(10**places), mode) == round_ratio(scaled, 10**places, mode)


@pytest.mark.rule("ALL-01")
@given(
    MINORS,
    st.lists(st.fractions(min_value=0, max_value=1000), min_size=1, max_size=12).filter(any),
)
def test_shares_add_up(amount: int, ratios: list[Fraction]):
    """Shares add up to the amount, each less than one unit from its exact part; signs mirror."""
    shares = allocate(amount, ratios)

    assert sum(shares) == amount
    for share, ratio in zip(shares, ratios, strict=True):
        assert abs(share - amount * ratio / sum(ratios)) < 1
    assert allocate(-amount, ratios) == tuple(-share for share in shares)


@pytest.mark.parametrize(
    ("amount", "ratios", "shares"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (-100, (1, 1, 1), (-34, -33, -33)),
        (1, (1, 1), (1, 0)),
        (5, (0, 1), (0, 5)),
        (10, (Fraction(1, 3), Fraction(2, 3)), (3, 7)),
        (0, (1, 2), (0, 0)),
    ],
)
def test_ties_go_to_the_earlier_share(
    amount: int, ratios: tuple[Fraction | int, ...], shares: tuple[int, ...]
):
    """The largest remainder has the odd unit, the earlier share where they tie."""
    assert allocate(amount, ratios) == shares


@pytest.mark.parametrize("ratios", [(), (0, 0), (-1, 2)])
def test_nothing_is_split_by_nothing(ratios: tuple[int, ...]):
    """No ratios, a negative one, or zeros alone are refused."""
    with pytest.raises(ValueError, match="ratio"):
        allocate(100, ratios)


def test_small_amounts_keep_their_zeros():
    """A negative amount of less than one unit has its sign and its zeros."""
    assert minor_text(-5, 2) == "-0.05"
    assert parse_minor("-0.05", 2) == -5
    assert str(Money(-5, "EUR")) == "-0.05 EUR"
