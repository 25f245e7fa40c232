"""`python -m tests.rules`: every rule, the tests that carry its ID, and whether they passed.

Exits 1 where a rule has no test or one that did not pass.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.support.rule_ids import RULES

ROOT = Path(__file__).parent.parent


class Verdict(NamedTuple):
    """What the tests say of one rule."""

    rule: str
    state: str  # passed, failed or missing
    tests: Mapping[str, str]  # name -> outcome; the cases of a parametrised test count as one
    cases: int  # with every case counted

    @property
    def bad(self) -> bool:
        """Whether this verdict fails the run."""
        return self.state in {"failed", "missing"}


def run_tests(report: Path) -> int:
    """Run the tests that carry a rule, progress on stderr; answer pytest's exit code."""
    command = [sys.executable, "-m", "pytest", "tests", "-q", "-n", "2", "-m", "rule and not soak"]
    options = ["--continue-on-collection-errors", f"--rules-report={report}"]
    done = subprocess.run([*command, *options], cwd=ROOT, stdout=sys.stderr, check=False)
    return done.returncode


def verdicts(recorded: Mapping[str, Mapping[str, object]]) -> Iterator[Verdict]:
    """One verdict a rule, in their order, from what the recorder wrote."""
    for rule in RULES:
        outcomes: dict[str, str] = {}
        count = 0
        for node, test in sorted(recorded.items()):
            if rule not in list(test["rules"]):
                continue
            count += 1
            name = node.partition("[")[0]
            if outcomes.get(name, "passed") == "passed":
                outcomes[name] = str(test["outcome"])
        if outcomes:
            state = "passed" if set(outcomes.values()) == {"passed"} else "failed"
        else:
            state = "missing"
        yield Verdict(rule, state, outcomes, count)


def table(found: list[Verdict]) -> Iterator[str]:
    """The lines to print: rule, number of tests, state and title, then the tests' names."""
    for verdict in found:
        yield f"{verdict.rule:<7} {verdict.cases:>4}  {verdict.state:<8} {RULES[verdict.rule]}"
        for name, outcome in verdict.tests.items():
            yield f"               {name}" + ("" if outcome == "passed" else f"  ({outcome})")
    proved = sum(verdict.state == "passed" for verdict in found)
    yield f"{proved} of {len(found)} rules proved"


def main() -> int:
    """Run, print, and answer the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "rules.json"
        code = run_tests(report)
        recorded = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    found = list(verdicts(recorded))
    sys.stderr.flush()
    for line in table(found):
        print(line)
    # A worker that crashed or a file that cannot be read leaves no outcome, only the exit code;
    # 5 is "no test at all", and then the rules are missing anyway.
    return int(code not in {0, 5} or any(verdict.bad for verdict in found))


if __name__ == "__main__":
    sys.exit(main())
