"""The order of due work over all accounts: by day, then by kind, then by id (CONTRACT 5.1)."""

from collections.abc import Callable, Iterable
from datetime import date
from heapq import heapify, heappop, heappush

from commands.due import DueOrder

Work = Callable[[str, DueOrder | None], DueOrder | None]
"""Does an account's due work that comes before another's (None: all of it); what is left then."""


def in_order(accounts: Iterable[tuple[date, str]], work: Work) -> None:
    """Do the due work of accounts, of each of which the day before which nothing is due is known.

    An account is asked for its work when its day comes, and goes on for as long as it is first.
    """
    waiting: list[tuple[DueOrder, str]] = [((day, -1, ""), name) for day, name in accounts]
    heapify(waiting)
    while waiting:
        first, account = heappop(waiting)
        before = waiting[0][0] if waiting else None
        if before is not None and first[1] < 0:
            before = first  # only its day is known: it is asked, and does nothing yet
        left = work(account, before)
        if left is not None:
            heappush(waiting, (left, account))
