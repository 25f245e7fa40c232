"""Monthly statements: what is paid by invoice, gathered, whole or in parts."""

from typing import Any

import pytest

from commands.orders import PassCreditCheck
from commands.payments import GrantCredit
from commands.purchases import AddSeats
from commands.state.books import Unbilled
from commands.statements import RunStatement, billed, next_statement_on
from events.charges import Charged
from events.money import Money
from tests.support.given import OWNER, SELLER, Story, given
from tests.support.shop import (
    MONTHLY,
    PER_PERIOD,
    SPLIT,
    bought,
    buyer,
    credit,
    due,
    every,
    invoices,
    lines,
    plan,
    shop,
    started,
)

MONTH = {"term": {"months": 1}}
CHEAP = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "0.01"}]}


def gathering(seats: int = 1, on: str = "2020-01-16", **changes: Any) -> Story:
    """A subscription paid by invoice, gathered month by month."""
    return started(seats, on=on, method="invoice", **{**MONTHLY, **changes})


@pytest.mark.rule("MS-12")
def test_a_statement_holds_the_charges_of_a_month():
    """Issued on the first of the next, open; by card the charge is invoiced at once."""
    story = gathering(payment={"invoice": "on_account", "card": "at_once"})
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-01-31")
    story = story.done(AddSeats, subscription="desk", quantity=1, payment_method="card")
    assert len(invoices(story)) == 1
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-02-01")
    story = story.until("2020-02-01")

    statement = invoices(story)[-1]
    assert [line[0] for line in lines(statement)] == ["start", "seats_added"]
    assert (str(statement.issued_on), str(statement.due_on)) == ("2020-02-01", "2020-03-02")
    assert (str(statement.statement), statement.order) == ("2020-02-01", None)
    assert due(story) == statement.total.amount
    assert len(lines(invoices(story.until("2020-03-01"))[-1])) == 1


def test_a_month_without_charges_has_no_statement():
    """Nothing falls due until something is charged."""
    story = gathering().until("2020-12-31")
    assert len(invoices(story)) == 1
    assert next_statement_on(story.state) is None


@pytest.mark.rule("MS-13")
def test_a_charge_is_split_at_the_end_of_the_month():
    """A fraction by days on the first statement, the balance on the next, to the cent."""
    story = gathering(10, **{**SPLIT, **MONTH}).until("2020-02-10")
    assert lines(invoices(story)[0]) == [("start", 10, "2020-01-16", "2020-02-01", "51.61")]

    story = story.until("2020-03-01")
    assert lines(invoices(story)[1]) == [
        ("start", 10, "2020-02-01", "2020-02-16", "48.39"),
        ("renewal", 10, "2020-02-16", "2020-03-01", "48.28"),
    ]
    charge = every(story, Charged)[0]
    parts = [
        line.amount for one in invoices(story) for line in one.lines if line.charge == charge.charge
    ]
    assert Money.total(parts, "EUR") == charge.net


@pytest.mark.rule("MS-13")
def test_a_long_charge_is_split_once():
    """Whatever its length: the next statement holds all that is left of it."""
    story = gathering(1, on="2019-12-31", **SPLIT).until("2021-01-01")
    assert [lines(invoice)[0][2:] for invoice in invoices(story)][:2] == [
        ("2019-12-31", "2020-01-01", "0.33"),
        ("2020-01-01", "2020-12-31", "119.67"),
    ]
    assert [str(invoice.statement) for invoice in invoices(story)] == [
        "2020-01-01",
        "2020-02-01",
        "2021-01-01",
    ]
    assert [invoice.series for invoice in invoices(story)] == ["D-2020", "D-2020", "D-2021"]


def test_a_part_of_a_charge_says_how_many_days_it_is():
    """And the next statement what it is the balance of; a day that has not come is no day."""
    story = gathering(10, **{**SPLIT, **MONTH}).until("2020-03-01")
    first, second = (one.lines[0].explain for one in invoices(story))
    assert "of 100.00 EUR up to 2020-02-01: 16 of 31 days = 51.61 EUR" in first
    assert "the balance of 100.00 EUR: 48.39 EUR" in second

    charge = every(story, Charged)[0]
    early = Unbilled(charge, charge.net, charge.period, charge.period.start, split=True)
    assert billed(early).explain[0].endswith("0 of 31 days = 0.00 EUR")


def test_a_charge_within_its_month_is_not_split():
    """Its period ends with the day of the statement, or before."""
    story = gathering(10, on="2020-01-01", **{**SPLIT, **MONTH}).until("2020-02-01")
    assert lines(invoices(story)[0]) == [("start", 10, "2020-01-01", "2020-02-01", "100.00")]


@pytest.mark.parametrize(
    ("on", "statements"),
    [("2020-01-31", ["2020-03-01"]), ("2020-01-10", ["2020-02-01"])],
)
def test_no_statement_of_nothing(on: str, statements: list[str]):
    """Where the fraction is less than half a cent the next holds the whole, where all is, none."""
    month = {**SPLIT, **MONTH, "price": CHEAP, "renewal": {"auto": False, "per_seat": True}}
    story = gathering(1, on=on, **month).until("2020-12-31")
    assert [str(invoice.statement) for invoice in invoices(story)] == statements
    assert [invoice.total.amount for invoice in invoices(story)] == ["0.01"]


def test_a_late_statement_is_issued_on_the_day_it_is_done():
    """Each month has its own, in order; the rates are those of the day it fell due."""
    story = gathering(10, **{**SPLIT, **MONTH}).until("2020-03-20", done_on="2020-03-20")
    assert [
        (str(one.statement), str(one.issued_on), str(one.tax_on)) for one in invoices(story)
    ] == [
        ("2020-02-01", "2020-03-20", "2020-02-01"),
        ("2020-03-01", "2020-03-20", "2020-03-01"),
    ]


def test_a_checked_order_goes_on_the_statement_for_the_month_of_the_pass():
    """With the period of its day, split at the statement."""
    checked = {**SPLIT, **MONTH, "payment": {"invoice": "after_credit_check"}}
    story = gathering(1, **checked)
    story = story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0], on="2020-02-03")
    assert not invoices(story)
    assert str(every(story, Charged)[0].statement_on) == "2020-03-01"
    story = story.until("2020-03-01")
    assert lines(invoices(story)[0])[0] == ("start", 1, "2020-01-16", "2020-02-16", "10.00")


def test_credit_pays_a_statement_at_its_issue():
    """As every later invoice."""
    story = gathering(1, **MONTH)
    fields = {"account": "acme", "amount": {"amount": "4.00", "currency": "EUR"}}
    story = story.done(GrantCredit, by=SELLER, **fields).until("2020-02-01")
    assert (due(story), credit(story)) == ("6.00", "0.00")


def test_a_statement_below_zero_pays_what_is_open_first():
    """More taken back than charged within the month: 336 of 366 days of 240.00, less 3.00."""
    tiers = [{"from": 1, "amount": "120.00"}, {"from": 3, "amount": "1.00"}]
    changes = {"change_resets_term": True, "proration": {"by": "days"}}
    story = gathering(2, **changes, price={**PER_PERIOD, "tiers": tiers}).until("2020-02-01")
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-02-15")
    story = story.until("2020-03-01")
    assert invoices(story)[-1].total.amount == "-217.33"
    assert (due(story, 0), due(story), credit(story)) == ("22.67", "0.00", "0.00")


def test_the_purchase_order_stands_on_a_statement_of_one():
    """Where its charges have several, or some none, it has none."""
    story = buyer(shop(desk=plan(**MONTHLY)), "2020-01-01")
    one = bought(story, "a", "desk", 1, "invoice", purchase_order="PO 7")
    two = bought(one, "b", "desk", 1, "invoice")
    assert invoices(one.until("2020-02-01"))[0].purchase_order == "PO 7"
    assert invoices(two.until("2020-02-01"))[0].purchase_order is None


OUT_OF_TURN = [
    (OWNER, "2020-02-01", "access.role_missing"),
    (SELLER, "2020-01-31", "command.time_out_of_range"),
    (SELLER, "2020-02-01", None),
]


@pytest.mark.parametrize(("by", "on", "code"), OUT_OF_TURN)
def test_the_seller_issues_a_statement_on_its_day(by: str, on: str, code: str | None):
    """Not before, and never one for a month without charges."""
    outcome = gathering().when(RunStatement, by=by, account="acme", on=on)
    if code is None:
        story = outcome.accepted()
        story.when(RunStatement, by=by, account="acme").refused(
            "command.time_out_of_range", "No statement is due."
        )
    else:
        outcome.refused(code)


@pytest.mark.rule("MS-12", "MS-13")
def test_the_shipped_plan_gathers_and_splits():
    """Office by invoice: a fraction in the month of the check, the balance in the next."""
    story = given("microsoft").after(on="2026-03-11")
    story = story.account(country="US", roles={OWNER: "billing_administrator"})
    story = bought(story, "office", "business-basic-1m", 100, "invoice", order="o1")
    story = story.done(PassCreditCheck, by=SELLER, order="o1", on="2026-03-13").until("2026-06-01")
    first, second, third = invoices(story)

    assert lines(first) == [("start", 100, "2026-03-11", "2026-04-01", "453.87")]
    assert lines(second)[0] == ("start", 100, "2026-04-01", "2026-04-11", "216.13")
    assert third.lines[0].period.start == second.lines[1].period.end
