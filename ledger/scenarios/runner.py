"""Runs a scenario (CONTRACT 7): a whole history on a throw-away ledger in memory, by its own clock.

The clock stops at each day on which work falls due, so that statements, renewals and ends are
written on their days, as they would be by a service that runs all the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from commands.catalogue_file import CatalogueFile
from ledger.catalogues.files import CatalogueInvalid, load, parse_data, shipped_names
from ledger.catalogues.publishing import publication
from ledger.clock import FixedClock
from ledger.reading import answers
from ledger.reading.quotes import Known, renewal_answers
from ledger.scenarios.scenario_file import (
    CATALOGUE,
    ResultOf,
    Scenario,
    ScenarioBroken,
    Step,
    filled,
)
from ledger.scheduling.advancing import advance
from ledger.store.contract import READ_LIMIT, Store
from ledger.store.memory import MemoryStore
from ledger.writer import Accepted, Intent, Previewed, RefusedCommand, Service
from projections.credit import CreditRow
from projections.invoices import InvoiceRow
from projections.orders import OrderRow
from projections.projection import fold
from projections.registry import ALL_PROJECTIONS
from projections.rows import MemoryRows
from projections.seats import SeatsRow


@dataclass(frozen=True, slots=True)
class Unmet:
    """A step that came out otherwise than the file expects."""

    step: Step
    expected: str
    outcome: str


@dataclass(slots=True)
class Outcome:
    """What a scenario came to: the documented answer, and the expectations that were not met."""

    scenario: Scenario
    answer: dict[str, Any]
    unmet: list[Unmet] = field(default_factory=list)


def run(scenario: Scenario) -> Outcome:
    """Run a scenario from its start to its `until`; ScenarioBroken where its catalogue is wrong."""
    ledger = _Ledger(scenario)
    ledger.publish(_catalogue(scenario))
    steps = []
    unmet = []
    for step in scenario.steps:
        told = ledger.step(step)
        steps.append(told)
        outcome = told["code"] if told["outcome"] == "refused" else "accepted"
        if outcome != (step.refused or "accepted"):
            unmet.append(Unmet(step, step.refused or "accepted", outcome))
    if scenario.until is not None:
        ledger.advance(scenario.until)
    return Outcome(scenario, {"steps": steps, **ledger.standing()}, unmet)


def _catalogue(scenario: Scenario) -> CatalogueFile:
    given, lines = scenario.catalogue, scenario.catalogue_lines
    try:
        if not isinstance(given, str):
            return parse_data(given, scenario.file, lines, CATALOGUE)
        return load(given if given in shipped_names() else Path(scenario.file).parent / given)
    except CatalogueInvalid as invalid:
        line, reason = lines.get(CATALOGUE, 0), f"catalogue: {invalid}"
        if not isinstance(given, str):
            first, *others = invalid.problems
            reason = "\n".join([f"{first.place}: {first.reason}", *map(invalid.told, others)])
            line = first.line
        raise ScenarioBroken(scenario.file, line, reason) from None


class _Ledger:
    """A throw-away ledger and its clock."""

    def __init__(self, scenario: Scenario) -> None:
        self._clock = FixedClock(scenario.start)
        self._store = MemoryStore(self._clock)
        self._service = Service(self._store, self._clock)
        self._results: dict[int, Mapping[str, Any]] = {}

    def publish(self, catalogue: CatalogueFile) -> None:
        self._service.handle(publication(catalogue))

    def advance(self, to: datetime) -> None:
        """Move the clock, doing what falls due on the way; it never goes back."""
        advance(self._service, self._clock, to)

    def step(self, step: Step) -> dict[str, Any]:
        """Do a step and tell what it came to.

        A step of an instant that has passed is a command that takes effect then (`at`). A step
        without a command id gets `step-INDEX`, so that two runs name their orders alike.
        """
        self.advance(step.at)
        intent = Intent(
            name=step.do,
            fields=filled(step.fields, self._result),
            actor=step.by,
            command_id=_command_id(step),
            at=step.at if step.at < self._clock.now() else None,
            dry_run=step.dry_run,
        )
        try:
            answer = self._service.handle(intent)
        except RefusedCommand as refused:
            return _refused(step, refused)
        if isinstance(answer, Accepted):
            self._results[step.index] = answer.result
        return _accepted(step, answer)

    def _result(self, reference: ResultOf) -> Any:
        """A field of an earlier step's result; null where that step brought none."""
        return self._results.get(reference.step, {}).get(reference.field)

    def standing(self) -> dict[str, Any]:
        """How everything stands, from the facts alone."""
        rows = folded(self._service, self._store)
        return {
            "seats": {row.key: answers.seat_counts(row) for row in rows.page(SeatsRow)},
            "renewals": renewal_answers(Known.now(self._service), rows),
            "invoices": [_document(row) for row in rows.page(InvoiceRow)],
            "credit": {row.key: answers.money(row.balance) for row in rows.page(CreditRow)},
            "orders": {row.key: answers.order(row) for row in rows.page(OrderRow)},
        }


def folded(service: Service, store: Store, upto: int | None = None) -> MemoryRows:
    """All rows of a log, up to a position, folded in memory."""
    events = []
    position = 0
    while found := store.read_log(after=position, limit=READ_LIMIT, upto=upto):
        events += [service.recorded(stored) for stored in found]
        position = found[-1].position
    return fold(ALL_PROJECTIONS, events)


def _document(row: InvoiceRow) -> dict[str, Any]:
    """A document as CONTRACT 7 has it: only a credit note corrects another, for a reason."""
    told = dict(answers.invoice(row))
    if row.kind == "invoice":
        del told["corrects"], told["reason"]
    return told


def _command_id(step: Step) -> str | None:
    """The step's own id, which may also stand among its fields."""
    if step.command_id is not None or "command_id" in step.fields:
        return step.command_id
    return f"step-{step.index}"


def _accepted(step: Step, answer: Accepted | Previewed) -> dict[str, Any]:
    told: dict[str, Any] = {"index": step.index, "outcome": "accepted"}
    if isinstance(answer, Previewed):
        return told | {"events": [], "preview": answer.preview}
    events = [answers.event(event) for event in answer.events]
    return told | {"events": events, "result": answer.result}


def _refused(step: Step, refused: RefusedCommand) -> dict[str, Any]:
    answer = refused.answer
    return {
        "index": step.index,
        "outcome": "refused",
        "code": answer.code,
        "detail": answer.detail,
        "remedy": answer.remedy,
        "rule": answer.rule,
        "events": [],
    }
