"""Credit notes in parts: amounts, seats, tax, and what becomes of what is given back (GEN-22)."""

from dataclasses import replace
from typing import Any

import pytest

from commands.credit_notes import IssueCreditNote
from commands.orders import PassCreditCheck
from commands.payments import GrantCredit, RecordPayment
from commands.refunds import ReversePayment
from commands.removals import RemoveSeats
from commands.state.account import initial
from events.credit import CreditGranted
from events.invoices import InvoiceIssued
from events.money import Money
from events.payments import PaymentRecorded
from events.seat_numbers import SeatNumbers
from tests.support.given import SELLER, Story
from tests.support.shop import (
    PER_PERIOD,
    TAXED,
    bought,
    buyer,
    credit,
    due,
    every,
    invoices,
    notes,
    shop,
    started,
)

pytestmark = pytest.mark.rule("GEN-22")
FRANCE: dict[str, Any] = {"seller": TAXED, "account": {"country": "FR"}}


def eur(amount: str, currency: str = "EUR") -> dict[str, str]:
    """Money as a caller gives it."""
    return {"amount": amount, "currency": currency}


def note(story: Story, *parts: dict[str, Any], index: int = 0, **more: Any) -> dict[str, Any]:
    """The fields of a note on parts of an invoice."""
    made = {"invoice": invoices(story)[index].invoice}
    fields = {"by": SELLER, "invoice": "D-2020-000001", "made": made, **more}
    return {**fields, "lines": list(parts)} if parts else fields


def noted(story: Story, *parts: dict[str, Any], **more: Any) -> Story:
    """The story after a note on parts of an invoice."""
    return story.done(IssueCreditNote, **note(story, *parts, **more))


def amount(figure: str, line: int = 1) -> dict[str, Any]:
    """A part of a line by its amount."""
    return {"line": line, "amount": eur(figure)}


def sums(story: Story) -> list[tuple[str, str, str]]:
    """Net, tax and total of each note."""
    return [(one.net.amount, one.tax.amount, one.total.amount) for one in notes(story)]


def at(price: str, seats: int = 1, **more: Any) -> Story:
    """Seats at a price for the term, taxed at 20 %."""
    period = {**PER_PERIOD, "tiers": [{"from": 1, "amount": price}]}
    return started(seats, price=period, **{**FRANCE, "proration": {"by": "days"}, **more})


def test_a_line_is_credited_by_amounts_to_its_last_cent():
    """Then nothing is left; a cent more than is left is too much."""
    story = noted(started(1), amount("0.01"))
    story.when(IssueCreditNote, **note(story, amount("120.00"))).refused(
        "invoice.nothing_left_to_credit", "Only 119.99 EUR of line 1", rule="ALL-08"
    )
    story = noted(story, amount("119.99"))
    assert [one[0] for one in sums(story)] == ["-0.01", "-119.99"]
    story.when(IssueCreditNote, **note(story, amount("0.01"))).refused(
        "invoice.nothing_left_to_credit", "Only 0.00 EUR"
    )
    assert credit(story) == "120.00"


def test_the_last_note_takes_the_rest_of_the_tax():
    """Three times 0.03 at 20 %: 0.01 of 0.02, then 0.00, then what is left to 0.02."""
    story = at("0.09")
    for _ in range(3):
        story = noted(story, amount("0.03"))
    assert invoices(story)[0].tax.amount == "0.02"
    assert [one[1] for one in sums(story)] == ["-0.01", "0.00", "-0.01"]
    assert credit(story) == "0.11"


def test_the_last_note_takes_the_tax_of_the_document_whatever_it_is():
    """A document on which it was rounded otherwise, 0.03 for 0.02, is credited to the cent."""
    told = list(at("0.09").history)
    place = next(index for index, fact in enumerate(told) if isinstance(fact, InvoiceIssued))
    document, cent = told[place], Money(1, "EUR")
    assert isinstance(document, InvoiceIssued)
    (tax,) = document.taxes
    told[place] = document.model_copy(
        update={
            "taxes": (tax.model_copy(update={"tax": tax.tax + cent}),),
            "tax": document.tax + cent,
            "total": document.total + cent,
        }
    )
    story = at("0.09")
    story = noted(replace(story, state=initial(), history=()).after(*told), amount("0.06"))
    assert [one[1] for one in sums(noted(story, amount("0.03")))] == ["-0.01", "-0.02"]


def test_a_line_is_credited_by_seats():
    """A third of a cent a seat is rounded over all seats so far: 0.03, 0.04, 0.03 of 0.10."""
    story = at("0.034", 3, seller=None)
    for seats in (1, 1, 1):
        story = noted(story, {"line": 1, "seats": seats})
    assert [one.lines[0].amount.amount for one in notes(story)] == ["-0.03", "-0.04", "-0.03"]
    assert [one.lines[0].quantity for one in notes(story)] == [1, 1, 1]
    assert "1 of 3 seats of line 1: 0.03 EUR" in notes(story)[0].lines[0].explain[0]
    story.when(IssueCreditNote, **note(story, {"line": 1, "seats": 1})).refused(
        "invoice.nothing_left_to_credit", "3 seats, of which 3 have been credited"
    )


def test_more_seats_than_a_line_has_are_not_credited():
    """All of them at most."""
    story = started(3)
    story.when(IssueCreditNote, **note(story, {"line": 1, "seats": 4})).refused(
        "invoice.nothing_left_to_credit", "of which 0 have"
    )
    assert sums(noted(story, {"line": 1, "seats": 3})) == [("-360.00", "0.00", "-360.00")]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([amount("0.00")], "command.invalid"),
        ([amount("-0.01")], "command.invalid"),
        ([amount("0.01", 2)], "command.invalid"),
        ([amount("0.01"), amount("0.01")], "command.invalid"),
        ([{"line": 0, "amount": eur("0.01")}], "command.invalid"),
        ([{"line": 1}], "command.invalid"),
        ([{"line": 1, "seats": 0}], "command.invalid"),
        ([{"line": 1, "seats": 1, "amount": eur("0.01")}], "command.invalid"),
        ([{"line": 1, "amount": eur("0.01", "USD")}], "payment.currency_mismatch"),
        ([amount("120.01")], "invoice.nothing_left_to_credit"),
    ],
)
def test_what_is_no_part_of_a_document_is_refused(parts: list[dict[str, Any]], code: str):
    """Nothing, no such line, a line twice, other money, more than there is."""
    story = started(1)
    story.when(IssueCreditNote, **note(story, *parts)).refused(code)


def test_what_is_open_is_lessened_first():
    """Of 120.00 half was paid: a note of 60.01 leaves nothing due and one cent of credit."""
    story = started(1, method="invoice")
    story = story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0])
    pay = {"by": SELLER, "invoice": "D-2020-000001", "made": note(story)["made"]}
    story = story.done(RecordPayment, **pay, amount=eur("60.00"))
    for figure, left in (("59.99", ("0.01", "0.00")), ("0.02", ("0.00", "0.01"))):
        story = noted(story, amount(figure))
        assert (due(story), credit(story)) == left
    assert [one.open.amount for one in notes(story)] == ["59.99", "0.01"]


def test_a_refund_waits_and_pays_nothing():
    """The credit of the note is there to be paid out, whatever is bought."""
    story = noted(started(1), settle="refund")
    (lot,) = every(story, CreditGranted)
    assert (lot.awaits_refund, lot.amount.amount) == (True, "120.00")
    assert invoices(bought(story, "more", "desk", 1))[-1].credit_used.amount == "0.00"


def test_what_is_settled_elsewhere_makes_no_credit():
    """It needs a reason, and has gone back."""
    story = started(1)
    story.when(IssueCreditNote, **note(story), settle="outside").refused("command.invalid")
    story = noted(story, settle="outside", reason="in cash")
    assert (every(story, CreditGranted), notes(story)[0].reason) == ([], "in cash")
    assert (story.state.books.came_in, story.state.books.went_back) == (12000, 12000)


@pytest.mark.parametrize("settle", ["refund", "outside"])
def test_no_more_goes_back_than_came_in(settle: str):
    """Of 120.00 goodwill paid 100.00: 20.00 came in, of which 12.00 wait to be paid out."""
    gift = {"account": "acme", "amount": eur("100.00"), "by": SELLER}
    story = buyer(shop(), "2020-01-01").done(GrantCredit, **gift)
    story = noted(bought(story, "desk", "desk", 1), amount("12.00"), settle="refund")
    back = {"settle": settle, "reason": "in cash"}

    story.when(IssueCreditNote, **note(story, amount("8.01"), **back)).refused(
        "payment.more_than_credit", "8.01 EUR", "only 8.00 EUR"
    )
    story = noted(story, amount("8.00"), **back)
    story.when(IssueCreditNote, **note(story, amount("0.01"), **back)).refused(
        "payment.more_than_credit", "only 0.00 EUR"
    )


@pytest.mark.parametrize("settle", ["refund", "outside"])
def test_a_note_that_pays_nothing_back_needs_no_money(settle: str):
    """The payment of an invoice was reversed while as much waits to be paid out for another."""
    gift = {"account": "acme", "amount": eur("120.00"), "by": SELLER}
    story = buyer(shop(), "2020-01-01").done(GrantCredit, **gift)
    story = bought(bought(story, "desk", "desk", 1), "more", "desk", 1)
    story = noted(story, settle="refund")
    (payment,) = every(story, PaymentRecorded)
    story = story.done(ReversePayment, by=SELLER, payment=payment.payment)
    assert due(story, 1) == "120.00"

    story = noted(story, index=1, settle=settle, reason="never paid")
    assert (due(story, 1), credit(story)) == ("0.00", "120.00")


def test_a_note_by_amount_counts_for_each_seat_of_its_line():
    """With its part (CONTRACT 5.17), also for a seat that has gone; the line names no seats."""
    story = started(3, removal="once_released")
    story = story.done(RemoveSeats, subscription="desk", seat_numbers=[2])
    story = noted(story, amount("1.00"))
    line = notes(story)[0].lines[0]
    assert line.seats is None
    (taking,) = story.state.books.charges[line.charge].takings
    assert taking.seats == SeatNumbers.of([1, 2, 3])


def test_a_note_says_what_it_corrects():
    """Its lines name the lines that they take from, and take from no other document."""
    story = noted(started(2), amount("1.00"))
    (line,) = notes(story)[0].lines
    assert line.corrects is not None
    assert (line.line, line.corrects.line, line.takes, line.by) == (1, 1, (), "amount")
    assert line.quantity == 2
    assert line.explain[0] == "takes back 1.00 EUR of line 1 of the invoice"
