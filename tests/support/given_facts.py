"""Histories made by hand: facts with an envelope and a place, as the log would give them back."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from events.accounts import AccountOpened, BillingDetails, PersonRef
from events.catalogue import Plan
from events.charges import Charge, Charged, ChargeReason, Reversal, TakenFrom, TermSpan
from events.envelope import Actor, Recorded
from events.fact import Fact
from events.invoices import (
    Corrected,
    CreditNoteIssued,
    DocumentLine,
    InvoiceIssued,
    NumberGiven,
    Party,
    Settlement,
    TakingKind,
    TaxSum,
)
from events.money import Money
from events.orders import LineKind, OrderLine, OrderPlaced, PaymentTiming
from events.payments import Cover, PaymentRecorded
from events.periods import Period
from events.seat_numbers import SeatNumbers
from events.seats import SeatAssigned, SeatsAdded
from events.subscriptions import SubscriptionKind, SubscriptionStarted, TermCause, TermStarted
from projections.projection import fold
from projections.registry import ALL_PROJECTIONS
from projections.rows import MemoryRows

TODAY = date(2020, 6, 25)
PERIOD = Period(start=date(2020, 6, 25), end=date(2021, 6, 25))
TERM = TermSpan(number=1, anchor=PERIOD.start, start=PERIOD.start, end=PERIOD.end)
NEXT_TERM = TermSpan(number=2, anchor=PERIOD.start, start=PERIOD.end, end=date(2022, 6, 25))


class History:
    """A log that grows by what happens; every fact is of account `acme` unless told otherwise."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []

    def happens(self, *facts: Fact, on: date = TODAY, account: str = "acme") -> "History":
        """Let facts follow one another on a day."""
        for fact in facts:
            stream = f"account/{account}"
            if isinstance(fact, NumberGiven):
                stream = f"invoices/{fact.series}"
            self.events.append(self._recorded(fact, on, account, stream))
        return self

    def _recorded(self, fact: Fact, on: date, account: str, stream: str) -> Recorded:
        position = len(self.events) + 1
        at = datetime.combine(on, time(12), UTC)
        return Recorded(
            id=UUID(int=position),
            type=fact.NAME,
            version=fact.VERSION,
            stream=stream,
            sequence=1 + sum(event.stream == stream for event in self.events),
            position=position,
            account=account,
            subscription=getattr(fact, "subscription", None),
            account_sequence=position,
            effective_at=at,
            effective_on=on,
            recorded_at=at,
            actor=Actor(kind="seller"),
            command_id=f"command-{position}",
            correlation_id=f"command-{position}",
            causation_id=None,
            command=None,
            fact=fact,
        )

    def rows(self, until: datetime | None = None) -> MemoryRows:
        """The rows of all projections."""
        return fold(ALL_PROJECTIONS, self.events, until)


def eur(amount: str) -> Money:
    """Euros."""
    return Money.parse(amount, "EUR")


def seats(*ranges: tuple[int, int]) -> SeatNumbers:
    """Seat numbers of ranges, both ends included."""
    return SeatNumbers.from_ranges(ranges)


def opened(account: str = "acme") -> AccountOpened:
    """An account of owner `p1`."""
    return AccountOpened(
        account=account,
        catalogue="shop",
        currency="EUR",
        time_zone="Europe/Paris",
        owner=PersonRef(person="p1", revision=1),
        details=BillingDetails(country="FR", name="Acme"),
    )


def started(
    subscription: str = "vpn", kind: SubscriptionKind = "paid", *, renews: bool = True
) -> SubscriptionStarted:
    """A subscription of the plan `yearly`."""
    return SubscriptionStarted(
        subscription=subscription,
        plan="yearly",
        plan_version=1,
        product="vpn",
        level=None,
        kind=kind,
        payment_method="card" if kind == "paid" else None,
        channel=None,
        term=TERM,
        renews=renews,
    )


def term_started(
    cause: TermCause = "renewal", plan: str = "yearly", *, renews: bool = True
) -> TermStarted:
    """The next term of the subscription `vpn`."""
    return TermStarted(
        subscription="vpn",
        term=NEXT_TERM,
        cause=cause,
        plan=plan,
        plan_version=2,
        product="vpn",
        level=None,
        payment_method="card",
        renews=renews,
    )


def added(first: int, last: int, subscription: str = "vpn", *, renewing: bool = True) -> SeatsAdded:
    """Seats that became usable."""
    return SeatsAdded(
        subscription=subscription,
        seats=seats((first, last)),
        order=None,
        renewing=renewing,
        entitlements={"connected_devices": 8, "roaming": True},
    )


def assigned(seat: int, person: str = "p7", subscription: str = "vpn") -> SeatAssigned:
    """A seat given to a person."""
    return SeatAssigned(
        subscription=subscription,
        seat=seat,
        person=person,
        revision=1,
        domain="acme.example",
        entitlements={"connected_devices": 8},
    )


def placed(
    order: str = "o1",
    count: int = 5,
    kind: LineKind = "add",
    timing: PaymentTiming = "when_paid",
    charges: tuple[Charge, ...] = (),
) -> OrderPlaced:
    """An order for seats of `vpn`."""
    line = OrderLine(subscription="vpn", kind=kind, plan="yearly", plan_version=1, seats=count)
    return OrderPlaced(
        order=order,
        payment_method="transfer",
        timing=timing,
        lines=(line,),
        charges=charges,
        expires_on=date(2020, 7, 9),
    )


def charge(
    net: str = "100.00",
    name: str = "c1",
    reason: ChargeReason = "start",
    term: TermSpan = TERM,
    reverses: tuple[Reversal, ...] = (),
) -> Charge:
    """A charge for five seats of `vpn`."""
    return Charge(**_charge_fields(net, name, reason, term, reverses))


def charged(
    net: str = "100.00",
    name: str = "c1",
    reason: ChargeReason = "start",
    reverses: tuple[Reversal, ...] = (),
    takes: tuple[TakenFrom, ...] = (),
) -> Charged:
    """The fact of a charge for the seats 1 to 5 of `vpn`."""
    fields = _charge_fields(net, name, reason, TERM, reverses)
    return Charged(**fields, usable_on=TODAY, seats=seats((1, 5)), takes=takes)


def _charge_fields(
    net: str, name: str, reason: ChargeReason, term: TermSpan, reverses: tuple[Reversal, ...]
) -> dict[str, Any]:
    return {
        "charge": name,
        "subscription": "vpn",
        "reason": reason,
        "plan": "yearly",
        "plan_version": 1,
        "title": "VPN for teams",
        "unit": "C62",
        "term": term,
        "period": PERIOD,
        "quantity": 5,
        "list_price": Decimal("20.00"),
        "price": Decimal("20.00"),
        "per": "period",
        "tier": 5,
        "numerator": 1,
        "denominator": 1,
        "rounding": "half_up",
        "net": eur(net),
        "full_term": eur(net),
        "reverses": reverses,
        "steps": ("20.00 x 5",),
    }


def invoice(
    net: str = "100.00",
    credit_used: str = "0.00",
    name: str = "i1",
    charge_id: str = "c1",
    takes: tuple[TakenFrom, ...] = (),
) -> InvoiceIssued:
    """An invoice of one line over a charge, with 20 % tax; `takes` is what its line takes back."""
    fields = _document_fields(net, credit_used, name, charge_id)
    fields["lines"] = tuple(line.model_copy(update={"takes": takes}) for line in fields["lines"])
    return InvoiceIssued(**fields)


def credit_note(
    net: str = "-100.00",
    corrects: str = "i1",
    name: str = "n1",
    unpaid: str = "0.00",
    charge_id: str = "c1",
    settle: Settlement | None = "credit",
) -> CreditNoteIssued:
    """A credit note over an invoice of which `unpaid` was still due; None settles as of old."""
    fields = _document_fields(net, "0.00", name, charge_id)
    by: TakingKind | None = None if settle is None else "amount"
    corrected = {"corrects": Corrected(invoice=corrects, line=1), "by": by}
    fields["lines"] = tuple(line.model_copy(update=corrected) for line in fields["lines"])
    fields["due_on"] = None
    return CreditNoteIssued(**fields, corrects=corrects, open=eur(unpaid), settle=settle)


def _document_fields(net: str, credit_used: str, name: str, charge_id: str) -> dict[str, Any]:
    amount = eur(net)
    tax = Money(amount.minor // 5, "EUR")
    line = DocumentLine(
        line=1,
        charge=charge_id,
        subscription="vpn",
        reason="start",
        title="VPN for teams",
        quantity=5,
        unit="C62",
        price=Decimal("20.00"),
        period=PERIOD,
        amount=amount,
        category="S",
        rate=Decimal("20.0"),
        country="FR",
        explain=("20.00 x 5",),
    )
    taxed = TaxSum(category="S", rate=Decimal("20.0"), country="FR", taxable=amount, tax=tax)
    return {
        "invoice": name,
        "series": "SH-2020",
        "issued_on": TODAY,
        "tax_on": TODAY,
        "due_on": date(2020, 7, 25),
        "currency": "EUR",
        "seller": Party(name="Shop", country="FR", vat_number="FR1"),
        "buyer": Party(name="Acme", country="FR"),
        "purchase_order": None,
        "lines": (line,),
        "taxes": (taxed,),
        "net": amount,
        "tax": tax,
        "total": amount + tax,
        "credit_used": eur(credit_used),
        "payment_method": "transfer",
        "mentions": (),
    }


def numbered(name: str = "i1", kind: Literal["invoice", "credit_note"] = "invoice") -> NumberGiven:
    """The number of a document, in the series of the year."""
    return NumberGiven(
        series="SH-2020", account="acme", invoice=name, kind=kind, issued_on=TODAY, sha256="0" * 64
    )


def paid(
    amount: str, invoice_id: str | None = None, order: str | None = None, name: str = "pay1"
) -> PaymentRecorded:
    """Money that came in for an invoice or an order."""
    cover = Cover(amount=eur(amount), invoice=invoice_id, order=order)
    return PaymentRecorded(
        payment=name,
        method="transfer",
        amount=eur(amount),
        basis="reported",
        received_on=TODAY,
        covers=(cover,),
    )


def plan(sold_from: date = TODAY, amount: str = "20.00") -> Plan:
    """A yearly plan at a price per seat."""
    return Plan.model_validate(
        {
            "product": "vpn",
            "title": "VPN for teams",
            "from": sold_from,
            "term": {"months": 12},
            "price": {
                "per": "period",
                "tiering": "volume",
                "tiers": [{"from": 1, "amount": amount}],
            },
            "seats": {"minimum": 1},
            "proration": {"by": "months"},
            "payment": {"card": "at_once"},
            "renewal": {"auto": True, "per_seat": True},
            "channel": None,
            "may_buy": ["owner"],
            "may_assign": ("owner",),
            "entitlements": {"connected_devices": 8, "roaming": True, "support": "by phone"},
        }
    )
