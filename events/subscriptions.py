"""Facts of a subscription: its start, terms, plan, renewal and end."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from events.catalogue import Channel
from events.charges import TermSpan
from events.fact import Claim, Fact, Identifier, left_out_if
from events.seat_numbers import SeatNumbers

SubscriptionKind = Literal["paid", "trial", "prepaid"]
TermCause = Literal["renewal", "trial_converted", "billing_date_moved", "plan_changed"]
EndCause = Literal[
    "cancelled", "no_seat_renews", "trial_over", "prepaid_over", "order_failed", "carried_over"
]


class SubscriptionStarted(Fact):
    """A subscription was bought, tried or redeemed; its first order may still wait.

    `renews` is False for a trial, a prepaid term and a plan without auto-renewal. `channel` is
    the one given with the purchase (None: the account's or the plan's holds).
    """

    NAME: ClassVar[str] = "SubscriptionStarted"
    subscription: Identifier
    plan: str
    plan_version: int
    product: str
    level: str | None
    kind: SubscriptionKind
    payment_method: str | None
    channel: Channel | None
    term: TermSpan
    renews: bool

    def claims(self) -> tuple[Claim, ...]:
        """The id of a subscription is unique in the ledger."""
        return (Claim("subscription", self.subscription),)


class TermStarted(Fact):
    """A further term began: by renewal, a converted trial, a moved billing date or a new plan.

    `leaving`: the billing date moved, and seats that were to end do so when the old term would
    have ended; `order` is the order that moved it.
    """

    NAME: ClassVar[str] = "TermStarted"
    subscription: str
    term: TermSpan
    cause: TermCause
    plan: str
    plan_version: int
    product: str
    level: str | None
    payment_method: str | None
    renews: bool
    leaving: Annotated[bool, left_out_if(default=False)] = False
    order: Annotated[str | None, left_out_if(None)] = None


class SubscriptionCancelled(Fact):
    """The subscription stays usable to `ends_on` and then ends (EV-17, MS-14)."""

    NAME: ClassVar[str] = "SubscriptionCancelled"
    subscription: str
    ends_on: date


class SubscriptionCarriedOver(Fact):
    """What was left of its term paid for another subscription; nothing is added to it (EV-06).

    `old_seats` says whether its seats stay usable to the end of the term.
    """

    NAME: ClassVar[str] = "SubscriptionCarriedOver"
    subscription: str
    order: str
    old_seats: Literal["keep", "end"]


class AutoRenewDisabled(Fact):
    """These seats will end with the present term (EV-16)."""

    NAME: ClassVar[str] = "AutoRenewDisabled"
    subscription: str
    seats: SeatNumbers


class AutoRenewEnabled(Fact):
    """These seats will renew again (EV-16)."""

    NAME: ClassVar[str] = "AutoRenewEnabled"
    subscription: str
    seats: SeatNumbers


class SubscriptionKept(Fact):
    """What was to end with the present term goes on (GEN-08).

    `seats` renew again. `cancelled` says that the subscription had been cancelled, `plan` is the
    plan that was to take over and no longer does.
    """

    NAME: ClassVar[str] = "SubscriptionKept"
    subscription: str
    cancelled: bool
    seats: SeatNumbers
    plan: str | None = None


class PlanChangeScheduled(Fact):
    """The subscription goes on by another plan when its term ends (EV-12, EV-18).

    `seats` is a number of new seats where the subscription was cancelled, else None.
    """

    NAME: ClassVar[str] = "PlanChangeScheduled"
    subscription: str
    plan: str
    seats: int | None
    payment_method: str


class ProductKeyRedeemed(Fact):
    """A product key was used; the log holds its digest, never the key (MS-05)."""

    NAME: ClassVar[str] = "ProductKeyRedeemed"
    subscription: str
    digest: str
    plan: str
    seats: int

    def claims(self) -> tuple[Claim, ...]:
        """A key works once in the whole ledger."""
        return (Claim("product_key", self.digest),)


class SubscriptionEnded(Fact):
    """The subscription is over; its id stays taken."""

    NAME: ClassVar[str] = "SubscriptionEnded"
    subscription: str
    cause: EndCause
