"""The model: a scenario (CONTRACT 7) in, what every step and every document should be out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.model import commands, ending
from tests.model.arithmetic import price, text
from tests.model.buying import charged, pending, settle_orders
from tests.model.documents import Setting, is_whole, tax_group
from tests.model.records import (
    Document,
    Order,
    Record,
    Refused,
    Subscription,
    Unmodelled,
    World,
    put_back,
    saved,
)


@dataclass
class Predicted:
    """What the model says; `unmodelled` is why it says no more from there on."""

    steps: list[str] = field(default_factory=list)
    unmodelled: str | None = None
    seats: dict[str, Any] = field(default_factory=dict)
    renewals: dict[str, Any] = field(default_factory=dict)
    invoices: list[dict[str, Any]] = field(default_factory=list)
    credit: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)


def instant(given: object) -> datetime:
    """An instant as YAML or a test gives it."""
    if isinstance(given, datetime):
        return given.replace(tzinfo=given.tzinfo or UTC)
    return datetime.fromisoformat(str(given))


class Model:
    """A history as it goes on; `setting` may be looked at by whoever makes histories."""

    def __init__(self, catalogue: Mapping[str, Any], start: object) -> None:
        Record.made.clear()
        seller = catalogue["seller"]
        zone = ZoneInfo(seller["time_zone"])
        self.setting = Setting(seller, catalogue["plans"], seller["currency"], zone, World())
        self.setting.now = instant(start)
        self.stuck = self.broken = False

    def advance(self, to: object) -> None:
        """5.1: a scenario's clock stops at each due day on its way."""
        setting = self.setting
        target = instant(to)
        day = target.astimezone(setting.zone).date()
        stuck: set[tuple[int, str]] = set()
        while (work := ending.next_due(setting, stuck)) is not None and work[0] <= day:
            setting.now = max(setting.now, ending.midnight(work[0], setting.zone))
            setting.made = {}
            if self.complete_orders():
                continue  # what is covered does not expire
            before = saved() if cannot_tax(setting) else None
            try:
                ending.do_due(setting, work)
            except Refused:
                assert before is not None
                put_back(before)
                stuck.add(work[1:3])
            self.complete_orders()
        setting.now = target
        self.stuck = bool(stuck)
        self.complete_orders()

    def complete_orders(self) -> bool:
        """5.27: with the next command or tick an order completes that is covered."""
        found = False
        for account in self.setting.world.accounts.values():
            found |= settle_orders(self.setting, account)
        return found

    def step(self, index: int, step: Mapping[str, Any]) -> str:
        """What a step comes to: `accepted`, or the code of its refusal.

        Unmodelled leaves all as it was, but for due work: `broken` is then set.
        """
        self.broken = True
        self.advance(step["at"])
        self.broken = False
        if self.stuck and step["do"] in commands.NEEDS_DUE_WORK:
            return "invoice.vat_rate_unknown"
        before = saved()
        setting = self.setting
        setting.made = {}
        try:
            commands.do(setting, index, step)
            self.complete_orders()
            if self.stuck:
                self.advance(step["at"])
        except Refused as refused:
            put_back(before)
            return refused.code
        except Unmodelled:
            put_back(before)
            raise
        if step.get("dry_run"):
            put_back(before)
        else:
            setting.world.results[index] = dict(setting.made)
        return "accepted"

    def standing(self, steps: list[str], unmodelled: str | None = None) -> Predicted:
        """How everything stands."""
        setting, world = self.setting, self.setting.world
        said = Predicted(steps, unmodelled)
        for name, subscription in world.subscriptions.items():
            said.seats[name] = seats(setting, subscription)
            renewal = renews(setting, subscription)
            if renewal is not None:
                said.renewals[name] = renewal
        said.invoices = [document(setting, one) for one in world.documents.values()]
        for name, account in world.accounts.items():
            amount = sum(lot.left for lot in account.lots)
            said.credit[name] = text(amount, setting.currency)
        said.orders = {name: status(order) for name, order in world.orders.items()}
        return said


def cannot_tax(setting: Setting) -> bool:
    """Whether due work may be refused: a VAT rate is missing (5.29)."""
    try:
        for account in setting.world.accounts.values():
            tax_group(setting, account, setting.day)
    except Refused:
        return True
    return False


def predict(scenario: Mapping[str, Any], catalogue: Mapping[str, Any]) -> Predicted:
    """What a scenario should come to."""
    model = Model(catalogue, scenario["start"])
    steps: list[str] = []
    why = None
    try:
        for index, step in enumerate(scenario["steps"]):
            steps.append(model.step(index, step))
        if scenario.get("until") is not None:
            model.advance(scenario["until"])
    except Unmodelled as unmodelled:
        why = f"{len(steps)}: {unmodelled}"
    return model.standing(steps, why)


def status(order: Order) -> str:
    """CONTRACT 7: statuses of orders."""
    if order.status != "waiting":
        return order.status
    checks = order.policy == "after_credit_check"
    return "pending_credit_check" if checks else "pending_payment"


def seats(setting: Setting, subscription: Subscription) -> dict[str, int]:
    """CONTRACT 7: seats of a subscription; ended: zeros."""
    waits = 0 if subscription.ended else pending(setting, subscription)
    usable = len(subscription.seats)
    return {
        "total": usable + waits,
        "usable": usable,
        "pending": waits,
        "assigned": len(subscription.holders),
        "renewing": len(subscription.renewing),
    }


def renews(setting: Setting, subscription: Subscription) -> dict[str, Any] | None:
    """CONTRACT 7: only what will renew; the total before tax and credit."""
    going = len(subscription.renewing)
    if not going:
        return None
    plan = setting.plans[subscription.next_plan or subscription.plan_name]
    total = charged(setting, price(plan, 0, going))
    return {
        "renewal_date": subscription.end.isoformat(),
        "seats": going,
        "total": text(total, setting.currency),
    }


def days(first: date, last: date) -> tuple[str, str]:
    """Dates as the answer has them."""
    return first.isoformat(), last.isoformat()


def document(setting: Setting, made: Document) -> dict[str, Any]:
    """CONTRACT 7: an invoice or a credit note."""
    currency = setting.currency
    note = made.kind == "credit_note"
    answer: dict[str, Any] = {
        "number": made.number,
        "kind": made.kind,
        "account": made.account.name,
        "issued_on": made.issued_on.isoformat(),
        "net": text(made.net, currency),
        "tax": text(made.tax, currency),
        "total": text(made.total, currency),
        "credit_used": text(made.credit_used, currency),
        "paid": text(made.paid, currency),
        "due": text(made.due, currency),
    }
    if note:
        assert made.corrects is not None
        answer["status"] = "issued"
        answer["corrects"] = made.corrects.number
        answer["lines"] = sorted((text(one, currency), name) for one, name in made.amounts)
        return answer
    credited = made.notes and is_whole(made) and made.due == 0
    answer["status"] = "credited" if credited else "open" if made.due else "paid"
    answer["lines"] = sorted(
        (text(line.amount, currency), line.charge.subscription.name)
        if line.charge.takes is not None
        else (
            text(line.amount, currency),
            line.charge.subscription.name,
            str(line.charge.quantity),
            *days(line.start, line.end),
        )
        for line in made.lines
    )
    return answer
