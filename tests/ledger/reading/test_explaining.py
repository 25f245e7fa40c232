"""A document with all that is on it: parties, terms, tax, credit used, payments, notes."""

from typing import Any

import pytest

from ledger.cli.documents import show_explanation, show_invoice
from ledger.cli.show import CREDIT
from ledger.reading import answers
from ledger.reading.explaining import explanation, invoice_details
from ledger.scenarios.runner import folded
from ledger.writer import SELLER
from projections.credit import CreditLotRow, CreditRow
from projections.invoices import invoice_by_number, number_of
from projections.rows import MemoryRows
from tests.support.desk import OWNER, Desk
from tests.support.http_service import served
from tests.support.shop import SPLIT, TAXED, plan, shop

SELLER_IN_FULL = {
    **TAXED,
    "address": {"lines": ["1 rue du Bac"], "postcode": "75007", "city": "Paris"},
    "registration": {"scheme": "0002", "id": "303265045"},
    "electronic_address": {"scheme": "0009", "id": "30326504500012"},
    "contact": {"name": "Desk of bills", "telephone": "+33 1", "email": "bills@desks.example"},
    "payment_means": {"bank": {"code": "30", "iban": "FR7630006000011234567890189"}},
    "mentions": [{"code": "PMT", "text": "40 EUR for recovery."}, "Late is 10 %."],
    "vat_on_debits": True,
}
BUYER: dict[str, Any] = {
    "country": "FR",
    "name_": "Acme SARL",
    "vat_number": "FR40303265045",
    "address": {"lines": ["2 quai"], "postcode": "69001", "city": "Lyon", "region": "Rhône"},
    "buyer_reference": "dept. 7",
}


def eur(amount: str) -> dict[str, str]:
    """An amount as it is sent and shown."""
    return {"amount": amount, "currency": "EUR"}


def desk_of(**changes: Any) -> Desk:
    """A desk with a shop of one plan, and an account in it."""
    desk = Desk.in_memory()
    desk.do("PublishPlan", SELLER, catalogue=shop(seller=SELLER_IN_FULL, desk=plan(**changes)))
    desk.do("OpenAccount", account="acme", email=OWNER, **BUYER)
    return desk


def bought(desk: Desk, seats: int = 2, method: str = "bank", **more: Any) -> str:
    """The order of a subscription `desk`, which waits where the method says so."""
    done = desk.do("StartSubscription", account="acme", subscription="desk", plan="desk",
                   seats=seats, payment_method=method, **more)  # fmt: skip
    return done.result["order"]


def rows_of(desk: Desk) -> MemoryRows:
    """All rows."""
    return folded(desk.service, desk.store)


def details(desk: Desk, number: str) -> dict[str, Any]:
    """The answer to who asks for a document."""
    rows = rows_of(desk)
    row = invoice_by_number(rows, number)
    assert row is not None
    return {**invoice_details(rows, row)}


def explained(desk: Desk, number: str) -> dict[str, Any]:
    """The document explained."""
    rows = rows_of(desk)
    row = invoice_by_number(rows, number)
    assert row is not None
    return {**explanation(rows, row)}


def printed(capsys: pytest.CaptureFixture[str], desk: Desk, number: str) -> str:
    """What both ways of showing a document print."""
    capsys.readouterr()
    show_invoice(details(desk, number))
    show_explanation(explained(desk, number))
    return capsys.readouterr().out


@pytest.mark.rule("ALL-06")
def test_a_document_answers_with_all_that_is_on_it(capsys: pytest.CaptureFixture[str]):
    """Seller, buyer, tax by rate, terms, means of payment, purchase order, mentions with codes."""
    desk = desk_of()
    order = bought(desk, purchase_order="PO-9")
    desk.do("RecordPayment", SELLER, order=order, reference="bank-1", received_on="2020-06-19")

    told = details(desk, "D-2020-000001")

    assert told["seller"] == {
        "name": "Desks Ltd.", "country": "FR", "vat_number": "FR40303265045",
        "address": {**SELLER_IN_FULL["address"], "region": None},
        "registration": {"scheme": "0002", "id": "303265045"},
        "electronic_address": {"scheme": "0009", "id": "30326504500012"},
        "contact": SELLER_IN_FULL["contact"], "reference": None,
    }  # fmt: skip
    assert (told["buyer"]["name"], told["buyer"]["reference"]) == ("Acme SARL", "dept. 7")
    assert told["buyer"]["address"] == BUYER["address"]
    assert told["mentions"] == [
        {"code": "PMT", "text": "40 EUR for recovery."},
        {"code": None, "text": "Late is 10 %."},
    ]
    assert told["payment_means"] == {
        "code": "30", "iban": "FR7630006000011234567890189", "bic": None
    }  # fmt: skip
    assert (told["payment_method"], told["payment_days"]) == ("bank", 30)
    assert (told["purchase_order"], told["order"], told["vat_on_debits"]) == ("PO-9", order, True)
    assert (told["tax_on"], told["due_on"]) == ("2020-06-20", "2020-07-20")
    (tax,) = told["taxes"]
    assert (tax["category"], tax["rate"], tax["country"]) == ("S", "20", "FR")
    assert (tax["taxable"], tax["tax"]) == (eur("240.00"), eur("48.00"))
    (payment,) = told["payments"]
    assert (payment["amount"], payment["reference"]) == (eur("288.00"), "bank-1")
    assert (payment["received_on"], payment["order"]) == ("2020-06-19", order)
    text = printed(capsys, desk, "D-2020-000001")
    for piece in (
        "seller: Desks Ltd., 1 rue du Bac, 75007 Paris, FR, VAT FR40303265045",
        "registration 0002:303265045",
        "Desk of bills, +33 1, bills@desks.example",
        "buyer: Acme SARL, 2 quai, 69001 Lyon, Rhône, FR, VAT FR40303265045, reference dept. 7",
        "due 2020-07-20: 30 days after the issue, payment method bank, tax of 2020-06-20",
        f"order {order}, purchase order PO-9",
        "to pay: 30, FR7630006000011234567890189",
        "VAT is due by the document, not by the payment",
        "PMT: 40 EUR for recovery.\nLate is 10 %.",
        "20 % VAT of FR on 240.00 EUR is 48.00 EUR.",
        f"288.00 EUR, by bank, received 2020-06-19, reference bank-1, order {order}",
    ):
        assert piece in text


@pytest.mark.rule("ALL-06")
def test_credit_is_shown_with_its_lot_and_its_origin(capsys: pytest.CaptureFixture[str]):
    """Goodwill with its reason, money with its payment, a note with its number."""
    desk = desk_of(payment={"card": "at_once", "invoice": "on_account"})
    bought(desk, 1, "invoice")
    desk.do("RecordPayment", SELLER, invoice="D-2020-000001", amount=eur("144.00"))
    note = desk.do("IssueCreditNote", SELLER, invoice="D-2020-000001", reason="moved",
                   lines=[{"line": 1, "amount": eur("20.00")}])  # fmt: skip
    gift = desk.do("GrantCredit", SELLER, account="acme", amount=eur("5.00"), reason="sorry")
    money = desk.do("RecordPayment", SELLER, account="acme", amount=eur("7.00"))
    desk.do("AddSeats", subscription="desk", quantity=1)

    told = details(desk, "D-2020-000003")

    lots = [
        (one["credit"], one["source"], one["amount"], one["of_invoice"], one["of_payment"],
         one["reason"])
        for one in told["credits_used"]
    ]  # fmt: skip
    assert lots == [
        (f"{note.command_id}/2", "credit_note", eur("24.00"), "D-2020-000002", None, None),
        (gift.result["credits"][0], "goodwill", eur("5.00"), None, None, "sorry"),
        (money.result["credits"][0], "overpayment", eur("7.00"), None,
         money.result["payment"], None),
    ]  # fmt: skip
    text = printed(capsys, desk, "D-2020-000003")
    assert f"24.00 EUR of {note.command_id}/2, granted 2020-06-20: a credit note, D-2020-00" in text
    assert "goodwill (sorry)" in text


@pytest.mark.rule("ALL-08", "GEN-22")
def test_a_note_and_its_invoice_show_each_other(capsys: pytest.CaptureFixture[str]):
    """What it corrects line by line, its reason, what became of it; by number both ways."""
    desk = desk_of(payment={"card": "at_once", "invoice": "on_account"})
    bought(desk, 3, "invoice")
    desk.do("RecordPayment", SELLER, invoice="D-2020-000001", amount=eur("400.00"))
    desk.do("IssueCreditNote", SELLER, invoice="D-2020-000001", reason="one too many",
            lines=[{"line": 1, "seats": 1}], settle="refund")  # fmt: skip

    note, invoice = details(desk, "D-2020-000002"), details(desk, "D-2020-000001")

    assert (note["corrects"], note["reason"], note["settle"]) == (
        "D-2020-000001", "one too many", "refund"
    )  # fmt: skip
    assert (note["due_on"], note["payment_days"]) == (None, None)
    assert note["no_longer_due"] == invoice["no_longer_due"] == eur("32.00")
    (line,) = note["line_details"]
    assert line["corrects"] == {"invoice": "D-2020-000001", "line": 1}
    assert (line["by"], line["left"], line["takes_back"]) == ("seats", None, [])
    (made,) = note["credits_made"]
    assert (made["amount"], made["awaits_refund"]) == (eur("112.00"), True)
    assert invoice["corrected_by"] == [
        {"number": "D-2020-000002", "issued_on": "2020-06-20", "total": eur("-144.00"),
         "reason": "one too many"}
    ]  # fmt: skip
    assert invoice["line_details"][0]["left"] == eur("240.00")
    text = printed(capsys, desk, "D-2020-000002")
    for piece in (
        "line 1 corrects line 1 of D-2020-000001, whole seats",
        "corrects D-2020-000001 (one too many)",
        "of it 32.00 EUR had not been paid and is no longer due",
        "what comes back is settled as a refund",
        "112.00 EUR, 112.00 EUR left, waits for its refund",
        "gives back 24.00 EUR: the tax on all that credit notes took so far",
    ):
        assert piece in text
    assert "corrected by D-2020-000002 of 2020-06-20: -144.00 EUR (one too many)" in printed(
        capsys, desk, "D-2020-000001"
    )


@pytest.mark.rule("GEN-23")
def test_a_reversed_payment_is_still_told(capsys: pytest.CaptureFixture[str]):
    """With the day, the amount and the reason; what it had paid is due again."""
    desk = desk_of(payment={"card": "at_once", "invoice": "on_account"})
    bought(desk, 1, "invoice")
    paid = desk.do("RecordPayment", SELLER, invoice="D-2020-000001", method="cheque")
    desk.at("2020-06-25").do(
        "ReversePayment", SELLER, payment=paid.result["payment"], reason="bounced"
    )

    told = details(desk, "D-2020-000001")

    assert told["due"] == told["total"] == eur("144.00")
    (payment,) = told["payments"]
    assert (payment["amount"], payment["method"]) == (eur("144.00"), "cheque")
    assert payment["reversed"] == {
        "reversed_on": "2020-06-25", "amount": eur("144.00"), "reason": "bounced"
    }  # fmt: skip
    assert "reversed 2020-06-25: 144.00 EUR taken back (bounced)" in printed(
        capsys, desk, "D-2020-000001"
    )


@pytest.mark.rule("MS-13")
def test_a_balance_says_what_it_is_the_balance_of(capsys: pytest.CaptureFixture[str]):
    """The statement that holds the first part names the rest, and the other way round."""
    desk = desk_of(**SPLIT)
    desk.at("2020-06-25")
    bought(desk, 1, "invoice")
    desk.at("2020-07-02").service.tick()
    waiting = details(desk, "D-2020-000001")["line_details"][0]
    assert (waiting["balance_on"], waiting["balance_waits"]) == (None, eur("118.03"))
    desk.at("2020-08-02").service.tick()

    (first,) = details(desk, "D-2020-000001")["line_details"]
    (rest,) = details(desk, "D-2020-000002")["line_details"]

    assert (first["balance_of"], first["balance_waits"]) == (None, None)
    assert first["balance_on"] == {
        "invoice": "D-2020-000002", "line": 1, "statement": "2020-08-01", "amount": eur("118.03")
    }  # fmt: skip
    assert rest["balance_of"] == {
        "invoice": "D-2020-000001", "line": 1, "statement": "2020-07-01", "amount": eur("1.97")
    }  # fmt: skip
    assert rest["charge"] == first["charge"]
    assert (
        "line 1 is the balance of line 1 of D-2020-000001, the statement of 2020-07-01, 1.97 EUR"
    ) in printed(capsys, desk, "D-2020-000002")


@pytest.mark.rule("GT-09")
def test_a_line_that_takes_back_names_the_line(capsys: pytest.CaptureFixture[str]):
    """By the number of the earlier invoice, with the amount; the steps are the decision's own."""
    desk = desk_of(change_resets_term=True)
    bought(desk, 2, "card")
    desk.at("2020-12-20").do("AddSeats", subscription="desk", quantity=1)

    told = explained(desk, "D-2020-000002")
    back = next(line for line in told["lines"] if line["takes_back"])

    assert back["takes_back"] == [{"invoice": "D-2020-000001", "line": 1, "amount": eur("119.67")}]
    assert back["amount"] == eur("-119.67")
    text = printed(capsys, desk, "D-2020-000002")
    assert f"line {back['line']} takes back 119.67 EUR of line 1 of D-2020-000001" in text
    assert all(step in text for line in told["lines"] for step in line["charge"]["steps"])


@pytest.mark.rule("ALL-06")
def test_used_lots_stay_in_sight(capsys: pytest.CaptureFixture[str]):
    """`show credit` lists a lot that is used up, with what it paid and where it came from."""
    desk = desk_of(payment={"card": "at_once", "invoice": "on_account"})
    desk.do("GrantCredit", SELLER, account="acme", amount=eur("5.00"), reason="sorry")
    bought(desk, 1, "invoice")
    rows = rows_of(desk)
    row = rows.get(CreditRow, "acme")
    assert row is not None

    told = answers.credit(row, rows.page(CreditLotRow), lambda name: number_of(rows, name))
    CREDIT.show(told["lots"])

    text = capsys.readouterr().out
    for piece in ("goodwill", "5.00 EUR", "0.00 EUR", "sorry", "D-2020-000001"):
        assert piece in text


def test_a_document_is_the_same_from_rows_and_from_its_account(postgres_url: str):
    """Over HTTP now and as of a moment: the views and the account's own events answer alike."""
    with served(postgres_url) as here:
        gift = {"account": "acme", "amount": {"amount": "5.00", "currency": "USD"}}
        here.done("GrantCredit", "seller", **gift)
        (number,) = here.done("AddSeats", subscription="vpn", quantity=2)["result"]["invoices"]
        here.done("IssueCreditNote", "seller", invoice=number)
        moment = here.read("/v1/health")["time"]

        for path in (f"/v1/invoices/{number}", f"/v1/invoices/{number}/explain"):
            now = here.read(path)
            assert now == here.read(path, as_of=moment)
            assert now["credits_used"][0]["source"] == "goodwill"
            assert [len(now[name]) for name in ("payments", "corrected_by")] == [1, 1]
