"""The contract of a store, second part: keys, claims and numbers."""

from datetime import date, timedelta
from hashlib import sha256

import pytest

from events.fact import Claim
from ledger.store.contract import Store
from ledger.store.drafts import (
    Appended,
    ClaimTaken,
    KeyReused,
    Repeated,
    VersionConflict,
)
from tests.support.store_samples import START, decision, draft, number_given, one


class UniqueContract:
    """What every store does with what is unique in the ledger."""

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
