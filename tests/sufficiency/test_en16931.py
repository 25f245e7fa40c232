"""Every document holds what EN 16931 asks of an electronic invoice, and its sums are right."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from events.envelope import canonical
from events.invoices import CreditNoteIssued, DocumentLine, InvoiceIssued, NumberGiven, TaxSum
from ledger.catalogues.files import load, shipped_names
from ledger.scenarios.scenario_file import read_scenario
from tests.sufficiency.en16931 import (
    LINE_TERMS,
    PRECEDING_TERMS,
    TAX_TERMS,
    TERMS,
    Invoice,
    documents,
    numbers,
    terms_of,
)
from tests.sufficiency.en16931_rules import findings
from tests.sufficiency.histories import ALL, BY_HAND, history, name

ROOTS: dict[str, type[BaseModel]] = {
    "document": InvoiceIssued,
    "note": CreditNoteIssued,
    "number": NumberGiven,
    "line": DocumentLine,
    "tax": TaxSum,
    "corrected": NumberGiven,
}


def invoices(path: Path) -> list[Invoice]:
    """The documents of a history in terms."""
    events = history(path)
    given = numbers(events)
    return [terms_of(document, given) for document in documents(events)]


@pytest.mark.rule("ALL-06", "ALL-08")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_documents_hold_every_mandatory_term(path: Path):
    """No mandatory term is missing, no sum is off; a finding names the term or the rule."""
    given = read_scenario(path).catalogue
    known = path in BY_HAND or given in shipped_names()
    found = {
        str(one.terms["BT-1"]): wrong
        for one in invoices(path)
        if (wrong := findings(one, seller_known=known))
    }

    assert found == {}


@pytest.mark.parametrize("term", [term for term in TERMS.values() if term.mandatory])
def test_missing_term_is_found_by_its_name(term):
    """Without a mandatory term a document does not pass, and the finding says which."""
    whole = invoices(BY_HAND[0])[-1]
    number = next(number for number, found in TERMS.items() if found is term)
    if number in LINE_TERMS:
        lines = tuple(_without(line, number) for line in whole.lines)
        spoilt = replace(whole, lines=lines)
    elif number in TAX_TERMS:
        spoilt = replace(whole, taxes=tuple(_without(tax, number) for tax in whole.taxes))
    else:
        spoilt = replace(whole, terms=_without(whole.terms, number))

    assert findings(whole) == []
    assert number in _first_finding(spoilt)


def _without(group: dict[str, Any], number: str) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != number}


def _first_finding(invoice: Invoice) -> str:
    try:
        return findings(invoice)[0]
    except KeyError as missing:
        return str(missing)


@pytest.mark.rule("ALL-06")
def test_every_term_has_a_field_to_come_from():
    """The table names real fields: of the document, its lines and taxes, and its number."""
    wrong = [
        (number, term.source)
        for number, term in TERMS.items()
        if term.source != "constant" and not _leads_somewhere(term.source)
    ]

    assert wrong == []


def _leads_somewhere(source: str) -> bool:
    root, *path = source.split(".")
    models: list[type[BaseModel]] = [ROOTS[root]]
    for step in path:
        found = [model.model_fields[step].annotation for model in models if step in _fields(model)]
        if not found:
            return False
        models = [model for annotation in found for model in _models(annotation)]
    return bool(path)


def _fields(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def test_every_term_is_used():
    """The histories fill every term of the table at least once, and no other."""
    used: set[str] = set()
    for path in ALL:
        for one in invoices(path):
            used |= one.terms.keys()
            for group in (*one.preceding, *one.taxes, *one.lines):
                used |= group.keys()

    assert used == TERMS.keys()
    assert set(PRECEDING_TERMS) <= used


@pytest.mark.rule("ALL-07", "ALL-08")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_number_belongs_to_its_document(path: Path):
    """A number holds the digest of its document, its day and kind; a credit note is a 381."""
    events = history(path)
    given = numbers(events)
    for document in documents(events):
        number = given[document.invoice].fact
        is_note = isinstance(document, CreditNoteIssued)
        assert number.sha256 == _digest(document)
        assert (number.issued_on, number.kind == "credit_note") == (document.issued_on, is_note)
        assert terms_of(document, given).terms["BT-3"] == ("381" if is_note else "380")


def _digest(document: InvoiceIssued | CreditNoteIssued) -> str:

    return sha256(canonical(document)).hexdigest()


@pytest.mark.parametrize("catalogue", shipped_names())
def test_shipped_sellers_can_be_named_on_an_invoice(catalogue: str):
    """Each shipped catalogue has the seller's address, and a registration or a VAT number."""
    seller = load(catalogue).seller

    assert seller.address is not None
    assert seller.registration is not None
