"""When a purchase is paid: at once, on account, when the money is there, after a check."""

from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import pytest

from commands.carts import AddToCart, PlaceOrder
from commands.payment_timing import SLOWNESS, slowest_timing
from commands.payments import RecordPayment
from commands.purchases import AddSeats, StartSubscription
from commands.state.catalogue import evolve_catalogue
from commands.trials import ConvertTrial, StartTrial
from events.catalogue import PlanPublished
from events.charges import Charged
from events.orders import OrderPlaced
from events.payments import PaymentRecorded
from tests.events.test_plans import terms
from tests.support.given import SELLER, Story
from tests.support.shop import bought, buyer, credit, due, every, invoices, plan, shop, started, sub

ON_ACCOUNT = {"payment": {"card": "at_once", "invoice": "on_account"}}
GATHERED = {**ON_ACCOUNT, "statement": "monthly"}


def on_account(seats: int = 2, **changes: Any) -> Story:
    """A subscription that was bought on account."""
    return started(seats, method="invoice", **{**ON_ACCOUNT, **changes})


@pytest.mark.parametrize("pair", list(combinations_with_replacement(SLOWNESS, 2)))
def test_the_slowest_plan_decides_in_whatever_order(pair: tuple[str, str]):
    """Of two plans the slower timing holds, whichever comes first."""
    plans = [terms(payment={"invoice": timing}) for timing in pair]

    assert slowest_timing(plans, "invoice") == slowest_timing(plans[::-1], "invoice") == pair[1]


@pytest.mark.rule("GEN-01")
def test_on_account_seats_are_usable_at_once_and_the_invoice_is_open():
    """Nobody has paid: all of the invoice is due, by its own day, and no payment is recorded."""
    story = on_account()
    placed, invoice = every(story, OrderPlaced)[0], invoices(story)[0]

    assert len(sub(story).usable) == 2
    assert (placed.timing, placed.expires_on, placed.charges) == ("on_account", None, ())
    assert story.state.orders[placed.order].status == "completed"
    assert not every(story, PaymentRecorded)
    assert due(story) == invoice.total.amount == "240.00"
    assert (str(invoice.issued_on), str(invoice.due_on)) == ("2020-01-01", "2020-01-31")


@pytest.mark.rule("GEN-01")
def test_the_open_invoice_is_paid_when_the_money_comes():
    """A payment reported on the invoice covers it; what was bought needs no more of it."""
    story = on_account()
    number = invoices(story)[0].invoice
    paid = story.when(
        RecordPayment, by=SELLER, invoice="D-2020-000001", made={"invoice": number}, on="2020-01-20"
    ).then(PaymentRecorded)

    assert due(paid) == credit(paid) == "0.00"


@pytest.mark.rule("GEN-01")
def test_a_renewal_on_account_is_open_too():
    """Each term's invoice is open; seats added by card in between are paid at once."""
    story = on_account().done(
        AddSeats, subscription="desk", quantity=1, payment_method="card", on="2020-07-01"
    )
    assert due(story) == "0.00"

    renewed = story.until("2021-01-01")
    assert due(renewed) == invoices(renewed)[-1].total.amount == "360.00"
    assert len(every(renewed, PaymentRecorded)) == 1


@pytest.mark.rule("GEN-01")
def test_with_a_monthly_statement_the_charge_waits_for_it():
    """Usable at once, no invoice yet; the statement holds the charge, open, and the renewal's."""
    story = on_account(**{**GATHERED, "term": {"months": 1}})
    assert len(sub(story).usable) == 2
    assert not invoices(story)
    assert str(every(story, Charged)[0].statement_on) == "2020-02-01"

    stated = story.until("2020-03-01")
    assert [document.total.amount for document in invoices(stated)] == ["20.00", "20.00"]
    assert not every(stated, PaymentRecorded)


@pytest.mark.rule("GEN-01", "ALL-02")
@pytest.mark.parametrize("changes", [ON_ACCOUNT, GATHERED])
def test_the_preview_shows_what_will_be_due(changes: dict[str, Any]):
    """The whole amount is due, on the invoice or the statement to come."""
    story = buyer(shop(desk=plan(**changes)), "2020-01-01")
    fields = {"subscription": "desk", "plan": "desk", "seats": 2, "payment_method": "invoice"}
    shown = story.when(StartSubscription, account="acme", **fields).preview

    assert shown["invoice"] is not None
    assert shown["invoice"]["total"] == shown["invoice"]["due"]
    assert shown["invoice"]["due"] == {"amount": "240.00", "currency": "EUR"}


@pytest.mark.rule("GEN-01")
def test_a_trial_is_converted_on_account():
    """The full term begins that day, on an open invoice."""
    story = buyer(shop(desk=plan(**ON_ACCOUNT, trial={"days": 30})), "2020-01-01")
    story = story.done(StartTrial, account="acme", subscription="desk", plan="desk", seats=3)
    story = story.done(ConvertTrial, subscription="desk", payment_method="invoice", on="2020-01-15")

    assert (sub(story).kind, len(sub(story).usable)) == ("paid", 3)
    assert due(story) == "360.00"
    assert not every(story, PaymentRecorded)


def cart(first: str, second: str, **changes: Any) -> Story:
    """A cart of two plans that take `invoice` in these ways, ordered by it."""
    shelf = shop(
        desk=plan(payment={"invoice": first}, **changes),
        lamp=plan(product="lamp", payment={"invoice": second}),
    )
    story = buyer(shelf, "2020-01-01")
    for name in ("desk", "lamp"):
        story = story.done(AddToCart, account="acme", subscription=name, plan=name, seats=1)
    return story.done(PlaceOrder, account="acme", payment_method="invoice", order="o1")


@pytest.mark.rule("GEN-01", "SE-03")
@pytest.mark.parametrize("slower", ["when_paid", "after_credit_check"])
def test_a_cart_waits_for_its_slowest_plan(slower: str):
    """What could be had on account waits with the plan that is not, all or nothing."""
    story = cart("on_account", slower)

    assert every(story, OrderPlaced)[0].timing == slower
    assert not sub(story, "desk").usable
    assert not invoices(story)


@pytest.mark.rule("GEN-01", "SE-03")
def test_a_cart_that_waits_for_its_money_is_invoiced_with_it():
    """Also what a statement would gather: nobody is asked twice for what was paid in advance."""
    story = cart("on_account", "when_paid", statement="monthly")
    amount = {"amount": "240.00", "currency": "EUR"}
    story = story.done(RecordPayment, by=SELLER, order="o1", amount=amount, on="2020-01-02")

    assert [document.total.amount for document in invoices(story)] == ["240.00"]
    assert due(story) == "0.00"
    assert {charge.statement_on for charge in every(story, Charged)} == {None}


@pytest.mark.rule("GEN-01")
def test_credit_pays_an_open_invoice_first():
    """What the account has as credit is used at the issue; the rest is due."""
    story = bought(
        buyer(shop(desk=plan(**ON_ACCOUNT)), "2020-01-01").done(
            RecordPayment, by=SELLER, account="acme", amount={"amount": "100.00", "currency": "EUR"}
        ),
        "desk",
        "desk",
        1,
        "invoice",
    )

    assert (credit(story), due(story)) == ("0.00", "20.00")


@pytest.mark.rule("GEN-01")
def test_a_version_in_a_log_goes_on():
    """An `invoice: at_once` that was published before it was refused still pays at once."""
    story = buyer(shop(desk=plan(**ON_ACCOUNT)), "2020-01-01")
    before = story.catalogue.plan_version("desk", 1).terms
    old = before.model_copy(update={"payment": {"invoice": "at_once"}})
    published = PlanPublished(catalogue="desks", plan="desk", version=2, terms=old)
    catalogue = evolve_catalogue(story.catalogue, published, story.catalogue.version + 1)
    story = bought(replace(story, catalogue=catalogue), "desk", "desk", 1, "invoice")

    assert due(story) == "0.00"
    assert due(story.until("2021-01-01")) == "0.00"
