"""Value added tax: which treatment a sale gets, and the tax per category and rate (CONTRACT 5.6).

Categories are those of EN 16931: `S` with a rate, `AE` reverse charge, `O` outside the scope. Tax
is worked out on the sum of the lines per category and rate, rounded half up. Rates come in as an
argument, since they have dates of their own. The form of a VAT number is judged offline.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

import stdnum

from events.money import round_fraction
from events.plans import Supply

TreatmentCategory = Literal["S", "AE", "O"]

EU_COUNTRIES = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
"""The 27 member states by ISO 3166 code; Northern Ireland, an XI for goods alone, is not one."""

_COUNTS_AS = {"MC": "FR", "IM": "GB"}
_NORTHERN_IRELAND = "XI"
_ANY_NUMBER = re.compile(r"[A-Za-z0-9 .-]{2,20}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def vat_territory(country: str) -> str:
    """The country whose tax and whose numbers hold: Monaco's are French, the Isle of Man's British.

    (CONTRACT 5.30.)
    """
    return _COUNTS_AS.get(country, country)


class TaxTreatment(NamedTuple):
    """How a sale is taxed: category, rate in percent and its country (of S), or why not."""

    category: TreatmentCategory
    rate: Decimal | None
    country: str | None
    exemption_code: str | None
    exemption_text: str | None


REVERSE_CHARGE = TaxTreatment("AE", None, None, "VATEX-EU-AE", "Reverse charge")
NOT_SUBJECT = TaxTreatment("O", None, None, "VATEX-EU-O", "Not subject to VAT")


class VatRateUnknown(LookupError):
    """A rate is needed for `country`, and none is known on that day."""

    def __init__(self, country: str) -> None:
        super().__init__(f"no VAT rate is known for {country} on that day")
        self.country = country


def tax_treatment(
    seller_country: str,
    seller_vat_number: str | None,
    buyer_country: str,
    buyer_vat_number: str | None,
    rate_on: Callable[[str], Decimal | None],
    supply: Supply = "services",
) -> TaxTreatment:
    """The treatment of a sale (GT-08); countries by ISO code, `rate_on` gives a country's rate.

    No tax without the seller's number. In the seller's country its rate, number or not. In another
    country of the EU reverse charge with the buyer's number, the rate of the buyer's country
    without. Elsewhere nothing. Northern Ireland is in the EU for goods alone, by its XI numbers.
    VatRateUnknown where a rate is needed and missing.
    """
    if not seller_vat_number:
        return NOT_SUBJECT
    country = vat_territory(buyer_country)
    if country != vat_territory(seller_country):
        if _in_northern_ireland(country, buyer_vat_number) and supply == "goods":
            return REVERSE_CHARGE
        if country not in EU_COUNTRIES:
            return NOT_SUBJECT
        if buyer_vat_number:
            return REVERSE_CHARGE
    rate = rate_on(country)
    if rate is None:
        raise VatRateUnknown(country)
    return TaxTreatment("S", rate, country, None, None)


def _in_northern_ireland(country: str, vat_number: str | None) -> bool:
    number = (vat_number or "").strip().upper()
    return country == "GB" and number.startswith(_NORTHERN_IRELAND)


class TaxableAmount(NamedTuple):
    """One line's share in the sums: category, rate in percent (None: none), net in minor units."""

    category: str
    rate: Decimal | None
    net_minor: int


class TaxSum(NamedTuple):
    """The sum of a category and rate, and the tax on it, both in minor units."""

    category: str
    rate: Decimal | None
    taxable_minor: int
    vat_minor: int


def tax_sums(amounts: Iterable[TaxableAmount]) -> tuple[TaxSum, ...]:
    """Tax per category and rate on the sum of the amounts, half up, in order of first appearance.

    Rates of one value are one rate (20 and 20.0); a sum of zero stays listed.
    """
    sums: dict[tuple[str, Decimal | None], TaxableAmount] = {}
    for amount in amounts:
        key = (amount.category, amount.rate)
        before = sums.get(key)
        sums[key] = (
            before._replace(net_minor=before.net_minor + amount.net_minor) if before else amount
        )
    return tuple(
        TaxSum(*whole, vat_minor=round_fraction(Fraction(whole.rate or 0) * whole.net_minor / 100))
        for whole in sums.values()
    )


def vat_number_ok(number: str, country: str) -> bool:
    """Whether a VAT number has the form, and the check digits, of its country (GT-08).

    With or without the country's prefix; one of Northern Ireland has its own, XI. Where no form is
    known for the country: 2 to 20 letters, digits, blanks, dots and hyphens.
    """
    if _ANY_NUMBER.fullmatch(number) is None or _COUNTRY.fullmatch(country) is None:
        return False
    form = stdnum.get_cc_module(vat_territory(country).lower(), "vat")
    return form is None or bool(form.is_valid(number))
