"""The commands of the recorded log: by seed, over all catalogues, every kind of them.

Random traffic on every world, in which accounts live side by side; random histories that put money
right, on every catalogue and on random ones; and one history in which everything happens.
"""

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

from ledger.clock import FixedClock
from ledger.scenarios.runner import _catalogue, _Ledger
from ledger.scenarios.scenario_file import parse_scenario
from ledger.store.memory import MemoryStore
from tests.golden.decisions import Recording
from tests.model.cases import shipped
from tests.model.random_catalogues import catalogue
from tests.model.random_histories import Maker
from tests.support.desk import START, Desk
from tests.support.histories import clock_of, run, seeded
from tests.support.long_history import CATALOGUES, live_through
from tests.support.worlds import SHIPPED, VARIANT_MOVED, VARIANT_SECONDS, WORLDS

SAMPLE_STEPS, STEPS = 60, 130
"""How many steps the first traffic of a world has, which the sample is, and the others."""

TRAFFIC = 4
"""How many ledgers with traffic there are of each world."""

PLANNED = 4
"""How many histories that put money right there are on each catalogue of the worlds."""

RANDOM = 24
"""How many of them there are on random catalogues."""


def ledgers() -> Iterator[tuple[str, list[str]]]:
    """Every ledger of the recorded log: its name, and its lines."""
    for world in WORLDS:
        for seed in range(TRAFFIC):
            yield f"{world}/{seed}", traffic(world, seed)
    for name in (world.name for world in SHIPPED):
        for seed in range(PLANNED):
            yield f"money/{name}/{seed}", money(seed, shipped(name))
    for variant in (VARIANT_SECONDS, VARIANT_MOVED):
        for seed in range(PLANNED):
            yield f"money/{variant['catalogue']}/{seed}", money(seed, variant)
    for seed in range(RANDOM):
        yield f"money/random/{seed}", money(seed)
    yield "everything", everything()


def traffic(world: str, seed: int) -> list[str]:
    """Random commands of the accounts of a world."""
    history = seeded(world, seed, STEPS if seed else SAMPLE_STEPS)
    clock = clock_of(history)
    store = MemoryStore(clock)
    service = Recording(store, clock)
    run(history, store=store, clock=clock, service=service)
    return service.lines


def money(seed: int, sold: Mapping[str, Any] | None = None) -> list[str]:
    """A random history of one account, with payments, credit, refunds and credit notes."""
    chance = random.Random(f"golden/{seed}/{sold and sold['catalogue']}")
    made = Maker(chance, catalogue(chance) if sold is None else dict(sold)).scenario(seed, 40)
    scenario = parse_scenario(json.dumps(made).encode(), "golden.json")
    ledger = _Ledger(scenario)
    ledger._service = service = Recording(ledger._store, ledger._clock)
    ledger.publish(_catalogue(scenario))
    for step in scenario.steps:
        ledger.step(step)
    if scenario.until is not None:
        ledger.advance(scenario.until)
    return service.lines


def everything() -> list[str]:
    """The history in which every fact there is happens at least once."""
    clock = FixedClock(START)
    desk = Desk(MemoryStore(clock), clock)
    desk.service = service = Recording(desk.store, clock, keyed=True)
    for name in CATALOGUES:
        desk.publish(name)
    live_through(desk)
    return service.lines
