"""The pytest hooks that write down which test carries which rule, and how it went.

The IDs travel as user properties of a test's report, which pytest-xdist brings from the workers to
the controller; the controller alone writes the file that `--rules-report` names: one JSON object,
test -> {"rules": [...], "outcome": "passed" | "failed" | "skipped"}.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.rule_ids import RULES

PROPERTY = "rules"
GRAVITY = {"passed": 0, "skipped": 1, "failed": 2}


def rules_of(item: pytest.Item) -> list[str]:
    """The IDs on a test, in alphabetical order, known or not."""
    return sorted({rule for marker in item.iter_markers("rule") for rule in marker.args})


class RuleRecorder:
    """Collects reports; the gravest outcome of set-up, call and tear-down is the test's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tests: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one phase of one test."""
        test = self.tests.get(report.nodeid)
        if test is None:
            ids = dict(report.user_properties).get(PROPERTY)
            if not ids:
                return
            test = self.tests[report.nodeid] = {"rules": ids, "outcome": "passed"}
        # The report of a worker that crashed has no properties, but belongs to a test known by now.
        # An expected failure is reported as skipped: it proves nothing either.
        test["outcome"] = max(test["outcome"], report.outcome, key=GRAVITY.__getitem__)

    def pytest_sessionfinish(self) -> None:
        """Write what was collected."""
        self.path.write_text(json.dumps(self.tests, indent=1, sort_keys=True), encoding="utf-8")


def mark(item: pytest.Item) -> None:
    """Put the IDs of a test where its reports carry them."""
    if ids := rules_of(item):
        item.user_properties.append((PROPERTY, ids))


def refuse_unknown(item: pytest.Item) -> None:
    """Fail a test that carries an ID that no rule has."""
    if unknown := set(rules_of(item)) - RULES.keys():
        pytest.fail(f"no such rule: {', '.join(sorted(unknown))}", pytrace=False)


def install(config: pytest.Config) -> None:
    """Start recording where a report is asked for, in the controller alone."""
    path = config.getoption("--rules-report")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(RuleRecorder(Path(path)), "rule-recorder")
