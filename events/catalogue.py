"""Facts of a catalogue's stream: what a seller offered, part by part and version by version.

Each part counts its own versions from 1. A version once published is never edited, so that every
charge can be explained by the version that it names.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from events.days import Day
from events.fact import Claim, Fact, Identifier, left_out_if
from events.parties import Code, RuleId, Sentences
from events.plans import Channel, Plan
from events.sellers import KeyOffer, Seller, VatRate, series_claim

__all__ = [
    "Channel",
    "HolidaysPublished",
    "KeyOffer",
    "Plan",
    "PlanPublished",
    "PlanWithdrawn",
    "ProductKeysPublished",
    "Seller",
    "SellerPublished",
    "VatRate",
    "VatRatesPublished",
]

KEYS_A_FACT = 1000
"""How many product keys one fact holds at most, which keeps it below 256 KiB."""

Version = Annotated[int, Field(ge=1)]
"""1, 2, 3 … of one part of a catalogue."""


class SellerPublished(Fact):
    """The seller's particulars from now on; `rules` is the prefix of the rules named first.

    `rule_ids` and `sentences` are the seller's own IDs and words for refusals, by their codes.
    `new_catalogue` and `new_series` say that the name and the series appear for the first time:
    only then are they claimed, so that a later version never collides with an earlier one.
    """

    NAME: ClassVar[str] = "SellerPublished"
    PUBLIC: ClassVar[bool] = False
    catalogue: Identifier
    version: Version
    rules: str | None
    rule_ids: Annotated[dict[Code, RuleId], Field(max_length=100), left_out_if({})] = Field(
        default_factory=dict
    )
    sentences: Annotated[Sentences, left_out_if({})] = Field(default_factory=dict)
    seller: Seller
    new_catalogue: bool
    new_series: bool

    def claims(self) -> tuple[Claim, ...]:
        """Catalogues and invoice series are unique in the ledger (CONTRACT 1)."""
        claims = []
        if self.new_catalogue:
            claims.append(Claim("catalogue", self.catalogue))
        if self.new_series:
            claims.append(Claim("series", series_claim(self.seller.invoice_series)))
        return tuple(claims)


class VatRatesPublished(Fact):
    """The whole table of VAT rates, each from its own day on (GT-08)."""

    NAME: ClassVar[str] = "VatRatesPublished"
    PUBLIC: ClassVar[bool] = False
    catalogue: Identifier
    version: Version
    rates: tuple[VatRate, ...]


class HolidaysPublished(Fact):
    """All public holidays of the seller, on which no credit check is made (MS-04)."""

    NAME: ClassVar[str] = "HolidaysPublished"
    PUBLIC: ClassVar[bool] = False
    catalogue: Identifier
    version: Version
    days: tuple[Day, ...]


class PlanPublished(Fact):
    """A version of a plan, sold from the day that its terms say."""

    NAME: ClassVar[str] = "PlanPublished"
    catalogue: Identifier
    plan: Identifier
    version: Version
    terms: Plan


class PlanWithdrawn(Fact):
    """A plan is no longer sold; those who have it keep it, and renew by its last version."""

    NAME: ClassVar[str] = "PlanWithdrawn"
    catalogue: Identifier
    plan: Identifier


class ProductKeysPublished(Fact):
    """Product keys that start or extend a prepaid subscription, by their digests (MS-05)."""

    NAME: ClassVar[str] = "ProductKeysPublished"
    PUBLIC: ClassVar[bool] = False
    catalogue: Identifier
    version: Version
    keys: Annotated[tuple[KeyOffer, ...], Field(min_length=1, max_length=KEYS_A_FACT)]
