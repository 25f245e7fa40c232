"""A command in an account with a long history, or with many free seats, against a small one."""

from collections.abc import Callable
from functools import partial
from itertools import count

from tests.bench.figures import SMALL, Figure, Setting
from tests.bench.measuring import Measured, Sample, in_turns, milliseconds
from tests.bench.service import (
    Rehearsal,
    adding,
    assigning,
    opened,
    opening,
    publication,
    releasing,
)

WARM = 10
"""How many commands a round of a warm account is the median of."""

_numbers = count()


def with_facts(url: str, account: str, facts: int) -> None:
    """An account with about so many facts: seats bought, given, and released again."""
    rehearsal = Rehearsal()
    for command in opening(account, 1):
        rehearsal.send(command)
    number = 0
    with opened(url) as service:
        while rehearsal.facts(account) < facts:
            number += 1
            rehearsal.send(adding(account, number))
            seat = rehearsal.send(assigning(account, number))["seat"]
            rehearsal.send(releasing(account, seat, number))
            if number % 100 == 0:
                service.append(rehearsal.take())
        service.append(rehearsal.take())
    with opened(url) as service:
        # As a service that was there all the time would have: with a snapshot.
        service.send(adding(account, number + 1))


def with_free_seats(url: str, account: str, seats: int) -> None:
    """An account with so many free seats."""
    with opened(url) as service:
        service.send_all(opening(account, seats))


def sending(url: str, account: str, *, cold: bool) -> Sample:
    """How long a command takes: the first that a service sees of an account, or later ones."""

    def command() -> None:
        service.send(adding(account, 1_000_000 + next(_numbers)))

    with opened(url) as service:
        service.send(adding("other", 1_000_000 + next(_numbers)))
        if cold:
            return milliseconds(1, command)
        command()
        return milliseconds(WARM, command)


def of_small(url: str, *, cold: bool) -> Sample:
    """The same of a small account: another each time, as it would not stay small."""
    account = f"small{next(_numbers)}"
    with opened(url) as service:
        service.send_all(opening(account, SMALL))
    return sending(url, account, cold=cold)


def large_and_small(
    made: Callable[[str, str, int], None], what: str, cold: bool, setting: Setting
) -> Measured:
    """A command in a large account and in a small one."""
    url = setting.server.ledger()
    with opened(url) as service:
        service.send(publication())
        service.send_all(opening("other", 1))
    made(url, "large", setting.large)
    works = {
        f"with {setting.large:,} {what}": lambda: sending(url, "large", cold=cold),
        f"with {SMALL}": lambda: of_small(url, cold=cold),
    }
    return in_turns(works, setting.pairs)


_FACTS = (with_facts, "events")
_SEATS = (with_free_seats, "free seats")
FIGURES = (
    Figure("events_first", "first AddSeats in an account with a long history", "ms",
           "1.3x", partial(large_and_small, *_FACTS, True), less=True),
    Figure("events_warm", "later AddSeats in it", "ms",
           "1.3x", partial(large_and_small, *_FACTS, False), less=True),
    Figure("seats_first", "first AddSeats in an account with many free seats", "ms",
           "1.3x", partial(large_and_small, *_SEATS, True), less=True),
    Figure("seats_warm", "later AddSeats in it", "ms",
           "1.3x", partial(large_and_small, *_SEATS, False), less=True),
)  # fmt: skip
