"""What publishing a catalogue or withdrawing a plan would do: prices, terms, who renews by them.

Quoted by the arithmetic of renewals themselves, once as the catalogue is and once as it would be.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

from pydantic_core import to_jsonable_python

from commands.amounts.charging import full_price
from commands.amounts.term_spans import term_after
from commands.preview import money_view
from commands.refusals import Facts
from commands.schemas import (
    PlanOnOffer,
    PlanPreview,
    PlanRenewal,
    PlanRenewals,
    PreviewedPart,
    TermChange,
)
from commands.state.catalogue import CatalogueState, PlanVersion, evolve_catalogue
from events.catalogue import PlanPublished, PlanWithdrawn
from events.charges import TermSpan
from events.fact import Fact
from events.money import AmountOutOfRange, Money, price_text
from events.periods import DateOutOfRange
from events.plans import Plan

LISTED = 500
"""How many renewals of a plan are listed one by one; counts and sums are of all."""


@dataclass(frozen=True, slots=True)
class Renewing:
    """A subscription that will renew: by which plan, for how many seats, after which term.

    `plan_version` is that of the present term; None where the plan changes with the next one.
    """

    subscription: str
    account: str
    plan: str
    plan_version: int | None
    term: TermSpan
    seats: int


@dataclass(frozen=True, slots=True)
class _First:
    """The first renewal by a version: the term before it, and the version until then."""

    term: TermSpan
    own: int | None


def plans_of(state: CatalogueState, facts: Facts) -> tuple[str, ...]:
    """The plans that somebody may have, of which a decision's facts change something."""
    changed = (fact.plan for fact in facts if isinstance(fact, PlanPublished | PlanWithdrawn))
    return tuple(name for name in changed if state.knows(name))


def published_parts(
    state: CatalogueState, facts: Facts, renewing: Iterable[Renewing]
) -> list[PreviewedPart]:
    """Each part that a decision's facts publish, plans with their prices and renewals.

    `renewing` are the subscriptions that will renew by the plans of `plans_of`.
    """
    sequence = range(state.version + 1, state.version + 1 + len(facts))
    after = reduce(
        lambda known, one: evolve_catalogue(known, *one), zip(facts, sequence, strict=True), state
    )
    by_plan: dict[str, list[Renewing]] = {}
    for one in renewing:
        by_plan.setdefault(one.plan, []).append(one)
    return [_part(fact, state, after, by_plan) for fact in facts]


def _part(
    fact: Fact,
    state: CatalogueState,
    after: CatalogueState,
    by_plan: Mapping[str, Sequence[Renewing]],
) -> PreviewedPart:
    part: PreviewedPart = {"type": fact.NAME}
    version = getattr(fact, "version", None)
    if isinstance(fact, PlanPublished | PlanWithdrawn):
        part["plan"] = fact.plan
        part["change"] = _change(fact.plan, state, after, by_plan.get(fact.plan, ()))
    if version is not None:
        part["version"] = version
    return part


def _change(
    name: str, state: CatalogueState, after: CatalogueState, renewing: Sequence[Renewing]
) -> PlanPreview:
    old, new = _last(state, name), after.plans[name].versions[-1]
    return {
        "before": None if old is None else _offer(old),
        "after": _offer(new),
        "changes": [] if old is None else list(_changes(old.terms, new.terms)),
        "withdrawn": after.is_withdrawn(name),
        "renewals": _renewals(new, state, after, renewing),
    }


def _last(state: CatalogueState, name: str) -> PlanVersion | None:
    history = state.plans.get(name)
    return history.versions[-1] if history is not None and history.versions else None


def _offer(version: PlanVersion) -> PlanOnOffer:
    terms = version.terms
    return {
        "version": version.version,
        "title": terms.title,
        "sold_from": terms.from_.isoformat(),
        "per": terms.price.per,
        "tiering": terms.price.tiering,
        "tiers": [
            {"from": tier.from_, "amount": price_text(tier.amount)} for tier in terms.price.tiers
        ],
    }


def _changes(old: Plan, new: Plan) -> Iterator[TermChange]:
    """The terms beside prices and the day that differ, by the names of the catalogue's file."""
    for name, field in type(new).model_fields.items():
        was, becomes = getattr(old, name), getattr(new, name)
        if name not in {"price", "from_", "title"} and was != becomes:
            yield {"term": field.alias or name, "was": _plain(was), "becomes": _plain(becomes)}


def _plain(value: Any) -> Any:
    return to_jsonable_python(value, by_alias=True)


def _renewals(
    new: PlanVersion, state: CatalogueState, after: CatalogueState, renewing: Sequence[Renewing]
) -> PlanRenewals:
    """Who renews by a version that is the newest of its plan, and who keeps an earlier one."""
    currency = after.seller.currency

    @cache
    def first(term: TermSpan, own: int | None) -> _First | None:
        return _first_by(new, after, term, own)

    keeping, found = 0, list[tuple[PlanRenewal, Money | None, Money | None]]()
    for one in renewing:
        place = first(one.term, one.plan_version)
        if place is None:
            keeping += 1
            continue
        old = _version_at(state, new.name, place)
        before = None if old is None else _total(old, place.term, one.seats, currency)
        total = _total(new, place.term, one.seats, currency)
        found.append((_renewal(one, place.term, before, total), before, total))
    found.sort(key=lambda told: (told[0]["renewal_date"], told[0]["subscription"]))
    priced = [
        (before, total) for _, before, total in found if before is not None and total is not None
    ]
    sums = [Money.standing((pair[side] for pair in priced), currency) for side in (0, 1)]
    listed = [told for told, _, _ in found]
    return {
        "count": len(listed),
        "seats": sum(told["seats"] for told in listed),
        "first_on": listed[0]["renewal_date"] if listed else None,
        "last_on": listed[-1]["renewal_date"] if listed else None,
        "sums": [{"before": money_view(sums[0]), "after": money_view(sums[1])}] if priced else [],
        "keeping": keeping,
        "not_priced": len(found) - len(priced),
        "listed": listed[:LISTED],
        "not_listed": max(len(listed) - LISTED, 0),
    }


def _first_by(
    new: PlanVersion, after: CatalogueState, term: TermSpan, own: int | None
) -> _First | None:
    """The first term's end at which a version takes over; None where an earlier one is kept."""
    while True:
        version = _version_at(after, new.name, _First(term, own))
        if version is not None and version.version == new.version:
            return _First(term, own)
        if version is None or new.terms.from_ <= term.end:
            return None
        try:
            term, own = term_after(term, version.terms), version.version
        except DateOutOfRange:
            return None


def _version_at(catalogue: CatalogueState, name: str, place: _First) -> PlanVersion | None:
    """By which version of a plan a term is followed (CONTRACT 5.2)."""
    if place.own is None:
        return catalogue.newest(name, place.term.end)
    return catalogue.going_on(catalogue.plan_version(name, place.own), place.term.end)


def _total(version: PlanVersion, term: TermSpan, seats: int, currency: str) -> Money | None:
    """What seats cost in the term after; None where the renewal will be refused."""
    try:
        return full_price(version.terms, term_after(term, version.terms), seats, currency)
    except (DateOutOfRange, AmountOutOfRange):
        return None


def _renewal(
    one: Renewing, term: TermSpan, before: Money | None, total: Money | None
) -> PlanRenewal:
    return {
        "subscription": one.subscription,
        "account": one.account,
        "renewal_date": term.end.isoformat(),
        "seats": one.seats,
        "total_before": None if before is None else money_view(before),
        "total": None if total is None else money_view(total),
    }
