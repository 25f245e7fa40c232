"""The model agrees with every case that came with the contract, and the program with the model."""

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import cases
from tests.model.comparing import as_yaml, differences, shrunk, without
from tests.model.model import Predicted, predict
from tests.model.random_histories import any_history, history

CHECKED = 40
SEEDS = int(os.environ.get("SEATLEDGER_MODEL_SEEDS", "10000"))
PARTS = 20
NOT_MODELLED = {"why", "rules"}


def answer(said: Predicted, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the model says, in the shape of an answer (CONTRACT 7)."""
    outcomes = [
        {"outcome": "accepted"} if one == "accepted" else {"outcome": "refused", "code": one}
        for one in said.steps
    ]
    numbered = {str(index): one for index, one in enumerate(outcomes)}
    names = ("amount", "subscription", "seats", "period_start", "period_end")
    documents = [
        {
            **one,
            "lines": [
                {
                    name: int(part) if name == "seats" else part
                    for name, part in zip(names, line, strict=False)
                }
                for line in one["lines"]
            ],
        }
        for one in said.invoices
    ]
    return {
        "steps": outcomes if isinstance(wanted.get("steps"), list) else numbered,
        "seats": said.seats,
        "renewals": said.renewals,
        "invoices": documents,
        "invoice_totals": [one["total"] for one in documents],
        "credit": said.credit,
        "orders": {name: {"status": one} for name, one in said.orders.items()},
    }


def asked(wanted: Any) -> Any:
    """What the model has a say in: no previews."""
    if isinstance(wanted, dict):
        gone = NOT_MODELLED | {"preview"}
        return {name: asked(one) for name, one in wanted.items() if name not in gone}
    return [asked(one) for one in wanted] if isinstance(wanted, list) else wanted


def told(seed: int) -> str | None:
    """What differs in the history of a seed, as its smallest file; None where nothing does."""
    made = any_history(seed)
    found = differences(made)
    if not found:
        return None
    small = shrunk(made, found[:1])
    lines = "\n".join(f"# {line}" for line in differences(small))
    return f"# seed {seed}\n{lines}\n{as_yaml(small)}"


def test_there_are_cases():
    """Those with the contract, and those of money."""
    assert len(cases.FILES) >= 35


@pytest.mark.parametrize("name", cases.FILES)
def test_the_model_agrees_with_the_case(name: str):
    """Each case comes out of the model as its `.expected.json` says."""
    scenario, catalogue = cases.scenario(name)
    wanted = asked(cases.expected(name))
    said = predict(scenario, catalogue)
    assert said.unmodelled is None
    assert cases.missing(wanted, answer(said, wanted)) == []


@pytest.mark.parametrize("seed", range(CHECKED))
def test_the_program_agrees_with_the_model(seed: int):
    """Steps, documents, credit, seats, renewals and orders of a random history, field by field."""
    difference = told(seed)
    assert difference is None, difference


@settings(max_examples=5)
@given(seed=st.integers(10**6, 2**48))
def test_the_program_agrees_with_the_model_on_any_history(seed: int):
    """The same on whatever history Hypothesis comes upon."""
    difference = told(seed)
    assert difference is None, difference


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_the_program_agrees_on_many_histories(
    part: int, record_property: Callable[[str, object], None]
):
    """Ten thousand, and `SEATLEDGER_MODEL_SEEDS` of them where it says how many."""
    found = []
    figures: Counter[str] = Counter()
    for seed in range(part, SEEDS, PARTS):
        difference = told(seed)
        figures["histories"] += 1
        if difference is not None:
            found.append(difference)
            if len(found) == 5:
                break
    for name, count in figures.items():
        record_property(name, count)
    assert not found, "\n\n".join(found)


def test_a_history_is_made_anew_by_its_seed():
    """The same seed, the same steps; another seed, others."""
    assert history(7) == history(7)
    assert history(7) != history(8)


def test_a_history_without_a_step_is_without_what_refers_to_it():
    """References to results follow their step, or fall with it."""
    steps = [
        {"do": "a", "with": {}},
        {"do": "b", "with": {}},
        {"do": "c", "with": {"x": {"result_of": 1, "field": "payment"}}},
    ]
    assert without({"steps": steps}, range(1))["steps"][1]["with"]["x"]["result_of"] == 0
    assert [step["do"] for step in without({"steps": steps}, range(1, 2))["steps"]] == ["a"]


def test_a_difference_is_seen():
    """A program that came out otherwise would be told: step, document and field."""
    made = history(3)
    said = predict(made, made["catalogue"])
    said.steps[0] = "account.exists"
    said.invoices.append({"number": "TL-9", "kind": "invoice"})
    found = differences(made, said)
    assert any("step 0" in line for line in found)
    assert any("TL-9" in line for line in found)
