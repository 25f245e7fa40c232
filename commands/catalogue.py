"""Catalogues: publishing the next version of one, and selling a plan no longer (CONTRACT 4)."""

from typing import Annotated

from pydantic import BeforeValidator

from commands.access import require_seller
from commands.catalogue_file import CatalogueFile, parse_catalogue
from commands.decision import Command, Policy, decides
from commands.refusals import Facts, Refused, invalid
from commands.state.catalogue import CatalogueState, published_facts, publishing_problems
from events.catalogue import PlanWithdrawn
from events.fact import Identifier
from events.sellers import series_claim


def _parsed(given: object) -> CatalogueFile:
    """The catalogue behind a mapping, with all that is wrong with it in one ValueError."""
    return given if isinstance(given, CatalogueFile) else parse_catalogue(given)


class PublishPlan(Command):
    """Publish the next version of a catalogue and of all its plans.

    Product keys are digests from here on: neither the command nor its record holds one (MS-05).
    """

    SCOPE = "catalogue"

    catalogue: Annotated[CatalogueFile, BeforeValidator(_parsed)]


@decides(PublishPlan)
def publish_plan(command: PublishPlan, state: CatalogueState, policy: Policy) -> Facts:
    """Publish what differs from the present version, part by part; nothing differs: no fact.

    Raises:
        Refused: `access.role_missing`, `command.invalid` with the place in the catalogue and the
            reason.
    """
    require_seller(policy)
    source = command.catalogue
    problems = publishing_problems(state, source)
    if problems:
        raise invalid("catalogue", "; ".join(str(problem) for problem in problems))
    claim = series_claim(source.seller.invoice_series)
    if claim not in state.series and policy.taken("series", claim):
        raise invalid(
            "catalogue",
            f"seller.invoice_series: {source.seller.invoice_series} is used by another catalogue",
        )
    return published_facts(state, source, policy.on)


class WithdrawPlan(Command):
    """Sell a plan no longer; those who have it keep it and renew by its last version."""

    SCOPE = "catalogue"

    plan: Identifier
    catalogue: Identifier | None = None


@decides(WithdrawPlan)
def withdraw_plan(command: WithdrawPlan, state: CatalogueState, policy: Policy) -> Facts:
    """Withdraw a plan (SE-01); one that is withdrawn already changes nothing.

    Raises:
        Refused: `catalogue.plan_unknown`, `access.role_missing`.
    """
    other = command.catalogue not in {None, state.name}
    if other or not state.knows(command.plan):
        raise Refused("catalogue.plan_unknown", plan=command.plan)
    require_seller(policy)
    if state.is_withdrawn(command.plan):
        return ()
    return (PlanWithdrawn(catalogue=state.name, plan=command.plan),)
