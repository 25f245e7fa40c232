"""The same scenario through the program and through the model, and where they differ."""

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from ledger.scenarios.runner import run
from ledger.scenarios.scenario_file import parse_scenario
from tests.model.model import Predicted, predict

Scenario = Mapping[str, Any]


def program(scenario: Scenario) -> dict[str, Any]:
    """What the program answers, in the shape of what the model says."""
    content = json.dumps(scenario).encode()
    answer = run(parse_scenario(content, "model.json")).answer
    return {
        "steps": [
            "accepted" if step["outcome"] == "accepted" else step["code"]
            for step in answer["steps"]
        ],
        "seats": answer["seats"],
        "renewals": {
            name: {**one, "total": one["total"]["amount"]}
            for name, one in answer["renewals"].items()
            if one is not None
        },
        "invoices": [document(one) for one in answer["invoices"]],
        "credit": {name: one["amount"] for name, one in answer["credit"].items()},
        "orders": {name: one["status"] for name, one in answer["orders"].items()},
    }


def document(found: Mapping[str, Any]) -> dict[str, Any]:
    """A document in the shape of the model's."""
    names = ("net", "tax", "total", "credit_used", "paid", "due")
    made = {name: found[name]["amount"] for name in names}
    made |= {name: found[name] for name in ("number", "kind", "account", "issued_on", "status")}
    if found["kind"] == "credit_note":
        made["corrects"] = found.get("corrects")
    made["lines"] = sorted(line(found["kind"], one) for one in found["lines"])
    return made


def line(kind: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    """Amount and subscription; of a charge also its seats and days."""
    amount = found["amount"]["amount"]
    if kind == "credit_note" or amount.startswith("-"):
        return amount, found["subscription"]
    seats, days = str(found["seats"]), (found["period_start"], found["period_end"])
    return (amount, found["subscription"], seats, *days)


def differences(scenario: Scenario, said: Predicted | None = None) -> list[str]:
    """Each difference in a line; none where the two agree as far as the model goes."""
    said = said or predict(scenario, scenario["catalogue"])
    try:
        done = program(scenario)
    except Exception as problem:
        # Whatever the program dies of is a difference, told with the history that shows it.
        return [f"the program: {problem!r}"[:400]]
    found = steps(scenario, said, done["steps"])
    if said.unmodelled is None:
        for name in ("seats", "renewals", "credit", "orders"):
            found += parts(name, getattr(said, name), done[name])
        found += documents(said.invoices, done["invoices"])
    return found


def steps(scenario: Scenario, said: Predicted, done: list[str]) -> list[str]:
    """Steps that come out otherwise."""
    return [
        f"step {index} {step['do']}: model {wanted}, program {found}"
        for index, (step, wanted, found) in enumerate(
            zip(scenario["steps"], said.steps, done, strict=False)
        )
        if wanted != found
    ]


def parts(name: str, said: Mapping[str, Any], done: Mapping[str, Any]) -> list[str]:
    """Entries of a table that differ."""
    return [
        f"{name} {key}: model {said.get(key)}, program {done.get(key)}"
        for key in sorted({*said, *done})
        if said.get(key) != done.get(key)
    ]


def documents(said: list[dict[str, Any]], done: list[dict[str, Any]]) -> list[str]:
    """Documents that differ, field by field."""
    found = []
    for index in range(max(len(said), len(done))):
        if index >= len(said) or index >= len(done):
            who, one = ("program", done) if index >= len(said) else ("model", said)
            found.append(f"document {one[index]['number']}: only the {who} has it")
            continue
        for key, wanted in said[index].items():
            other = done[index].get(key)
            if other != wanted and not is_same_note(key, said[index], done[index]):
                number = said[index]["number"]
                found.append(f"document {number} {key}: model {wanted}, program {other}")
    return found


def is_same_note(key: str, said: Mapping[str, Any], done: Mapping[str, Any]) -> bool:
    """Whether these are lines of notes that take and give back the same.

    The contract does not say whether whole and prorated credit of seats of one line stand in one
    line of the note or in two.
    """
    notes = {said["kind"], done["kind"]} == {"credit_note"}
    return key == "lines" and notes and gathered(said["lines"]) == gathered(done["lines"])


def gathered(lines: list[tuple[str, str]]) -> dict[tuple[str, bool], Fraction]:
    """What a note takes and gives back by subscription."""
    sums: dict[tuple[str, bool], Fraction] = {}
    for amount, subscription in lines:
        place = subscription, amount.startswith("-")
        sums[place] = sums.get(place, Fraction(0)) + Fraction(amount)
    return sums


def without(scenario: Scenario, gone: range) -> dict[str, Any]:
    """The scenario without some of its steps; references follow, or fall with their step."""
    kept = [index for index in range(len(scenario["steps"])) if index not in gone]
    places = {old: new for new, old in enumerate(kept)}
    made = []
    for index in kept:
        step = scenario["steps"][index]
        fields = dict(step["with"])
        for name, value in fields.items():
            if isinstance(value, Mapping) and "result_of" in value:
                if value["result_of"] not in places:
                    break
                fields[name] = {**value, "result_of": places[value["result_of"]]}
        else:
            made.append({**step, "with": fields})
            continue
        return without(scenario, range(min(gone.start, index), max(gone.stop, index + 1)))
    return {**scenario, "steps": made}


def shrunk(scenario: Scenario, first: list[str]) -> dict[str, Any]:
    """The scenario with fewer steps, and plans that say less, in which a difference of the same
    kind still is.
    """
    wanted = kind(first)
    smaller = fewer_steps(dict(scenario), wanted)
    again = True
    while again:
        again = False
        for tried in simpler(smaller):
            if wanted & kind(differences(tried)):
                smaller, again = tried, True
                break
    return fewer_steps(smaller, wanted)


def fewer_steps(scenario: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """Drop as many steps as can be, in larger and in smaller runs."""
    smaller = scenario
    size = max(len(smaller["steps"]) // 2, 1)
    while size:
        start = len(smaller["steps"]) - size
        while start >= 1:
            tried = without(smaller, range(start, start + size))
            if len(tried["steps"]) < len(smaller["steps"]) and wanted & kind(differences(tried)):
                smaller = tried
            start = min(start - size, len(smaller["steps"]) - size)
        size //= 2
    return smaller


def simpler(scenario: Scenario) -> Iterator[dict[str, Any]]:
    """The scenario with a plan less, or a plan that says less."""
    catalogue = scenario["catalogue"]
    plans = catalogue["plans"]
    used = {step["with"].get("plan") for step in scenario["steps"]}
    for name in sorted(plans.keys() - used):
        fewer = {other: without_plan(one, name) for other, one in plans.items() if other != name}
        if fewer:
            yield {**scenario, "catalogue": {**catalogue, "plans": fewer}}
    for name, plan in plans.items():
        for key, usual in USUAL.items():
            if plan.get(key, usual) != usual:
                fewer = {**plans, name: {**plan, key: usual}}
                yield {**scenario, "catalogue": {**catalogue, "plans": fewer}}
        for key in sorted(plan.keys() & LEFT_OUT):
            fewer = {**plans, name: {one: plan[one] for one in plan if one != key}}
            yield {**scenario, "catalogue": {**catalogue, "plans": fewer}}
    last = scenario["steps"][-1]["at"]
    if scenario["until"] != last:
        yield {**scenario, "until": last}
    seller = catalogue["seller"]
    if seller["time_zone"] != "UTC":
        yield {**scenario, "catalogue": {**catalogue, "seller": {**seller, "time_zone": "UTC"}}}


LEFT_OUT = {"statement", "charge_split", "carries_over", "carries_over_from", "change_resets_term"}
USUAL: dict[str, Any] = {
    "removal": "at_renewal",
    "cancellation": "at_term_end",
    "proration": {"by": "days"},
    "term": {"months": 12},
    "price": {"per": "period", "tiering": "volume", "tiers": [{"from": 1, "amount": "100"}]},
    "seats": {"minimum": 1, "maximum": None},
    "renewal": {"auto": True, "per_seat": True},
}
"""What a plan says in a minimal history, unless the difference needs something else."""


def without_plan(plan: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A plan that no longer carries over from another one."""
    made = dict(plan)
    if name in made.get("carries_over_from", ()):
        made["carries_over_from"] = [one for one in made["carries_over_from"] if one != name]
    over = made.get("carries_over", {"from": []})
    if name in over["from"]:
        made["carries_over"] = {**over, "from": [one for one in over["from"] if one != name]}
        if not made["carries_over"]["from"]:
            del made["carries_over"]
    return made


def kind(found: list[str]) -> set[str]:
    """What sort of differences these are, without numbers and amounts."""
    kinds = set()
    for one in found:
        head, _, tail = one.partition(": ")
        words = head.split()
        if words[0] == "step":
            kinds.add(f"{words[2]} {tail}")
        elif words[0] == "the":
            kinds.add(one[:80])
        else:
            kinds.add(f"{words[0]} {words[-1] if words[0] == 'document' else ''}")
    return kinds


def as_yaml(scenario: Scenario) -> str:
    """The scenario as a file that `seatledger scenario` runs."""
    writer = YAML()
    writer.default_flow_style = None
    writer.width = 4000
    text = StringIO()
    writer.dump(json.loads(json.dumps(scenario)), text)
    return text.getvalue()
