"""A verification finds what a superuser does to the tables, with position and reason.

Each test grows a ledger, changes it past all triggers, and looks at what is found.
"""

import json

import pytest

from ledger.clock import FixedClock
from ledger.store.memory import MemoryStore
from ledger.store.plain import PlainRow
from ledger.store.postgres.schemas import Schemas
from ledger.store.postgres.store import PostgresStore
from ledger.store.sealing import GENESIS
from ledger.verifying import CHECKS, Kept, Report, StoreSource, verify, verify_database
from ledger.verifying.source import DatabaseSource
from tests.support.grown import BEGINNING, Tamper, feed, grow, position_of, reseal


def found(report: Report) -> set[tuple[str, int | None]]:
    """The checks that found something, and where."""
    return {(one.check, one.position) for one in report.findings}


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


@pytest.mark.rule("ALL-10")
@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("stream = 'account/other'", "fact"),
        ("topic = 'SeatsAddd'", "fact"),
        ("state = '{}'", "fact"),
        ("sequence = sequence + 100", "sequence"),
        ("account_sequence = account_sequence + 100", "account_sequence"),
        ("account_sequence = null", "account_sequence"),
        ("public = not public", "account_sequence"),
        ("recorded_at = recorded_at - interval '1 year'", "recorded_at"),
        ("command_id = 'other'", "key"),
        ("command = convert_to('{}', 'UTF8')", "fact"),
        ("command = (select command from log.events where position = 1)", "key"),
    ],
)
def test_a_row_changed_with_all_seals(grown_url: str, tamper: Tamper, change: str, check: str):
    """Whoever makes all seals anew is betrayed by what the row says beside other rows."""
    at = position_of(tamper, "SeatsAdded")
    assert tamper(f"update log.events set {change} where position = {at}") == 1
    reseal(grown_url, tamper)

    report = verify_database(grown_url)

    assert (check, at) in found(report)
    assert not {"leaf", "chain"} & {one.check for one in report.findings}


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
