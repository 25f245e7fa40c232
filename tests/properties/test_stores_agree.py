"""One history on both stores: the same facts in memory and on PostgreSQL, and the same rows."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from events.envelope import Recorded
from ledger.scenarios.runner import folded
from ledger.store.postgres.store import PostgresStore
from ledger.views.tables import Views
from projections.registry import ALL_PROJECTIONS
from tests.support.histories import COMMANDS, Run, clock_of, run, seeded
from tests.support.worlds import WORLDS

_MADE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|sha256:[0-9a-f]+"
)


def known_facts(events: list[Recorded]) -> list[dict[str, Any]]:
    """All facts with their envelopes; made ids and secrets are named in the order they come in."""
    names: dict[str, str] = {}

    def named(text: str) -> str:
        return _MADE.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), text)

    return [
        {
            "place": (event.stream, event.sequence, event.position, event.account_sequence),
            "type": (event.type, event.version),
            "concerns": (event.account, event.subscription),
            "when": (event.effective_at, event.effective_on, event.recorded_at),
            "why": (named(event.command_id), named(event.correlation_id), event.causation_id),
            # Parsed again, as keys that are ids were sorted by ids of chance.
            "actor": json.loads(named(event.actor.model_dump_json())),
            "command": json.loads(named(event.command.model_dump_json() if event.command else "0")),
            "fact": json.loads(named(event.fact.model_dump_json())),
        }
        for event in events
    ]


def outcomes(played: Run) -> list[tuple[str, ...]]:
    """What became of each command, without ids that were made on the way."""
    return [
        (
            told.intent.name,
            told.refused.code if told.refused is not None else "accepted",
            str(told.before),
            str(told.after),
        )
        for told in played.told
    ]


def both_agree(world: str, seed: int, url: str) -> None:
    """Play the history of a seed on both stores and compare all that can be read."""
    history = seeded(world, seed, COMMANDS)
    in_memory = run(history)
    clock = clock_of(history)
    with PostgresStore(url, clock) as store:
        on_disk = run(history, store=store, clock=clock)
        assert outcomes(on_disk) == outcomes(in_memory)
        assert known_facts(on_disk.events()) == known_facts(in_memory.events())
        for account in in_memory.accounts():
            addresses = [row.address_key for row in in_memory.store.people(account)]
            assert sorted(addresses) == sorted(row.address_key for row in store.people(account))
            tried = [(row.code, row.position) for row in in_memory.store.attempts(account)]
            assert tried == [(row.code, row.position) for row in store.attempts(account)]
        _views_agree(on_disk, url)


def _views_agree(played: Run, url: str) -> None:
    """The rows in PostgreSQL are those that the log folds to in memory."""

    def read(after: int, limit: int) -> list[Recorded]:
        return [played.service.recorded(one) for one in played.store.read_log(after, limit)]

    rows = folded(played.service, played.store)
    with Views(url) as views:
        assert views.catch_up(read) == played.store.head()
        for projection in ALL_PROJECTIONS:
            for kind in projection.kinds:
                assert views.page(kind) == rows.page(kind)


@pytest.mark.parametrize("world", WORLDS)
def test_both_stores_hold_the_same_history(world: str, postgres_url: str):
    """Same facts, same refusals, same people and attempts; PostgreSQL's rows equal the fold."""
    both_agree(world, 1, postgres_url)


@pytest.mark.soak
@pytest.mark.parametrize("world", WORLDS)
def test_both_stores_hold_the_same_histories(world: str, new_database: Callable[..., str]):
    """As above, for many histories of each world."""
    for seed in range(2, 42):
        both_agree(world, seed, new_database())
