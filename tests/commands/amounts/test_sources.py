"""From which lines of earlier documents a charge takes back, also while it waits."""

from typing import Any

import pytest

from commands.credit_notes import IssueCreditNote
from commands.payments import RecordPayment
from commands.purchases import AddSeats
from events.charges import Charged
from tests.support.given import Story
from tests.support.owing import named
from tests.support.shop import MONTHLY, SPLIT, credit, due, every, invoices, lines, notes, started

DESK = {"subscription": "desk"}
RESET: dict[str, Any] = {"change_resets_term": True, "proration": {"by": "days"}}


@pytest.mark.rule("GT-09", "GEN-25")
def test_a_line_that_takes_back_names_the_lines_that_it_takes_from():
    """Of a charge that two statements split, each by what it billed; a split line by its part.

    Of 120.00 from 1 January the first statement bills 31 of 366 days, 10.16, the next the rest. On
    1 July 184 of 366 days go back, 60.33, of which the statement of August has 31 of 184 days,
    10.16, and that of September the rest.
    """
    story = started(1, method="invoice", **{**SPLIT, "change_resets_term": True})
    story = story.until("2020-03-01").done(
        AddSeats, subscription="desk", quantity=1, on="2020-07-01"
    )
    first, second, august, september = invoices(story.until("2020-09-01"))
    took: dict[str, list[int]] = {first.invoice: [], second.invoice: []}
    for document in (august, september):
        back = document.lines[0]
        assert back.reason == "unused_credit"
        for part in back.takes:
            took[part.invoice].append(part.amount.minor)
        assert sum(part.amount.minor for part in back.takes) == -back.amount.minor

    assert [line.amount.amount for line in (august.lines[0], september.lines[0])] == [
        "-10.16",
        "-50.17",
    ]
    # 10.16 x 10.16 / 120.00 and 10.16 x 109.84 / 120.00; 50.17 in the same way.
    assert list(took.values()) == [[86, 425], [930, 4592]]
    assert sources(story) == [511, 5522]


def sources(story: Story) -> list[int]:
    """From how much of earlier lines charges take back by a statement to come."""
    return [source.amount.minor for charge in every(story, Charged) for source in charge.takes]


@pytest.mark.rule("GT-09", "GEN-25")
def test_a_line_that_is_billed_late_names_the_line_that_took_it_back_before():
    """Seats by card move the date before any statement, and 350 of 366 days go back, 115.41.

    The statements still bill the 120.00 of the old term, 10.16 and the rest: of these 10.16 and
    105.25 had gone back on the invoice of the card.
    """
    payment = {"invoice": "on_account", "card": "at_once"}
    changes = {**SPLIT, "change_resets_term": True, "payment": payment}
    story = started(1, method="invoice", **changes)
    more = {"subscription": "desk", "quantity": 1, "payment_method": "card"}
    story = story.done(AddSeats, **more, on="2020-01-15").until("2020-03-01")
    by_card, *statements = invoices(story)
    assert by_card.lines[0].amount.amount == "-115.41"
    own = [line for one in statements for line in one.lines]
    assert [line.amount.amount for line in own] == ["10.16", "109.84"]
    before = [(part.invoice, part.line, part.amount.amount) for one in own for part in one.taken_by]
    assert before == [(by_card.invoice, 1, "10.16"), (by_card.invoice, 1, "105.25")]


@pytest.mark.rule("GEN-22")
def test_only_a_charge_that_waits_names_what_it_takes_from():
    """By card the invoice names it, at once; of what is billed with it nothing is named."""
    ways = {"payment": {"invoice": "on_account", "card": "at_once"}}
    story = started(1, method="invoice", **{**MONTHLY, **RESET, **ways})
    story = story.done(AddSeats, **DESK, quantity=1, on="2020-01-11")
    assert sources(story) == []
    story = story.until("2020-02-01").done(
        AddSeats, **DESK, quantity=1, payment_method="card", on="2020-02-01"
    )
    assert sources(story) == []
    assert [len(line.takes) for line in invoices(story)[-1].lines] == [1, 0]
    story = story.done(AddSeats, **DESK, quantity=1, on="2020-02-01")
    assert sources(story) == [36000]


@pytest.mark.rule("GEN-22")
def test_what_a_statement_will_take_back_is_no_longer_left():
    """Credited is a document of which the statement of April will take the rest.

    It is left again once that statement is credited, and then is credited to its end.
    """

    def standing(story: Story) -> list[bool]:
        books = story.state.books
        return [books.invoices[one.invoice].credited for one in invoices(story)]

    def credited(story: Story, index: int) -> Story:
        return story.done(IssueCreditNote, **named(story, index))

    story = started(1, method="invoice", **{**MONTHLY, **RESET}).until("2020-03-10")
    story = story.done(RecordPayment, **named(story, 0))
    story = story.done(AddSeats, **DESK, quantity=1, on="2020-03-10")
    assert standing(story) == [False]
    story = credited(story, 0)
    assert standing(story) == [True]
    story = story.until("2020-04-01")
    assert standing(story) == [True, False]
    story = credited(story, 1)
    assert standing(story) == [False, True]
    story = credited(story, 0)
    assert standing(story) == [True, True]
    assert sum(note.net.minor for note in notes(story)) == -sum(
        invoice.net.minor for invoice in invoices(story)
    )


@pytest.mark.rule("GEN-22", "GEN-25")
@pytest.mark.parametrize(("given_back", "left"), [("0.01", 329), ("50.00", 5328), (None, 12000)])
def test_what_was_given_back_before_its_charge_was_billed_is_left(
    given_back: str | None, left: int
):
    """A card's invoice took 116.72 back of 120.00 that wait, and a note gave a part or all back.

    Of the line by which the statement bills the charge as much is left as nothing takes any more.
    """
    story = waiting_and_moved()
    fields = named(story, 0)
    if given_back is not None:
        amount = {"amount": given_back, "currency": "EUR"}
        fields["lines"] = [{"line": 1, "amount": amount}, {"line": 2, "amount": amount}]
    story = story.done(IssueCreditNote, **fields).until("2020-02-01")
    assert lines(invoices(story)[1]) == [("start", 1, "2020-01-01", "2021-01-01", "120.00")]
    assert story.state.books.invoices[invoices(story)[1].invoice].left == (left,)

    if given_back is not None:
        story = story.done(IssueCreditNote, **named(story, 0))
    story = story.done(IssueCreditNote, **named(story, 1))
    assert [sum(one.net.minor for one in notes(story))] == [-12328 - 12000]
    assert due(story, 1) == "0.00"
    assert credit(story) == "123.28"


def waiting_and_moved() -> Story:
    """A seat whose charge waits for its statement, and a card that moved the billing date."""
    ways = {"payment": {"invoice": "on_account", "card": "at_once"}}
    story = started(1, method="invoice", **{**MONTHLY, **RESET, **ways})
    story = story.done(AddSeats, **DESK, quantity=1, payment_method="card", on="2020-01-11")
    assert [line[-1] for line in lines(invoices(story)[0])] == ["-116.72", "240.00"]
    return story
