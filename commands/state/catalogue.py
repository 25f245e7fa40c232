"""What decisions read of a catalogue: the fold of its stream.

All versions stay, since a term keeps the version with which it began; a lookup names the version
that it found, so that a decision can record it.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from rpds import HashTrieMap

from commands.refusals import VendorWords
from events.catalogue import (
    HolidaysPublished,
    PlanPublished,
    PlanWithdrawn,
    ProductKeysPublished,
    SellerPublished,
    VatRatesPublished,
)
from events.fact import Fact
from events.parties import Sentences
from events.plans import Plan
from events.sellers import KeyOffer, Seller, VatRate, series_claim


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One published version of a plan, from 1."""

    name: str
    version: int
    terms: Plan


@dataclass(frozen=True, slots=True)
class PlanHistory:
    """All versions of a plan, oldest first, and whether it is still sold."""

    versions: tuple[PlanVersion, ...]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class CatalogueState:
    """A catalogue as of one fact of its stream; `version` is the sequence of that fact, 0 before.

    Each part counts its own versions. `series` holds what the catalogue's invoice series claimed;
    `keys` leads from the digest of a product key to what it is good for.
    """

    name: str = ""
    version: int = 0
    rules: str | None = None
    rule_ids: dict[str, str] = field(default_factory=dict)
    sentences: Sentences = field(default_factory=dict)
    published_seller: Seller | None = None
    seller_version: int = 0
    series: frozenset[str] = frozenset()
    vat_rates: tuple[VatRate, ...] = ()
    vat_version: int = 0
    holidays: frozenset[date] = frozenset()
    holidays_version: int = 0
    keys: "HashTrieMap[str, KeyOffer]" = field(default_factory=HashTrieMap)
    keys_version: int = 0
    plans: "HashTrieMap[str, PlanHistory]" = field(default_factory=HashTrieMap)

    @property
    def seller(self) -> Seller:
        """The seller as last published; LookupError before the first publication."""
        if self.published_seller is None:
            raise LookupError("nothing has been published in this catalogue")
        return self.published_seller

    @property
    def words(self) -> VendorWords:
        """The vendor's own words and IDs for refusals (GEN-21)."""
        return VendorWords(self.rules, self.rule_ids, self.sentences)

    def knows(self, plan_name: str) -> bool:
        """Whether a version of the plan was ever published."""
        return plan_name in self.plans

    def plan_names(self) -> tuple[str, ...]:
        """The names of all plans, withdrawn ones too, in alphabetical order."""
        return tuple(sorted(self.plans))

    def is_withdrawn(self, plan_name: str) -> bool:
        """Whether the plan is no longer sold (SE-01)."""
        history = self.plans.get(plan_name)
        return history is not None and history.withdrawn

    def newest(self, plan_name: str, on: date) -> PlanVersion | None:
        """The last published version whose `from` has come on that day; None where none has.

        Withdrawn plans too: they renew by it (CONTRACT 5.2).
        """
        history = self.plans.get(plan_name)
        if history is None:
            return None
        came = (version for version in reversed(history.versions) if version.terms.from_ <= on)
        return next(came, None)

    def going_on(self, own: PlanVersion, on: date) -> PlanVersion:
        """The version by which somebody who has a plan begins a term on that day (CONTRACT 5.2).

        The newest; their own where that one says `existing: keep`, or where theirs was sold so.
        """
        newest = self.newest(own.name, on)
        if newest is None or "keep" in (own.terms.existing, newest.terms.existing):
            return own
        return newest

    def plan_version(self, plan_name: str, version: int) -> PlanVersion:
        """That version of the plan; LookupError where it was never published."""
        history = self.plans.get(plan_name)
        if history is None or not 1 <= version <= len(history.versions):
            raise LookupError(f"no version {version} of the plan {plan_name}")
        return history.versions[version - 1]

    def vat_rate(self, country: str, on: date) -> Decimal | None:
        """The country's rate in percent on that day; None where the table has none (GT-08)."""
        rows = [rate for rate in self.vat_rates if rate.country == country and rate.from_ <= on]
        return max(rows, key=lambda rate: rate.from_).rate if rows else None

    def key(self, digest: str) -> KeyOffer | None:
        """What the product key of that digest is good for; None for an unknown one (MS-05)."""
        return self.keys.get(digest)

    def working_day(self, after: date, n: int) -> date:
        """The n-th working day after a day: no weekend, no public holiday of the seller (MS-04).

        ValueError for n below 1; OverflowError beyond the year 9999.
        """
        if n < 1:
            raise ValueError("the first working day after a day is number 1")
        day = after
        while n:
            day += timedelta(days=1)
            if day.isoweekday() < 6 and day not in self.holidays:
                n -= 1
        return day


def initial_catalogue() -> CatalogueState:
    """A catalogue before its first fact."""
    return CatalogueState()


def evolve_catalogue(state: CatalogueState, fact: Fact, sequence: int) -> CatalogueState:
    """The catalogue after one fact more, at that place of its stream.

    ValueError for a fact that has no place there.
    """
    match fact:
        case SellerPublished():
            return replace(
                state,
                name=fact.catalogue,
                version=sequence,
                rules=fact.rules,
                rule_ids=fact.rule_ids,
                sentences=fact.sentences,
                published_seller=fact.seller,
                seller_version=fact.version,
                series=state.series | {series_claim(fact.seller.invoice_series)},
            )
        case VatRatesPublished():
            return replace(state, version=sequence, vat_rates=fact.rates, vat_version=fact.version)
        case HolidaysPublished():
            return replace(
                state,
                version=sequence,
                holidays=frozenset(fact.days),
                holidays_version=fact.version,
            )
        case ProductKeysPublished():
            offers = {offer.digest: offer for offer in fact.keys}
            return replace(
                state,
                version=sequence,
                keys=state.keys.update(offers),
                keys_version=fact.version,
            )
        case PlanPublished() | PlanWithdrawn():
            history = _after(state.plans.get(fact.plan), fact)
            return replace(state, version=sequence, plans=state.plans.insert(fact.plan, history))
        case _:
            raise ValueError(f"{fact.NAME} has no place in the stream of a catalogue")


def _after(history: PlanHistory | None, fact: PlanPublished | PlanWithdrawn) -> PlanHistory:
    """A plan's history after one fact more; a withdrawn plan stays withdrawn."""
    before = history or PlanHistory(())
    if isinstance(fact, PlanWithdrawn):
        return replace(before, withdrawn=True)
    version = PlanVersion(fact.plan, fact.version, fact.terms)
    return replace(before, versions=(*before.versions, version))
