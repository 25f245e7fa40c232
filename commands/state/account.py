"""What a decision knows of an account: the fold of the facts of its stream.

The state is immutable and shares its parts from one fact to the next, so that a preview, a batch
and a snapshot cost no copy of it, however many seats, orders or invoices it holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from rpds import HashTrieMap

from commands.state import subscriptions
from commands.state.books import Books, evolve_books
from commands.state.orders import OrderState, evolve_orders
from commands.state.subscriptions import Subscription, evolve_subscription
from events import accounts
from events import orders as order_facts
from events import subscriptions as subscription_facts
from events.accounts import BillingDetails
from events.charges import Charged
from events.envelope import Recorded
from events.fact import Fact
from events.plans import Channel

STATE_VERSION = 7
"""Raised whenever the shape of the state changes: snapshots of another version are not read."""

ApplicationStatus = Literal["none", "pending", "approved", "rejected"]


@dataclass(frozen=True, slots=True)
class CartLine:
    """A line of the cart: `seats` of a plan for a subscription, new or present."""

    subscription: str
    plan: str
    seats: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as its facts made it; `version` is the sequence of the last one.

    `live` are the subscriptions that have not ended, `waiting` the orders that are not settled.
    `tried` and `bought` are products: those of trials, and those whose seats were once paid for.
    `last_effective_at` is the instant of its last fact.
    """

    account: str = ""
    version: int = 0
    opened_at: datetime | None = None
    opened_on: date | None = None
    last_effective_at: datetime | None = None
    catalogue: str = ""
    currency: str = ""
    time_zone: str = "UTC"
    details: BillingDetails | None = None
    channel: Channel | None = None
    roles: "HashTrieMap[str, tuple[str, ...]]" = HashTrieMap()
    domains: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    application: ApplicationStatus = "none"
    tried: tuple[str, ...] = ()
    bought: tuple[str, ...] = ()
    cart: tuple[CartLine, ...] = ()
    subscriptions: "HashTrieMap[str, Subscription]" = HashTrieMap()
    live: tuple[str, ...] = ()
    orders: "HashTrieMap[str, OrderState]" = HashTrieMap()
    waiting: tuple[str, ...] = ()
    books: Books = field(default_factory=Books)

    @property
    def exists(self) -> bool:
        """Whether the account has been opened."""
        return self.opened_at is not None


def initial() -> AccountState:
    """The state before any fact."""
    return AccountState()


def fold(state: AccountState, events: Iterable[Recorded]) -> AccountState:
    """The state after recorded facts of the account's stream."""
    for event in events:
        state = evolve(state, event.fact, event.effective_at, event.effective_on)
    return state


def evolve(state: AccountState, fact: Fact, at: datetime, on: date) -> AccountState:
    """The state after one fact that holds from the instant `at`, the seller's day `on`."""
    last = state.last_effective_at
    state = replace(
        state,
        version=state.version + 1,
        last_effective_at=at if last is None or at > last else last,
    )
    match fact:
        case accounts.AccountOpened():
            return _opened(state, fact, at, on)
        case (
            subscription_facts.SubscriptionStarted()
            | order_facts.OrderPlaced()
            | order_facts.OrderCompleted()
            | order_facts.OrderFailed()
            | order_facts.OrderExpired()
            | order_facts.OrderCancelled()
        ):
            state = _purchases(state, fact)
        case (
            order_facts.CartLineAdded() | order_facts.CartLineRemoved() | order_facts.CartOrdered()
        ):
            return _cart(state, fact)
        case _:
            state = _details(state, fact)
    name = getattr(fact, "subscription", None)
    if isinstance(name, str) and name in state.subscriptions:
        sub = evolve_subscription(state.subscriptions[name], fact)
        if isinstance(fact, Charged) and _pays_for_present_term(sub, fact):
            sub = replace(sub, term_charges=(*sub.term_charges, fact.charge))
        live, bought = state.live, state.bought
        if sub.ended and name in live:
            live = tuple(other for other in live if other != name)
        if sub.kind != "trial" and sub.numbered and sub.product not in bought:
            bought = (*bought, sub.product)
        subs = state.subscriptions.insert(name, sub)
        state = replace(state, subscriptions=subs, live=live, bought=bought)
    books = evolve_books(state.books, fact)
    orders = evolve_orders(state.orders, fact, on)
    if books is state.books and orders is state.orders:
        return state
    return replace(state, books=books, orders=orders)


def _opened(
    state: AccountState, fact: accounts.AccountOpened, at: datetime, on: date
) -> AccountState:
    return replace(
        state,
        account=fact.account,
        opened_at=at,
        opened_on=on,
        catalogue=fact.catalogue,
        currency=fact.currency,
        time_zone=fact.time_zone,
        details=fact.details,
        channel=fact.channel,
        roles=state.roles.insert(fact.owner.person, ("owner",)),
    )


def _purchases(state: AccountState, fact: Fact) -> AccountState:
    subs = state.subscriptions
    match fact:
        case subscription_facts.SubscriptionStarted():
            tried = (*state.tried, fact.product) if fact.kind == "trial" else state.tried
            subs = subs.insert(fact.subscription, subscriptions.started(fact))
            return replace(
                state, subscriptions=subs, live=(*state.live, fact.subscription), tried=tried
            )
        case order_facts.OrderPlaced():
            for line in fact.lines:
                if line.subscription in subs:
                    sub = subscriptions.with_order(subs[line.subscription], fact.order, line)
                    subs = subs.insert(line.subscription, sub)
            return replace(state, subscriptions=subs, waiting=(*state.waiting, fact.order))
        case (
            order_facts.OrderCompleted()
            | order_facts.OrderFailed()
            | order_facts.OrderExpired()
            | order_facts.OrderCancelled()
        ):
            for line in state.orders[fact.order].lines:
                if line.subscription in subs:
                    sub = subscriptions.without_order(
                        subs[line.subscription],
                        fact.order,
                        completed=isinstance(fact, order_facts.OrderCompleted),
                    )
                    subs = subs.insert(line.subscription, sub)
            waiting = tuple(order for order in state.waiting if order != fact.order)
            return replace(state, subscriptions=subs, waiting=waiting)
        case _:
            return state


def _cart(state: AccountState, fact: Fact) -> AccountState:
    match fact:
        case order_facts.CartLineAdded():
            line = CartLine(fact.subscription, fact.plan, fact.seats)
            others = tuple(one for one in state.cart if one.subscription != fact.subscription)
            return replace(state, cart=(*others, line))
        case order_facts.CartLineRemoved():
            others = tuple(one for one in state.cart if one.subscription != fact.subscription)
            return replace(state, cart=others)
        case _:
            return replace(state, cart=())


def _details(state: AccountState, fact: Fact) -> AccountState:
    match fact:
        case accounts.BillingDetailsChanged():
            return replace(state, details=fact.details)
        case accounts.RoleGranted():
            held = state.roles.get(fact.person, ())
            return replace(state, roles=state.roles.insert(fact.person, (*held, fact.role)))
        case accounts.RoleRevoked():
            held = tuple(role for role in state.roles.get(fact.person, ()) if role != fact.role)
            roles = state.roles.insert(fact.person, held)
            return replace(state, roles=roles if held else state.roles.discard(fact.person))
        case accounts.EmailDomainApproved():
            return replace(state, domains=(*state.domains, fact.domain))
        case accounts.EmailDomainWithdrawn():
            kept = tuple(domain for domain in state.domains if domain != fact.domain)
            return replace(state, domains=kept)
        case accounts.PaymentMethodAdded():
            return replace(state, methods=(*state.methods, fact.payment_method))
        case accounts.ApplicationSubmitted():
            return replace(state, application="pending")
        case accounts.ApplicationApproved():
            return replace(state, application="approved")
        case accounts.ApplicationRejected():
            return replace(state, application="rejected")
        case accounts.PersonForgotten():
            return replace(state, roles=state.roles.discard(fact.person))
        case _:
            return state


def _pays_for_present_term(sub: Subscription, fact: Charged) -> bool:
    """Whether a charge belongs to the term that runs: a late one may be of the term before."""
    return fact.reason != "unused_credit" and fact.term.number == sub.term.number
