"""The books of an account as decisions know them: charges, invoices, credit, the unbilled."""

from datetime import date

from commands.credit_notes import IssueCreditNote
from commands.orders import PassCreditCheck
from commands.payments import GrantCredit, RecordPayment
from commands.state.books import Books, evolve_books, first_of_next_month
from events.accounts import ApplicationSubmitted
from tests.support.given import SELLER
from tests.support.shop import MONTHLY, SPLIT, bought, buyer, credit, invoices, shop, started


def test_facts_without_money_leave_the_books_as_they_are():
    """The same object, so that nothing is copied."""
    books = Books()
    assert evolve_books(books, ApplicationSubmitted()) is books


def test_an_invoice_is_due_until_it_is_paid():
    """Total less credit used, less what was paid, less what a note took back of the rest."""
    story = started(1, method="invoice")
    story = story.done(PassCreditCheck, by=SELLER, order=story.state.waiting[0])
    made = {"invoice": invoices(story)[0].invoice}
    books = story.state.books.invoices[made["invoice"]]
    assert (books.due.amount, books.paid.amount, books.credited) == ("120.00", "0.00", False)

    pay = {"amount": {"amount": "20.00", "currency": "EUR"}}
    story = story.done(RecordPayment, by=SELLER, invoice="D-2020-000001", made=made, **pay)
    assert story.state.books.invoices[made["invoice"]].due.amount == "100.00"
    story = story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", made=made)
    books = story.state.books.invoices[made["invoice"]]
    assert (books.due.amount, books.waived.amount, books.credited) == ("0.00", "100.00", True)
    assert credit(story) == "20.00"


def test_a_charge_knows_what_is_left_of_it():
    """Net less all that was taken back, on whatever invoice it stands."""
    story = started(1)
    (charge,) = story.state.books.charges.values()
    assert (charge.left, charge.places) == (charge.net, ((invoices(story)[0].invoice, 1),))

    made = {"invoice": invoices(story)[0].invoice}
    story = story.done(IssueCreditNote, by=SELLER, invoice="D-2020-000001", made=made)
    (charge,) = story.state.books.charges.values()
    assert (charge.left.minor, charge.taken_back) == (0, charge.net)


def test_used_up_lots_pay_no_more():
    """Credit pays oldest lot first; what is used up stays known, but is none to spend."""
    story = buyer(shop(), "2020-01-01")
    for amount in ("120.00", "1.00"):
        fields = {"account": "acme", "amount": {"amount": amount, "currency": "EUR"}}
        story = story.done(GrantCredit, by=SELLER, **fields)
    story = bought(story, "a", "desk", 1)
    assert [lot.left.amount for lot in story.state.books.lots.spendable] == ["1.00"]
    assert len(story.state.books.lots.by_id) == 2


def test_a_charge_waits_for_its_statement_whole_or_in_parts():
    """What a statement does not hold waits for the next."""
    story = started(1, method="invoice", **MONTHLY)
    (part,) = story.state.books.unbilled
    assert (part.amount.amount, str(part.statement_on), part.split) == (
        "120.00",
        "2020-02-01",
        False,
    )
    assert not story.until("2020-02-01").state.books.unbilled

    story = started(1, method="invoice", **SPLIT)
    assert story.state.books.unbilled[0].split
    (rest,) = story.until("2020-02-01").state.books.unbilled
    assert (str(rest.period.start), str(rest.statement_on), rest.split) == (
        "2020-02-01",
        "2020-03-01",
        False,
    )
    assert rest.amount == rest.fact.net - invoices(story.until("2020-02-01"))[0].net


def test_the_first_of_the_next_month_goes_over_the_year():
    """December leads to January."""
    assert first_of_next_month(date(2020, 12, 1)) == date(2021, 1, 1)
    assert first_of_next_month(date(2020, 1, 31)) == date(2020, 2, 1)
