"""The commands of the model: fields looked at, ids looked up, then the decision (CONTRACT 2, 6)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tests.model import buying, credit, documents, ending
from tests.model.arithmetic import minor
from tests.model.documents import Setting
from tests.model.records import (
    Account,
    Document,
    Line,
    Lot,
    Order,
    Payment,
    Refused,
    Subscription,
    Unmodelled,
)

Fields = Mapping[str, Any]

NEEDS_DUE_WORK = frozenset({
    "StartSubscription", "AddSeats", "SetSeatTotal", "ChangePlan", "EnableAutoRenew",
})  # fmt: skip
"""5.29: what buys, or gives a seat a new term, is not taken while due work is stuck."""


def do(setting: Setting, index: int, step: Mapping[str, Any]) -> None:
    """Decide one step; `order` left out = the command's id (CONTRACT 1)."""
    fields = {name: filled(setting, value) for name, value in step["with"].items()}
    fields["command_id"] = step.get("command_id") or f"step-{index}"
    COMMANDS[step["do"]](setting, fields)
    for name in ("credit", "payment"):
        if name in setting.made:
            setting.world.ids.setdefault(f"{fields['command_id']}/1", setting.made[name])


def filled(setting: Setting, value: Any) -> Any:
    """CONTRACT 7: a field of the result of an earlier step."""
    if isinstance(value, Mapping) and "result_of" in value:
        return setting.world.results.get(value["result_of"], {}).get(value["field"])
    return value


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


def open_account(setting: Setting, fields: Fields) -> None:
    """`OpenAccount`."""
    if fields["account"] in setting.world.accounts:
        raise Refused("account.exists")
    account = Account(fields["account"], fields["country"], fields.get("vat_number"))
    setting.world.accounts[account.name] = account


def change_details(setting: Setting, fields: Fields) -> None:
    """`ChangeBillingDetails`: null takes the VAT number away."""
    account = account_of(setting, fields)
    account.country = fields.get("country") or account.country
    if "vat_number" in fields:
        account.vat_number = fields["vat_number"]


def nothing_of_money(setting: Setting, fields: Fields) -> None:
    """Roles, applications, domains: they move no money."""
    account_of(setting, fields)


def apply_for_volume(setting: Setting, fields: Fields) -> None:
    """`ApplyForVolumeLicences`."""
    account = account_of(setting, fields)
    if account.application is not None:
        raise Unmodelled("a second application")
    account.application = "pending"


def approve(setting: Setting, fields: Fields) -> None:
    """`ApproveApplication`."""
    account = account_of(setting, fields)
    if account.application != "pending":
        raise Refused("account.application_not_pending")
    account.application = "approved"


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


def start_subscription(setting: Setting, fields: Fields) -> None:
    """`StartSubscription`."""
    if fields["seats"] < 1:
        raise Refused("command.invalid")
    account = account_of(setting, fields)
    if fields["plan"] not in setting.plans:
        raise Refused("catalogue.plan_unknown")
    requires = setting.plans[fields["plan"]].get("requires") or ()
    if "approved_application" in requires and account.application != "approved":
        raise Refused("account.application_not_approved")
    if fields["subscription"] in setting.world.subscriptions:
        raise Refused("subscription.exists")
    buying.start(setting, account, fields, fields.get("order") or fields["command_id"])
    seat_all(setting, fields)


def add_seats(setting: Setting, fields: Fields) -> None:
    """`AddSeats`."""
    if fields["quantity"] < 1:
        raise Refused("command.invalid")
    subscription = subscription_of(setting, fields)
    method = fields.get("payment_method") or subscription.method
    order = fields.get("order") or fields["command_id"]
    buying.add(setting, subscription, fields["quantity"], method, order)
    seat_all(setting, fields)


def set_total(setting: Setting, fields: Fields) -> None:
    """`SetSeatTotal`: the same total: accepted, no event; less: refused."""
    if fields["total"] < 1:
        raise Refused("command.invalid")
    subscription = subscription_of(setting, fields)
    present = len(subscription.seats) + buying.pending(setting, subscription)
    if subscription.carried_over:
        raise Refused("subscription.carried_over")
    if fields["total"] == present:
        return
    if fields["total"] < present:
        buying.may_buy(setting, subscription.account)
        raise Refused("seats.total_below_present")
    add_seats(setting, {**fields, "quantity": fields["total"] - present})


def seat_all(setting: Setting, fields: Fields) -> None:
    """`assign`."""
    subscription = setting.world.subscriptions[fields["subscription"]]
    for person in fields.get("assign", ()):
        seat(subscription, person["email"], None)


def assign_seat(setting: Setting, fields: Fields) -> None:
    """`AssignSeat`."""
    seat(subscription_of(setting, fields), fields["email"], fields.get("seat"))


def seat(subscription: Subscription, holder: str, number: int | None) -> None:
    """The lowest free number that renews, else the lowest free."""
    free = [one for one in subscription.seats.values() if one.number not in subscription.holders]
    if number is not None or not free:
        raise Unmodelled("a seat that is named, or none free")
    first = min(free, key=lambda one: (not one.renews, one.number))
    subscription.holders[first.number] = holder


def remove_seats(setting: Setting, fields: Fields) -> None:
    """`RemoveSeats`."""
    ending.remove(setting, begun(setting, fields), fields)


def disable(setting: Setting, fields: Fields) -> None:
    """`DisableAutoRenew`."""
    ending.switch(begun(setting, fields), fields, on=False)


def enable(setting: Setting, fields: Fields) -> None:
    """`EnableAutoRenew`; EV-16: refused where the plan renews as a whole."""
    ending.switch(begun(setting, fields), fields, on=True)


def begun(setting: Setting, fields: Fields) -> Subscription:
    """A subscription with usable seats."""
    found = subscription_of(setting, fields)
    if not found.begun:
        raise Unmodelled("the first order waits")
    return found


def cancel(setting: Setting, fields: Fields) -> None:
    """`CancelSubscription`."""
    subscription = subscription_of(setting, fields)
    if not subscription.begun:
        raise Unmodelled("the first order waits")
    ending.cancel(setting, subscription, fields.get("when"))


def keep(setting: Setting, fields: Fields) -> None:
    """`KeepSubscription`."""
    subscription = subscription_of(setting, fields)
    if not subscription.begun:
        raise Unmodelled("the first order waits")
    ending.keep(subscription)


def change_plan(setting: Setting, fields: Fields) -> None:
    """`ChangePlan`."""
    subscription = subscription_of(setting, fields)
    if fields["plan"] not in setting.plans:
        raise Refused("catalogue.plan_unknown")
    ending.change_plan(setting, subscription, fields["plan"])


def cancel_order(setting: Setting, fields: Fields) -> None:
    """`CancelOrder`."""
    buying.fail(setting, order_of(setting, fields), "cancelled")


def pass_check(setting: Setting, fields: Fields) -> None:
    """`PassCreditCheck`: usable, invoiced that day, open, or on that month's statement."""
    buying.complete(setting, order_of(setting, fields, "after_credit_check"))


def fail_check(setting: Setting, fields: Fields) -> None:
    """`FailCreditCheck`."""
    buying.fail(setting, order_of(setting, fields, "after_credit_check"), "failed")


def payment_failure(setting: Setting, fields: Fields) -> None:
    """`RecordPaymentFailure`."""
    buying.fail(setting, order_of(setting, fields, "when_paid"), "failed")


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
    if amount > due or due <= 0:
        raise Refused("payment.more_than_due")
    reference = fields.get("reference")
    if reference is not None:
        if reference in account.references:
            raise Refused("payment.reference_used")
        account.references.add(reference)
    return buying.record(setting, account, amount, [], None)


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
    reference = fields.get("reference")
    if reference is not None and reference in account.references:
        raise Refused("payment.reference_used")
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
            whole = documents.Fraction(abs(line.amount) * seats, line.charge.quantity)
            size = documents.half_up(whole) - line.noted_by_seats
            too_much |= seats > line.charge.quantity
            line.seats_noted, line.noted_by_seats = seats, line.noted_by_seats + size
        else:
            size = money(setting, part) or 0
        too_much |= size > documents.left(line)
        taken[line] = size
    if too_much:
        raise Refused("invoice.nothing_left_to_credit")
    return {line: size for line, size in taken.items() if size}


COMMANDS: Mapping[str, Callable[[Setting, Fields], None]] = {
    "OpenAccount": open_account,
    "ChangeBillingDetails": change_details,
    "GrantRole": nothing_of_money,
    "ApplyForVolumeLicences": apply_for_volume,
    "ApproveApplication": approve,
    "ApproveEmailDomain": nothing_of_money,
    "GrantCredit": grant_credit,
    "WithdrawCredit": withdraw_credit,
    "ApplyCredit": apply_credit,
    "StartSubscription": start_subscription,
    "AddSeats": add_seats,
    "SetSeatTotal": set_total,
    "AssignSeat": assign_seat,
    "RemoveSeats": remove_seats,
    "DisableAutoRenew": disable,
    "EnableAutoRenew": enable,
    "CancelSubscription": cancel,
    "KeepSubscription": keep,
    "ChangePlan": change_plan,
    "CancelOrder": cancel_order,
    "PassCreditCheck": pass_check,
    "FailCreditCheck": fail_check,
    "RecordPaymentFailure": payment_failure,
    "RecordPayment": record_payment,
    "ReversePayment": reverse_payment,
    "RecordRefund": record_refund,
    "IssueCreditNote": issue_note,
}
