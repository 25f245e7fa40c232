"""Documents: whole in the fact, and the numbers given to them."""

from typing import Any

import pytest
from pydantic import ValidationError

from events.fact import Claim
from events.invoices import CreditNoteIssued, InvoiceIssued, NumberGiven
from events.money import Money
from tests.events.round_trip import comes_back, data, is_closed, read, stored


@pytest.mark.rule("ALL-08")
@pytest.mark.parametrize("name", ["InvoiceIssued", "CreditNoteIssued", "NumberGiven"])
def test_facts_come_back_as_they_were_stored(name: str):
    """Through canonical JSON, with no field guessed; nothing in them can be set."""
    comes_back(stored(name))
    is_closed(name)


@pytest.mark.parametrize("name", ["InvoiceIssued", "CreditNoteIssued"])
def test_the_sums_of_a_document_add_up(name: str):
    """Lines to the net, taxes to the tax, both to the total."""
    document = stored(name)
    assert isinstance(document, InvoiceIssued | CreditNoteIssued)
    currency = document.currency
    assert Money.total((line.amount for line in document.lines), currency) == document.net
    assert Money.total((part.taxable for part in document.taxes), currency) == document.net
    assert Money.total((part.tax for part in document.taxes), currency) == document.tax
    assert document.net + document.tax == document.total


@pytest.mark.rule("ALL-07")
def test_a_number_claims_its_place_in_the_series():
    """The store fills in the place, which is the number."""
    number = stored("NumberGiven")
    assert isinstance(number, NumberGiven)
    (claim,) = number.claims()
    assert claim == Claim("invoice", f"{number.series}-{{sequence:06d}}")
    assert claim.value.format(sequence=7) == f"{number.series}-000007"
    assert claim.value.format(sequence=1_234_567) == f"{number.series}-1234567"


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("InvoiceIssued", {"total": 12}),
    ("InvoiceIssued", {"issued_on": "25.06.2020"}),
    ("InvoiceIssued", {"lines": [{}]}),
    ("InvoiceIssued", {"corrects": "i1"}),
    ("CreditNoteIssued", {"open": "1.00"}),
    ("CreditNoteIssued", {"order": "o1"}),
    ("NumberGiven", {"kind": "receipt"}),
]


@pytest.mark.parametrize(("name", "fields"), WRONG, ids=str)
def test_no_document_is_read_that_is_not_one(name: str, fields: dict[str, Any]):
    """Each kind has its own fields, and they are strict."""
    with pytest.raises(ValidationError):
        read(type(stored(name)), {**data(name), **fields})
