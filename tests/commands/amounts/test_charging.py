"""Charges: prices, what is left of a term, and a billing date that moves."""

from dataclasses import replace
from datetime import date

import pytest

from commands.amounts.charging import first_part, full_price, left_of_term, seats_price
from commands.credit_notes import IssueCreditNote
from commands.payments import RecordPayment
from commands.purchases import AddSeats, StartSubscription
from commands.refusals import Refused
from commands.subscriptions import CancelSubscription, ChangePlan
from events.charges import Charged, TermSpan
from events.payments import PaymentRecorded
from events.plans import Plan
from events.subscriptions import TermStarted
from tests.support.given import SELLER, Story, given
from tests.support.shop import (
    GRADUATED,
    PER_PERIOD,
    VOLUME,
    credit,
    due,
    every,
    invoices,
    lines,
    nets,
    plan,
    republished,
    shop,
    started,
    sub,
    term,
)


def terms(**changes: object) -> Plan:
    """The terms of a plan of the shop."""
    return given(shop(desk=plan(**changes))).catalogue.plan_version("desk", 1).terms


@pytest.mark.rule("EV-02")
def test_a_total_below_the_first_tier_is_priced_by_that_tier():
    """A plan may hold fewer seats than its first tier says, at a renewal say."""
    by = terms(price={**VOLUME, "tiers": [{"from": 5, "amount": "10.00"}]}, seats={"minimum": 5})
    assert str(seats_price(by, 3).amount) == "30"
    assert [seats_price(by, total).tier for total in (4, 5, 6)] == [1, 5, 5]


def test_a_renewal_is_quoted_as_it_is_charged():
    """The full price of a term: months x seats x the tier of all of them."""
    span = TermSpan(number=2, anchor=date(2020, 1, 1), start=date(2021, 1, 1), end=date(2022, 1, 1))
    assert full_price(terms(price=VOLUME), span, 12, "EUR").amount == "1152.00"
    assert full_price(terms(price=GRADUATED), span, 12, "EUR").amount == "1320.00"


def test_graduated_seats_cost_what_the_total_costs_more():
    """Price of the new total less price of the old one."""
    story = started(10, price=GRADUATED).done(AddSeats, subscription="desk", quantity=3)
    assert nets(story) == ["1200.00", "180.00"]


def test_nothing_is_left_of_a_term_that_is_not_running():
    """A day outside the term is refused, never charged."""
    story = started(1)
    outcome = story.when(AddSeats, subscription="desk", quantity=1, on="2021-01-01")
    outcome.refused("command.time_out_of_range", "2021-01-01")
    policy = story.when(CancelSubscription, subscription="desk").policy
    assert policy is not None
    held = sub(story)
    assert left_of_term(policy, story.state, held, terms()).numerator == 12
    over = replace(held, term=held.term.model_copy(update={"end": held.term.start}))
    with pytest.raises(Refused):
        left_of_term(policy, story.state, over, terms())


LEFT = [
    ("2020-03-01", {"by": "months", "started_month": "days"}, "100.00"),
    ("2020-03-16", {"by": "months", "started_month": "up"}, "100.00"),
    ("2020-03-16", {"by": "months", "started_month": "down"}, "90.00"),
    ("2020-03-16", {"by": "months", "started_month": "days"}, "95.16"),
    ("2020-03-16", {"by": "days"}, "95.41"),
    ("2020-03-16", {"by": "seconds"}, "95.25"),
    ("2020-03-16", {"by": "none"}, "120.00"),
]


@pytest.mark.parametrize(("on", "proration", "amount"), LEFT)
def test_added_seats_pay_for_what_is_left_by_the_plans_proration(
    on: str, proration: dict[str, str], amount: str
):
    """Months with a started one by days, up or down; days; seconds (bought at noon); none."""
    story = started(1, proration=proration)
    story = story.done(AddSeats, subscription="desk", quantity=1, on=on)
    assert nets(story) == ["120.00", amount]


@pytest.mark.parametrize(("per", "amount"), [("month", "16.13"), ("period", "193.55")])
def test_months_are_counted_from_the_anchor_not_from_a_clamped_start(per: str, amount: str):
    """A month from 28 February to 31 March has 31 days, of which 50 in 31 is no matter."""
    story = started(
        1,
        on="2019-01-31",
        term={"months": 1},
        price={"per": per, "tiering": "volume", "tiers": [{"from": 1, "amount": "10.00"}]}
        if per == "month"
        else PER_PERIOD,
    )
    story = story.until("2019-02-28")
    assert term(story) == (date(2019, 2, 28), date(2019, 3, 31))
    story = story.done(AddSeats, subscription="desk", quantity=5, on="2019-03-21")
    assert nets(story)[-1] == amount


# --------------------------------------------------------------------- change_resets_term (GT-09)

RESET = {"change_resets_term": True, "proration": {"by": "days"}}


@pytest.mark.rule("GT-09")
def test_the_billing_date_becomes_the_date_of_the_change():
    """One invoice, two lines: the rest of the old term back, all seats for a new one."""
    story = started(10, **RESET)
    story = story.done(AddSeats, subscription="desk", quantity=2, on="2020-07-01")

    assert lines(invoices(story)[-1]) == [
        ("unused_credit", 10, "2020-07-01", "2021-01-01", "-603.28"),
        ("seats_added", 12, "2020-07-01", "2021-07-01", "1440.00"),
    ]
    assert term(story) == (date(2020, 7, 1), date(2021, 7, 1))
    assert sub(story).term.anchor == date(2020, 7, 1)
    assert lines(invoices(story.until("2021-07-01"))[-1]) == [
        ("renewal", 12, "2021-07-01", "2022-07-01", "1440.00")
    ]


def test_a_half_is_taken_back_away_from_zero():
    """50 cents and a half for half of a term: 51 cents come back."""
    price = {"per": "period", "tiering": "volume", "tiers": [{"from": 1, "amount": "1.01"}]}
    story = started(1, **{**RESET, "term": {"days": 10}, "price": price})
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-01-06")
    assert lines(invoices(story)[-1])[0][-1] == "-0.51"


def test_a_second_change_on_the_same_day_takes_the_new_term_back_whole():
    """What was charged in the morning is taken back in the afternoon, to the cent."""
    story = started(1, **RESET)
    for _ in range(2):
        story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-07-01")

    assert lines(invoices(story)[-1]) == [
        ("unused_credit", 2, "2020-07-01", "2021-07-01", "-240.00"),
        ("seats_added", 3, "2020-07-01", "2021-07-01", "360.00"),
    ]
    assert sub(story).term.number == 3


def test_a_change_after_a_renewal_takes_back_the_renewed_term_alone():
    """The term before is over and paid."""
    story = started(1, **RESET).until("2021-01-01")
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2021-01-01")
    assert lines(invoices(story)[-1])[0] == (
        "unused_credit",
        1,
        "2021-01-01",
        "2022-01-01",
        "-120.00",
    )


@pytest.mark.rule("EV-17")
def test_a_change_of_a_cancelled_subscription_moves_its_end():
    """All seats get a new term, and end with it."""
    story = started(2, **RESET).done(CancelSubscription, subscription="desk")
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-07-01")

    assert not sub(story).renewing
    assert term(story)[1] == date(2021, 7, 1)
    assert sub(story.until("2021-07-01")).ended


def test_more_taken_back_than_charged_becomes_credit():
    """A total below zero: nothing is due, and the rest is account credit."""
    tiers = [{"from": 1, "amount": "10.00"}, {"from": 11, "amount": "1.00"}]
    story = started(10, **RESET, price={**VOLUME, "tiers": tiers})
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-01-02")

    assert invoices(story)[-1].total.amount == "-1064.72"
    assert (due(story), credit(story)) == ("0.00", "1064.72")


def test_all_seats_of_the_new_term_have_the_tier_of_the_total():
    """Seats that wait for another order neither pick the tier nor are charged with the others."""
    story = started(8, **RESET, price=VOLUME)
    story = story.done(AddSeats, subscription="desk", quantity=1, payment_method="bank", order="o2")
    story = story.done(AddSeats, subscription="desk", quantity=1)
    assert story.state.orders["o2"].status == "pending_payment"
    assert lines(invoices(story)[-1])[1] == (
        "seats_added",
        9,
        "2020-01-01",
        "2021-01-01",
        "1080.00",
    )


def test_a_new_term_takes_the_version_of_the_order_s_day():
    """The rest of the old term comes back as it was charged; `keep` keeps its own version."""
    dear = {**VOLUME, "tiers": [{"from": 1, "amount": "20.00"}]}
    for existing, amount in (("renewals", "480.00"), ("keep", "240.00")):
        story = started(1, **RESET, existing=existing)
        newer = plan(**RESET, price=dear, **{"from": "2020-01-01"})
        story = republished(story, shop(desk=newer))
        story = story.done(AddSeats, subscription="desk", quantity=1)
        assert [line[-1] for line in lines(invoices(story)[-1])] == ["-120.00", amount]


def test_what_was_credited_is_not_taken_back_again():
    """After a credit note for the term there is nothing unused left."""
    story = started(1, **RESET)
    made = {"invoice": invoices(story)[0].invoice}
    story = story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", made=made)
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-07-01")
    assert [line[0] for line in lines(invoices(story)[-1])] == ["seats_added"]


def waiting(story: Story, on: str, order: str = "o2") -> Story:
    """One seat more, by bank transfer."""
    fields = {"subscription": "desk", "quantity": 1, "payment_method": "bank", "order": order}
    return story.done(AddSeats, on=on, **fields)


def test_a_billing_date_moves_when_the_order_is_paid_to_the_day_of_the_order():
    """Never before; the amounts are those of the day of the order."""
    story = waiting(started(1, **RESET), "2020-07-01")
    assert term(story)[0] == date(2020, 1, 1)
    story = story.done(RecordPayment, by=SELLER, order="o2", on="2020-07-10")

    assert term(story) == (date(2020, 7, 1), date(2021, 7, 1))
    assert [line[-1] for line in lines(invoices(story)[-1])] == ["-60.33", "240.00"]


def test_a_term_that_renewed_while_the_order_waited_is_taken_back_whole():
    """The order's invoice is that of the preview; what comes back of the renewed term pays it."""
    story = waiting(started(1, **RESET), "2020-12-30").until("2021-01-02")
    story = story.done(RecordPayment, by=SELLER, order="o2", on="2021-01-02")

    assert [lines(invoice) for invoice in invoices(story)[2:]] == [
        [
            ("unused_credit", 1, "2020-12-30", "2021-01-01", "-0.66"),
            ("seats_added", 2, "2020-12-30", "2021-12-30", "240.00"),
        ],
        [("unused_credit", 1, "2021-01-01", "2022-01-01", "-120.00")],
    ]
    assert [payment.amount.amount for payment in every(story, PaymentRecorded)][-1] == "119.34"
    assert (due(story, 2), credit(story)) == ("0.00", "0.00")
    assert term(story) == (date(2020, 12, 30), date(2021, 12, 30))


def test_whoever_transfers_what_was_quoted_has_the_rest_as_credit():
    """The order completes; what it was quoted without is on the account."""
    story = waiting(started(1, **RESET), "2020-12-30").until("2021-01-02")
    quoted = {"amount": "239.34", "currency": "EUR"}
    story = story.done(RecordPayment, by=SELLER, account="acme", amount=quoted, on="2021-01-02")

    assert (due(story, 2), credit(story)) == ("0.00", "120.00")
    assert term(story) == (date(2020, 12, 30), date(2021, 12, 30))


@pytest.mark.parametrize("first", ["o2", "o3"])
def test_two_orders_that_move_the_date_never_take_back_one_charge_twice(first: str):
    """Each seat is paid for once, from the day of the order that came last."""
    story = waiting(started(1, **RESET), "2020-07-01", "o2")
    story = waiting(story, "2020-07-11", "o3")
    other = "o3" if first == "o2" else "o2"
    story = story.done(RecordPayment, by=SELLER, order=first, on="2020-07-12")
    story = story.done(RecordPayment, by=SELLER, order=other, on="2020-07-12")

    assert len(sub(story).usable) == 3
    assert len(invoices(story)) == 3
    for charge in story.state.books.charges.values():
        assert 0 <= charge.taken_back.minor <= charge.net.minor or charge.reverses
    present = [c for c in every(story, Charged) if c.term.number == sub(story).term.number]
    of_term = [c for c in present if c.reason != "unused_credit"]
    assert sum(len(c.seats) for c in of_term) == 3
    assert sum(c.net.minor for c in of_term) == 36000
    assert len(every(story, TermStarted)) == 2


def test_the_first_part_of_a_charge_is_counted_by_days():
    """Up to the day of its first statement, never more than the whole."""
    charge = every(started(1), Charged)[0]
    assert first_part(charge, date(2020, 2, 1)).amount == "10.16"
    assert first_part(charge, date(2020, 1, 1)).amount == "0.00"
    assert first_part(charge, date(2022, 1, 1)).amount == "120.00"


@pytest.mark.rule("ALL-06")
def test_a_charge_tells_the_way_to_its_amount():
    """List price, tier, quantity, fraction, rounding: all stand in the fact."""
    charge = every(
        started(8, price=VOLUME).done(AddSeats, subscription="desk", quantity=2, on="2020-03-01"),
        Charged,
    )[-1]

    assert (str(charge.list_price), str(charge.price), charge.tier) == ("10.00", "8.00", 10)
    assert (charge.quantity, charge.numerator, charge.denominator) == (2, 10, 1)
    assert (charge.full_term.amount, charge.net.amount) == ("192.00", "160.00")
    assert any("160.00 EUR" in step for step in charge.steps)


@pytest.mark.rule("EV-12")
def test_a_longer_plan_takes_over_on_the_same_anchor():
    """The present term prices until its end."""
    story = given(shop(desk=plan(term={"months": 1}), year=plan())).after(on="2020-01-31").account()
    fields = {"account": "acme", "subscription": "desk", "plan": "desk", "seats": 1}
    story = story.done(StartSubscription, **fields, payment_method="card")
    story = story.done(ChangePlan, subscription="desk", plan="year").until("2020-02-29")

    assert term(story) == (date(2020, 2, 29), date(2021, 2, 28))
    assert lines(invoices(story)[-1])[0][-1] == "120.00"
