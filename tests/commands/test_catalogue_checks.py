"""What a catalogue says well, word by word, and still cannot mean."""

import pytest

from ledger.catalogues.files import parse_text
from tests.support.catalogue_samples import GOOD, assert_refused, refused

FALLING = "[{within_days: 7, when: now}, {within_days: 6, when: now}, {when: at_renewal}]"

# What is replaced, by what, the part that is found at the line told, and the reason.
CONTRADICTIONS = [
    ("from: 10", "from: 5", "7.49", "tiers[1].from: tiers must rise: 5 does not come after 5"),
    ("from: 10", "from: 4", "7.49", "tiers[1].from: tiers must rise: 4 does not come after 5"),
    ('amount: "8.32"', 'amount: "-1"', '"-1"', "amount: a price is 0 to 1000000000000"),
    ('amount: "8.32"', 'amount: "1000000000001"', "0001", "amount: a price is 0 to 1000000000000"),
    ("minimum: 5", "minimum: 4", "8.32", "tiers[0].from: the first tier must begin at the min"),
    ("maximum: 100", "maximum: 4", "maximum:", "seats.maximum: is less than the minimum of 5"),
    ("tiering: volume", "tiering: graduated", "8.32", "graduated tiers begin with the first seat"),
    ("currency: EUR", "currency: ABC", "ABC", "currency: no currency with a minor unit: 'ABC'"),
    ("Europe/Oslo", "Europe/Atlantis", "Atlantis", "no such time zone: 'Europe/Atlantis'"),
    ("Europe/Oslo", "localtime", "localtime", "no such time zone: 'localtime'"),
    ("country: NO", "country: EL", "country: EL", "the ISO code of this country is GR"),
    ("S-{year}", "S-{month}", "S-{month}", "invoice_series: a series is letters, digits"),
    ("S-{year}", "{year}{year}", "{year}{year}", "invoice_series: a series is letters, digits"),
    ("S-{year}", "S/{year}", "S/{year}", "invoice_series: a series is letters, digits"),
    ('rate: "20"', 'rate: "120"', "120", "seller.vat[0].rate: a rate is 0 to 100 percent"),
    (
        "from: 2014-01-01}]",
        'from: 2014-01-01}, {country: FR, rate: "5", from: 2014-01-01}]',
        "vat:",
        "seller.vat[1].from: FR has two rates from 2014-01-01 on",
    ),
    ("2026-12-25", "2026-12-25, 2026-12-25", "holidays", "2026-12-25 stands here twice"),
    ("{months: 12}", "{months: 121}", "term", "term: is longer than 120 months or 3660 days"),
    ("{months: 12}", "{days: 30}", "per: month", "a price per month needs a term in months"),
    ("{months: 12}", "{days: 30}", "proration", "proration.by: months need a term in months"),
    ("by: months, started_month: days", "by: days, started_month: up", "proration", "counts only"),
    ("[owner]", "[owner, owner]", "may_buy", "may_buy[1]: owner stands here twice"),
    ("[owner]", "[owner]\n    carries_over_from: [px]", "px", "there is no plan px in this"),
    ("[owner]", "[owner]\n    carries_over_from: [p12]", "_over", "not carry over from itself"),
    ("[owner]", "[owner]\n    statement: monthly", "statement", "what is paid by invoice"),
    ("[owner]", "[owner]\n    charge_split: statement", "split", "needs statement: monthly"),
    (
        "{card: at_once}",
        "{invoice: at_once}",
        "invoice:",
        "nobody has paid at once by it: write on",
    ),
    (
        "{card: at_once}",
        "{bank_transfer: at_once}",
        "bank",
        "payment.bank_transfer: nobody has pai",
    ),
    (
        "  vat_registered: false\n",
        "",
        "vat:",
        "seller.vat: needs the vat_number, or vat_registered",
    ),
    ("Seats Ltd.", "S\n  vat_number: NO1", "registered", "vat_registered: is true of a seller th"),
    ("Seats Ltd.", "S\n  contact: {}", "contact", "contact: must have a name, a telephone or an"),
    ("maximum: 100", "maximum: 100, holders: [agent, agent]", "holders", "agent stands here twice"),
    (
        "[owner]",
        "[owner]\n    removal: [{when: now, within_days: 7}]",
        "removal",
        "removal[0].within_days: the last entry always applies",
    ),
    (
        "[owner]",
        "[owner]\n    cancellation: [{when: now}, {when: at_term_end}]",
        "cancellation",
        "cancellation[0]: within_days must rise, or an entry would never apply",
    ),
    (
        "[owner]",
        f"[owner]\n    removal: {FALLING}",
        "removal",
        "removal[1].within_days: within_days must rise",
    ),
    (
        "[owner]",
        "[owner]\n    removal: [{when: at_renewal, credit: full}]",
        "removal",
        "removal[0].credit: is only for when: now",
    ),
    ("[owner]", "[owner]\n    carries_over: {from: [px]}", "px", "from[0]: there is no plan px in"),
    ("[owner]", "[owner]\n    carries_over: {from: [p12]}", "_over", "not carry over from itself"),
    (
        "[owner]",
        "[owner]\n    carries_over: {from: [p12]}\n    carries_over_from: [p12]",
        "carries_over_from",
        "says the same as carries_over; give one of them",
    ),
    (
        "[owner]",
        "[owner]\n    sentences: {seats.none: x}",
        "seats.none",
        "there is no refusal of th",
    ),
    (
        "rules: EV",
        "sentences: {seats.none: x}",
        "seats.none",
        "sentences.seats.none: there is no r",
    ),
    (
        "rules: EV",
        "rule_ids: {seats.none: X-1}",
        "seats.none",
        "rule_ids.seats.none: there is no r",
    ),
    ("plan: p12", "plan: p6", "plan: p6", "product_keys[0].plan: there is no plan p6 in this"),
    ("seats: 5}", "seats: 101}", "101", "product_keys[0].seats: is more than the plan's maximum"),
    (
        "seats: 5}\n",
        "seats: 5}\n  - {key: aaaaa-bbbbb-ccccc-ddddd-eeeee, plan: p12, seats: 1}\n",
        "aaaaa",
        "product_keys[1].key: this key stands here twice",
    ),
]


@pytest.mark.parametrize(("part", "instead", "at", "reason"), CONTRADICTIONS)
def test_a_contradiction_is_refused_with_file_line_and_reason(part, instead, at, reason):
    """Each contradiction inside a catalogue is told with its file, line, place and reason."""
    assert_refused(part, instead, at, reason)


@pytest.mark.rule("GEN-21")
def test_more_words_than_a_fact_can_hold_are_refused():
    """Sentences of a plan or a file have a limit, all together."""
    many = ", ".join(f"l{chr(97 + n // 26)}{chr(97 + n % 26)}: {'x' * 900}" for n in range(30))
    assert_refused(
        "[owner]",
        f"[owner]\n    sentences: {{seats.unknown: {{{many}}}}}",
        "sentences",
        "sentences: must have at most 20000 characters in all",
    )


DAYS = GOOD.replace("per: month", "per: period").replace(
    "by: months, started_month: days", "by: days"
)
JUST = [
    (GOOD, "maximum: 100", "maximum: 5"),
    (GOOD, "seats: 5}", "seats: 100}"),
    (GOOD, "from: 10", "from: 6"),
    (GOOD, 'amount: "8.32"', 'amount: "0"'),
    (GOOD, 'amount: "8.32"', 'amount: "1000000000000"'),
    (GOOD, 'rate: "20"', 'rate: "0"'),
    (GOOD, 'rate: "20"', 'rate: "100"'),
    (GOOD, "{months: 12}", "{months: 120}"),
    (DAYS, "{months: 12}", "{days: 3660}"),
    (GOOD, "from: 2026-01-01", "from: 1900-01-01"),
    (GOOD, "[owner]", "[owner]\n    removal: [{within_days: 0, when: now}, {when: at_renewal}]"),
    (GOOD, "S-{year}", "S" * 40),
]


@pytest.mark.parametrize(("text", "part", "instead"), JUST)
def test_what_lies_just_within_a_bound_is_meant(text: str, part: str, instead: str):
    """The least and the most that each part of a catalogue may say."""
    assert part in text
    assert parse_text(text.replace(part, instead, 1).encode(), "shop.yaml")


BEYOND = [
    (DAYS, "{months: 12}", "{days: 3661}", "term: is longer than 120 months or 3660 days"),
    (GOOD, 'rate: "20"', 'rate: "-0.01"', "a rate is 0 to 100 percent"),
    (GOOD, 'rate: "20"', 'rate: "100.01"', "a rate is 0 to 100 percent"),
    (GOOD, "from: 2026-01-01", "from: 1899-12-31", "is before the year 1900"),
    (GOOD, "S-{year}", "S" * 41, "a series is letters, digits"),
    (
        GOOD,
        "[owner]",
        f"[owner]\n    removal: {FALLING.replace('6', '7')}",
        "within_days must rise",
    ),
]


@pytest.mark.parametrize(("text", "part", "instead", "reason"), BEYOND)
def test_what_lies_just_beyond_a_bound_is_refused(text: str, part: str, instead: str, reason: str):
    """One step further, and it is told."""
    assert part in text
    assert reason in str(refused(text.replace(part, instead, 1)))
