"""What holds for every test: rules are recorded, and Hypothesis sets no stop-watch."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support import rule_recorder

pytest_plugins = ["tests.support.postgres", "tests.support.grown"]

# How long an example takes says more of the machine than of the code. The check tries the same
# examples each time, so that it says something of the change; with SEATLEDGER_EXPLORE set it
# looks for new ones, as the soak does.
settings.register_profile(
    "seatledger",
    deadline=None,
    print_blob=True,
    derandomize=not os.environ.get("SEATLEDGER_EXPLORE"),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("seatledger")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rules-report FILE`: write which test carries which rule, and how it went."""
    parser.addoption("--rules-report", metavar="FILE", help="write the outcome of rule tests here")


def pytest_configure(config: pytest.Config) -> None:
    """Start the recorder."""
    rule_recorder.install(config)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the reports of a test carry its rules."""
    rule_recorder.mark(item)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail what carries a rule that does not exist."""
    rule_recorder.refuse_unknown(item)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests noted: how often they killed, rolled back, and the like."""
    for report in terminalreporter.stats.get("passed", []):
        noted = dict(report.user_properties)
        noted.pop(rule_recorder.PROPERTY, None)
        if noted:
            figures = ", ".join(f"{name} {value}" for name, value in noted.items())
            terminalreporter.write_line(f"{report.nodeid}: {figures}")
