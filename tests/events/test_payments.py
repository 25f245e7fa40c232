"""Facts of payments: what came in, what was taken back, what was paid out."""

from typing import Any

import pytest
from pydantic import ValidationError

from events.payments import PaymentRecorded, PaymentReversed, RefundRecorded
from events.registry import fact_class
from tests.events.round_trip import comes_back, data, is_closed, read, stored

FACTS = ["PaymentRecorded", "PaymentApplied", "PaymentReversed", "RefundRecorded"]


@pytest.mark.parametrize("name", FACTS)
def test_facts_come_back_as_they_were_stored(name: str):
    """Through canonical JSON, with no field guessed."""
    comes_back(stored(name))
    is_closed(name)


@pytest.mark.parametrize("name", FACTS)
def test_payments_stay_in_the_house(name: str):
    """Other services learn of a document that it is paid, not by whom and how."""
    assert not fact_class(name).PUBLIC


WRONG: list[tuple[type[Any], dict[str, Any]]] = [
    (PaymentRecorded, {"basis": "promised"}),
    (PaymentRecorded, {"received_on": "yesterday"}),
    (PaymentReversed, {"covers": [{"amount": {"amount": "1.00", "currency": "EUR"}}]}),
    (RefundRecorded, {"refunded_on": None}),
    (RefundRecorded, {"credits": [{"credit": "k1"}]}),
]


@pytest.mark.parametrize(("kind", "fields"), WRONG)
def test_no_payment_is_read_that_is_none(kind: type[Any], fields: dict[str, Any]):
    """What it covers, what is due no more of that, and the day of a refund are all there."""
    with pytest.raises(ValidationError):
        read(kind, {**data(kind.NAME), **fields})


def test_a_reversal_tells_invoices_and_waiting_orders_apart():
    """Of an invoice a part may be due to nobody, since a note had given it back."""
    euros = {"amount": "1.00", "currency": "EUR"}
    nothing = {"amount": "0.00", "currency": "EUR"}
    covers = [
        {"amount": euros, "waived": euros, "invoice": "i1"},
        {"amount": euros, "waived": nothing, "order": "o1"},
    ]
    fact = read(PaymentReversed, {**data("PaymentReversed"), "covers": covers})
    assert isinstance(fact, PaymentReversed)
    assert [(cover.invoice, cover.order) for cover in fact.covers] == [("i1", None), (None, "o1")]
    comes_back(fact)
