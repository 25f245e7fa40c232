"""Random histories on random catalogues: scenarios (CONTRACT 7) as plain data, by a seed.

The model runs beside, so that amounts and references are mostly plausible, now and then not.
A step for which the contract leaves open what happens is left out.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.model.arithmetic import DIGITS, text
from tests.model.buying import carries
from tests.model.cases import shipped
from tests.model.documents import left
from tests.model.model import Model
from tests.model.random_catalogues import BUYERS, catalogue
from tests.model.records import Account, Document, Lot, Payment, Subscription, Unmodelled

Step = dict[str, Any]
WAITS = (0, 0, 0, 0, 1, 1, 2, 3, 5, 8, 13, 20, 31, 45, 70)
"""Days between two steps."""

OWNER = "owner@acme.example"
BY_ID = 0.5
"""How often an earlier payment or credit is named by its id, not as the result of a step."""


SHIPPED = ("expressvpn", "goto", "microsoft", "parallels", "secureexchanges")


def history(
    seed: int, least: int = 10, most: int | None = None, world: str | None = None
) -> dict[str, Any]:
    """The scenario of a seed, on a catalogue of its own or on a shipped one; the same seed gives
    the same one.
    """
    chance = random.Random(f"money/{seed}/{world}")
    sold = catalogue(chance) if world is None else shipped(world)
    most = most or chance.choice((20, 30, 60))
    return Maker(chance, sold).scenario(seed, chance.randint(least, most))


def any_history(seed: int) -> dict[str, Any]:
    """Five of six on random catalogues, one on a shipped one."""
    return history(seed, world=SHIPPED[seed // 6 % 5] if seed % 6 == 5 else None)


@dataclass
class Wish:
    """A command and its fields."""

    name: str
    fields: dict[str, Any]
    by: str = "seller"


class Maker:
    """A history in the making."""

    def __init__(self, chance: random.Random, catalogue: dict[str, Any]) -> None:
        self.chance = chance
        self.catalogue = catalogue
        self.now = datetime(2024, 1, 1, 9, tzinfo=UTC) + timedelta(days=chance.randint(0, 60))
        self.start = self.now
        self.model = Model(catalogue, self.now)
        self.steps: list[Step] = []
        self.names = 0

    def scenario(self, seed: object, count: int) -> dict[str, Any]:
        """The steps, and time for what falls due after them."""
        for opening in self.opening():
            while not self.say(opening):
                pass
        failures = 0
        while len(self.steps) < count and failures < 25 and not self.model.broken:
            failures = 0 if self.say(self.wish()) else failures + 1
        later = self.now + timedelta(days=self.chance.choice((0, 0, 20, 40, 100, 400)))
        until = self.now if self.model.broken else self.reached(later)
        return {
            "scenario": f"random history {seed}",
            "catalogue": self.catalogue,
            "start": stamp(self.start),
            "steps": self.steps,
            "until": stamp(until),
        }

    def reached(self, later: datetime) -> datetime:
        """The end of the time that the model knows of."""
        try:
            self.model.advance(later)
        except Unmodelled:
            return self.now
        return later

    def say(self, wish: Wish | None) -> bool:
        """Take a step, where the model knows what comes of it."""
        if wish is None:
            return False
        span = timedelta(
            days=self.chance.choice(WAITS), minutes=self.chance.choice((1, 5, 60, 400))
        )
        step: Step = {
            "at": stamp(self.now + span),
            "by": wish.by,
            "do": wish.name,
            "command_id": f"c{self.names}",
            "with": wish.fields,
        }
        if self.names > 4 and self.chance.random() < 0.02:
            step["dry_run"] = True
        try:
            self.model.step(len(self.steps), step)
        except Unmodelled:
            return False
        self.names += 1
        self.now += span
        self.steps.append(step)
        return True

    def opening(self) -> list[Wish]:
        """The account, somewhere, and what it takes to buy from any of the plans."""
        country, number = self.chance.choice(BUYERS)
        fields = {"account": "acme", "email": OWNER, "country": country, "vat_number": number}
        opened = Wish("OpenAccount", fields, OWNER)
        if not any(plan.get("requires") for plan in self.catalogue["plans"].values()):
            return [opened]
        mine = {"account": "acme"}
        return [
            opened,
            Wish("ApplyForVolumeLicences", mine, OWNER),
            Wish("ApproveApplication", mine),
            Wish("ApproveEmailDomain", mine | {"domain": "acme.example"}),
        ]

    def wish(self) -> Wish | None:
        """What the buyer or the seller wants next."""
        makers, weights = zip(*MAKERS, strict=True)
        return self.chance.choices(makers, weights)[0](self)

    @property
    def account(self) -> Account:
        """The one account."""
        return self.model.setting.world.accounts["acme"]

    def subscription(self, *, ended: bool = False) -> Subscription | None:
        """One of the subscriptions, mostly a live one."""
        found = list(self.model.setting.world.subscriptions.values())
        live = [one for one in found if not one.ended]
        if live and not ended:
            found = live
        return self.chance.choice(found) if found else None

    def documents(self, kind: str = "invoice") -> list[Document]:
        """Documents of a kind."""
        found = self.model.setting.world.documents.values()
        return [one for one in found if one.kind == kind]

    def money(self, amount: int) -> dict[str, str]:
        """Money of the seller's currency."""
        currency = self.model.setting.currency
        return {"amount": text(max(amount, 1), currency), "currency": currency}

    def some(self, amount: int) -> int:
        """All of an amount, a part, a unit more, or something."""
        near = [amount, amount, amount // 2, amount // 3, amount - 1, amount + 1]
        unit = 10 ** DIGITS[self.model.setting.currency]
        return max(self.chance.choice([*near, self.chance.randint(1, 50 * unit)]), 1)

    def made(self, kind: type, *names: str) -> dict[str, Any] | str | None:
        """A reference to the result of an earlier step, or the id that it has (DESIGN 3)."""
        world = self.model.setting.world
        name = "payment" if kind is Payment else "credit"
        found = [
            index
            for index, result in world.results.items()
            if isinstance(result.get(name), kind) and self.steps[index]["do"] in names
        ]
        if not found:
            return None
        index = self.chance.choice(found)
        step = self.steps[index]
        if step["do"] in {"GrantCredit", "RecordPayment"} and self.chance.random() < BY_ID:
            return f"{step['command_id']}/1"
        return {"result_of": index, "field": name}


def stamp(moment: datetime) -> str:
    """An instant as a scenario has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def method(maker: Maker, plan: Mapping[str, Any]) -> str:
    """A way to pay that the plan takes, mostly."""
    if maker.chance.random() < 0.03:
        return "cash"
    ways = list(plan["payment"])
    return maker.chance.choice([*ways, *(way for way in ways if way in {"card", "invoice"})])


def start(maker: Maker) -> Wish:
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


def add(maker: Maker) -> Wish | None:
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


def numbers(maker: Maker, sub: Subscription) -> dict[str, Any]:
    """Some of its seats, or how many."""
    if maker.chance.random() < 0.4 or not sub.seats:
        return {"quantity": maker.chance.choice((1, 1, 2))}
    found = list(sub.seats)
    if maker.chance.random() < 0.05:
        return {"seat_numbers": [99]}
    count = maker.chance.choice((1, 1, 2, len(found)))
    return {"seat_numbers": sorted(maker.chance.sample(found, min(count, len(found))))}


def lessen(maker: Maker) -> Wish | None:
    """Seats are removed, or switched off or on."""
    sub = maker.subscription()
    if sub is None:
        return None
    names = ("RemoveSeats", "RemoveSeats", "RemoveSeats", "DisableAutoRenew", "EnableAutoRenew")
    return Wish(maker.chance.choice(names), {"subscription": sub.name, **numbers(maker, sub)})


def finish(maker: Maker) -> Wish | None:
    """A subscription is cancelled, or kept after all."""
    sub = maker.subscription(ended=maker.chance.random() < 0.05)
    if sub is None:
        return None
    if maker.chance.random() < 0.3:
        return Wish("KeepSubscription", {"subscription": sub.name})
    fields: dict[str, Any] = {"subscription": sub.name}
    when = maker.chance.choice((None, "now", "at_term_end"))
    return Wish("CancelSubscription", fields | ({"when": when} if when else {}))


def change(maker: Maker) -> Wish | None:
    """Another plan for the time after."""
    sub = maker.subscription()
    if sub is None:
        return None
    plans = maker.model.setting.plans
    near = [name for name, one in plans.items() if one["product"] == sub.plan["product"]]
    name = maker.chance.choice(near if maker.chance.random() < 0.8 else list(plans))
    fields = {"subscription": sub.name, "plan": name}
    return Wish("ChangePlan", fields)


def settle(maker: Maker) -> Wish | None:
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


def pay(maker: Maker) -> Wish:
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


def credit_note(maker: Maker) -> Wish | None:
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


def part(maker: Maker, document: Document, number: int) -> dict[str, Any]:
    """A part of a line."""
    line = document.lines[number - 1]
    if maker.chance.random() < 0.35:
        return {"line": number, "seats": maker.chance.choice((1, 1, 2, line.charge.quantity))}
    return {"line": number, "amount": maker.money(maker.some(max(left(line), 1)))}


def grant(maker: Maker) -> Wish:
    """Credit out of goodwill."""
    amount = maker.money(maker.some(maker.chance.randint(1, 20000)))
    return Wish("GrantCredit", {"account": "acme", "amount": amount})


def withdraw(maker: Maker) -> Wish | None:
    """Credit is taken away."""
    found = maker.made(Lot, "GrantCredit")
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


def apply(maker: Maker) -> Wish | None:
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


def reverse(maker: Maker) -> Wish | None:
    """A payment was none."""
    found = maker.made(Payment, "RecordPayment", "StartSubscription", "AddSeats")
    return None if found is None else Wish("ReversePayment", {"payment": found})


def refund(maker: Maker) -> Wish:
    """Money goes back."""
    there = sum(lot.left for lot in maker.account.lots if lot.source != "goodwill")
    amount = maker.money(maker.some(max(there, 1)))
    fields = {"account": "acme", "amount": amount, "method": "bank_transfer"}
    return Wish("RecordRefund", fields)


def details(maker: Maker) -> Wish:
    """The buyer moves, or gets a VAT number."""
    country, number = maker.chance.choice(BUYERS)
    fields = {"account": "acme", "country": country, "vat_number": number}
    return Wish("ChangeBillingDetails", fields)


MAKERS: tuple[tuple[Callable[[Maker], Wish | None], int], ...] = (
    (start, 12), (add, 18), (lessen, 10), (finish, 5), (change, 2), (settle, 14), (pay, 9),
    (credit_note, 18), (grant, 3), (withdraw, 2), (apply, 4), (reverse, 4), (refund, 3),
    (details, 3),
)  # fmt: skip
"""What happens, and how often."""
