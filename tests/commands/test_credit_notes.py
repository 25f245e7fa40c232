"""Credit notes: an issued invoice never changes, what is left of it is taken back."""

from typing import Any

import pytest

from commands.credit_notes import IssueCreditNote
from commands.orders import PassCreditCheck
from commands.payments import GrantCredit, RecordPayment
from commands.purchases import AddSeats
from events.credit import CreditGranted
from events.invoices import CreditNoteIssued, InvoiceIssued, NumberGiven
from tests.support.given import OWNER, SELLER, Story
from tests.support.shop import (
    SPLIT,
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
    sub,
)

RESET = {"change_resets_term": True, "proration": {"by": "days"}}


def note(story: Story, index: int = -1, **fields: Any) -> dict[str, Any]:
    """The fields of a credit note on one of the invoices."""
    made = {"invoice": invoices(story)[index].invoice}
    return {"by": SELLER, "invoice": "D-2020-000001", "made": made, **fields}


def credited(story: Story, index: int = -1) -> Story:
    """The story after a credit note on one of the invoices."""
    return story.done(IssueCreditNote, **note(story, index))


def eur(amount: str) -> dict[str, str]:
    """Money as a caller gives it."""
    return {"amount": amount, "currency": "EUR"}


def unpaid(**changes: Any) -> Story:
    """An open invoice: ten seats by invoice, checked."""
    story = started(10, method="invoice", **changes)
    return story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0])


@pytest.mark.rule("ALL-08")
def test_a_paid_invoice_is_credited_whole():
    """The note repeats the lines with their amounts turned round; what was paid is credit."""
    story = started(10, seller=TAXED, account={"country": "FR"})
    outcome = story.when(IssueCreditNote, **note(story), reason="sent twice", on="2020-03-01")
    story = outcome.then(CreditNoteIssued, NumberGiven, CreditGranted)
    issued = notes(story)[0]

    assert lines(issued) == [("start", 10, "2020-01-01", "2021-01-01", "-1200.00")]
    assert (issued.net.amount, issued.tax.amount, issued.total.amount) == (
        "-1200.00",
        "-240.00",
        "-1440.00",
    )
    assert issued.corrects == invoices(story)[0].invoice
    assert issued.lines[0].corrects is not None
    assert (str(issued.issued_on), issued.series) == ("2020-03-01", "D-2020")
    assert (issued.open.amount, credit(story)) == ("0.00", "1440.00")
    assert sub(story).total == 10


@pytest.mark.rule("ALL-08")
def test_the_note_and_the_invoice_stay_as_they_are():
    """The invoice's own fact is not touched, and its series goes on."""
    story = started(10)
    before = invoices(story)[0]
    story = credited(story)

    assert invoices(story)[0] is before
    assert [fact.kind for fact in every(story, NumberGiven)] == ["invoice", "credit_note"]


def test_an_open_invoice_is_no_longer_due():
    """Nothing had been paid, so nothing becomes credit."""
    story = credited(unpaid())
    assert (due(story), credit(story)) == ("0.00", "0.00")
    assert notes(story)[0].open.amount == "1200.00"
    story.when(RecordPayment, by=SELLER, invoice="D-2020-000001", made=note(story)["made"]).refused(
        "payment.more_than_due", "RecordPayment on the account"
    )


def test_what_was_paid_of_an_open_invoice_becomes_credit():
    """Part payments and credit that was used come back, the rest is no longer due."""
    story = buyer(shop(), "2020-01-01")
    story = story.done(GrantCredit, by=SELLER, account="acme", amount=eur("200.00"))
    story = bought(story, "desk", "desk", 10, "invoice", order="o1")
    story = story.done(PassCreditCheck, by=SELLER, order="o1")
    made = {"invoice": invoices(story)[-1].invoice}
    pay = {"by": SELLER, "invoice": "D-2020-000001", "made": made}
    story = story.done(RecordPayment, **pay, amount=eur("300.00"))
    assert due(story) == "700.00"

    story = credited(story)
    assert (due(story), credit(story)) == ("0.00", "500.00")


def test_an_invoice_is_credited_once():
    """A second note, or a note on a note, finds nothing left."""
    story = credited(started(10))
    story.when(IssueCreditNote, **note(story)).refused(
        "invoice.nothing_left_to_credit", rule="ALL-08"
    )
    made = {"invoice": notes(story)[0].invoice}
    story.when(IssueCreditNote, by=SELLER, invoice="D-2020-000002", made=made).refused(
        "invoice.nothing_left_to_credit"
    )


CARRIED = {"old": plan(product="old"), "desk": plan(carries_over_from=["old"])}


def carried(method: str = "card") -> Story:
    """An old subscription, half of whose year was carried over to a new one."""
    story = bought(buyer(shop(**CARRIED), "2020-01-01"), "old", "old", 10, method, order="o1")
    if method == "invoice":
        story = story.done(PassCreditCheck, by=SELLER, order="o1")
    return bought(story, "desk", "desk", 10, on="2020-07-01")


def test_what_was_carried_over_is_not_credited_again():
    """Of the old invoice the used half is left."""
    story = carried()
    assert invoices(story)[1].credit_used.amount == "600.00"

    story = credited(story, 0)
    assert [issued.total.amount for issued in notes(story)] == ["-600.00", "-600.00"]
    assert credit(story) == "600.00"
    for charge in story.state.books.charges.values():
        assert charge.taken_back.minor <= charge.net.minor


@pytest.mark.rule("GEN-24")
def test_of_an_unpaid_invoice_that_was_carried_over_nothing_stays_due():
    """Carrying over lessened what was open; the note takes the other half, and no credit is made.

    Nothing came in for it, so nothing comes back.
    """
    story = carried("invoice")
    assert due(story, 0) == "600.00"
    story = credited(story, 0)
    assert [issued.total.amount for issued in notes(story)] == ["-600.00", "-600.00"]
    assert (due(story, 0), credit(story)) == ("0.00", "0.00")


def changed() -> Story:
    """A year for one seat, half of which was taken back for a year of two seats."""
    story = started(1, **RESET)
    return story.done(AddSeats, subscription="desk", quantity=1, on="2020-07-02")


def test_what_a_moved_billing_date_took_back_is_not_credited_again():
    """Of the first invoice the used half is left."""
    story = changed()
    assert [line[-1] for line in lines(invoices(story)[1])] == ["-60.00", "240.00"]
    story = credited(story, 0)
    assert notes(story)[0].total.amount == "-60.00"


def test_a_note_on_a_line_that_takes_back_gives_the_charge_back():
    """Both invoices credited: all that was paid is credit, in whichever order of two notes."""
    story = credited(changed(), 1)
    assert [line[-1] for line in lines(notes(story)[0])] == ["60.00", "-240.00"]
    assert credit(story) == "180.00"

    story = credited(story, 0)
    assert notes(story)[1].total.amount == "-120.00"
    assert credit(story) == "300.00"
    assert all(charge.left.minor == 0 for charge in story.state.books.charges.values())


def below_zero() -> Story:
    """Ten seats of 120.00 gave way to eleven of 12.00 on the same day."""
    tiers = [{"from": 1, "amount": "10.00"}, {"from": 11, "amount": "1.00"}]
    price = {"per": "month", "tiering": "volume", "tiers": tiers}
    story = started(10, **RESET, price=price)
    return story.done(AddSeats, subscription="desk", quantity=1)


@pytest.mark.rule("GEN-22")
def test_an_invoice_below_zero_is_credited_like_another():
    """The note is above zero, and takes the credit that the invoice gave."""
    story = below_zero()
    assert (invoices(story)[-1].total.amount, credit(story)) == ("-1068.00", "1068.00")
    story = credited(story)
    assert lines(notes(story)[0]) == [
        ("unused_credit", 10, "2020-01-01", "2021-01-01", "1200.00"),
        ("seats_added", 11, "2020-01-01", "2021-01-01", "-132.00"),
    ]
    assert (notes(story)[0].total.amount, credit(story)) == ("1068.00", "0.00")
    story.when(IssueCreditNote, **note(story)).refused("invoice.nothing_left_to_credit")


@pytest.mark.rule("GEN-22")
def test_a_document_below_zero_is_credited_line_by_line():
    """Its notes stay between nothing and its total, in whichever direction each of them goes."""
    story = below_zero()

    def part(line: int, amount: str) -> dict[str, Any]:
        return note(story, lines=[{"line": line, "amount": eur(amount)}])

    story.when(IssueCreditNote, **part(2, "0.01")).refused("invoice.nothing_left_to_credit")
    story = story.done(IssueCreditNote, **part(1, "1000.00"))
    story = story.done(IssueCreditNote, **part(2, "100.00"))
    assert credit(story) == "168.00"
    story.when(IssueCreditNote, **part(1, "168.01")).refused("invoice.nothing_left_to_credit")
    story = credited(story)
    assert [one.total.amount for one in notes(story)] == ["1000.00", "-100.00", "168.00"]
    assert credit(story) == "0.00"
    story.when(IssueCreditNote, **note(story)).refused("invoice.nothing_left_to_credit")


@pytest.mark.rule("GEN-22")
@pytest.mark.parametrize(("tier", "against"), [("9.00", 0), ("1.00", 1)])
def test_no_note_goes_the_other_way_than_its_document(tier: str, against: int):
    """A cent of the one line alone that goes against the total would make the buyer owe more."""
    tiers = [{"from": 1, "amount": "10.00"}, {"from": 11, "amount": tier}]
    price = {"per": "month", "tiering": "volume", "tiers": tiers}
    story = started(10, **RESET, price=price)
    story = story.done(AddSeats, subscription="desk", quantity=2)
    document = invoices(story)[-1]
    signs = [line.amount.minor > 0 for line in document.lines]
    assert (signs, document.total.minor > 0) == ([False, True], tier == "9.00")

    cents = [{"line": number, "amount": eur("0.01")} for number in (1, 2)]
    story.when(IssueCreditNote, **note(story), lines=[cents[against]]).refused(
        "invoice.nothing_left_to_credit", "the document as a whole"
    )
    story = story.done(IssueCreditNote, **note(story), lines=cents)
    assert notes(story)[0].total.amount == "0.00"


def test_a_charge_on_two_statements_is_credited_statement_by_statement():
    """Each note takes back what its own statement held, together the whole charge."""
    story = started(1, on="2020-01-16", method="invoice", **{**SPLIT, "term": {"months": 1}})
    story = story.until("2020-02-10")
    story = story.until("2020-03-01")
    totals = [invoice.total.amount for invoice in invoices(story)]
    for index in range(2):
        story = credited(story, index)

    assert [issued.total.amount for issued in notes(story)] == [f"-{total}" for total in totals]
    first = every(story, InvoiceIssued)[0].lines[0].charge
    assert story.state.books.charges[first].left.minor == 0


TWO_WRONG = [
    (OWNER, None, "invoice.unknown"),
    (OWNER, "made", "access.role_missing"),
    (SELLER, "other", "invoice.nothing_left_to_credit"),
]


@pytest.mark.parametrize(("by", "made", "code"), TWO_WRONG)
def test_refusals_of_a_note_come_in_their_order(by: str, made: str | None, code: str):
    """Unknown ids, access, then what is left."""
    story = credited(started(1))
    given = {"invoice": invoices(story)[0].invoice if made == "made" else "other"}
    story.when(IssueCreditNote, by=by, invoice="D-2020-000001", made=given if made else {}).refused(
        code
    )


def test_a_reason_names_nobody():
    """It stands on the document for ever."""
    story = started(1)
    story.when(IssueCreditNote, **note(story), reason="ask ann@acme.example").refused(
        "command.invalid"
    )


def test_reverse_charge_and_rates_are_those_of_the_invoice():
    """A note of next year is taxed by the day of the invoice it corrects."""
    rates = [
        {"country": "FR", "rate": "20", "from": "2000-01-01"},
        {"country": "FR", "rate": "10", "from": "2020-06-01"},
    ]
    story = started(1, seller={**TAXED, "vat": rates}, account={"country": "FR"})
    story = story.done(IssueCreditNote, **note(story), on="2020-07-01")

    assert notes(story)[0].tax.amount == "-24.00"
    assert notes(story)[0].tax_on == invoices(story)[0].tax_on
