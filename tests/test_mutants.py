"""Small changes to the code are made, tried, and told of (`make mutants`)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData

from tests.support import mutations
from tests.support.lines_run import LinesRun
from tests.support.mutations import Change, changes

ROOT = Path(__file__).parent.parent
NOBODY_ASKS = "tests/events/test_holders.py"
"""No test of these looks at how money is rounded."""


def mutants(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What `python -m tests.mutants` says."""
    command = [sys.executable, "-m", "tests.mutants", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def line_of(path: str, text: str) -> int:
    """The number of the line that holds this."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_change_that_a_test_notices_counts_as_noticed():
    """Where a range of seats may rise or not is tested, and so a slip there is found."""
    line = line_of("events/seat_numbers.py", "if last < first")
    only = f"events/seat_numbers.py:{line}"

    told = mutants("--only", only, "--tests", "tests/events/test_seat_numbers.py")

    assert told.returncode == 0, told
    assert "1 of 1 changes noticed (100.0 %)" in told.stdout


def test_a_change_that_no_test_notices_is_told():
    """It is named with its place, what stood there and what stood there instead; the exit is 3."""
    before = (ROOT / "events/seat_numbers.py").read_bytes()
    line = line_of("events/seat_numbers.py", "if last < first")
    only = f"events/seat_numbers.py:{line}"

    told = mutants("--only", only, "--tests", NOBODY_ASKS)

    assert told.returncode == 3, told
    assert f"not noticed: {only}: in SeatNumbers.span: `last < first` -> `last" in told.stdout
    assert "0 of 1 changes noticed (0.0 %)" in told.stdout
    assert (ROOT / "events/seat_numbers.py").read_bytes() == before


def test_a_change_is_tried_by_its_own_tests_first_and_by_all_in_the_end():
    """Those that run its line, then the others of their files; whole files come last."""
    own, other = "tests/events/test_days.py", "tests/events/test_periods.py"
    tests = [f"{own}::a", f"{own}::b", f"{other}::c", f"{other}::d", f"{other}::e", "far.py::f"]
    seconds = dict(zip(tests, (1.0, 9.0, 2.0, 1.0, 0.5, 0.1), strict=True))
    data = CoverageData(no_disk=True)
    for name in (f"{own}::b", f"{other}::c", f"{other}::d"):
        data.set_context(f"{name}|run")
        data.add_lines({str(ROOT / "events/days.py"): [7, 8]})
    change = Change("events/days.py", range(7, 8), "f", "a < b", "a <= b", 0, 0)

    first, second, third, *whole = LinesRun(seconds, data).tests(change)

    assert (first, second) == ([f"{own}::b", f"{own}::a"], [f"{other}::d", f"{other}::c"])
    assert third == [f"{other}::e"]
    assert [Path(part[0]).parts[1] for part in whole] == ["sufficiency", "ledger", "properties"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = a < b", ["a <= b", "a >= b"]),
        ("x = a is None", ["a is not None"]),
        ("x = a and b", ["a or b"]),
        ("x = not a", ["not not a"]),
        ("x = a + 1", ["a - 1", "a + 2", "a + 0"]),
        ("x += a", ["x -= a"]),
        ("x = -a", ["+a"]),
        ("x = min(a)", ["max(a)"]),
        ("x: bool = True", ["False"]),
        ("f(a)", ["None"]),
        ("if a: b", ["not a"]),
        ("x = [a for a in b if c]", ["not c"]),
    ],
)
def test_slips_of_the_hand_are_made(tmp_path: Path, code: str, expected: list[str]):
    """Each kind of small change is made to code that has room for it."""
    (tmp_path / "x.py").write_text(code, encoding="utf-8")

    made = [one.after for place in changes(tmp_path, "x.py") for one in place]

    assert made == expected


@pytest.mark.parametrize(
    "code",
    [
        '"""In 3 days, or 4."""',
        "def f(a: Literal[1] | None) -> list[1]: return a",
        "assert a < 1",
        "assert_never(a)",
        "raise Refused('code', detail=f'{a + 1} days', days=1)",
        "x = f(a, detail=b + c)",
        "x = f'{a + 1}'",
        "class X:\n    def __repr__(self): return str(self.x + 1)",
        "@dataclass(frozen=True)\nclass X: pass",
        "x = 'a' + b",
        "X = A | B",
    ],
)
def test_what_no_test_need_notice_is_left_alone(tmp_path: Path, code: str):
    """Texts, annotations, decorators, assertions and what is raised are not changed."""
    (tmp_path / "x.py").write_text(code, encoding="utf-8")

    assert list(changes(tmp_path, "x.py")) == []


def test_a_change_is_in_the_code_and_nowhere_else(tmp_path: Path):
    """The compiled module does as changed; the file and the rest of the module stay."""
    (tmp_path / "x.py").write_text("a = 1 + 1\nb = 2 - 1\n", encoding="utf-8")
    change = next(changes(tmp_path, "x.py"))[0]
    names: dict[str, int] = {}

    exec(mutations.changed(tmp_path, change), names)

    assert (names["a"], names["b"]) == (0, 1)
    assert ast.parse((tmp_path / "x.py").read_text(encoding="utf-8")).body
    assert str(change) == "x.py:1: in the module: `1 + 1` -> `1 - 1`"
