"""The table of rules itself: complete, and honest about what is missing or failed."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.rules import ROOT, table, verdicts
from tests.support.rule_ids import RULES

FAMILIES = {"EV": 21, "PA": 6, "SE": 9, "GT": 11, "MS": 14, "ALL": 10}
GENERAL = [f"GEN-{number:02}" for number in (1, 6, 7, 8, 20, 21, 22, 23, 24, 25)]


def passed(*rules: str) -> dict[str, object]:
    """A recorded test that passed and carries these rules."""
    return {"rules": list(rules), "outcome": "passed"}


def states(recorded: dict[str, dict[str, object]]) -> dict[str, str]:
    """Rule -> state."""
    return {verdict.rule: verdict.state for verdict in verdicts(recorded)}


def test_there_are_71_rules_numbered_without_gaps():
    """Each family of rules is numbered from 01 to its last, 71 in all."""
    expected = [
        f"{family}-{number:02}"
        for family, last in FAMILIES.items()
        for number in range(1, last + 1)
    ]

    ours = [rule for rule in RULES if rule not in GENERAL]
    assert ours == expected
    assert len(ours) == 71
    assert Counter(rule.partition("-")[0] for rule in ours) == FAMILIES


def test_the_general_rules_that_are_built_are_there():
    """The rules of vendors in general follow those of the five, numbers that miss come later."""
    assert [rule for rule in RULES if rule.startswith("GEN-")] == GENERAL


def test_a_rule_without_a_test_is_missing():
    """A rule that no test carries fails the run."""
    found = states({"tests/x.py::test_x": passed("EV-01")})

    assert found["EV-01"] == "passed"
    assert found["EV-02"] == "missing"
    assert all(verdict.bad for verdict in verdicts({}))


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_one_test_that_did_not_pass_fails_its_rule(outcome: str):
    """A rule is proved only where all its tests passed; a skipped one proves nothing."""
    recorded = {
        "tests/x.py::test_x[1]": passed("EV-01"),
        "tests/x.py::test_x[2]": {"rules": ["EV-01", "EV-02"], "outcome": outcome},
        "tests/x.py::test_x[3]": passed("EV-01"),
        "tests/x.py::test_y": passed("EV-03"),
    }

    assert states(recorded)["EV-01"] == "failed"
    assert states(recorded)["EV-02"] == "failed"
    assert states(recorded)["EV-03"] == "passed"
    assert f"               tests/x.py::test_x  ({outcome})" in list(
        table(list(verdicts(recorded)))
    )


def test_the_last_line_counts_what_is_proved():
    """The table ends with how many rules are proved."""
    recorded = {"tests/x.py::test_x": passed(*RULES)}

    *_, last = table(list(verdicts(recorded)))

    assert last == "81 of 81 rules proved"


def test_the_recorder_works_across_workers(tmp_path: Path):
    """Which test carries which rule, and how it went, reaches the report from two workers."""
    sample = tmp_path / "test_sample.py"
    sample.write_text(
        "import pytest\n"
        "@pytest.mark.rule('EV-09', 'EV-08')\ndef test_good(): pass\n"
        "@pytest.mark.rule('PA-01')\ndef test_bad(): assert False\n"
        "@pytest.fixture\ndef broken(): yield; assert False\n"
        "@pytest.mark.rule('PA-02')\ndef test_teardown(broken): pass\n"
        "@pytest.mark.rule('PA-03')\n@pytest.mark.skip\ndef test_skipped(): pass\n"
        "@pytest.mark.rule('PA-99')\ndef test_unknown(): pass\n"
        "@pytest.mark.rule('PA-04')\ndef test_crash():\n import os; os._exit(3)\n"
        "def test_other(): pass\n",
        encoding="utf-8",
    )
    report = tmp_path / "rules.json"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-c", str(ROOT / "pyproject.toml")]
    options = ["-p", "tests.conftest", f"--rules-report={report}", f"--rootdir={tmp_path}"]
    cache = ["-p", "no:cacheprovider"]

    subprocess.run([*command, *options, *cache, str(sample)], cwd=ROOT, check=False)

    recorded = json.loads(report.read_text(encoding="utf-8"))
    outcomes = {tuple(test["rules"]): test["outcome"] for test in recorded.values()}
    assert outcomes == {
        ("EV-08", "EV-09"): "passed",
        ("PA-01",): "failed",
        ("PA-02",): "failed",
        ("PA-03",): "skipped",
        ("PA-04",): "failed",
        ("PA-99",): "failed",
    }
