"""Random histories on random catalogues: scenarios (CONTRACT 7) as plain data, by a seed.

The model runs beside, so that amounts and references are mostly plausible, now and then not.
A step for which the contract leaves open what happens is left out.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.model.arithmetic import DIGITS, text
from tests.model.cases import shipped
from tests.model.model import Model
from tests.model.random_catalogues import BUYERS, catalogue
from tests.model.records import Account, Document, Lot, Payment, Subscription, Unmodelled
from tests.model.wishes import MAKERS, OWNER, Wish

Step = dict[str, Any]
WAITS = (0, 0, 0, 0, 1, 1, 2, 3, 5, 8, 13, 20, 31, 45, 70)
"""Days between two steps."""

BY_ID = 0.5
"""How often an earlier payment or credit is named by its id, not as the result of a step."""


SHIPPED = ("expressvpn", "goto", "microsoft", "parallels", "secureexchanges")


def history(
    seed: int | str, least: int = 10, most: int | None = None, world: str | None = None
) -> dict[str, Any]:
    """The scenario of a seed, on a catalogue of its own (`world` None, or its currency) or on a
    shipped one; the same seed gives the same one.
    """
    chance = random.Random(f"money/{seed}/{world}")
    sold = shipped(world) if world in SHIPPED else catalogue(chance, world)
    most = most or chance.choice((20, 30, 60))
    return Maker(chance, sold).scenario(seed, chance.randint(least, most))


def any_history(seed: int) -> dict[str, Any]:
    """Five of six on random catalogues, one on a shipped one."""
    return history(seed, world=SHIPPED[seed // 6 % 5] if seed % 6 == 5 else None)


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
        first = "GrantCredit" if kind is Lot else "RecordPayment"
        if step["do"] == first and self.chance.random() < BY_ID:
            return f"{step['command_id']}/1"
        return {"result_of": index, "field": name}


def stamp(moment: datetime) -> str:
    """An instant as a scenario has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
