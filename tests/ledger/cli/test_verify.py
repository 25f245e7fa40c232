"""`seatledger verify`: what it prints, in words and as JSON, and how it ends."""

import json

import psycopg
import pytest
from typer.testing import CliRunner, Result

from ledger.cli.main import app
from ledger.verifying import verify_database
from tests.support.postgres import as_superuser


def run(url: str, *arguments: str) -> Result:
    """Run the command on a database."""
    return CliRunner().invoke(app, ["--url", url, "verify", *arguments])


def spoil(url: str) -> None:
    """Change a byte of the first fact."""
    with psycopg.connect(as_superuser(url), autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update log.events set state = '{}' where position = 1")


def test_a_whole_ledger_ends_well(grown_url: str):
    """Exit 0, and the chain to be kept is the one that a later run takes."""
    result = run(grown_url)

    assert result.exit_code == 0
    assert "nothing was found" in result.stdout
    mark = result.stdout.split()[-1]
    assert run(grown_url, "--kept", mark).exit_code == 0
    report = verify_database(grown_url)
    assert mark == f"{report.position}:{report.chain.hex()}"


def test_what_is_found_ends_with_3(grown_url: str):
    """Exit 3, position and reason for people, and what no longer holds in words."""
    spoil(grown_url)

    result = run(grown_url)

    assert result.exit_code == 3
    assert "the row's bytes are not those" in result.stdout
    assert "the row's bytes are those that were appended" in result.stdout


def test_programs_read_json(grown_url: str):
    """With `--json` the report is the whole of stdout, found or not."""
    before = run(grown_url, "--json")
    spoil(grown_url)
    after = run(grown_url, "--json")

    assert (before.exit_code, after.exit_code) == (0, 3)
    assert json.loads(before.stdout)["findings"] == []
    told = json.loads(after.stdout)
    assert {name: told["findings"][0][name] for name in ("check", "position")} == {
        "check": "leaf",
        "position": 1,
    }
    assert told["whole"] is False
    assert told["found"] == len(told["findings"])


def test_a_chain_that_does_not_hold(grown_url: str):
    """A kept chain that is not the log's is a difference."""
    result = run(grown_url, "--kept", f"5:{'00' * 32}")

    assert result.exit_code == 3
    assert "not the one that was kept" in result.stdout


@pytest.mark.parametrize("mark", ["5", "5:abc", "x:" + "00" * 32, "0:" + "00" * 32])
def test_a_mark_that_is_none(grown_url: str, mark: str):
    """What is no position with a chain is wrong usage."""
    assert run(grown_url, "--kept", mark).exit_code == 2


def test_a_database_without_tables(empty_postgres_url: str):
    """A verification makes no tables: it says that there are none."""
    result = run(empty_postgres_url)

    assert result.exit_code == 1
    assert "lacks our tables" in str(result.exception)
