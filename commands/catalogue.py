"""Catalogues: publishing the next version of one, and selling a plan no longer (CONTRACT 4)."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator

from commands.access import require_seller
from commands.catalogue_checks import CatalogueProblem
from commands.catalogue_file import CatalogueFile, PlanInFile, parse_catalogue
from commands.decision import Command, Policy, decides
from commands.refusals import Facts, Refused, invalid
from commands.state.catalogue import CatalogueState, PlanVersion
from events.catalogue import (
    KEYS_A_FACT,
    HolidaysPublished,
    PlanPublished,
    PlanWithdrawn,
    ProductKeysPublished,
    SellerPublished,
    VatRatesPublished,
)
from events.fact import Fact, Identifier
from events.plans import Plan
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


def publishing_problems(
    state: CatalogueState, source: CatalogueFile
) -> tuple[CatalogueProblem, ...]:
    """What keeps a catalogue, valid by itself, from being the next version of this one.

    Accounts hold currency and time zone for ever (DESIGN 2), and a product key that was given out
    stays good for what it was.
    """
    if state.published_seller is None:
        return ()
    problems = []
    if source.catalogue != state.name:
        problems.append(CatalogueProblem(("catalogue",), f"this catalogue is {state.name}"))
    for name in ("currency", "time_zone"):
        held = getattr(state.seller, name)
        if getattr(source.seller, name) != held:
            problems.append(
                CatalogueProblem(
                    ("seller", name), f"accounts hold {held} for ever; it cannot change"
                )
            )
    for index, offer in enumerate(source.product_keys):
        if state.keys.get(offer.digest, offer) != offer:
            problems.append(
                CatalogueProblem(
                    ("product_keys", index), "this key was published with another plan or number"
                )
            )
    return tuple(problems)


def published_facts(state: CatalogueState, source: CatalogueFile, today: date) -> tuple[Fact, ...]:
    """One fact for each part of the source that differs from the catalogue; none: nothing differs.

    Plans that the source leaves out stay as they are: withdrawing one is a command of its own. So
    do product keys. Ask `publishing_problems` first.
    """
    return (
        *_seller_facts(state, source),
        *_plan_facts(state, source, today),
        *_key_facts(state, source),
    )


def _seller_facts(state: CatalogueState, source: CatalogueFile) -> Iterator[Fact]:
    name, seller = source.catalogue, source.seller.particulars()
    said = (source.rules, source.rule_ids, source.sentences)
    if (seller, *said) != (state.published_seller, state.rules, state.rule_ids, state.sentences):
        yield SellerPublished(
            catalogue=name,
            version=state.seller_version + 1,
            rules=source.rules,
            rule_ids=source.rule_ids,
            sentences=source.sentences,
            seller=seller,
            new_catalogue=state.seller_version == 0,
            new_series=series_claim(seller.invoice_series) not in state.series,
        )
    rates = source.seller.rates()
    if rates != state.vat_rates:
        yield VatRatesPublished(catalogue=name, version=state.vat_version + 1, rates=rates)
    if frozenset(source.seller.holidays) != state.holidays:
        yield HolidaysPublished(
            catalogue=name,
            version=state.holidays_version + 1,
            days=tuple(sorted(source.seller.holidays)),
        )


def _plan_facts(state: CatalogueState, source: CatalogueFile, today: date) -> Iterator[Fact]:
    for name, plan in source.plans.items():
        history = state.plans.get(name)
        last = history.versions[-1] if history is not None and history.versions else None
        terms = _next_terms(name, plan, last, today)
        if terms is not None:
            yield PlanPublished(
                catalogue=source.catalogue,
                plan=name,
                version=1 if last is None else last.version + 1,
                terms=terms,
            )


def _next_terms(name: str, plan: PlanInFile, last: PlanVersion | None, today: date) -> Plan | None:
    """The terms to publish; None where the last version says the same.

    A plan without `from` is sold from the day of publishing: it differs from a last version that
    already is on sale only if something else does.
    """
    if last is not None and plan.terms(name, min(today, last.terms.from_)) == last.terms:
        return None
    return plan.terms(name, today)


def _key_facts(state: CatalogueState, source: CatalogueFile) -> Iterator[Fact]:
    new = tuple(offer for offer in source.product_keys if offer.digest not in state.keys)
    for number, start in enumerate(range(0, len(new), KEYS_A_FACT), start=1):
        yield ProductKeysPublished(
            catalogue=source.catalogue,
            version=state.keys_version + number,
            keys=new[start : start + KEYS_A_FACT],
        )
