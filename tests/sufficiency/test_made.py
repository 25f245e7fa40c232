"""What the histories made by hand are there for: what is owed, credited and gathered in the end."""

from pathlib import Path

import pytest

from ledger.scenarios.runner import Outcome, run
from ledger.scenarios.scenario_file import read_scenario
from tests.sufficiency.histories import ALL, BY_HAND, name

MADE = {path.stem: path for path in BY_HAND}


def outcome(path: Path) -> Outcome:
    """What a scenario file comes to."""
    return run(read_scenario(path))


def amounts(found: Outcome, *keys: str) -> dict[str, tuple[str, ...]]:
    """Status and amounts of each document by its number."""
    return {
        one["number"]: (one["status"], *(one[key]["amount"] for key in keys))
        for one in found.answer["invoices"]
    }


@pytest.mark.parametrize("path", ALL, ids=name)
def test_every_step_comes_out_as_its_file_says(path: Path):
    """A history is the one that its file tells: no step is accepted or refused unexpectedly."""
    assert outcome(path).unmet == []


@pytest.mark.rule("ALL-08", "ALL-09")
def test_what_a_credit_note_leaves_is_still_owed():
    """An unpaid invoice of which a part was taken back before stays open for that part.

    The invoice that had taken it back is credited later, so that the part is left to credit again.
    """
    found = amounts(outcome(MADE["unpaid_and_credited"]), "total", "paid", "due")

    assert found["AN-2024-000002"] == ("paid", "293.42", "220.06", "0.00")
    assert found["AN-2024-000004"] == ("issued", "-73.36", "0.00", "0.00")


@pytest.mark.rule("MS-12")
def test_a_plan_for_nothing_has_no_statement():
    """Charges of nothing wait for no statement, and never make one due."""
    assert outcome(MADE["nothing_to_charge"]).answer["invoices"] == []


@pytest.mark.rule("MS-13")
def test_a_fraction_of_nothing_waits_for_the_balance():
    """Where the first fraction rounds to nothing, the next statement holds the whole charge."""
    lines = [
        (line["period_start"], line["period_end"], line["amount"]["amount"])
        for one in outcome(MADE["gathered"]).answer["invoices"]
        for line in one["lines"]
        if line["subscription"] == "c"
    ]

    assert lines == [("2024-03-31", "2025-03-31", "0.10")]


@pytest.mark.rule("ALL-03")
def test_two_terms_may_end_on_one_day():
    """A term that began while its order waited ends, and renews, on a day that had a renewal."""
    renewals = [
        (line["period_start"], line["seats"])
        for one in outcome(MADE["waited_past_its_term"]).answer["invoices"]
        for line in one["lines"]
        if line["reason"] == "renewal"
    ]

    assert renewals == [("2024-02-29", 2), ("2024-02-29", 6), ("2024-03-30", 6)]
