"""Holders that are no persons, inside facts."""

import pytest
from pydantic import ValidationError

from events.holders import SeatHolder
from events.seats import (
    ActivationIssued,
    SeatActivated,
    SeatAssigned,
    SeatReassigned,
    SeatReleased,
)
from tests.events.round_trip import comes_back, data, read

ROBOT = {"kind": "agent", "id": "crawler-7", "name": "Crawler"}


@pytest.mark.rule("GEN-20")
@pytest.mark.parametrize(
    "kind", [SeatAssigned, SeatReassigned, SeatReleased, ActivationIssued, SeatActivated]
)
def test_a_fact_of_a_seat_names_a_holder_that_is_no_person(kind: type[SeatAssigned]):
    """In place of a person's id; where a person holds the seat nothing more is written."""
    fields = data(kind.NAME)
    assert "holder" not in read(kind, fields).model_dump(mode="json")

    others = {key: value for key, value in fields.items() if key not in {"person", "previous"}}
    fact = read(kind, {**others, "holder": ROBOT})
    comes_back(fact)
    assert isinstance(fact, kind)
    assert (fact.person, fact.holder) == (None, SeatHolder(**ROBOT))


def test_holders_are_told_apart_by_kind_and_id():
    """Not by what they are called; a person is a holder of another form."""
    robot = SeatHolder(**ROBOT)
    assert robot.key == SeatHolder(kind="agent", id="crawler-7").key == "agent:crawler-7"
    assert robot.key != SeatHolder(kind="device", id="crawler-7").key
    with pytest.raises(ValidationError):
        read(SeatHolder, {"kind": "person", "id": "crawler-7"})
