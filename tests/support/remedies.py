"""States in which commands are refused, and the walk from a refusal to what its remedy names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from commands.decision import Command
from commands.product_keys import RedeemProductKey
from commands.purchases import AddSeats
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription, ChangePlan
from commands.trials import ConvertTrial, StartTrial
from tests.support.given import SELLER, Story
from tests.support.shop import bought, buyer, plan, shop, sub

ANN = {"email": "ann@acme.example", "name": "Ann"}
BOB = {"email": "bob@acme.example", "name": "Bob"}
KEYS = ["AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", "BBBBB-CCCCC-DDDDD-EEEEE-FFFFF"]
DESK = {"subscription": "desk"}
ACME = {"account": "acme"}
NEW = {"account": "acme", "subscription": "new", "seats": 2, "payment_method": "card"}
WHOLE = {"renewal": {"auto": True, "per_seat": False}}
RESELLER = {"kind": "reseller", "name": "Northwind", "contact": "northwind.example"}
ROBOT = {"kind": "agent", "id": "crawler-7"}

Step = tuple[type[Command], Mapping[str, Any]]


def shelf(**desk: Any) -> dict[str, Any]:
    """What is bought here; `desk` can be tried, and its seats are activated by a code."""
    keys = tuple({"key": key, "plan": "desk", "seats": 2} for key in KEYS)
    return shop(
        keys=keys,
        desk=plan(**{"trial": {"days": 30}, "activation": "code", **desk}),
        small=plan(seats={"minimum": 4, "maximum": 8}),
        month=plan(term={"months": 1}),
        chair=plan(product="chair"),
        applied=plan(product="applied", requires=["approved_application"]),
        transfer=plan(product="transfer", payment={"transfer": "when_paid"}),
        both=plan(product="both", payment={"transfer": "when_paid", "card": "at_once"}),
        checked=plan(product="checked", requires=["approved_email_domain"]),
        sold=plan(product="sold", channel=RESELLER),
        moving=plan(product="moving", change_resets_term=True),
    )


def buying(**desk: Any) -> Story:
    """An account that has bought nothing yet."""
    return buyer(shelf(**desk), "2020-01-01", approved=False)


def having(seats: int = 6, /, **desk: Any) -> Story:
    """A subscription `desk`."""
    return bought(buying(**desk), "desk", "desk", seats)


def trying(**desk: Any) -> Story:
    """A trial `desk` of three seats."""
    return buying(**desk).done(StartTrial, **ACME, **DESK, plan="desk", seats=3)


def prepaid() -> Story:
    """Two seats by a product key."""
    return buying().done(RedeemProductKey, **ACME, **DESK, key=KEYS[0])


def holding(**desk: Any) -> Story:
    """Ann holds seat 1."""
    return having(**desk).done(AssignSeat, **DESK, **ANN)


def full(story: Story) -> Story:
    """Every seat of `desk` is given away."""
    for number in range(len(sub(story).free)):
        email = f"u{number}@acme.example"
        story = story.done(AssignSeat, **DESK, email=email, name="U")
    return story


def cancelled(**desk: Any) -> Story:
    """A subscription that ends with its term."""
    return having(**desk).done(CancelSubscription, **DESK)


def followed() -> Story:
    """New seats of another plan follow the cancelled subscription."""
    return cancelled().done(ChangePlan, **DESK, plan="month", seats=2)


def changing() -> Story:
    """The small plan, of at most eight seats, takes over when the term ends."""
    return having().done(ChangePlan, **DESK, plan="small")


def waiting() -> Story:
    """Two seats wait for their money, by the order `o`."""
    more = {"quantity": 2, "payment_method": "bank", "order": "o"}
    return having(3).done(AddSeats, **DESK, **more)


def converting() -> Story:
    """The trial waits for the money of its order `o`."""
    return trying().done(ConvertTrial, **DESK, payment_method="bank", order="o")


def carried_over() -> Story:
    """What `desk` was worth paid for `team`."""
    catalogue = shop(desk=plan(), team=plan(product="team", carries_over_from=["desk"]))
    story = bought(buyer(catalogue, "2020-01-01"), "desk", "desk", 2)
    return bought(story, "team", "team", 2)


def two_plans() -> Story:
    """Ann holds a seat of `desk` and one of another plan of the product."""
    return bought(holding(), "other", "month", 2, assign=[ANN])


def becoming() -> Story:
    """`other`, where Ann holds a seat, goes on by the plan of `desk`."""
    story = bought(having(), "other", "month", 2, assign=[ANN])
    return story.done(ChangePlan, subscription="other", plan="desk")


@dataclass(frozen=True)
class Walk:
    """A refusal and the way out of it; `words` stand in the remedy.

    `steps` are the commands that the remedy names; `again`: then the command itself is accepted.
    """

    code: str
    state: Callable[[], Story]
    refused: Step
    words: str
    steps: tuple[Step, ...]
    again: bool = True

    def taken(self) -> None:
        """Go the way: refused, what the remedy names accepted, and then the command itself."""
        command, fields = self.refused
        story = self.state()
        outcome = story.when(command, **fields)
        assert outcome.refusal is not None, f"accepted: {outcome.facts}"
        assert outcome.refusal.code == self.code, outcome.refusal
        assert self.words in outcome.refusal.remedy, outcome.refusal
        for step, arguments in self.steps:
            story = story.when(step, made=MADE, **arguments).accepted()
        if self.again and self.steps:
            story.when(command, made=MADE, **fields).accepted()

    def __str__(self) -> str:
        """What a walk is called."""
        return f"{self.code}-{self.refused[0].__name__}"


def once(*steps: Step) -> tuple[Step, ...]:
    """The commands that a remedy names."""
    return steps


SELLERS = {"by": SELLER}


def euros(amount: str, currency: str = "EUR") -> dict[str, Any]:
    """An amount that the seller records."""
    return {"amount": {"amount": amount, "currency": currency}, **SELLERS}


CONVERT = (ConvertTrial, DESK | {"payment_method": "card"})
MADE = {"activation": "sha256:0"}
"""What the service makes before a decision."""
