"""The contract suite under test: it passes a sound store and catches every broken one (R20)."""

from collections.abc import Callable

import pytest

from ledger.clock import FixedClock, SystemClock
from ledger.store.memory import MemoryStore
from ledger.store.postgres import statements
from ledger.store.postgres.store import PostgresStore
from tests.support.broken_stores import BROKEN, contract, findings

EXPECTED = {
    "EventLost": "test_streams_and_the_log_count_from_one_without_gaps",
    "TwoSwapped": "test_streams_and_the_log_count_from_one_without_gaps",
    "OneDoubled": "test_streams_and_the_log_count_from_one_without_gaps",
    "KeyIgnored": "test_a_repeated_command_answers_as_before",
    "PositionSkipped": "test_a_refusal_takes_no_place",
    "ClaimIgnored": "test_a_claim_is_taken_once",
}
"""Where a mistake is found first of all: by the test that is about it."""


def test_a_sound_store_passes():
    """The same way of running the suite finds nothing wrong with the store in memory."""
    assert len(list(contract())) > 30
    assert findings(MemoryStore) == {}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_broken_store_is_caught(broken: type[MemoryStore]):
    """A mistake that a store could have fails at least one test of the contract."""
    found = findings(broken)

    assert found, broken.__doc__
    if broken.__name__ in EXPECTED:
        assert EXPECTED[broken.__name__] in found


def test_a_store_in_postgresql_without_its_lock_is_caught(new_database: Callable[..., str]):
    """Without the lock writers at once collide or leave gaps, and the suite says so (D1)."""

    def make(_: FixedClock) -> PostgresStore:
        store = PostgresStore(new_database(), SystemClock())
        store._sql[statements.LOCK] = b"select %s"
        return store

    assert findings(make, ["test_sixteen_threads_leave_no_gap"])
