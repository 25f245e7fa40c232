"""The commands of the model: fields looked at, ids looked up, then the decision (CONTRACT 2, 6)."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.model import buying, ending, money_commands
from tests.model.documents import Setting
from tests.model.lookups import Fields, account_of, order_of, subscription_of
from tests.model.records import (
    Account,
    Refused,
    Subscription,
    Unmodelled,
)

NEEDS_DUE_WORK = frozenset({
    "StartSubscription", "AddSeats", "SetSeatTotal", "ChangePlan", "EnableAutoRenew",
})  # fmt: skip
"""5.29: what buys, or gives a seat a new term, is not taken while due work is stuck."""


def do(setting: Setting, index: int, step: Mapping[str, Any]) -> None:
    """Decide one step; `order` left out = the command's id (CONTRACT 1)."""
    fields = {name: filled(setting, value) for name, value in step["with"].items()}
    fields["command_id"] = step.get("command_id") or f"step-{index}"
    COMMANDS[step["do"]](setting, fields)
    for name in ("payment", "credit"):
        if name in setting.made:
            setting.world.ids.setdefault(f"{fields['command_id']}/1", setting.made[name])


def filled(setting: Setting, value: Any) -> Any:
    """CONTRACT 7: a field of the result of an earlier step."""
    if isinstance(value, Mapping) and "result_of" in value:
        return setting.world.results.get(value["result_of"], {}).get(value["field"])
    return value


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
    ending.switch(setting, begun(setting, fields), fields, on=False)


def enable(setting: Setting, fields: Fields) -> None:
    """`EnableAutoRenew`; EV-16: refused where the plan renews as a whole."""
    ending.switch(setting, begun(setting, fields), fields, on=True)


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


COMMANDS: Mapping[str, Callable[[Setting, Fields], None]] = {
    "OpenAccount": open_account,
    "ChangeBillingDetails": change_details,
    "GrantRole": nothing_of_money,
    "ApplyForVolumeLicences": apply_for_volume,
    "ApproveApplication": approve,
    "ApproveEmailDomain": nothing_of_money,
    "GrantCredit": money_commands.grant_credit,
    "WithdrawCredit": money_commands.withdraw_credit,
    "ApplyCredit": money_commands.apply_credit,
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
    "RecordPayment": money_commands.record_payment,
    "ReversePayment": money_commands.reverse_payment,
    "RecordRefund": money_commands.record_refund,
    "IssueCreditNote": money_commands.issue_note,
}
