"""What the buyer or the seller may want next, with amounts and references that mostly fit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.model.buying import carries
from tests.model.documents import left
from tests.model.random_catalogues import BUYERS
from tests.model.records import Document, Lot, Payment, Subscription

if TYPE_CHECKING:
    from tests.model.random_histories import Maker

OWNER = "owner@acme.example"


@dataclass
class Wish:
    """A command and its fields."""

    name: str
    fields: dict[str, Any]
    by: str = "seller"


def method(maker: "Maker", plan: Mapping[str, Any]) -> str:
    """A way to pay that the plan takes, mostly."""
    if maker.chance.random() < 0.03:
        return "cash"
    ways = list(plan["payment"])
    return maker.chance.choice([*ways, *(way for way in ways if way in {"card", "invoice"})])


def start(maker: "Maker") -> Wish:
    """A new subscription, of a plan that carries over rather late than early."""
    world = maker.model.setting.world
    live = [one for one in world.subscriptions.values() if not one.ended]
    plans = maker.model.setting.plans
    carriers = [name for name, plan in plans.items() if carries(plan)[0]]
    names = [name for name in plans if name not in carriers or live]
    names += carriers if live else []
    plan = maker.chance.choice(names)
    least = plans[plan]["seats"]["minimum"]
    fields = {
        "account": "acme",
        "subscription": f"s{maker.names}",
        "plan": plan,
        "seats": maker.chance.choice((1, least, least, least + 1, least + 2, least + 7, 25)),
        "payment_method": method(maker, plans[plan]),
        "order": f"o{maker.names}",
    }
    return Wish("StartSubscription", fields)


def add(maker: "Maker") -> Wish | None:
    """Seats more."""
    sub = maker.subscription(ended=maker.chance.random() < 0.03)
    if sub is None:
        return None
    fields: dict[str, Any] = {"subscription": sub.name, "order": f"o{maker.names}"}
    if maker.chance.random() < 0.4:
        fields["payment_method"] = method(maker, sub.plan)
    if maker.chance.random() < 0.15:
        fields["total"] = len(sub.seats) + maker.chance.choice((-1, 0, 1, 2))
        return Wish("SetSeatTotal", fields)
    return Wish("AddSeats", fields | {"quantity": maker.chance.choice((1, 1, 1, 2, 4))})


def numbers(maker: "Maker", sub: Subscription) -> dict[str, Any]:
    """Some of its seats, or how many."""
    if maker.chance.random() < 0.4 or not sub.seats:
        return {"quantity": maker.chance.choice((1, 1, 2))}
    found = list(sub.seats)
    if maker.chance.random() < 0.05:
        return {"seat_numbers": [99]}
    count = maker.chance.choice((1, 1, 2, len(found)))
    return {"seat_numbers": sorted(maker.chance.sample(found, min(count, len(found))))}


def lessen(maker: "Maker") -> Wish | None:
    """Seats are removed, or switched off or on."""
    sub = maker.subscription()
    if sub is None:
        return None
    names = ("RemoveSeats", "RemoveSeats", "RemoveSeats", "DisableAutoRenew", "EnableAutoRenew")
    return Wish(maker.chance.choice(names), {"subscription": sub.name, **numbers(maker, sub)})


def finish(maker: "Maker") -> Wish | None:
    """A subscription is cancelled, or kept after all."""
    sub = maker.subscription(ended=maker.chance.random() < 0.05)
    if sub is None:
        return None
    if maker.chance.random() < 0.3:
        return Wish("KeepSubscription", {"subscription": sub.name})
    fields: dict[str, Any] = {"subscription": sub.name}
    when = maker.chance.choice((None, "now", "at_term_end"))
    return Wish("CancelSubscription", fields | ({"when": when} if when else {}))


def change(maker: "Maker") -> Wish | None:
    """Another plan for the time after."""
    sub = maker.subscription()
    if sub is None:
        return None
    plans = maker.model.setting.plans
    near = [name for name, one in plans.items() if one["product"] == sub.plan["product"]]
    name = maker.chance.choice(near if maker.chance.random() < 0.8 else list(plans))
    fields = {"subscription": sub.name, "plan": name}
    return Wish("ChangePlan", fields)


def settle(maker: "Maker") -> Wish | None:
    """An order that waits is paid, checked, fails, or is withdrawn."""
    orders = [one for one in maker.model.setting.world.orders.values() if one.status == "waiting"]
    if not orders:
        return None
    order = maker.chance.choice(orders)
    fields: dict[str, Any] = {"order": order.name}
    if order.policy == "after_credit_check":
        names = ("PassCreditCheck", "PassCreditCheck", "PassCreditCheck", "FailCreditCheck")
        return Wish(maker.chance.choice(names), fields)
    kind = maker.chance.random()
    if kind < 0.12:
        return Wish("CancelOrder", fields)
    if kind < 0.2:
        return Wish("RecordPaymentFailure", fields)
    if kind < 0.6:
        fields["amount"] = maker.money(maker.some(order.net))
    return Wish("RecordPayment", fields)


def pay(maker: "Maker") -> Wish:
    """Money comes for an invoice, for several, or for the account."""
    opened = [one for one in maker.documents() if one.due > 0]
    kind = maker.chance.random()
    if not opened or kind < 0.2:
        amount = maker.money(maker.some(maker.chance.randint(1, 20000)))
        return Wish("RecordPayment", {"account": "acme", "amount": amount})
    if kind < 0.4:
        some = maker.chance.sample(opened, min(len(opened), maker.chance.randint(1, 3)))
        parts = [{"invoice": one.number, "amount": maker.money(one.due)} for one in some]
        if maker.chance.random() < 0.4:
            parts[-1]["amount"] = maker.money(maker.some(some[-1].due))
        return Wish("RecordPayment", {"invoices": parts})
    one = maker.chance.choice(opened if maker.chance.random() < 0.9 else maker.documents())
    fields: dict[str, Any] = {"invoice": one.number}
    if maker.chance.random() < 0.5:
        fields["amount"] = maker.money(maker.some(max(one.due, 1)))
    if maker.chance.random() < 0.2:
        fields["reference"] = f"B-{maker.chance.randint(1, 4)}"
    return Wish("RecordPayment", fields)


def credit_note(maker: "Maker") -> Wish | None:
    """A document is credited: whole, by line, by seats, by amount."""
    found = maker.documents()
    if not found:
        return None
    one = maker.chance.choice(found)
    fields: dict[str, Any] = {"invoice": one.number}
    if maker.chance.random() < 0.5:
        count = min(maker.chance.choice((1, 1, 1, 2)), len(one.lines))
        fields["lines"] = [
            part(maker, one, number + 1)
            for number in maker.chance.sample(range(len(one.lines)), count)
        ]
    how = maker.chance.random()
    if how < 0.15:
        fields |= {"settle": "outside", "reason": "paid back by the dealer"}
    elif how < 0.3:
        fields["settle"] = "refund"
    return Wish("IssueCreditNote", fields)


def part(maker: "Maker", document: Document, number: int) -> dict[str, Any]:
    """A part of a line."""
    line = document.lines[number - 1]
    if maker.chance.random() < 0.35:
        return {"line": number, "seats": maker.chance.choice((1, 1, 2, line.charge.quantity))}
    return {"line": number, "amount": maker.money(maker.some(max(left(line), 1)))}


def grant(maker: "Maker") -> Wish:
    """Credit out of goodwill."""
    amount = maker.money(maker.some(maker.chance.randint(1, 20000)))
    return Wish("GrantCredit", {"account": "acme", "amount": amount})


def withdraw(maker: "Maker") -> Wish | None:
    """Credit is taken away."""
    found = maker.made(Lot, "GrantCredit", "RecordPayment", "IssueCreditNote")
    if found is None:
        return None
    fields: dict[str, Any] = {"account": "acme", "credit": found}
    if maker.chance.random() < 0.6:
        world = maker.model.setting.world
        lot = (
            world.ids[found]
            if isinstance(found, str)
            else world.results[found["result_of"]]["credit"]
        )
        fields["amount"] = maker.money(maker.some(max(lot.left, 1)))
    return Wish("WithdrawCredit", fields)


def apply(maker: "Maker") -> Wish | None:
    """Credit is used for an invoice."""
    found = maker.documents()
    opened = [one for one in found if one.due > 0]
    if not found:
        return None
    one = maker.chance.choice(opened or found)
    fields: dict[str, Any] = {"invoice": one.number}
    if maker.chance.random() < 0.5:
        fields["amount"] = maker.money(maker.some(max(one.due, 1)))
    return Wish("ApplyCredit", fields)


def reverse(maker: "Maker") -> Wish | None:
    """A payment was none."""
    found = maker.made(Payment, "RecordPayment", "StartSubscription", "AddSeats")
    return None if found is None else Wish("ReversePayment", {"payment": found})


def refund(maker: "Maker") -> Wish:
    """Money goes back."""
    there = sum(lot.left for lot in maker.account.lots if lot.source != "goodwill")
    amount = maker.money(maker.some(max(there, 1)))
    fields = {"account": "acme", "amount": amount, "method": "bank_transfer"}
    return Wish("RecordRefund", fields)


def details(maker: "Maker") -> Wish:
    """The buyer moves, or gets a VAT number."""
    country, number = maker.chance.choice(BUYERS)
    fields = {"account": "acme", "country": country, "vat_number": number}
    return Wish("ChangeBillingDetails", fields)


MAKERS: tuple[tuple[Callable[["Maker"], Wish | None], int], ...] = (
    (start, 12), (add, 18), (lessen, 10), (finish, 5), (change, 2), (settle, 14), (pay, 9),
    (credit_note, 18), (grant, 3), (withdraw, 2), (apply, 4), (reverse, 4), (refund, 3),
    (details, 3),
)  # fmt: skip
"""What happens, and how often."""
