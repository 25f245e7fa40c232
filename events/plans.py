"""A plan: how its seats are sold, priced, paid, renewed and given, as data (CONTRACT 4)."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, StringConstraints, Tag

from events.days import Day
from events.fact import Identifier, Value, left_out_if
from events.money import Price
from events.orders import PaymentTiming
from events.parties import Line, Role, Sentence, Sentences
from events.periods import Term

SEATS_MAX = 10_000_000
"""The most seats that a plan may speak of."""

Seats = Annotated[int, Field(ge=1, le=SEATS_MAX)]
"""A number of seats, one at least."""

Method = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
"""A way to pay, as a word: `card`, `bank_transfer`, `invoice`."""

Requirement = Literal["approved_application", "approved_email_domain"]
ChannelKind = Literal["reseller", "partner", "volume_centre", "corporate"]
HolderKind = Literal["person", "agent", "service", "device"]
RemovalTime = Literal["now", "at_renewal", "once_released"]
CancellationTime = Literal["now", "at_term_end"]
CreditBack = Literal["full", "prorated", "none"]
Supply = Literal["services", "goods", "mixed"]


class Tier(Value):
    """The price of one seat from this number of seats on, net of tax."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Seats = Field(alias="from")
    amount: Price


class PlanPrice(Value):
    """Prices per seat and month, or per seat and whole term; `from` rises from tier to tier.

    `volume`: the tier that the total reaches prices every seat of the order (EV-02).
    `graduated`: each seat has the price of the tier in which it lies.
    """

    per: Literal["month", "period"]
    tiering: Literal["volume", "graduated"]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=500, strict=False)]


class SeatLimits(Value):
    """How few and how many seats a subscription may hold, and what to say below (EV-01).

    `holders` are the kinds of holder that may be seated (GEN-20).
    """

    minimum: Seats
    maximum: Seats | None = None
    below_minimum: Sentence | None = None
    holders: Annotated[
        tuple[HolderKind, ...],
        Field(min_length=1, max_length=4, strict=False),
        left_out_if(("person",)),
    ] = ("person",)


class ProrationRule(Value):
    """How a part of a term is counted, and what a started month counts (EV-09)."""

    by: Literal["months", "days", "seconds", "none"]
    started_month: Literal["days", "up", "down"] = "days"


class Renewal(Value):
    """Whether a term is followed by another, and whether that can be switched off per seat."""

    auto: bool
    per_seat: bool


class Trial(Value):
    """A first term that costs nothing and lasts so many days (GT-03, MS-08)."""

    days: Annotated[int, Field(ge=1, le=3660)]


class Channel(Value):
    """Who manages a subscription in the buyer's stead, and whom to contact (PA-06, GT-02, MS-07).

    Direct sale is None wherever a channel may stand.
    """

    kind: ChannelKind
    name: Line
    contact: Line


class CarriesOver(Value):
    """The plans whose unused value pays for this one, and what becomes of their seats (EV-06)."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Annotated[
        tuple[Identifier, ...], Field(alias="from", min_length=1, max_length=200, strict=False)
    ]
    old_seats: Literal["keep", "end"] = "keep"


class _Ending(Value):
    """What an entry for removing seats and one for cancelling have in common.

    `within_days` n holds up to and including the n-th day after the day of the seat's last charge;
    None always holds. `credit` is for what goes at once.
    """

    within_days: Annotated[int, Field(ge=0, le=3660)] | None = None
    credit: CreditBack = "none"


class RemovalEntry(_Ending):
    """When a seat that is given back is gone, and what is credited for it (GEN-06)."""

    when: RemovalTime


class CancellationEntry(_Ending):
    """When a cancelled subscription's seat is gone, and what is credited for it (GEN-07)."""

    when: CancellationTime


def _word_or_list(given: object) -> str:
    return "word" if isinstance(given, str) else "list"


_Entries = Field(min_length=1, max_length=20, strict=False)
Removal = Annotated[
    Annotated[RemovalTime, Tag("word")]
    | Annotated[tuple[RemovalEntry, ...], _Entries, Tag("list")],
    Discriminator(_word_or_list),
]
"""How seats are given back: a word, which stands for one entry, or entries."""

Cancellation = Annotated[
    Annotated[CancellationTime, Tag("word")]
    | Annotated[tuple[CancellationEntry, ...], _Entries, Tag("list")],
    Discriminator(_word_or_list),
]
"""How a subscription is cancelled: a word, which stands for one entry, or entries."""


class PlanTerms(Value):
    """All of a plan that has the same meaning in a catalogue file and in history."""

    model_config = ConfigDict(serialize_by_alias=True)

    product: Identifier
    unit: Annotated[str, StringConstraints(pattern="^[A-Z0-9]{1,3}$")] = "C62"
    existing: Literal["renewals", "keep"] = "renewals"
    level: Line | None = None
    term: Term
    statement: Literal["at_order", "monthly"] = "at_order"
    price: PlanPrice
    seats: SeatLimits
    proration: ProrationRule
    change_resets_term: bool = False
    payment: Annotated[dict[Method, PaymentTiming], Field(min_length=1, max_length=50)]
    renewal: Renewal
    trial: Trial | None = None
    may_buy: Annotated[tuple[Role, ...], Field(max_length=20, strict=False)]
    requires: Annotated[tuple[Requirement, ...], Field(max_length=20, strict=False)] = ()
    carries_over_from: Annotated[tuple[Identifier, ...], Field(max_length=200, strict=False)] = ()
    activation: Literal["credential", "code", "none"] = "none"
    carries_over: Annotated[CarriesOver | None, left_out_if(None)] = None
    removal: Removal = "at_renewal"
    cancellation: Annotated[Cancellation, left_out_if("at_term_end")] = "at_term_end"
    supply: Annotated[Supply, left_out_if("services")] = "services"
    charge_split: Literal["none", "statement"] = "none"
    backdating_days: Annotated[int, Field(ge=0, le=3660)] = 0
    entitlements: Annotated[
        dict[Identifier, Annotated[int, Field(ge=-(2**53), le=2**53)] | bool | Line],
        Field(default_factory=dict, max_length=50),
    ]
    sentences: Annotated[Sentences, left_out_if({})] = Field(default_factory=dict)

    @property
    def carried_from(self) -> tuple[str, ...]:
        """The plans whose unused value pays for this one, in either form of the file (EV-06)."""
        return self.carries_over_from if self.carries_over is None else self.carries_over.from_

    @property
    def old_seats(self) -> Literal["keep", "end"]:
        """Whether seats of those plans stay to the end of their term or end that day."""
        return "keep" if self.carries_over is None else self.carries_over.old_seats

    @property
    def removal_entries(self) -> tuple[RemovalEntry, ...]:
        """How a seat is given back: the first entry that holds applies (GEN-06)."""
        if isinstance(self.removal, str):
            return (RemovalEntry(when=self.removal),)
        return self.removal

    @property
    def cancellation_entries(self) -> tuple[CancellationEntry, ...]:
        """How a subscription is cancelled: the first entry that holds applies (GEN-07)."""
        if isinstance(self.cancellation, str):
            return (CancellationEntry(when=self.cancellation),)
        return self.cancellation


class Plan(PlanTerms):
    """A plan as it was published, with nothing left out.

    `from_` is the day from which this version is sold; `channel` None is direct sale.
    """

    from_: Day = Field(alias="from")
    title: Line
    channel: Channel | None
    may_assign: tuple[Role, ...]
