"""Kept states may be lost, old, of another shape or out of place: nobody notices (R15)."""

from dataclasses import replace

import pytest

from commands.state.account import STATE_VERSION, initial
from ledger.clock import FixedClock
from ledger.states.cache import Accounts, folded
from ledger.states.snapshots import encode
from ledger.store.contract import account_stream
from ledger.store.postgres.store import PostgresStore
from tests.support.grown import BEGINNING
from tests.support.postgres import at

KEEP = (
    "insert into views.snapshots (stream, version, topic, state) values ('{}', {}, '{}', '\\x{}')"
)


def damaged(store: PostgresStore, url: str, damage: str) -> None:
    """Put the kept states of the account into a state that a crash or a restore may leave."""
    stream = account_stream("acme")
    events = store.read_account("acme")
    half, whole = folded(initial(), events[: len(events) // 2]), folded(initial(), events)
    at(url, f"delete from views.snapshots where stream = '{stream}'")
    rows = {
        "lost": [],
        "old": [(half.version, STATE_VERSION, encode(half))],
        "of another version": [(whole.version, STATE_VERSION + 1, encode(whole))],
        "of another shape": [(whole.version, STATE_VERSION, b'{"shape":"x","state":[]}')],
        "torn": [(whole.version, STATE_VERSION, encode(whole)[:-1])],
        "empty": [(whole.version, STATE_VERSION, b"")],
        "ahead of the log": [(whole.version + 1, STATE_VERSION, encode(whole))],
        "at another version than it says": [(whole.version, STATE_VERSION, encode(half))],
        "of a later state than it says": [
            (whole.version, STATE_VERSION, encode(replace(whole, version=whole.version + 1)))
        ],
        "old behind one that is torn": [
            (half.version, STATE_VERSION, encode(half)),
            (whole.version, STATE_VERSION, b"{"),
        ],
    }[damage]
    for version, topic, state in rows:
        at(url, KEEP.format(stream, version, topic, state.hex()))


@pytest.mark.parametrize(
    "damage",
    [
        "lost",
        "old",
        "of another version",
        "of another shape",
        "torn",
        "empty",
        "ahead of the log",
        "at another version than it says",
        "of a later state than it says",
        "old behind one that is torn",
    ],
)
def test_a_damaged_kept_state_is_the_same_as_a_full_replay(grown_url: str, damage: str):
    """Whatever the kept states hold, the account's state is the one that all of its facts make."""
    with PostgresStore(grown_url, FixedClock(BEGINNING)) as store:
        whole = folded(initial(), store.read_account("acme"))
        damaged(store, grown_url, damage)

        state = Accounts(store, snapshot_every=1).now("acme")

        assert state == whole
        kept = store.snapshot("acme", STATE_VERSION)
        assert kept is not None
        if damage == "lost":
            assert kept.state == encode(whole)
