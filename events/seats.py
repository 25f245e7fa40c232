"""Facts of seats: added, given, activated, removed, ended."""

from typing import ClassVar, Literal

from events.fact import Fact
from events.seat_numbers import SeatNumbers


class SeatsAdded(Fact):
    """Seats became usable under these numbers; `renewing` says whether they renew."""

    NAME: ClassVar[str] = "SeatsAdded"
    subscription: str
    seats: SeatNumbers
    order: str | None
    renewing: bool
    entitlements: dict[str, int | str | bool]


class SeatsRemoved(Fact):
    """Free seats were given back: `at_once` without credit (SE-08), or `at_renewal`."""

    NAME: ClassVar[str] = "SeatsRemoved"
    subscription: str
    seats: SeatNumbers
    when: Literal["at_once", "at_renewal"]


class SeatAssigned(Fact):
    """A free seat was given to a person; `domain` is that of the address (SE-07)."""

    NAME: ClassVar[str] = "SeatAssigned"
    subscription: str
    seat: int
    person: str
    revision: int
    domain: str
    entitlements: dict[str, int | str | bool]


class SeatReassigned(Fact):
    """A seat went from one person to another; the activation of the first is dead (EV-15)."""

    NAME: ClassVar[str] = "SeatReassigned"
    subscription: str
    seat: int
    previous: str
    person: str
    revision: int
    domain: str
    entitlements: dict[str, int | str | bool]


class SeatReleased(Fact):
    """A person's seat became free; its activation is dead."""

    NAME: ClassVar[str] = "SeatReleased"
    subscription: str
    seat: int
    person: str


class ActivationIssued(Fact):
    """A seat's holder got an activation; only its digest is kept (EV-14, SE-06)."""

    NAME: ClassVar[str] = "ActivationIssued"
    subscription: str
    seat: int
    person: str
    kind: Literal["credential", "code"]
    digest: str


class SeatActivated(Fact):
    """The activation of a seat was used."""

    NAME: ClassVar[str] = "SeatActivated"
    subscription: str
    seat: int
    person: str


class SeatsEnded(Fact):
    """Seats ended with their term, and with them their assignments (EV-16, EV-17)."""

    NAME: ClassVar[str] = "SeatsEnded"
    subscription: str
    seats: SeatNumbers
