"""Facts of seats: ranges of numbers, and persons by their ids."""

import pytest
from pydantic import ValidationError

from events.envelope import canonical
from events.seat_numbers import SeatNumbers
from events.seats import SeatAssigned, SeatsAdded, SeatsRemoved
from tests.events.round_trip import comes_back, data, is_closed, read, stored

FACTS = [
    "SeatsAdded", "SeatsRemoved", "SeatAssigned", "SeatReassigned", "SeatReleased",
    "ActivationIssued", "SeatActivated", "SeatsEnded",
]  # fmt: skip


@pytest.mark.parametrize("name", FACTS)
def test_facts_come_back_as_they_were_stored(name: str):
    """Through canonical JSON, with no field guessed; none claims anything."""
    comes_back(stored(name))
    is_closed(name)
    assert stored(name).claims() == ()


def test_a_hundred_thousand_seats_are_one_range():
    """A fact is as small as for ten."""
    sizes = [
        len(
            canonical(
                SeatsAdded(
                    subscription="vpn",
                    seats=SeatNumbers.span(1, count),
                    order=None,
                    renewing=True,
                    entitlements={},
                )
            )
        )
        for count in (10, 100_000)
    ]
    assert sizes[1] - sizes[0] == 4


@pytest.mark.rule("EV-21")
@pytest.mark.parametrize("value", [8, True, "any"])
def test_entitlements_keep_their_kind(value: object):
    """A number stays a number, a yes a yes."""
    fields = {**data("SeatAssigned"), "entitlements": {"connected_devices": value}}
    fact = read(SeatAssigned, fields)
    comes_back(fact)
    assert isinstance(fact, SeatAssigned)
    assert fact.entitlements == {"connected_devices": value}
    assert type(fact.entitlements["connected_devices"]) is type(value)


def test_no_fact_of_a_seat_holds_a_name_or_an_address():
    """A person's id and revision, and the domain that a rule needs (SE-07)."""
    for name in FACTS:
        assert not {"email", "name"} & set(type(stored(name)).model_fields)
    with pytest.raises(ValidationError):
        read(SeatAssigned, {**data("SeatAssigned"), "email": "ann@acme.example"})
    with pytest.raises(ValidationError):
        read(SeatsRemoved, {**data("SeatsRemoved"), "when": "soon"})
