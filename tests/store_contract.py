"""The contract of a store, written once: every store that passes answers the same.

A test class per store takes `StoreContract` and gives it a `store` and a `clock` fixture.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from threading import Barrier
from typing import Any

import pytest

from events.fact import Claim
from ledger.clock import FixedClock, uuid7
from ledger.store.contract import Store
from ledger.store.drafts import (
    Appended,
    AttemptRow,
    ClaimTaken,
    Decision,
    Draft,
    KeyReused,
    PersonRow,
    PersonTaken,
    Repeated,
    VersionConflict,
    address_key,
)

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def draft(command_id: str, stream: str = "account/acme", **fields: Any) -> Draft:
    """A draft of a fact on an account's stream, or on another."""
    account = stream.removeprefix("account/") if stream.startswith("account/") else "acme"
    values: dict[str, Any] = {
        "id": uuid7(START),
        "stream": stream,
        "type": "SeatsAdded",
        "version": 1,
        "account": account,
        "subscription": "vpn",
        "effective_at": START,
        "effective_on": START.date(),
        "actor": b'{"person":"p1"}',
        "command_id": command_id,
        "correlation_id": "corr-1",
        "causation_id": None,
        "command": None,
        "data": b'{"quantity":5}',
        "public": True,
    }
    return Draft(**(values | fields))


def decision(command_id: str, *drafts: Draft, **fields: Any) -> Decision:
    """A decision with these drafts; its content is its key, unless `content` says otherwise."""
    content = fields.pop("content", command_id)
    values: dict[str, Any] = {
        "digest": sha256(content.encode()).digest(),
        "answer": b'{"seats":5}',
        "account": "acme",
    }
    return Decision(command_id, drafts=drafts, **(values | fields))


def one(command_id: str, stream: str = "account/acme", **fields: Any) -> Decision:
    """A decision with a single fact on a stream, and whatever the decision is given besides."""
    own = {"expected", "people", "forgets", "content", "answer"}
    outer = {name: value for name, value in fields.items() if name in own}
    inner = {name: value for name, value in fields.items() if name not in own}
    return decision(command_id, draft(command_id, stream, **inner), **outer)


def person(person_id: str, email: str, **fields: Any) -> PersonRow:
    """A person's first revision, in the account acme."""
    values: dict[str, Any] = {"account": "acme", "revision": 1, "name": None}
    values |= {"person": person_id, "address_key": address_key(email), "email": email}
    return PersonRow(**(values | fields))


def number_given(command_id: str, **fields: Any) -> Draft:
    """A draft that takes the next number of a series of invoices."""
    claims = (Claim("invoice_number", "EV-2026-{sequence:06d}"),)
    values: dict[str, Any] = {"claims": claims, "never_back": True, "public": False}
    return draft(command_id, "invoices/EV-2026", **(values | fields))


class StoreContract:
    """What every store does."""

    # -- appending and reading

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

    # -- time

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

    # -- versions

    def test_an_expected_version_is_checked(self, store: Store):
        """A decision on a stream that has moved on is refused and leaves nothing (ALL-04)."""
        store.append([one("k1", expected={"account/acme": 0})])

        (verdict,) = store.append([one("k2", expected={"account/acme": 0})])

        assert verdict == VersionConflict("account/acme", 1)
        assert store.head() == 1
        assert store.answer("k2") is None

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

    # -- keys

    @pytest.mark.rule("ALL-03")
    def test_a_repeated_command_answers_as_before(self, store: Store):
        """The same key with the same content acts once and answers the same."""
        store.append([one("k1", answer=b'{"first":true}')])

        (verdict,) = store.append([one("k1", answer=b'{"first":false}')])

        assert verdict == Repeated(b'{"first":true}', 1, 1)
        assert store.head() == 1

    @pytest.mark.rule("ALL-03")
    def test_a_key_with_another_content_is_refused(self, store: Store):
        """The same key with another content is refused and leaves nothing."""
        store.append([one("k1")])

        (verdict,) = store.append([one("k1", content="another")])

        assert verdict == KeyReused("k1")
        assert store.head() == 1

    @pytest.mark.rule("ALL-03")
    def test_a_key_twice_in_one_batch(self, store: Store):
        """Repeats count within a batch as between batches."""
        verdicts = store.append([one("k1"), one("k1"), one("k1", content="another")])

        assert [type(verdict) for verdict in verdicts] == [Appended, Repeated, KeyReused]
        assert store.head() == 1

    @pytest.mark.rule("ALL-03")
    def test_the_repeat_wins_over_the_version_check(self, store: Store):
        """A repeat is answered although its account has moved on since."""
        store.append([one("k1", expected={"account/acme": 0})])
        store.append([one("k2")])

        (verdict,) = store.append([one("k1", expected={"account/acme": 0})])

        assert isinstance(verdict, Repeated)

    @pytest.mark.rule("ALL-03")
    def test_a_refused_command_leaves_its_key_free(self, store: Store):
        """After a conflict the same key may be used for a new decision."""
        store.append([one("k1")])
        store.append([one("k2", expected={"account/acme": 0})])

        (verdict,) = store.append([one("k2", expected={"account/acme": 1})])

        assert isinstance(verdict, Appended)

    def test_a_decision_without_facts_keeps_its_answer(self, store: Store):
        """A command that changes nothing has a key and an answer, but no position."""
        (verdict,) = store.append([decision("k1")])
        (again,) = store.append([decision("k1")])

        assert verdict == Appended(None, None, START, ())
        assert again == Repeated(b'{"seats":5}', None, None)
        assert store.head() == 0

    def test_a_key_tells_what_it_answered(self, store: Store):
        """The row of a key holds digest, answer and positions."""
        store.append([decision("k1", draft("k1"), draft("k1"))])

        row = store.answer("k1")

        assert row is not None
        assert (row.digest, row.answer) == (sha256(b"k1").digest(), b'{"seats":5}')
        assert (row.first_position, row.last_position, row.recorded_at) == (1, 2, START)

    # -- claims

    def test_a_claim_is_taken_once(self, store: Store):
        """What is unique in the ledger goes to the first and is refused to the second."""
        claims = (Claim("subscription", "vpn"),)
        store.append([one("k1", claims=claims)])

        (verdict,) = store.append([one("k2", "account/other", claims=claims)])

        assert verdict == ClaimTaken("subscription", "vpn", "acme")
        assert store.head() == 1

    def test_a_claim_leads_to_its_fact(self, store: Store):
        """From a claim one gets to the account, the subscription and the fact."""
        store.append([one("k1"), one("k2", claims=(Claim("order", "o-1"),))])

        row = store.claim("order", "o-1")

        assert row is not None
        assert (row.account, row.subject, row.stream) == ("acme", "vpn", "account/acme")
        fact = store.read_event(row.position)
        assert fact is not None
        assert fact.command_id == "k2"

    def test_claims_count_within_a_batch_and_within_a_decision(self, store: Store):
        """A claim of an earlier decision of the batch counts, and so does one's own."""
        claims = (Claim("product_key", "abc"),)
        verdicts = store.append(
            [
                one("k1", "account/a", claims=claims),
                one("k2", "account/b", claims=claims),
                decision("k3", *(draft("k3", claims=(Claim("order", "o"),)) for _ in range(2))),
                one("k4", "account/b"),
            ]
        )

        assert verdicts[1] == ClaimTaken("product_key", "abc", "a")
        assert verdicts[2] == ClaimTaken("order", "o", "acme")
        assert [type(verdict) for verdict in verdicts[::3]] == [Appended, Appended]
        assert [event.command_id for event in store.read_log()] == ["k1", "k4"]

    @pytest.mark.rule("ALL-07")
    def test_numbers_follow_one_another(self, store: Store):
        """A number is its place in the series; a refused decision takes none."""
        store.append([decision("k1", draft("k1"), number_given("k1"))])
        store.append(
            [
                decision("k2", number_given("k2"), number_given("k2")),
                decision("k3", number_given("k3"), expected={"account/acme": 0}),
                decision("k4", number_given("k4")),
            ]
        )

        series = store.read_stream("invoices/EV-2026")

        assert [event.command_id for event in series] == ["k1", "k2", "k2", "k4"]
        for n, event in enumerate(series, start=1):
            row = store.claim("invoice_number", f"EV-2026-{n:06d}")
            assert row is not None
            assert row.position == event.position
        assert store.claim("invoice_number", "EV-2026-000005") is None

    @pytest.mark.rule("ALL-07")
    def test_a_number_that_is_taken_by_hand_is_refused(self, store: Store):
        """Two series with one name would double a number: the second is refused."""
        store.append([one("k1", claims=(Claim("invoice_number", "EV-2026-000002"),))])

        verdicts = store.append(
            [decision(f"n{n}", number_given(f"n{n}")) for n in range(3)] + [one("k2")]
        )

        assert [type(verdict) for verdict in verdicts] == [
            Appended, ClaimTaken, ClaimTaken, Appended,
        ]  # fmt: skip

    @pytest.mark.rule("ALL-07")
    def test_the_days_of_a_series_never_go_back(self, store: Store):
        """A number given for an earlier day than the last is a conflict, also within a batch."""
        today, before = date(2026, 3, 2), date(2026, 3, 1)
        store.append([decision("k1", number_given("k1", effective_on=today))])

        verdicts = store.append(
            [
                decision("k2", number_given("k2", effective_on=before)),
                decision("k3", number_given("k3", effective_on=today)),
                decision(
                    "k4",
                    number_given("k4", effective_on=today + timedelta(days=1)),
                    number_given("k4", effective_on=today),
                ),
                one("k5", effective_on=before),
            ]
        )

        conflict = VersionConflict("invoices/EV-2026", 1)
        assert verdicts[0] == conflict
        assert isinstance(verdicts[1], Appended)
        assert verdicts[2] == VersionConflict("invoices/EV-2026", 2)
        assert isinstance(verdicts[3], Appended)

    # -- people

    def test_people_are_found_by_id_and_address(self, store: Store):
        """A person is found in her account only, however the address is written."""
        row = person("p1", "  Zoé.Martin@ACME.example ", name="Zoé Martin")
        store.append([one("k1", people=(row, person("p2", "b@acme.example")))])

        assert store.person("acme", "p1") == row
        assert store.person_by_address("acme", address_key("ZOE\u0301.martin@acme.example")) == row
        assert store.person_by_address("other", row.address_key) is None
        assert [found.person for found in store.people("acme")] == ["p1", "p2"]

    def test_a_changed_name_is_a_new_revision(self, store: Store):
        """The newest revision is the present one; the address still finds it."""
        first = person("p1", "a@acme.example", name="A")
        second = person("p1", "a@acme.example", name="B", revision=2)
        store.append([one("k1", people=(first,)), one("k2", people=(second,))])

        assert store.person("acme", "p1") == second
        assert store.person_by_address("acme", "a@acme.example") == second
        assert store.people("acme") == [second]

    def test_an_address_belongs_to_one_person_of_an_account(self, store: Store):
        """A second person with the address is refused in the account, not in another."""
        store.append([one("k1", people=(person("p1", "a@acme.example"),))])

        verdicts = store.append(
            [
                one("k2", people=(person("p2", "A@acme.example"),)),
                one("k3", people=(person("p2", "a@acme.example", account="other"),)),
                one("k4", people=(person("p1", "new@acme.example", revision=2),)),
                one("k5", people=(person("p1", "a@acme.example", revision=3),)),
            ]
        )

        assert verdicts[0] == PersonTaken("acme", "a@acme.example")
        assert isinstance(verdicts[1], Appended)
        assert verdicts[2] == PersonTaken("acme", "new@acme.example")
        assert verdicts[3] == PersonTaken("acme", "a@acme.example")

    def test_people_count_within_a_batch(self, store: Store):
        """Two commands that each bring the same new address: the second has to decide anew."""
        verdicts = store.append(
            [
                one("k1", people=(person("p1", "a@acme.example"),)),
                one("k2", people=(person("p2", "a@acme.example"),)),
                one("k3", people=(person("p1", "a@acme.example", revision=2, name="N"),)),
            ]
        )

        assert [type(verdict) for verdict in verdicts] == [Appended, PersonTaken, Appended]
        assert store.people("acme") == [person("p1", "a@acme.example", revision=2, name="N")]

    @pytest.mark.rule("ALL-10")
    def test_a_person_is_forgotten_and_history_stays(self, store: Store):
        """All revisions go, the facts stay, and the address coming back is a new person."""
        store.append([one("k1", people=(person("p1", "a@acme.example", name="A"),))])
        store.append([one("k2", people=(person("p1", "a@acme.example", name="B", revision=2),))])
        before = store.read_log()

        store.append([one("k3", forgets=(("acme", "p1"),))])

        assert store.person("acme", "p1") is None
        assert store.person_by_address("acme", "a@acme.example") is None
        assert store.people("acme") == []
        assert store.read_log(upto=2) == before
        late, new = store.append(
            [
                one("k4", people=(person("p1", "a@acme.example", name="C", revision=3),)),
                one("k5", people=(person("p9", "a@acme.example"),)),
            ]
        )
        assert late == PersonTaken("acme", "a@acme.example")
        assert isinstance(new, Appended)
        assert store.people("acme") == [person("p9", "a@acme.example")]

    @pytest.mark.rule("ALL-10")
    def test_forgetting_within_a_batch(self, store: Store):
        """Who came in the batch is forgotten in it; the address may come back at once."""
        verdicts = store.append(
            [
                one("k1", people=(person("p1", "a@acme.example"),)),
                one("k2", forgets=(("acme", "p1"),)),
                one("k3", people=(person("p2", "a@acme.example"),)),
                one("k4", people=(person("p3", "c@acme.example"),), forgets=(("acme", "p3"),)),
            ]
        )

        assert {type(verdict) for verdict in verdicts} == {Appended}
        assert store.people("acme") == [person("p2", "a@acme.example")]

    def test_a_refused_decision_brings_no_people(self, store: Store):
        """People of a refused decision are not kept, and nobody is forgotten by one."""
        store.append([one("k1", people=(person("p1", "a@acme.example"),))])
        store.append(
            [
                one(
                    "k2",
                    expected={"account/acme": 7},
                    people=(person("p2", "b@acme.example"),),
                    forgets=(("acme", "p1"),),
                )
            ]
        )

        assert [row.person for row in store.people("acme")] == ["p1"]

    # -- attempts and snapshots

    def test_attempts_are_kept_beside_the_log(self, store: Store):
        """Refusals and dry runs are kept in order and change nothing else."""
        rows = [
            AttemptRow(START, "acme", b'{"person":"p1"}', b"{}", "seats.none_free", b"{}", 0),
            AttemptRow(START, "acme", b'{"person":"p1"}', b"{}", None, b'{"total":1}', 3),
            AttemptRow(START, None, b'"seller"', b"{}", "account.unknown", b"{}", 3),
        ]
        for row in rows:
            store.attempt(row)

        assert store.attempts("acme") == rows[:2]
        assert store.attempts(None) == rows[2:]
        assert store.head() == 0

    def test_the_newest_snapshot_of_a_shape_counts(self, store: Store):
        """A snapshot of another shape of the state is not answered, nor an older one."""
        store.save_snapshot("acme", 10, 1, b"ten")
        store.save_snapshot("acme", 20, 1, b"twenty")
        store.save_snapshot("acme", 15, 1, b"fifteen")
        store.save_snapshot("acme", 21, 2, b"new shape")

        found = store.snapshot("acme", 1)

        assert found is not None
        assert (found.version, found.state) == (20, b"twenty")
        assert store.snapshot("acme", 3) is store.snapshot("other", 1) is None

    # -- waiting and working at once

    def test_waiting_ends_when_the_log_is_there(self, store: Store):
        """A reader that waits for a position goes on when another thread appends it."""
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(store.wait, 2, 20_000)
            store.append([one("k1")])
            store.append([one("k2")])

            assert waiting.result() is True
        assert store.wait(3, 1) is False

    @pytest.mark.rule("ALL-07")
    def test_sixteen_threads_leave_no_gap(self, store: Store):
        """Whoever appends at once: positions, sequences and numbers have no gap and no double."""
        threads, each = 16, 12
        start = Barrier(threads)

        def work(n: int) -> None:
            start.wait()
            for m in range(each):
                key = f"k{n}-{m}"
                facts = [draft(key, f"account/a{n}"), number_given(key, account=f"a{n}")]
                refused = one(f"r{n}-{m}", "account/a0", expected={"account/a0": 999})
                verdicts = store.append([refused, decision(key, *facts)])
                assert [type(verdict) for verdict in verdicts] == [VersionConflict, Appended]

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))

        total = threads * each
        log = store.read_log(limit=10_000)
        assert [event.position for event in log] == list(range(1, 2 * total + 1))
        assert [e.sequence for e in store.read_stream("invoices/EV-2026")] == [*range(1, total + 1)]
        for n in range(threads):
            assert [e.sequence for e in store.read_account(f"a{n}")] == [*range(1, each + 1)]
        recorded = [event.recorded_at for event in log]
        assert recorded == sorted(recorded)

    def test_of_many_rivals_for_one_version_one_wins(self, store: Store):
        """Decisions that saw one version: exactly one is appended, the others are told so."""
        start = Barrier(8)

        def work(n: int) -> object:
            start.wait()
            claims = (Claim("product_key", "the-key"),)
            return store.append([one(f"k{n}", expected={"account/acme": 0}, claims=claims)])[0]

        with ThreadPoolExecutor(8) as pool:
            verdicts = list(pool.map(work, range(8)))

        assert sum(isinstance(verdict, Appended) for verdict in verdicts) == 1
        assert sum(isinstance(verdict, VersionConflict) for verdict in verdicts) == 7

    # -- what no store can keep

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
