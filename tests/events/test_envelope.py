"""The envelope: one JSON text a value, actors, and the record of a command."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from events.envelope import Actor, CommandRecord, canonical, canonical_json
from events.money import Money
from tests.events.round_trip import comes_back, read

RECORD = CommandRecord(
    name="AddSeats",
    version=1,
    fields={"subscription": "vpn", "quantity": 5, "assign": [], "order": "add-1"},
    at=datetime(2020, 8, 25, 17, 30, tzinfo=UTC),
    decided_at=datetime(2020, 8, 25, 17, 30, 1, 250, tzinfo=UTC),
    actor=Actor(kind="person", person="p1", role="owner"),
    roles=("owner", "auditor"),
    account_version=17,
    catalogue={"name": "expressvpn", "version": 3, "plans": {"volume-12m": 1}},
    people={"p2@acme.example": 1},
    given={},
    rules=1,
)


def test_canonical_json_is_one_text():
    """Keys sorted, no spaces, letters as they are."""
    assert (
        canonical_json({"b": 1, "a": ["é", None, True]}) == '{"a":["é",null,true],"b":1}'.encode()
    )


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]):
    """However a mapping was made, its bytes are the same."""
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


def test_a_command_record_comes_back():
    """So that the command can be decided anew."""
    comes_back(RECORD)
    assert canonical(RECORD) == canonical(read(CommandRecord, RECORD.model_dump(mode="json")))


@pytest.mark.parametrize(
    ("fields", "good"),
    [
        ({"kind": "person", "person": "p1", "role": "owner"}, True),
        ({"kind": "seller"}, True),
        ({"kind": "system"}, True),
        ({"kind": "robot"}, False),
        ({"kind": "person", "email": "ann@acme.example"}, False),
        ({"person": "p1"}, False),
    ],
)
def test_an_actor_is_a_person_by_id_the_seller_or_the_ledger(fields: dict[str, str], good: bool):
    """Never an address."""
    if good:
        comes_back(read(Actor, fields))
    else:
        with pytest.raises(ValidationError):
            read(Actor, fields)


def test_money_inside_a_record_would_be_text():
    """As everywhere: a decimal string and a currency."""
    record = RECORD.model_copy(update={"fields": {"amount": {"amount": "1.00", "currency": "EUR"}}})
    comes_back(record)
    assert str(Money(100, "EUR")) == "1.00 EUR"
