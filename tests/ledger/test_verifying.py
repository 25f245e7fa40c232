"""A verification finds what a superuser does to the tables, with position and reason.

Each test grows a ledger, changes it past all triggers, and looks at what is found.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from ledger.clock import FixedClock
from ledger.store.memory import MemoryStore
from ledger.store.plain import PlainRow
from ledger.store.postgres import PostgresStore
from ledger.store.schemas import Schemas
from ledger.store.sealing import GENESIS, chained, leaf_of
from ledger.verifying import CHECKS, Kept, Report, StoreSource, verify, verify_database
from ledger.verifying.source import DatabaseSource
from tests.grown import BEGINNING, feed, grow
from tests.postgres import as_superuser

Tamper = Callable[..., Any]


@pytest.fixture
def tamper(grown_url: str) -> Iterator[Tamper]:
    """Run statements as a superuser, past all triggers; answer the rows of the last one."""
    with psycopg.connect(as_superuser(grown_url), autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")

        def run(*statements: str) -> Any:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else cursor.rowcount

        yield run


def reseal(url: str, tamper: Tamper) -> None:
    """Make leaf and chain of all rows anew, as somebody would who knows how they are made."""
    with DatabaseSource.open(url) as source:
        rows = list(source.rows())
    before = GENESIS
    for row in rows:
        leaf = leaf_of(row.values)
        before = chained(before, leaf)
        position = row.values[3]
        tamper(
            f"update log.events set leaf = '\\x{leaf.hex()}', chain = '\\x{before.hex()}'"
            f" where position = {position}"
        )


def found(report: Report) -> set[tuple[str, int | None]]:
    """The checks that found something, and where."""
    return {(one.check, one.position) for one in report.findings}


def position_of(tamper: Tamper, topic: str) -> int:
    """The first position of a fact of that stored name."""
    ((position,),) = tamper(f"select min(position) from log.events where topic = '{topic}'")
    return int(position)


# -- nothing to find


@pytest.mark.rule("ALL-07", "ALL-10")
def test_a_grown_ledger_is_whole(grown_url: str, tamper: Tamper):
    """Nothing is found, everything is read, and the chain at the end is told."""
    told: list[tuple[int, int]] = []

    report = verify_database(grown_url, progress=lambda *at: told.append(at))

    assert report.findings == ()
    assert report.is_whole
    assert report.not_checked == ()
    ((chain, position),) = tamper(
        "select chain, position from log.events order by position desc limit 1"
    )
    assert (report.chain, report.position) == (chain, position)
    assert set(report.counted) == {
        "events", "claims", "keys", "numbers", "view rows", "snapshots",
    }  # fmt: skip
    assert report.counted["numbers"] == 10
    assert told[-1] == (position, position)
    assert json.loads(json.dumps(report.as_json()))["whole"] is True


def test_a_store_in_memory_is_verified_the_same_way():
    """A scenario's ledger is checked by the same code, without views."""
    clock = FixedClock(BEGINNING)
    store = MemoryStore(clock)
    grow(store, clock)

    report = verify(StoreSource(store))

    assert report.findings == ()
    assert report.counted["numbers"] == 10


def test_an_empty_ledger_is_whole(postgres_url: str):
    """A log without rows ends at 0 with the first chain of all."""
    report = verify_database(postgres_url)

    assert (report.is_whole, report.position, report.chain) == (True, 0, GENESIS)


def test_what_is_appended_meanwhile_is_not_seen(grown_url: str):
    """A verification sees one moment, so that writers beside it make no differences."""
    with DatabaseSource.open(grown_url, Schemas()) as source:
        head = source.head()
        with PostgresStore(grown_url, FixedClock(BEGINNING)) as store:
            store.insert_plain([PlainRow("late", 1, "Late", b"{}")])
            assert store.head() == head + 1

        report = verify(source)

    assert report.findings == ()
    assert report.position == head


# -- the rows


@pytest.mark.rule("ALL-10")
def test_a_changed_byte(grown_url: str, tamper: Tamper):
    """One byte of one fact: the row is named, and what was made of the fact differs."""
    at = position_of(tamper, "Charged")
    tamper(f"update log.events set state = overlay(state placing ' ' from 2) where position = {at}")

    assert ("leaf", at) in found(verify_database(grown_url))


@pytest.mark.rule("ALL-10")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("stream", "'account/other'"),
        ("sequence", "999"),
        ("version", "2"),
        ("id", "gen_random_uuid()"),
        ("account", "'other'"),
        ("subscription", "'other'"),
        ("account_sequence", "999"),
        ("effective_at", "effective_at + interval '1 microsecond'"),
        ("effective_on", "effective_on - 1"),
        ("recorded_at", "recorded_at + interval '1 microsecond'"),
        ("recorded_at", "'infinity'"),
        ("effective_on", "'-infinity'"),
        ("actor", "null"),
        ("id", "null"),
        ("command_id", "null"),
        ("command_id", "'other'"),
        ("correlation_id", "'other'"),
        ("causation_id", "'other'"),
        ("command", "'{}'"),
        ("topic", "'SeatsAddd'"),
        ("state", "'\\xff'"),
        ("public", "not public"),
        ("leaf", "sha256(leaf)"),
        ("chain", "sha256(chain)"),
    ],
)
def test_every_column_is_guarded(grown_url: str, tamper: Tamper, column: str, value: str):
    """Whatever column of a row is changed, the verification ends, and names that row."""
    at = position_of(tamper, "SeatsAdded")
    assert tamper(f"update log.events set {column} = {value} where position = {at}") == 1

    report = verify_database(grown_url)

    check = "chain" if column == "chain" else "leaf"
    assert (check, at) in found(report)
    assert all(one.reason and one.check in CHECKS for one in report.findings)


@pytest.mark.rule("ALL-10")
def test_a_missing_row(grown_url: str, tamper: Tamper):
    """The place of the row is named, and so are the key and the sequence that miss it."""
    at = position_of(tamper, "PaymentRecorded")
    tamper(f"delete from log.events where position = {at}")

    report = verify_database(grown_url)

    assert ("position", at) in found(report)
    assert {"position", "sequence", "key"} <= {one.check for one in report.findings}


@pytest.mark.rule("ALL-10")
def test_two_swapped_rows(grown_url: str, tamper: Tamper):
    """Two rows that changed places, seals and all: both are named."""
    at = position_of(tamper, "SeatsAdded")
    swap = "update log.events set position = {} where position = {}"
    tamper(swap.format(10**9, at), swap.format(at, at + 1), swap.format(at + 1, 10**9))

    report = verify_database(grown_url)

    assert {("leaf", at), ("leaf", at + 1), ("chain", at), ("chain", at + 1)} <= found(report)


@pytest.mark.rule("ALL-10")
@pytest.mark.parametrize("is_sealed", [True, False])
def test_an_inserted_row(grown_url: str, tamper: Tamper, is_sealed: bool):
    """A row put at the end has no key, even when its seal is as it should be."""
    columns = "topic, version, account, subscription, effective_at, effective_on, recorded_at"
    rest = "actor, correlation_id, command, state, public, leaf, chain"
    tamper(
        "insert into log.events (position, stream, sequence, account_sequence, id, command_id,"
        f" {columns}, {rest}) select position + 1, stream, sequence + 1, account_sequence + 1,"
        f" gen_random_uuid(), 'forged', {columns}, {rest} from log.events"
        " order by position desc limit 1"
    )
    ((at,),) = tamper("select max(position) from log.events")
    if is_sealed:
        reseal(grown_url, tamper)

    report = verify_database(grown_url)

    assert ("key", at) in found(report)
    assert (("chain", at) in found(report)) is not is_sealed


@pytest.mark.rule("ALL-10")
@pytest.mark.parametrize("table", ["commands", "claims", "nothing"])
def test_a_tail_cut_off(grown_url: str, tamper: Tamper, table: str):
    """The last rows gone: their keys or claims still lead there, else the views have seen them."""
    at = position_of(tamper, "AccountOpened")
    tamper(f"delete from log.events where position >= {at}")
    if table != "commands":
        tamper(f"delete from log.commands where last_position >= {at}")
    if table != "claims":
        tamper(f"delete from log.claims where position >= {at}")

    report = verify_database(grown_url)

    checks = {one.check for one in report.findings}
    assert {"commands": "key", "claims": "claim", "nothing": "position"}[table] in checks
    assert ("position", at) in found(report)


# -- what is unique, and what was promised


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("delete from log.claims where kind = 'order' and position = {}", "is not among"),
        ("update log.claims set account = 'other' where position = {}", "makes it otherwise"),
        ("update log.claims set value = 'other' where position = {}", "no fact makes this"),
    ],
)
def test_a_changed_claim(grown_url: str, tamper: Tamper, change: str, reason: str):
    """A claim that is gone, leads elsewhere, or was never made."""
    at = position_of(tamper, "OrderPlaced")
    assert tamper(change.format(at)) >= 1

    report = verify_database(grown_url)

    assert {one.check for one in report.findings} == {"claim"}
    assert any(one.position == at and reason in one.reason for one in report.findings)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("delete from log.commands where command_id = 'acme-3'", "there is no key"),
        ("update log.commands set command_id = 'x' where command_id = 'acme-3'", "no event from"),
        ("update log.commands set last_position = 1 + last_position", "it leads from"),
        ("update log.commands set first_position = null", "that its command has no event"),
        ("update log.commands set recorded_at = '2020-01-01'", "not recorded with"),
    ],
)
def test_a_changed_key(grown_url: str, tamper: Tamper, change: str, reason: str):
    """A key that is gone, or leads to other events than those of its command."""
    assert tamper(change) >= 1

    report = verify_database(grown_url)

    assert {one.check for one in report.findings} == {"key"}
    assert any(reason in one.reason for one in report.findings)


# -- numbers


@pytest.mark.rule("ALL-07", "ALL-08")
@pytest.mark.parametrize(
    ("topic", "pattern", "by", "reason"),
    [
        ("NumberGiven", '"sha256":"....', '"sha256":"0000', "not the text that was numbered"),
        ("NumberGiven", '"issued_on":"20..', '"issued_on":"2020', "of another kind, series or day"),
        ("NumberGiven", '"invoice":"', '"invoice":"x', "has no document"),
        ("NumberGiven", '"account":"acme"', '"account":"bolt"', "not that of its row"),
        ("NumberGiven", '"kind":"invoice"', '"kind":"credit_note"', "of another kind"),
        ("NumberGiven", '"series":"', '"series":"x', "it stands in"),
        ("InvoiceIssued", '"title":"', '"title":"x', "not the text that was numbered"),
        ("CreditNoteIssued", '"title":"', '"title":"x', "not the text that was numbered"),
    ],
)
def test_a_forged_number(
    grown_url: str, tamper: Tamper, topic: str, pattern: str, by: str, reason: str
):
    """A number or its document changed, and all seals made anew: the two no longer agree."""
    ((at,),) = tamper(
        f"select max(position) from log.events where topic = '{topic}' and account = 'acme'"
        f" and log.as_json(state)::text ~ '{pattern.replace(':', ': ')}'"
    )
    text = f"regexp_replace(convert_from(state, 'UTF8'), '{pattern}', '{by}')"
    tamper(f"update log.events set state = convert_to({text}, 'UTF8') where position = {at}")
    reseal(grown_url, tamper)

    report = verify_database(grown_url)

    assert "leaf" not in {one.check for one in report.findings}
    numbers = [one for one in report.findings if one.check == "number"]
    assert any(reason in one.reason for one in numbers)
    assert topic != "NumberGiven" or at in {one.position for one in numbers}


@pytest.mark.rule("ALL-07")
def test_a_number_taken_away(grown_url: str, tamper: Tamper):
    """The last number of a series gone, with its claim: its document has none."""
    ((at,),) = tamper("select max(position) from log.events where topic = 'NumberGiven'")
    tamper(f"delete from log.claims where position = {at}")
    tamper(f"delete from log.events where position = {at}")

    report = verify_database(grown_url)

    reasons = [one.reason for one in report.findings if one.check == "number"]
    assert len(reasons) == 1
    assert "has no number" in reasons[0]


@pytest.mark.rule("ALL-07")
def test_days_of_a_series_that_go_back(grown_url: str, tamper: Tamper):
    """A number whose day is before that of the number before it."""
    ((first,),) = tamper("select min(position) from log.events where topic = 'NumberGiven'")
    text = "replace(convert_from(state, 'UTF8'), '\"issued_on\":\"2026', '\"issued_on\":\"2099')"
    tamper(f"update log.events set state = convert_to({text}, 'UTF8') where position = {first}")

    report = verify_database(grown_url)

    assert any("comes after 2099" in one.reason for one in report.findings)


# -- what is made from the log


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            "update views.invoices set data = jsonb_set(data, '{account}', '\"x\"')",
            "is not what",
        ),
        ("update views.invoices set data = '{}'", "is not what"),
        ("update views.invoices set account = 'other'", "is not what"),
        ("update views.invoices set position = position + 1", "is not what"),
        ("delete from views.invoices", "the row is missing"),
        ("update views.invoices set key = 'x' || key", "no event makes this row"),
    ],
)
def test_a_changed_view(grown_url: str, tamper: Tamper, change: str, reason: str):
    """A row of a view that is gone, was never made, or says something else."""
    assert tamper(change) == 10

    report = verify_database(grown_url)

    assert {one.check for one in report.findings} == {"view"}
    assert any(reason in one.reason for one in report.findings)


def test_views_that_are_behind_are_compared_where_they_are(grown_url: str, tamper: Tamper):
    """Rows are compared with the fold up to their own checkpoint; those of another version not."""
    with PostgresStore(grown_url, FixedClock(BEGINNING)) as store:
        tamper("update views.checkpoints set version = version + 1 where projection = 'seats'")
        head = store.head()
        tamper(f"delete from log.events where position > {head - 1}")
        tamper("update views.checkpoints set position = position - 1 where projection = 'plans'")

    report = verify_database(grown_url)

    assert report.not_checked == ("view rows of seats: not made yet",)
    assert ("position", head) in found(report)


def test_a_changed_kept_state(grown_url: str, tamper: Tamper):
    """A kept state that the log does not make is found; one of another shape harms nobody."""
    tamper(
        "update views.snapshots set state ="
        " convert_to(replace(convert_from(state, 'UTF8'), 'acme', 'amce'), 'UTF8')"
        " where stream = 'account/acme'"
    )
    tamper("update views.snapshots set version = version + 1 where stream = 'account/bolt'")

    report = verify_database(grown_url)

    assert {one.check for one in report.findings} == {"snapshot"}
    assert len(report.findings) == 2
    tamper("update views.snapshots set state = 'another shape'")
    assert verify_database(grown_url).is_whole


# -- the whole made anew


@pytest.mark.rule("ALL-10")
def test_a_log_rewritten_whole(grown_url: str, tamper: Tamper):
    """Somebody rewrites history with all seals, keys and views: the chain that was kept tells."""
    before = verify_database(grown_url)
    mark = Kept(before.position, before.chain)
    tamper('update log.events set actor = \'{"kind":"system"}\' where position = 1')
    reseal(grown_url, tamper)
    tamper("delete from views.checkpoints")

    assert verify_database(grown_url).is_whole
    report = verify_database(grown_url, kept=[mark, Kept(10**6, before.chain)])

    assert found(report) == {("kept", mark.position), ("kept", 10**6)}


def test_a_grown_log_still_has_the_chain_that_was_kept(grown_url: str):
    """What is appended later leaves the earlier chain where it was."""
    before = verify_database(grown_url)
    clock = FixedClock(BEGINNING)
    with PostgresStore(grown_url, clock) as store:
        clock.set(store.read_log(limit=10_000)[-1].recorded_at)
        grow(store, clock, accounts=("late",))
        feed(grown_url, store)

    report = verify_database(grown_url, kept=[Kept(before.position, before.chain)])

    assert report.findings == ()
    assert report.position > before.position


def test_a_ruined_table_makes_no_endless_report(grown_url: str, tamper: Tamper):
    """Findings beyond a thousand are counted, not kept."""
    tamper(
        "insert into log.claims select 'order', 'x' || n, null, null, 'account/acme', n"
        " from generate_series(1, 3000) as n"
    )

    report = verify_database(grown_url)

    assert (report.found, len(report.findings)) == (3000, 1000)
