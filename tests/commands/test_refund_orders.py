"""Money put right in any order: what came in is kept or went back (GEN-23; ALL-09)."""

import pytest

from commands.credit_notes import IssueCreditNote
from commands.payments import GrantCredit, RecordPayment
from commands.purchases import AddSeats
from commands.refunds import ApplyCredit, WithdrawCredit
from events.payments import PaymentRecorded
from tests.support import conserved
from tests.support.given import SELLER, Story
from tests.support.owing import NEVER, WAYS, eur, lot, named, on_account, paid, refunding, reversing
from tests.support.shop import TAXED, bought, buyer, due, every, invoices, plan, shop

STEPS = ("reverse", "refund", "note", "apply", "withdraw", "pay")


def after(story: Story, step: str) -> Story:
    """The story after a step, or as it was where it is refused."""
    open_ = [index for index, _ in enumerate(invoices(story)) if due(story, index) != "0.00"]
    match step:
        case "reverse":
            alive = [
                payment
                for payment in every(story, PaymentRecorded)
                if not story.state.books.payments[payment.payment].reversed
            ]
            outcome = reversing(story, alive[0].payment if alive else NEVER)
        case "refund":
            outcome = refunding(story, "7.77")
        case "note":
            lines = [{"line": 1, "amount": eur("33.33")}]
            outcome = story.when(IssueCreditNote, **named(story), lines=lines, settle="refund")
        case "apply":
            outcome = story.when(ApplyCredit, **named(story, open_[0] if open_ else 0))
        case "withdraw":
            outcome = story.when(
                WithdrawCredit, by=SELLER, account="acme", credit=lot(story), amount=eur("1.00")
            )
        case _:
            outcome = story.when(RecordPayment, **named(story, open_[-1] if open_ else 0))
    return story if outcome.refusal is not None else outcome.accepted()


@pytest.mark.rule("GEN-23", "GEN-22", "ALL-09")
@pytest.mark.parametrize("first", STEPS)
@pytest.mark.parametrize("second", STEPS)
def test_in_any_order_money_is_kept_or_went_back(first: str, second: str):
    """Two seats, one more with a moved date, goodwill, money too much: then any four steps."""
    terms = {**WAYS, "change_resets_term": True, "proration": {"by": "days"}}
    story = buyer(shop(seller=TAXED, desk=plan(**terms)), "2020-01-01", country="FR")
    story = bought(story, "desk", "desk", 2, "invoice")
    story = paid(story)
    story = story.done(GrantCredit, by=SELLER, account="acme", amount=eur("10.00"))
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-05-05")
    story = on_account(story, "55.55")
    for third in STEPS:
        for fourth in STEPS:
            played = story
            for step in (first, second, third, fourth):
                played = after(played, step)
                conserved.check(played.state, played.history)
