"""Which accounts may have due work, from rows: what the log says, without reading it all."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from events.envelope import Recorded
from ledger.clock import FixedClock
from ledger.store.drafts import Stored
from ledger.store.postgres.store import PostgresStore
from ledger.views.due_index import LogDueIndex
from ledger.views.due_rows import ViewDueIndex
from ledger.views.tables import Views
from projections.due import DueProjection, DueRow, waiting
from projections.rows import Rows
from tests.support.grown import BEGINNING
from tests.support.postgres import at


class CountingStore(PostgresStore):
    """A store that counts the events that are read from its log."""

    read = 0

    def read_log(self, *args: int, **kwargs: int) -> list[Stored]:
        """The log, counted."""
        found = super().read_log(*args, **kwargs)
        self.read += len(found)
        return found


@pytest.fixture
def store(grown_url: str) -> Iterator[CountingStore]:
    """The store of a ledger that has grown, whose views have come as far as the log."""
    with CountingStore(grown_url, FixedClock(BEGINNING)) as opened:
        yield opened


def test_rows_and_log_name_the_same_accounts(store: CountingStore, grown_url: str):
    """Asked on any day, the views and the log name the same accounts and first days."""
    log = LogDueIndex(store)
    with Views(grown_url) as views:
        rows = ViewDueIndex(store, views)
        days = [BEGINNING.date() + timedelta(days=n) for n in range(0, 1200, 7)]
        answers = [rows.accounts(day) for day in [*days, date.max]]

    assert answers == [log.accounts(day) for day in [*days, date.max]]
    assert answers[0] == []
    assert len(answers[-1]) == 2


def test_rows_and_log_name_the_accounts_with_orders_that_wait(grown_url: str):
    """Also while one waits: the views name it as the log does, and no other."""
    with CountingStore(grown_url, FixedClock(BEGINNING)) as opened, Views(grown_url) as views:
        rows, log = ViewDueIndex(opened, views), LogDueIndex(opened)
        assert rows.waiting() == log.waiting()
        row = DueRow(key="expiry/o", account="waits", position=1, days=(date(2030, 1, 1),))
        other = DueRow(key="end/expiry/o", account="other", position=1, days=(date(2030, 1, 1),))
        assert waiting([row, other]) == ["waits"]


def test_a_new_process_reads_no_more_than_is_new(store: CountingStore, grown_url: str):
    """However long the log is, who asks for due work reads what the views do not hold yet."""
    with Views(grown_url) as views:
        assert ViewDueIndex(store, views).accounts(date.max)

    assert store.head() > store.read == 0


def test_the_first_days_are_found_by_an_index(grown_url: str):
    """The database finds the accounts by their first day, and reads no row of the others."""
    plan = at(
        grown_url,
        "explain select account from views.due"
        " where (data -> 'days' ->> 0) collate \"C\" <= '2026-01-01'",
    )

    assert "due_first_day_idx" in str(plan)


class Broken(DueProjection):
    """A projection with a mistake."""

    version = 2

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Fail."""
        raise ValueError(event, rows)


def test_due_work_is_found_where_the_views_stand_still(store: CountingStore, grown_url: str):
    """Views that meet an event which they cannot fold hold up no due work."""
    with Views(grown_url, projections=[Broken()]) as views:
        found = ViewDueIndex(store, views).accounts(date.max)

    assert found == LogDueIndex(store).accounts(date.max) != []
