"""A shop whose figures are easy to follow: a seat costs 10.00 a month, a year 120.00.

`shop(plan=..., seller=...)` is a catalogue with one plan, `desk`, or with those given; `buyer` an
account in it. What a story came to is read off its history: `invoices`, `credit`, `charges`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from commands.catalogue import published_facts
from commands.purchases import StartSubscription
from commands.state.catalogue import evolve_catalogue
from commands.state.subscriptions import Subscription
from events.charges import Charged
from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued
from events.money import Money
from ledger.catalogues.files import load
from tests.support.given import Story, given

F = TypeVar("F", bound=Fact)

SELLER_AT_HOME = {
    "name": "Desks Ltd.",
    "country": "FR",
    "currency": "EUR",
    "time_zone": "UTC",
    "invoice_series": "D-{year}",
    "payment_days": 30,
}
TAXED = {
    "vat_number": "FR40303265045",
    "vat": [
        {"country": "FR", "rate": "20", "from": "2000-01-01"},
        {"country": "DE", "rate": "19", "from": "2000-01-01"},
    ],
}
PER_MONTH = {"per": "month", "tiering": "volume", "tiers": [{"from": 1, "amount": "10.00"}]}
PER_PERIOD = {"per": "period", "tiering": "volume", "tiers": [{"from": 1, "amount": "120.00"}]}
VOLUME = {
    "per": "month",
    "tiering": "volume",
    "tiers": [{"from": 1, "amount": "10.00"}, {"from": 10, "amount": "8.00"}],
}
GRADUATED = {
    "per": "month",
    "tiering": "graduated",
    "tiers": [{"from": 1, "amount": "10.00"}, {"from": 11, "amount": "5.00"}],
}
MONTHLY = {"statement": "monthly", "payment": {"invoice": "on_account"}}
SPLIT = {**MONTHLY, "charge_split": "statement", "proration": {"by": "days"}}


def plan(**changes: Any) -> dict[str, Any]:
    """A plan by the year, counted in months; `changes` replace its parts."""
    return {
        "product": "desk",
        "from": "2000-01-01",
        "term": {"months": 12},
        "price": PER_MONTH,
        "seats": {"minimum": 1},
        "proration": {"by": "months", "started_month": "days"},
        "payment": {"card": "at_once", "bank": "when_paid", "invoice": "after_credit_check"},
        "renewal": {"auto": True, "per_seat": True},
        "may_buy": ["owner"],
        **changes,
    }


def shop(
    *, seller: Mapping[str, Any] | None = None, keys: tuple[Any, ...] = (), **plans: Any
) -> dict[str, Any]:
    """A catalogue of these plans (none: of `desk`); `seller` replaces parts of the seller."""
    return {
        "catalogue": "desks",
        "seller": {**SELLER_AT_HOME, **(seller or {})},
        "product_keys": list(keys),
        "plans": plans or {"desk": plan()},
    }


def buyer(catalogue: Mapping[str, Any] | str, on: str, **account: Any) -> Story:
    """The story of an account that was opened on that day."""
    return given(catalogue).after(on=on).account(**account)


def started(
    count: int = 10,
    /,
    on: str = "2020-01-01",
    method: str = "card",
    account: Any = None,
    **changes: Any,
) -> Story:
    """A subscription `desk`, bought by the one plan of the shop; `changes` are the plan's."""
    seller = changes.pop("seller", None)
    story = buyer(shop(seller=seller, desk=plan(**changes)), on, **(account or {}))
    return bought(story, "desk", "desk", count, method)


def bought(
    story: Story, name: str, by_plan: str, seats: int, method: str = "card", **more: Any
) -> Story:
    """The story with one subscription more."""
    return story.done(
        StartSubscription,
        account="acme",
        subscription=name,
        plan=by_plan,
        seats=seats,
        payment_method=method,
        **more,
    )


def republished(story: Story, catalogue: Mapping[str, Any]) -> Story:
    """The story after the seller published another version of its catalogue."""
    state = story.catalogue
    facts = published_facts(state, load(catalogue), story.on)
    for sequence, fact in enumerate(facts, start=state.version + 1):
        state = evolve_catalogue(state, fact, sequence)
    return Story(state, story.state, story.on, story.commands, story.history)


def every(story: Story, kind: type[F]) -> list[F]:
    """The facts of a kind, in their order."""
    return [fact for fact in story.history if isinstance(fact, kind)]


def invoices(story: Story) -> list[InvoiceIssued]:
    """The invoices, in order of issue."""
    return every(story, InvoiceIssued)


def notes(story: Story) -> list[CreditNoteIssued]:
    """The credit notes, in order of issue."""
    return every(story, CreditNoteIssued)


def nets(story: Story) -> list[str]:
    """The net amount of each charge, in order."""
    return [charge.net.amount for charge in every(story, Charged)]


def lines(document: InvoiceIssued | CreditNoteIssued) -> list[tuple[str, int, str, str, str]]:
    """Each line of a document: reason, seats, period and amount."""
    return [
        (
            line.reason,
            line.quantity,
            line.period.start.isoformat(),
            line.period.end.isoformat(),
            line.amount.amount,
        )
        for line in document.lines
    ]


def due(story: Story, index: int = -1) -> str:
    """What is due of an invoice."""
    invoice = invoices(story)[index].invoice
    return story.state.books.invoices[invoice].due.amount


def credit(story: Story) -> str:
    """The account's credit."""
    lots = story.state.books.lots
    left = (lot.left for lot in (*lots.spendable, *lots.awaiting_refund))
    return Money.total(left, story.state.currency).amount


def sub(story: Story, name: str = "desk") -> Subscription:
    """A subscription as decisions know it."""
    return story.state.subscriptions[name]


def term(story: Story, name: str = "desk") -> tuple[date, date]:
    """The days of a subscription's present term."""
    span = sub(story, name).term
    return span.start, span.end
