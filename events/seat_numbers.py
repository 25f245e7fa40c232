"""A set of seat numbers that costs the same for ten seats and for a hundred thousand.

The numbers are the bits of one integer, so that union, difference and the lowest free number are
single operations on a machine's words; a fact stores them as ranges, `[[1, 5], [7, 7]]`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MAX_SEAT_NUMBER = 10_000_000
"""No subscription numbers more seats than this; it bounds the size of a set."""

_RUN = re.compile("1+")


class SeatNumbers:
    """An immutable set of seat numbers from 1 up."""

    __slots__ = ("bits",)
    bits: int

    def __init__(self, bits: int = 0) -> None:
        """Take the set whose member `n` is bit `n`."""
        object.__setattr__(self, "bits", bits)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse any change.

        Raises:
            AttributeError: always.
        """
        message = f"SeatNumbers is immutable: {name} stays as it is, whatever {value!r} is"
        raise AttributeError(message)

    @classmethod
    def span(cls, first: int, last: int) -> Self:
        """Give the numbers from `first` to `last`, both included; none when `last` is before."""
        if last < first:
            return cls()
        return cls(((1 << (last - first + 1)) - 1) << first)

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Self:
        """Give the set of these numbers; ValueError for one below zero."""
        members = list(numbers)
        if not members:
            return cls()
        if min(members) < 0:
            raise ValueError("a seat's number is not below zero")
        # One integer made once: a union a number would copy the whole set each time.
        octets = bytearray((max(members) >> 3) + 1)
        for number in members:
            octets[number >> 3] |= 1 << (number & 7)
        return cls(int.from_bytes(octets, "little"))

    @classmethod
    def from_ranges(cls, ranges: Iterable[Iterable[int]]) -> Self:
        """Read ranges as a fact stores them.

        Raises:
            ValueError: a range is no pair of rising numbers from 1 to MAX_SEAT_NUMBER.
        """
        bits = 0
        for pair in ranges:
            members = list(pair)
            if len(members) != 2 or not all(type(member) is int for member in members):
                raise ValueError("a range of seats is a pair of whole numbers")
            first, last = members
            if not 1 <= first <= last <= MAX_SEAT_NUMBER:
                raise ValueError("a range of seats rises and starts at 1 or later")
            bits |= ((1 << (last - first + 1)) - 1) << first
        return cls(bits)

    def ranges(self) -> list[list[int]]:
        """Give the numbers as rising ranges, both ends included."""
        lowest = self.lowest()
        if lowest is None:
            return []
        bits = self.bits >> lowest
        if not bits & (bits + 1):
            # One run, the usual case, costs no look at each number.
            return [[lowest, lowest + bits.bit_length() - 1]]
        runs = _RUN.finditer(bin(bits)[:1:-1])
        return [[lowest + run.start(), lowest + run.end() - 1] for run in runs]

    def chunks(self, most: int = 8000) -> "list[SeatNumbers]":
        """Give the set in parts of so many ranges, each small enough for one fact; one at least."""
        ranges = self.ranges()
        parts = [ranges[start : start + most] for start in range(0, len(ranges), most)]
        return [SeatNumbers.from_ranges(part) for part in parts] or [self]

    def lowest(self) -> int | None:
        """Give the lowest number, or None of an empty set."""
        return (self.bits & -self.bits).bit_length() - 1 if self.bits else None

    def first(self, count: int) -> "SeatNumbers":
        """Give the `count` lowest numbers, or all of them when there are fewer."""
        if count <= 0:
            return SeatNumbers()
        if count >= len(self):
            return self
        # Only as far up as they reach: the runs of a large, scattered set are never listed.
        end = count
        while (self.bits & ((1 << end) - 1)).bit_count() < count:
            end *= 2
        near = self.bits & ((1 << end) - 1)
        start = 0
        while start < end:
            middle = (start + end) // 2
            if (near & ((1 << middle) - 1)).bit_count() < count:
                start = middle + 1
            else:
                end = middle
        return SeatNumbers(near & ((1 << end) - 1))

    def last(self, count: int) -> "SeatNumbers":
        """Give the `count` highest numbers, or all of them when there are fewer."""
        if count <= 0:
            return SeatNumbers()
        if count >= len(self):
            return self
        start, end = 0, self.bits.bit_length()
        while end - start > 1:
            middle = (start + end) // 2
            if (self.bits >> middle).bit_count() < count:
                end = middle
            else:
                start = middle
        return SeatNumbers(self.bits >> start << start)

    def __contains__(self, number: int) -> bool:
        """Tell whether the number is in the set."""
        return number >= 0 and bool(self.bits >> number & 1)

    def __len__(self) -> int:
        """Count the numbers."""
        return self.bits.bit_count()

    def __iter__(self) -> Iterator[int]:
        """Go through the numbers, lowest first."""
        for first, last in self.ranges():
            yield from range(first, last + 1)

    def __or__(self, other: "SeatNumbers") -> "SeatNumbers":
        """Give the numbers of either."""
        return SeatNumbers(self.bits | other.bits)

    def __and__(self, other: "SeatNumbers") -> "SeatNumbers":
        """Give the numbers of both."""
        return SeatNumbers(self.bits & other.bits)

    def __sub__(self, other: "SeatNumbers") -> "SeatNumbers":
        """Give the numbers of this one that the other has not."""
        return SeatNumbers(self.bits & ~other.bits)

    def __eq__(self, other: object) -> bool:
        """Compare the members."""
        return isinstance(other, SeatNumbers) and self.bits == other.bits

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(self.bits)

    def __repr__(self) -> str:
        """Show the ranges."""
        return f"SeatNumbers.from_ranges({self.ranges()})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from ranges or from an instance, write as ranges."""
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.from_ranges(_ranges(value)),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: value.ranges()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the ranges."""
        number = {"type": "integer", "minimum": 1, "maximum": MAX_SEAT_NUMBER}
        pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        return {"type": "array", "items": pair}


def _ranges(value: object) -> list[list[int]]:
    if isinstance(value, list | tuple) and all(isinstance(pair, list | tuple) for pair in value):
        return [list(pair) for pair in value]
    raise ValueError("seat numbers are a list of ranges")
