"""The shapes of what reads answer: `answers.py` and its neighbours make it, OpenAPI tells it.

They are closed, as those of previews (`commands/schemas.py`): mypy checks them, nothing does so
at run time. What is dumped from a model of a fact is told by that model.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

from pydantic import BaseModel, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from commands.schemas import Day, Line, Money, NextRenewal, Place, Ranges
from events.accounts import BillingDetails
from events.credit import CreditSource
from events.money import AMOUNT_PATTERN
from events.parties import Role
from events.plans import Channel, HolderKind, Plan
from events.subscriptions import EndCause, SubscriptionKind
from projections.accounts import ApplicationStatus
from projections.invoices import InvoiceKind, InvoiceStatus
from projections.orders import OrderStatus
from projections.subscriptions import SubscriptionStatus

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dumped:
    """Says of plain data that it is what a model of this class is dumped as."""

    model: type[BaseModel]

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """The model's own."""
        return handler.generate_schema(self.model)


def _words(kind: Any) -> WithJsonSchema:
    """One of the words of a `Literal`, where the fact has a string."""
    return WithJsonSchema({"type": "string", "enum": list(get_args(kind))})


Price = Annotated[str, WithJsonSchema({"type": "string", "pattern": AMOUNT_PATTERN})]
"""A price or a rate: a plain decimal string, maybe finer than the currency."""

Count = Annotated[int, Field(ge=0)]

SoldBy = Literal["direct"] | Annotated[Json, Dumped(Channel)]
Entitlements = dict[str, int | str | bool]


class Page(TypedDict, Generic[T]):
    """A part of a list: `next` is the cursor of the next page, null at the end."""

    items: list[T]
    next: str | None
    position: Count


class SeatCounts(TypedDict):
    """The seats of a subscription as numbers: `total` = usable + pending."""

    total: Count
    usable: Count
    pending: Count
    assigned: Count
    renewing: Count


class Person(TypedDict):
    """A person's address and name."""

    email: str
    name: str | None


class OtherHolder(TypedDict):
    """A holder that is no person: an agent, a service or a device."""

    id: str
    name: str | None


class RoleHolder(TypedDict):
    """A role and who holds it; `email` is null once that person is forgotten."""

    role: Annotated[str, _words(Role)]
    email: str | None


class CartLine(TypedDict):
    """So many seats of a plan for a subscription, not yet ordered."""

    subscription: str
    plan: str
    seats: Place


class Account(TypedDict):
    """An account with its roles, its credit and its cart."""

    account: str
    catalogue: str
    currency: str
    time_zone: str
    opened_on: Day
    owner: str | None
    details: Annotated[Json, Dumped(BillingDetails)]
    channel: SoldBy
    roles: list[RoleHolder]
    email_domains: list[str]
    payment_methods: list[str]
    application: ApplicationStatus
    credit: Money
    cart: list[CartLine]


class CreditUse(TypedDict):
    """What a lot paid of an invoice (its number); below zero where that was opened again."""

    invoice: str | None
    amount: Money


class CreditLot(TypedDict):
    """A lot of credit: what it was, what is left of it, where it comes from and what it paid."""

    credit: str
    source: CreditSource
    amount: Money
    left: Money
    granted_on: Day
    awaits_refund: bool
    of_invoice: str | None
    of_payment: str | None
    used: list[CreditUse]
    withdrawn: Money
    refunded: Money
    reason: str | None


class Credit(TypedDict):
    """The credit of an account, lot by lot, oldest first, used-up ones too."""

    account: str
    balance: Money
    awaiting_refund: Money
    lots: list[CreditLot]


class CurrentTerm(TypedDict):
    """The present term: `number` from 1, `end` excluded."""

    number: Place
    anchor: Day
    start: Day
    end: Day


class PlanChange(TypedDict):
    """The plan that takes over when the term ends; `seats` new ones of a cancelled subscription."""

    plan: str
    seats: Place | None


class Subscription(TypedDict):
    """A subscription with the numbers of its seats and its renewal (null: it will not renew)."""

    subscription: str
    account: str
    product: str
    plan: str
    plan_version: Place
    level: str | None
    kind: SubscriptionKind
    status: SubscriptionStatus
    term: CurrentTerm
    cancelled: bool
    planned: PlanChange | None
    payment_method: str | None
    channel: SoldBy
    started_on: Day
    ended_on: Day | None
    end_cause: EndCause | None
    seats: SeatCounts
    renewal: NextRenewal | None


class Seat(TypedDict):
    """A seat that somebody holds or has held; `holder` is null where it is free or forgotten.

    `kind` is that of its holder, `person` the id of one who is a person.
    """

    seat: Place
    status: Literal["assigned", "free", "ended"]
    kind: HolderKind | None
    person: str | None
    holder: Person | OtherHolder | None
    renewing: bool
    activation: Literal["credential", "code"] | None
    activated: bool
    entitlements: Entitlements


class Seats(SeatCounts):
    """The seats of a subscription; `untouched` are those that nobody has ever held."""

    subscription: str
    untouched: Ranges
    entitlements: Entitlements
    items: list[Seat]
    next: str | None
    position: Count


class UpcomingRenewal(NextRenewal):
    """A subscription that will renew, and by which plan."""

    subscription: str
    account: str
    plan: str


class DocumentStanding(TypedDict):
    """A document without its lines, and how it stands."""

    number: str | None
    kind: InvoiceKind
    account: str
    issued_on: Day
    due_on: Day | None
    status: InvoiceStatus
    corrects: str | None
    reason: str | None
    net: Money
    tax: Money
    total: Money
    credit_used: Money
    paid: Money
    due: Money


class Invoice(DocumentStanding):
    """An invoice or a credit note, and how it stands."""

    lines: list[Line]


class OrderStanding(TypedDict):
    """How an order stands; both days are kept after its end."""

    status: OrderStatus
    expires_on: Day | None
    expected_on: Day | None


class OrderedSeats(TypedDict):
    """What an order buys of one subscription."""

    subscription: str
    plan: str
    seats: Count


class Order(OrderStanding):
    """An order with what it buys; `net` is null of one that was paid at once."""

    order: str
    account: str
    placed_on: Day
    settled_on: Day | None
    payment_method: str
    purchase_order: str | None
    net: Money | None
    received: Money | None
    lines: list[OrderedSeats]


class PlanVersion(TypedDict):
    """A version of a plan, as it was published."""

    catalogue: str
    plan: str
    version: Place
    published_on: Day
    terms: Annotated[Json, Dumped(Plan)]


class OfferedPlan(PlanVersion):
    """A plan: the version that is on sale, or else its newest."""

    on_sale: bool
    withdrawn: bool
