"""Decisions made anew from their records give the facts that were recorded (DESIGN 3)."""

from functools import cache

import pytest

from commands.catalogue_file import parse_catalogue
from commands.registry import COMMANDS
from commands.state.account import fold, initial
from commands.state.catalogue import CatalogueState, evolve_catalogue, initial_catalogue
from events.envelope import Recorded, canonical
from events.registry import catalogue_stream
from ledger.store.contract import account_stream
from ledger.writer.decide import decide_again
from tests.support.desk import Desk, mapping_of
from tests.support.long_history import CATALOGUES, long_history


@cache
def desk() -> Desk:
    """The long history, made once."""
    return long_history()


@cache
def log() -> tuple[Recorded, ...]:
    """All of its facts."""
    return tuple(desk().log())


def in_stream(stream: str) -> list[Recorded]:
    """The facts of a stream."""
    return [event for event in log() if event.stream == stream]


def catalogue_at(name: str, version: int) -> CatalogueState:
    """A catalogue as of a fact of its stream."""
    state = initial_catalogue()
    for event in in_stream(catalogue_stream(name))[:version]:
        state = evolve_catalogue(state, event.fact, event.sequence)
    return state


def test_every_decision_can_be_made_anew():
    """From its record, the facts before it and the catalogue it names, and nothing else."""
    names = set()
    for first in desk().decisions():
        record = first.command
        assert record is not None
        names.add(record.name)
        recorded = [event for event in log() if event.command_id == first.command_id]
        catalogue = catalogue_at(str(record.catalogue["name"]), int(record.catalogue["version"]))
        if first.account is None:
            facts = decide_again(first, catalogue, catalogue)
        else:
            stream = in_stream(account_stream(first.account))
            before = fold(initial(), stream[: record.account_version])
            facts = decide_again(first, before, catalogue)

        assert [canonical(fact) for fact in facts] == [canonical(e.fact) for e in recorded]
        assert [type(fact) for fact in facts] == [type(e.fact) for e in recorded]
    assert len(names) > 35


def test_the_history_decides_everything():
    """Every command that there is."""
    used = {first.command.name for first in desk().decisions() if first.command}

    assert used == set(COMMANDS)


def test_records_name_the_catalogue_versions_that_were_used():
    """A charge can be explained by the plan's version, the seller's and the VAT table's."""
    first = next(e for e in desk().decisions() if e.command_id == "add-1")
    assert first.command is not None

    assert first.command.catalogue["name"] == "expressvpn"
    assert first.command.catalogue["plans"] == {"volume-12m": 1}
    assert first.command.catalogue["seller"] == 1
    assert first.command.fields["order"] == "add-1"
    assert first.command.rules >= 1


def test_an_event_without_a_record_cannot_be_decided():
    """Only the first event of a decision holds its command."""
    later = next(event for event in desk().log() if event.command is None)

    with pytest.raises(LookupError):
        decide_again(later, initial(), initial_catalogue())


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_published_catalogue_comes_back_whole_from_its_record(name: str):
    """The fields in the record are the catalogue that was given, with its defaults filled in."""
    first = in_stream(catalogue_stream(name))[0]
    assert first.command is not None

    given = parse_catalogue(mapping_of(name))
    assert parse_catalogue(first.command.fields["catalogue"]) == given
