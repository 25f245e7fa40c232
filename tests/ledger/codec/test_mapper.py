"""The mapper: what is stored of a fact and its envelope, and that it is read back as it was."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from events.accounts import ApplicationRejected
from events.envelope import Actor, canonical, canonical_json
from events.invoices import NumberGiven
from events.registry import UnknownFact
from events.seats import SeatReleased
from events.subscriptions import ProductKeyRedeemed
from ledger.clock import uuid7
from ledger.codec.mapper import Envelope, FactTooLarge, drafts, read_fact, recorded
from tests.support.desk import expressvpn
from tests.support.long_history import long_history

NOW = datetime(2021, 3, 1, 9, 30, tzinfo=UTC)


def envelope() -> Envelope:
    """An envelope of a decision that took effect the day before."""
    record = next(expressvpn().decisions()).command
    assert record is not None
    return Envelope(
        account="acme",
        at=datetime(2021, 2, 28, 23, tzinfo=UTC),
        on=date(2021, 2, 28),
        decided_at=NOW,
        issued_on=date(2021, 3, 1),
        actor=Actor(kind="person", person="p-1", role="owner"),
        command_id="c-1",
        correlation_id="c-0",
        causation_id=None,
        command=record,
    )


RELEASED = SeatReleased(subscription="vpn", seat=3, person="p-2")
NUMBER = NumberGiven(
    series="EV-2021", account="acme", invoice="c-1/1", kind="invoice",
    issued_on=date(2021, 3, 1), sha256="0" * 64,
)  # fmt: skip


def test_the_first_draft_alone_holds_the_command():
    """A decision of several facts keeps its command record once."""
    made = drafts([RELEASED, RELEASED, RELEASED], envelope(), uuid7)

    assert [draft.command is not None for draft in made] == [True, False, False]
    assert len({draft.id for draft in made}) == 3
    assert {draft.command_id for draft in made} == {"c-1"}
    assert {draft.correlation_id for draft in made} == {"c-0"}


def test_a_fact_is_stored_as_canonical_json():
    """Keys sorted, no spaces, the stored name from the class, never a Python path."""
    (draft,) = drafts([RELEASED], envelope(), uuid7)

    assert draft.data == b'{"person":"p-2","seat":3,"subscription":"vpn"}'
    assert (draft.type, draft.version) == ("SeatReleased", 1)
    assert (draft.stream, draft.account, draft.subscription) == ("account/acme", "acme", "vpn")
    assert draft.effective_on == date(2021, 2, 28)
    assert not draft.never_back


@pytest.mark.rule("ALL-07")
def test_a_number_goes_to_its_series_by_the_day_of_issue():
    """It belongs to the account, but stands in the series, whose days never go back."""
    (draft,) = drafts([NUMBER], envelope(), uuid7)

    assert draft.stream == "invoices/EV-2021"
    assert draft.account == "acme"
    assert draft.never_back
    assert (draft.effective_on, draft.effective_at) == (date(2021, 3, 1), NOW)
    assert [claim.kind for claim in draft.claims] == ["invoice"]


def test_claims_come_from_the_fact():
    """What is unique in the ledger is declared on the fact's class."""
    redeemed = ProductKeyRedeemed(subscription="s", digest="d", plan="p", seats=1)
    (draft,) = drafts([redeemed], envelope(), uuid7)

    assert [tuple(claim) for claim in draft.claims] == [("product_key", "d")]


def test_a_fact_over_the_limit_is_refused():
    """A fact of more than 256 KiB never reaches the store."""
    with pytest.raises(FactTooLarge, match="ApplicationRejected"):
        drafts([ApplicationRejected(reason="x" * 300_000)], envelope(), uuid7)


def test_everything_stored_is_read_back_as_it_was():
    """Of a long history, every fact, actor and command record is written again byte for byte."""
    desk = long_history()

    for stored in desk.store.read_log(limit=100_000):
        event = recorded(stored)
        assert canonical(event.fact) == stored.data
        assert canonical(event.actor) == stored.actor
        if stored.command is not None:
            assert event.command is not None
            assert canonical(event.command) == stored.command
        assert (event.position, event.sequence) == (stored.position, stored.sequence)
        assert event.effective_at == stored.effective_at


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[]",
        b'{"person":"p","seat":"3","subscription":"vpn"}',
        b'{"person":"p","seat":3.0,"subscription":"vpn"}',
        b'{"person":"p","seat":3,"subscription":"vpn","more":1}',
        b"\xff",
    ],
)
def test_reading_is_strict(data: bytes):
    """Bytes that are not exactly such a fact are not read as one."""
    with pytest.raises(ValueError, match="SeatReleased"):
        read_fact("SeatReleased", 1, data)


def test_unknown_names_and_versions_are_not_read():
    """A fact from a newer program is told apart from a broken one."""
    stored = next(iter(expressvpn().store.read_log(after=7)))

    for other in (replace(stored, type="Unheard"), replace(stored, version=9)):
        with pytest.raises(UnknownFact):
            recorded(other)


def test_no_name_or_address_of_a_person_is_stored():
    """Persons stand in the log by their ids, in facts, actors and commands alike (ALL-10)."""
    desk = long_history()
    people = [row for account in ("acme", "office", "mail") for row in desk.store.people(account)]
    written = canonical_json(
        [
            [stored.data.decode(), stored.actor.decode(), (stored.command or b"").decode()]
            for stored in desk.store.read_log(limit=100_000)
        ]
    ).decode()

    assert len(people) >= 6
    for row in people:
        assert row.person in written
        assert row.email not in written
    assert json.loads(written)
