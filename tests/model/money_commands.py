"""The commands of money of the model: credit, payments, refunds, credit notes (CONTRACT 2, 6)."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from tests.model import buying, credit, documents
from tests.model.arithmetic import half_up
from tests.model.documents import Setting
from tests.model.lookups import Fields, account_of, document_of, money, order_of
from tests.model.records import Account, Document, Line, Lot, Payment, Refused, Unmodelled


def grant_credit(setting: Setting, fields: Fields) -> None:
    """`GrantCredit`: goodwill pays nothing that is open (5.7)."""
    account = account_of(setting, fields)
    amount = money(setting, fields)
    assert amount is not None
    lot = Lot("goodwill", amount, amount)
    account.lots.append(lot)
    setting.made["credit"] = lot


def withdraw_credit(setting: Setting, fields: Fields) -> None:
    """`WithdrawCredit`: a lot's id, or the result of the step that made it."""
    account = account_of(setting, fields)
    given = fields["credit"]
    if given is None:
        raise Refused("command.invalid")
    lot = given if isinstance(given, Lot) else setting.world.ids.get(given)
    amount = money(setting, fields)
    credit.withdraw(lot if isinstance(lot, Lot) else None, account, amount)


def apply_credit(setting: Setting, fields: Fields) -> None:
    """`ApplyCredit`: on an open invoice, as far as it goes."""
    document = document_of(setting, fields["invoice"])
    credit.apply(document.account, document, money(setting, fields))


def record_payment(setting: Setting, fields: Fields) -> None:
    """`RecordPayment` on an order, an invoice, several invoices, or the account."""
    amount = money(setting, fields)
    received = fields.get("received_on")
    if received is not None and date.fromisoformat(str(received)) > setting.day:
        raise Refused("command.invalid")
    payment: Payment
    if "order" in fields:
        order = order_of(setting, fields, "when_paid")
        account, due = order.subscription.account, buying.due(setting, order)
        payment = paid(setting, fields, account, due if amount is None else amount, due)
        payment.order = order
        order.paid += payment.amount
        order.payments.append(payment)
    elif "account" in fields:
        account = account_of(setting, fields)
        assert amount is not None
        payment = paid(setting, fields, account, amount, amount)
        credit.put_on_account(account, payment, amount)
        setting.made["credit"] = payment.lots[-1]
    elif "invoices" in fields:
        parts = [
            (document_of(setting, part["invoice"]), money(setting, part) or 0)
            for part in fields["invoices"]
        ]
        if any(part > document.due for document, part in parts):
            raise Refused("payment.more_than_due")
        total = sum(part for _, part in parts)
        payment = paid(setting, fields, parts[0][0].account, total, total)
        cover(payment, parts)
    else:
        document = document_of(setting, fields["invoice"])
        wanted = document.due if amount is None else amount
        payment = paid(setting, fields, document.account, wanted, document.due)
        cover(payment, [(document, wanted)])


def paid(setting: Setting, fields: Fields, account: Account, amount: int, due: int) -> Payment:
    """Money comes in: not more than is due, and a reference once."""
    reference = fields.get("reference")
    if reference is not None and reference in account.references:
        raise Refused("payment.reference_used")
    if amount > due or due <= 0:
        raise Refused("payment.more_than_due")
    if reference is not None:
        account.references.add(reference)
    payment = buying.record(setting, account, amount, [], None)
    payment.reference = reference
    return payment


def cover(payment: Payment, parts: list[tuple[Document, int]]) -> None:
    """What a payment covers is paid."""
    for document, amount in parts:
        document.paid += amount
        payment.covers.append((document, amount))


def reverse_payment(setting: Setting, fields: Fields) -> None:
    """`ReversePayment`."""
    given = fields["payment"]
    if given is None:
        raise Refused("command.invalid")
    payment = given if isinstance(given, Payment) else setting.world.ids.get(given)
    if not isinstance(payment, Payment):
        raise Refused("payment.unknown")
    credit.reverse(owner(setting, payment), payment)


def owner(setting: Setting, payment: Payment) -> Account:
    """Whose payment it is."""
    if payment.covers:
        return payment.covers[0][0].account
    if payment.order is not None:
        return payment.order.subscription.account
    accounts = setting.world.accounts.values()
    return next(one for one in accounts if payment.lots[0] in one.lots)


def record_refund(setting: Setting, fields: Fields) -> None:
    """`RecordRefund`."""
    account = account_of(setting, fields)
    amount = money(setting, fields)
    assert amount is not None
    credit.refund(account, amount)


def issue_note(setting: Setting, fields: Fields) -> None:
    """`IssueCreditNote`: 5.15."""
    settle = fields.get("settle", "credit")
    if settle == "outside" and not fields.get("reason"):
        raise Refused("command.invalid")
    document = document_of(setting, fields["invoice"])
    if document.kind == "credit_note":
        raise Refused("invoice.nothing_left_to_credit")
    if "lines" in fields:
        taken = parts_of(setting, document, fields["lines"])
    else:
        taken = {line: documents.left(line) for line in document.lines if documents.left(line)}
    net = sum(documents.sign(line) * size for line, size in taken.items())
    # A note above zero exists only on a document below zero (5.15).
    above_zero = net < 0 and document.net >= 0
    if not taken or above_zero or not documents.within(document, net):
        raise Refused("invoice.nothing_left_to_credit")
    documents.note(setting, document, taken, settle, by_amount=True)


def parts_of(
    setting: Setting, document: Document, given: list[Mapping[str, Any]]
) -> dict[Line, int]:
    """5.15, in parts: by amount, or by seats."""
    taken: dict[Line, int] = {}
    too_much = False
    for part in given:
        if not 1 <= part["line"] <= len(document.lines):
            raise Refused("command.invalid")
        line = document.lines[part["line"] - 1]
        if line in taken:
            raise Unmodelled("a line twice in one note")
        if "seats" in part:
            if part["seats"] < 1:
                raise Refused("command.invalid")
            seats = line.seats_noted + part["seats"]
            whole = Fraction(abs(line.amount) * seats, line.charge.quantity)
            size = half_up(whole) - line.noted_by_seats
            too_much |= seats > line.charge.quantity
            line.seats_noted, line.noted_by_seats = seats, line.noted_by_seats + size
        else:
            size = money(setting, part) or 0
        too_much |= size > documents.left(line)
        taken[line] = size
    if too_much:
        raise Refused("invoice.nothing_left_to_credit")
    return {line: size for line, size in taken.items() if size}
