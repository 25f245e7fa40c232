"""Rules of EN 16931 that a document must keep, each with its name; a finding is a sentence.

The sums are exact: nothing is off by a unit, but for the tax of a credit note, which takes the rest
of its invoice's. The rule of the norm (BR-CO-17) allows that much.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from tests.sufficiency.en16931 import (
    LINE_TERMS,
    PRECEDING_TERMS,
    TAX_TERMS,
    TERMS,
    Group,
    Invoice,
)

SELLER_ADDRESS = ("BT-35", "BT-37", "BT-38")
"""What no rule asks of a seller's address, but every shipped catalogue has."""


def findings(invoice: Invoice, *, seller_known: bool = True) -> list[str]:
    """Everything that is wrong with a document, by the names of terms and rules.

    `seller_known` False: its catalogue says of the seller no more than it must.
    """
    checks = (*CHECKS, of_the_seller) if seller_known else CHECKS
    return [finding for check in checks for finding in check(invoice)]


def of_the_seller(invoice: Invoice) -> Iterator[str]:
    """What a catalogue may leave out of its seller, and an electronic invoice may not."""
    if not {"BT-30", "BT-31"} & invoice.terms.keys():
        yield "BR-CO-26 the seller has neither BT-30 nor BT-31"
    for name in SELLER_ADDRESS:
        if name not in invoice.terms:
            yield f"{name} {TERMS[name].name} is missing"


def missing(invoice: Invoice) -> Iterator[str]:
    """Mandatory terms that are not there."""
    groups = [("the document", invoice.terms, _once())]
    groups += [(f"line {line['BT-126']}", line, LINE_TERMS) for line in invoice.lines]
    groups += [(f"VAT {tax.get('BT-118')}", tax, TAX_TERMS) for tax in invoice.taxes]
    for where, group, names in groups:
        for name in names:
            if TERMS[name].mandatory and name not in group:
                yield f"{name} {TERMS[name].name} is missing in {where}"
    if not invoice.lines:
        yield "BG-25 there is no line"
    if not invoice.taxes:
        yield "BG-23 there is no VAT breakdown"


def _once() -> tuple[str, ...]:
    repeated = {*LINE_TERMS, *TAX_TERMS, *PRECEDING_TERMS}
    return tuple(name for name in TERMS if name not in repeated)


def required_by_others(invoice: Invoice) -> Iterator[str]:
    """Terms that others make mandatory."""
    terms = invoice.terms
    categories = {tax["BT-118"] for tax in invoice.taxes}
    if categories & {"S", "AE"} and "BT-31" not in terms:
        yield "BR-S-2 BT-31 Seller VAT identifier is missing"
    # A line that takes back keeps its category, even when the buyer has given the number up: it
    # then stands on the preceding invoice alone.
    if "AE" in categories and "BT-48" not in terms and not invoice.preceding:
        yield "BR-AE-2 BT-48 Buyer VAT identifier is missing"
    if _amount(terms, "BT-115") > 0 and not {"BT-9", "BT-20"} & terms.keys():
        yield "BR-CO-25 BT-9 Payment due date and BT-20 Payment terms are missing"
    if terms["BT-3"] == "381" and not invoice.preceding:
        yield "BT-25 a credit note names no preceding invoice"
    for tax in invoice.taxes:
        needs_reason = tax["BT-118"] in {"AE", "O"}
        if needs_reason != ("BT-120" in tax) or needs_reason != ("BT-121" in tax):
            yield f"BR-{tax['BT-118']}-10 BT-120 and BT-121 do not fit the category"
        if (tax["BT-118"] == "O") == ("BT-119" in tax):
            yield f"BR-48 BT-119 does not fit the category {tax['BT-118']}"


def totals(invoice: Invoice) -> Iterator[str]:
    """Sums of lines, totals and what is due."""
    terms = invoice.terms
    of_lines = sum((_amount(line, "BT-131") for line in invoice.lines), Decimal())
    of_taxes = sum((_amount(tax, "BT-117") for tax in invoice.taxes), Decimal())
    expected = {
        "BR-CO-10 BT-106": (_amount(terms, "BT-106"), of_lines),
        "BR-CO-13 BT-109": (_amount(terms, "BT-109"), _amount(terms, "BT-106")),
        "BR-CO-14 BT-110": (_amount(terms, "BT-110"), of_taxes),
        "BR-CO-15 BT-112": (
            _amount(terms, "BT-112"),
            _amount(terms, "BT-109") + _amount(terms, "BT-110"),
        ),
        "BR-CO-16 BT-115": (
            _amount(terms, "BT-115"),
            _amount(terms, "BT-112") - _amount(terms, "BT-113"),
        ),
    }
    for name, (stated, right) in expected.items():
        if stated != right:
            yield f"{name} is {stated}, not {right}"


def tax_per_category(invoice: Invoice) -> Iterator[str]:
    """Each category and rate: its taxable sum is that of its lines, its tax that of the rate."""
    sums: dict[tuple[object, object], Decimal] = defaultdict(Decimal)
    for line in invoice.lines:
        sums[line["BT-151"], line.get("BT-152")] += _amount(line, "BT-131")
    for tax in invoice.taxes:
        taxable, stated = _amount(tax, "BT-116"), _amount(tax, "BT-117")
        unit = Decimal(1).scaleb(int(_amount(invoice.terms, "BT-112").as_tuple().exponent))
        right = (taxable * Decimal(str(tax.get("BT-119", 0))) / 100).quantize(unit, ROUND_HALF_UP)
        off = unit if invoice.terms["BT-3"] == "381" else 0
        if abs(stated - right) > off:
            yield f"BR-CO-17 BT-117 is {stated}, not {right}"
        key = (tax["BT-118"], tax.get("BT-119"))
        if sums.pop(key, None) != taxable:
            yield f"BR-S-8 BT-116 of {key} is {taxable}, not that of its lines"
    for key in sums:
        yield f"BR-CO-18 no VAT breakdown for {key}"


def lines(invoice: Invoice) -> Iterator[str]:
    """Quantity x price is the amount, no price is negative, periods are in order."""
    for line in invoice.lines:
        gross = _amount(line, "BT-129") * _amount(line, "BT-146")
        if gross != _amount(line, "BT-131") * _amount(line, "BT-149"):
            yield f"BT-131 of line {line['BT-126']} is not quantity x price"
        if _amount(line, "BT-146") < 0:
            yield f"BR-27 BT-146 of line {line['BT-126']} is negative"
        if str(line["BT-134"]) > str(line["BT-135"]):
            yield f"BR-30 the period of line {line['BT-126']} ends before it starts"
    if str(invoice.terms["BT-73"]) > str(invoice.terms["BT-74"]):
        yield "BR-29 the invoicing period ends before it starts"


def _amount(group: Group, name: str) -> Decimal:
    return Decimal(str(group[name]))


CHECKS: tuple[Callable[[Invoice], Iterator[str]], ...] = (
    missing,
    required_by_others,
    totals,
    tax_per_category,
    lines,
)
