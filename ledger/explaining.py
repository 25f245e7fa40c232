"""An invoice explained (ALL-06): price, tier, quantity, fraction, rounding, tax, and the events.

Nothing is computed here: every figure stands in the charge or in the document.
"""

from events.invoices import DocumentLine, TaxSum
from events.money import Price, price_text
from ledger import answers
from ledger.shapes import ExplainedCharge, ExplainedLine, ExplainedTax, Explanation
from projections.charges import ChargeRow
from projections.invoices import InvoiceRow
from projections.rows import Getter


def explanation(rows: Getter, row: InvoiceRow) -> Explanation:
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


def _line(rows: Getter, line: DocumentLine) -> ExplainedLine:
    charge = rows.get(ChargeRow, line.charge)
    return {
        "line": line.line,
        **answers.line(line),
        "title": line.title,
        "category": line.category,
        "rate": _price(line.rate),
        "charge": None if charge is None else _charge(charge),
    }


def _charge(row: ChargeRow) -> ExplainedCharge:
    charged = row.charged
    return {
        "charge": row.key,
        "event": row.position,
        "plan": charged.plan,
        "plan_version": charged.plan_version,
        "term": charged.term.model_dump(mode="json"),
        "period": charged.period.model_dump(mode="json"),
        "quantity": charged.quantity,
        "list_price": price_text(charged.list_price),
        "price": _price(charged.price),
        "per": charged.per,
        "tier": charged.tier,
        "numerator": charged.numerator,
        "denominator": charged.denominator,
        "rounding": charged.rounding,
        "net": answers.money(charged.net),
        "full_term": answers.money(charged.full_term),
        "reverses": [part.model_dump(mode="json") for part in charged.reverses],
        "steps": list(charged.steps),
    }


def _tax(tax: TaxSum) -> ExplainedTax:
    return {
        "category": tax.category,
        "rate": _price(tax.rate),
        "country": tax.country,
        "taxable": answers.money(tax.taxable),
        "tax": answers.money(tax.tax),
        "exemption_code": tax.exemption_code,
        "exemption_text": tax.exemption_text,
        "explain": tax_sentence(tax),
    }


def _price(given: Price | None) -> str | None:
    return None if given is None else price_text(given)


def tax_sentence(tax: TaxSum) -> str:
    """How one sum of tax came about, as a sentence."""
    if tax.rate is not None:
        return f"{tax.rate} % VAT of {tax.country} on {tax.taxable} is {tax.tax}."
    return f"No VAT on {tax.taxable}: {tax.exemption_text or tax.exemption_code or tax.category}."
