"""The `eventsourcing` library's own suites, run on our stores through its recorder interface."""

from collections.abc import Callable
from itertools import count
from uuid import UUID

import pytest
from eventsourcing.persistence import OperationalError, StoredEvent
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

from ledger.clock import FixedClock, SystemClock
from ledger.store.memory import MemoryStore
from ledger.store.postgres.store import PostgresStore
from ledger.store.recorder import SnapshotRecorder, StoreRecorder
from tests.support.store_samples import START, one

_numbers = count(1)


class _OnMemory:
    """Recorders on a store in memory."""

    def new_originator_id(self) -> str:
        """The name of a fresh stream."""
        return f"account/{next(_numbers)}"

    def create_recorder(self) -> StoreRecorder:
        """A recorder on an empty store."""
        return StoreRecorder(MemoryStore(SystemClock()))


class _OnPostgres(_OnMemory):
    """Recorders on a store in PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _databases(self, new_database: Callable[[], str], request: pytest.FixtureRequest) -> None:
        self.make_database = new_database
        self.at_the_end = request.addfinalizer

    def create_recorder(self) -> StoreRecorder:
        """A recorder on a store in a fresh database."""
        return StoreRecorder(self.create_store())

    def create_store(self) -> PostgresStore:
        """A store in a fresh database."""
        store = PostgresStore(self.make_database(), SystemClock())
        self.at_the_end(store.close)
        return store


class _ApplicationSuite(ApplicationRecorderTestCase[StoreRecorder]):
    """The library's suite, with the part that it leaves to choice."""

    def test_insert_subscribe(self) -> None:
        """A subscription brings what was written before and after it began."""
        self.optional_test_insert_subscribe()


class TestApplicationRecorderOnMemory(_OnMemory, _ApplicationSuite):
    """The library's suite for recorders of applications, in memory."""


class TestApplicationRecorderOnPostgres(_OnPostgres, _ApplicationSuite):
    """The library's suite for recorders of applications, on PostgreSQL."""


class TestSnapshotRecorderOnMemory(_OnMemory, AggregateRecorderTestCase):
    """The library's suite for recorders of snapshots, in memory."""

    def create_recorder(self) -> SnapshotRecorder:
        """A recorder on the kept states of an empty store."""
        return SnapshotRecorder(MemoryStore(SystemClock()))


class TestSnapshotRecorderOnPostgres(_OnPostgres, AggregateRecorderTestCase):
    """The library's suite for recorders of snapshots, on PostgreSQL."""

    def create_recorder(self) -> SnapshotRecorder:
        """A recorder on the kept states of a fresh database."""
        return SnapshotRecorder(self.create_store())


class TestNonInterleavingOnMemory(_OnMemory, NonInterleavingNotificationIDsBaseCase):
    """Writers at once do not mix their positions, in memory."""


class TestNonInterleavingOnPostgres(_OnPostgres, NonInterleavingNotificationIDsBaseCase):
    """Writers at once do not mix their positions, on PostgreSQL."""


del _ApplicationSuite
del AggregateRecorderTestCase
del ApplicationRecorderTestCase
del NonInterleavingNotificationIDsBaseCase


def test_a_subscription_by_topic_gets_past_what_it_skips():
    """Events of other topics are passed over, however many, and none of ours is missed."""
    store = MemoryStore(FixedClock(START))
    recorder = StoreRecorder(store)
    store.append([one(f"k{n}") for n in range(1200)])
    store.append([one("last", type="SeatsRenewed")])

    with recorder.subscribe(topics=["SeatsRenewed"]) as subscription:
        assert next(subscription).id == 1201


def test_plain_rows_and_decisions_share_one_log():
    """What the library writes takes positions of the same log, and is read back with it."""
    store = MemoryStore(FixedClock(START))
    store.append([one("k1")])
    StoreRecorder(store).insert_events([StoredEvent("other", 0, "Plain", b"\xff")])
    store.append([one("k2")])

    log = store.read_log()

    assert [event.position for event in log] == [1, 2, 3]
    assert (log[1].id, log[1].data, log[1].command_id) == (UUID(int=0), b"\xff", "")


def test_a_database_that_is_away_is_the_library_s_own_error():
    """The library's tools know their own errors, not ours."""
    store = PostgresStore("host=127.0.0.1 port=1", SystemClock(), patience_s=1)

    with store, pytest.raises(OperationalError):
        StoreRecorder(store).insert_events([StoredEvent("s", 1, "T", b"")])
