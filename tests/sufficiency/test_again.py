"""Every decision of every history, made anew from the log, gives the same facts."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from tests.sufficiency.again import differences
from tests.sufficiency.histories import ALL, BY_HAND, history, name


@pytest.mark.rule("ALL-06")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_decisions_made_anew_give_the_same_facts(path: Path):
    """Record, facts before and catalogue version are all that a decision drew on."""
    assert list(differences(history(path))) == []


@pytest.mark.rule("ALL-06")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_every_decision_has_one_record(path: Path):
    """The first fact of a decision holds its command record, no other does."""
    for _, group in groupby(history(path), key=lambda event: event.command_id):
        first, *others = group
        assert first.command is not None
        assert [event for event in others if event.command is not None] == []


@pytest.mark.rule("ALL-06")
def test_another_history_would_be_noticed():
    """A record that asks for something else leads to other facts, and the difference says so."""
    events = list(history(BY_HAND[0]))
    number = next(
        number
        for number, event in enumerate(events)
        if event.command is not None and event.command.name == "AddSeats"
    )
    record = events[number].command
    assert record is not None
    asked = record.model_copy(update={"fields": {**record.fields, "quantity": 4}})
    events[number] = replace(events[number], command=asked)

    found = list(differences(events))
    assert {one.command_id for one in found} >= {events[number].command_id}
    assert any(b'"quantity":4' in one.anew for one in found)
