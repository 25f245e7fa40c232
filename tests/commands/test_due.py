"""Due work: what the calendar of an account asks for, in its order, each once."""

from datetime import date
from typing import Any

import pytest

from commands.due import Due, next_due, next_due_day
from commands.orders import ExpireOrder, PassCreditCheck
from commands.renewals import EndSubscription, RenewSubscription
from commands.statements import RunStatement
from commands.subscriptions import CancelSubscription
from commands.trials import ConvertTrial, StartTrial
from events.fact import Fact
from events.invoices import InvoiceIssued
from events.orders import OrderExpired
from events.subscriptions import SubscriptionEnded, TermStarted
from tests.support.given import SELLER, Story
from tests.support.shop import MONTHLY, bought, buyer, plan, shop, started, sub

LATER = date(2099, 1, 1)


def first(story: Story) -> Due:
    """The first due work there will be."""
    due = next_due(story.state, LATER)
    assert due is not None
    return due


def test_an_account_without_purchases_has_nothing_to_do():
    """Nor has one whose subscriptions have ended."""
    assert next_due(buyer(shop(), "2020-01-01").state, LATER) is None
    over = started(1).done(CancelSubscription, subscription="desk").until("2021-01-01")
    assert next_due_day(over.state) is None


CALENDAR: list[tuple[Story, str, type]] = [
    (started(1), "due/end/desk/2021-01-01", RenewSubscription),
    (
        started(1).done(CancelSubscription, subscription="desk"),
        "due/end/desk/2021-01-01",
        EndSubscription,
    ),
    (started(1, method="bank"), "due/expiry/c1/2020-01-15", ExpireOrder),
    (started(1, method="invoice", **MONTHLY), "due/statement/acme/2020-02-01", RunStatement),
]


@pytest.mark.parametrize(("story", "key", "command"), CALENDAR)
def test_each_piece_has_its_day_its_key_and_its_command(story: Story, key: str, command: type):
    """The key is made of kind, id and day, so that two who do it at once act once."""
    due = first(story)
    assert (due.key, type(due.command)) == (key, command)
    assert next_due_day(story.state) == due.day
    assert next_due(story.state, date(2020, 1, 14)) is None


def test_a_check_has_no_day():
    """It is settled when it is settled; nor does the term that waits for it end."""
    assert next_due(started(1, method="invoice").state, LATER) is None


def test_a_trial_whose_conversion_waits_has_no_end():
    """Only the order's own expiry."""
    story = buyer(shop(desk=plan(trial={"days": 3})), "2020-01-01")
    story = story.done(StartTrial, account="acme", subscription="t", plan="desk", seats=1)
    assert first(story).key == "due/end/t/2020-01-04"
    story = story.done(ConvertTrial, subscription="t", payment_method="bank", order="o1")
    assert first(story).key == "due/expiry/o1/2020-01-15"


def kinds(story: Story, *wanted: type[Fact]) -> list[tuple[str, str]]:
    """Which of these facts happened, in order, each with its first id."""
    names = ("subscription", "invoice", "order")
    return [
        (type(fact).NAME, next(str(getattr(fact, name)) for name in names if hasattr(fact, name)))
        for fact in story.history
        if isinstance(fact, wanted)
    ]


def test_on_a_day_statements_come_first_then_expiries_then_ends_each_by_id():
    """All of it falls due on 1 February."""
    month: dict[str, Any] = {"term": {"months": 1}}
    shelf = shop(
        desk=plan(**month),
        gathered=plan(product="g", **{**MONTHLY, "term": {"months": 12}}),
    )
    story = buyer(shelf, "2020-01-01")
    for name in ("b", "a"):
        story = bought(story, name, "desk", 1)
    story = bought(story, "s", "gathered", 1, "invoice")
    for name in ("z", "y"):
        story = bought(story, name, "desk", 1, "bank", order=f"o-{name}", on="2020-01-18")
    story = story.until("2020-02-01")

    seen = kinds(story, OrderExpired, TermStarted, InvoiceIssued)
    statement = next(i for i, (kind, _id) in enumerate(seen) if "statement" in _id)
    assert [entry for entry in seen[statement + 1 :] if entry[0] != "InvoiceIssued"] == [
        ("OrderExpired", "o-y"),
        ("OrderExpired", "o-z"),
        ("TermStarted", "a"),
        ("TermStarted", "b"),
    ]


def test_work_is_done_day_by_day_however_late():
    """A subscription by the month that nobody looked after renews month by month."""
    story = started(1, term={"months": 1}).until("2020-06-30", done_on="2020-06-30")
    assert [str(fact.term.start) for fact in story.history if isinstance(fact, TermStarted)] == [
        f"2020-{month:02}-01" for month in range(2, 7)
    ]
    assert story.until("2020-06-30").history == story.history


def test_two_terms_that_end_on_one_day_have_two_keys():
    """A check that outlasts the terms it waited for leaves no key that was used before."""
    story = started(1, method="invoice", term={"months": 1})
    story = story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0], on="2020-05-20")
    story = story.until("2020-06-01")
    assert sub(story).term.number == 6
    assert not [fact for fact in story.history if isinstance(fact, SubscriptionEnded)]
