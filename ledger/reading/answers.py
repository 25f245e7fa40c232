"""What is answered of rows and facts, as plain JSON data: one shape on every way in (CONTRACT 7).

Days are `YYYY-MM-DD`, `period_end` is excluded, money is {amount, currency}. Where a fact knows a
person's id, `People` gives name and address back, or null once they are forgotten.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from commands.schemas import Line, NextRenewal
from commands.schemas import Money as MoneyShape
from events.accounts import BillingDetails
from events.envelope import Actor, Recorded
from events.invoices import DocumentLine
from events.money import Money
from events.plans import Channel, HolderKind
from ledger.reading import event_schemas, schemas
from ledger.store.drafts import PersonRow
from projections.accounts import AccountRow
from projections.credit import CreditLot, CreditLotRow, CreditRow
from projections.invoices import InvoiceRow
from projections.orders import CartRow, OrderRow
from projections.plans import PlanVersionRow
from projections.rows import Row
from projections.seats import SeatRow, SeatsRow
from projections.subscriptions import SubscriptionRow

NumberOf = Callable[[str], str | None]
"""Gives the number of a document by its id."""

People = Callable[[str, str], PersonRow | None]
"""The present revision of a person (account, person id); None once forgotten."""


def money(amount: Money) -> MoneyShape:
    """An amount."""
    return {"amount": amount.amount, "currency": amount.currency}


def optional_money(amount: Money | None) -> MoneyShape | None:
    """An amount, or null."""
    return None if amount is None else money(amount)


def day(given: date) -> str:
    """A day."""
    return given.isoformat()


def optional_day(given: date | None) -> str | None:
    """A day, or null."""
    return None if given is None else day(given)


def instant(given: datetime) -> str:
    """An instant in UTC, as in 2020-06-20T08:00:00Z; microseconds only where there are any."""
    return given.astimezone(UTC).isoformat().replace("+00:00", "Z")


def account_of(row: Row) -> str:
    """Whose row it is; only the rows of the offer are nobody's, and no answer of theirs asks."""
    return row.account or ""


def seat_counts(row: SeatsRow) -> schemas.SeatCounts:
    """The seats of a subscription as numbers: `total` = usable + pending."""
    return {
        "total": row.total,
        "usable": row.usable,
        "pending": row.pending,
        "assigned": row.assigned,
        "renewing": row.renewing,
    }


def line(given: DocumentLine) -> Line:
    """A line of a document."""
    return {
        "subscription": given.subscription,
        "reason": given.reason,
        "seats": given.quantity,
        "period_start": day(given.period.start),
        "period_end": day(given.period.end),
        "amount": money(given.amount),
        "explain": list(given.explain),
    }


def standing(row: InvoiceRow) -> schemas.DocumentStanding:
    """A document without its lines, and how it stands."""
    document = row.document
    return {
        "number": row.number,
        "kind": row.kind,
        "account": account_of(row),
        "issued_on": day(row.issued_on),
        "due_on": optional_day(row.due_on),
        "status": row.status,
        "corrects": row.corrects,
        "reason": getattr(document, "reason", None),
        "net": money(document.net),
        "tax": money(document.tax),
        "total": money(document.total),
        "credit_used": money(row.credit_used),
        "paid": money(row.paid),
        "due": money(row.due),
    }


def invoice(row: InvoiceRow) -> schemas.Invoice:
    """A document as CONTRACT 7 has it."""
    return {**standing(row), "lines": [line(one) for one in row.document.lines]}


def order(row: OrderRow) -> schemas.OrderStanding:
    """How an order stands, as CONTRACT 7 has it."""
    return {
        "status": row.status,
        "expires_on": optional_day(row.expires_on),
        "expected_on": optional_day(row.expected_on),
    }


def order_details(row: OrderRow) -> schemas.Order:
    """An order with what it buys."""
    return {
        "order": row.key,
        "account": account_of(row),
        **order(row),
        "placed_on": day(row.placed_on),
        "settled_on": optional_day(row.settled_on),
        "payment_method": row.payment_method,
        "purchase_order": row.purchase_order,
        "net": optional_money(row.net),
        "received": optional_money(row.received),
        "lines": [
            {"subscription": one.subscription, "plan": one.plan, "seats": one.seats}
            for one in row.lines
        ],
    }


def person(row: PersonRow | None) -> schemas.Person | None:
    """A person's address and name; null once forgotten."""
    if row is None:
        return None
    return {"email": row.email, "name": row.name}


def actor(given: Actor, account: str | None, people: People | None) -> event_schemas.Actor:
    """Who acted; with `email` where the person is known and `people` is given."""
    told: event_schemas.Actor = {"kind": given.kind, "person": given.person, "role": given.role}
    if people is not None and given.person is not None:
        known = people(account or "", given.person)
        told["email"] = None if known is None else known.email
    return told


def event(recorded: Recorded, people: People | None = None) -> event_schemas.Event:
    """A fact with its envelope; `data` is the fact itself, which holds persons by their ids."""
    return {
        "id": str(recorded.id),
        "type": recorded.type,
        "version": recorded.version,
        "stream": recorded.stream,
        "sequence": recorded.sequence,
        "position": recorded.position,
        "account": recorded.account,
        "subscription": recorded.subscription,
        "account_sequence": recorded.account_sequence,
        "effective_at": instant(recorded.effective_at),
        "effective_on": day(recorded.effective_on),
        "recorded_at": instant(recorded.recorded_at),
        "actor": actor(recorded.actor, recorded.account, people),
        "command_id": recorded.command_id,
        "correlation_id": recorded.correlation_id,
        "causation_id": recorded.causation_id,
        "data": recorded.fact.model_dump(mode="json", by_alias=True),
    }


def details(given: BillingDetails) -> schemas.Json:
    """A firm's particulars."""
    return given.model_dump(mode="json")


def channel(given: Channel | None) -> schemas.SoldBy:
    """A channel; `direct` where there is none."""
    return "direct" if given is None else given.model_dump(mode="json")


def account(
    row: AccountRow, people: People, balance: Money | None, cart: CartRow | None
) -> schemas.Account:
    """An account with its roles, its credit and its cart."""

    def address(person_id: str) -> str | None:
        known = people(row.key, person_id)
        return None if known is None else known.email

    return {
        "account": row.key,
        "catalogue": row.catalogue,
        "currency": row.currency,
        "time_zone": row.time_zone,
        "opened_on": day(row.opened_on),
        "owner": address(row.owner),
        "details": details(row.details),
        "channel": channel(row.channel),
        "roles": [{"role": held.role, "email": address(held.person)} for held in row.roles],
        "email_domains": list(row.domains),
        "payment_methods": list(row.payment_methods),
        "application": row.application,
        "credit": money(balance or Money.zero(row.currency)),
        "cart": [
            {"subscription": one.subscription, "plan": one.plan, "seats": one.seats}
            for one in (cart.lines if cart else ())
        ],
    }


def subscription(
    row: SubscriptionRow, seats: SeatsRow | None, renewal: NextRenewal | None
) -> schemas.Subscription:
    """A subscription with the numbers of its seats and its renewal (null: it will not renew)."""
    planned = row.planned
    return {
        "subscription": row.key,
        "account": account_of(row),
        "product": row.product,
        "plan": row.plan,
        "plan_version": row.plan_version,
        "level": row.level,
        "kind": row.kind,
        "status": row.status,
        "term": {
            "number": row.term.number,
            "anchor": day(row.term.anchor),
            "start": day(row.term.start),
            "end": day(row.term.end),
        },
        "cancelled": row.cancelled,
        "planned": None if planned is None else {"plan": planned.plan, "seats": planned.seats},
        "payment_method": row.payment_method,
        "channel": channel(row.channel),
        "started_on": day(row.started_on),
        "ended_on": optional_day(row.ended_on),
        "end_cause": row.end_cause,
        "seats": seat_counts(seats or SeatsRow(key=row.key, account=row.account, position=0)),
        "renewal": renewal,
    }


def holder(row: SeatRow, people: People) -> schemas.Person | schemas.OtherHolder | None:
    """Who holds a seat; null where it is free, or the person was forgotten."""
    if row.other is not None:
        return {"id": row.other.id, "name": row.other.name}
    return None if row.person is None else person(people(account_of(row), row.person))


def holder_kind(row: SeatRow) -> HolderKind | None:
    """What kind of holder has a seat; null where it is free."""
    if row.other is not None:
        return row.other.kind
    return None if row.person is None else "person"


def seat(row: SeatRow, people: People) -> schemas.Seat:
    """A seat that somebody holds or has held; `holder` is null where it is free or forgotten."""
    return {
        "seat": row.seat,
        "status": row.status,
        "kind": holder_kind(row),
        "person": row.person,
        "holder": holder(row, people),
        "renewing": row.renewing,
        "activation": row.activation,
        "activated": row.activated,
        "entitlements": row.entitlements,
    }


def credit(row: CreditRow, lots: Iterable[CreditLotRow], number: NumberOf) -> schemas.Credit:
    """The credit of an account, lot by lot, oldest first, used-up ones too."""
    return {
        "account": row.key,
        "balance": money(row.balance),
        "awaiting_refund": money(row.awaiting_refund),
        "lots": [_lot(one.lot, number) for one in lots],
    }


def _lot(lot: CreditLot, number: NumberOf) -> schemas.CreditLot:
    origin = lot.of
    return {
        "credit": lot.credit,
        "source": lot.source,
        "amount": money(lot.amount),
        "left": money(lot.left),
        "granted_on": day(lot.granted_on),
        "awaits_refund": lot.awaits_refund,
        "of_invoice": None if origin.invoice is None else number(origin.invoice),
        "of_payment": origin.payment,
        "used": [{"invoice": number(one.invoice), "amount": money(one.amount)} for one in lot.used],
        "withdrawn": money(lot.withdrawn),
        "refunded": money(lot.refunded),
        "reason": lot.reason,
    }


def plan(row: PlanVersionRow) -> schemas.PlanVersion:
    """A version of a plan, as it was published."""
    return {
        "catalogue": row.catalogue,
        "plan": row.plan,
        "version": row.version,
        "published_on": day(row.published_on),
        "terms": row.terms.model_dump(mode="json", by_alias=True),
    }
