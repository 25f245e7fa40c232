"""What the caller of a command gets to know beside the facts: a pure function of them."""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Literal

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from commands.schemas import Day, Place, Ranges
from events.accounts import AccountOpened
from events.charges import Charged
from events.credit import CreditGranted
from events.envelope import Recorded
from events.fact import Fact
from events.invoices import NumberGiven
from events.orders import OrderCompleted, OrderPlaced
from events.payments import PaymentRecorded
from events.seat_numbers import SeatNumbers
from events.seats import (
    ActivationIssued,
    SeatActivated,
    SeatAssigned,
    SeatReassigned,
    SeatReleased,
    SeatsAdded,
)
from events.subscriptions import SubscriptionCancelled, SubscriptionStarted


class Result(TypedDict, total=False):
    """What came of a command: ids, seat numbers, the numbers of documents; only what there is.

    `payment` and `credit` (a lot) are ids, `note` is the number of a credit note: the first made.

    `seats` are ranges, `assigned` the seats given to people in the order of the command. A secret
    stands in the first answer alone: in a repeat `activation` is null, beside a `remedy`.
    """

    account: str
    subscription: str
    subscriptions: list[str]
    order: str
    status: Literal["pending_payment", "pending_credit_check", "completed"]
    charges: list[str]
    payment: str
    credit: str
    credits: list[str]
    invoices: list[str]
    note: str
    credit_notes: list[str]
    seats: Ranges
    seats_of: dict[str, Ranges]
    assigned: list[Place]
    seat: Place
    ends_on: Day
    activation: str | None
    remedy: str


ISSUE_ANEW = "An activation is shown once and never kept: issue a new one."


def result_of(events: Sequence[Recorded]) -> Result:
    """What came of a command, from its facts: ids, seat numbers, the numbers of documents.

    `seats` are ranges, `assigned` the seats given to people in the order of the command, and
    `status` says whether an order was completed at once or waits. A purchase may hold several
    subscriptions: `subscriptions` names them all, and `seats_of` says which seats each got.
    `payment`, `credit` and `note` are the first that it made: its own, where others follow from it.
    """
    found: Result = {}
    added: dict[str, SeatNumbers] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, SeatsAdded):
            added[fact.subscription] = added.get(fact.subscription, SeatNumbers()) | fact.seats
        elif isinstance(fact, NumberGiven):
            number = document_number(fact.series, event.sequence)
            if fact.kind == "invoice":
                found.setdefault("invoices", []).append(number)
            else:
                found.setdefault("note", number)
                found.setdefault("credit_notes", []).append(number)
        else:
            _of_fact(fact, found)
    if added:
        found["seats"] = reduce(or_, added.values()).ranges()
        found["seats_of"] = {name: seats.ranges() for name, seats in added.items()}
    if bought := dict.fromkeys(_subscriptions(events)):
        found["subscriptions"] = list(bought)
    return found


def _subscriptions(events: Sequence[Recorded]) -> Iterator[str]:
    """What was bought, tried or redeemed, or got its seats, in the order of the purchase."""
    for event in events:
        fact = event.fact
        if isinstance(fact, OrderPlaced):
            yield from (line.subscription for line in fact.lines)
        elif isinstance(fact, SubscriptionStarted | SeatsAdded):
            yield fact.subscription


def _of_fact(fact: Fact, found: Result) -> None:
    match fact:
        case AccountOpened():
            found["account"] = fact.account
        case SubscriptionStarted():
            found["subscription"] = fact.subscription
        case OrderPlaced():
            waits_for_money = fact.timing == "when_paid"
            found["order"] = fact.order
            found["status"] = "pending_payment" if waits_for_money else "pending_credit_check"
        case OrderCompleted():
            found["order"] = fact.order
            found["status"] = "completed"
        case Charged():
            found.setdefault("charges", []).append(fact.charge)
        case PaymentRecorded():
            found.setdefault("payment", fact.payment)
        case CreditGranted():
            found.setdefault("credit", fact.credit)
            found.setdefault("credits", []).append(fact.credit)
        case SeatAssigned():
            found.setdefault("assigned", []).append(fact.seat)
            found["seat"] = fact.seat
        case SeatReassigned() | SeatReleased() | ActivationIssued() | SeatActivated():
            found["seat"] = fact.seat
        case SubscriptionCancelled():
            found["ends_on"] = fact.ends_on.isoformat()
        case _:
            pass


def document_number(series: str, sequence: int) -> str:
    """The number of a document: `EV-2020-000001` (CONTRACT 1)."""
    return f"{series}-{sequence:06d}"
