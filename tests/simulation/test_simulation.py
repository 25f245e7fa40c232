"""Seeds of the simulation: a sample here, a thousand in the soak, and all that ever failed."""

import os
import random

import pytest

from ledger.clock import FixedClock
from ledger.store.errors import StoreUnavailable
from ledger.store.memory import MemoryStore
from tests.simulation.faulty import FaultyStore
from tests.simulation.simulated import simulate
from tests.support.histories import STARTS

STEPS = 200
SAMPLE = 4
CAMPAIGN = int(os.environ.get("SEATLEDGER_SIMULATION_SEEDS", "500"))

EVER_FAILED: tuple[int, ...] = (487, 587)
"""Seeds that once showed a mistake, of the ledger or of a law, kept for ever."""


@pytest.mark.rule("ALL-03", "ALL-07", "ALL-09")
@pytest.mark.parametrize("seed", [*range(SAMPLE), *EVER_FAILED])
def test_the_laws_hold_whatever_breaks(seed: int) -> None:
    """Places, claims, numbers, books and views hold after every step of a run with faults."""
    done = simulate(seed, STEPS)

    assert done.commands == STEPS
    assert all(done.faults.values()), done.faults


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(10))
def test_the_laws_hold_over_many_seeds(part: int) -> None:
    """Runs of two hundred steps each; `SEATLEDGER_SIMULATION_SEEDS` says how many."""
    for seed in range(part * CAMPAIGN // 10, (part + 1) * CAMPAIGN // 10):
        simulate(seed, STEPS)


def test_the_same_seed_makes_the_same_run() -> None:
    """A seed that failed can be looked at again: it sends and breaks the same."""
    assert simulate(3, 60) == simulate(3, 60)


def test_a_broken_line_shows_before_and_after_the_commit() -> None:
    """The simulated line breaks in both ways, and only while it is armed."""
    store = FaultyStore(MemoryStore(FixedClock(STARTS[0])), random.Random(1))
    for _ in range(200):
        store.append([])
    assert not any(store.faults.values())
    with store.armed():
        for _ in range(200):
            try:
                store.append([])
            except StoreUnavailable:
                continue

    assert store.faults["commit"]
    assert store.faults["acknowledgement"]
