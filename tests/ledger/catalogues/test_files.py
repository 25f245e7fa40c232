"""Catalogue files: reading, limits, merges, and where a problem is told to be."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.catalogues.files import BYTES_MAX, CatalogueInvalid, load, parse_text
from tests.support.catalogue_samples import CONTRACT, GOOD, line_of, refused


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


def test_merges_that_multiply_one_another_are_told_once():
    """However often a mapping is merged in, what is wrong with it is one problem."""
    lines = [
        "a0: &a0 {x: y}",
        *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 30)),
    ]
    told = str(refused("\n".join(lines))).splitlines()

    assert len(told) == len(set(told))
    assert "an alias holds itself" in told[0]


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
