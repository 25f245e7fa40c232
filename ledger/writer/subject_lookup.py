"""Whose command it is: the account behind the ids that a command names.

Ids of subscriptions, orders and invoices lead to their account through the ledger's claims, the id
of a payment through the command that made it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from commands.decision import Command
from commands.refusals import Refused, invalid
from events.invoices import NumberGiven
from events.payments import PaymentRecorded
from ledger.codec.mapper import recorded
from ledger.store.contract import Store
from ledger.store.drafts import ClaimRow
from ledger.writer.results import document_number

_UNKNOWN = {
    "subscription": "subscription.unknown",
    "order": "order.unknown",
    "invoice": "invoice.unknown",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The account that a command concerns.

    `given` are the ids behind the numbers of documents that it names: `invoice` behind the field
    of this name, `invoice:NUMBER` behind each number of a list.
    """

    account: str
    given: Mapping[str, str] = field(default_factory=dict)


def subject_fields(kind: type[Command]) -> tuple[str, ...]:
    """The fields that may name the account of a command, in the order in which they are asked.

    Those that are needed; of a command that needs none of them exactly one is to be given.
    """
    present = [name for name in _LEADING if name in kind.model_fields]
    needed = [name for name in present if kind.model_fields[name].is_required()]
    return tuple(needed or present)


def subject_of(kind: type[Command], fields: Mapping[str, Any], store: Store) -> Subject:
    """The subject of an account's command.

    Raises:
        Refused: `subscription.unknown`, `order.unknown`, `invoice.unknown`, `payment.unknown`;
            `command.invalid` where it names none, or several where one is to be given.
    """
    names = subject_fields(kind)
    given = [name for name in names if fields.get(name) is not None]
    is_choice = not any(kind.model_fields[name].is_required() for name in names)
    if not names or (is_choice and len(given) != 1):
        field_name = given[1] if given else (names or ("account",))[0]
        raise invalid(field_name, f"give one of {_listed(names)}" if names else "is needed")
    first = given[0] if given else names[0]
    return _LEADING[first](first, fields.get(first), store)


def claimed(kind: str, value: str, store: Store) -> ClaimRow:
    """Where an id leads.

    Raises:
        Refused: there is no such subscription, order or invoice.
    """
    row = store.claim(kind, value)
    if row is None:
        raise Refused(_UNKNOWN[kind], **{kind: value})
    return row


def _account(_name: str, value: Any, _store: Store) -> Subject:
    return Subject(value)


def _claimed(name: str, value: Any, store: Store) -> Subject:
    return Subject(claimed(name, value, store).account or "")


def _invoice(name: str, value: Any, store: Store) -> Subject:
    row = claimed(name, value, store)
    return Subject(row.account or "", {name: _invoice_behind(row, store)})


def _invoices(name: str, value: Any, store: Store) -> Subject:
    """The one account of all invoices of a list, each an object that holds its number."""
    if not value:
        raise invalid(name, "must have 1 entry or more")
    account: str | None = None
    given: dict[str, str] = {}
    for index, one in enumerate(value):
        number = one["invoice"]
        row = claimed("invoice", number, store)
        if account not in {None, row.account}:
            raise invalid(f"{name}[{index}].invoice", f"{number} is of another account")
        account = row.account
        given[f"invoice:{number}"] = _invoice_behind(row, store)
    return Subject(account or "", given)


def _payment(_name: str, value: Any, store: Store) -> Subject:
    """The account of a payment: its id is that of its command, and a number."""
    command_id, _, number = value.rpartition("/")
    row = store.answer(command_id) if command_id and number else None
    facts = () if row is None else (recorded(one).fact for one in store.events_of(command_id))
    if (
        row is None
        or row.account is None
        or not any(isinstance(fact, PaymentRecorded) and fact.payment == value for fact in facts)
    ):
        raise Refused("payment.unknown", payment=value)
    return Subject(row.account)


_LEADING: dict[str, Callable[[str, Any, Store], Subject]] = {
    "account": _account,
    "subscription": _claimed,
    "order": _claimed,
    "invoice": _invoice,
    "invoices": _invoices,
    "payment": _payment,
}
"""What each field leads by; where a command needs several, the first one counts."""


def _listed(names: tuple[str, ...]) -> str:
    *others, last = sorted(names, key=list(_LEADING).index)
    return f"{', '.join(others)} and {last}" if others else last


def number_of(invoice: str, store: Store) -> str | None:
    """The number of a document, by its id; None where there is no such document."""
    command_id = invoice.rpartition("/")[0]
    for stored in store.events_of(command_id) if command_id else ():
        event = recorded(stored)
        if isinstance(event.fact, NumberGiven) and event.fact.invoice == invoice:
            return document_number(event.fact.series, event.sequence)
    return None


def _invoice_behind(row: ClaimRow, store: Store) -> str:
    """The id of the document that a number was given to."""
    stored = store.read_event(row.position)
    fact = None if stored is None else recorded(stored).fact
    if not isinstance(fact, NumberGiven):
        raise LookupError(f"the claim of {row.value} leads to no number")
    return fact.invoice
