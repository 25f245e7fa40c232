"""Whether a log written by writer processes is whole, and followers that check as they go."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from ledger.clock import SystemClock
from ledger.store.following import Follower
from ledger.store.postgres.schemas import Schemas
from ledger.store.postgres.store import PostgresStore
from ledger.store.recorder import StoreRecorder
from ledger.verifying.findings import Findings
from ledger.verifying.sealed import SealedCheck
from ledger.verifying.source import DatabaseSource
from tests.support.writer_processes import EVENTS_A_COMMAND, Writer


def check_whole(url: str, schemas: Schemas | None = None) -> tuple[int, set[str]]:
    """See that a log has no hole, no double and no key astray; its end, and its keys."""
    with DatabaseSource.open(url, schemas) as source:
        findings = Findings()
        check = SealedCheck(findings)
        events: Counter[str] = Counter()
        places: dict[str, list[int]] = {}
        for row in source.rows():
            check.take(row)
            position, key = row.values[3], row.values[13]
            events[key] += 1
            places.setdefault(key, []).append(position)
        assert findings.kept == []
        keys = list(source.keys())
    assert set(events.values()) <= {EVENTS_A_COMMAND}
    for key in keys:
        assert key.first_position is not None
        assert key.last_position is not None
        assert places[key.command_id] == [*range(key.first_position, key.last_position + 1)]
    assert {key.command_id for key in keys} == set(events)
    assert len(keys) == len(events)
    return check.position, set(events)


def check_acknowledged(url: str, writers: list[Writer]) -> None:
    """See that whatever a writer was told is so, and that nothing was done but what it sent."""
    _, keys = check_whole(url)
    sent = {f"{writer.name}-{n}" for writer in writers for n in range(writer.count)}
    assert keys <= sent
    with PostgresStore(url, SystemClock()) as store:
        for writer in writers:
            for key, told in writer.acknowledged.items():
                row = store.answer(key)
                assert row is not None, key
                assert (told["first"], told["last"]) == (row.first_position, row.last_position)
                assert told["answer"] in {None, row.answer.decode()}


@dataclass
class Watching:
    """Subscribers of several kinds; each sees every position once and ascending, or fails."""

    followers: list[Follower] = field(default_factory=list)
    done: list["Future[int]"] = field(default_factory=list)

    def follow(self, follower: Follower) -> int:
        """Follow to the end; the follower itself refuses a hole, a double and a step back."""
        for _ in follower:
            pass
        return follower.position


@contextmanager
def watching(url: str, events: int, schemas: Schemas | None = None) -> Iterator[None]:
    """Subscribers beside the writers, until each of them has seen so many events."""
    stores = [PostgresStore(url, SystemClock(), schemas, pool_size=4) for _ in range(2)]
    watch = Watching([Follower(stores[0]), Follower(stores[1]), Follower(stores[1], limit=7)])
    subscription = StoreRecorder(stores[0]).subscribe()

    def subscribe() -> int:
        last = 0
        for notification in subscription:
            assert notification.id == last + 1
            last = notification.id
            if last == events:
                break
        return last

    with ThreadPoolExecutor(len(watch.followers) + 1) as threads:
        subscribed = threads.submit(subscribe)
        watch.done = [threads.submit(watch.follow, one) for one in watch.followers]
        try:
            yield
            for store in stores:
                assert store.wait(events, 60_000)
            assert subscribed.result(60) == events
        finally:
            subscription.stop()
            for follower in watch.followers:
                follower.stop()
        for done in watch.done:
            assert done.result(60) == events
    for store in stores:
        store.close()
