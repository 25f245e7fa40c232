"""Sets of seat numbers: as sets of integers are, stored as ranges, quick however many they hold."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import TypeAdapter, ValidationError

from events.seat_numbers import MAX_SEAT_NUMBER, SeatNumbers

numbers = some.sets(some.integers(min_value=1, max_value=200))
adapter = TypeAdapter(SeatNumbers)


@given(numbers, numbers)
def test_they_are_sets(one: set[int], other: set[int]):
    """Union, intersection, difference, size, membership and order are those of sets."""
    first, second = SeatNumbers.of(one), SeatNumbers.of(other)

    assert list(first | second) == sorted(one | other)
    assert list(first & second) == sorted(one & other)
    assert list(first - second) == sorted(one - other)
    assert len(first) == len(one)
    assert all((number in first) == (number in one) for number in range(-1, 202))
    assert (first == second) == (one == other)
    assert first.lowest() == min(one, default=None)
    assert bool(first) == bool(one)


@given(numbers)
def test_ranges_are_the_shortest_way_to_write_them(members: set[int]):
    """Rising, apart from one another, and the same set when read again."""
    ranges = SeatNumbers.of(members).ranges()

    assert SeatNumbers.from_ranges(ranges) == SeatNumbers.of(members)
    assert [n for first, last in ranges for n in range(first, last + 1)] == sorted(members)
    assert all(ends[1] + 1 < starts[0] for ends, starts in pairwise(ranges))


@given(numbers, some.integers(min_value=0, max_value=250))
def test_the_first_ones(members: set[int], count: int):
    """The lowest numbers, as many as asked for or as there are."""
    assert list(SeatNumbers.of(members).first(count)) == sorted(members)[:count]


@given(numbers, some.integers(min_value=0, max_value=250))
def test_the_last_ones(members: set[int], count: int):
    """The highest numbers, as many as asked for or as there are."""
    rising = sorted(members)
    assert list(SeatNumbers.of(members).last(count)) == rising[max(len(rising) - count, 0) :]


@given(numbers, some.integers(min_value=1, max_value=5))
def test_chunks_are_parts_of_few_ranges(members: set[int], most: int):
    """Together they are the whole, each of a bounded number of ranges, and at least one."""
    whole = SeatNumbers.of(members)
    parts = whole.chunks(most)

    assert SeatNumbers.of(number for part in parts for number in part) == whole
    assert sum(len(part) for part in parts) == len(whole)
    assert all(len(part.ranges()) <= most for part in parts)
    assert parts


@given(numbers)
def test_they_survive_the_way_through_json(members: set[int]):
    """A fact holds ranges, and the set is read back from them."""
    seats = SeatNumbers.of(members)

    assert adapter.validate_json(adapter.dump_json(seats)) == seats
    assert adapter.validate_python(seats) is seats
    assert json.loads(adapter.dump_json(seats)) == seats.ranges()


@pytest.mark.parametrize(
    "given",
    [5, "1-5", None, [1, 2], [[1]], [[1, 2, 3]], [[0, 2]], [[-1, 2]], [[3, 2]], [["1", "2"]],
     [[1, MAX_SEAT_NUMBER + 1]], [[1.0, 2]], [[True, 2]], {"1": 2}],
    ids=str,
)  # fmt: skip
def test_what_is_no_list_of_ranges_is_refused(given: Any):
    """Pairs of rising whole numbers from 1, and nothing else."""
    with pytest.raises(ValidationError):
        adapter.validate_python(given)


def test_ten_million_is_the_highest_number():
    """The limit bounds what one set can cost, and what a stored fact may hold."""
    highest = SeatNumbers.from_ranges([[10_000_000, 10_000_000]])

    assert list(highest) == [MAX_SEAT_NUMBER]
    with pytest.raises(ValueError, match="rises"):
        SeatNumbers.from_ranges([[10_000_001, 10_000_001]])


@pytest.mark.parametrize("count", [1, 2, 4_000])
def test_the_first_and_last_of_a_scattered_set(count: int):
    """Found by halving, whatever lies between the numbers and below the lowest."""
    odd = list(range(1_001, 11_001, 2))
    seats = SeatNumbers.of(odd)

    assert list(seats.first(count)) == odd[:count]
    assert list(seats.last(count)) == odd[-count:]


def test_a_set_takes_zero_but_nothing_below():
    """Zero can be a member though no seat bears it; a number below it cannot."""
    assert list(SeatNumbers.of([0, 2])) == [0, 2]
    with pytest.raises(ValueError, match="below zero"):
        SeatNumbers.of([2, -1])


def test_a_set_comes_in_one_part_up_to_eight_thousand_ranges():
    """As many as fit into one fact; one more, and there are two parts."""
    odd = SeatNumbers.of(range(1, 16_001, 2))

    assert odd.chunks() == [odd]
    assert [len(part) for part in (odd | SeatNumbers.of([16_001])).chunks()] == [8_000, 1]


def test_they_never_change():
    """A set is a value: nothing about it can be set."""
    seats = SeatNumbers.span(1, 5)

    with pytest.raises(AttributeError):
        seats.bits = 0
    assert hash(seats) == hash(SeatNumbers.of([5, 4, 3, 2, 1]))
    assert repr(seats) == "SeatNumbers.from_ranges([[1, 5]])"
    assert SeatNumbers.span(3, 2) == SeatNumbers()
    assert list(SeatNumbers.span(3, 3)) == [3]


def test_a_hundred_thousand_are_as_easy_as_ten():
    """Whole runs are found without a look at each number."""
    many = SeatNumbers.span(1, 100_000)

    assert many.ranges() == [[1, 100_000]]
    assert (many - SeatNumbers.span(1, 99_999)).ranges() == [[100_000, 100_000]]
    assert (many - SeatNumbers.of([500])).ranges() == [[1, 499], [501, 100_000]]
    assert many.first(99_999).ranges() == [[1, 99_999]]
