"""The seller of a catalogue and what belongs to it: VAT rates, the invoice series, product keys."""

import re
from datetime import date
from hashlib import sha256
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from events.days import Day
from events.fact import Identifier, Value, left_out_if
from events.money import Price
from events.parties import (
    Address,
    Contact,
    Country,
    ElectronicAddress,
    Line,
    Mark,
    MentionCode,
    PaymentMeans,
    Sentence,
)
from events.plans import Method

YEAR = "{year}"
_KEY = re.compile(r"[A-Z0-9]{5}(-[A-Z0-9]{5}){4}")
_FOUR_DIGITS = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")


class VatRate(Value):
    """The standard rate of a country, in percent, from a day on until its next row."""

    model_config = ConfigDict(serialize_by_alias=True)

    country: Country
    rate: Price
    from_: Day = Field(alias="from")


class SellerTerms(Value):
    """All of a seller that has the same meaning in a catalogue file and in history.

    `vat_number` None: no tax at all; `vat_registered` False says that this is meant.
    `payment_days`: days from the issue of an invoice to the day on which it is due.
    `vat_on_debits`: tax falls due by the invoice. `payment_means` by method.
    """

    name: Line
    country: Country
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
    time_zone: Line
    invoice_series: Line
    vat_number: Line | None = None
    vat_registered: Annotated[bool, left_out_if(True)] = True
    vat_on_debits: Annotated[bool, left_out_if(False)] = False
    address: Address | None = None
    electronic_address: ElectronicAddress | None = None
    contact: Annotated[Contact | None, left_out_if(None)] = None
    payment_days: Annotated[int, Field(ge=0, le=3660)] = 0
    payment_means: Annotated[dict[Method, PaymentMeans], Field(max_length=50), left_out_if({})] = (
        Field(default_factory=dict)
    )


class Seller(SellerTerms):
    """Who sells: its currency, the zone of its days, its series and what its invoices must say.

    `mention_codes` stand beside `mentions`, one each, where any of them has a code.
    """

    registration: Line | None = None
    registration_scheme: Annotated[Mark | None, left_out_if(None)] = None
    mentions: Annotated[tuple[Sentence, ...], Field(max_length=20, strict=False)] = ()
    mention_codes: Annotated[
        tuple[MentionCode | None, ...], Field(max_length=20, strict=False), left_out_if(())
    ] = ()

    def series_on(self, issued_on: date) -> str:
        """The series of a document issued that day: `{year}` filled in (CONTRACT 1)."""
        return self.invoice_series.replace(YEAR, f"{issued_on.year:04d}")


class KeyOffer(Value):
    """What a product key is good for: so many seats of a plan. Its digest, never the key."""

    digest: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    plan: Identifier
    seats: Annotated[int, Field(ge=1, le=10_000_000)]


def key_digest(key: str) -> str:
    """The SHA-256, in hex, of a product key; small letters count as capitals (MS-05).

    ValueError where it is not 25 letters and digits in five groups.
    """
    normal = key.strip().upper()
    if _KEY.fullmatch(normal) is None:
        raise ValueError("a product key is 25 letters and digits in five groups of five")
    return sha256(normal.encode()).hexdigest()


def series_claim(invoice_series: str) -> str:
    """What a series claims in the ledger, every year of it.

    `EV-{year}` would meet a series that is called `EV-2026`, so both claim `EV-*`.
    """
    return _FOUR_DIGITS.sub("*", invoice_series.replace(YEAR, "*"))
