"""The shape of a catalogue: unknown keys and words, what is missing, what is written wrongly."""

import pytest

from tests.catalogue_samples import assert_refused

# What is replaced, by what, the part that is found at the line told, and the reason.
MISSPELT = [
    ("rules: EV", "rules: EV\ncolour: blue", "colour: blue", "colour: is not a key"),
    ("    term:", "    tern:", "tern:", "plans.p12.tern: is not a key"),
    ("    term: {months: 12}\n", "", "p12:", "plans.p12.term: is needed"),
    ("per: month", "per: year", "per: year", "price.per: must be one of 'month' or 'period'"),
    ("tiering: volume", "tiering: steps", "steps", "tiering: must be one of 'volume' or"),
    (
        "    product: vpn\n",
        "    product: vpn\n    product: other\n",
        "product: other",
        "plans.p12.product: product stands here twice",
    ),
    ("  name: Seats Ltd.", "  name: A\n  name: B", "name: B", "seller.name: name stands here tw"),
    ('amount: "8.32"', "amount: 8.32", "8.32", "8.32 is no whole number; write a decimal in quo"),
    ('amount: "8.32"', "amount: 8", "amount: 8}", "amount: a decimal string is needed"),
    ('amount: "8.32"', 'amount: "8,32"', "8,32", "amount: not a plain decimal number"),
    ('amount: "8.32"', 'amount: "1e3"', "1e3", "amount: not a plain decimal number"),
    ("minimum: 5", "minimum: 0", "minimum: 0", "seats.minimum: must be greater than or equal to 1"),
    ("minimum: 5", 'minimum: "5"', "minimum:", "seats.minimum: must be a whole number"),
    ("minimum: 5", "minimum: true", "minimum:", "seats.minimum: must be a whole number"),
    ("{card: at_once}", "{}", "payment:", "payment: must hold at least 1"),
    ("{card: at_once}", "{card: later}", "later", "payment.card: must be one of 'at_once', 'on_ac"),
    (
        "{card: at_once}",
        "{Card: at_once}",
        "Card",
        "payment.Card: is written wrongly: a word of small",
    ),
    ("currency: EUR", "currency: EURO", "EURO", "currency: a currency is its ISO 4217 code"),
    ("country: NO", "country: Norway", "Norway", "country: a country is its ISO code of two"),
    ("country: NO", "country: true", "country: true", "country: must be text; what looks like a"),
    ('rate: "20"', "rate: 20", "rate: 20", "seller.vat[0].rate: a decimal string is needed"),
    ("2026-12-25", "2026-02-30", "holidays", "holidays[0]: there is no day 2026-02-30"),
    ("2026-12-25", "2026-12-25T10:00:00Z", "holidays", "a day is written YYYY-MM-DD"),
    ("from: 2026-01-01", "from: 1.1.2026", "1.1.2026", "from: a day is written YYYY-MM-DD"),
    ("from: 2026-01-01", "from: 20260101", "20260101", "from: a day is written YYYY-MM-DD"),
    ("{months: 12}", "{months: 12, days: 1}", "term", "either in months or in days"),
    ("{months: 12}", "{}", "term", "either in months or in days"),
    ("{months: 12}", "{months: 0}", "term", "term.months: must be greater than or equal to 1"),
    ("by: months", "by: weeks", "weeks", "proration.by: must be one of 'months', 'days', 'sec"),
    ("auto: true", "auto: yes", "auto: yes", "renewal.auto: must be true or false"),
    ("[owner]", "[boss]", "boss", "may_buy[0]: must be one of 'owner', 'administrator'"),
    ("[owner]", "owner", "may_buy", "may_buy: must be a list"),
    ("[owner]", "[owner]\n    requires: [luck]", "luck", "requires[0]: must be one of 'approved"),
    ("[owner]", "[owner]\n    trial: {days: 0}", "trial", "trial.days: must be greater than or"),
    ("[owner]", "[owner]\n    backdating_days: -1", "back", "must be greater than or equal to 0"),
    ("[owner]", "[owner]\n    channel: shop", "channel", "must be direct or {kind, name, contact}"),
    ("[owner]", "[owner]\n    channel: {kind: x}", "channel", "channel.kind: must be one of 're"),
    ("[owner]", "[owner]\n    channel: {kind: partner}", "channel", "channel.name: is needed"),
    ("[owner]", "[owner]\n    activation: key", "activation", "must be one of 'credential', 'co"),
    ("[owner]", "[owner]\n    entitlements: {x: 0.5}", "0.5", "is no whole number"),
    (
        "[owner]",
        "[owner]\n    entitlements: {x: [1]}",
        "x:",
        "entitlements.x: an entitlement is tr",
    ),
    ('"S-{year}"', '"S-{year}"\n  payment_days: -1', "payment_days", "greater than or equal to 0"),
    ("-EEEEE,", "-EEEE,", "-EEEE,", "product_keys[0].key: a product key is 25 letters and digits"),
    ("{key: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE, ", "{", "seats: 5}", "product_keys[0].key: is needed"),
    ("Seats Ltd.", '"a\\u0007b"', "name", "seller.name: is written wrongly: text on one line"),
    ("Seats Ltd.", "x" * 201, "name: x", "seller.name: must have at most 200 characters"),
    ("Seats Ltd.", "!!python/object:os.system x", "name", "seller.name: a catalogue has no"),
    ("Seats Ltd.", "[a, b", "country", "file: "),
    ("  p12:", "  p 12:", "p 12", "plans.p 12: is written wrongly"),
    ("  p12:", "  12:", "  12:", "plans: a key must be a word"),
    (
        "catalogue: shop",
        "catalogue: my shop",
        "my shop",
        "catalogue: is written wrongly: letters, digits",
    ),
    ("rules: EV", "rules: ev", "rules", "rules: the prefix of the rules is two to ten capitals"),
    ("catalogue: shop", "%YAML 1.1\n---\ncatalogue: shop", "country", "in YAML 1.1 only"),
]


@pytest.mark.parametrize(("part", "instead", "at", "reason"), MISSPELT)
def test_a_wrong_word_is_refused_with_file_line_and_reason(part, instead, at, reason):
    """Each key or word that a catalogue does not know is told with file, line, place and reason."""
    assert_refused(part, instead, at, reason)
