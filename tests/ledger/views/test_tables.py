"""The rows of the projections in PostgreSQL: equal to those in memory, and fed once."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from events.accounts import ApplicationSubmitted, EmailDomainApproved
from events.catalogue import PlanPublished
from events.charges import Reversal
from events.credit import CreditGranted, CreditOrigin, CreditUsed
from events.envelope import Recorded
from events.orders import CartLineAdded, CartOrdered, OrderCompleted
from events.seats import ActivationIssued, SeatsEnded
from events.subscriptions import AutoRenewDisabled, PlanChangeScheduled, SubscriptionEnded
from ledger.store.errors import StoreUnavailable
from ledger.store.postgres.migrating import migrate
from ledger.store.postgres.schemas import Schemas
from ledger.views import tables as views_module
from ledger.views.tables import Views, ViewsAhead, row_json, row_of
from projections.accounts import AccountRow
from projections.credit import CreditProjection
from projections.invoices import InvoiceRow, invoice_by_number
from projections.orders import CartRow
from projections.projection import Projection, Undigestible, fold
from projections.registry import ALL_PROJECTIONS
from projections.renewals import RenewalRow
from projections.rows import Cursor, Reader, Row
from projections.seats import SeatRow, SeatsRow
from tests.support.given_facts import (
    TERM,
    History,
    added,
    assigned,
    charge,
    charged,
    credit_note,
    eur,
    invoice,
    numbered,
    opened,
    paid,
    placed,
    plan,
    seats,
    started,
    term_started,
)

KINDS = [kind for projection in ALL_PROJECTIONS for kind in projection.kinds]


def story() -> History:
    """A history that leaves a row in every table, and drops some on its way."""
    history = History()
    history.happens(
        PlanPublished(catalogue="shop", plan="yearly", version=1, terms=plan()),
        opened(),
        EmailDomainApproved(domain="acme.example"),
        CartLineAdded(subscription="mail", plan="basic", seats=3),
        started(),
        placed("o1", 10, "start", charges=(charge(),)),
        paid("120.00", order="o1"),
        charged(),
        CreditGranted(
            credit="k1",
            source="goodwill",
            amount=eur("30.00"),
            of=CreditOrigin(charges=(Reversal(charge="c1", amount=eur("5.00")),)),
        ),
        invoice(credit_used="20.00"),
        numbered(),
        CreditUsed(credit="k1", invoice="i1", amount=eur("20.00")),
        added(1, 10),
        OrderCompleted(order="o1"),
        assigned(1),
        ActivationIssued(subscription="vpn", seat=1, person="p7", kind="code", digest="d"),
        assigned(2, "p8"),
        AutoRenewDisabled(subscription="vpn", seats=seats((2, 3))),
        PlanChangeScheduled(subscription="vpn", plan="two", seats=None, payment_method="card"),
        placed("o2", 5),
    )
    history.happens(opened("zeta"), started("old"), added(1, 2, "old"), account="zeta")
    history.happens(
        CartLineAdded(subscription="x", plan="basic", seats=1),
        CartOrdered(order="o9"),
        SubscriptionEnded(subscription="old", cause="cancelled"),
        account="zeta",
    )
    history.happens(
        SeatsEnded(subscription="vpn", seats=seats((2, 3))),
        term_started(),
        credit_note(),
        numbered("n1", "credit_note"),
        on=TERM.end,
    )
    return history


def log(history: History):
    """The history as a log to read from."""

    def read(after: int, limit: int) -> Sequence[Recorded]:
        return history.events[after : after + limit]

    return read


@pytest.fixture
def views(postgres_url: str) -> Iterator[Views]:
    """Empty tables."""
    with Views(postgres_url) as made:
        yield made


def all_rows(reader: Reader) -> dict[str, list[Row]]:
    """Every row of every table."""
    return {kind.TABLE: list(reader.page(kind)) for kind in KINDS}


def test_rows_in_postgresql_equal_those_in_memory(views):
    """The same history gives the same rows, whole and of the same types, in both places."""
    history = story()

    assert views.catch_up(log(history)) == len(history.events) == views.position()
    rows = all_rows(views)
    assert rows == all_rows(history.rows())
    assert all(rows[kind.TABLE] for kind in KINDS)


def test_small_batches_give_the_same_rows(views, monkeypatch):
    """Rows that a batch finds in the tables are folded on as if they had been in memory."""
    monkeypatch.setattr(views_module, "BATCH", 3)
    monkeypatch.setattr(views_module, "CACHE_ROWS", 2)
    history = story()

    views.catch_up(log(history))

    assert all_rows(views) == all_rows(history.rows())


def test_catching_up_goes_on_where_it_stopped(views, postgres_url):
    """Another process goes on from the checkpoint; what was folded is not folded again."""
    history = story()
    assert views.catch_up(log(history), upto=13) == 13
    assert all_rows(views) == all_rows(fold(ALL_PROJECTIONS, history.events[:13]))

    with Views(postgres_url) as other:
        other.catch_up(log(history))
        other.catch_up(log(history))
    views.catch_up(log(history))
    assert all_rows(views) == all_rows(history.rows())


def test_two_that_feed_at_once_count_once(postgres_url, monkeypatch):
    """Processes that feed the same rows at once leave the rows of one (R9)."""
    monkeypatch.setattr(views_module, "BATCH", 2)
    history = story()

    def feed(_: int) -> int:
        with Views(postgres_url) as views:
            return views.catch_up(log(history))

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(feed, range(4))) == {len(history.events)}
    with Views(postgres_url) as views:
        assert all_rows(views) == all_rows(history.rows())


def test_pages_and_keys(views):
    """Rows are read by key, by account and by subscription, page after page in order."""
    views.catch_up(log(story()))

    assert [row.key for row in views.page(AccountRow)] == ["acme", "zeta"]
    assert [row.key for row in views.page(AccountRow, account="zeta")] == ["zeta"]
    first = views.page(SeatRow, subscription="vpn", limit=1)
    second = views.page(SeatRow, subscription="vpn", after=Cursor.of(first[0]), limit=5)
    assert [row.seat for row in [*first, *second]] == [1, 2]
    found = invoice_by_number(views, "SH-2020-000001")
    assert found is not None
    assert found == views.get(InvoiceRow, "i1")
    assert views.get(CartRow, "zeta") is None
    assert views.get(RenewalRow, "old") is None


@dataclass(frozen=True)
class Raised:
    """A projection as its next version would be."""

    of: Projection
    version: int

    def __getattr__(self, name: str) -> object:
        return getattr(self.of, name)


def test_a_raised_version_makes_the_rows_anew(views, postgres_url):
    """A projection of a newer version starts from the first event, and the older one stops."""
    history = story()
    views.catch_up(log(history))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("delete from views.credit")
    raised = CreditProjection.version + 1
    newer = [Raised(p, raised) if isinstance(p, CreditProjection) else p for p in ALL_PROJECTIONS]

    with Views(postgres_url, projections=newer) as other:
        assert other.position() == 0
        assert other.catch_up(log(history)) == len(history.events)
    assert all_rows(views) == all_rows(history.rows())
    with pytest.raises(ViewsAhead, match=f"credit are of version {raised}"):
        views.catch_up(log(history))


def test_an_event_that_cannot_be_folded_changes_nothing(views):
    """A batch with an undigestible event leaves rows and checkpoints as they were."""
    history = story()
    views.catch_up(log(history))
    before = all_rows(views)
    place = len(history.events)
    history.happens(ApplicationSubmitted(), OrderCompleted(order="o7"))

    with pytest.raises(Undigestible, match="OrderCompleted"):
        views.catch_up(log(history))
    assert views.position() == place
    assert all_rows(views) == before


@pytest.fixture
def read_only(views: Views, postgres_url: str) -> Iterator[Views]:
    """The same tables in a database that takes no writes, as one without room."""
    views.catch_up(log(story()), upto=7)
    with Views(make_conninfo(postgres_url, options="-c default_transaction_read_only=on")) as made:
        with pytest.raises(StoreUnavailable, match="takes no writes"):
            made.catch_up(log(story()))
        yield made


def test_rows_that_cannot_be_written_are_read_all_the_same(read_only, views, monkeypatch):
    """Where rows cannot be written, what the log holds beyond them is folded for the reader."""
    monkeypatch.setattr(views_module, "BATCH", 3)
    history = story()

    rows, position = read_only.ahead(log(history))

    assert position == len(history.events)
    assert all_rows(rows) == all_rows(history.rows())
    assert all_rows(views) == all_rows(fold(ALL_PROJECTIONS, history.events[:7]))


def test_rows_too_far_behind_are_not_folded_for_a_reader(read_only, monkeypatch):
    """A read folds no more than so many events, and none where the rows change meanwhile."""
    monkeypatch.setattr(views_module, "AHEAD_MAX", 3)
    with pytest.raises(StoreUnavailable, match="behind by more than 3"):
        read_only.ahead(log(story()))


def test_rows_that_another_process_writes_are_not_folded_for_a_reader(read_only, views):
    """Rows that change while they are read on from could hold an event twice: nothing is told."""
    history = story()

    def overtaken(after: int, limit: int) -> Sequence[Recorded]:
        views.catch_up(log(history), upto=9)
        return history.events[after : after + limit]

    with pytest.raises(StoreUnavailable, match="being written"):
        read_only.ahead(overtaken)


def test_two_ledgers_share_a_database(empty_postgres_url):
    """Each ledger has rows of its own, whatever the other's log holds (R7)."""
    mine, yours = Schemas.prefixed("a_"), Schemas.prefixed("b_")
    for schemas in (mine, yours):
        migrate(empty_postgres_url, schemas)

    with (
        Views(empty_postgres_url, mine) as views,
        Views(empty_postgres_url, yours) as others,
    ):
        views.catch_up(log(story()))
        assert others.position() == 0
        assert others.page(AccountRow) == []
        assert len(views.page(AccountRow)) == 2


def test_a_row_comes_back_equal_from_its_json():
    """Sets of seats, money, dates and documents survive the way into a table and back."""
    history = story().happens(added(11, 100_000), on=date(2021, 7, 1))

    for kind, rows in ((kind, history.rows().page(kind)) for kind in KINDS):
        for row in rows:
            assert row_of(kind, row_json(row)) == row
    whole = history.rows().get(SeatsRow, "vpn")
    assert whole is not None
    assert len(row_json(whole)) < 1000
