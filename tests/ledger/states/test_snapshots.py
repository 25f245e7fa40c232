"""Snapshots: a state as bytes and back, and a fold from one is the fold from zero (R15)."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

import pytest

from commands.state.account import STATE_VERSION, AccountState, fold, initial
from events.envelope import Recorded
from ledger.states import snapshots
from ledger.states.cache import Accounts
from ledger.states.snapshots import SnapshotUnreadable, decode, encode
from ledger.store.contract import account_stream
from ledger.store.memory import MemoryStore
from tests.support.desk import Desk, expressvpn
from tests.support.long_history import long_history

ACCOUNTS = ("acme", "office", "waits", "mail", "meet")


@cache
def desk() -> Desk:
    """The long history, made once."""
    return long_history()


@cache
def events_of(account: str) -> tuple[Recorded, ...]:
    """The facts of an account's stream."""
    stream = account_stream(account)
    return tuple(event for event in desk().log() if event.stream == stream)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_state_survives_the_way_through_bytes(account: str):
    """After every fact, the state read back is the state that was written."""
    state = initial()
    for event in events_of(account):
        state = fold(state, [event])

        assert decode(encode(state)) == state
    assert state.version == len(events_of(account)) > 0


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_fold_from_a_snapshot_is_the_fold_from_zero(account: str):
    """Wherever a snapshot was taken, the facts after it lead to the same state (R15)."""
    events = events_of(account)
    whole = fold(initial(), events)

    for cut in range(len(events) + 1):
        snapshot = encode(fold(initial(), events[:cut]))
        assert fold(decode(snapshot), events[cut:]) == whole


def test_equal_states_have_equal_bytes():
    """The order in which a map was filled does not show."""
    first = desk().service.state("acme")
    again = decode(encode(first))

    assert encode(first) == encode(again)


@pytest.mark.parametrize(
    "broken", [b"", b"{}", b"[]", b"null", b"\xff", b'{"shape":"x","state":[]}', b'{"shape":1}']
)
def test_what_is_no_snapshot_is_not_read(broken: bytes):
    """Broken bytes, and another shape, are told apart from a state."""
    with pytest.raises(SnapshotUnreadable):
        decode(broken)


def test_a_state_cut_short_is_not_read():
    """Bytes of the right shape with a value missing are no state."""
    text = encode(desk().service.state("mail")).decode()

    with pytest.raises(SnapshotUnreadable):
        decode(text.replace('"secureexchanges",', "", 1).encode())


def test_another_shape_has_another_digest(monkeypatch: pytest.MonkeyPatch):
    """A field more in the state makes older snapshots unreadable, whoever forgets the number."""
    old = encode(initial())

    @dataclass(frozen=True, slots=True)
    class Wider(AccountState):
        more: int = 0

    monkeypatch.setattr(snapshots, "AccountState", Wider)
    with pytest.raises(SnapshotUnreadable):
        decode(old)


def test_a_type_without_a_codec_is_refused():
    """What a snapshot cannot hold fails when it is written, not years later."""
    for kind in (Decimal, object, int | str):
        with pytest.raises(TypeError, match="cannot be kept"):
            snapshots._codec(kind)


def test_accounts_are_read_from_their_snapshot():
    """A service that starts anew reads the snapshot and only the facts after it."""
    store = desk().store
    assert isinstance(store, MemoryStore)
    writing = Accounts(store, snapshot_every=5)
    state = writing.now("acme")
    row = store.snapshot("acme", STATE_VERSION)

    assert row is not None
    assert row.version == state.version
    assert Accounts(store).now("acme") == state == fold(initial(), events_of("acme"))


def test_lost_old_and_wrong_snapshots_do_no_harm():
    """Without a snapshot, with an early one, or with one that lies, the state is the same (R15)."""
    shop = expressvpn()
    for seat in range(3):
        shop.do("AssignSeat", subscription="vpn", email=f"u{seat}@acme.example", name_="U")
    whole = shop.service.state("acme")
    early = fold(initial(), shop.log()[7:10])

    for version, content in [(3, encode(early)), (50, b"{}"), (60, encode(whole))]:
        shop.store.save_snapshot("acme", version, STATE_VERSION, content)
        assert Accounts(shop.store).now("acme") == whole


def test_the_oldest_accounts_leave_the_memory():
    """What is kept at hand has a limit, and what has left it is read again."""
    shop = expressvpn()
    shop.open("other")
    accounts = Accounts(shop.store, kept=1)

    assert accounts.now("acme") == replace(accounts.now("acme"))
    assert accounts.now("other").account == "other"
    assert list(accounts._states) == ["other"]
    assert accounts.now("acme") == shop.service.state("acme")
