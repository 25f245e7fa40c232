"""What happens when a term ends: renewal, end, and what the next renewal will cost."""

from typing import Any

import pytest

from commands.catalogue import WithdrawPlan
from commands.orders import PassCreditCheck
from commands.purchases import AddSeats
from commands.removals import DisableAutoRenew, RemoveSeats
from commands.renewals import EndSubscription, RenewSubscription, next_version, renewal_quote
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription, ChangePlan
from events.payments import PaymentRecorded
from events.seats import SeatsAdded, SeatsEnded
from events.subscriptions import SubscriptionEnded, TermStarted
from tests.support.given import OWNER, SELLER, Story, given
from tests.support.shop import (
    PER_MONTH,
    TAXED,
    VOLUME,
    bought,
    buyer,
    due,
    every,
    invoices,
    lines,
    plan,
    republished,
    shop,
    started,
    sub,
    term,
)

ANN = {"email": "ann@acme.example", "name": "Ann"}
DEAR = {**PER_MONTH, "tiers": [{"from": 1, "amount": "20.00"}]}


def amounts(story: Story) -> list[str]:
    """The net of each invoice."""
    return [invoice.net.amount for invoice in invoices(story)]


@pytest.mark.rule("ALL-05")
def test_a_subscription_renews_on_its_anchor_day():
    """31 January, 29 February, 31 March: a term each, without a gap."""
    story = started(1, on="2020-01-31", term={"months": 1}).until("2020-04-30")
    terms = [(str(one.term.start), str(one.term.end)) for one in every(story, TermStarted)]
    assert terms == [
        ("2020-02-29", "2020-03-31"),
        ("2020-03-31", "2020-04-30"),
        ("2020-04-30", "2020-05-31"),
    ]
    assert [one.term.number for one in every(story, TermStarted)] == [2, 3, 4]


@pytest.mark.rule("EV-16")
def test_switched_off_seats_end_with_the_term_and_their_holders():
    """The renewal is priced by the number of seats that renew."""
    story = started(12, price=VOLUME).done(AssignSeat, subscription="desk", **ANN)
    story = story.done(DisableAutoRenew, subscription="desk", seat_numbers=[1, 2, 3])
    assert len(sub(story).usable) == 12
    story = story.until("2021-01-01")

    assert every(story, SeatsEnded)[0].seats.ranges() == [[1, 3]]
    assert sub(story).usable.ranges() == [[4, 12]]
    assert not sub(story).holders
    assert amounts(story) == ["1152.00", "1080.00"]


def test_seats_removed_at_renewal_are_usable_until_then():
    """Added again in the same term they are new seats, and paid for."""
    story = started(5).done(RemoveSeats, subscription="desk", seat_numbers=[5])
    assert (len(sub(story).usable), len(sub(story).renewing)) == (5, 4)
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-07-01")
    story = story.until("2021-01-01")
    assert sub(story).usable.ranges() == [[1, 4], [6, 6]]


@pytest.mark.rule("EV-17")
def test_a_cancelled_subscription_ends_with_all_its_seats():
    """And with their assignments; due work ends it once."""
    story = started(3).done(AssignSeat, subscription="desk", **ANN)
    story = story.done(CancelSubscription, subscription="desk").until("2022-01-01")

    assert [fact.cause for fact in every(story, SubscriptionEnded)] == ["cancelled"]
    assert len(invoices(story)) == 1
    assert not story.state.live


def test_a_plan_without_renewal_ends_with_its_term():
    """It says so itself; nobody cancelled."""
    story = started(1, renewal={"auto": False, "per_seat": True}).until("2021-01-01")
    assert [fact.cause for fact in every(story, SubscriptionEnded)] == ["no_seat_renews"]


VERSIONS = [
    ("renewals", "renewals", "2020-06-01", ["1200.00", "2400.00"], 2),
    ("renewals", "renewals", "2021-01-01", ["1200.00", "2400.00"], 2),
    ("renewals", "renewals", "2021-01-02", ["1200.00", "1200.00"], 1),
    ("keep", "keep", "2020-06-01", ["1200.00", "1200.00"], 1),
    ("renewals", "keep", "2020-06-01", ["1200.00", "1200.00"], 1),
    ("keep", "renewals", "2020-06-01", ["1200.00", "1200.00"], 1),
]


@pytest.mark.parametrize(("sold", "newest", "sold_from", "nets", "version"), VERSIONS)
def test_a_renewal_takes_the_newest_version_whose_day_has_come(
    sold: str, newest: str, sold_from: str, nets: list[str], version: int
):
    """Where it leaves those who have the plan theirs, or theirs was sold so, they keep it."""
    story = started(10, existing=sold)
    newer = plan(price=DEAR, existing=newest, **{"from": sold_from})
    story = republished(story, shop(desk=newer)).until("2021-01-01")
    assert amounts(story) == nets
    assert sub(story).plan_version == version


def test_a_version_may_change_the_length_of_the_next_term():
    """The anchor stays."""
    story = started(1, on="2020-01-31")
    newer = plan(term={"months": 1}, **{"from": "2020-06-01"})
    story = republished(story, shop(desk=newer)).until("2021-02-28")
    assert [str(day) for day in term(story)] == ["2021-02-28", "2021-03-31"]


def test_a_renewal_that_would_be_no_amount_is_not_quoted():
    """Fewer seats of a dearer tier may come to more than money can be."""
    tiers = [{"from": 1, "amount": "1000000000000.00"}, {"from": 50, "amount": "1.00"}]
    story = started(60, price={**VOLUME, "tiers": tiers})
    story = story.done(DisableAutoRenew, subscription="desk", seat_numbers=[*range(1, 41)])
    assert renewal_quote(story.catalogue, sub(story)) is None


def test_a_withdrawn_plan_renews_by_its_last_version():
    """Those who have it keep it."""
    story = started(1)
    story = republished(story, shop(desk=plan(price=DEAR, **{"from": "2020-06-01"})))
    story = story.done(WithdrawPlan, by=SELLER, plan="desk").until("2021-01-01")
    assert amounts(story) == ["120.00", "240.00"]


METHODS = [
    ({"card": "at_once"}, "0.00", 2),
    ({"card": "when_paid"}, "120.00", 1),
    ({"card": "after_credit_check"}, "120.00", 1),
    ({"gold": "at_once"}, "120.00", 1),
]


@pytest.mark.parametrize(("payment", "open_amount", "payments"), METHODS)
def test_a_renewal_never_waits_and_is_never_checked(
    payment: dict[str, str], open_amount: str, payments: int
):
    """By a method that does not pay at once, or is no longer taken, its invoice is open."""
    story = started(1)
    newer = plan(payment=payment, **{"from": "2020-06-01"})
    story = republished(story, shop(desk=newer)).until("2021-01-01")

    assert len(sub(story).usable) == 1
    assert (due(story), len(every(story, PaymentRecorded))) == (open_amount, payments)


def test_a_renewal_done_late_is_charged_for_its_day_and_issued_on_the_day_it_is_done():
    """Each term that went by is caught up with, in order, taxed by the day it fell due."""
    rates = [{"country": "FR", "rate": "20", "from": "2000-01-01"},
             {"country": "FR", "rate": "10", "from": "2020-02-15"}]  # fmt: skip
    story = started(
        1, term={"months": 1}, seller={**TAXED, "vat": rates}, account={"country": "FR"}
    )
    story = story.until("2020-03-10", done_on="2020-03-10")

    assert [str(invoice.issued_on) for invoice in invoices(story)] == [
        "2020-01-01",
        "2020-03-10",
        "2020-03-10",
    ]
    assert [invoice.tax.amount for invoice in invoices(story)] == ["2.00", "2.00", "1.00"]
    assert [str(invoice.lines[0].period.start) for invoice in invoices(story)] == [
        "2020-01-01",
        "2020-02-01",
        "2020-03-01",
    ]


@pytest.mark.rule("EV-18")
def test_a_cancelled_subscription_goes_on_with_new_seats():
    """All the old ones end, the new ones get new numbers and are unassigned."""
    story = started(2).done(AssignSeat, subscription="desk", **ANN)
    story = story.done(CancelSubscription, subscription="desk")
    story = story.done(ChangePlan, subscription="desk", plan="desk", seats=3)
    assert _quote(story) == ("2021-01-01", 3, "360.00")
    story = story.until("2021-01-01")

    assert [fact.cause for fact in every(story, TermStarted)] == ["plan_changed"]
    assert every(story, SeatsAdded)[-1].seats.ranges() == [[3, 5]]
    assert (sub(story).usable.ranges(), len(sub(story).renewing)) == ([[3, 5]], 3)
    assert not sub(story).holders


def _quote(story: Story, **more: Any) -> tuple[str, int, str] | None:
    quote = renewal_quote(story.catalogue, sub(story), **more)
    return (str(quote.renewal_date), quote.seats, quote.total.amount) if quote else None


def test_a_renewal_is_quoted_as_it_comes():
    """By the newest version known now; with the seats that wait where that is asked."""
    story = started(5, price=VOLUME)
    story = story.done(AddSeats, subscription="desk", quantity=5, payment_method="bank")
    assert _quote(story) == ("2021-01-01", 5, "600.00")
    assert _quote(story, with_pending=True) == ("2021-01-01", 10, "960.00")

    newer = plan(price=DEAR, **{"from": "2021-01-01"})
    dear = republished(story, shop(desk=newer))
    assert _quote(dear) == ("2021-01-01", 5, "1200.00")
    assert next_version(dear.catalogue, sub(dear)).version == 2
    assert _quote(story.done(CancelSubscription, subscription="desk")) is None


OUT_OF_TURN = [
    (RenewSubscription, "no", OWNER, "2021-01-01", "subscription.unknown"),
    (RenewSubscription, "desk", OWNER, "2021-01-01", "access.role_missing"),
    (RenewSubscription, "desk", SELLER, "2020-12-31", "command.time_out_of_range"),
    (EndSubscription, "desk", SELLER, "2020-12-31", "command.time_out_of_range"),
    (EndSubscription, "desk", SELLER, "2021-01-01", "command.time_out_of_range"),
    (RenewSubscription, "over", SELLER, "2021-01-01", "subscription.already_cancelled"),
    (RenewSubscription, "waits", SELLER, "2021-01-01", "command.time_out_of_range"),
]


@pytest.mark.parametrize(("command", "name", "by", "on", "code"), OUT_OF_TURN)
def test_terms_are_ended_and_begun_on_their_day_by_the_seller(
    command: Any, name: str, by: str, on: str, code: str
):
    """Not before, not by others, and not what does not come."""
    story = bought(started(1), "over", "desk", 1)
    story = story.done(CancelSubscription, subscription="over")
    story = bought(story, "waits", "desk", 1, "invoice")
    story.when(command, by=by, subscription=name, on=on).refused(code)


def test_the_seller_may_renew_and_end_by_hand():
    """On the day itself, once: what has ended has ended."""
    story = started(1).when(RenewSubscription, by=SELLER, subscription="desk", on="2021-01-01")
    assert str(term(story.accepted())[1]) == "2022-01-01"

    story = started(1).done(CancelSubscription, subscription="desk")
    story = story.when(EndSubscription, by=SELLER, subscription="desk", on="2021-01-01").then(
        SeatsEnded, SubscriptionEnded
    )
    story.when(EndSubscription, by=SELLER, subscription="desk").refused("subscription.ended")


def test_a_renewal_by_invoice_after_a_checked_start_is_open():
    """No second check, ever."""
    story = started(1, method="invoice")
    story = story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0])
    story = story.until("2021-01-01")
    assert [due(story, index) for index in (0, 1)] == ["120.00", "120.00"]


@pytest.mark.rule("EV-09", "EV-08")
def test_the_shipped_plan_renews_on_its_date_whatever_was_added():
    """10 seats and 5 more: 15 on 25 June."""
    story = bought(given("expressvpn").account(), "vpn", "volume-12m", 10)
    story = story.done(AddSeats, subscription="vpn", quantity=5, on="2020-08-25")
    story = story.until("2021-06-25")
    assert lines(invoices(story)[-1]) == [("renewal", 15, "2021-06-25", "2022-06-25", "1348.20")]


def test_a_plan_that_changed_its_product_is_another_story():
    """A subscription keeps the product of its term until a term begins by another."""
    story = buyer(shop(), "2020-01-01")
    story = bought(story, "desk", "desk", 1)
    newer = plan(product="table", **{"from": "2020-06-01"})
    story = republished(story, shop(desk=newer))
    assert sub(story).product == "desk"
    assert sub(story.until("2021-01-01")).product == "table"
