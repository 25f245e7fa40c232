"""Clocks, deadlines and the ids that carry an instant."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ledger.clock import Deadline, FixedClock, SystemClock, uuid7

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_system_clock_goes_and_is_in_utc():
    """Two looks at the clock are in order and aware."""
    first, second = SystemClock().now(), SystemClock().now()

    assert first <= second
    assert first.utcoffset() == timedelta(0)


def test_a_fixed_clock_stands_until_it_is_set():
    """It moves only when told to, and answers in UTC whatever zone it was given."""
    clock = FixedClock(NOON.astimezone(timezone(timedelta(hours=1))))
    assert clock.now() == clock.now() == NOON
    assert clock.now().tzinfo is UTC

    clock.advance(timedelta(days=1))
    assert clock.now() == NOON + timedelta(days=1)
    clock.set(NOON)
    assert clock.now() == NOON


def test_an_instant_without_zone_is_refused():
    """Nobody guesses what a naive instant meant."""
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(NOON.replace(tzinfo=None))


def test_a_deadline_runs_out():
    """What is left never grows and never falls below zero."""
    assert Deadline(0).left_ms() == 0
    deadline = Deadline(60_000)
    assert 0 < deadline.left_ms() <= 60_000


def test_ids_are_of_version_7_and_carry_their_instant():
    """The first 48 bits are the milliseconds since 1970 (RFC 9562)."""
    made = uuid7(NOON)

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(NOON.timestamp()) * 1000
    assert uuid7(NOON) != made


def test_ids_sort_as_they_were_made():
    """Ids of later instants are greater."""
    instants = [NOON + timedelta(microseconds=n) for n in range(3000)]

    made = [uuid7(instant) for instant in instants]

    assert made == sorted(made)


def test_an_id_cannot_carry_an_instant_before_1970():
    """The format has no room for it."""
    with pytest.raises(ValueError, match="before 1970"):
        uuid7(datetime(1969, 12, 31, 23, 59, tzinfo=UTC))
