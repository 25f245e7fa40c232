"""The seats of every subscription: counts, and a row for each seat that somebody has held.

Seats that nobody has touched are ranges in their subscription's row and cost nothing.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, assert_never, get_args

from events.envelope import Recorded
from events.fact import Fact
from events.holders import SeatHolder
from events.orders import OrderPlaced
from events.seat_numbers import SeatNumbers
from events.seats import (
    ActivationIssued,
    SeatActivated,
    SeatAssigned,
    SeatReassigned,
    SeatReleased,
    SeatsAdded,
)
from projections import seat_sets
from projections.rows import Row, Rows, existing
from projections.seat_sets import SeatSets, SetFact, Settlement

HolderFact = SeatAssigned | SeatReassigned | SeatReleased | ActivationIssued | SeatActivated
Handled = SetFact | HolderFact | OrderPlaced | Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsRow(Row):
    """The seats of a subscription (its id is the key); of an ended one all counts are zero.

    `assigned_seats` are held by somebody, `touched` are the usable ones that have a `SeatRow`;
    `entitlements` are those of the seats added last (EV-21).
    """

    TABLE: ClassVar[str] = "subscription_seats"
    sets: SeatSets = field(default_factory=SeatSets)
    assigned_seats: SeatNumbers = seat_sets.NONE
    touched: SeatNumbers = seat_sets.NONE
    entitlements: dict[str, int | str | bool] = field(default_factory=dict)

    @property
    def usable(self) -> int:
        """How many seats can be used."""
        return len(self.sets.usable)

    @property
    def pending(self) -> int:
        """How many seats wait for their orders."""
        return self.sets.pending

    @property
    def total(self) -> int:
        """Usable and pending seats."""
        return self.usable + self.pending

    @property
    def assigned(self) -> int:
        """How many seats somebody holds."""
        return len(self.assigned_seats)

    @property
    def renewing(self) -> int:
        """How many seats will renew."""
        return len(self.sets.renewing)

    @property
    def free_seats(self) -> SeatNumbers:
        """The usable seats that nobody holds."""
        return self.sets.usable - self.assigned_seats

    @property
    def untouched(self) -> SeatNumbers:
        """The usable seats without a row of their own: nobody has ever held them."""
        return self.sets.usable - self.touched


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRow(Row):
    """A seat that somebody holds or has held; the key is `seat_key`.

    `person` holds it, or `other`, a holder that is no person (GEN-20); of a free one both are None.
    `activation` is the kind of the activation that works now, None where there is none;
    `activated` says that it has been used (EV-14, SE-06). Rows are listed by seat number.
    """

    TABLE: ClassVar[str] = "seats"
    seat: int
    status: Literal["assigned", "free", "ended"]
    person: str | None = None
    revision: int | None = None
    other: SeatHolder | None = None
    renewing: bool = False
    activation: Literal["credential", "code"] | None = None
    activated: bool = False
    entitlements: dict[str, int | str | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsWaitingRow(Row):
    """The subscriptions for which seats wait for an order (its id is the key)."""

    TABLE: ClassVar[str] = "seats_waiting"
    subscriptions: tuple[str, ...]


def seat_key(subscription: str, seat: int) -> str:
    """The key of a seat's row, which sorts by number."""
    return f"{subscription}/{seat:08d}"


class SeatsProjection:
    """Folds the facts of seats, and the orders for which seats wait."""

    name = "seats"
    version = 2
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (SeatsRow, SeatRow, SeatsWaitingRow)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change counts and seats by one event."""
        fact = event.fact
        if isinstance(fact, OrderPlaced):
            _placed(event, fact, rows)
        elif isinstance(fact, Settlement):
            _settled(fact, rows)
        elif isinstance(fact, SetFact):
            _sets_changed(event, fact, rows)
        elif isinstance(fact, HolderFact):
            _holder_changed(fact, rows)


def _row(event: Recorded, subscription: str, rows: Rows) -> SeatsRow:
    """The subscription's row; an empty one where the order comes before the subscription."""
    return rows.get(SeatsRow, subscription) or SeatsRow(
        key=subscription,
        account=event.account,
        subscription=subscription,
        position=event.position,
    )


def _placed(event: Recorded, fact: OrderPlaced, rows: Rows) -> None:
    lines = [line for line in seat_sets.waiting_lines(fact) if line[1].seats]
    for subscription, waiting in lines:
        row = _row(event, subscription, rows)
        rows.put(replace(row, sets=seat_sets.with_waiting(row.sets, waiting)))
    if lines:
        names = tuple(subscription for subscription, _ in lines)
        rows.put(
            SeatsWaitingRow(
                key=fact.order, account=event.account, position=event.position, subscriptions=names
            )
        )


def _settled(fact: Settlement, rows: Rows) -> None:
    order = rows.get(SeatsWaitingRow, fact.order)
    if order is None:
        return
    for subscription in order.subscriptions:
        row = existing(rows, SeatsRow, subscription)
        rows.put(replace(row, sets=seat_sets.settled(row.sets, fact.order)))
    rows.delete(SeatsWaitingRow, fact.order)


def _sets_changed(event: Recorded, fact: SetFact, rows: Rows) -> None:
    row = _row(event, fact.subscription, rows)
    before, now = row.sets, seat_sets.after(row.sets, fact)
    gone = row.touched - now.usable
    turned = (before.renewing - now.renewing) | (now.renewing - before.renewing)
    for number in gone:
        rows.put(_ended(existing(rows, SeatRow, seat_key(row.key, number))))
    for number in turned & row.touched & now.usable:
        seat = existing(rows, SeatRow, seat_key(row.key, number))
        rows.put(replace(seat, renewing=number in now.renewing))
    rows.put(
        replace(
            row,
            sets=now,
            assigned_seats=row.assigned_seats & now.usable,
            touched=row.touched - gone,
            entitlements=fact.entitlements if isinstance(fact, SeatsAdded) else row.entitlements,
        )
    )


def _ended(seat: SeatRow) -> SeatRow:
    return replace(
        seat,
        status="ended",
        person=None,
        revision=None,
        other=None,
        renewing=False,
        activation=None,
        activated=False,
    )


def _holder_changed(fact: HolderFact, rows: Rows) -> None:
    row = existing(rows, SeatsRow, fact.subscription)
    key = seat_key(fact.subscription, fact.seat)
    number = SeatNumbers.of([fact.seat])
    match fact:
        case SeatAssigned() | SeatReassigned():
            assigned = row.assigned_seats | number
            rows.put(replace(row, assigned_seats=assigned, touched=row.touched | number))
            rows.put(_assigned(fact, row))
        case SeatReleased():
            rows.put(replace(row, assigned_seats=row.assigned_seats - number))
            seat = existing(rows, SeatRow, key)
            free = replace(_ended(seat), status="free", renewing=fact.seat in row.sets.renewing)
            rows.put(free)
        case ActivationIssued():
            seat = existing(rows, SeatRow, key)
            rows.put(replace(seat, activation=fact.kind, activated=False))
        case SeatActivated():
            rows.put(replace(existing(rows, SeatRow, key), activated=True))
        case _:
            assert_never(fact)


def _assigned(fact: SeatAssigned | SeatReassigned, row: SeatsRow) -> SeatRow:
    """A seat with a new holder, whose activation is still to be issued (EV-15)."""
    return SeatRow(
        key=seat_key(fact.subscription, fact.seat),
        account=row.account,
        subscription=row.subscription,
        position=row.position,
        seat=fact.seat,
        status="assigned",
        person=fact.person,
        revision=fact.revision,
        other=fact.holder,
        renewing=fact.seat in row.sets.renewing,
        entitlements=fact.entitlements,
    )
