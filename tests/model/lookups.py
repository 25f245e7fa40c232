"""What a command of the model names: accounts, subscriptions, documents, orders, money."""

from collections.abc import Mapping
from typing import Any

from tests.model.arithmetic import minor
from tests.model.documents import Setting
from tests.model.records import Account, Document, Order, Refused, Subscription

Fields = Mapping[str, Any]


def money(setting: Setting, fields: Fields, name: str = "amount") -> int | None:
    """An amount of the seller's currency above zero; None where it is left out."""
    given = fields.get(name)
    if given is None:
        return None
    if given["currency"] != setting.currency:
        raise Refused("payment.currency_mismatch")
    amount = minor(given["amount"], setting.currency)
    if amount is None or amount <= 0:
        raise Refused("command.invalid")
    return amount


def account_of(setting: Setting, fields: Fields) -> Account:
    """The account that is named."""
    found = setting.world.accounts.get(fields["account"])
    if found is None:
        raise Refused("account.unknown")
    return found


def subscription_of(setting: Setting, fields: Fields) -> Subscription:
    """The subscription that is named; it must live."""
    found = setting.world.subscriptions.get(fields["subscription"])
    if found is None:
        raise Refused("subscription.unknown")
    if found.ended:
        raise Refused("subscription.ended")
    return found


def document_of(setting: Setting, number: object) -> Document:
    """The document that is named."""
    found = setting.world.documents.get(str(number))
    if found is None:
        raise Refused("invoice.unknown")
    return found


def order_of(setting: Setting, fields: Fields, policy: str | None = None) -> Order:
    """The order that is named; it must wait, for what the command brings."""
    found = setting.world.orders.get(fields["order"])
    if found is None:
        raise Refused("order.unknown")
    if found.status != "waiting" or policy not in {None, found.policy}:
        raise Refused("order.not_pending")
    return found
