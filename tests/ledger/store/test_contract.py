"""The store's contract, run on the store in memory and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from ledger.clock import FixedClock
from ledger.store.memory import MemoryStore
from ledger.store.postgres.store import PostgresStore
from tests.support.store_contract import StoreContract
from tests.support.store_samples import START


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at the start."""
    return FixedClock(START)


class TestMemoryStore(StoreContract):
    """The store in memory."""

    @pytest.fixture
    def store(self, clock: FixedClock) -> MemoryStore:
        """An empty store."""
        return MemoryStore(clock)


class TestPostgresStore(StoreContract):
    """The store in PostgreSQL."""

    @pytest.fixture
    def store(self, postgres_url: str, clock: FixedClock) -> Iterator[PostgresStore]:
        """A store in a fresh database."""
        with PostgresStore(postgres_url, clock) as store:
            yield store
