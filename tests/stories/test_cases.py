"""The cases that were given with the contract come out as their expectations say.

Each is a history that went wrong once, here or in another billing system, with what CONTRACT 5
makes of it; `cases/NAME.expected.json` tells why.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.stories.expected import TOLD, differences, expected_of
from tests.stories.story import FOLDER, story

CASES = FOLDER / "cases"
FILES = sorted(CASES.rglob("*.yaml"))


def case(path: Path) -> Any:
    """A case as a parameter, with the rules that it shows."""
    rules = expected_of(path).get("rules", [])
    marks = [pytest.mark.rule(*rules)] if rules else []
    return pytest.param(path, id=path.relative_to(CASES).with_suffix("").as_posix(), marks=marks)


@pytest.mark.parametrize("path", [case(path) for path in FILES])
def test_a_case_comes_out_as_expected(path: Path) -> None:
    """All that its expectation names is so: steps, seats, documents, credit, orders."""
    told = story(path.relative_to(FOLDER).as_posix())
    assert differences(expected_of(path), told.answer) == []


def test_every_case_has_an_expectation() -> None:
    """No file stands alone, and none expects nothing."""
    assert len(FILES) >= 37
    named = {path.with_suffix("").with_suffix("") for path in CASES.rglob("*.expected.json")}
    assert named == {path.with_suffix("") for path in FILES}
    for path in FILES:
        assert set(expected_of(path)) > TOLD & set(expected_of(path))


MONEY = {"amount": "12.50", "currency": "EUR"}
ANSWER = {
    "steps": [{"outcome": "accepted"}, {"outcome": "refused", "code": "x.y"}],
    "invoices": [{"total": MONEY, "lines": [{"seats": 1}, {"seats": 2}], "corrects": None}],
    "credit": {"acme": MONEY},
}
AS_IT_IS: list[dict[str, Any]] = [
    {"why": "said", "rules": ["GEN-22"]},
    {"steps": {"1": {"code": "x.y"}}},
    {"invoices": [{"lines": [{"seats": 2}, {"seats": 1}], "corrects": None, "reason": None}]},
    {"credit": {"acme": "12.50"}, "invoice_totals": ["12.5"]},
    {"credit": {"acme": MONEY}},
]
OTHERWISE: list[dict[str, Any]] = [
    {"steps": {"0": {"outcome": "refused"}}},
    {"steps": {"7": {"outcome": "accepted"}}},
    {"steps": [{"outcome": "accepted"}]},
    {"invoices": [{"lines": [{"seats": 2}, {"seats": 2}]}]},
    {"invoices": []},
    {"invoices": [{"corrects": "EV-1"}]},
    {"credit": {"acme": "12.51"}},
    {"credit": {"acme": None}},
    {"credit": {"bolt": "0.00"}},
    {"orders": {"o1": {"status": "completed"}}},
    {"invoice_totals": ["0.00"]},
]


@pytest.mark.parametrize("expected", AS_IT_IS)
def test_what_is_named_and_there_is_no_difference(expected: dict[str, Any]) -> None:
    """All else may be as it is."""
    assert differences(expected, ANSWER) == []


@pytest.mark.parametrize("expected", OTHERWISE)
def test_what_is_named_and_not_there_is_a_difference(expected: dict[str, Any]) -> None:
    """Also an entry too many or too few, and a value where null is expected."""
    assert differences(expected, ANSWER)
