"""The charge: what is owed for seats and a period, with every figure that led to its amount."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, ClassVar, Literal

from events.fact import Fact, Value, left_out_if
from events.money import Money, Price, allocate
from events.periods import Period
from events.seat_numbers import SeatNumbers

ChargeReason = Literal["start", "seats_added", "renewal", "trial_converted", "unused_credit"]


class TermSpan(Value):
    """One term of a subscription: its number from 1, the anchor of its dates, `[start, end)`."""

    number: int
    anchor: date
    start: date
    end: date


class Reversal(Value):
    """A part, positive and net of tax, of an earlier charge that is taken back."""

    charge: str
    amount: Money


class TakenFrom(Value):
    """A part, positive and net of tax, of an earlier invoice's line that a line takes back."""

    invoice: str
    line: int
    amount: Money


def taken_back(charge: str, reverses: Sequence[Reversal], amount: Money) -> tuple[Reversal, ...]:
    """What a credit note takes back with so much of a charge (net): the charge's own amount.

    Of a charge that takes back itself the amount is negative, and so much is given back to the
    charges that it had taken it from.
    """
    own = Reversal(charge=charge, amount=amount)
    if not reverses or not amount.minor:
        return (own,)
    shares = allocate(amount.minor, [part.amount.minor for part in reverses])
    return (
        own,
        *(
            Reversal(charge=part.charge, amount=Money(share, amount.currency))
            for part, share in zip(reverses, shares, strict=True)
        ),
    )


class Charge(Value):
    """A priced amount, decided once.

    net = full_term x numerator / denominator up to one rounding, where `full_term` is the amount
    before the fraction. `list_price` is the dearest tier's, `price` the one used (None of
    graduated tiers, which have no single one), `tier` the first quantity of the tier used.
    """

    charge: str
    subscription: str
    reason: ChargeReason
    plan: str
    plan_version: int
    title: str
    unit: str
    term: TermSpan
    period: Period
    quantity: int
    list_price: Price
    price: Price | None
    per: Literal["month", "period"]
    tier: int | None
    numerator: int
    denominator: int
    rounding: Literal["half_up"]
    net: Money
    full_term: Money
    reverses: tuple[Reversal, ...] = ()
    steps: tuple[str, ...]


class Charged(Charge, Fact):
    """Seats became usable or a term renewed, and this is owed for it, invoiced or not.

    `seats` are the numbers it pays for; `statement_on` is the day of the statement that gathers
    it, None where it is invoiced by itself; `split` says that only the part up to that day stands
    on the first statement (MS-13). `back` says of a charge that takes back whether it gives back
    unused time (None: so too) or what seats cost that are gone. `takes` names the lines of earlier
    invoices that a charge takes back from while it waits for its statement.
    """

    NAME: ClassVar[str] = "Charged"
    usable_on: date
    seats: SeatNumbers
    order: str | None = None
    statement_on: date | None = None
    split: bool = False
    back: Annotated[Literal["time", "removal"] | None, left_out_if(None)] = None
    takes: Annotated[tuple[TakenFrom, ...], left_out_if(())] = ()


class ChargeSeatsListed(Fact):
    """Further seats of a charge whose ranges do not fit into one fact."""

    NAME: ClassVar[str] = "ChargeSeatsListed"
    charge: str
    subscription: str
    seats: SeatNumbers
