"""The recorded commands are decided as they were, fact by fact and byte for byte."""

import json
from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from commands.registry import COMMANDS
from events.registry import FACTS
from tests.golden import decisions, recording
from tests.golden.decisions import Line
from tests.golden.test_golden import LONG
from tests.support.worlds import WORLDS

Ledgers = Sequence[tuple[str, list[str]]]
PARTS = 8


@cache
def recorded() -> Ledgers:
    """All recorded ledgers."""
    return list(decisions.read())


def sample() -> Ledgers:
    """The first ledger of each world."""
    return [(name, lines) for name, lines in recorded() if name in {f"{one}/0" for one in WORLDS}]


def lines(ledgers: Ledgers) -> Iterator[Line]:
    """The lines of ledgers as data."""
    for _, texts in ledgers:
        yield from map(json.loads, texts)


def expect_the_same(ledgers: Ledgers) -> None:
    """Send the commands of ledgers anew, and fail with what comes out otherwise."""
    found = [decisions.difference(name, texts) for name, texts in ledgers]
    if any(found):
        pytest.fail("\n".join(str(one) for one in found if one), pytrace=False)


def test_commands_are_decided_as_recorded():
    """A sample of 600 commands on every catalogue comes to the recorded outcomes and facts."""
    assert sum("do" in line for line in lines(sample())) >= 600

    expect_the_same(sample())


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_all_commands_are_decided_as_recorded(part: int):
    """Every recorded command comes to its recorded outcome and facts."""
    expect_the_same(recorded()[part::PARTS])


@pytest.mark.soak
def test_the_record_is_what_the_generator_sends():
    """Recorded anew, the first ledger of each world is the recorded one, byte for byte."""
    for name, texts in sample():
        assert recording.traffic(name.removesuffix("/0"), 0) == texts


def test_every_command_and_fact_is_recorded():
    """5,000 commands and more: each is accepted somewhere, each fact stored, each outcome there."""
    found = [line for line in lines(recorded()) if "do" in line]
    facts = [fact for line in lines(recorded()) for fact in line["facts"]]

    assert len(found) >= 5000
    assert {line["outcome"] for line in found} == {"accepted", "repeated", "preview", "refused"}
    assert {fact["command"]["name"] for fact in facts if "command" in fact} == set(COMMANDS)
    assert {fact["type"] for fact in facts} == FACTS.keys() - LONG


def test_a_changed_fact_is_a_difference():
    """Where a recorded amount is another than the one that is decided, line and fact are named."""
    name, texts = sample()[0]
    number, text = next((n, one) for n, one in enumerate(texts) if '"net":{"amount":"' in one)
    changed = text.replace('"net":{"amount":"', '"net":{"amount":"1', 1)

    found = decisions.difference(name, [*texts[:number], changed, *texts[number + 1 :]])

    assert found is not None
    assert str(found).startswith(f"{name}, line {number + 1}: ")
    assert "fact" in str(found)
