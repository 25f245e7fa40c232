"""A turn in random traffic: whose it is, what there is, and two small numbers that choose."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState
from commands.state.subscriptions import Subscription
from events.money import Money, minor_digits
from events.plans import Plan

T = TypeVar("T")

USERS = 10
DOMAINS = ("example", "else.example")


class Wish(NamedTuple):
    """A command, its fields, and who asks."""

    name: str
    fields: dict[str, Any]
    by: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is and what is known; `a` and `b` choose."""

    account: str
    state: AccountState
    offer: CatalogueState
    a: int
    b: int
    secrets: dict[tuple[str, int], str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    @property
    def boss(self) -> str:
        """Who has every role that buys or assigns."""
        return f"boss@{self.account}.example"

    def user(self, n: int) -> str:
        """One of a few users."""
        n %= USERS
        return f"u{n}@{self.account}.{DOMAINS[n == USERS - 1]}"

    def users(self, start: int, count: int) -> list[dict[str, str]]:
        """Users with their names, to be given seats."""
        return [{"email": self.user(n), "name": f"User {n}"} for n in range(start, start + count)]

    def buyer(self, plan: Plan) -> str:
        """Who may buy the plan, be it by its channel."""
        if plan.channel is not None:
            return f"deal@{self.account}.example"
        return f"owner@{self.account}.example" if "owner" in plan.may_buy else self.boss

    def assigner(self, plan: Plan) -> str:
        """Who may give seats of the plan."""
        return f"owner@{self.account}.example" if "owner" in plan.may_assign else self.boss

    def plan(self, n: int) -> tuple[str, Plan]:
        """One of the plans on offer."""
        names = [name for name in self.offer.plan_names() if not self.offer.is_withdrawn(name)]
        name = pick(names or list(self.offer.plan_names()), n)
        version = self.offer.newest(name, self.state.opened_on or _never())
        if version is None:
            version = self.offer.plan_version(name, 1)
        return name, version.terms

    def plan_of(self, sub: Subscription) -> Plan:
        """The terms of a subscription's plan."""
        return self.offer.plan_version(sub.plan, sub.plan_version).terms

    def live(self, n: int, *kinds: str) -> Subscription | None:
        """One of the subscriptions that go on, of these kinds; now and then an ended one."""
        names = [
            name
            for name in self.state.live
            if not kinds or self.state.subscriptions[name].kind in kinds
        ]
        if n % 23 == 22 and len(self.state.subscriptions):
            names = sorted(self.state.subscriptions)
        return self.state.subscriptions[pick(names, n)] if names else None

    def holders(self, sub: Subscription) -> list[Any]:
        """Who holds seats of a subscription, as a command names them, by seat."""
        found: list[Any] = []
        for _, holder in sorted(sub.holders.items()):
            if holder.other is not None:
                found.append({"kind": holder.other.kind, "id": holder.other.id})
            elif holder.person in self.people:
                found.append(self.people[holder.person])
        return found

    def new(self) -> str:
        """An id that no subscription has."""
        return f"{self.account}-{len(self.state.subscriptions) + len(self.state.cart) + 1}"


def pick(choices: Sequence[T], n: int) -> T:
    """One of them; the first for 0."""
    return choices[n % len(choices)]


def _never() -> Any:
    raise AssertionError("an account buys once it is open")


def seats_of(plan: Plan, n: int) -> int:
    """A number of seats that the plan takes."""
    return plan.seats.minimum + pick((0, 1, 3, 5, 12, 47, 105), n)


def money(turn: Turn, major: int) -> dict[str, str]:
    """An amount in the account's currency."""
    return _given(major * 10 ** minor_digits(turn.state.currency), turn)


def amount_near(turn: Turn, minor: int, n: int) -> dict[str, str]:
    """All of an amount for 0, else all, a part, or a unit less or more; never nothing."""
    near = (minor, minor // 2, minor, minor // 3, minor - 1, minor, minor + 1, 1)
    return _given(max(pick(near, n), 1), turn)


def _given(minor: int, turn: Turn) -> dict[str, str]:
    amount = Money(minor, turn.state.currency)
    return {"amount": amount.amount, "currency": amount.currency}
