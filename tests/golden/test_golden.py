"""What was stored once is read and folded as it was then (R14)."""

import json

import pytest

from events.registry import FACTS
from ledger.verifying.findings import Findings
from ledger.verifying.sealed import SealedCheck
from ledger.verifying.source import DatabaseSource
from tests.golden import FOLDER, NAMES, come_to, rows, store


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_log_comes_to_the_same(postgres_url: str, name: str):
    """Its seals hold, and states and rows are folded as before, or have another version."""
    store(postgres_url, name)

    with DatabaseSource.open(postgres_url) as source:
        check = SealedCheck(findings := Findings())
        for row in source.rows():
            check.take(row)
    assert findings.kept == []
    assert check.position == len(list(rows(name)))
    assert come_to(postgres_url) == json.loads((FOLDER / f"{name}.json").read_text())


LONG = {"ChargeSeatsListed"}
"""Facts of thousands of scattered seats, too long for a file: they have their sample alone."""


def test_every_fact_stands_in_a_stored_log():
    """Each version of a fact that was ever stored is replayed from bytes of its time."""
    stored = {(row["topic"], row["version"]) for name in NAMES for row in rows(name)}

    assert stored == {
        (name, version)
        for name in FACTS.keys() - LONG
        for version in range(1, FACTS[name].VERSION + 1)
    }
