"""Documents: their lines, tax, credit and payment, and the facts that number them."""

from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from commands.accounts import ChangeBillingDetails
from commands.amounts.billing import EXEMPTIONS, line_of, tax_of
from commands.carts import AddToCart, PlaceOrder
from commands.credit_notes import IssueCreditNote
from commands.payments import GrantCredit, RecordPayment
from commands.purchases import AddSeats, StartSubscription
from events.credit import CreditGranted, CreditUsed
from events.envelope import canonical
from events.invoices import InvoiceIssued, NumberGiven, TaxSum
from events.parties import Contact, PaymentMeans
from events.payments import PaymentRecorded
from tests.support.given import SELLER, Story
from tests.support.shop import (
    MONTHLY,
    PER_PERIOD,
    TAXED,
    bought,
    buyer,
    credit,
    due,
    every,
    invoices,
    lines,
    notes,
    plan,
    shop,
    started,
)

RATES = [
    {"country": "FR", "rate": "20", "from": "2000-01-01"},
    {"country": "FR", "rate": "10", "from": "2020-06-01"},
]


def taxes(document: InvoiceIssued) -> list[tuple[str, str, str | None, str, str]]:
    """Each sum of tax: category, rate, country, taxable, tax."""
    return [
        (part.category, str(part.rate), part.country, part.taxable.amount, part.tax.amount)
        for part in document.taxes
    ]


TREATMENTS: list[tuple[dict[str, Any], dict[str, Any], tuple[str, str, str | None, str]]] = [
    ({}, {"country": "FR"}, ("O", "None", None, "0.00")),
    (TAXED, {"country": "FR"}, ("S", "20", "FR", "24.00")),
    (TAXED, {"country": "FR", "vat_number": "FR40303265045"}, ("S", "20", "FR", "24.00")),
    (TAXED, {"country": "DE"}, ("S", "19", "DE", "22.80")),
    (TAXED, {"country": "DE", "vat_number": "DE136695976"}, ("AE", "None", None, "0.00")),
    (TAXED, {"country": "US"}, ("O", "None", None, "0.00")),
]


@pytest.mark.rule("GT-08")
@pytest.mark.parametrize(("seller", "account", "expected"), TREATMENTS)
def test_tax_goes_by_seller_and_buyer(
    seller: dict[str, Any], account: dict[str, Any], expected: tuple[str, str, str | None, str]
):
    """At home and without a number in the EU its rate, with one reverse charge, elsewhere none."""
    document = invoices(started(1, seller=seller, account=account))[0]
    category, rate, country, tax = expected
    assert taxes(document) == [(category, rate, country, "120.00", tax)]
    assert (document.taxes[0].exemption_code, document.taxes[0].exemption_text) == EXEMPTIONS.get(
        category, (None, None)
    )
    assert document.total == document.net + document.tax


@pytest.mark.rule("GT-08")
def test_a_missing_rate_is_refused_before_anything_is_bought():
    """The answer names the country and the day."""
    story = buyer(shop(seller=TAXED), "2020-01-01", country="IT")
    fields = {"account": "acme", "subscription": "x", "plan": "desk", "seats": 1}
    story.when(StartSubscription, **fields, payment_method="card").refused(
        "invoice.vat_rate_unknown", "IT", "2020-01-01", rule="GT-08"
    )


def test_tax_is_worked_out_on_the_sum_of_the_lines():
    """Three lines of 0.02 at 20 %: one cent, not three times nothing."""
    cents = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "0.02"}]}
    plans = {name: plan(product=name, price=cents) for name in ("a", "b", "c")}
    story = buyer(shop(seller=TAXED, **plans), "2020-01-01", country="FR")
    for name in plans:
        story = story.done(AddToCart, account="acme", subscription=name, plan=name, seats=1)
    story = story.done(PlaceOrder, account="acme", payment_method="card")
    assert taxes(invoices(story)[0]) == [("S", "20", "FR", "0.06", "0.01")]


@pytest.mark.rule("GT-09")
def test_a_line_that_takes_back_keeps_the_rate_of_what_it_takes_back():
    """Two rates on one invoice, and each line says which."""
    reset = {"change_resets_term": True, "proration": {"by": "days"}}
    story = started(1, seller={**TAXED, "vat": RATES}, account={"country": "FR"}, **reset)
    story = story.done(AddSeats, subscription="desk", quantity=1, on="2020-07-02")
    document = invoices(story)[-1]

    assert taxes(document) == [
        ("S", "20", "FR", "-60.00", "-12.00"),
        ("S", "10", "FR", "240.00", "24.00"),
    ]
    corrected = document.lines[0].corrects
    assert corrected is not None
    assert (corrected.invoice, corrected.line) == (invoices(story)[0].invoice, 1)


@pytest.mark.rule("ALL-06")
def test_a_document_is_whole():
    """Seller, buyer, price, quantity, mentions: nothing has to be looked up elsewhere."""
    seller = {**TAXED, "mentions": ["Thank you."], "registration": "R 1", "payment_days": 14}
    story = buyer(shop(seller=seller, desk=plan(title="Desk", unit="MON")), "2020-01-31")
    details = {"name": "Acme", "buyer_reference": "B 1", "country": "DE"}
    story = story.done(ChangeBillingDetails, account="acme", **details)
    document = invoices(bought(story, "desk", "desk", 2, purchase_order="PO 1"))[0]

    assert (document.seller.name, document.seller.registration) == ("Desks Ltd.", "R 1")
    assert (document.buyer.name, document.buyer.reference) == ("Acme", "B 1")
    assert (str(document.due_on), document.mentions) == ("2020-02-14", ("Thank you.",))
    assert (document.purchase_order, document.payment_method) == ("PO 1", "card")
    line = document.lines[0]
    assert (line.title, line.unit, str(line.price), line.quantity) == ("Desk", "MON", "10.00", 2)
    assert "19 % of DE" in line.explain[-1]


FACTS_OF_SELLER: dict[str, Any] = {
    **TAXED,
    "registration": {"scheme": "0002", "id": "403032650"},
    "contact": {"name": "Billing", "email": "billing@desks.example"},
    "payment_means": {"bank": {"code": "30", "iban": "FR7630006000011234567890189"}},
    "mentions": ["Thank you.", {"code": "PMT", "text": "40 euro for recovery."}],
    "vat_on_debits": True,
}


@pytest.mark.rule("ALL-06")
def test_a_document_keeps_what_an_electronic_invoice_needs():
    """Contact, registers, means of payment of the method used, codes of mentions, the supply."""
    goods = plan(supply="goods", payment={"card": "at_once", "bank": "when_paid"})
    story = buyer(shop(seller=FACTS_OF_SELLER, desk=goods), "2020-01-31", country="FR")
    registered = {"scheme": "0009", "id": "40303265000010"}
    story = story.done(ChangeBillingDetails, account="acme", registration=registered)
    story = bought(story, "card", "desk", 1)
    story = bought(story, "bank", "desk", 1, "bank", order="o1")
    paid = {"amount": {"amount": "144.00", "currency": "EUR"}, "by": SELLER}
    story = story.done(RecordPayment, order="o1", **paid)
    by_card, by_bank = invoices(story)

    assert (by_card.seller.registration, by_card.seller.registration_scheme) == (
        "403032650",
        "0002",
    )
    assert by_card.seller.contact == Contact(name="Billing", email="billing@desks.example")
    assert (by_card.buyer.registration_scheme, by_card.buyer.contact) == ("0009", None)
    assert by_card.mentions == ("Thank you.", "40 euro for recovery.")
    assert by_card.mention_codes == (None, "PMT")
    assert by_card.vat_on_debits
    assert [line.supply for line in by_card.lines] == ["goods"]
    assert by_card.payment_means is None
    assert by_bank.payment_means == PaymentMeans(code="30", iban="FR7630006000011234567890189")


@pytest.mark.rule("ALL-08")
def test_a_credit_note_keeps_them_too():
    """The note says of the seller and of its lines what the invoice said."""
    story = started(1, seller=FACTS_OF_SELLER, account={"country": "FR"}, supply="goods")
    given = {"invoice": "D-2020-000001", "made": {"invoice": invoices(story)[0].invoice}}
    note = notes(story.done(IssueCreditNote, by=SELLER, **given))[0]

    assert (note.mention_codes, note.vat_on_debits) == ((None, "PMT"), True)
    assert note.seller == invoices(story)[0].seller
    assert [line.supply for line in note.lines] == ["goods"]


def test_a_document_of_a_seller_who_says_none_of_it_is_written_as_before():
    """No field of it is in the text, so that the document has the digest that it always had."""
    text = canonical(invoices(started(1))[0]).decode()

    for name in ("contact", "registration_scheme", "supply", "mention_codes", "payment_means"):
        assert f'"{name}"' not in text


@pytest.mark.rule("GT-08")
@pytest.mark.parametrize(
    ("account", "supply", "expected"),
    [
        ({"country": "MC", "vat_number": "FR40303265045"}, "services", ("S", "20", "FR")),
        ({"country": "GB", "vat_number": "XI980780684"}, "goods", ("AE", "None", None)),
        ({"country": "GB", "vat_number": "XI980780684"}, "services", ("O", "None", None)),
    ],
)
def test_tax_goes_by_territory_and_supply(
    account: dict[str, Any], supply: str, expected: tuple[str, str, str | None]
):
    """Monaco is France; Belfast is in the Union for goods (CONTRACT 5.30)."""
    story = started(1, seller=TAXED, account=account, supply=supply)

    assert taxes(invoices(story)[0])[0][:3] == expected


@pytest.mark.rule("ALL-08")
def test_a_document_stays_as_it_was_issued():
    """What changes later is on later documents."""
    story = started(1, seller=TAXED, account={"country": "FR"})
    before = canonical(invoices(story)[0])
    story = story.done(ChangeBillingDetails, account="acme", country="DE")
    story = story.done(AddSeats, subscription="desk", quantity=1)
    assert canonical(invoices(story)[0]) == before
    assert [document.buyer.country for document in invoices(story)] == ["FR", "DE"]


@pytest.mark.rule("ALL-07")
def test_the_number_is_given_with_the_digest_of_the_document():
    """In the seller's series of the year; a credit note is numbered in the same."""
    story = started(1)
    made = {"invoice": invoices(story)[0].invoice}
    story = story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", made=made)
    first, second = every(story, NumberGiven)
    document = invoices(story)[0]

    assert first.sha256 == sha256(canonical(document)).hexdigest()
    assert (first.series, first.kind, first.invoice) == ("D-2020", "invoice", document.invoice)
    assert (second.series, second.kind) == ("D-2020", "credit_note")


@pytest.mark.rule("EV-19")
def test_credit_pays_before_any_other_payment():
    """Only the rest is paid by card; `total` is before credit."""
    story = buyer(shop(), "2020-01-01")
    for amount in ("100.00", "20.00", "5.00"):
        fields = {"account": "acme", "amount": {"amount": amount, "currency": "EUR"}}
        story = story.done(GrantCredit, by=SELLER, **fields)
    story = bought(story, "a", "desk", 1)
    assert (invoices(story)[0].total.amount, invoices(story)[0].credit_used.amount) == (
        "120.00",
        "120.00",
    )
    assert not every(story, PaymentRecorded)
    story = bought(story, "b", "desk", 1)
    assert [fact.amount.amount for fact in every(story, PaymentRecorded)] == ["115.00"]
    assert due(story) == "0.00"


@pytest.mark.parametrize(("lots", "left"), [(["1.00", "5.00"], "5.99"), ([], "0.00")])
def test_the_last_cent_is_paid_by_credit_if_there_is_some(lots: list[str], left: str):
    """Of 120.00 a first lot of credit pays all but a cent; without another one the card pays it.

    A lot of which nothing is wanted is not touched.
    """
    story = buyer(shop(), "2020-01-01")
    for amount in ("119.99", *lots):
        fields = {"account": "acme", "amount": {"amount": amount, "currency": "EUR"}}
        story = story.done(GrantCredit, by=SELLER, **fields)
    story = bought(story, "a", "desk", 1)
    used = [fact.amount.amount for fact in every(story, CreditUsed)]
    by_card = [fact.amount.amount for fact in every(story, PaymentRecorded)]
    assert (used, by_card) == ((["119.99", "0.01"], []) if lots else (["119.99"], ["0.01"]))
    assert (due(story), credit(story)) == ("0.00", left)


@pytest.mark.parametrize(("more", "left"), [("0.01", ["0.01"]), ("0.00", []), ("-0.01", [])])
def test_a_total_below_zero_is_credit_to_the_cent(more: str, left: list[str]):
    """A cent below zero is credit, nothing and a cent above it are none."""
    price = {"per": "period", "tiering": "volume"}
    tiers = [{"from": 1, "amount": "10.00"}, {"from": 2, "amount": str((10 - Decimal(more)) / 2)}]
    reset = {"change_resets_term": True, "proration": {"by": "days"}}
    story = started(1, price={**price, "tiers": tiers}, **reset)
    story = story.done(AddSeats, subscription="desk", quantity=1)

    assert str(-invoices(story)[-1].total) == f"{more} EUR"
    assert [lot.amount.amount for lot in every(story, CreditGranted)] == left


def test_backdated_or_late_the_day_of_issue_is_the_day_of_writing():
    """The period is that of the day on which it holds."""
    story = started(1, term={"months": 1}).until("2020-02-01", done_on="2020-02-20")
    document = invoices(story)[-1]
    assert (str(document.issued_on), str(document.tax_on)) == ("2020-02-20", "2020-02-01")
    assert lines(document)[0][2] == "2020-02-01"


def test_a_charge_leads_to_the_line_that_bills_it():
    """The invoice and the line on which it stands first; none while a statement waits for it."""
    story = started(3)
    (line,) = invoices(story)[0].lines
    assert line_of(story.state, line.charge) == (invoices(story)[0].invoice, line)

    story = started(3, method="invoice", **MONTHLY)
    (waiting,) = story.state.books.charges
    assert line_of(story.state, waiting) is None


def test_taxes_are_kept_apart_by_country():
    """A buyer who moved has lines of two countries on one statement."""
    story = _moved()
    sums: tuple[TaxSum, ...] = tax_of(
        [line for document in invoices(story) for line in document.lines]
    )
    assert [(part.country, part.tax.amount) for part in sums] == [("FR", "24.00"), ("DE", "22.80")]


def _moved() -> Story:
    story = started(1, seller=TAXED, account={"country": "FR"})
    story = story.done(ChangeBillingDetails, account="acme", country="DE")
    return story.done(AddSeats, subscription="desk", quantity=1)
