"""The contract of a store, first part: the log, its time and its versions."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ledger.clock import FixedClock
from ledger.store.contract import Store
from ledger.store.drafts import (
    Appended,
    Draft,
    VersionConflict,
)
from ledger.store.sealing import EVENT, GENESIS, chained, leaf_of
from tests.support.store_samples import START, decision, draft, number_given, one


class LogContract:
    """What every store does with events."""

    def test_an_appended_fact_is_read_back_whole(self, store: Store):
        """Whatever a draft holds is read back, with its place and the time of recording."""
        given = draft(
            "k1",
            causation_id="cause",
            command=b'{"name":"AddSeats"}',
            effective_at=datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC),
            effective_on=date(2026, 3, 1),
            data='{"title":"é\\u0000"}'.encode(),
        )

        (verdict,) = store.append([decision("k1", given)])

        assert isinstance(verdict, Appended)
        (stored,) = verdict.stored
        assert store.read_event(1) == stored
        assert (stored.position, stored.sequence, stored.account_sequence) == (1, 1, 1)
        assert stored.recorded_at == START
        for name in set(Draft.__slots__) - {"claims", "never_back"}:
            assert getattr(stored, name) == getattr(given, name), name

    def test_an_empty_store_answers(self, store: Store):
        """Nothing recorded is zero, None or an empty list, never an error."""
        assert store.append([]) == []
        assert store.head() == 0
        assert store.stream_version("account/acme") == 0
        assert store.position_at(START) == 0
        assert store.streams("") == []
        assert store.read_log() == store.read_stream("account/acme") == store.events_of("k") == []
        assert store.read_event(1) is store.read_event(0) is store.claim("order", "o") is None
        assert store.answer("k") is store.person("acme", "p") is store.snapshot("acme", 1) is None
        assert store.people("acme") == store.attempts("acme") == []

    def test_streams_and_the_log_count_from_one_without_gaps(self, store: Store):
        """Positions count in the log, sequences in each stream."""
        for n in range(6):
            store.append([one(f"k{n}", f"account/a{n % 2}")])

        log = store.read_log()

        assert [event.position for event in log] == [1, 2, 3, 4, 5, 6]
        assert [event.sequence for event in log] == [1, 1, 2, 2, 3, 3]
        assert [event.sequence for event in store.read_account("a1")] == [1, 2, 3]
        assert store.stream_version("account/a1") == 3
        assert store.streams("account/") == ["account/a0", "account/a1"]
        assert store.streams("account/a1") == ["account/a1"]
        assert store.streams("catalogue/") == []
        assert store.head() == 6

    def test_reads_are_bounded(self, store: Store):
        """`after` excludes, `upto` is a position and includes, `limit` limits."""
        store.append([decision("k", *(draft("k") for _ in range(6)))])

        def positions(events: list[Any]) -> list[int]:
            return [event.position for event in events]

        assert positions(store.read_log(after=2, limit=2)) == [3, 4]
        assert positions(store.read_log(after=2, upto=5)) == [3, 4, 5]
        assert positions(store.read_log(after=4, upto=2)) == []
        assert positions(store.read_stream("account/acme", after=2)) == [3, 4, 5, 6]
        assert positions(store.read_stream("account/acme", after=1, upto=3)) == [2, 3]
        assert positions(store.read_stream("account/acme", after=1, upto=5, limit=2)) == [2, 3]
        assert store.read_stream("account/other") == []

    def test_public_facts_are_counted_for_each_account(self, store: Store):
        """`account_sequence` counts an account's public facts, in whatever stream they stand."""
        store.append(
            [
                decision("k1", draft("k1"), draft("k1", public=False), draft("k1")),
                one("k2", "account/other"),
                one("k3", "invoices/EV-2026", account="acme"),
                one("k4", "catalogue/vpn", account=None),
            ]
        )

        numbers = [(e.account, e.account_sequence) for e in store.read_log()]

        assert numbers == [
            ("acme", 1), ("acme", None), ("acme", 2), ("other", 1), ("acme", 3), (None, None),
        ]  # fmt: skip

    def test_events_of_a_command(self, store: Store):
        """A command leads to its events, over all streams, in order."""
        store.append([decision("k1", draft("k1"), number_given("k1")), one("k2")])

        assert [event.stream for event in store.events_of("k1")] == [
            "account/acme",
            "invoices/EV-2026",
        ]

    def test_recorded_at_never_goes_back(self, store: Store, clock: FixedClock):
        """A clock that is set back does not set the log back."""
        store.append([one("k1")])
        clock.set(START - timedelta(days=2))
        store.append([one("k2")])
        clock.set(START + timedelta(hours=1))
        store.append([one("k3"), one("k4")])

        recorded = [event.recorded_at for event in store.read_log()]

        assert recorded == [START, START, clock.now(), clock.now()]

    def test_as_of_a_moment(self, store: Store, clock: FixedClock):
        """The position at an instant is the last one recorded by it."""
        store.append([one("k1"), one("k2")])
        clock.advance(timedelta(microseconds=10))
        store.append([one("k3")])

        assert store.position_at(START - timedelta(microseconds=1)) == 0
        assert store.position_at(START) == 2
        assert store.position_at(START + timedelta(microseconds=9)) == 2
        assert store.position_at(START + timedelta(microseconds=10)) == 3
        assert store.position_at(datetime(9999, 12, 31, tzinfo=UTC)) == 3

    @pytest.mark.rule("ALL-10")
    def test_each_row_carries_its_hash_and_the_chain(self, store: Store):
        """An append seals each row over all that is stored of it, and over the row before."""
        store.append([one("k1", causation_id="c", command=b"{}"), one("k2", "invoices/X")])
        store.append([one("k1"), one("k3", "catalogue/vpn", account=None, public=False)])

        rows = store.read_sealed()

        before = GENESIS
        for row, event in zip(rows, store.read_log(), strict=True):
            assert row.values == EVENT(event)
            assert row.seal == (leaf_of(row.values), chained(before, row.seal.leaf))
            before = row.seal.chain
        assert store.read_sealed(after=1, limit=1) == rows[1:2]

    def test_an_expected_version_is_checked(self, store: Store):
        """A decision on a stream that has moved on is refused and leaves nothing (ALL-04)."""
        store.append([one("k1", expected={"account/acme": 0})])

        (verdict,) = store.append([one("k2", expected={"account/acme": 0})])

        assert verdict == VersionConflict("account/acme", 1)
        assert store.head() == 1
        assert store.answer("k2") is None

    @pytest.mark.rule("ALL-07")
    def test_a_refusal_takes_no_place(self, store: Store):
        """What was refused leaves no hole in positions, sequences and an account's count."""
        store.append([one("k1")])
        store.append([one("k2", expected={"account/acme": 7}), one("k3")])
        store.append([one("k4", expected={"account/acme": 7})])
        store.append([one("k5")])

        places = [(e.position, e.sequence, e.account_sequence) for e in store.read_log()]

        assert places == [(1, 1, 1), (2, 2, 2), (3, 3, 3)]

    def test_a_stream_without_expectation_takes_what_comes(self, store: Store):
        """What is not expected is not checked."""
        store.append([one("k1")])
        (verdict,) = store.append([one("k2", expected={})])

        assert isinstance(verdict, Appended)

    def test_an_expectation_on_a_stream_that_is_only_read(self, store: Store):
        """A version may be expected of a stream to which the decision writes nothing."""
        store.append([one("k1", "catalogue/vpn")])

        conflict, fine = store.append(
            [one("k2", expected={"catalogue/vpn": 0}), one("k3", expected={"catalogue/vpn": 1})]
        )

        assert conflict == VersionConflict("catalogue/vpn", 1)
        assert isinstance(fine, Appended)

    def test_later_decisions_of_a_batch_see_earlier_ones(self, store: Store):
        """In one batch the second expects what the first made, and a third that did not, fails."""
        verdicts = store.append(
            [
                one("k1", expected={"account/acme": 0}),
                one("k2", expected={"account/acme": 1}),
                one("k3", expected={"account/acme": 1}),
                one("k4", expected={"account/acme": 2}),
            ]
        )

        assert [type(verdict) for verdict in verdicts] == [
            Appended, Appended, VersionConflict, Appended,
        ]  # fmt: skip
        assert [event.command_id for event in store.read_log()] == ["k1", "k2", "k4"]
        assert [event.sequence for event in store.read_log()] == [1, 2, 3]

    @pytest.mark.parametrize(
        "fields",
        [
            {"account": "a\x00b"},
            {"command_id": "\ud800"},
            {"effective_at": START.replace(tzinfo=None)},
            {"data": b"x" * (256 * 1024 + 1)},
        ],
    )
    def test_what_cannot_be_kept_is_refused_before_the_store(self, fields: Mapping[str, Any]):
        """A NUL, half a character, an instant without zone and a huge fact are `ValueError`s."""
        with pytest.raises(ValueError):  # noqa: PT011 - four messages
            draft(**({"command_id": "k"} | fields))
