"""The service killed under load: acknowledged once means in the log once (ALL-03, ALL-07)."""

import random
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from ledger.clock import SystemClock
from ledger.codec.mapper import recorded
from ledger.store.postgres.store import PostgresStore
from tests.support.service_process import Client, Served, clients, served

CLIENTS = 16
SEED = 20261122


def killed_under_load(service: Served, kills: int) -> list[Client]:
    """Kill the service so often at moments drawn from a seed, while clients write and retry."""
    chance = random.Random(SEED)
    pause = Event()
    with clients(service, CLIENTS) as writing:
        for _ in range(kills):
            pause.wait(chance.uniform(0.05, 1.2))
            service.kill()
            service.start()
        pause.wait(0.5)
    return writing


def check_log(url: str, writing: list[Client]) -> int:
    """Hold the log against what the clients were told; how many commands were acknowledged."""
    acknowledged = {key: answer for client in writing for key, answer in client.answered.items()}
    firsts: dict[str, list[int]] = {}
    numbers: dict[str, list[int]] = {}
    with PostgresStore(url, SystemClock()) as store:
        position = 0
        while found := store.read_log(after=position):
            for stored in found:
                position += 1
                assert stored.position == position
                if stored.command is not None:
                    firsts.setdefault(stored.command_id, []).append(stored.position)
                if stored.stream.startswith("invoices/"):
                    numbers.setdefault(stored.stream, []).append(stored.sequence)
        for key, answer in acknowledged.items():
            assert len(firsts.get(key, [])) == 1, key
            told = [event["id"] for event in answer["events"]]
            assert told == [str(recorded(stored).id) for stored in store.events_of(key)], key
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    assert all(len(found) == 1 for found in firsts.values())
    return len(acknowledged)


@pytest.mark.rule("ALL-03", "ALL-07")
@pytest.mark.timeout(300)
def test_a_killed_service_loses_and_doubles_nothing(postgres_url: str, tmp_path: Path) -> None:
    """After kills under load every acknowledged command is in the log exactly once."""
    with served(postgres_url, tmp_path) as service:
        writing = killed_under_load(service, 3)

    assert check_log(postgres_url, writing) > CLIENTS


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_kills_lose_and_double_nothing(
    postgres_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """After a hundred kills under load every acknowledged command is in the log exactly once."""
    with served(postgres_url, tmp_path) as service:
        writing = killed_under_load(service, 100)

    count = check_log(postgres_url, writing)
    record_property("acknowledged", count)
    assert count > 100 * CLIENTS
