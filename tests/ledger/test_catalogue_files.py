"""Catalogue files: the shipped ones, the contract's example, and each way to get one wrong."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from stdnum.eu import vat

from commands.policy import evolve_catalogue, initial_catalogue, published_facts
from ledger.catalogue_files import (
    BYTES_MAX,
    CatalogueInvalid,
    load,
    parse_text,
    shipped_names,
)

SHIPPED = ("expressvpn", "goto", "microsoft", "parallels", "secureexchanges")
EU = frozenset(vat.MEMBER_STATES) - {"el", "xi"} | {"gr"}

GOOD = """\
catalogue: shop
rules: EV
seller:
  name: Seats Ltd.
  country: NO
  currency: EUR
  time_zone: Europe/Oslo
  invoice_series: "S-{year}"
  vat: [{country: FR, rate: "20", from: 2014-01-01}]
  holidays: [2026-12-25]
product_keys:
  - {key: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE, plan: p12, seats: 5}
plans:
  p12:
    product: vpn
    from: 2026-01-01
    term: {months: 12}
    price:
      per: month
      tiering: volume
      tiers:
        - {from: 5, amount: "8.32"}
        - {from: 10, amount: "7.49"}
    seats: {minimum: 5, maximum: 100}
    proration: {by: months, started_month: days}
    payment: {card: at_once}
    renewal: {auto: true, per_seat: true}
    may_buy: [owner]
"""

CONTRACT = """\
catalogue: expressvpn
rules: EV
seller:
  {name: Seats Ltd., country: VG, currency: USD, time_zone: UTC, invoice_series: "EV-{year}",
   vat_number: null,
   vat: [{country: FR, rate: "20", from: 2014-01-01}], holidays: [2026-12-25],
   address: {lines: [1 Harbour], postcode: VG1110, city: Road Town}, registration: R 1,
   electronic_address: {scheme: "0088", id: "1234567890123"},
   payment_days: 30, mentions: []}
product_keys: [{key: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE, plan: volume-12m, seats: 5}]
plans:
  volume-12m:
    product: vpn
    title: VPN for teams
    unit: C62
    from: 2026-01-01
    existing: renewals
    level: null
    term: {months: 12}
    statement: at_order
    price: {per: month, tiering: volume, tiers: [{from: 5, amount: "8.32"}, {from: 10, amount: "7.49"}]}
    seats: {minimum: 5, maximum: null, below_minimum: "Up to four more individual subscriptions fit on one account."}
    proration: {by: months, started_month: days}
    change_resets_term: false
    payment: {card: at_once}
    renewal: {auto: true, per_seat: true}
    trial: null
    channel: direct
    may_buy: [owner]
    may_assign: [owner]
    requires: [approved_application]
    carries_over_from: []
    activation: credential
    removal: at_renewal
    charge_split: none
    backdating_days: 0
    entitlements: {connected_devices: 8}
"""  # noqa: E501, as the contract writes it


def line_of(text: str, part: str) -> int:
    """The line, from 1, of the first line that holds the part."""
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


def refused(text: str | bytes) -> CatalogueInvalid:
    """Why a catalogue is refused."""
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(CatalogueInvalid) as caught:
        parse_text(content, "bad.yaml")
    return caught.value


def test_a_small_catalogue_is_read():
    """The catalogue that the broken ones below start from is good, and `NO` is a country."""
    given = parse_text(GOOD.encode(), "good.yaml")

    assert given.seller.country == "NO"
    assert given.plans["p12"].from_ == date(2026, 1, 1)
    assert given.plans["p12"].price.tiers[0].amount == Decimal("8.32")


def test_the_example_of_the_contract_is_read():
    """Every key of a catalogue file, written as the contract writes it."""
    plan = parse_text(CONTRACT.encode(), "contract.yaml").plans["volume-12m"]

    assert plan.channel is None
    assert plan.entitlements == {"connected_devices": 8}


def test_a_quoted_day_is_a_day_too():
    """Days may stand in quotes."""
    quoted = GOOD.replace("from: 2026-01-01", 'from: "2026-01-01"')

    assert parse_text(quoted.encode(), "q.yaml") == parse_text(GOOD.encode(), "g.yaml")


# What is replaced, by what, the part that is found at the line told, and the reason.
BROKEN = [
    ("rules: EV", "rules: EV\ncolour: blue", "colour: blue", "colour: is not a key"),
    ("    term:", "    tern:", "tern:", "plans.p12.tern: is not a key"),
    ("    term: {months: 12}\n", "", "p12:", "plans.p12.term: is needed"),
    ("per: month", "per: year", "per: year", "price.per: must be one of 'month' or 'period'"),
    ("tiering: volume", "tiering: steps", "steps", "tiering: must be one of 'volume' or"),
    (
        "    product: vpn\n",
        "    product: vpn\n    product: vpn\n",
        None,
        "plans.p12.product: product stands here twice",
    ),
    ("  name: Seats Ltd.", "  name: A\n  name: B", "name: B", "seller.name: name stands here tw"),
    ("from: 10", "from: 5", "7.49", "tiers[1].from: tiers must rise: 5 does not come after 5"),
    ("from: 10", "from: 4", "7.49", "tiers[1].from: tiers must rise: 4 does not come after 5"),
    ('amount: "8.32"', "amount: 8.32", "8.32", "8.32 is no whole number; write a decimal in quo"),
    ('amount: "8.32"', "amount: 8", "amount: 8}", "amount: a decimal string is needed"),
    ('amount: "8.32"', 'amount: "8,32"', "8,32", "amount: not a plain decimal number"),
    ('amount: "8.32"', 'amount: "1e3"', "1e3", "amount: not a plain decimal number"),
    ('amount: "8.32"', 'amount: "-1"', '"-1"', "amount: a price is 0 to 1000000000000"),
    ('amount: "8.32"', 'amount: "1000000000001"', "0001", "amount: a price is 0 to 1000000000000"),
    ("minimum: 5", "minimum: 0", "minimum: 0", "seats.minimum: must be greater than or equal to 1"),
    ("minimum: 5", "minimum: 4", "8.32", "tiers[0].from: the first tier must begin at the min"),
    ("minimum: 5", 'minimum: "5"', "minimum:", "seats.minimum: must be a whole number"),
    ("minimum: 5", "minimum: true", "minimum:", "seats.minimum: must be a whole number"),
    ("maximum: 100", "maximum: 4", "maximum:", "seats.maximum: is less than the minimum of 5"),
    ("tiering: volume", "tiering: graduated", "8.32", "graduated tiers begin with the first seat"),
    ("{card: at_once}", "{}", "payment:", "payment: must hold at least 1"),
    ("{card: at_once}", "{card: later}", "later", "payment.card: must be one of 'at_once', 'when"),
    ("{card: at_once}", "{Card: at_once}", "Card", "payment.Card: is written wrongly"),
    ("currency: EUR", "currency: EURO", "EURO", "currency: a currency is its ISO 4217 code"),
    ("currency: EUR", "currency: ABC", "ABC", "currency: no currency with a minor unit: 'ABC'"),
    ("Europe/Oslo", "Europe/Atlantis", "Atlantis", "no such time zone: 'Europe/Atlantis'"),
    ("Europe/Oslo", "localtime", "localtime", "no such time zone: 'localtime'"),
    ("country: NO", "country: Norway", "Norway", "country: a country is its ISO code of two"),
    ("country: NO", "country: EL", "country: EL", "the ISO code of this country is GR"),
    ("country: NO", "country: true", "country: true", "country: must be a valid string"),
    ("S-{year}", "S-{month}", "S-{month}", "invoice_series: a series is letters, digits"),
    ("S-{year}", "{year}{year}", "{year}{year}", "invoice_series: a series is letters, digits"),
    ("S-{year}", "S/{year}", "S/{year}", "invoice_series: a series is letters, digits"),
    ('rate: "20"', 'rate: "120"', "120", "seller.vat[0].rate: a rate is 0 to 100 percent"),
    ('rate: "20"', "rate: 20", "rate: 20", "seller.vat[0].rate: a decimal string is needed"),
    (
        "from: 2014-01-01}]",
        'from: 2014-01-01}, {country: FR, rate: "5", from: 2014-01-01}]',
        "vat:",
        "seller.vat[1].from: FR has two rates from 2014-01-01 on",
    ),
    ("2026-12-25", "2026-12-25, 2026-12-25", "holidays", "2026-12-25 stands here twice"),
    ("2026-12-25", "2026-02-30", "holidays", "holidays[0]: there is no day 2026-02-30"),
    ("2026-12-25", "2026-12-25T10:00:00Z", "holidays", "a day is written YYYY-MM-DD"),
    ("from: 2026-01-01", "from: 1.1.2026", "1.1.2026", "from: a day is written YYYY-MM-DD"),
    ("from: 2026-01-01", "from: 20260101", "20260101", "from: a day is written YYYY-MM-DD"),
    ("{months: 12}", "{months: 12, days: 1}", "term", "either in months or in days"),
    ("{months: 12}", "{}", "term", "either in months or in days"),
    ("{months: 12}", "{months: 0}", "term", "term.months: must be greater than or equal to 1"),
    ("{months: 12}", "{months: 121}", "term", "term: is longer than 120 months or 3660 days"),
    ("{months: 12}", "{days: 30}", "per: month", "a price per month needs a term in months"),
    ("{months: 12}", "{days: 30}", "proration", "proration.by: months need a term in months"),
    ("by: months, started_month: days", "by: days, started_month: up", "proration", "counts only"),
    ("by: months", "by: weeks", "weeks", "proration.by: must be one of 'months', 'days', 'sec"),
    ("auto: true", "auto: yes", "auto: yes", "renewal.auto: must be a valid boolean"),
    ("[owner]", "[boss]", "boss", "may_buy[0]: must be one of 'owner', 'administrator'"),
    ("[owner]", "[owner, owner]", "may_buy", "may_buy[1]: owner stands here twice"),
    ("[owner]", "owner", "may_buy", "may_buy: must be a list"),
    ("[owner]", "[owner]\n    requires: [luck]", "luck", "requires[0]: must be one of 'approved"),
    ("[owner]", "[owner]\n    carries_over_from: [px]", "px", "there is no plan px in this"),
    ("[owner]", "[owner]\n    carries_over_from: [p12]", "_over", "not carry over from itself"),
    ("[owner]", "[owner]\n    trial: {days: 0}", "trial", "trial.days: must be greater than or"),
    ("[owner]", "[owner]\n    statement: monthly", "statement", "what is paid by invoice"),
    ("[owner]", "[owner]\n    charge_split: statement", "split", "needs statement: monthly"),
    ("[owner]", "[owner]\n    backdating_days: -1", "back", "must be greater than or equal to 0"),
    ("[owner]", "[owner]\n    channel: shop", "channel", "must be direct or {kind, name, contact}"),
    ("[owner]", "[owner]\n    channel: {kind: x}", "channel", "channel.kind: must be one of 're"),
    ("[owner]", "[owner]\n    channel: {kind: partner}", "channel", "channel.name: is needed"),
    ("[owner]", "[owner]\n    activation: key", "activation", "must be one of 'credential', 'co"),
    ("[owner]", "[owner]\n    entitlements: {x: 0.5}", "0.5", "is no whole number"),
    ('"S-{year}"', '"S-{year}"\n  payment_days: -1', "payment_days", "greater than or equal to 0"),
    ("-EEEEE,", "-EEEE,", "-EEEE,", "product_keys[0].key: a product key is 25 letters and digits"),
    ("plan: p12", "plan: p6", "plan: p6", "product_keys[0].plan: there is no plan p6 in this"),
    ("seats: 5}", "seats: 101}", "101", "product_keys[0].seats: is more than the plan's maximum"),
    ("{key: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE, ", "{", "seats: 5}", "product_keys[0].key: is needed"),
    (
        "seats: 5}\n",
        "seats: 5}\n  - {key: aaaaa-bbbbb-ccccc-ddddd-eeeee, plan: p12, seats: 1}\n",
        "aaaaa",
        "product_keys[1].key: this key stands here twice",
    ),
    ("Seats Ltd.", '"a\\u0007b"', "name", "seller.name: is written wrongly"),
    ("Seats Ltd.", "!!python/object:os.system x", "name", "seller.name: a catalogue has no"),
    ("Seats Ltd.", "[a, b", "country", "file: "),
    ("  p12:", "  p 12:", "p 12", "plans.p 12: is written wrongly"),
    ("  p12:", "  12:", "  12:", "plans: a key must be a word"),
    ("catalogue: shop", "catalogue: my shop", "my shop", "catalogue: is written wrongly"),
    ("rules: EV", "rules: ev", "rules", "rules: the prefix of the rules is two to ten capitals"),
    ("catalogue: shop", "%YAML 1.1\n---\ncatalogue: shop", "country", "in YAML 1.1 only"),
]


@pytest.mark.parametrize(("part", "instead", "at", "reason"), BROKEN)
def test_a_broken_catalogue_is_refused_with_file_line_and_reason(part, instead, at, reason):
    """Each thing that a catalogue can have wrong is told with its file, line, place and reason."""
    assert part in GOOD
    text = GOOD.replace(part, instead, 1)
    invalid = refused(text)
    line = line_of(text, at) if at else line_of(text, "product: vpn") + 1

    matching = [
        problem for problem in invalid.problems if reason in f"{problem.place}: {problem.reason}"
    ]
    assert matching, str(invalid)
    assert line in {problem.line for problem in matching}, str(invalid)
    assert f"bad.yaml:{line}: " in str(invalid)


def test_all_problems_are_told_at_once():
    """Whoever mends a catalogue need not try once a problem."""
    text = GOOD.replace("per: month", "per: year").replace("currency: EUR", "currency: ABC")
    invalid = refused(text.replace("[owner]", "[boss]"))

    assert [problem.place for problem in invalid.problems] == [
        "seller.currency",
        "plans.p12.price.per",
        "plans.p12.may_buy[0]",
    ]
    assert [problem.line for problem in invalid.problems] == sorted(
        problem.line for problem in invalid.problems
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "bad.yaml:1: file: is empty"),
        (b"# nothing\n", "is empty"),
        (b"- a\n- b\n", "bad.yaml:1: catalogue: must be a mapping"),
        (b"a: 1\n---\nb: 2\n", "file: "),
        (b"a: b\nc: \xff\xfe\n", "bad.yaml:2: file: is not UTF-8"),
        (b"a: b\nc: \x07\n", "bad.yaml:2: file: holds a control character"),
        (b"a: [b\n", "file: "),
        (b"a: *nowhere\n", "file: found undefined alias"),
        (b"[" * 5000, "file: is nested too deeply"),
        (b"a: " + b"x" * BYTES_MAX, "at most 1000000 bytes"),
        (b"a: &a [*a]\n", "an alias holds itself"),
        (b"a: &a {b: *a}\n", "an alias holds itself"),
        (b"a: &a {<<: *a, b: c}\n", "an alias holds itself"),
        (b"a: {<<: [x]}\n", "only mappings can be merged in"),
        (b"? [a]\n: b\n", "a key must be a word"),
    ],
)
def test_what_is_no_catalogue_at_all_is_refused(content, reason):
    """Empty, cut, binary, endless and oversized files are refused."""
    assert reason in str(refused(content))


def test_a_billion_laughs_are_cut_short():
    """Aliases that multiply one another end at a limit, long before the memory does."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    invalid = refused("\n".join(lines))

    assert "holds too much" in str(invalid)


def test_merged_keys_give_way():
    """`<<` fills in what a plan does not say itself, from the first mapping that says it."""
    text = GOOD.replace("  p12:", "  p12: &p12") + "  p24:\n    <<: *p12\n    term: {months: 24}\n"
    given = parse_text(text.encode(), "merged.yaml")

    assert given.plans["p24"].term.months == 24
    assert given.plans["p24"].price == given.plans["p12"].price


def test_a_problem_in_what_is_merged_has_the_line_where_it_stands():
    """A problem that comes by `<<` is shown where it is written."""
    text = GOOD.replace("  p12:", "  p12: &p12").replace("per: month", "per: year")
    invalid = refused(text + "  p24:\n    <<: *p12\n")

    assert {problem.line for problem in invalid.problems} == {line_of(text, "per: year")}


def test_a_mapping_is_a_catalogue_too():
    """A mapping is checked as a file is; its problems have a place and no line."""
    with pytest.raises(CatalogueInvalid) as caught:
        load({"catalogue": "shop", "plans": {}})

    assert "catalogue: seller: is needed" in str(caught.value)
    assert {problem.line for problem in caught.value.problems} == {0}


def test_a_path_is_read(tmp_path: Path):
    """A catalogue of one's own is loaded by its path, as text or as a path."""
    path = tmp_path / "own.yaml"
    path.write_text(GOOD, encoding="utf-8")

    assert load(path) == load(str(path))
    assert load(path).catalogue == "shop"


@pytest.mark.parametrize("source", ["nowhere.yaml", "", "a\x00b", "../catalogues", "/"])
def test_what_is_no_file_is_refused(source):
    """A name that leads to no file is refused, and the shipped names are told."""
    with pytest.raises(CatalogueInvalid, match="shipped catalogues: expressvpn, goto"):
        load(source)


def test_no_refusal_shows_a_product_key():
    """A catalogue is refused without any of its keys in the text."""
    for part, instead in (
        ("seats: 5}", "seats: 0}"),
        ("plan: p12", "plan: x"),
        ("-EEEEE", "-EEEE"),
    ):
        assert "AAAAA" not in str(refused(GOOD.replace(part, instead, 1)))


# ------------------------------------------------------------------- the shipped catalogues


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
