"""`seatledger` as a program of its own: how soon it answers, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def test_help_answers_at_once():
    """Nothing that is slow to import is imported before a command needs it."""
    slow = ["fastapi", "psycopg", "pydantic", "ruamel", "uvicorn", "structlog", "eventsourcing"]
    program = f"""
import sys
from pathlib import Path
sys.argv = ["seatledger", "--help"]
from ledger.cli.main import main
try:
    main()
finally:
    print([name for name in {slow} if name in sys.modules], file=sys.stderr)
"""

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    for command in ("serve", "demo", "do", "show", "events", "tick", "scenario", "calc"):
        assert command in done.stdout


def test_the_module_is_the_program():
    """`python -m ledger` is `seatledger`."""
    done = subprocess.run(
        [sys.executable, "-m", "ledger", "calc", "months"],
        input='{"start": "2020-08-25", "end": "2021-06-25"}\n',
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, json.loads(done.stdout)) == (0, {"months": 10, "days": 0})


@pytest.mark.parametrize("words", [["calc", "digits"], ["do"], ["do", "--json"]])
def test_a_full_disk_under_the_output_is_told_in_a_sentence(words: list[str]):
    """What cannot be written ends with 1 and says so, whether much or little was left to say."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ledger", *words],
            input=b'{"currencies": ["JPY"]}\n',
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 1
    told = done.stderr.decode().strip()
    assert told == "What there is to say cannot be written: No space left on device."


def test_calc_ends_with_1_where_a_line_was_bad():
    """The next line is still answered."""
    lines = b'nonsense\n{"currencies": ["JPY"]}\n'

    done = subprocess.run(
        [sys.executable, "-m", "ledger", "calc", "digits"],
        input=lines,
        capture_output=True,
        check=False,
    )

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, answers[1]) == (1, {"minor_digits": {"JPY": 0}})
    assert "error" in answers[0]
