"""What is left of a document's lines, once notes and later documents took from them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.charges import TakenFrom
from events.invoices import (
    Corrected,
    CreditNoteIssued,
    DocumentLine,
    InvoiceIssued,
    Settlement,
)
from events.money import Money
from events.periods import Period
from events.reversals import (
    LinesTaken,
    after_note,
    given_back,
    left_of_lines,
    nothing_taken,
    sources_of,
    spread,
    with_billed,
    with_note,
    with_taking,
    with_waiting,
)
from tests.support.given_facts import credit_note, invoice

YEAR = Period(start=date(2020, 1, 1), end=date(2021, 1, 1))


def eur(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "EUR")


def line(
    number: int, minor: int, *takes: tuple[str, int, int], corrects: tuple[str, int] | None = None
) -> DocumentLine:
    """A line of so many cents; `takes` are document, line and cents that it takes back."""
    return DocumentLine(
        line=number,
        charge=f"c{number}",
        subscription="desk",
        reason="start",
        title="Desk",
        quantity=1,
        unit="C62",
        price=Decimal("1.00"),
        period=YEAR,
        amount=eur(minor),
        category="O",
        rate=None,
        country=None,
        corrects=None if corrects is None else Corrected(invoice=corrects[0], line=corrects[1]),
        takes=tuple(TakenFrom(invoice=a, line=b, amount=eur(c)) for a, b, c in takes),
        explain=("by hand",),
    )


def document(*lines: DocumentLine) -> InvoiceIssued:
    """An invoice `i1` of these lines."""
    return invoice().model_copy(update={"lines": lines})


def note(
    *parts: tuple[int, int], settle: Settlement | None = "credit", corrects: str = "i1"
) -> CreditNoteIssued:
    """A note on `i1`, of lines and the cents that it takes of each, with their sign."""
    lines = tuple(
        line(number, -minor, corrects=(corrects, of)) for number, (of, minor) in enumerate(parts, 1)
    )
    return credit_note(settle=settle).model_copy(update={"lines": lines})


def left(minors: tuple[int, ...], taken: LinesTaken) -> tuple[int, ...]:
    """What is left of lines of so many cents."""
    lines = [line(number, minor) for number, minor in enumerate(minors, 1)]
    return left_of_lines(lines, taken)


LEFT = [
    # as issued, noted, taken by later documents -> left
    ((100,), (0,), (0,), (100,)),
    ((100,), (30,), (0,), (70,)),
    ((100,), (30,), (50,), (20,)),
    ((100,), (0,), (100,), (0,)),
    ((100,), (80,), (50,), (0,)),
    ((-60, 240), (0, 0), (0, 0), (-60, 240)),
    ((-60, 240), (-20, 40), (0, 0), (-40, 200)),
    # what was taken from the same document since is not given back
    ((-60, 240), (0, 0), (0, 50), (-10, 190)),
    ((-60, 240), (0, 0), (0, 70), (0, 170)),
    ((-60, -30, 240), (0, 0, 0), (0, 0, 70), (0, -20, 170)),
    ((-60, 240), (-60, 0), (0, 50), (0, 190)),
    ((0,), (0,), (0,), (0,)),
]


@pytest.mark.rule("GEN-22")
@pytest.mark.parametrize(("minors", "noted", "taken", "expected"), LEFT)
def test_what_is_left_of_lines(
    minors: tuple[int, ...],
    noted: tuple[int, ...],
    taken: tuple[int, ...],
    expected: tuple[int, ...],
):
    """The amount, less what notes took, less what later documents took (CONTRACT 5.15)."""
    assert left(minors, LinesTaken(noted, taken)) == expected


def test_of_a_document_as_issued_all_is_left():
    """Nothing has been taken of any line."""
    lines = [line(1, -60), line(2, 240)]
    assert left_of_lines(lines, nothing_taken(lines)) == (-60, 240)


def test_takings_are_kept_line_by_line():
    """Notes with the sign of the line; what a later document took may come back."""
    taken = with_taking(with_note(nothing_taken([line(1, 5), line(2, 7)]), 2, 3), 2, 4)
    assert (taken.noted, taken.taken) == ((0, 3), (0, 4))
    assert with_taking(taken, 2, -4).taken == (0, 0)
    assert with_note(taken, 1, 5).noted == (5, 3)


def test_what_waits_for_its_statement_is_taken_once():
    """By the charge that waits; its document takes the rest where it bills more than waited."""

    def of(number: int, minor: int) -> TakenFrom:
        return TakenFrom(invoice="i1", line=number, amount=eur(minor))

    waiting = with_waiting(nothing_taken([line(1, 9), line(2, 9)]), of(2, 5), "c1")
    waiting = with_waiting(waiting, of(1, 2), "c1")
    assert waiting.taken == (2, 5)

    taken = with_billed(waiting, of(2, 3), "c1")
    assert (taken.taken, taken.waiting) == ((2, 5), (("c1", 1, 2), ("c1", 2, 2)))
    taken = with_billed(taken, of(2, 4), "c1")
    assert (taken.taken, taken.waiting) == ((2, 7), (("c1", 1, 2),))
    taken = with_billed(taken, of(1, 1), "c2")
    assert (taken.taken, taken.waiting) == ((3, 7), (("c1", 1, 2),))


def test_a_line_names_what_it_takes_back():
    """By parts; one of before contract 2 by the one line that it corrects; others none."""
    parts = line(1, -50, ("i1", 1, 30), ("i2", 1, 20))
    assert [(part.invoice, part.amount.minor) for part in sources_of(parts)] == [
        ("i1", 30),
        ("i2", 20),
    ]
    (whole,) = sources_of(line(1, -50, corrects=("i1", 2)))
    assert (whole.invoice, whole.line, whole.amount) == ("i1", 2, eur(50))
    assert sources_of(line(1, 50)) == sources_of(line(1, -50)) == ()
    assert sources_of(line(1, 50, corrects=("i1", 2))) == ()


@given(
    parts=st.lists(st.integers(1, 1000), min_size=1, max_size=4),
    here=st.integers(0, 500),
    cuts=st.lists(st.integers(1, 400), max_size=8),
)
def test_what_is_given_back_in_parts_comes_to_what_was_taken(
    parts: list[int], here: int, cuts: list[int]
):
    """Whatever the notes on a line that takes back, with the last each source has all again.

    What the line took on its own document has no source, and keeps its part.
    """
    total = sum(parts) + here
    taking = line(1, -total, *((f"i{n}", 1, minor) for n, minor in enumerate(parts)))
    back, before = dict.fromkeys(range(len(parts)), 0), 0
    whole = document(taking)
    so_far = nothing_taken((taking,))
    for cut in [*cuts, total]:
        minor = min(cut, total - before)
        so_far, returned = after_note(whole, so_far, note((1, -minor)))
        for part, amount in returned:
            back[int(part.invoice[1:])] += amount
        before += minor
        assert all(back[n] <= parts[n] for n in back)
        assert sum(back.values()) <= before
    assert so_far.sources == ()
    assert list(back.values()) == parts


def test_a_line_without_sources_gives_nothing_back():
    """There is no earlier line to which it could."""
    alone = line(1, -50)
    assert list(given_back(alone, 20, nothing_taken((alone,)))) == []


@pytest.mark.rule("GEN-22")
def test_a_note_takes_of_its_lines_and_returns_what_they_had_taken():
    """Of the line that takes back 25 cents in two notes: all that it had taken returns."""
    whole = document(line(1, -25, ("i0", 3, 25)), line(2, 100))
    taken, returned = after_note(whole, nothing_taken(whole.lines), note((1, -10), (2, 40)))
    assert taken.noted == (-10, 40)
    assert [(part.invoice, part.line, minor) for part, minor in returned] == [("i0", 3, 10)]

    taken, returned = after_note(whole, taken, note((1, -15), (2, 60)))
    assert taken.noted == (-25, 100)
    assert [minor for _, minor in returned] == [15]


def test_a_note_of_before_contract_2_took_all_that_was_left():
    """What credit had carried over of its line included, which stood on no document."""
    whole = document(line(1, 100), line(2, 50))
    so_far = with_taking(nothing_taken(whole.lines), 1, 20)
    taken, _ = after_note(whole, so_far, note((1, 60), settle=None))
    assert left_of_lines(whole.lines, taken) == (0, 0)


def test_a_line_of_a_note_that_corrects_nothing_is_an_error():
    """Nobody could tell what it takes."""
    broken = credit_note().model_copy(update={"lines": (line(1, -10),)})
    with pytest.raises(ValueError, match="line 1 of n1 corrects no line"):
        after_note(document(line(1, 10)), nothing_taken([line(1, 10)]), broken)


SPREAD = [
    (100, [50, 50], [50, 50], (50, 50)),
    (25, [10, 90], [10, 90], (3, 22)),
    (50, [50, 50], [50, 10], (40, 10)),
    (50, [50, 50], [0, 50], (0, 50)),
    (2, [1, 1], [0, 5], (0, 2)),
    (2, [1, 1], [-1, 5], (0, 2)),
    (200, [50, 50], [30, 40], (30, 40)),
    (10, [0, 0], [4, 6], (4, 6)),
    (0, [5, 5], [5, 5], (0, 0)),
    (9, [-5, 10], [-5, 10], (0, 9)),
]


@pytest.mark.parametrize(("amount", "billed", "left", "expected"), SPREAD)
def test_an_amount_is_spread_by_what_each_place_billed(
    amount: int, billed: list[int], left: list[int], expected: tuple[int, ...]
):
    """As far as that much is left there; what is too much goes where more is left."""
    assert spread(amount, billed, left) == expected


@given(
    places=st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=1, max_size=5),
    amount=st.integers(0, 3000),
)
def test_what_is_spread_is_all_that_fits(places: list[tuple[int, int]], amount: int):
    """Never more than is left of a place, never less than asked while something is left."""
    billed = [max(pair) for pair in places]
    rest = [min(pair) for pair in places]
    shares = spread(amount, billed, rest)
    assert all(0 <= share <= most for share, most in zip(shares, rest, strict=True))
    assert sum(shares) == min(amount, sum(rest))
