"""Taking back parts of charges: a note a document, the oldest first, or on the statement."""

from typing import Any

import pytest

from commands.carts import AddToCart, PlaceOrder
from commands.credit_notes import IssueCreditNote
from commands.purchases import AddSeats
from commands.removals import RemoveSeats
from commands.subscriptions import CancelSubscription
from events.credit import CreditGranted
from tests.support.given import SELLER, Story
from tests.support.owing import named
from tests.support.shop import (
    MONTHLY,
    SPLIT,
    bought,
    buyer,
    credit,
    due,
    every,
    invoices,
    lines,
    notes,
    plan,
    shop,
    started,
    sub,
)

DESK = {"subscription": "desk"}
FULL: dict[str, Any] = {"cancellation": [{"when": "now", "credit": "full"}]}
BACK: dict[str, Any] = {"removal": [{"when": "now", "credit": "full"}], **FULL}
RESET: dict[str, Any] = {"change_resets_term": True, "proration": {"by": "days"}}


def taken(story: Story) -> list[tuple[str, list[str]]]:
    """Each note: the number of the document that it corrects (from 0), and its amounts."""
    order = [invoice.invoice for invoice in invoices(story)]
    return [
        (str(order.index(note.corrects)), [line[-1] for line in lines(note)])
        for note in notes(story)
    ]


@pytest.mark.rule("GEN-07")
def test_one_note_a_document_the_oldest_first():
    """Three orders, three invoices, three notes; all that was paid is credit."""
    story = started(2, **BACK).done(AddSeats, **DESK, quantity=1, on="2020-03-01")
    story = story.done(AddSeats, **DESK, quantity=2, on="2020-05-01")
    story = story.done(CancelSubscription, **DESK)
    assert taken(story) == [("0", ["-240.00"]), ("1", ["-100.00"]), ("2", ["-160.00"])]
    assert credit(story) == "500.00"
    assert [lot.source for lot in every(story, CreditGranted)] == ["credit_note"] * 3


@pytest.mark.rule("GEN-06")
def test_a_note_says_for_how_many_seats_it_is():
    """One of three that one line billed, as removed and not as time."""
    story = started(3, **BACK).done(RemoveSeats, **DESK, seat_numbers=[2])
    (line,) = notes(story)[0].lines
    assert (line.quantity, line.amount.amount, line.by) == (1, "-120.00", "removal")
    assert line.seats is not None
    assert list(line.seats) == [2]


@pytest.mark.rule("GEN-07")
def test_what_notes_took_before_is_not_taken_again():
    """Of 240.00 100.00 were credited: 140.00 are left for both seats."""
    story = started(2, **BACK)
    made = {"invoice": invoices(story)[0].invoice}
    part = [{"line": 1, "amount": {"amount": "100.00", "currency": "EUR"}}]
    story = story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", lines=part, made=made)
    story = story.done(CancelSubscription, **DESK)
    assert taken(story) == [("0", ["-100.00"]), ("0", ["-140.00"])]


@pytest.mark.rule("GEN-07")
def test_a_split_charge_is_taken_back_on_both_statements_by_what_each_billed():
    """10.16 and 109.84 of 120.00 stand on two statements: each has its note."""
    story = started(1, method="invoice", **{**SPLIT, **FULL}).until("2020-03-02")
    assert [invoice.total.amount for invoice in invoices(story)] == ["10.16", "109.84"]
    story = story.done(CancelSubscription, **DESK)
    assert taken(story) == [("0", ["-10.16"]), ("1", ["-109.84"])]
    assert (due(story, 0), due(story, 1), credit(story)) == ("0.00", "0.00", "0.00")


@pytest.mark.rule("GEN-07")
def test_of_a_split_charge_one_part_may_stand_on_a_document_and_the_other_not():
    """A note on the first statement; the second, which waits, holds its part and takes it back."""
    story = started(1, method="invoice", **{**SPLIT, **FULL}).until("2020-02-02")
    story = story.done(CancelSubscription, **DESK, on="2020-02-02").until("2020-03-01")
    assert taken(story) == [("0", ["-10.16"])]
    assert [line[-1] for line in lines(invoices(story)[1])] == ["109.84", "-109.84"]
    assert (due(story, 0), due(story, 1)) == ("0.00", "0.00")


@pytest.mark.rule("GEN-07")
def test_before_any_statement_both_take_back_what_they_will_bill():
    """Each statement comes to nothing, line by line."""
    story = started(1, method="invoice", **{**SPLIT, **FULL})
    story = story.done(CancelSubscription, **DESK, on="2020-01-10").until("2020-03-01")
    assert notes(story) == []
    assert [[line[-1] for line in lines(one)] for one in invoices(story)] == [
        ["10.16", "-10.16"],
        ["109.84", "-109.84"],
    ]
    assert sub(story).ended


@pytest.mark.rule("GEN-06")
def test_seats_removed_one_after_the_other_are_taken_back_once_each():
    """On the statement that waits: the second removal sees what the first took back."""
    story = started(3, method="invoice", **{**MONTHLY, **BACK})
    for seat in (1, 2, 3):
        story = story.done(RemoveSeats, **DESK, seat_numbers=[seat]) if seat < 3 else story
    story = story.done(CancelSubscription, **DESK).until("2020-02-01")
    (statement,) = invoices(story)
    assert [line[-1] for line in lines(statement)] == ["360.00", "-120.00", "-120.00", "-120.00"]
    assert due(story) == "0.00"


@pytest.mark.rule("GEN-06", "GT-09")
def test_what_exceeds_a_document_goes_back_to_the_line_it_took_back_from():
    """A date that moved: 60.00 of the first charge came back on the second document.

    Both seats cancelled with full credit: 240.00 of the new term, of which the document comes to
    180.00; its line below zero is turned round, and 60.00 more go back on the first document.
    """
    story = started(1, **{**RESET, **BACK})
    story = story.done(AddSeats, **DESK, quantity=1, on="2020-07-02")
    assert [invoice.total.amount for invoice in invoices(story)] == ["120.00", "180.00"]
    story = story.done(CancelSubscription, **DESK, on="2020-07-02")
    assert taken(story) == [("1", ["-240.00", "60.00"]), ("0", ["-60.00"])]
    assert credit(story) == "240.00"


@pytest.mark.rule("GEN-07", "GT-09")
def test_of_a_document_below_zero_nothing_is_left_to_take():
    """All of the 132.00 is turned round on it and goes back on the document before, to the cent."""
    tiers = [{"from": 1, "amount": "10.00"}, {"from": 11, "amount": "1.00"}]
    price = {"per": "month", "tiering": "volume", "tiers": tiers}
    story = started(10, price=price, **RESET, **FULL).done(AddSeats, **DESK, quantity=1)
    assert [one.total.amount for one in invoices(story)] == ["1200.00", "-1068.00"]
    story = story.done(CancelSubscription, **DESK)
    assert taken(story) == [("1", ["-132.00", "132.00"]), ("0", ["-132.00"])]
    assert credit(story) == "1200.00"


@pytest.mark.rule("GEN-06", "GT-09")
def test_no_more_is_turned_round_than_what_exceeds_the_document():
    """Two dates moved on one document of 420.00, of which the second subscription took 360.00 back.

    A seat of the first: 120.00 where 60.00 are left. Its own line below zero makes up for the other
    60.00, and that of the second, of which nothing is wanted, is on no note again.
    """
    story = bought(started(1, **{**RESET, **BACK}), "more", "desk", 2)
    for name in ("desk", "more"):
        cart = {"account": "acme", "subscription": name, "plan": "desk", "seats": 1}
        story = story.done(AddToCart, **cart, on="2020-07-02")
    story = story.done(PlaceOrder, account="acme", payment_method="card")
    moved = [line[-1] for line in lines(invoices(story)[2])]
    assert moved == ["-60.00", "240.00", "-120.00", "360.00"]
    story = story.done(CancelSubscription, subscription="more")
    story = story.done(RemoveSeats, **DESK, seat_numbers=[2])
    assert taken(story) == [("2", ["-360.00"]), ("2", ["-120.00", "60.00"]), ("0", ["-60.00"])]


@pytest.mark.rule("GEN-06", "GT-09")
def test_as_much_as_the_document_comes_to_goes_back_on_it_alone():
    """One of two seats: 120.00 of 180.00, and the line that took back stays as it is."""
    story = started(1, **{**RESET, **BACK})
    story = story.done(AddSeats, **DESK, quantity=1, on="2020-07-02")
    story = story.done(RemoveSeats, **DESK, seat_numbers=[2], on="2020-07-02")
    assert taken(story) == [("1", ["-120.00"])]
    assert credit(story) == "120.00"


@pytest.mark.rule("GT-09", "GEN-24")
def test_what_exceeds_a_document_may_go_back_to_a_newer_one():
    """The card's invoice took 116.72 back of a charge that the statement of February billed, which
    in its turn took 113.77 back of the one of January, for another subscription.

    226.23 of 240.00 are unused on each of the two newer documents. 123.28 is all that the card's
    invoice comes to, and 246.23 the statement: the rest goes back to where it was taken.
    """
    ways = {"payment": {"invoice": "on_account", "card": "at_once"}}
    old = plan(product="old", **{**MONTHLY, **RESET, **ways})
    catalogue = shop(old=old, desk=plan(carries_over_from=["old"]))
    story = bought(buyer(catalogue, "2019-12-23"), "b", "old", 1, "invoice").until("2020-01-01")
    story = bought(story, "a", "old", 1, "invoice")
    story = story.done(AddSeats, subscription="b", quantity=1, on="2020-01-11")
    story = story.done(AddSeats, subscription="a", quantity=1, payment_method="card")
    story = story.until("2020-02-01")
    assert [[line[-1] for line in lines(one)] for one in invoices(story)] == [
        ["120.00"],
        ["-116.72", "240.00"],
        ["120.00", "-113.77", "240.00"],
    ]
    story = bought(story, "new", "desk", 1)
    assert taken(story) == [
        ("1", ["-226.23", "102.95"]),
        ("2", ["-226.23", "-102.95", "82.95"]),
        ("0", ["-82.95"]),
    ]


@pytest.mark.rule("GT-09", "GEN-07")
def test_a_statement_that_was_credited_gives_what_it_still_holds():
    """Its note took 120.00 that the statement itself had taken back, and 13.77.

    Cancelled, 360.00 of the card's invoice go back, 226.23 of them where that had taken it: of the
    statement 109.51 are left, so that its own line of 116.72 is given back, and no document is
    exceeded.
    """
    ways = {"payment": {"invoice": "on_account", "card": "at_once"}}
    story = started(1, method="invoice", **{**MONTHLY, **RESET, **ways, **FULL})
    story = story.done(AddSeats, **DESK, quantity=1, on="2020-01-11").until("2020-02-01")
    assert [line[-1] for line in lines(invoices(story)[0])] == ["120.00", "-116.72", "240.00"]
    story = story.done(AddSeats, **DESK, quantity=1, payment_method="card", on="2020-02-01")
    story = story.done(IssueCreditNote, **named(story, 0))
    story = story.done(CancelSubscription, **DESK)
    assert taken(story) == [
        ("0", ["-120.00", "-13.77"]),
        ("1", ["-360.00", "226.23"]),
        ("0", ["-226.23", "116.72"]),
    ]
    books = story.state.books
    assert all(books.invoices[one.invoice].credited for one in invoices(story))
