"""Which tests run which lines of the pure packages: measured by coverage, kept until they change.

What is kept lies in `.mutants/` at the top of the checkout, which git ignores.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from coverage import CoverageData

from tests.mutations import Change

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".mutants"
PACKAGES = ("commands", "events", "projections")
FOLDERS = (*PACKAGES, "properties", "stories")
"""Tests that need no database and no other process."""
NOT_THESE = frozenset({"tests/properties/test_stores_agree.py"})
"""But for this one, which compares with a database."""
HELPERS = ("conftest.py", "given.py", "histories.py", "shop.py", "traffic.py", "worlds.py")
"""Of what lies beside those folders, what most of these tests build on."""


class LinesRun(NamedTuple):
    """How long each test takes, and which lines each runs."""

    seconds: Mapping[str, float]
    data: CoverageData | None

    def tests(self, change: Change) -> list[list[str]]:
        """The tests that run a change: those of its own test file, then the others.

        Those of the whole file where its lines run but once: at import, or for a value that is
        kept.
        """
        if self.data is None:
            return []
        by_line = self.data.contexts_by_lineno(str(ROOT / change.path))
        names = {name for line in change.lines for name in by_line.get(line, ())}
        if "" in names:
            names = {name for each in by_line.values() for name in each}
        running = {name.partition("|")[0] for name in names}
        own = {name for name in self.seconds if name.startswith(f"{own_tests(change)}::")}
        parts = [own, (running - own) & self.seconds.keys()]
        return [sorted(part, key=lambda name: self.seconds[name]) for part in parts if part]


def own_tests(change: Change) -> str:
    """The test file of a source file."""
    package, _, name = change.path.partition("/")
    return f"tests/{package}/test_{name}"


class Timed:
    """Notes how long each test takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a part of a test."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration


def measure() -> LinesRun:
    """Measure what is not known yet, or no longer true.

    Raises:
        SystemExit: a test fails.
    """
    KEPT.mkdir(exist_ok=True)
    table, data = KEPT / "seconds.json", KEPT / "coverage"
    kept = json.loads(table.read_text(encoding="utf-8")) if table.exists() else {}
    known, now = kept.get("digests", {}), digests()
    stale = {name for name in {*known, *now} if known.get(name) != now.get(name)}
    tests = [name for name in now if is_test(name)]
    if not data.exists() or not all(is_test(name) for name in stale):
        # The lines have moved, or what all tests build on.
        data.unlink(missing_ok=True)
        kept, stale = {}, set(tests)
    seconds = {
        name: took
        for name, took in kept.get("seconds", {}).items()
        if name.partition("::")[0] not in stale
    }
    files = sorted(stale & set(tests))
    if files:
        sys.stderr.write(f"measuring which lines {len(files)} test files run\n")
        command = [sys.executable, "-m", "tests.lines_run", *files]
        if subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode:
            raise SystemExit("the tests fail with nothing changed")
        seconds |= json.loads((KEPT / "measured.json").read_text(encoding="utf-8"))
        table.write_text(json.dumps({"digests": now, "seconds": seconds}), encoding="utf-8")
    found = CoverageData(str(data))
    found.read()
    return LinesRun(seconds, found)


def digests() -> dict[str, str]:
    """What each source file, test file and helper of the tests holds."""
    files = [
        *(path for top in (*PACKAGES, "ledger") for path in (ROOT / top).rglob("*.*")),
        *(path for folder in FOLDERS for path in (ROOT / "tests" / folder).rglob("*.*")),
        *((ROOT / "tests" / name) for name in HELPERS),
    ]
    return {
        path.relative_to(ROOT).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
        if path.suffix != ".pyc"
    }


def is_test(name: str) -> bool:
    """Whether a file holds tests to run, or samples for some of them."""
    named = name.startswith("tests/") and Path(name).name.startswith("test_")
    return named and name not in NOT_THESE


def main() -> int:
    """Run test files with coverage, adding to what is kept; answer pytest's exit code."""
    os.environ["COVERAGE_FILE"] = str(KEPT / "coverage")
    timed = Timed()
    options = [
        "-q",
        "-p",
        "no:randomly",
        "--timeout",
        "0",
        "-n",
        "2",
        *(f"--cov={name}" for name in PACKAGES),
    ]
    options += ["--cov-config", os.devnull, "--cov-context=test", "--cov-append", "--cov-report="]
    code = int(pytest.main([*options, *sys.argv[1:]], plugins=[timed]))
    (KEPT / "measured.json").write_text(json.dumps(timed.seconds), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
