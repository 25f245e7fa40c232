"""Whose command it is: the account behind the ids that a command names.

Ids of subscriptions, orders and invoices lead to their account through the ledger's claims.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commands.refusals import Refused, invalid
from events.invoices import NumberGiven
from ledger.mapper import recorded
from ledger.store.contract import Store
from ledger.store.drafts import ClaimRow

_UNKNOWN = {
    "subscription": "subscription.unknown",
    "order": "order.unknown",
    "invoice": "invoice.unknown",
}
_THREE = ("order", "invoice", "account")


@dataclass(frozen=True, slots=True)
class Subject:
    """The account that a command concerns; `invoice` is the id behind an invoice's number."""

    account: str
    invoice: str | None = None


def subject_of(name: str, fields: Mapping[str, Any], store: Store) -> Subject:
    """The subject of an account's command.

    Raises:
        Refused: `subscription.unknown`, `order.unknown`, `invoice.unknown`; `command.invalid`
            where a payment names several subjects, or none.
    """
    if name == "RecordPayment":
        named = [key for key in _THREE if fields.get(key) is not None]
        if len(named) != 1:
            raise invalid(named[1] if named else "order", "give one of order, invoice and account")
    if fields.get("account") is not None:
        return Subject(fields["account"])
    for kind in _UNKNOWN:
        value = fields.get(kind)
        if value is not None:
            row = claimed(kind, value, store)
            if kind != "invoice":
                return Subject(row.account or "")
            return Subject(row.account or "", _invoice_behind(row, store))
    raise invalid("account", "is needed")


def claimed(kind: str, value: str, store: Store) -> ClaimRow:
    """Where an id leads.

    Raises:
        Refused: there is no such subscription, order or invoice.
    """
    row = store.claim(kind, value)
    if row is None:
        raise Refused(_UNKNOWN[kind], **{kind: value})
    return row


def _invoice_behind(row: ClaimRow, store: Store) -> str:
    """The id of the document that a number was given to."""
    stored = store.read_event(row.position)
    fact = None if stored is None else recorded(stored).fact
    if not isinstance(fact, NumberGiven):
        raise LookupError(f"the claim of {row.value} leads to no number")
    return fact.invoice
