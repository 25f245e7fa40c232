"""One simulated run: a seed makes the traffic, the clock and the faults, and makes them again."""

import random
from dataclasses import dataclass, replace
from typing import Any

from events.envelope import Recorded
from ledger.clock import FixedClock
from ledger.store.errors import StoreUnavailable
from ledger.store.memory import MemoryStore
from ledger.writer import Accepted, Intent, Previewed, RefusedCommand, Service
from tests.simulation.faulty import FaultyStore
from tests.simulation.laws import Laws
from tests.support.histories import Run, Told, clock_of, run, seeded
from tests.support.worlds import WORLDS

RESTART = 0.3
"""How often a process that lost its line is gone, so that another takes the repeat."""

_TRIES = 200


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a run came to."""

    commands: int
    events: int
    faults: dict[str, int]


class BrokenLaw(AssertionError):
    """A law did not hold; the text names the seed that shows it again."""


def _by_person(intent: Intent) -> dict[str, Any]:
    """A command's fields with persons by their addresses: their names are no part of its content.

    `name` beside a person's address is the person's; of an account it is the firm's.
    """
    fields = dict(intent.fields)
    if intent.name in {"AssignSeat", "ReassignSeat"}:
        fields.pop("name", None)
    if "assign" in fields:
        fields["assign"] = [one["email"] for one in fields["assign"]]
    return fields


class _Simulation:
    """Sends every command over a line that breaks, until it is answered; then checks the laws."""

    def __init__(self, clock: FixedClock, seed: int) -> None:
        self.chance = random.Random(f"faults/{seed}")
        self.inner = MemoryStore(clock)
        self.store = FaultyStore(self.inner, self.chance)
        self.laws = Laws(self.inner)
        self.commands = 0
        self.contents: dict[str, tuple[str, dict[str, Any], str]] = {}

    def send(self, played: Run, intent: Intent) -> Told:
        """Send a command with its key, repeat it until it is answered, and hold its answer."""
        self.commands += 1
        intent = replace(intent, command_id=intent.command_id or f"opening-{self.commands}")
        is_new = self.inner.answer(str(intent.command_id)) is None
        answer = self._answered(played, intent)
        acted = self.inner.answer(str(intent.command_id)) is not None
        assert acted == (not is_new or isinstance(answer, Accepted)), "refused, and yet it acted"
        told = played.send(intent)
        if isinstance(answer, Accepted):
            content = (intent.name, _by_person(intent), intent.actor)
            first = self.contents.setdefault(answer.command_id, content)
            # Whoever is forgotten cannot be told apart from another whom the ledger does not know.
            assert first == content or intent.name == "ForgetPerson", "a key took another content"
            assert told.accepted is not None, (intent, told.refused)
            assert told.accepted.events == answer.events, "a repeat answered otherwise"
            secret = answer.result.get("activation")
            if secret is not None:
                place = (intent.fields["subscription"], answer.result["seat"])
                played.secrets[place] = secret
        self._check(played)
        return told

    def _answered(self, played: Run, intent: Intent) -> Accepted | Previewed | None:
        for _ in range(_TRIES):
            try:
                with self.store.armed():
                    return played.service.handle(intent)
            except StoreUnavailable:
                if self.chance.random() < RESTART:
                    played.service = Service(played.store, played.clock)
            except RefusedCommand:
                return None
        raise AssertionError(f"never answered: {intent}")

    def _check(self, played: Run) -> None:
        new: list[Recorded] = []
        while found := self.inner.read_log(after=len(self.laws.events) + len(new)):
            new += [played.service.recorded(stored) for stored in found]
        self.laws.check(new)


def simulate(seed: int, steps: int) -> Simulated:
    """Run a seed; BrokenLaw with the seed where a law does not hold."""
    world = sorted(WORLDS)[seed % len(WORLDS)]
    history = seeded(world, seed, steps)
    clock = clock_of(history)
    simulation = _Simulation(clock, seed)
    try:
        run(history, simulation.send, simulation.store, clock)
        simulation.laws.check_whole(Service(simulation.inner, clock).state)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise BrokenLaw(f"seed {seed}, {steps} steps, world {world}: {reason}") from error
    return Simulated(simulation.commands, len(simulation.laws.events), simulation.store.faults)
