"""The fold of a catalogue and its lookups, and what a publication adds."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from commands.catalogue import published_facts, publishing_problems
from commands.catalogue_file import CatalogueFile, parse_catalogue
from commands.state.catalogue import CatalogueState, evolve_catalogue, initial_catalogue
from events.accounts import ApplicationSubmitted
from events.catalogue import (
    HolidaysPublished,
    PlanPublished,
    PlanWithdrawn,
    ProductKeysPublished,
    SellerPublished,
    VatRatesPublished,
)
from events.fact import Fact
from events.sellers import key_digest

DAY = date(2026, 1, 10)
KEY = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"


def plan(**changed: Any) -> dict[str, Any]:
    """A plan of a file, with whatever a test changes; None leaves a key out."""
    fields: dict[str, Any] = {
        "product": "vpn",
        "term": {"months": 12},
        "price": {
            "per": "month",
            "tiering": "volume",
            "tiers": [{"from": 5, "amount": "8.32"}, {"from": 10, "amount": "7.49"}],
        },
        "seats": {"minimum": 5},
        "proration": {"by": "months"},
        "payment": {"card": "at_once"},
        "renewal": {"auto": True, "per_seat": True},
        "may_buy": ["owner"],
    }
    return fields | changed


def source(seller: dict[str, Any] | None = None, **changed: Any) -> CatalogueFile:
    """A catalogue of one plan, with whatever a test changes of it or of its seller."""
    fields: dict[str, Any] = {
        "catalogue": "expressvpn",
        "rules": "EV",
        "seller": {
            "name": "Seats Ltd.",
            "country": "IE",
            "currency": "EUR",
            "time_zone": "Europe/Dublin",
            "invoice_series": "EV-{year}",
            "vat_registered": False,
        }
        | (seller or {}),
        "plans": {"volume-12m": plan()},
    }
    return parse_catalogue(fields | changed)


def after(state: CatalogueState, *facts: Fact) -> CatalogueState:
    """The state after these facts, numbered on from it."""
    for fact in facts:
        state = evolve_catalogue(state, fact, state.version + 1)
    return state


def publish(*sources: CatalogueFile, today: date = DAY) -> CatalogueState:
    """The catalogue after these publications, all on one day."""
    state = initial_catalogue()
    for given in sources:
        state = after(state, *published_facts(state, given, today))
    return state


RATES = [
    {"country": "IE", "rate": "23", "from": "2021-03-01"},
    {"country": "IE", "rate": "21", "from": "2020-09-01"},
    {"country": "IE", "rate": "23", "from": "2012-01-01"},
    {"country": "FI", "rate": "25.5", "from": "2024-09-01"},
]


def test_a_first_publication_has_a_fact_a_part():
    """Seller, rates, holidays, plans and keys are published each by itself, as version 1."""
    given = source(
        {"vat": RATES, "holidays": ["2026-12-25"]},
        product_keys=[{"key": KEY, "plan": "volume-12m", "seats": 5}],
    )
    facts = published_facts(initial_catalogue(), given, DAY)

    assert [type(fact) for fact in facts] == [
        SellerPublished,
        VatRatesPublished,
        HolidaysPublished,
        PlanPublished,
        ProductKeysPublished,
    ]
    assert [fact.version for fact in facts] == [1] * 5
    assert facts[0].claims() != ()


def test_what_a_catalogue_does_not_have_is_not_published():
    """Without rates, holidays and keys there are facts of the seller and its plans alone."""
    facts = published_facts(initial_catalogue(), source(), DAY)

    assert [fact.NAME for fact in facts] == ["SellerPublished", "PlanPublished"]


@pytest.mark.parametrize("today", [DAY, DAY + timedelta(days=400)])
def test_a_catalogue_published_again_changes_nothing(today):
    """The same catalogue on whatever later day, in whatever order of its rates: no fact at all."""
    keys = [{"key": KEY, "plan": "volume-12m", "seats": 5}]
    first = source({"vat": RATES, "holidays": ["2026-12-25", "2026-01-01"]}, product_keys=keys)
    again = source(
        {"vat": RATES[::-1], "holidays": ["2026-01-01", "2026-12-25"]}, product_keys=keys
    )

    assert published_facts(publish(first), again, today) == ()


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"seller": {"name": "Seats plc"}}, ["SellerPublished"]),
        ({"rules": None}, ["SellerPublished"]),
        ({"seller": {"vat": RATES}}, ["VatRatesPublished"]),
        ({"seller": {"holidays": ["2026-12-25"]}}, ["HolidaysPublished"]),
        ({"plans": {"volume-12m": plan(title="Teams")}}, ["PlanPublished"]),
        ({"plans": {"volume-12m": plan(), "more": plan()}}, ["PlanPublished"]),
        (
            {"product_keys": [{"key": KEY, "plan": "volume-12m", "seats": 1}]},
            ["ProductKeysPublished"],
        ),
        ({"plans": {"other": plan()}}, ["PlanPublished"]),
    ],
)
def test_only_the_part_that_differs_is_published(changed, names):
    """A publication holds one fact for each part that differs, and no other."""
    facts = published_facts(publish(source()), source(**changed), DAY)

    assert [fact.NAME for fact in facts] == names


def test_each_part_counts_its_own_versions():
    """A second version of the seller and of a plan leaves the others at their first."""
    state = publish(
        source(), source(plans={"volume-12m": plan(title="Teams")}), source({"name": "Seats plc"})
    )

    assert state.seller_version == 2
    assert state.vat_version == 0
    assert state.seller.name == "Seats plc"
    assert [state.plan_version("volume-12m", n).terms.title for n in (1, 2, 3)] == [
        "volume-12m",
        "Teams",
        "volume-12m",
    ]
    assert state.version == 5


def test_an_unknown_version_of_a_plan_is_an_error():
    """A decision that names a version which never was is a fault, not an answer."""
    state = publish(source())

    for name, version in (("volume-12m", 0), ("volume-12m", 2), ("none", 1)):
        with pytest.raises(LookupError):
            state.plan_version(name, version)


def test_what_is_left_out_is_filled_in():
    """A published plan has its name as title, its buyers as assigners, today as its first day."""
    terms = publish(source()).plan_version("volume-12m", 1).terms

    assert (terms.title, terms.may_assign, terms.from_) == ("volume-12m", ("owner",), DAY)
    assert (terms.unit, terms.channel, terms.statement) == ("C62", None, "at_order")
    assert (terms.existing, terms.removal, terms.activation) == ("renewals", "at_renewal", "none")


def test_a_version_is_sold_from_its_day_on():
    """The newest version is the last one whose day has come; before the first there is none."""
    state = publish(
        source(plans={"volume-12m": plan(**{"from": "2026-01-01"})}),
        source(plans={"volume-12m": plan(title="Teams", **{"from": "2026-07-01"})}),
    )

    def version_on(*day: int) -> int | None:
        found = state.newest("volume-12m", date(*day))
        return found and found.version

    assert version_on(2025, 12, 31) is None
    assert version_on(2026, 1, 1) == 1
    assert version_on(2026, 6, 30) == 1
    assert version_on(2026, 7, 1) == 2
    assert state.knows("volume-12m")


def test_a_plan_to_come_can_be_sold_at_once():
    """A plan without `from`, whose last version waits for its day, is published for today."""
    waiting = source(plans={"volume-12m": plan(**{"from": "2026-07-01"})})
    state = publish(waiting, source())

    assert state.newest("volume-12m", DAY).version == 2
    assert published_facts(state, source(), DAY) == ()


def test_an_unknown_plan_is_not_known():
    """A plan that was never published has no version and is not withdrawn."""
    state = publish(source())

    assert not state.knows("volume-1m")
    assert not state.is_withdrawn("volume-1m")
    assert state.newest("volume-1m", DAY) is None


@pytest.mark.rule("SE-01")
def test_a_withdrawn_plan_keeps_its_versions():
    """A withdrawn plan is no longer sold, and still found by those who renew it."""
    state = after(publish(source()), PlanWithdrawn(catalogue="expressvpn", plan="volume-12m"))

    assert state.is_withdrawn("volume-12m")
    assert state.newest("volume-12m", DAY).version == 1
    assert state.plan_names() == ("volume-12m",)


def test_publishing_does_not_bring_a_withdrawn_plan_back():
    """A new version of a withdrawn plan is for those who have it; it is not sold again."""
    state = after(publish(source()), PlanWithdrawn(catalogue="expressvpn", plan="volume-12m"))
    facts = published_facts(state, source(plans={"volume-12m": plan(title="Teams")}), DAY)
    state = after(state, *facts)

    assert state.is_withdrawn("volume-12m")
    assert state.newest("volume-12m", DAY).version == 2


def test_a_plan_missing_from_the_source_stays():
    """Leaving a plan out does not withdraw it; that is a command of its own."""
    state = publish(source(), source(plans={"other": plan()}))

    assert state.newest("volume-12m", DAY).version == 1
    assert not state.is_withdrawn("volume-12m")


@pytest.mark.rule("GT-08")
@pytest.mark.parametrize(
    ("country", "on", "rate"),
    [
        ("IE", date(2011, 12, 31), None),
        ("IE", date(2012, 1, 1), Decimal(23)),
        ("IE", date(2020, 8, 31), Decimal(23)),
        ("IE", date(2020, 9, 1), Decimal(21)),
        ("IE", date(2021, 2, 28), Decimal(21)),
        ("IE", date(2021, 3, 1), Decimal(23)),
        ("FI", date(2026, 1, 1), Decimal("25.5")),
        ("FR", date(2026, 1, 1), None),
    ],
)
def test_a_rate_holds_from_its_day_until_the_next(country, on, rate):
    """The VAT rate of a day is the last one before it, and none is ever guessed."""
    assert publish(source({"vat": RATES})).vat_rate(country, on) == rate


@pytest.mark.rule("MS-04")
@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        (date(2026, 12, 21), 2, date(2026, 12, 23)),  # Monday
        (date(2026, 12, 18), 1, date(2026, 12, 21)),  # Friday
        (date(2026, 12, 19), 2, date(2026, 12, 22)),  # Saturday
        (date(2026, 12, 24), 2, date(2026, 12, 30)),  # before Christmas, 28 December off
    ],
)
def test_working_days_leave_out_weekends_and_holidays(start, n, expected):
    """The n-th working day after a day passes over weekends and the seller's public holidays."""
    state = publish(source({"holidays": ["2026-12-25", "2026-12-26", "2026-12-28"]}))

    assert state.working_day(start, n) == expected


def test_there_is_no_working_day_number_zero():
    """Counting starts on the day after."""
    with pytest.raises(ValueError, match="number 1"):
        initial_catalogue().working_day(DAY, 0)


@pytest.mark.rule("MS-05")
def test_keys_reach_the_log_as_digests_only():
    """No fact, no state and no catalogue that was read holds a product key."""
    given = source(product_keys=[{"key": KEY, "plan": "volume-12m", "seats": 5}])
    facts = published_facts(initial_catalogue(), given, DAY)
    state = after(initial_catalogue(), *facts)
    offer = state.key(key_digest(KEY))

    assert (offer.plan, offer.seats) == ("volume-12m", 5)
    assert state.key("0" * 64) is None
    for text in (repr(given), given.model_dump_json(), repr(state), *map(repr, facts)):
        assert "AAAAA" not in text


def test_new_keys_come_in_facts_of_a_thousand():
    """Only keys that were not published before are, a thousand a fact, each fact a version."""
    keys = [
        {"key": f"{n:05d}-BBBBB-CCCCC-DDDDD-EEEEE", "plan": "volume-12m", "seats": 1}
        for n in range(2501)
    ]
    state = publish(source(product_keys=keys[:1]))
    facts = published_facts(state, source(product_keys=keys), DAY)

    assert [(fact.version, len(fact.keys)) for fact in facts] == [(2, 1000), (3, 1000), (4, 500)]
    assert len(after(state, *facts).keys) == 2501


def test_a_series_is_claimed_once():
    """A new series is claimed when it comes, and never again when it returns."""
    state = publish(source(), source({"invoice_series": "NEW-{year}"}))
    back = published_facts(state, source(), DAY)
    other = published_facts(state, source({"invoice_series": "THIRD"}), DAY)

    assert [fact.claims() for fact in back] == [()]
    assert [claim.value for fact in other for claim in fact.claims()] == ["THIRD"]


@pytest.mark.parametrize(
    ("changed", "places"),
    [
        ({}, []),
        ({"seller": {"currency": "USD"}}, ["seller.currency"]),
        ({"seller": {"time_zone": "UTC"}}, ["seller.time_zone"]),
        ({"catalogue": "other"}, ["catalogue"]),
        (
            {"product_keys": [{"key": KEY, "plan": "volume-12m", "seats": 6}]},
            ["product_keys[0]"],
        ),
    ],
)
def test_some_things_never_change(changed, places):
    """Currency, zone and what a key is good for stay as they were first published."""
    state = publish(source(product_keys=[{"key": KEY, "plan": "volume-12m", "seats": 5}]))

    assert [problem.place for problem in publishing_problems(state, source(**changed))] == places


def test_nothing_stands_against_a_first_publication():
    """An empty stream takes any valid catalogue."""
    assert publishing_problems(initial_catalogue(), source()) == ()


def test_a_catalogue_that_was_read_can_be_read_again():
    """What a command record keeps of a catalogue is a catalogue: the same one."""
    given = source(
        {"vat": RATES, "holidays": ["2026-12-25"]},
        product_keys=[{"key": KEY, "plan": "volume-12m", "seats": 5}],
        plans={
            "volume-12m": plan(channel="direct", **{"from": "2026-07-01"}),
            "resold": plan(channel={"kind": "reseller", "name": "R", "contact": "r"}),
        },
    )

    assert CatalogueFile.model_validate_json(given.model_dump_json()) == given
    assert parse_catalogue(given.model_dump(mode="json")) == given


def test_a_fact_of_an_account_has_no_place_in_a_catalogue():
    """The fold of a catalogue refuses what is not its own."""
    with pytest.raises(ValueError, match="ApplicationSubmitted"):
        evolve_catalogue(initial_catalogue(), ApplicationSubmitted(), 1)


def test_an_unpublished_catalogue_has_no_seller():
    """Asking for the seller before the first publication is a fault."""
    with pytest.raises(LookupError):
        _ = initial_catalogue().seller
