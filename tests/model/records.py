"""What the model remembers: plain mutable records, amounts as integers of minor units."""

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, ClassVar


class Refused(Exception):
    """A step that the CONTRACT refuses, with its code (section 6)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unmodelled(Exception):
    """A turn of history for which the CONTRACT leaves open what happens, or out of scope."""


class Record:
    """Something that the model remembers; all of a history can be put back as they were."""

    made: ClassVar[list["Record"]] = []
    containers: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        Record.made.append(self)


Saved = list[dict[str, Any]]


def saved() -> Saved:
    """How all records stand."""
    found = []
    for record in Record.made:
        fields = record.__dict__.copy()
        for name in record.containers:
            fields[name] = fields[name].copy()
        found.append(fields)
    return found


def put_back(before: Saved) -> None:
    """ALL-04: a refused command leaves all as it was."""
    del Record.made[len(before) :]
    for record, fields in zip(Record.made, before, strict=True):
        record.__dict__.update(fields)


@dataclass(eq=False)
class TakeBack(Record):
    """What was taken back of a charge: for which seats, by time or whole, by a line or a note.

    `by_line`: it stands, or will stand, as a line of an invoice; `given` is what notes on that
    line gave back to the charge. `of_rest`: it takes from the part of a split charge that the next
    statement bills, beside which it will stand.
    """

    charge: "Charge"
    seats: frozenset[int]
    amount: int
    by_time: bool
    by_line: bool
    given: int = 0
    line: "Line | None" = None
    of_rest: bool = False

    @property
    def rest(self) -> int:
        """What is still taken."""
        return self.amount - self.given


@dataclass(eq=False)
class Charge(Record):
    """What is owed for seats from a day to the end of their term (DESIGN 4)."""

    containers = ("lines", "taken", "by_amount")

    subscription: "Subscription"
    seats: frozenset[int]
    net: int
    start: date
    end: date
    instant: datetime
    anchor: date
    plan: dict[str, Any]
    reason: str
    made_on: date
    takes: TakeBack | None = None
    month: date | None = None
    is_split: bool = False
    lines: list["Line"] = field(default_factory=list)
    taken: list[TakeBack] = field(default_factory=list)
    by_amount: list[int] = field(default_factory=list)

    @property
    def quantity(self) -> int:
        """How many seats it was for."""
        return len(self.seats)


@dataclass(eq=False)
class Line(Record):
    """A line of an invoice; `noted` is what notes took of it, of its size whatever its sign."""

    document: "Document"
    number: int
    charge: Charge
    amount: int
    group: tuple[str, Fraction]
    start: date
    end: date
    noted: int = 0
    seats_noted: int = 0
    noted_by_seats: int = 0


@dataclass(eq=False)
class Document(Record):
    """An invoice or a credit note."""

    containers = (
        "lines",
        "amounts",
        "notes",
        "noted_net",
        "noted_tax",
    )

    number: str
    kind: str
    account: "Account"
    issued_on: date
    lines: list[Line] = field(default_factory=list)
    amounts: list[tuple[int, str]] = field(default_factory=list)
    net: int = 0
    tax: int = 0
    credit_used: int = 0
    paid: int = 0
    no_longer_due: int = 0
    came_back: int = 0
    opened_again: int = 0
    notes: list["Document"] = field(default_factory=list)
    corrects: "Document | None" = None
    noted_net: dict[tuple[str, Fraction], int] = field(default_factory=dict)
    noted_tax: dict[tuple[str, Fraction], int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Net and tax."""
        return self.net + self.tax

    @property
    def due(self) -> int:
        """5.15: total - credit_used - paid - what notes made no longer due; below zero: 0 (5.6)."""
        if self.kind == "credit_note" or self.total <= 0:
            return 0
        return self.total - self.credit_used - self.paid - self.no_longer_due

    @property
    def kept(self) -> int:
        """What covers it and has not come back."""
        return self.credit_used + self.paid - self.came_back

    @property
    def noted(self) -> int:
        """What its notes took of its net so far."""
        return sum(self.noted_net.values())


@dataclass(eq=False)
class Lot(Record):
    """A lot of credit; `refund`: it pays no invoice and waits for `RecordRefund` (5.15).

    `withdrawn` is what the seller withdrew of it, and no reversal has taken for what it made.
    """

    containers = ("uses",)

    source: str
    amount: int
    left: int
    refund: bool = False
    document: Document | None = None
    payment: "Payment | None" = None
    withdrawn: int = 0
    uses: list[tuple[Document, int]] = field(default_factory=list)


@dataclass(eq=False)
class Payment(Record):
    """Money that came in, what it covers, and the credit that it made."""

    containers = (
        "covers",
        "lots",
    )

    amount: int
    covers: list[tuple[Document, int]] = field(default_factory=list)
    order: "Order | None" = None
    lots: list[Lot] = field(default_factory=list)
    reversed: bool = False
    reference: str | None = None


@dataclass(eq=False)
class Order(Record):
    """A purchase; `net` and what it takes back are those of its day (5.4, 5.7)."""

    containers = (
        "carried",
        "moved",
        "payments",
    )

    name: str
    subscription: "Subscription"
    seats: int
    first: bool
    policy: str
    method: str
    day: date
    instant: datetime
    net: int = 0
    carried: list[tuple[Charge, frozenset[int], int]] = field(default_factory=list)
    carries: list["Subscription"] = field(default_factory=list)
    moved: list[tuple[Charge, frozenset[int], int]] = field(default_factory=list)
    changes: int = 0
    status: str = "waiting"
    paid: int = 0
    payments: list[Payment] = field(default_factory=list)


@dataclass(eq=False)
class Seat(Record):
    """A usable seat: does it renew, when it ends at the latest, what was charged for it last."""

    number: int
    charge: Charge
    renews: bool = True
    ends: date | None = None


@dataclass(eq=False)
class Subscription(Record):
    """A subscription: its plan, its term, its seats."""

    containers = (
        "seats",
        "holders",
    )

    name: str
    account: "Account"
    plan_name: str
    plan: dict[str, Any]
    method: str
    anchor: date
    start: date
    end: date
    offset: int = 0
    seats: dict[int, Seat] = field(default_factory=dict)
    given_numbers: int = 0
    begun: bool = False
    ended: bool = False
    carried_over: bool = False
    next_plan: str | None = None
    holders: dict[int, str] = field(default_factory=dict)
    changes: int = 0

    @property
    def renewing(self) -> list[Seat]:
        """The seats that renew."""
        return [seat for seat in self.seats.values() if seat.renews]


@dataclass(eq=False)
class Account(Record):
    """An account and its money."""

    containers = (
        "lots",
        "waiting",
        "references",
    )

    name: str
    country: str
    vat_number: str | None = None
    lots: list[Lot] = field(default_factory=list)
    waiting: list[Charge] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    application: str | None = None
    came_in: int = 0
    went_back: int = 0


@dataclass(eq=False)
class World(Record):
    """All that there is."""

    containers = (
        "accounts",
        "subscriptions",
        "orders",
        "documents",
        "results",
        "ids",
        "sequences",
        "used_keys",
    )

    accounts: dict[str, Account] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    results: dict[int, dict[str, Any]] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    used_keys: set[str] = field(default_factory=set)

    def documents_of(self, account: Account) -> list[Document]:
        """Its invoices, oldest first."""
        found = self.documents.values()
        return [one for one in found if one.account is account and one.kind == "invoice"]
