"""Which facts call for a letter, to whom, and what it says (SE-05, GT-10).

A letter is known by the event that called for it: its Message-ID never changes, so that one that
is sent again after a crash is the same letter. The words are in the templates; addresses come in
at the moment of sending and are kept nowhere.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Literal
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined

from events.charges import Charged
from events.envelope import Recorded
from events.invoices import InvoiceIssued
from events.money import Money
from events.orders import OrderCompleted
from events.seats import SeatAssigned, SeatReassigned
from events.subscriptions import SubscriptionStarted
from ledger.mailing.posting import LetterRefused
from ledger.store.drafts import PersonRow

LetterKind = Literal["seat", "order", "trial"]
Language = Literal["en", "fr"]

FRENCH_COUNTRIES = frozenset(
    ["FR", "MC", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC"]
)
"""Countries of an account whose people are written to in French; all others get English."""

_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")

_TEMPLATES = Environment(
    loader=PackageLoader("ledger.mailing"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - plain text, in which nothing is markup
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that an event called for; `person` is its reader, None the account's owner."""

    message_id: str
    event: UUID
    position: int
    kind: LetterKind
    account: str
    person: str | None
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a letter says beside its own facts: who sells, and what the plan is called."""

    seller: str
    language: Language
    plan_title: Callable[[str], str]


def letters_of(event: Recorded, buyer: Callable[[str], str | None]) -> Iterable[Letter]:
    """The letters that a fact calls for.

    `buyer` gives the person who placed an order, None where that was the seller.
    """
    fact = event.fact
    if isinstance(fact, SeatAssigned | SeatReassigned):
        # An agent, a service or a device reads no letters.
        if fact.person is not None:
            yield _letter(event, "seat", fact.person)
    elif isinstance(fact, OrderCompleted):
        yield _letter(event, "order", buyer(fact.order))
    elif isinstance(fact, SubscriptionStarted) and fact.kind == "trial":
        yield _letter(event, "trial", event.actor.person)


def _letter(event: Recorded, kind: LetterKind, person: str | None) -> Letter:
    return Letter(
        message_id=f"<{event.id}@seatledger>",
        event=event.id,
        position=event.position,
        kind=kind,
        account=str(event.account),
        person=person,
        written_at=event.recorded_at,
    )


def language_of(country: str) -> Language:
    """The language in which the people of an account are written to."""
    return "fr" if country in FRENCH_COUNTRIES else "en"


def message(
    letter: Letter,
    decided: Iterable[Recorded],
    reader: PersonRow,
    sender: str,
    around: Surroundings,
) -> EmailMessage:
    """The letter as it is sent: `decided` are all facts of the decision that called for it.

    `LetterRefused` where the reader's address is one that no mail can reach.
    """
    facts = [event.fact for event in decided]
    local, _, domain = reader.email.strip().rpartition("@")
    if not _DOMAIN.fullmatch(domain):
        raise LetterRefused("no mail reaches an address of such a domain")
    words: dict[str, Any] = {
        "name": reader.name or reader.email,
        "account": letter.account,
        "seller": around.seller,
        **_words(letter, [(event.id, event.fact) for event in decided], around),
    }
    text = _TEMPLATES.get_template(f"{letter.kind}.{around.language}.txt").render(words)
    subject, _, body = text.partition("\n")
    sent = EmailMessage()
    sent["Message-ID"] = letter.message_id
    sent["Date"] = format_datetime(letter.written_at)
    sent["From"] = Address(display_name=around.seller, addr_spec=sender)
    # In two parts: a local part with a comma in it, say, is quoted; parsed whole it would fail.
    sent["To"] = Address(display_name=reader.name or "", username=local, domain=domain)
    sent["Subject"] = subject
    sent["Auto-Submitted"] = "auto-generated"
    sent.set_content(body.lstrip("\n"))
    if not facts:
        raise LookupError(f"the decision behind {letter.message_id} has no facts")
    return sent


def _words(
    letter: Letter, facts: list[tuple[UUID, object]], around: Surroundings
) -> dict[str, Any]:
    fact = next(fact for event, fact in facts if event == letter.event)
    if isinstance(fact, SeatAssigned | SeatReassigned):
        title = around.plan_title(fact.subscription)
        return {"title": title, "subscription": fact.subscription, "seat": fact.seat}
    if isinstance(fact, SubscriptionStarted):
        title = around.plan_title(fact.subscription)
        return {"title": title, "subscription": fact.subscription, "ends_on": fact.term.end}
    if not isinstance(fact, OrderCompleted):
        raise LookupError(f"no letter is known for {type(fact).__name__}")
    charges = [
        {
            "title": charge.title,
            "seats": charge.quantity,
            "start": charge.period.start,
            "end": charge.period.end,
            "amount": _shown(charge.net, around.language),
            "subscription": charge.subscription,
        }
        for _, charge in facts
        if isinstance(charge, Charged)
    ]
    invoices = [
        {
            "total": _shown(invoice.total, around.language),
            "tax": _shown(invoice.tax, around.language),
            "credit": _shown(invoice.credit_used, around.language),
            "uses_credit": bool(invoice.credit_used.minor),
            "due": _shown(
                max(invoice.total - invoice.credit_used, Money.zero(invoice.currency)),
                around.language,
            ),
        }
        for _, invoice in facts
        if isinstance(invoice, InvoiceIssued) and invoice.order == fact.order
    ]
    return {"order": fact.order, "charges": charges, "invoices": invoices}


def _shown(amount: Money, language: Language) -> str:
    text = str(amount)
    return text.replace(".", ",") if language == "fr" else text
