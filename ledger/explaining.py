"""An invoice explained (ALL-06): price, tier, quantity, fraction, rounding, tax, and the events.

Nothing is computed here: every figure stands in the charge or in the document.
"""

from typing import Any

from events.invoices import DocumentLine, TaxSum
from ledger import answers
from projections.charges import ChargeRow
from projections.invoices import InvoiceRow
from projections.rows import Getter

_CHARGE = frozenset(
    {
        "plan", "plan_version", "term", "period", "quantity", "list_price", "price", "per", "tier",
        "numerator", "denominator", "rounding", "full_term", "net", "reverses", "steps",
    }
)  # fmt: skip


def explanation(rows: Getter, row: InvoiceRow) -> dict[str, Any]:
    """The document with each line's charge and way to its amount, and the tax sums."""
    return {
        "number": row.number,
        "kind": row.kind,
        "event": row.position,
        "lines": [_line(rows, line) for line in row.document.lines],
        "taxes": [_tax(one) for one in row.document.taxes],
        "net": answers.money(row.document.net),
        "tax": answers.money(row.document.tax),
        "total": answers.money(row.document.total),
    }


def _line(rows: Getter, line: DocumentLine) -> dict[str, Any]:
    charge = rows.get(ChargeRow, line.charge)
    return {
        "line": line.line,
        **answers.line(line),
        "title": line.title,
        "category": line.category,
        "rate": None if line.rate is None else str(line.rate),
        "charge": None
        if charge is None
        else {
            "charge": charge.key,
            "event": charge.position,
            **charge.charged.model_dump(mode="json", include=set(_CHARGE)),
        },
    }


def _tax(tax: TaxSum) -> dict[str, Any]:
    return {**tax.model_dump(mode="json"), "explain": tax_sentence(tax)}


def tax_sentence(tax: TaxSum) -> str:
    """How one sum of tax came about, as a sentence."""
    if tax.rate is not None:
        return f"{tax.rate} % VAT of {tax.country} on {tax.taxable} is {tax.tax}."
    return f"No VAT on {tax.taxable}: {tax.exemption_text or tax.exemption_code or tax.category}."
