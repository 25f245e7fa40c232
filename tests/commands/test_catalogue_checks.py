"""What a catalogue says well, word by word, and still cannot mean."""

import pytest

from tests.catalogue_samples import assert_refused

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
