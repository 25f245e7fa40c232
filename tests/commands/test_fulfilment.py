"""Delivery: what completes an order, on the day itself or long after it was placed."""

import pytest

from commands.fulfilment import order_due
from commands.orders import PassCreditCheck
from commands.payments import GrantCredit, RecordPayment
from commands.purchases import AddSeats, StartSubscription
from commands.removals import DisableAutoRenew
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription
from events.charges import Charged, ChargeSeatsListed
from events.money import Money
from events.orders import OrderCancelled, OrderCompleted
from events.seat_numbers import SeatNumbers
from events.seats import SeatAssigned, SeatsAdded, SeatsEnded
from events.subscriptions import SubscriptionEnded
from tests.support.given import SELLER, Story, person
from tests.support.shop import (
    MONTHLY,
    PER_PERIOD,
    TAXED,
    bought,
    credit,
    due,
    every,
    invoices,
    lines,
    plan,
    republished,
    shop,
    started,
    sub,
)

ANN = {"email": "ann@acme.example", "name": "Ann"}
BOB = {"email": "bob@acme.example", "name": "Bob"}


def ordered(story: Story, seats: int = 2, on: str = "2020-12-28", **more: object) -> Story:
    """The story with an order o2 for seats more that waits for a bank transfer."""
    fields = {"subscription": "desk", "quantity": seats, "payment_method": "bank", "order": "o2"}
    return story.done(AddSeats, on=on, **{**fields, **more})


def paid(story: Story, on: str) -> Story:
    """The story after due work and the payment of o2."""
    return story.until(on).done(RecordPayment, by=SELLER, order="o2", on=on)


def test_what_waited_keeps_the_amounts_and_the_period_of_its_day():
    """The invoice is that of the preview, however much later it is issued."""
    outcome = started(10).when(
        AddSeats,
        subscription="desk",
        quantity=2,
        payment_method="bank",
        order="o2",
        on="2020-11-16",
    )
    story = paid(outcome.accepted(), "2020-11-29")

    expected = outcome.preview["invoice"]
    assert lines(invoices(story)[-1]) == [
        ("seats_added", 2, "2020-11-16", "2021-01-01", expected["total"]["amount"])
    ]
    assert str(every(story, Charged)[-1].usable_on) == "2020-11-29"


def test_a_tax_rate_that_changed_in_between_is_that_of_the_day_of_issue():
    """Nothing but the rate may differ from the preview."""
    rates = [{"country": "FR", "rate": "20", "from": "2000-01-01"}]
    seller = {**TAXED, "vat": [*rates, {"country": "FR", "rate": "10", "from": "2021-01-01"}]}
    story = started(1, seller=seller, account={"country": "FR"}, term={"months": 24})
    story = paid(ordered(story, 1), "2021-01-05")

    assert [invoice.tax.amount for invoice in invoices(story)] == ["48.00", "12.13"]
    assert invoices(story)[-1].net.amount == "121.29"


@pytest.mark.rule("EV-08")
def test_an_order_that_waited_across_a_renewal_pays_the_new_term_too():
    """Its own invoice as ordered, paid; the term that began meanwhile by another one, open."""
    story = paid(ordered(started(10)), "2021-01-04")

    assert [lines(invoice) for invoice in invoices(story)[1:]] == [
        [("renewal", 10, "2021-01-01", "2022-01-01", "1200.00")],
        [("seats_added", 2, "2020-12-28", "2021-01-01", "2.58")],
        [("renewal", 2, "2021-01-01", "2022-01-01", "240.00")],
    ]
    assert [due(story, index) for index in (1, 2, 3)] == ["0.00", "0.00", "240.00"]
    assert [list(charge.seats) for charge in every(story, Charged)[-2:]] == [[11, 12], [11, 12]]
    assert len(sub(story).renewing) == 12
    later = invoices(story.until("2022-01-01"))[-1]
    assert later.net.amount == "1440.00"


def test_a_whole_term_that_went_by_is_not_charged():
    """An order that a check holds up for months pays its own term and the present one."""
    story = started(2, term={"months": 1})
    story = ordered(story, 1, on="2020-01-16", payment_method="invoice").until("2020-04-03")
    story = story.done(PassCreditCheck, by=SELLER, order="o2", on="2020-04-03")

    assert [lines(invoice) for invoice in invoices(story)[-2:]] == [
        [("seats_added", 1, "2020-01-16", "2020-02-01", "5.16")],
        [("renewal", 1, "2020-04-01", "2020-05-01", "10.00")],
    ]


def test_an_order_is_cancelled_with_the_end_of_its_subscription():
    """What had come for it becomes credit; the seats never come."""
    story = ordered(started(10).done(CancelSubscription, subscription="desk"))
    part = {"amount": "1.00", "currency": "EUR"}
    story = story.done(RecordPayment, by=SELLER, order="o2", amount=part).until("2021-01-01")

    assert [fact.order for fact in every(story, OrderCancelled)] == ["o2"]
    assert credit(story) == "1.00"
    assert [type(fact) for fact in story.history[-2:]] == [SeatsEnded, SubscriptionEnded]


@pytest.mark.rule("SE-04")
def test_users_of_an_order_that_waited_get_what_is_free_by_then():
    """Who got a seat of the plan meanwhile, here or elsewhere, is left out."""
    story = started(1)
    story = ordered(story, 2, assign=[ANN, BOB, {**BOB, "email": "c@acme.example"}])
    story = bought(story, "other", "desk", 1).done(AssignSeat, subscription="other", **ANN)
    story = story.done(AssignSeat, subscription="desk", **BOB)
    story = paid(story, "2020-12-29")

    holders = {fact.person for fact in every(story, SeatAssigned)}
    assert holders == {person(f"{name}@acme.example").person for name in ("ann", "bob", "c")}
    assert len(every(story, SeatAssigned)) == 3
    assert len(sub(story).free) == 1


def test_what_is_due_for_an_order_counts_credit_and_payments():
    """It is found without a trace: asking twice, or not at all, changes no decision."""
    story = ordered(started(10), 2)
    policy = story.when(GrantCredit, by=SELLER, account="acme", amount=_eur("1.00")).policy
    assert policy is not None
    before = policy.trace.ids
    order = story.state.orders["o2"]

    assert order_due(story.state, policy, order) == Money(258, "EUR")
    assert order_due(story.state, policy, order) == Money(258, "EUR")
    assert policy.trace.ids == before


def _eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def test_ids_inside_a_decision_are_counted_without_gaps():
    """What is tried out in a copy uses up none of them."""
    outcome = ordered(started(10)).when(RecordPayment, by=SELLER, order="o2")
    ids = {
        getattr(fact, name)
        for fact in outcome.facts
        for name in ("payment", "invoice", "credit")
        if hasattr(fact, name)
    }
    assert ids == {f"c{outcome.story.commands}/{n}" for n in (1, 2)}


@pytest.mark.rule("MS-12")
def test_what_is_paid_by_invoice_waits_for_the_statement():
    """Charged when the seats are usable, invoiced on the first of the next month."""
    story = started(1, method="invoice", **MONTHLY)
    charge = every(story, Charged)[0]

    assert not invoices(story)
    assert (str(charge.statement_on), charge.split) == ("2020-02-01", False)
    story = story.until("2020-02-01")
    assert [str(invoice.statement) for invoice in invoices(story)] == ["2020-02-01"]


def test_a_charge_of_nothing_waits_for_no_statement():
    """There is nothing to gather, so nothing falls due."""
    free = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "0.00"}]}
    story = started(1, method="invoice", price=free, **MONTHLY, proration={"by": "days"})

    assert every(story, Charged)[0].statement_on is None
    assert not invoices(story.until("2020-12-31"))


def test_many_ranges_of_seats_go_over_several_facts():
    """A charge names all the seats it pays for, in parts that fit into a fact."""
    story = started(40_000, seats={"minimum": 1})
    odd = list(range(1, 40_001, 2))
    story = story.done(DisableAutoRenew, subscription="desk", seat_numbers=odd)
    story = story.until("2021-01-01")
    listed = [every(story, Charged)[-1].seats]
    listed += [fact.seats for fact in every(story, ChargeSeatsListed)]

    together = SeatNumbers()
    for part in listed:
        assert len(part.ranges()) <= 8000
        together |= part
    assert len(listed) == 3
    assert together == sub(story).usable


def test_seats_get_their_numbers_when_they_become_usable():
    """In the order in which orders complete, not in which they are placed."""
    story = ordered(started(2), 3, on="2020-02-01")
    story = story.done(AddSeats, subscription="desk", quantity=1)
    assert every(story, SeatsAdded)[-1].seats == SeatNumbers.span(3, 3)

    story = story.done(RecordPayment, by=SELLER, order="o2")
    assert every(story, SeatsAdded)[-1].seats == SeatNumbers.span(4, 6)


def test_a_first_order_that_a_check_held_up_beyond_its_term_renews_afterwards():
    """Nothing falls due before the pass; then the terms that went by are caught up with."""
    story = started(1, method="invoice", term={"months": 1}).until("2020-03-20")
    assert not every(story, Charged)
    order = story.state.waiting[0]
    story = story.done(PassCreditCheck, by=SELLER, order=order).until("2020-03-20")

    assert [str(charge.period.start) for charge in every(story, Charged)] == [
        "2020-01-01",
        "2020-02-01",
        "2020-03-01",
    ]


def test_a_newer_version_does_not_reach_an_order_that_waits():
    """An order keeps the version of its day, and so does the term that it begins."""
    story = bought(started(1), "new", "desk", 1, "bank", order="o3")
    dear = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "999.00"}]}
    story = republished(story, shop(desk=plan(price=dear, **{"from": "2020-01-01"})))
    story = story.done(RecordPayment, by=SELLER, order="o3", on="2020-01-03")

    assert invoices(story)[-1].net.amount == "120.00"
    assert sub(story, "new").plan_version == 1
    assert len(every(story, OrderCompleted)) == 2
    story.when(
        StartSubscription,
        account="acme",
        subscription="x",
        plan="desk",
        seats=1,
        payment_method="card",
    ).accepted()


@pytest.mark.rule("PA-04")
def test_what_is_usable_when_paid_waits_for_no_statement():
    """Where a plan takes invoices and wants the money first, the order is invoiced by itself."""
    story = started(1, method="invoice", **{**MONTHLY, "payment": {"invoice": "when_paid"}})
    assert not sub(story).usable
    story = story.done(RecordPayment, by=SELLER, order=story.state.waiting[0])
    assert (len(sub(story).usable), due(story)) == (1, "0.00")
    assert str(every(story.until("2021-01-01"), Charged)[-1].statement_on) == "2021-02-01"
