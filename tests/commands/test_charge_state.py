"""A charge as it stands: its seats, the lines that bill it, what was taken back of it."""

from fractions import Fraction
from typing import Any

import pytest

from commands.buying import AddSeats
from commands.charge_state import ChargeState, Taking
from commands.credit_notes import IssueCreditNote
from events.seat_numbers import SeatNumbers
from tests.given import SELLER, Story
from tests.shop import MONTHLY, invoices, started

RESET: dict[str, Any] = {"change_resets_term": True, "proration": {"by": "days"}}


def charges(story: Story) -> list[ChargeState]:
    """The charges of a story, in their order."""
    by_id = story.state.books.charges
    return sorted(by_id.values(), key=lambda one: (one.charged_on, one.term.number, one.charge))


def noted(story: Story, index: int = 0, *further: dict[str, Any], **part: Any) -> Story:
    """The story after a part of an invoice's first line was credited, and further parts."""
    made = {"invoice": invoices(story)[index].invoice}
    lines = [{"line": 1, **part}, *further]
    return story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", lines=lines, made=made)


def eur(amount: str) -> dict[str, str]:
    """Money as a caller gives it."""
    return {"amount": amount, "currency": "EUR"}


def test_a_charge_knows_its_seats_and_the_line_that_bills_it():
    """As soon as it stands on a document; before that it stands on none."""
    story = started(3)
    (charge,) = charges(story)
    assert (charge.seats, charge.quantity) == (SeatNumbers.span(1, 3), 3)
    assert charge.places == ((invoices(story)[0].invoice, 1),)
    assert (charge.left.amount, charge.taken_back.amount) == ("360.00", "0.00")
    assert charges(started(3, method="invoice", **MONTHLY))[0].places == ()


@pytest.mark.rule("GEN-25")
def test_notes_by_amount_count_for_each_seat_with_its_part():
    """Two notes are one taking; a third seat bears a third of it."""
    story = noted(noted(started(3), amount=eur("30.00")), amount=eur("0.03"))
    (charge,) = charges(story)
    assert charge.takings == (Taking("amount", 3003, SeatNumbers.span(1, 3)),)
    assert charge.part_of(SeatNumbers.of([2])) == Fraction(12000 - 1001)
    assert charge.part_of(SeatNumbers.of([2, 3, 4])) == Fraction(24000 - 2002)
    assert charge.part_of(SeatNumbers.of([4])) == 0
    assert charge.taken_by_time(SeatNumbers.of([2])) == 0
    assert charge.left.amount == "329.97"


@pytest.mark.rule("GEN-25")
def test_notes_by_seats_and_by_amount_are_kept_apart():
    """Both lessen what was charged."""
    story = noted(noted(started(3), amount=eur("30.00")), seats=1)
    (charge,) = charges(story)
    assert [(one.by, one.minor) for one in charge.takings] == [("amount", 3000), ("seats", 12000)]
    assert charge.part_of(SeatNumbers.span(1, 3)) == Fraction(36000 - 15000)


@pytest.mark.rule("GT-09")
def test_a_moved_date_takes_time_back_and_a_note_on_it_gives_the_time_again():
    """184 of 366 days of 120.00, then nothing: the taking is gone, not zero."""
    story = started(1, **RESET).done(AddSeats, subscription="desk", quantity=1, on="2020-07-01")
    first, back, new = charges(story)
    assert first.takings == (Taking("time", 6033, SeatNumbers.span(1, 1)),)
    assert first.taken_by_time(SeatNumbers.span(1, 1)) == 6033
    assert first.part_of(SeatNumbers.span(1, 1)) == 12000
    assert [part.charge for part in back.reverses] == [first.charge]
    assert (new.seats, new.takings) == (SeatNumbers.span(1, 2), ())

    story = noted(story, 1, {"line": 2, "amount": eur("60.00")}, amount=eur("60.00"))
    first, back, _ = charges(story)
    assert first.takings == (Taking("time", 33, SeatNumbers.span(1, 1)),)
    assert back.takings == (Taking("amount", -6000, SeatNumbers.span(1, 1)),)
    story = noted(story, 1, {"line": 2, "amount": eur("0.33")}, amount=eur("0.33"))
    first, back, _ = charges(story)
    assert (first.takings, back.left.minor) == ((), 0)


def test_a_charge_of_no_seats_has_no_part():
    """Such a one was stored before seats were listed in charges."""
    (charge,) = charges(started(1))
    nobody = ChargeState(
        **{name: getattr(charge, name) for name in charge.__slots__ if name != "seats"},
        seats=SeatNumbers(),
    )
    assert nobody.part_of(SeatNumbers.span(1, 1)) == 0
