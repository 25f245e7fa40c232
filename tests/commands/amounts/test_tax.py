"""Who is taxed where, the tax on sums, and the form of VAT numbers (GT-08)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.amounts.tax import (
    EU_COUNTRIES,
    NOT_SUBJECT,
    REVERSE_CHARGE,
    TaxableAmount,
    TaxSum,
    TaxTreatment,
    VatRateUnknown,
    tax_sums,
    tax_treatment,
    vat_number_ok,
)
from events.plans import Supply

RATES = {"FR": Decimal(20), "DE": Decimal(19), "GB": Decimal(20), "VG": Decimal(0)}
FRENCH = TaxTreatment("S", Decimal(20), "FR", None, None)
GERMAN = TaxTreatment("S", Decimal(19), "DE", None, None)
BRITISH = TaxTreatment("S", Decimal(20), "GB", None, None)


@pytest.mark.rule("GT-08")
@pytest.mark.parametrize(
    ("seller", "seller_number", "buyer", "buyer_number", "expected"),
    [
        ("FR", "FR40303265045", "FR", None, FRENCH),
        ("FR", "FR40303265045", "FR", "FR40303265045", FRENCH),
        ("FR", "FR40303265045", "DE", "DE136695976", REVERSE_CHARGE),
        ("FR", "FR40303265045", "DE", None, GERMAN),
        ("FR", "FR40303265045", "US", None, NOT_SUBJECT),
        ("FR", "FR40303265045", "GB", "GB980780684", NOT_SUBJECT),
        ("FR", "FR40303265045", "MC", None, FRENCH),
        ("FR", "FR40303265045", "MC", "FR40303265045", FRENCH),
        ("MC", "FR40303265045", "FR", None, FRENCH),
        ("DE", "DE136695976", "MC", "FR40303265045", REVERSE_CHARGE),
        ("DE", "DE136695976", "MC", None, FRENCH),
        ("GB", "GB980780684", "IM", None, BRITISH),
        ("IM", "GB980780684", "GB", None, BRITISH),
        ("FR", "FR40303265045", "IM", "GB980780684", NOT_SUBJECT),
        ("FR", "FR40303265045", "GB", "XI980780684", NOT_SUBJECT),
        ("FR", None, "FR", None, NOT_SUBJECT),
        ("VG", None, "FR", "FR40303265045", NOT_SUBJECT),
        ("GB", "GB980780684", "GB", None, BRITISH),
        ("GB", "GB980780684", "US", None, NOT_SUBJECT),
    ],
)
def test_treatment_follows_both_countries(
    seller: str,
    seller_number: str | None,
    buyer: str,
    buyer_number: str | None,
    expected: TaxTreatment,
):
    """The seller's rate at home, reverse charge or the buyer's in the EU, nothing elsewhere."""
    treatment = tax_treatment(seller, seller_number, buyer, buyer_number, RATES.get)

    assert treatment == expected


@pytest.mark.rule("GT-08")
@pytest.mark.parametrize(
    ("seller", "number", "supply", "expected"),
    [
        ("FR", "XI980780684", "goods", REVERSE_CHARGE),
        ("FR", " xi980780684", "goods", REVERSE_CHARGE),
        ("FR", "XI980780684", "services", NOT_SUBJECT),
        ("FR", "XI980780684", "mixed", NOT_SUBJECT),
        ("FR", "GB980780684", "goods", NOT_SUBJECT),
        ("FR", None, "goods", NOT_SUBJECT),
        ("GB", "XI980780684", "goods", BRITISH),
    ],
)
def test_northern_ireland_is_in_the_union_for_goods(
    seller: str, number: str | None, supply: Supply, expected: TaxTreatment
):
    """By its XI numbers alone, and for goods alone; at home it is British."""
    assert tax_treatment(seller, "FR40303265045", "GB", number, RATES.get, supply) == expected


@pytest.mark.rule("GT-08")
def test_numbers_have_the_form_of_their_territory():
    """A firm in Monaco has a French number, one on the Isle of Man or in Belfast a British one."""
    assert vat_number_ok("FR40303265045", "MC")
    assert vat_number_ok("FR53000004605", "MC")
    assert not vat_number_ok("FR40303265046", "MC")
    assert vat_number_ok("GB980780684", "IM")
    assert vat_number_ok("XI980780684", "GB")
    assert not vat_number_ok("XI980780685", "GB")


def test_a_missing_rate_is_named_by_the_country_that_counts():
    """Of a buyer in Monaco it is the French rate that is missing."""
    with pytest.raises(VatRateUnknown, match="FR"):
        tax_treatment("DE", "DE136695976", "MC", None, {}.get)


def test_a_missing_rate_is_named():
    """Where a rate is needed and none is known, the country is told."""
    with pytest.raises(VatRateUnknown, match="IT") as caught:
        tax_treatment("FR", "FR40303265045", "IT", None, RATES.get)

    assert caught.value.country == "IT"


def test_the_union_has_27_members():
    """Greece is GR here, its numbers begin with EL; the United Kingdom has left."""
    assert len(EU_COUNTRIES) == 27
    assert "GR" in EU_COUNTRIES
    assert not EU_COUNTRIES & {"EL", "GB", "XI", "CH", "MC"}


@given(
    st.lists(
        st.tuples(st.sampled_from([None, "20", "20.0", "5.5"]), st.integers(-(10**9), 10**9)),
        max_size=12,
    )
)
def test_tax_is_on_the_sum_of_each_rate(lines: list[tuple[str | None, int]]):
    """Each rate has one sum, whose tax is within half a unit of the exact one."""
    amounts = [
        TaxableAmount("S" if rate else "O", Decimal(rate) if rate else None, net)
        for rate, net in lines
    ]
    sums = tax_sums(amounts)

    assert sum(part.taxable_minor for part in sums) == sum(net for _, net in lines)
    assert len({part.rate for part in sums}) == len(sums)
    for part in sums:
        exact = Fraction(part.rate or 0) * part.taxable_minor / 100
        assert abs(part.vat_minor - exact) <= Fraction(1, 2)


def test_sums_keep_their_order_and_zero_stays():
    """Groups stand in order of first appearance; a sum of zero is listed; halves go away."""
    twenty, none = Decimal(20), None
    lines = [("AE", none, 333), ("S", twenty, 1000), ("S", Decimal("20.00"), -1000)]
    sums = tax_sums(TaxableAmount(*line) for line in [*lines, ("S", Decimal("5.5"), -100)])

    assert sums == (
        TaxSum("AE", none, 333, 0),
        TaxSum("S", twenty, 0, 0),
        TaxSum("S", Decimal("5.5"), -100, -6),
    )


NUMBERS = [
    ("AT", "U13585627"), ("BE", "0428759497"), ("BG", "175074752"), ("CY", "10259033P"),
    ("CZ", "25123891"), ("DE", "136695976"), ("DK", "13585628"), ("EE", "100931558"),
    ("ES", "A13585625"), ("FI", "20774740"), ("FR", "40303265045"), ("GR", "094259216"),
    ("HR", "33392005961"), ("HU", "12892312"), ("IE", "6433435F"), ("IT", "00743110157"),
    ("LT", "119511515"), ("LU", "15027442"), ("LV", "40003521600"), ("MT", "11679112"),
    ("NL", "004495445B01"), ("PL", "8567346215"), ("PT", "501964843"), ("RO", "18547290"),
    ("SE", "123456789701"), ("SI", "50223054"), ("SK", "2022749619"), ("GB", "980780684"),
]  # fmt: skip


@pytest.mark.rule("GT-08")
@pytest.mark.parametrize(("country", "number"), NUMBERS)
def test_numbers_of_each_member_are_known(country: str, number: str):
    """A good number passes with and without its prefix; wrong ones and others' do not."""
    prefix = "EL" if country == "GR" else country
    wrong = str((int(number[-3]) + 1) % 10) if number[-3].isdigit() else "0"

    assert vat_number_ok(number, country)
    assert vat_number_ok(f"{prefix}{number}", country)
    assert vat_number_ok(f"{prefix.lower()} {number}", country)
    assert not vat_number_ok(f"{number[:-3]}{wrong}{number[-2:]}", country)
    assert not vat_number_ok(f"ZZ{number}", country)
    assert not vat_number_ok("1", country)


def test_every_member_has_a_form():
    """No member state is left to the general form."""
    assert set(EU_COUNTRIES) < {country for country, _ in NUMBERS}


@pytest.mark.parametrize(
    ("number", "country", "good"),
    [
        ("VG 12345", "VG", True),
        ("CHE-107.787.577 IVA", "CH", True),
        ("1", "VG", False),
        ("12345678901234567890X", "VG", False),
        ("12_345", "VG", False),
        ("", "FR", False),
        ("40303265045", "fr", False),
        ("40303265045", "../fr", False),
    ],
)
def test_numbers_of_other_countries(number: str, country: str, good: bool):
    """Where no form is known, 2 to 20 letters, digits, blanks, dots and hyphens will do."""
    assert vat_number_ok(number, country) is good
