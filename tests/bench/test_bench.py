"""What is measured is measured in turns, and comes out as a page."""

import subprocess
import sys

import pytest

from tests.bench.__main__ import FIGURES
from tests.bench.figures import Figure, Setting
from tests.bench.measuring import Measured, Sample, beside_one_another, in_turns, repeated
from tests.bench.report import ROOT, rows

SMALL_RUN = [
    "--quick",
    "--clients=4",
    "--due=20",
    "--large=100",
    "--log=2000",
    "--pairs=1",
    "--seconds=0.3",
]


def none(_setting: Setting) -> Measured:
    """Measures nothing."""
    return Measured({})


def test_works_take_turns_and_warm_up():
    """Each pair begins with the other work, and the first round of each does not count."""
    order: list[str] = []

    def work(name: str) -> Sample:
        order.append(name)
        return Sample(len(order))

    measured = in_turns({"ours": lambda: work("o"), "theirs": lambda: work("t")}, 2)

    assert "".join(order) == "tootto"
    assert {name: len(rounds) for name, rounds in measured.rounds.items()} == {
        "ours": 2,
        "theirs": 2,
    }


def test_a_client_that_fails_fails_the_round():
    """A command that is refused is no fast command."""

    def send(client: int) -> None:
        if client == 1:
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        beside_one_another(2, 0.01, send)


def test_rates_count_units():
    """A round's rate is that of the units done, whatever the number of calls."""
    assert repeated(3, lambda: 1000).value > repeated(3, lambda: 1).value


def test_ratios_are_those_of_the_pairs():
    """The table holds medians with their range, and a line for each baseline."""
    rounds = {"service": [100, 300, 200], "stock": [100, 100, 100], "pgbench": [200, 200, 200]}
    measured = Measured(
        {name: [Sample(value) for value in found] for name, found in rounds.items()}
    )

    first, second = rows(Figure("f", "a figure", "commands/s", "1.7x", none), measured)

    assert first.startswith(
        "| a figure (commands/s) | 200 (100 to 300) | stock: 100 (100 to 100) |"
    )
    assert "2.00 (1.00 to 3.00)x" in first
    assert "1.00 (0.50 to 1.50)x" in second


@pytest.mark.soak
def test_every_figure_is_measured():
    """A short run on small data measures all of them and prints the page."""
    command = [sys.executable, "-m", "tests.bench", *SMALL_RUN]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stderr
    for figure in FIGURES:
        assert f"| {figure.title} ({figure.unit}) |" in told.stdout
