"""Which seats a command concerns: by their numbers, by who holds them, or just how many.

A number of seats leaves the choice to the ledger. What is given up costs nobody a seat as long as
free ones are left.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from commands.decision import SEATS_MAX, Command, Policy, Quantity, SeatNumber
from commands.holders import HolderGiven, HolderNamed, check_kinds
from commands.refusals import Refused, invalid
from commands.state.subscriptions import Subscription
from events.fact import Identifier, left_out_if
from events.plans import Plan
from events.seat_numbers import SeatNumbers


def distinct(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers themselves; ValueError where one stands twice."""
    if len(set(numbers)) < len(numbers):
        raise ValueError("a seat stands here twice")
    return numbers


SeatList = Annotated[
    tuple[SeatNumber, ...],
    Field(strict=False, min_length=1, max_length=SEATS_MAX),
    AfterValidator(distinct),
]
"""Numbers of seats, one at least, each once."""

HolderList = Annotated[
    tuple[HolderNamed, ...], Field(strict=False, min_length=1, max_length=SEATS_MAX)
]
"""Holders of seats: addresses of persons, or other holders."""


class SeatListCommand(Command):
    """A command that concerns several seats: `seat_numbers`, `holders`, or a `quantity`."""

    subscription: Identifier
    seat_numbers: Annotated[SeatList | None, left_out_if(None)] = None
    holders: Annotated[HolderList | None, left_out_if(None)] = None
    quantity: Annotated[Quantity | None, left_out_if(None)] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [self.seat_numbers, self.holders, self.quantity]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give one of seat_numbers, holders and quantity")
        return self


def given_up(
    command: SeatListCommand,
    policy: Policy,
    sub: Subscription,
    plan: Plan,
    among: SeatNumbers,
) -> SeatNumbers:
    """The usable seats that a command takes from those there are.

    A `quantity` of those `among` which it may choose: free ones first, of those the highest
    numbers first.

    Raises:
        Refused: `command.invalid`, `seats.holder_not_allowed`, `seats.unknown`,
            `seats.not_assigned`.
    """
    if command.quantity is None:
        return _named(command, policy, sub, plan)
    _check_enough(command.quantity, among)
    return _some_of(among, sub, command.quantity)


def taken_back(
    command: SeatListCommand,
    policy: Policy,
    sub: Subscription,
    plan: Plan,
    among: SeatNumbers,
) -> SeatNumbers:
    """The usable seats that a command brings back.

    A `quantity` of those `among` which it may choose: free ones first, of those the highest
    numbers first (CONTRACT 2).

    Raises:
        Refused: as `given_up`.
    """
    if command.quantity is None:
        return _named(command, policy, sub, plan)
    _check_enough(command.quantity, among)
    return _some_of(among, sub, command.quantity)


def _some_of(among: SeatNumbers, sub: Subscription, quantity: int) -> SeatNumbers:
    free = (among - sub.assigned).last(quantity)
    return free | (among & sub.assigned).last(quantity - len(free))


def _check_enough(quantity: int, among: SeatNumbers) -> None:
    if quantity > len(among):
        raise Refused(
            "seats.unknown",
            detail=f"{quantity} seats are to be chosen, and there are only {len(among)}.",
            remedy=f"Choose at most {len(among)}, or look at the subscription's seats again."
            if among
            else "",
            present=str(len(among)),
        )


def _named(command: SeatListCommand, policy: Policy, sub: Subscription, plan: Plan) -> SeatNumbers:
    if command.holders is not None:
        return _held_by(command.holders, policy, sub, plan)
    seats = SeatNumbers.of(command.seat_numbers or ())
    unknown = (seats - sub.usable).lowest()
    if unknown is not None:
        raise Refused(
            "seats.unknown",
            detail=f"Seat {unknown} is not there, or it has ended.",
            seat=str(unknown),
        )
    return seats


def _held_by(holders: HolderList, policy: Policy, sub: Subscription, plan: Plan) -> SeatNumbers:
    """The seats of these holders; a refusal counts them, since it names no person."""
    seats: set[int] = set()
    missing: tuple[int, HolderNamed] | None = None
    for place, one in enumerate(holders, start=1):
        seat = sub.seat_of.get(_key(one, policy))
        if seat is None:
            missing = missing or (place, one)
        elif seat in seats:
            raise invalid("holders", f"holder {place} stands here twice")
        else:
            seats.add(seat)
    if missing is not None:
        place, one = missing
        check_kinds(plan, ["person" if isinstance(one, str) else one.kind])
        raise Refused(
            "seats.not_assigned",
            detail=f"Holder {place} of the list has no seat of this subscription.",
            remedy="Leave this holder out, or assign a seat first.",
            holder=str(place),
        )
    return SeatNumbers.of(seats)


def _key(one: str | HolderGiven, policy: Policy) -> str:
    """What tells the holder apart; of a person whom nobody knows it is nobody's."""
    if isinstance(one, HolderGiven):
        return one.holder.key
    person = policy.people.get(one)
    return "" if person is None else person.key
