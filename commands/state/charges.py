"""What a decision knows of a charge: its seats, the lines that bill it, and what was taken back.

CONTRACT 5.25: what notes by amount took lessens what was charged before time is counted, what was
taken back by time counts after.
"""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from rpds import HashTrieMap

from events.charges import Charged, ChargeSeatsListed, Reversal, TermSpan, taken_back
from events.credit import CreditGranted
from events.invoices import DocumentLine, TakingKind
from events.money import Money
from events.periods import Period
from events.seat_numbers import SeatNumbers


@dataclass(frozen=True, slots=True)
class Taking:
    """An amount, in minor units and net, that was taken back of a charge for some of its seats."""

    by: TakingKind
    minor: int
    seats: SeatNumbers


@dataclass(frozen=True, slots=True)
class ChargeState:
    """A charge as it stands; `places` are the lines (invoice and number) that bill it.

    `charged_on` is the day on which its seats became usable. `numerator` / `denominator` is the
    fraction of the term that it paid for. `order` bought it (None: it renewed). Of a charge that
    takes back, `back` says what, and takings count below zero; `reversed_by` are those that take
    back from this one.
    """

    charge: str
    subscription: str
    plan: str
    plan_version: int
    term: TermSpan
    period: Period
    charged_on: date
    net: Money
    quantity: int
    seats: SeatNumbers
    numerator: int
    denominator: int
    reverses: tuple[Reversal, ...]
    order: str | None = None
    back: TakingKind = "time"
    takings: tuple[Taking, ...] = ()
    reversed_by: tuple[str, ...] = ()
    places: tuple[tuple[str, int], ...] = ()

    @property
    def taken_back(self) -> Money:
        """All that was taken back of it, whatever for."""
        return Money(sum(one.minor for one in self.takings), self.net.currency)

    @property
    def left(self) -> Money:
        """What of it nobody has taken back."""
        return self.net - self.taken_back

    def part_of(self, seats: SeatNumbers) -> Fraction:
        """What was charged for some of its seats, less what notes by amount took of that."""
        if not self.seats:
            return Fraction()
        part = Fraction(self.net.minor * len(seats & self.seats), len(self.seats))
        return part - self._taken_for(seats, {"amount", "seats"})

    def taken_by_time(self, seats: SeatNumbers) -> Fraction:
        """What was taken back by time of what was charged for some of its seats."""
        return self._taken_for(seats, {"time"})

    def _taken_for(self, seats: SeatNumbers, kinds: set[str]) -> Fraction:
        return sum(
            (
                Fraction(one.minor * len(seats & one.seats), len(one.seats))
                for one in self.takings
                if one.by in kinds and one.seats
            ),
            Fraction(),
        )


Charges: TypeAlias = "HashTrieMap[str, ChargeState]"


def charged(charges: Charges, fact: Charged) -> Charges:
    """The charges with a new one, and with what it takes back of earlier ones."""
    charge = ChargeState(
        fact.charge,
        fact.subscription,
        fact.plan,
        fact.plan_version,
        fact.term,
        fact.period,
        charged_on=fact.usable_on,
        net=fact.net,
        quantity=fact.quantity,
        seats=fact.seats,
        numerator=fact.numerator,
        denominator=fact.denominator,
        reverses=fact.reverses,
        order=fact.order,
        back=fact.back or "time",
    )
    for part in fact.reverses:
        charges = _take(charges, part, charge.back, fact.seats)
        reversed_by = (*charges[part.charge].reversed_by, fact.charge)
        taken = replace(charges[part.charge], reversed_by=reversed_by)
        charges = charges.insert(part.charge, taken)
    return charges.insert(fact.charge, charge)


def listed(charges: Charges, fact: ChargeSeatsListed) -> Charges:
    """The charges after further seats of one were listed."""
    charge = charges[fact.charge]
    return charges.insert(fact.charge, replace(charge, seats=charge.seats | fact.seats))


def noted(charges: Charges, name: str, line: DocumentLine, minor: int) -> Charges:
    """The charges after a credit note's line took so much of one, with the sign of the charge.

    A note on a charge that takes back gives as much back to the charges it had taken it from.
    """
    currency = line.amount.currency
    own = charges[name]
    by = line.by or "amount"
    seats = line.seats or own.seats
    for part in taken_back(name, own.reverses, Money(minor, currency)):
        is_own = part.charge == name
        charges = _take(charges, part, by if is_own else own.back, seats if is_own else own.seats)
    return charges


def given_back_by_credit(charges: Charges, fact: CreditGranted) -> Charges:
    """The charges after credit of before contract 2 carried a part of them over."""
    for part in fact.of.charges:
        charges = _take(charges, part, "time", charges[part.charge].seats)
    return charges


def _take(charges: Charges, part: Reversal, by: TakingKind, seats: SeatNumbers) -> Charges:
    charge = charges[part.charge]
    concerned = (seats & charge.seats) or charge.seats
    taking = Taking(by, part.amount.minor, concerned)
    return charges.insert(part.charge, replace(charge, takings=_merged(charge.takings, taking)))


def _merged(takings: tuple[Taking, ...], new: Taking) -> tuple[Taking, ...]:
    """The takings with one more; those of one kind for the same seats are one."""
    for index, old in enumerate(takings):
        if old.by == new.by and old.seats == new.seats:
            both = Taking(old.by, old.minor + new.minor, old.seats)
            rest = takings[:index] + takings[index + 1 :]
            return (*rest, both) if both.minor else rest
    return (*takings, new)
