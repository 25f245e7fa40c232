"""`make bench`: how fast it is, each figure beside a baseline that was measured in the same run.

Machines differ and are disturbed, so what counts is the ratio: two works are measured in turns,
several rounds of each, and the medians are compared. Nothing here fails; tests count work instead.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from events.registry import FACTS
from ledger.calc.lines import CALCULATIONS, answer
from ledger.clock import FixedClock, SystemClock
from ledger.embedded import start
from ledger.service import Service
from ledger.service.states import SNAPSHOT_EVERY, Accounts
from ledger.snapshots import encode
from ledger.store.migrating import migrate
from ledger.store.postgres import PostgresStore
from projections.projection import fold
from projections.registry import ALL_PROJECTIONS
from tests.histories import run, seeded
from tests.ledger.desk import Desk
from tests.ledger.test_large_subscription import with_seats
from tests.store_samples import one

ROUNDS = 7
Clock = Callable[[], float]
Work = Callable[[], int]
"""Does something so many times, and says how many."""


class Measured(NamedTuple):
    """Two rates per second, the second one's the baseline, and what was done."""

    what: str
    unit: str
    rate: float
    against: str
    baseline: float

    @property
    def ratio(self) -> float:
        """How many times as fast as the baseline."""
        return self.rate / self.baseline


def in_turns(
    what: str, unit: str, work: Work, against: str, baseline: Work, clock: Clock = time.process_time
) -> Measured:
    """Measure two works in turns; the first round of each only warms up.

    What waits for nobody is measured by the time of the processor, which neighbours disturb less.
    """
    rates: dict[int, list[float]] = {0: [], 1: []}
    for number in range(ROUNDS + 1):
        for index, todo in enumerate((work, baseline)):
            begun = clock()
            done = todo()
            rate = done / (clock() - begun)
            if number:
                rates[index].append(rate)
    return Measured(what, unit, median(rates[0]), against, median(rates[1]))


def assigning(desk: Desk, times: int = 20) -> Work:
    """A seat is given and released again, through the whole service in memory."""

    def work() -> int:
        for _ in range(times):
            fields = {"email": "bob@acme.example", "name_": "Bob"}
            seat = desk.do("AssignSeat", subscription="vpn", **fields).result["seat"]
            desk.do("ReleaseSeat", subscription="vpn", seat=seat)
        return 2 * times

    return work


def adding(desk: Desk, times: int = 20) -> Work:
    """A seat is bought, with its charge, invoice and payment, through the service in memory."""

    def work() -> int:
        for _ in range(times):
            desk.do("AddSeats", subscription="vpn", quantity=1)
        return times

    return work


def large_and_small() -> Iterator[Measured]:
    """Commands on a large subscription against the same on a small one."""
    against = "with 10"
    for name, made in (("AssignSeat, ReleaseSeat", assigning), ("AddSeats", adding)):
        large, small = made(with_seats(100_000)), made(with_seats(10))
        yield in_turns(f"{name} with 100,000 seats", "commands", large, against, small)


@contextmanager
def postgres() -> Iterator[PostgresStore]:
    """A store on a throw-away PostgreSQL that keeps its promises (fsync on)."""
    with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as server:
        migrate(server.migration_url, service_url=server.url)
        with PostgresStore(server.url, SystemClock()) as store:
            yield store


def appending(store: PostgresStore) -> Measured:
    """Fifty decisions in one append against fifty appends of one."""
    numbers = count()

    def decisions() -> list[Any]:
        keys = [f"k{next(numbers)}" for _ in range(50)]
        return [one(key, f"account/{key}") for key in keys]

    def together() -> int:
        return len(store.append(decisions()))

    def by_one() -> int:
        return sum(len(store.append([decision])) for decision in decisions())

    what = "appends of 50 decisions"
    return in_turns(what, "decisions", together, "one by one", by_one, time.perf_counter)


def calculating(lines: int = 3000) -> Measured:
    """Lines of `calc prorate` against reading and writing the same JSON."""
    line = json.dumps({
        "currency": "USD", "price": "8.32", "per": "month", "quantity": 5, "method": "months",
        "period_start": "2020-06-25", "period_end": "2021-06-25", "change": "2020-08-25",
    })  # fmt: skip
    prorate = CALCULATIONS["prorate"]
    told, good = answer(prorate, line)
    assert good, told

    def work() -> int:
        for _ in range(lines):
            answer(prorate, line)
        return lines

    def baseline() -> int:
        for _ in range(lines):
            json.loads(line)
            json.dumps(json.loads(told))
        return lines

    return in_turns("calc prorate", "lines", work, "the JSON alone", baseline)


def folding() -> Measured:
    """All projections over a history, against parsing its facts once more."""
    events = run(seeded("group", 1, 600)).events()
    texts = [(FACTS[event.type], event.fact.model_dump_json()) for event in events]

    def work() -> int:
        fold(ALL_PROJECTIONS, events)
        return len(events)

    def baseline() -> int:
        for kind, text in texts:
            kind.model_validate_json(text)
        return len(texts)

    return in_turns("folding all projections", "events", work, "parsing the facts", baseline)


def loading(store: PostgresStore) -> Measured:
    """A cold load of an account from its snapshot against one of all its facts."""
    desk = Desk(store, FixedClock(SystemClock().now()))
    desk.publish("parallels")
    desk.open(country="US")
    desk.do("StartSubscription", account="acme", subscription="vpn", plan="desktop-business-12m",
            seats=10, payment_method="card")  # fmt: skip
    adding(desk, SNAPSHOT_EVERY)()
    state = Service(store, desk.clock).state("acme")
    store.save_snapshot("acme", state.version, 10_000, encode(state))

    def with_snapshot() -> int:
        return sum(Accounts(store).now("acme").version > 0 for _ in range(3))

    def from_zero() -> int:
        return sum(Accounts(store).as_of("acme", store.head()).version > 0 for _ in range(3))

    what = f"cold load of an account of {state.version} facts"
    return in_turns(what, "loads", with_snapshot, "from zero", from_zero, time.perf_counter)


def measurements() -> Iterator[Measured]:
    """All of them, as they come."""
    yield from large_and_small()
    yield calculating()
    yield folding()
    with postgres() as store:
        yield appending(store)
        yield loading(store)


def main() -> None:
    """Print a table, a line as soon as it is measured."""
    print(f"{'what':<46} {'per second':>12}  {'baseline':<20} {'per second':>12} {'ratio':>7}")
    for found in measurements():
        print(
            f"{found.what + ', ' + found.unit:<46} {found.rate:>12,.0f}  "
            f"{found.against:<20} {found.baseline:>12,.0f} {found.ratio:>6.2f}x"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
