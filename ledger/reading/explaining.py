"""A document with all that is on it, and explained (ALL-06).

Nothing is computed here: every figure stands in a charge, a document, a payment or a lot, and what
explains an amount are the steps that the decision itself left.
"""

from collections.abc import Iterator

from events.invoices import DocumentLine, InvoiceIssued, Party, TaxSum
from events.money import Money, Price, price_text
from events.reversals import left_of_lines, sources_of
from ledger.reading import answers, document_schemas
from ledger.reading.settlements import settlement
from projections.charges import ChargeRow
from projections.invoices import InvoiceRow, number_of
from projections.rows import Getter


def invoice_details(rows: Getter, row: InvoiceRow) -> document_schemas.InvoiceDetails:
    """The document as issued, with what paid it and what came of it."""
    found = list(_lines(rows, row))
    return {
        **_whole(rows, row),
        "lines": [answers.line(line) for line, _ in found],
        "line_details": [{**facts, "charge": line.charge} for line, facts in found],
    }


def explanation(rows: Getter, row: InvoiceRow) -> document_schemas.Explanation:
    """The same, each line with its charge and the way to its amount."""
    lines: list[document_schemas.ExplainedLine] = [
        {**answers.line(line), **facts, "charge": _charge(rows.get(ChargeRow, line.charge))}
        for line, facts in _lines(rows, row)
    ]
    return {**_whole(rows, row), "lines": lines}


def _whole(rows: Getter, row: InvoiceRow) -> document_schemas.WholeDocument:
    document = row.document
    issued = document if isinstance(document, InvoiceIssued) else None
    means = document.payment_means
    codes = document.mention_codes or (None,) * len(document.mentions)
    return {
        **answers.standing(row),
        **settlement(rows, row),
        "id": row.key,
        "event": row.position,
        "series": document.series,
        "tax_on": answers.day(document.tax_on),
        "order": None if issued is None else issued.order,
        "statement": None if issued is None else answers.optional_day(issued.statement),
        "seller": _party(document.seller),
        "buyer": _party(document.buyer),
        "payment_method": document.payment_method,
        "payment_days": None if issued is None else (issued.due_on - issued.issued_on).days,
        "payment_means": None
        if means is None
        else {"code": means.code, "iban": means.iban, "bic": means.bic},
        "purchase_order": document.purchase_order,
        "mentions": [
            {"code": code, "text": text}
            for code, text in zip(codes, document.mentions, strict=True)
        ],
        "vat_on_debits": document.vat_on_debits,
        "taxes": [_tax(one, is_note=issued is None) for one in document.taxes],
    }


def _party(party: Party) -> document_schemas.DocumentParty:
    number, electronic, desk = party.registration, party.electronic_address, party.contact
    return {
        "name": party.name,
        "country": party.country,
        "vat_number": party.vat_number,
        "address": None if party.address is None else party.address.model_dump(mode="json"),
        "registration": None
        if number is None
        else {"scheme": party.registration_scheme, "id": number},
        "electronic_address": None if electronic is None else electronic.model_dump(mode="json"),
        "contact": None
        if desk is None
        else {"name": desk.name, "telephone": desk.telephone, "email": desk.email},
        "reference": party.reference,
    }


def _lines(
    rows: Getter, row: InvoiceRow
) -> Iterator[tuple[DocumentLine, document_schemas.LineFacts]]:
    is_invoice = row.kind == "invoice"
    left = left_of_lines(row.document.lines, row.taken)
    for line, rest in zip(row.document.lines, left, strict=True):
        of_charge = rows.get(ChargeRow, line.charge) if is_invoice else None
        corrects = line.corrects if not is_invoice else None
        yield (
            line,
            {
                "line": line.line,
                "title": line.title,
                "unit": line.unit,
                "price": _price(line.price),
                "category": line.category,
                "rate": _price(line.rate),
                "country": line.country,
                "supply": line.supply,
                "by": line.by,
                "seat_numbers": None if line.seats is None else line.seats.ranges(),
                "corrects": None
                if corrects is None
                else {"invoice": number_of(rows, corrects.invoice), "line": corrects.line},
                "takes_back": [
                    {
                        "invoice": number_of(rows, part.invoice),
                        "line": part.line,
                        "amount": answers.money(part.amount),
                    }
                    for part in (sources_of(line) if is_invoice else ())
                ],
                **_balance(rows, row, of_charge),
                "left": answers.money(Money(rest, line.amount.currency)) if is_invoice else None,
            },
        )


def _balance(
    rows: Getter, row: InvoiceRow, of_charge: ChargeRow | None
) -> document_schemas.Balance:
    """Where the rest of a charge stands that two statements split (MS-13)."""
    places = () if of_charge is None else of_charge.invoices
    before: document_schemas.ChargePart | None = None
    after: document_schemas.ChargePart | None = None
    waits: Money | None = None
    if of_charge is not None and row.key in places:
        place = places.index(row.key)
        before = _part(rows, places[place - 1], of_charge.key) if place else None
        if place + 1 < len(places):
            after = _part(rows, places[place + 1], of_charge.key)
        elif of_charge.unbilled.minor:
            waits = of_charge.unbilled
    return {
        "balance_of": before,
        "balance_on": after,
        "balance_waits": answers.optional_money(waits),
    }


def _part(rows: Getter, invoice: str, charge: str) -> document_schemas.ChargePart | None:
    """The line of a document that bills a part of a charge."""
    row = rows.get(InvoiceRow, invoice)
    lines = () if row is None else row.document.lines
    line = next((one for one in lines if one.charge == charge), None)
    if row is None or line is None or not isinstance(row.document, InvoiceIssued):
        return None
    return {
        "invoice": row.number,
        "line": line.line,
        "statement": answers.optional_day(row.document.statement),
        "amount": answers.money(line.amount),
    }


def _charge(row: ChargeRow | None) -> document_schemas.ExplainedCharge | None:
    if row is None:
        return None
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


def _tax(tax: TaxSum, *, is_note: bool) -> document_schemas.ExplainedTax:
    return {
        "category": tax.category,
        "rate": _price(tax.rate),
        "country": tax.country,
        "taxable": answers.money(tax.taxable),
        "tax": answers.money(tax.tax),
        "exemption_code": tax.exemption_code,
        "exemption_text": tax.exemption_text,
        "explain": tax_sentence(tax, is_note=is_note),
    }


def _price(given: Price | None) -> str | None:
    return None if given is None else price_text(given)


def tax_sentence(tax: TaxSum, *, is_note: bool = False) -> str:
    """How one sum of tax came about, as a sentence.

    Of a credit note it is what all notes so far have taken, less the tax taken before.
    """
    if tax.rate is None:
        return (
            f"No VAT on {tax.taxable}: {tax.exemption_text or tax.exemption_code or tax.category}."
        )
    if is_note:
        return (
            f"{tax.rate} % VAT of {tax.country} on {tax.taxable} gives back {-tax.tax}: the tax on"
            " all that credit notes took so far, less the tax taken before."
        )
    return f"{tax.rate} % VAT of {tax.country} on {tax.taxable} is {tax.tax}."
