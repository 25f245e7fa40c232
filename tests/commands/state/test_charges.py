"""A charge as decisions know it: its seats, the lines that bill it, what was taken back of it."""

from fractions import Fraction
from typing import Any

import pytest
from rpds import HashTrieMap

from commands.credit_notes import IssueCreditNote
from commands.purchases import AddSeats
from commands.state import charges as charge_state
from commands.state.charges import (
    Charges,
    ChargeState,
    Taking,
    charged,
    given_back_by_credit,
    listed,
)
from events.charges import Charged, ChargeSeatsListed, Reversal
from events.credit import CreditGranted, CreditOrigin
from events.invoices import DocumentLine
from events.money import Money
from events.seat_numbers import SeatNumbers
from tests.support.given import SELLER, Story
from tests.support.given_facts import charged as a_charge
from tests.support.given_facts import credit_note
from tests.support.shop import MONTHLY, invoices, started

FIVE = SeatNumbers.span(1, 5)


def eur(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "EUR")


def known(*facts: Charged) -> Charges:
    """The charges of these facts."""
    charges: Charges = HashTrieMap()
    for fact in facts:
        charges = charged(charges, fact)
    return charges


def line(**changes: Any) -> DocumentLine:
    """A line of a credit note."""
    return credit_note().lines[0].model_copy(update=changes)


def noted(charges: Charges, minor: int, name: str = "c1", **changes: Any) -> Charges:
    """The charges after a note took so much of one."""
    return charge_state.noted(charges, name, line(**changes), minor)


def test_a_charge_is_for_all_its_seats_until_something_is_taken_back():
    """100.00 for five seats: 20.00 each, 60.00 for three of them, nothing for others."""
    (charge,) = known(a_charge()).values()
    assert (charge.left, charge.taken_back) == (eur(10_000), eur(0))
    assert charge.part_of(SeatNumbers.span(2, 4)) == 6_000
    assert charge.part_of(SeatNumbers.span(6, 9)) == 0
    assert charge.places == ()


@pytest.mark.rule("GEN-25")
def test_a_note_by_amount_lessens_what_each_seat_was_charged():
    """Of 100.00 a note takes 10.00: each of five seats was charged 18.00."""
    charge = noted(known(a_charge()), 1_000, by="amount", seats=FIVE)["c1"]
    assert (charge.left, charge.part_of(SeatNumbers.span(1, 1))) == (eur(9_000), 1_800)
    assert charge.taken_by_time(FIVE) == 0


@pytest.mark.rule("GEN-25")
def test_what_was_taken_back_by_time_is_counted_by_itself():
    """It lessens what is left of the charge, not what its seats were charged."""
    charge = noted(known(a_charge()), 3_000, by="time", seats=SeatNumbers.span(1, 3))["c1"]
    assert charge.part_of(FIVE) == 10_000
    assert charge.taken_by_time(SeatNumbers.span(1, 2)) == 2_000
    assert charge.taken_by_time(SeatNumbers.span(4, 5)) == 0
    assert charge.left == eur(7_000)


@pytest.mark.rule("GEN-06")
def test_what_was_credited_for_seats_that_are_gone_concerns_no_other():
    """Neither what the others were charged, nor their time; but it is no longer left."""
    charge = noted(known(a_charge()), 2_000, by="removal", seats=SeatNumbers.span(5, 5))["c1"]
    others = SeatNumbers.span(1, 4)
    assert (charge.part_of(others), charge.taken_by_time(others)) == (8_000, 0)
    assert charge.left == eur(8_000)


def test_a_note_of_before_contract_2_counts_as_one_by_amount_for_all_seats():
    """It said neither for what it was nor for which seats."""
    (taking,) = noted(known(a_charge()), 1_000, by=None, seats=None)["c1"].takings
    assert taking == Taking("amount", 1_000, FIVE)


def test_takings_of_one_kind_for_the_same_seats_are_one():
    """And none where they come to nothing, so that a state never grows by undoing."""
    charges = noted(known(a_charge()), 1_000, by="amount", seats=FIVE)
    charges = noted(charges, 500, by="amount", seats=FIVE)
    charges = noted(charges, 200, by="time", seats=FIVE)
    assert charges["c1"].takings == (Taking("amount", 1_500, FIVE), Taking("time", 200, FIVE))
    charges = noted(charges, -1_500, by="amount", seats=FIVE)
    assert charges["c1"].takings == (Taking("time", 200, FIVE),)


def test_a_taking_for_seats_of_no_charge_is_for_all_of_its_own():
    """What is taken back is never lost, whatever the seats that it names."""
    (taking,) = noted(known(a_charge()), 100, by="amount", seats=SeatNumbers.span(8, 9))[
        "c1"
    ].takings
    assert taking.seats == FIVE


BACK = Reversal(charge="c1", amount=eur(3_000))


def took_back(back: str | None, seats: SeatNumbers = FIVE) -> Charges:
    """A charge, of which another takes back 30.00."""
    taking = a_charge("-30.00", "c2", "unused_credit", reverses=(BACK,))
    return known(a_charge(), taking.model_copy(update={"back": back, "seats": seats}))


@pytest.mark.rule("GT-09", "GEN-25")
@pytest.mark.parametrize(("back", "kind"), [(None, "time"), ("time", "time"), ("removal", None)])
def test_a_charge_takes_back_of_another(back: str | None, kind: str | None):
    """Unused time, also where it does not say so (before contract 2), or what gone seats cost."""
    charges = took_back(back, SeatNumbers.span(1, 2))
    assert charges["c1"].left == eur(7_000)
    by_time = charges["c1"].taken_by_time(FIVE)
    assert by_time == (3_000 if kind == "time" else 0)


@pytest.mark.rule("GEN-22")
def test_a_note_on_a_charge_that_takes_back_gives_it_back():
    """Both are as if it had never been: time is left again, and takings come to nothing."""
    charges = noted(took_back("time"), -3_000, "c2", by="amount", seats=FIVE)
    assert (charges["c1"].left, charges["c1"].takings) == (eur(10_000), ())
    assert charges["c2"].left == eur(0)

    part = noted(took_back("time"), -1_000, "c2", by="amount", seats=FIVE)
    assert part["c1"].taken_by_time(FIVE) == 2_000


def test_credit_of_before_contract_2_took_unused_time():
    """It stood on no document; its charges say what was carried over."""
    credit = CreditGranted(
        credit="k1", source="carried_over", amount=eur(3_600), of=CreditOrigin(charges=(BACK,))
    )
    charge = given_back_by_credit(known(a_charge()), credit)["c1"]
    assert (charge.left, charge.taken_by_time(FIVE)) == (eur(7_000), 3_000)


def test_further_seats_of_a_charge_share_it():
    """Ranges that did not fit into one fact."""
    more = ChargeSeatsListed(charge="c1", subscription="vpn", seats=SeatNumbers.span(6, 10))
    charge = listed(known(a_charge()), more)["c1"]
    assert charge.part_of(FIVE) == 5_000


def test_parts_are_exact_until_they_are_rounded():
    """A third of 100.00 stays a third."""
    fact = a_charge().model_copy(update={"seats": SeatNumbers.span(1, 3)})
    charge: ChargeState = known(fact)["c1"]
    assert charge.part_of(SeatNumbers.span(1, 1)) == Fraction(10_000, 3)


def test_a_charge_without_seats_has_no_part():
    """Nobody could say whose it is."""
    fact = a_charge().model_copy(update={"seats": SeatNumbers()})
    assert known(fact)["c1"].part_of(FIVE) == 0


RESET: dict[str, Any] = {"change_resets_term": True, "proration": {"by": "days"}}


def charges_of(story: Story) -> list[ChargeState]:
    """The charges of a story, in their order."""
    by_id = story.state.books.charges
    return sorted(by_id.values(), key=lambda one: (one.charged_on, one.term.number, one.charge))


def credited(story: Story, index: int = 0, *further: dict[str, Any], **part: Any) -> Story:
    """The story after a part of an invoice's first line was credited, and further parts."""
    made = {"invoice": invoices(story)[index].invoice}
    lines = [{"line": 1, **part}, *further]
    return story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", lines=lines, made=made)


def test_a_charge_knows_its_seats_and_the_line_that_bills_it():
    """As soon as it stands on a document; before that it stands on none."""
    story = started(3)
    (charge,) = charges_of(story)
    assert (charge.seats, charge.quantity) == (SeatNumbers.span(1, 3), 3)
    assert charge.places == ((invoices(story)[0].invoice, 1),)
    assert (charge.left.amount, charge.taken_back.amount) == ("360.00", "0.00")
    assert charges_of(started(3, method="invoice", **MONTHLY))[0].places == ()


@pytest.mark.rule("GT-09")
def test_a_moved_date_takes_time_back_and_a_note_on_it_gives_the_time_again():
    """184 of 366 days of 120.00, then nothing: the taking is gone, not zero."""
    story = started(1, **RESET).done(AddSeats, subscription="desk", quantity=1, on="2020-07-01")
    first, back, new = charges_of(story)
    assert first.takings == (Taking("time", 6033, SeatNumbers.span(1, 1)),)
    assert first.taken_by_time(SeatNumbers.span(1, 1)) == 6033
    assert first.part_of(SeatNumbers.span(1, 1)) == 12000
    assert [part.charge for part in back.reverses] == [first.charge]
    assert (new.seats, new.takings) == (SeatNumbers.span(1, 2), ())

    story = credited(
        story,
        1,
        {"line": 2, "amount": {"amount": "60.00", "currency": "EUR"}},
        amount={"amount": "60.00", "currency": "EUR"},
    )
    first, back, _ = charges_of(story)
    assert first.takings == (Taking("time", 33, SeatNumbers.span(1, 1)),)
    assert back.takings == (Taking("amount", -6000, SeatNumbers.span(1, 1)),)
    story = credited(
        story,
        1,
        {"line": 2, "amount": {"amount": "0.33", "currency": "EUR"}},
        amount={"amount": "0.33", "currency": "EUR"},
    )
    first, back, _ = charges_of(story)
    assert (first.takings, back.left.minor) == ((), 0)
