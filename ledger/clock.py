"""The only place that reads the time: clocks, deadlines, and the ids that carry an instant.

Everything else takes a `Clock`, so that a test or a scenario can set the time.
"""

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """Whatever tells the present instant."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The computer's own clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is set: for scenarios, replays and tests."""

    def __init__(self, now: datetime) -> None:
        self._now = _in_utc(now)

    def now(self) -> datetime:
        """The instant that the clock was last set to."""
        return self._now

    def set(self, now: datetime) -> None:
        """Set the clock, forwards or backwards. A naive instant raises `ValueError`."""
        self._now = _in_utc(now)

    def advance(self, by: timedelta) -> None:
        """Move the clock by a span of time."""
        self._now += by


class Deadline:
    """How much is left of a wait, measured on a clock that is never set back."""

    def __init__(self, timeout_ms: int) -> None:
        self._end_ns = time.monotonic_ns() + timeout_ms * 1_000_000

    def left_ms(self) -> int:
        """Milliseconds left, rounded up; 0 once it has passed."""
        return max(0, -((time.monotonic_ns() - self._end_ns) // 1_000_000))


def uuid7(now: datetime) -> UUID:
    """A new id that sorts by its instant (RFC 9562, version 7), with 62 random bits.

    The twelve bits after the milliseconds hold the fraction of the millisecond, so that ids of
    one process sort as they were made. An instant before 1970 raises `ValueError`.
    """
    micros = (_in_utc(now) - _EPOCH) // timedelta(microseconds=1)
    if micros < 0:
        raise ValueError(f"an id cannot carry an instant before 1970: {now.isoformat()}")
    millis, rest = divmod(micros, 1000)
    value = millis << 80
    value |= 0x7 << 76
    value |= (rest * 4096 // 1000) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return UUID(int=value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs its time zone: {instant.isoformat()}")
    return instant.astimezone(UTC)
