"""Old versions are brought to the newest, step by step, on a sample made for the test."""

import copy
from typing import Any

import pytest

from events.registry import FACTS, UnknownFact
from events.upcasts import UPCASTS, upcast

FIRST = {"subscription": "vpn", "seat": 7}


def seats_as_list(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 to 2: one seat became a list."""
    return {"subscription": data["subscription"], "seats": [data["seat"]]}


def with_reason(data: dict[str, Any]) -> dict[str, Any]:
    """Version 2 to 3: a reason was added."""
    return {**data, "reason": None}


STEPS = {("SeatLent", 1): seats_as_list, ("SeatLent", 2): with_reason}


def test_steps_are_chained_to_the_newest():
    """A first version passes through every step; the newest through none."""
    newest = {"subscription": "vpn", "seats": [7], "reason": None}

    assert upcast("SeatLent", 1, FIRST, 3, STEPS) == newest
    assert upcast("SeatLent", 2, {"subscription": "vpn", "seats": [7]}, 3, STEPS) == newest
    assert upcast("SeatLent", 3, newest, 3, STEPS) == newest


def test_what_is_stored_stays_as_it_is():
    """A step makes new data and leaves what it was given alone."""
    given = copy.deepcopy(FIRST)

    upcast("SeatLent", 1, given, 3, STEPS)

    assert given == FIRST


@pytest.mark.parametrize("version", [0, -1, 4])
def test_versions_out_of_range_are_unknown(version: int):
    """A version from a newer program, or none at all, is not guessed at."""
    with pytest.raises(UnknownFact, match="version"):
        upcast("SeatLent", version, FIRST, 3, STEPS)


def test_a_missing_step_is_told():
    """Where no step leads on, the fact cannot be read."""
    with pytest.raises(UnknownFact, match="from version 1 to 2"):
        upcast("SeatLent", 1, FIRST, 2, {})


def test_every_older_version_has_its_step():
    """Whoever raises the version of a fact writes the step from the one before."""
    needed = {(f.NAME, version) for f in FACTS.values() for version in range(1, f.VERSION)}

    assert set(UPCASTS) == needed
