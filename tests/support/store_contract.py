"""The contract of a store, written once: every store that passes answers the same.

A test class a store takes `StoreContract` and gives it a `store` and a `clock` fixture.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from events.fact import Claim
from ledger.store.contract import Store
from ledger.store.drafts import (
    Appended,
    AttemptRow,
    PersonTaken,
    VersionConflict,
    address_key,
)
from ledger.store.sealing import GENESIS, seals
from tests.support.store_contract_log import LogContract
from tests.support.store_contract_unique import UniqueContract
from tests.support.store_samples import START, decision, draft, number_given, one, person


class StoreContract(LogContract, UniqueContract):
    """What every store does: the two other parts, people, attempts, and working at once."""

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

    def test_a_preview_is_found_by_its_id(self, store: Store):
        """A dry run is read back whole by its id, whoever's account it is; others are not."""
        rows = [
            AttemptRow(START, account, b"{}", b"{}", None, b"{}", 0, UUID(int=number), shown)
            for number, account, shown in ((1, "acme", b'{"invoice":1}'), (2, None, b"{}"))
        ]
        refused = AttemptRow(START, "acme", b"{}", b"{}", "seats.none_free", b"{}", 0)
        for row in (refused, *rows):
            store.attempt(row)

        assert [store.preview(UUID(int=number)) for number in (1, 2, 3)] == [*rows, None]
        assert store.attempts("acme") == [refused, rows[0]]

    def test_the_newest_snapshot_of_a_shape_counts(self, store: Store):
        """A snapshot of another shape of the state is not answered, nor an older one."""
        store.append([decision("k", *(draft("k") for _ in range(25)))])
        store.save_snapshot("acme", 10, 1, b"ten")
        store.save_snapshot("acme", 20, 1, b"twenty")
        store.save_snapshot("acme", 15, 1, b"fifteen")
        store.save_snapshot("acme", 21, 2, b"new shape")

        found = store.snapshot("acme", 1)

        assert found is not None
        assert (found.version, found.state) == (20, b"twenty")
        assert store.snapshot("acme", 3) is store.snapshot("other", 1) is None

    def test_a_snapshot_ahead_of_the_log_does_not_count(self, store: Store):
        """A state of events that are not there (any more) is not answered (R15)."""
        store.append([one("k1"), one("k2")])
        store.save_snapshot("acme", 3, 1, b"three")
        assert store.snapshot("acme", 1) is None

        store.append([one("k3")])

        found = store.snapshot("acme", 1)
        assert found is not None
        assert found.version == 3

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
        sealed = store.read_sealed(limit=10_000)
        assert [row.seal for row in sealed] == seals((row.values for row in sealed), GENESIS)

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
