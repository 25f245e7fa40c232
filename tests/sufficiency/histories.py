"""The histories that the tests run over: every story file, and a few made by hand.

A history is the log of one throw-away ledger, in its order; `tests/sufficiency/made/` holds
those that no story needs, in the same form.
"""

from functools import cache
from pathlib import Path

from events.envelope import Recorded
from ledger.scenarios import runner
from ledger.scenarios.scenario_file import read_scenario
from ledger.store.contract import READ_LIMIT

TESTS = Path(__file__).parent.parent
STORIES = sorted((TESTS / "stories").rglob("*.yaml"))
BY_HAND = sorted(
    path for path in (TESTS / "sufficiency" / "made").glob("*.yaml") if path.stem != "catalogue"
)
ALL = [*STORIES, *BY_HAND]


def name(path: Path) -> str:
    """The name of a history in a test's id."""
    return f"{path.parent.name}/{path.stem}"


@cache
def history(path: Path) -> tuple[Recorded, ...]:
    """Every fact that a scenario file leads to, due work included."""
    told = read_scenario(path)
    ledger = runner._Ledger(told)
    ledger.publish(runner._catalogue(told))
    for step in told.steps:
        ledger.step(step)
    if told.until is not None:
        ledger.advance(told.until)
    events: list[Recorded] = []
    while found := ledger._store.read_log(
        after=events[-1].position if events else 0, limit=READ_LIMIT
    ):
        events += [ledger._service.recorded(stored) for stored in found]
    return tuple(events)


def of_account(events: tuple[Recorded, ...], account: str) -> list[Recorded]:
    """The facts that concern one account."""
    return [event for event in events if event.account == account]
