"""The plans on offer, each with its versions (SE-01)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, get_args

from events.catalogue import PlanPublished, PlanWithdrawn
from events.envelope import Recorded
from events.fact import Fact
from events.plans import Plan
from projections.rows import Getter, Row, Rows, existing

Handled = PlanPublished | PlanWithdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow(Row):
    """The newest version of a plan; the key is `plan_key`.

    It may be sold from a day that is still to come: `offered` finds the version of a day.
    """

    TABLE: ClassVar[str] = "plans"
    catalogue: str
    plan: str
    version: int
    terms: Plan
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersionRow(Row):
    """One version of a plan, for ever as it was published; the key is `plan_version_key`."""

    TABLE: ClassVar[str] = "plan_versions"
    catalogue: str
    plan: str
    version: int
    terms: Plan
    published_on: date


def plan_key(catalogue: str, plan: str) -> str:
    """The key of a plan's row."""
    return f"{catalogue}/{plan}"


def plan_version_key(catalogue: str, plan: str, version: int) -> str:
    """The key of the row of one version of a plan."""
    return f"{catalogue}/{plan}/{version:06d}"


class PlansProjection:
    """Folds what the catalogues offer."""

    name = "plans"
    version = 2
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (PlanRow, PlanVersionRow)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change the offer by one event."""
        fact = event.fact
        if isinstance(fact, PlanPublished):
            _published(event, fact, rows)
        elif isinstance(fact, PlanWithdrawn):
            row = existing(rows, PlanRow, plan_key(fact.catalogue, fact.plan))
            rows.put(replace(row, withdrawn=True))


def _published(event: Recorded, fact: PlanPublished, rows: Rows) -> None:
    """A new version is on offer; of a withdrawn plan it only says how those who have it renew."""
    key = plan_key(fact.catalogue, fact.plan)
    before = rows.get(PlanRow, key)
    rows.put(
        PlanRow(
            key=key,
            account=None,
            position=event.position if before is None else before.position,
            catalogue=fact.catalogue,
            plan=fact.plan,
            version=fact.version,
            terms=fact.terms,
            withdrawn=before is not None and before.withdrawn,
        )
    )
    rows.put(
        PlanVersionRow(
            key=plan_version_key(fact.catalogue, fact.plan, fact.version),
            account=None,
            position=event.position,
            catalogue=fact.catalogue,
            plan=fact.plan,
            version=fact.version,
            terms=fact.terms,
            published_on=event.effective_on,
        )
    )


def offered(rows: Getter, row: PlanRow, day: date) -> PlanVersionRow | None:
    """The version of a plan that is sold on a day: the newest whose `from` has come.

    None where the plan is withdrawn or was never sold by that day.
    """
    if row.withdrawn:
        return None
    for version in range(row.version, 0, -1):
        found = rows.get(PlanVersionRow, plan_version_key(row.catalogue, row.plan, version))
        if found is not None and found.terms.from_ <= day:
            return found
    return None
