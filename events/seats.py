"""Facts of seats: added, given, activated, removed, ended.

A seat is held by a person, known here by an id, or by another holder, named here (GEN-20): of
`person` and `holder` one stands in a fact, the other is None.
"""

from typing import Annotated, ClassVar, Literal

from events.fact import Fact, left_out_if
from events.holders import SeatHolder
from events.seat_numbers import SeatNumbers

OtherHolder = Annotated[SeatHolder | None, left_out_if(None)]
"""A holder that is no person; not written where a person holds the seat."""


class SeatsAdded(Fact):
    """Seats became usable under these numbers; `renewing` says whether they renew."""

    NAME: ClassVar[str] = "SeatsAdded"
    subscription: str
    seats: SeatNumbers
    order: str | None
    renewing: bool
    entitlements: dict[str, int | str | bool]


class SeatsRemoved(Fact):
    """Seats went: `at_once`, with a holder too where the plan says `now`, or `at_renewal`."""

    NAME: ClassVar[str] = "SeatsRemoved"
    subscription: str
    seats: SeatNumbers
    when: Literal["at_once", "at_renewal"]


class SeatAssigned(Fact):
    """A free seat was given to somebody; `domain` is that of a person's address (SE-07)."""

    NAME: ClassVar[str] = "SeatAssigned"
    subscription: str
    seat: int
    person: str | None = None
    revision: int | None = None
    domain: str | None = None
    entitlements: dict[str, int | str | bool]
    holder: OtherHolder = None


class SeatReassigned(Fact):
    """A seat went from one holder to another; the activation of the first is dead (EV-15).

    `previous` is the person who had it, `previous_holder` another holder that had it.
    """

    NAME: ClassVar[str] = "SeatReassigned"
    subscription: str
    seat: int
    previous: str | None = None
    person: str | None = None
    revision: int | None = None
    domain: str | None = None
    entitlements: dict[str, int | str | bool]
    previous_holder: OtherHolder = None
    holder: OtherHolder = None


class SeatReleased(Fact):
    """A holder's seat became free; its activation is dead."""

    NAME: ClassVar[str] = "SeatReleased"
    subscription: str
    seat: int
    person: str | None = None
    holder: OtherHolder = None


class ActivationIssued(Fact):
    """A seat's holder got an activation; only its digest is kept (EV-14, SE-06)."""

    NAME: ClassVar[str] = "ActivationIssued"
    subscription: str
    seat: int
    person: str | None = None
    kind: Literal["credential", "code"]
    digest: str
    holder: OtherHolder = None


class SeatActivated(Fact):
    """The activation of a seat was used."""

    NAME: ClassVar[str] = "SeatActivated"
    subscription: str
    seat: int
    person: str | None = None
    holder: OtherHolder = None


class SeatsEnded(Fact):
    """Seats ended with their term, and with them their assignments (EV-16, EV-17)."""

    NAME: ClassVar[str] = "SeatsEnded"
    subscription: str
    seats: SeatNumbers
