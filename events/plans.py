"""A plan: how its seats are sold, priced, paid, renewed and given, as data (CONTRACT 4)."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from events.days import Day
from events.fact import Identifier, Value
from events.money import Price
from events.orders import PaymentTiming
from events.parties import Line, Role, Sentence
from events.periods import Term

SEATS_MAX = 10_000_000
"""The most seats that a plan may speak of."""

Seats = Annotated[int, Field(ge=1, le=SEATS_MAX)]
"""A number of seats, one at least."""

Method = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
"""A way to pay, as a word: `card`, `bank_transfer`, `invoice`."""

Requirement = Literal["approved_application", "approved_email_domain"]
ChannelKind = Literal["reseller", "partner", "volume_centre", "corporate"]


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
    """How few and how many seats a subscription may hold, and what to say below (EV-01)."""

    minimum: Seats
    maximum: Seats | None = None
    below_minimum: Sentence | None = None


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
    removal: Literal["at_renewal", "once_released"] = "at_renewal"
    charge_split: Literal["none", "statement"] = "none"
    backdating_days: Annotated[int, Field(ge=0, le=3660)] = 0
    entitlements: Annotated[
        dict[Identifier, Annotated[int, Field(ge=-(2**53), le=2**53)] | bool | Line],
        Field(default_factory=dict, max_length=50),
    ]


class Plan(PlanTerms):
    """A plan as it was published, with nothing left out.

    `from_` is the day from which this version is sold; `channel` None is direct sale.
    """

    from_: Day = Field(alias="from")
    title: Line
    channel: Channel | None
    may_assign: tuple[Role, ...]
