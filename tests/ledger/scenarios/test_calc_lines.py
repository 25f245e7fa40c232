"""`seatledger calc`: totals with tax, digits of currencies, and how its lines flow."""

import io
import json
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.scenarios.calc import CALCULATIONS, main_loop, run
from ledger.scenarios.calc.lines import LINE_MAX, answer
from tests.ledger.scenarios.test_calc import calc, fails
from tests.support.tidiness import ROOT

GOOD = b'{"start": "2020-08-25", "end": "2021-06-25"}'
GOOD_ANSWER = {"months": 10, "days": 0}
SCRIPT = """
import sys
from ledger.scenarios.calc import main_loop
sys.exit(main_loop("months", sys.stdin.buffer, sys.stdout.buffer))
"""


def line(net: str, category: str = "S", rate: str | None = "20") -> dict[str, Any]:
    """One line of a document."""
    return {"net": net, "category": category, "rate": rate}


def flow(given: bytes) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and answers of the months calculation."""
    out = io.BytesIO()
    code = main_loop("months", io.BytesIO(given), out)
    return code, [json.loads(answer) for answer in out.getvalue().splitlines()]


def test_tax_is_on_sums_per_category_and_rate():
    """Lines, allowances, charges and what was prepaid, as EN 16931 adds them up."""
    assert calc(
        "tax",
        {
            "currency": "EUR",
            "lines": [line("10.04"), line("0.01", rate="20.0"), line("3.33", "AE", None)],
            "allowances_charges": [line("-1.00", rate="5.5"), line("-3.33", "AE", None)],
            "prepaid": "1",
        },
    ) == {
        "line_total": "13.38",
        "without_vat": "9.05",
        "vat_by_category": [
            {"category": "S", "rate": "20", "taxable": "10.05", "vat": "2.01"},
            {"category": "AE", "rate": None, "taxable": "0.00", "vat": "0.00"},
            {"category": "S", "rate": "5.5", "taxable": "-1.00", "vat": "-0.06"},
        ],
        "vat_total": "1.95",
        "with_vat": "11.00",
        "payable": "10.00",
    }


@given(
    st.lists(
        st.tuples(st.integers(-(10**7), 10**7), st.sampled_from(["20", "5.5", "2.1"])),
        min_size=1,
        max_size=8,
    )
)
def test_tax_totals_add_up(lines: list[tuple[int, str]]):
    """The totals agree with each other and with decimal's own rounding."""
    nets = [format(Decimal(net).scaleb(-2), "f") for net, _ in lines]
    given = [line(net, rate=rate) for net, (_, rate) in zip(nets, lines, strict=True)]
    totals = calc("tax", {"currency": "EUR", "lines": given})
    parts = totals["vat_by_category"]

    assert Decimal(totals["line_total"]) == sum(map(Decimal, nets))
    assert Decimal(totals["vat_total"]) == sum(Decimal(part["vat"]) for part in parts)
    assert Decimal(totals["payable"]) == sum(
        Decimal(totals[name]) for name in ("without_vat", "vat_total")
    )
    for part in parts:
        exact = Decimal(part["taxable"]) * Decimal(part["rate"]) / 100
        assert Decimal(part["vat"]) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": [line("10.001")]}, "invalid"),
        ({"lines": [line("10", rate=None)]}, "invalid"),
        ({"lines": [line("10", "AE", "20")]}, "invalid"),
        ({"lines": [line("10", "VAT")]}, "invalid"),
        ({"lines": [line("10", rate="-1")]}, "invalid"),
        ({"lines": [{"net": "10", "category": "S"}]}, "invalid"),
        ({"lines": [line("10") | {"amount": "1"}]}, "invalid"),
        ({"lines": {}}, "invalid"),
        ({"prepaid": 1}, "invalid"),
        ({"lines": [line("9999999999999.99")] * 2}, "out_of_range"),
    ],
)
def test_tax_refuses_what_is_no_document(change: dict[str, Any], code: str):
    """Amounts finer than the currency, rates that do not fit their category, other fields."""
    fails("tax", {"currency": "EUR", "lines": [line("10.00")]} | change, code)


@pytest.mark.rule("ALL-01")
def test_digits_of_currencies():
    """JPY none, EUR 2, KWD 3; one unknown currency and the line is bad."""
    known = {"JPY": 0, "EUR": 2, "KWD": 3}

    assert calc("digits", {"currencies": list(known)}) == {"minor_digits": known}
    fails("digits", {"currencies": ["EUR", "ABC"]}, "currency_unknown")
    fails("digits", {"currencies": ["EUR", None]}, "invalid")
    fails("digits", {"currencies": "EUR"}, "invalid")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "   ",
        "[]",
        "null",
        '"text"',
        "{",
        "{} {}",
        "{'a': 1}",
        '{"start": NaN}',
        '{"start": Infinity}',
        '{"start": 1.0}',
        '{"start": "2020-01-01", "start": "2020-01-01", "end": "2020-01-01"}',
        '{"start": "\\ud800", "end": "2020-01-01"}',
        '{"start": "２０２０-０１-０１", "end": "2020-01-01"}',  # noqa: RUF001
        '{"start": ' + "[" * 100_000,
        '{"a":' * 100_000,
        b"\xff\xfe",
        b"\xef\xbb\xbf" + GOOD,
        b"\x00",
    ],
)
@pytest.mark.parametrize("what", sorted(CALCULATIONS))
def test_what_is_no_object_is_answered(what: str, bad: bytes | str):
    """Whatever a line holds, its answer is an error and never a traceback."""
    fails(what, bad, "invalid")


def test_endless_numbers_are_answered():
    """A number of thousands of digits is out of range."""
    fails("months", '{"start": ' + "1" * 5000 + "}", "out_of_range")


@given(st.sampled_from(sorted(CALCULATIONS)), st.binary(max_size=60))
def test_any_bytes_are_answered(what: str, given: bytes):
    """Random bytes give one answer each, an object in JSON."""
    calc(what, given)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("1.5"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = [
    *("currency", "price", "per", "quantity", "method", "anchor", "period_start", "period_end"),
    *("change", "until", "numerator", "denominator", "rounding", "tiering", "tiers", "every"),
    *("zone", "n", "on", "start", "end", "amount_minor", "ratios", "values", "scale", "mode"),
    *("lines", "allowances_charges", "prepaid", "currencies"),
]


@given(st.sampled_from(sorted(CALCULATIONS)), st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_fields_are_answered(what: str, given: dict[str, Any]):
    """Known fields with any content give one answer each."""
    calc(what, given)


def test_a_bad_line_harms_no_other():
    """Answers come in order, the good after the bad too, and the exit code is 1."""
    code, answers = flow(GOOD + b"\nnonsense\n\n" + GOOD + b"\r\n")

    assert code == 1
    assert answers[0] == answers[3] == GOOD_ANSWER
    assert [answer.get("error") for answer in answers[1:3]] == ["calc.invalid", "calc.invalid"]


@pytest.mark.parametrize("given", [b"", GOOD, GOOD + b"\n", (GOOD + b"\n") * 50_000])
def test_good_lines_exit_0(given: bytes):
    """Nothing, one line without its end, and more than one block are all good."""
    code, answers = flow(given)

    assert code == 0
    assert answers == [GOOD_ANSWER] * given.count(GOOD)


def test_a_line_without_end_is_not_kept():
    """Too long a line is one error, wherever it ends, and the next is answered."""
    long = b" " * (3 * LINE_MAX)
    for lines in (long + b"\n" + GOOD, GOOD + b"\n" + long):
        code, answers = flow(lines)

        assert code == 1
        assert sorted("error" in answer for answer in answers) == [False, True]
    assert flow(b" " * (LINE_MAX - len(GOOD)) + GOOD) == (0, [GOOD_ANSWER])


def test_lines_may_be_text():
    """`run` takes text as well as bytes, and writes one line an answer."""
    written: list[str] = []

    assert run("months", [GOOD, GOOD.decode()], written.append)
    assert not run("months", ["{}"], written.append)
    assert [json.loads(text) for text in written[:2]] == [GOOD_ANSWER] * 2
    assert all(text.endswith("}\n") for text in written)


def test_a_line_is_answered_before_the_next_is_asked():
    """Through a pipe each line has its answer while the pipe stays open."""
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write(GOOD + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == GOOD_ANSWER
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_a_reader_that_leaves_is_no_traceback():
    """Where nobody reads on, the run ends with 1 and says nothing."""
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, said = process.communicate(GOOD + b"\n", timeout=60)

    assert (process.returncode, said) == (1, b"")


def test_a_mistake_of_ours_is_told_without_its_words():
    """What went wrong inside reaches nobody, and the next line is answered."""

    def broken(_: object) -> dict[str, Any]:
        raise KeyError("a secret of ours")

    text, good = answer(broken, GOOD)

    assert not good
    assert json.loads(text)["error"] == "calc.failed"
    assert "secret" not in text
