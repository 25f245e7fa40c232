"""Which quick tests run which lines of the pure packages, as coverage measures it.

What is measured is kept in `.mutants/` at the top of the checkout, which git ignores, until a
source changes. Only quick tests are measured: under coverage the others take half an hour.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest
from coverage import CoverageData

from tests.support.mutations import Change

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".mutants"
PACKAGES = ("commands", "events", "projections")
QUICK = (*PACKAGES, "stories", "model")
FURTHER = ("sufficiency", "ledger", "properties")
"""Folders of tests that are tried where the quick ones notice nothing, the quicker first."""
ELSEWHERE = re.compile("postgres|subprocess|grown_url")
"""What a test file names that needs a database, or another process, which no change reaches."""

OURS = frozenset({"mutants.py", "mutations.py", "lines_run.py"})
"""What has no part in what a test does."""


class LinesRun(NamedTuple):
    """How long each test takes, and which lines each runs."""

    seconds: Mapping[str, float]
    data: CoverageData | None

    def tests(self, change: Change) -> list[list[str]]:
        """The tests to try a change with, in parts, the likeliest to notice it first.

        Its own test file; the quick tests that run its lines; the others of their files, as what
        tests share is run by the first of them only; then whole files that nobody measured.
        """
        if self.data is None:
            return []
        by_line = self.data.contexts_by_lineno(str(ROOT / change.path))
        names = {name for line in change.lines for name in by_line.get(line, ())}
        if "" in names:  # Run by an import, for all tests of the file.
            names = {name for each in by_line.values() for name in each}
        running = {name.partition("|")[0] for name in names}
        files = {name.partition("::")[0] for name in running}
        parts: list[list[str]] = [[], [], []]
        for name in sorted(
            self.seconds, key=lambda name: (name not in running, self.seconds[name])
        ):
            file = name.partition("::")[0]
            if file == own_tests(change):
                parts[0].append(name)
            elif file in files:
                parts[1 if name in running else 2].append(name)
        return [*(part for part in parts if part), *(test_files(folder) for folder in FURTHER)]


def own_tests(change: Change) -> str:
    """The test file of a source file."""
    path = PurePosixPath(change.path)
    return f"tests/{path.with_name(f'test_{path.name}')}"


class Timed:
    """Notes how long each test takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a part of a test."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration


def measure(jobs: int) -> LinesRun:
    """Measure what is not known yet, or no longer true, so many tests at a time.

    Raises:
        SystemExit: a test fails.
    """
    KEPT.mkdir(exist_ok=True)
    table, data = KEPT / "seconds.json", KEPT / "coverage"
    kept = json.loads(table.read_text(encoding="utf-8")) if table.exists() else {}
    known, now = kept.get("digests", {}), digests()
    stale = {name for name in {*known, *now} if known.get(name) != now.get(name)}
    tests = [name for folder in QUICK for name in test_files(folder)]
    if not data.exists() or not all(is_test(name) for name in stale):
        # The lines have moved, or what all tests build on.
        data.unlink(missing_ok=True)
        kept, stale = {}, set(tests)
    seconds = {
        name: took
        for name, took in kept.get("seconds", {}).items()
        if name.partition("::")[0] not in stale
    }
    files = [name for name in tests if name in stale]
    if files:
        sys.stderr.write(f"measuring which lines {len(files)} test files run\n")
        command = [sys.executable, "-m", "tests.support.lines_run", str(jobs), *files]
        if subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode:
            raise SystemExit("the tests fail with nothing changed")
        seconds |= json.loads((KEPT / "measured.json").read_text(encoding="utf-8"))
    table.write_text(json.dumps({"digests": now, "seconds": seconds}), encoding="utf-8")
    found = CoverageData(str(data))
    found.read()
    return LinesRun(seconds, found)


def digests() -> dict[str, str]:
    """What each file holds on which the quick tests build, and each of these."""
    files = [
        *(path for top in (*PACKAGES, "ledger") for path in (ROOT / top).rglob("*.*")),
        *(path for folder in QUICK for path in (ROOT / "tests" / folder).rglob("*.*")),
        *(
            path
            for folder in ("tests", "tests/support")
            for path in (ROOT / folder).glob("*.py")
            if not (is_test(path.name) or path.name in OURS)
        ),
    ]
    return {
        path.relative_to(ROOT).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
        if path.suffix != ".pyc"
    }


def is_test(name: str) -> bool:
    """Whether a file holds tests to run."""
    return Path(name).name.startswith("test_")


def test_files(folder: str) -> list[str]:
    """The test files of a folder that run in this process alone."""
    return [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests" / folder).rglob("test_*.py"))
        if not ELSEWHERE.search(path.read_text(encoding="utf-8"))
    ]


def main() -> int:
    """Run test files with coverage, adding to what is kept; answer pytest's exit code."""
    os.environ["COVERAGE_FILE"] = str(KEPT / "coverage")
    jobs, *files = sys.argv[1:]
    timed = Timed()
    options = ["-q", "-p", "no:randomly", "--timeout", "0", "-n", jobs if jobs != "1" else "0"]
    options += [f"--cov={name}" for name in PACKAGES]
    options += ["--cov-config", os.devnull, "--cov-context=test", "--cov-append", "--cov-report="]
    code = int(pytest.main([*options, *files], plugins=[timed]))
    (KEPT / "measured.json").write_text(json.dumps(timed.seconds), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
