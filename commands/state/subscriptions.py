"""What a decision knows of one subscription: its term, seats, holders and what waits."""

from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import or_

from rpds import HashTrieMap

from events import seats as seat_facts
from events import subscriptions as facts
from events.charges import TermSpan
from events.holders import SeatHolder
from events.orders import OrderLine
from events.plans import Channel
from events.seat_numbers import SeatNumbers
from events.subscriptions import SubscriptionKind


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a seat, and the activation issued for it (its digest), if any.

    A person, or another holder (GEN-20): the other one is None.
    """

    person: str | None
    other: SeatHolder | None = None
    activation: str | None = None
    activated: bool = False

    @property
    def key(self) -> str:
        """What tells the holders of an account apart."""
        return holder_key(self.person, self.other)


def holder_key(person: str | None, other: SeatHolder | None) -> str:
    """What tells the holders of an account apart: a person's id, or kind and id of another."""
    return other.key if other is not None else person or ""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """The plan that takes over when the term ends; `seats` only of a cancelled subscription."""

    plan: str
    seats: int | None
    payment_method: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as its facts made it.

    `numbered` is the highest seat number given; `ending` are usable seats that will not renew;
    `pending` maps orders that wait to their seats; `term_charges` are the charges of the present
    term. `starting` names the order that must complete before anything is usable. `renewed_on` is
    the last day on which a term ended and another followed: an order that waited long may begin a
    term that is over by then, and so end on such a day again. `leaving` are seats that were to
    end when the billing date moved, each with the day of its old end, and `left_charges` the
    charges of those terms. `moving` maps orders that are to move the billing date to the seats that
    were to go on when they were placed. `carried_over`: what was left of it paid for another
    subscription.
    """

    subscription: str
    plan: str
    plan_version: int
    product: str
    kind: SubscriptionKind
    payment_method: str | None
    channel: Channel | None
    term: TermSpan
    renews: bool
    numbered: int = 0
    usable: SeatNumbers = SeatNumbers()
    ending: SeatNumbers = SeatNumbers()
    assigned: SeatNumbers = SeatNumbers()
    holders: "HashTrieMap[int, Holder]" = HashTrieMap()
    seat_of: "HashTrieMap[str, int]" = HashTrieMap()
    pending: "HashTrieMap[str, int]" = HashTrieMap()
    starting: str | None = None
    converting: str | None = None
    cancelled: bool = False
    ended: bool = False
    planned: PlannedChange | None = None
    term_charges: tuple[str, ...] = ()
    renewed_on: date | None = None
    leaving: tuple[tuple[date, SeatNumbers], ...] = ()
    moving: "HashTrieMap[str, SeatNumbers]" = HashTrieMap()
    left_charges: tuple[str, ...] = ()
    carried_over: bool = False

    @property
    def renewing(self) -> SeatNumbers:
        """The usable seats that will renew."""
        return SeatNumbers() if not self.will_renew else self.usable - self.ending

    @property
    def continuing(self) -> SeatNumbers:
        """The usable seats that were not to end: all that a moved billing date concerns."""
        return SeatNumbers() if self.cancelled else self.usable - self.ending

    def moved_by(self, order: str | None) -> SeatNumbers:
        """The usable seats that the order's new billing date concerns.

        Those that were to go on on the day of the order stay in it when they are switched off
        while it waits: it has quoted their new term (CONTRACT 5.4).
        """
        ordered = self.moving.get(order or "", SeatNumbers())
        return self.continuing | (ordered & self.usable)

    @property
    def leaving_seats(self) -> SeatNumbers:
        """The usable seats that end before the present term does."""
        return reduce(or_, (seats for _, seats in self.leaving), SeatNumbers())

    @property
    def will_renew(self) -> bool:
        """Whether another term follows for seats that are not switched off."""
        return self.kind == "paid" and self.renews and not self.cancelled and not self.ended

    @property
    def free(self) -> SeatNumbers:
        """The usable seats that nobody holds."""
        return self.usable - self.assigned

    def first_free(self, count: int) -> list[int]:
        """The free seats to be given first: those that renew, then the others, lowest first."""
        going_on = (self.free & self.renewing).first(count)
        others = (self.free - self.renewing).first(count - len(going_on))
        return [*going_on, *others]

    @property
    def next_plan(self) -> str:
        """The plan by which the seats that renew go on: another one where a change is planned."""
        if self.planned is None or self.planned.seats is not None:
            return self.plan
        return self.planned.plan

    def outlasts_term(self, seat: int) -> bool:
        """Whether a seat goes on after the term: it renews, or its trial is being bought."""
        return self.converting is not None or (self.will_renew and seat not in self.ending)

    def ends_on(self, seat: int) -> date:
        """The day on which a seat ends, or its term does and it goes on."""
        return next((day for day, seats in self.leaving if seat in seats), self.term.end)

    @property
    def pending_seats(self) -> int:
        """How many seats wait for their order."""
        return sum(self.pending.values())

    @property
    def total(self) -> int:
        """Usable and pending seats."""
        return len(self.usable) + self.pending_seats

    @property
    def goes_on(self) -> bool:
        """Whether a term follows the present one: seats renew, or new ones were chosen (EV-18)."""
        return bool(self.renewing) or (self.planned is not None and self.planned.seats is not None)

    def next_numbers(self, count: int) -> SeatNumbers:
        """The numbers that the next `count` usable seats get."""
        return SeatNumbers.span(self.numbered + 1, self.numbered + count)

    @property
    def due_on(self) -> date | None:
        """The day on which the term ends and something is to be done; None while nothing is.

        A first order or a conversion that waits holds the end up until it is settled.
        """
        if self.ended or self.starting is not None or self.converting is not None:
            return None
        return min((self.term.end, *(day for day, _ in self.leaving)))

    @property
    def leaves_on(self) -> date | None:
        """The day before the end of the term on which seats end; None where none do."""
        return min((day for day, _ in self.leaving if day < self.term.end), default=None)


def started(fact: facts.SubscriptionStarted) -> Subscription:
    """The subscription that a start made."""
    return Subscription(
        subscription=fact.subscription,
        plan=fact.plan,
        plan_version=fact.plan_version,
        product=fact.product,
        kind=fact.kind,
        payment_method=fact.payment_method,
        channel=fact.channel,
        term=fact.term,
        renews=fact.renews,
    )


def with_order(sub: Subscription, order: str, line: OrderLine) -> Subscription:
    """The subscription with seats that wait for an order."""
    moves = line.kind == "move_billing_date"
    return replace(
        sub,
        pending=sub.pending.insert(order, line.seats) if line.seats else sub.pending,
        moving=sub.moving.insert(order, sub.continuing) if moves else sub.moving,
        starting=order if line.kind == "start" else sub.starting,
        converting=order if line.kind == "convert" else sub.converting,
    )


def without_order(sub: Subscription, order: str, *, completed: bool) -> Subscription:
    """The subscription when an order is settled, well or not.

    What its new billing date concerns is known until the term begins that it bought.
    """
    return replace(
        sub,
        moving=sub.moving if completed else sub.moving.discard(order),
        pending=sub.pending.discard(order),
        starting=None if sub.starting == order else sub.starting,
        converting=None if sub.converting == order else sub.converting,
    )


def evolve_subscription(sub: Subscription, fact: object) -> Subscription:
    """The subscription after a fact of its own; facts that do not concern it leave it as it is."""
    match fact:
        case facts.TermStarted():
            return _term_started(sub, fact)
        case facts.SubscriptionCancelled():
            return replace(sub, cancelled=True, planned=None)
        case facts.SubscriptionCarriedOver():
            return replace(sub, carried_over=True)
        case facts.AutoRenewDisabled():
            return replace(sub, ending=sub.ending | fact.seats)
        case facts.AutoRenewEnabled():
            ending = (sub.usable if sub.cancelled else sub.ending) - fact.seats
            return replace(sub, ending=ending, cancelled=False)
        case facts.SubscriptionKept():
            ending = (sub.usable if sub.cancelled else sub.ending) - fact.seats
            return replace(sub, ending=ending, cancelled=False, planned=None)
        case facts.PlanChangeScheduled():
            planned = PlannedChange(fact.plan, fact.seats, fact.payment_method)
            return replace(sub, planned=planned)
        case facts.SubscriptionEnded():
            return replace(sub, ended=True, planned=None, pending=HashTrieMap())
        case _:
            return _evolve_seats(sub, fact)


def _term_started(sub: Subscription, fact: facts.TermStarted) -> Subscription:
    same_seats = fact.cause == "billing_date_moved"
    leaving = _leaving(sub, fact.order) if same_seats else ()
    return replace(
        sub,
        plan=fact.plan,
        plan_version=fact.plan_version,
        product=fact.product,
        kind="paid",
        payment_method=fact.payment_method,
        term=fact.term,
        renews=fact.renews,
        cancelled=sub.cancelled and same_seats,
        ending=sub.usable - sub.continuing if same_seats else SeatNumbers(),
        planned=sub.planned if same_seats else None,
        term_charges=(),
        renewed_on=_renewed_on(sub, fact),
        leaving=leaving,
        moving=sub.moving.discard(fact.order or ""),
        left_charges=(*sub.left_charges, *sub.term_charges) if leaving else (),
    )


def _leaving(sub: Subscription, order: str | None) -> tuple[tuple[date, SeatNumbers], ...]:
    """The seats that end before the new term does, once the order has moved the billing date."""
    moved = sub.moved_by(order)
    known = tuple((day, rest) for day, seats in sub.leaving if (rest := seats - moved))
    seats = sub.usable - moved
    for _, left in known:
        seats -= left
    return (*known, (sub.term.end, seats)) if seats else known


def _renewed_on(sub: Subscription, fact: facts.TermStarted) -> date | None:
    if fact.cause not in {"renewal", "plan_changed"}:
        return sub.renewed_on
    return fact.term.start if sub.renewed_on is None else max(fact.term.start, sub.renewed_on)


def _evolve_seats(sub: Subscription, fact: object) -> Subscription:
    match fact:
        case seat_facts.SeatsAdded():
            return replace(
                sub,
                numbered=sub.numbered + len(fact.seats),
                usable=sub.usable | fact.seats,
                ending=sub.ending if fact.renewing else sub.ending | fact.seats,
            )
        case seat_facts.SeatsRemoved():
            if fact.when == "at_renewal":
                return replace(sub, ending=sub.ending | fact.seats)
            return _gone(sub, fact.seats)
        case seat_facts.SeatsEnded():
            return _gone(sub, fact.seats)
        case _:
            return _evolve_holders(sub, fact)


def _gone(sub: Subscription, seats: SeatNumbers) -> Subscription:
    holders, seat_of = sub.holders, sub.seat_of
    for number in sub.assigned & seats:
        seat_of = seat_of.discard(holders[number].key)
        holders = holders.discard(number)
    return replace(
        sub,
        usable=sub.usable - seats,
        ending=sub.ending - seats,
        leaving=tuple((day, rest) for day, left in sub.leaving if (rest := left - seats)),
        assigned=sub.assigned - seats,
        holders=holders,
        seat_of=seat_of,
    )


def _evolve_holders(sub: Subscription, fact: object) -> Subscription:
    match fact:
        case seat_facts.SeatAssigned() | seat_facts.SeatReassigned():
            seat_of = sub.seat_of
            if isinstance(fact, seat_facts.SeatReassigned):
                seat_of = seat_of.discard(holder_key(fact.previous, fact.previous_holder))
            holder = Holder(fact.person, fact.holder)
            return replace(
                sub,
                assigned=sub.assigned | SeatNumbers(1 << fact.seat),
                holders=sub.holders.insert(fact.seat, holder),
                seat_of=seat_of.insert(holder.key, fact.seat),
            )
        case seat_facts.SeatReleased():
            return replace(
                sub,
                assigned=sub.assigned - SeatNumbers(1 << fact.seat),
                holders=sub.holders.discard(fact.seat),
                seat_of=sub.seat_of.discard(holder_key(fact.person, fact.holder)),
            )
        case seat_facts.ActivationIssued():
            holder = Holder(fact.person, fact.holder, activation=fact.digest)
            return replace(sub, holders=sub.holders.insert(fact.seat, holder))
        case seat_facts.SeatActivated():
            holder = replace(sub.holders[fact.seat], activated=True)
            return replace(sub, holders=sub.holders.insert(fact.seat, holder))
        case _:
            return sub
