"""The five shipped catalogues: that they are good, and that they say what their vendors say."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from stdnum.eu import vat

from commands.catalogue import published_facts
from commands.refusals import REFUSALS, Refused
from commands.state.catalogue import evolve_catalogue, initial_catalogue
from ledger.catalogues.files import load, shipped_names

SHIPPED = ("expressvpn", "goto", "microsoft", "parallels", "secureexchanges")
EU = frozenset(vat.MEMBER_STATES) - {"el", "xi"} | {"gr"}


def test_the_shipped_catalogues_are_these():
    """Five vendors, each under its name."""
    assert shipped_names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_catalogue_can_be_published_in_any_year(name):
    """Each shipped file is valid, bears its own name, and sells all its plans on its first day."""
    given, today = load(name), date(2020, 6, 20)
    state = initial_catalogue()
    for sequence, fact in enumerate(published_facts(state, given, today), start=1):
        state = evolve_catalogue(state, fact, sequence)

    assert given.catalogue == name
    assert all(state.newest(plan, today) is not None for plan in given.plans)
    assert published_facts(state, given, date(2030, 1, 1)) == ()


@pytest.mark.parametrize("name", ["goto", "microsoft"])
def test_the_european_sellers_know_all_rates(name):
    """A seller with a VAT number has a rate for each country of the EU, and its number is valid."""
    given = load(name)
    rates = {rate.country for rate in given.seller.vat}

    assert rates == {code.upper() for code in EU}
    assert vat.is_valid(given.seller.vat_number)


@pytest.mark.parametrize(
    ("country", "on", "rate"),
    [
        ("DE", date(2020, 6, 30), "19"),
        ("DE", date(2020, 7, 1), "16"),
        ("DE", date(2021, 1, 1), "19"),
        ("FI", date(2024, 9, 1), "25.5"),
        ("FR", date(2026, 1, 1), "20"),
    ],
)
def test_the_shipped_rates_know_their_history(country, on, rate):
    """The standard rate of a day is the one that held then."""
    given = load("goto")
    state = initial_catalogue()
    for sequence, fact in enumerate(published_facts(state, given, on), start=1):
        state = evolve_catalogue(state, fact, sequence)

    assert state.vat_rate(country, on) == Decimal(rate)


@pytest.mark.rule("EV-01", "EV-02", "EV-03", "EV-04", "EV-21")
def test_volume_licences_are_as_the_vendor_sells_them():
    """Five seats at least, cheaper with more, by card, after an application, for eight devices."""
    plans = load("expressvpn").plans
    for name in ("volume-1m", "volume-6m", "volume-12m"):
        plan = plans[name]
        prices = [tier.amount for tier in plan.price.tiers]
        assert (plan.seats.minimum, plan.seats.maximum) == (5, None)
        assert "four more individual subscriptions" in plan.seats.below_minimum
        assert prices == sorted(set(prices), reverse=True)
        assert len(prices) > 1
        assert plan.payment == {"card": "at_once"}
        assert plan.requires == ("approved_application",)
        assert plan.entitlements == {"connected_devices": 8}
        assert set(plan.carries_over_from) == {n for n in plans if n.startswith("individual")}
        assert plan.product != plans["individual-12m"].product


@pytest.mark.rule("PA-04", "PA-06")
def test_the_business_account_is_as_the_vendor_runs_it():
    """PayPal and transfers wait for the payment; what a reseller sold names whom to contact."""
    plans = load("parallels").plans

    assert plans["desktop-business-12m"].payment["paypal"] == "when_paid"
    assert plans["desktop-business-12m"].payment["bank_transfer"] == "when_paid"
    assert plans["desktop-business-resold-12m"].channel.kind == "reseller"
    assert "Northwind" in plans["desktop-business-resold-12m"].channel.contact


@pytest.mark.rule("SE-06", "SE-07", "SE-08")
def test_the_company_account_is_as_the_vendor_runs_it():
    """Administrators only, approved domains, codes that work once, seats gone once released."""
    for plan in load("secureexchanges").plans.values():
        assert plan.may_buy == plan.may_assign == ("administrator",)
        assert plan.requires == ("approved_email_domain",)
        assert (plan.activation, plan.removal) == ("code", "once_released")


@pytest.mark.rule("GT-02", "GT-03", "GT-04", "GT-05", "GT-09")
def test_the_billing_centre_is_as_the_vendor_runs_it():
    """Levels, monthly or yearly, fourteen days of trial, and a billing date that moves."""
    plans = load("goto").plans

    assert all(plan.change_resets_term for plan in plans.values())
    assert {plan.term.months for plan in plans.values()} == {1, 12}
    assert {plan.level for plan in plans.values() if plan.product == "meeting"} == {
        "Professional",
        "Business",
        "Corporate",
    }
    assert plans["meeting-pro-1m"].trial.days == 14
    assert plans["meeting-corporate-12m"].channel.kind == "corporate"


@pytest.mark.rule("MS-02", "MS-03", "MS-06", "MS-07", "MS-08", "MS-09", "MS-12", "MS-13")
def test_business_subscriptions_are_as_the_vendor_sells_them():
    """At once by card or bank account, checked by invoice, which is split over two statements."""
    given = load("microsoft")
    plan = given.plans["business-standard-1m"]

    assert plan.payment == {
        "card": "at_once",
        "bank_account": "at_once",
        "invoice": "after_credit_check",
    }
    assert (plan.statement, plan.charge_split) == ("monthly", "statement")
    assert plan.may_buy == ("global_administrator", "billing_administrator")
    assert plan.trial.days == 30
    assert given.plans["business-standard-partner-12m"].channel.kind == "partner"
    assert given.plans["enterprise-e3-volume-36m"].channel.kind == "volume_centre"
    assert len(given.product_keys) == 6
    assert date(2026, 3, 17) in given.seller.holidays


def first_monday(year: int, month: int) -> date:
    """The first Monday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7)


@pytest.mark.rule("MS-04")
@pytest.mark.parametrize(
    "easter",
    [date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28)],
    ids=lambda day: str(day.year),
)
def test_a_credit_check_knows_all_public_holidays_of_ireland(easter: date):
    """Fixed days, Easter Monday, and the Mondays that the law names; none more, none missing."""
    year = easter.year
    mondays = {first_monday(year, month) for month in (2, 5, 6, 8)}
    mondays |= {easter + timedelta(days=1), first_monday(year, 11) - timedelta(days=7)}
    fixed = {date(year, 1, 1), date(year, 3, 17), date(year, 12, 25), date(year, 12, 26)}

    given = load("microsoft").seller.holidays

    assert sorted(day for day in given if day.year == year) == sorted(mondays | fixed)


@pytest.mark.rule("GEN-21")
def test_each_vendor_s_words_reach_its_own_buyers_only():
    """The licensing centre is Microsoft's, the application for volume licences ExpressVPN's."""
    told = {name: _every_word(name) for name in SHIPPED}

    def speakers(words: str) -> list[str]:
        return [name for name in SHIPPED if words in told[name]]

    assert speakers("the volume licensing centre") == ["microsoft"]
    assert speakers("Apply for volume licences") == ["expressvpn"]
    assert speakers("an adviser") == ["goto"]


def _every_word(name: str) -> str:
    """All that a buyer of a shipped catalogue can be told in refusals, without their cases."""
    state = initial_catalogue()
    for sequence, fact in enumerate(published_facts(state, load(name), date(2026, 1, 1)), start=1):
        state = evolve_catalogue(state, fact, sequence)
    answers = (Refused(code).answer(state.words) for code in REFUSALS)
    return "\n".join(f"{answer.detail}\n{answer.remedy}" for answer in answers)
