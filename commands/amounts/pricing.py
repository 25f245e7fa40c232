"""Pricing: what seats cost by tiers, and the one rounding of a charge (CONTRACT 5.2, EV-02).

Volume: the tier that the total reaches prices every seat of the order; seats bought before are
neither charged again nor credited. Graduated: each seat has the price of the tier in which it lies,
the first tier reaching down to the first seat. All is exact until `charge` rounds, once.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple, Protocol, TypeVar

from commands.amounts.proration import Proration
from events.money import (
    PRICE_DECIMALS,
    Money,
    Rounding,
    minor_digits,
    minor_text,
    price_text,
    round_ratio,
)

Tiering = Literal["volume", "graduated"]


class TierPrice(Protocol):
    """A tier of a price: the quantity from which it holds, and the price of one seat."""

    @property
    def from_(self) -> int:
        """The first quantity of the tier."""

    @property
    def amount(self) -> Decimal:
        """The price of one seat, net of tax."""


Tier = TypeVar("Tier", bound=TierPrice)


class BelowFirstTier(ValueError):
    """A quantity smaller than the first tier's."""


class SeatsPrice(NamedTuple):
    """What the seats of one order cost before the fraction of the term, and how that came about.

    `amount` is exact, for one month or one period, whichever the price is per. `unit` and `tier`
    are None of graduated tiers, which have no single price; `list_price` is the first tier's.
    """

    amount: Fraction
    quantity: int
    unit: Decimal | None
    tier: int | None
    list_price: Decimal
    steps: tuple[str, ...]


def tier_for(tiers: Sequence[Tier], total: int) -> Tier:
    """The last tier that the total reaches; BelowFirstTier where it reaches none."""
    reached = [tier for tier in tiers if tier.from_ <= total]
    if not reached:
        first = min((tier.from_ for tier in tiers), default=0)
        raise BelowFirstTier(f"{total} is below the first tier, which begins at {first}")
    return max(reached, key=lambda tier: tier.from_)


def graduated_amount(tiers: Sequence[TierPrice], total: int) -> Fraction:
    """The price of `total` seats, each at the price of its own tier; the first covers all below."""
    return sum((part.cost for part in graduated_parts(tiers, total)), Fraction())


class TierPart(NamedTuple):
    """The seats of a total that lie in one tier."""

    tier: TierPrice
    seats: int

    @property
    def cost(self) -> Fraction:
        """Their price, exact."""
        return Fraction(self.tier.amount) * self.seats


def graduated_parts(tiers: Sequence[TierPrice], total: int) -> list[TierPart]:
    """How many of the first `total` seats lie in each tier; tiers without any are left out."""
    parts: list[TierPart] = []
    for index, tier in enumerate(tiers):
        below = max(tier.from_ - 1, 0) if index else 0
        top = max(tiers[index + 1].from_ - 1, 0) if index + 1 < len(tiers) else total
        seats = min(total, top) - below
        if seats > 0:
            parts.append(TierPart(tier, seats))
    return parts


def price_of_seats(
    tiering: Tiering, tiers: Sequence[TierPrice], total: int, held: int = 0
) -> SeatsPrice:
    """The price of the seats that bring a subscription from `held` to `total` (all: held 0).

    Tiers rise. BelowFirstTier where the total reaches no tier.
    """
    tier = tier_for(tiers, total)
    quantity = total - held
    if tiering == "volume":
        amount = Fraction(tier.amount) * quantity
        steps = [f"{total} in all: the tier from {tier.from_} prices each"]
        steps.append(f"{price_text(tier.amount)} x {quantity} = {exact_text(amount)}")
        return SeatsPrice(amount, quantity, tier.amount, tier.from_, tiers[0].amount, tuple(steps))
    steps = [
        f"tier from {part.tier.from_}: {price_text(part.tier.amount)} x {part.seats}"
        f" = {exact_text(part.cost)}"
        for part in graduated_parts(tiers, total)
    ]
    amount = graduated_amount(tiers, total)
    if held:
        old = graduated_amount(tiers, held)
        steps.append(f"less the price of {held}: {exact_text(amount)} - {exact_text(old)}")
        amount -= old
    steps.append(f"together {exact_text(amount)}")
    return SeatsPrice(amount, quantity, None, None, tiers[0].amount, tuple(steps))


def charge(
    amount: Fraction, left: Proration | None, currency: str, rounding: Rounding = "half_up"
) -> tuple[Money, tuple[str, ...]]:
    """An exact amount x the fraction that is left (None: all of it), rounded once, and its steps.

    ValueError for an unknown currency, AmountOutOfRange beyond the bounds of money.
    """
    numerator, denominator = (left.numerator, left.denominator) if left else (1, 1)
    digits = minor_digits(currency)
    minor = round_ratio(
        amount.numerator * numerator * int(10**digits), amount.denominator * denominator, rounding
    )
    net = Money(minor, currency)
    product = f" x {numerator}/{denominator}" if left else ""
    step = f"{exact_text(amount)}{product}, rounded {rounding.replace('_', ' ')}: {net}"
    return net, (*(left.steps if left else ()), step)


def exact_text(value: Fraction) -> str:
    """An exact value as a plain decimal where it has one, else as a fraction a/b."""
    for decimals in range(3 * PRICE_DECIMALS):
        if 10**decimals % value.denominator == 0:
            return minor_text(value.numerator * (10**decimals // value.denominator), decimals)
    return f"{value.numerator}/{value.denominator}"
