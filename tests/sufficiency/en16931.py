"""The EN 16931 terms of a document, each with the field of a fact from which it comes.

`TERMS` is the table; `terms_of` fills it from a document and the fact that gave it its number, as
a writer of Factur-X, UBL or CII would. Amounts of a credit note (381) are positive there: the sign
of the fact is turned. A line's quantity carries its sign, its price never does (BR-27): the price
is that of all its seats for the period (BT-146 per BT-149 of them), so that quantity x price is
the amount to the unit, also of a part of a term.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from events.envelope import Recorded
from events.invoices import (
    CreditNoteIssued,
    DocumentLine,
    InvoiceIssued,
    NumberGiven,
    Party,
    TaxSum,
)
from events.money import Money

Document = InvoiceIssued | CreditNoteIssued
Value = str | date | Decimal | int
Group = dict[str, Value]

SPECIFICATION = "urn:cen.eu:en16931:2017"

PAYMENT_MEANS = {"card": "48", "direct_debit": "59", "bank_account": "59", "paypal": "68"}
"""UNTDID 4461 of a payment method. A transfer (30) needs the seller's account (BT-84), which is
not in the facts: that one, and a word of a plan's own, is 1, `instrument not defined`, and BT-82
says the word."""


@dataclass(frozen=True, slots=True)
class Term:
    """A business term: what it is called, where it comes from, and whether a document needs it.

    `source` begins with `document`, `number` (the `NumberGiven`), `line` or `tax` (of the
    document), `corrected` (the `NumberGiven` of an earlier invoice) or `constant`.
    """

    name: str
    source: str
    mandatory: bool = False


TERMS: dict[str, Term] = {
    "BT-1": Term("Invoice number", "number.series", mandatory=True),
    "BT-2": Term("Invoice issue date", "document.issued_on", mandatory=True),
    "BT-3": Term("Invoice type code", "number.kind", mandatory=True),
    "BT-5": Term("Invoice currency code", "document.currency", mandatory=True),
    "BT-7": Term("Value added tax point date", "document.tax_on"),
    "BT-9": Term("Payment due date", "document.due_on"),
    "BT-20": Term("Payment terms", "note.settle"),
    "BT-10": Term("Buyer reference", "document.buyer.reference"),
    "BT-13": Term("Purchase order reference", "document.purchase_order"),
    "BT-22": Term("Invoice note", "document.mentions"),
    "BT-24": Term("Specification identifier", "constant", mandatory=True),
    "BT-25": Term("Preceding Invoice reference", "corrected.series"),
    "BT-26": Term("Preceding Invoice issue date", "corrected.issued_on"),
    "BT-27": Term("Seller name", "document.seller.name", mandatory=True),
    "BT-30": Term("Seller legal registration identifier", "document.seller.registration"),
    "BT-31": Term("Seller VAT identifier", "document.seller.vat_number"),
    "BT-34": Term("Seller electronic address", "document.seller.electronic_address.id"),
    "BT-34-1": Term("its scheme", "document.seller.electronic_address.scheme"),
    "BT-35": Term("Seller address line 1", "document.seller.address.lines"),
    "BT-36": Term("Seller address line 2", "document.seller.address.lines"),
    "BT-162": Term("Seller address line 3", "document.seller.address.lines"),
    "BT-37": Term("Seller city", "document.seller.address.city"),
    "BT-38": Term("Seller post code", "document.seller.address.postcode"),
    "BT-39": Term("Seller country subdivision", "document.seller.address.region"),
    "BT-40": Term("Seller country code", "document.seller.country", mandatory=True),
    "BT-44": Term("Buyer name", "document.buyer.name", mandatory=True),
    "BT-46": Term("Buyer identifier", "number.account"),
    "BT-47": Term("Buyer legal registration identifier", "document.buyer.registration"),
    "BT-48": Term("Buyer VAT identifier", "document.buyer.vat_number"),
    "BT-49": Term("Buyer electronic address", "document.buyer.electronic_address.id"),
    "BT-49-1": Term("its scheme", "document.buyer.electronic_address.scheme"),
    "BT-50": Term("Buyer address line 1", "document.buyer.address.lines"),
    "BT-51": Term("Buyer address line 2", "document.buyer.address.lines"),
    "BT-163": Term("Buyer address line 3", "document.buyer.address.lines"),
    "BT-52": Term("Buyer city", "document.buyer.address.city"),
    "BT-53": Term("Buyer post code", "document.buyer.address.postcode"),
    "BT-54": Term("Buyer country subdivision", "document.buyer.address.region"),
    "BT-55": Term("Buyer country code", "document.buyer.country", mandatory=True),
    "BT-73": Term("Invoicing period start date", "document.lines.period.start"),
    "BT-74": Term("Invoicing period end date", "document.lines.period.end"),
    "BT-81": Term("Payment means type code", "document.payment_method", mandatory=True),
    "BT-82": Term("Payment means text", "document.payment_method"),
    "BT-106": Term("Sum of Invoice line net amount", "document.lines.amount", mandatory=True),
    "BT-109": Term("Invoice total amount without VAT", "document.net", mandatory=True),
    "BT-110": Term("Invoice total VAT amount", "document.tax", mandatory=True),
    "BT-112": Term("Invoice total amount with VAT", "document.total", mandatory=True),
    "BT-113": Term("Paid amount", "document.credit_used"),
    "BT-115": Term("Amount due for payment", "document.total", mandatory=True),
    "BT-116": Term("VAT category taxable amount", "tax.taxable", mandatory=True),
    "BT-117": Term("VAT category tax amount", "tax.tax", mandatory=True),
    "BT-118": Term("VAT category code", "tax.category", mandatory=True),
    "BT-119": Term("VAT category rate", "tax.rate"),
    "BT-120": Term("VAT exemption reason text", "tax.exemption_text"),
    "BT-121": Term("VAT exemption reason code", "tax.exemption_code"),
    "BT-126": Term("Invoice line identifier", "line.line", mandatory=True),
    "BT-127": Term("Invoice line note", "line.explain"),
    "BT-128": Term("Invoice line object identifier", "line.charge"),
    "BT-129": Term("Invoiced quantity", "line.quantity", mandatory=True),
    "BT-130": Term("Invoiced quantity unit of measure", "line.unit", mandatory=True),
    "BT-131": Term("Invoice line net amount", "line.amount", mandatory=True),
    "BT-134": Term("Invoice line period start date", "line.period.start"),
    "BT-135": Term("Invoice line period end date", "line.period.end"),
    "BT-146": Term("Item net price", "line.amount", mandatory=True),
    "BT-149": Term("Item price base quantity", "line.quantity"),
    "BT-151": Term("Invoiced item VAT category code", "line.category", mandatory=True),
    "BT-152": Term("Invoiced item VAT rate", "line.rate"),
    "BT-153": Term("Item name", "line.title", mandatory=True),
    "BT-155": Term("Item Seller's identifier", "line.subscription"),
}
"""Every term that we fill, by its number; `BT-120` and the like stand in groups that repeat."""

TAX_TERMS = ("BT-116", "BT-117", "BT-118", "BT-119", "BT-120", "BT-121")
LINE_TERMS = (
    "BT-126", "BT-127", "BT-128", "BT-129", "BT-130", "BT-131", "BT-134", "BT-135", "BT-146",
    "BT-149", "BT-151", "BT-152", "BT-153", "BT-155",
)  # fmt: skip
PRECEDING_TERMS = ("BT-25", "BT-26")


@dataclass(frozen=True, slots=True)
class Given:
    """A document's number with the day of its issue, from its `NumberGiven`."""

    number: str
    fact: NumberGiven


@dataclass(frozen=True, slots=True)
class Invoice:
    """A document in terms: those that stand once, and the groups that repeat."""

    terms: Group
    preceding: tuple[Group, ...]
    taxes: tuple[Group, ...]
    lines: tuple[Group, ...]


def numbers(events: Iterable[Recorded]) -> dict[str, Given]:
    """The numbers of documents by their ids."""
    return {
        event.fact.invoice: Given(f"{event.fact.series}-{event.sequence:06d}", event.fact)
        for event in events
        if isinstance(event.fact, NumberGiven)
    }


def documents(events: Iterable[Recorded]) -> list[Document]:
    """The documents of a history."""
    return [
        event.fact for event in events if isinstance(event.fact, InvoiceIssued | CreditNoteIssued)
    ]


def terms_of(document: Document, given: Mapping[str, Given]) -> Invoice:
    """The terms of a document; `given` are the numbers of it and of what it corrects."""
    number = given[document.invoice]
    sign = -1 if number.fact.kind == "credit_note" else 1
    lines = tuple(_line(line, sign) for line in document.lines)
    untaxed = all(line.category == "O" for line in document.lines)
    terms: dict[str, Value | None] = {
        "BT-1": number.number,
        "BT-2": document.issued_on,
        "BT-3": "381" if sign < 0 else "380",
        "BT-5": document.currency,
        "BT-7": document.tax_on,
        "BT-9": document.due_on,
        "BT-20": _settled(document),
        "BT-10": document.buyer.reference,
        "BT-13": document.purchase_order,
        "BT-22": "\n".join(document.mentions) or None,
        "BT-24": SPECIFICATION,
        **_seller(document.seller, untaxed=untaxed),
        **_buyer(document.buyer, number.fact.account, untaxed=untaxed),
        "BT-73": min(line.period.start for line in document.lines),
        "BT-74": max(_last_day(line) for line in document.lines),
        "BT-81": PAYMENT_MEANS.get(document.payment_method or "", "1"),
        "BT-82": document.payment_method,
        "BT-106": sum((_decimal(line["BT-131"]) for line in lines), Decimal()),
        "BT-109": sign * amount(document.net),
        "BT-110": sign * amount(document.tax),
        "BT-112": sign * amount(document.total),
        "BT-113": sign * amount(document.credit_used),
        "BT-115": sign * amount(document.total - document.credit_used),
    }
    return Invoice(
        terms=_present(terms),
        preceding=tuple(_preceding(document, given)),
        taxes=tuple(_tax(tax, sign) for tax in document.taxes),
        lines=lines,
    )


SETTLED = {
    "credit": "Set off against what is open, the rest kept as credit of the account",
    "refund": "Set off against what is open, the rest refunded",
    "outside": "Set off against what is open, the rest settled otherwise",
}
"""What becomes of the amount of a credit note, in words, since it is due on no day."""


def _settled(document: Document) -> str | None:
    if isinstance(document, CreditNoteIssued):
        return SETTLED[document.settle or "credit"]
    return None


def _seller(seller: Party, *, untaxed: bool) -> dict[str, Value | None]:
    electronic = seller.electronic_address
    return {
        "BT-27": seller.name,
        "BT-30": seller.registration,
        "BT-31": None if untaxed else seller.vat_number,  # BR-O-02
        "BT-34": electronic.id if electronic else None,
        "BT-34-1": electronic.scheme if electronic else None,
        **_address(seller, ("BT-35", "BT-36", "BT-162", "BT-37", "BT-38", "BT-39", "BT-40")),
    }


def _buyer(buyer: Party, account: str, *, untaxed: bool) -> dict[str, Value | None]:
    electronic = buyer.electronic_address
    return {
        # A person's name never enters a fact: who gave no firm's name is called by the account.
        "BT-44": buyer.name or account,
        "BT-46": account,
        "BT-47": buyer.registration,
        "BT-48": None if untaxed else buyer.vat_number,
        "BT-49": electronic.id if electronic else None,
        "BT-49-1": electronic.scheme if electronic else None,
        **_address(buyer, ("BT-50", "BT-51", "BT-163", "BT-52", "BT-53", "BT-54", "BT-55")),
    }


def _address(party: Party, names: tuple[str, ...]) -> dict[str, Value | None]:
    *line_names, city, postcode, region, country = names
    found: dict[str, Value | None] = {country: party.country}
    if party.address is not None:
        first, second, *further = (*party.address.lines, None, None)
        found |= dict(zip(line_names, (first, second), strict=False))
        found[line_names[2]] = ", ".join(line for line in further if line) or None
        found |= {city: party.address.city, postcode: party.address.postcode}
        found[region] = party.address.region
    return found


def _preceding(document: Document, given: Mapping[str, Given]) -> Iterator[Group]:
    corrected = [line.corrects.invoice for line in document.lines if line.corrects is not None]
    for invoice in dict.fromkeys(corrected):
        yield {"BT-25": given[invoice].number, "BT-26": given[invoice].fact.issued_on}


def _tax(tax: TaxSum, sign: int) -> Group:
    return _present(
        {
            "BT-116": sign * amount(tax.taxable),
            "BT-117": sign * amount(tax.tax),
            "BT-118": tax.category,
            "BT-119": _rate(tax.category, tax.rate),
            "BT-120": tax.exemption_text,
            "BT-121": tax.exemption_code,
        }
    )


def _line(line: DocumentLine, sign: int) -> Group:
    net = sign * amount(line.amount)
    quantity = line.quantity or 1
    return _present(
        {
            "BT-126": str(line.line),
            "BT-127": "\n".join(line.explain) or None,
            "BT-128": line.charge,
            "BT-129": -quantity if net < 0 else quantity,
            "BT-130": line.unit,
            "BT-131": net,
            "BT-134": line.period.start,
            "BT-135": _last_day(line),
            "BT-146": abs(net),
            "BT-149": quantity,
            "BT-151": line.category,
            "BT-152": _rate(line.category, line.rate),
            "BT-153": line.title,
            "BT-155": line.subscription,
        }
    )


def _last_day(line: DocumentLine) -> date:
    """The end of a line's period, which EN 16931 counts in."""
    return max(line.period.end - timedelta(days=1), line.period.start)


def _rate(category: str, rate: Decimal | None) -> Decimal | None:
    """The rate: 0 of reverse charge (BR-AE-5), none outside the scope (BR-O-5)."""
    return Decimal(0) if category == "AE" else rate


def amount(money: Money) -> Decimal:
    """An amount in major units."""
    return Decimal(money.amount)


def _decimal(value: Value) -> Decimal:
    return Decimal(str(value))


def _present(terms: Mapping[str, Value | None]) -> Group:
    return {name: value for name, value in terms.items() if value is not None}
