"""Moves the clock of a ledger that has a clock of its own: a scenario's, or the demo's.

The clock stops at each day on which work falls due, so that statements, renewals and ends are
written on their days, as they would be by a service that runs all the time.
"""

from datetime import datetime

from ledger.clock import FixedClock
from ledger.writer import Service


class StuckWork(Exception):
    """Due work was left undone on its day: a mistake of the ledger, never of its user."""


def advance(service: Service, clock: FixedClock, to: datetime) -> None:
    """Move a ledger's clock forwards, stopping wherever work falls due; it never goes back.

    Raises `StuckWork` where a tick does nothing of what is due and does not say that it cannot.
    """
    while (due := service.next_due()) is not None and due <= to:
        clock.set(max(due, clock.now()))
        if not service.tick() and service.next_due() == due:
            raise StuckWork(f"what was due at {due.isoformat()} was not done")
    if to > clock.now():
        clock.set(to)
