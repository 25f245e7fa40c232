"""Documents credited in any order: all that came in comes back, never more (GEN-22; CONTRACT 5.15).

Two or three documents of which later ones take back from earlier ones, in every order, paid and
open, in three currencies; and documents below zero.
"""

from itertools import permutations, product
from typing import Any

import pytest

from commands.accounts import ChangeBillingDetails
from commands.carts import AddToCart, PlaceOrder
from commands.credit_notes import IssueCreditNote
from commands.purchases import AddSeats
from commands.state.credit import Lots
from tests.support import conserved
from tests.support.given import SELLER, Outcome, Story
from tests.support.shop import PER_PERIOD, TAXED, bought, buyer, invoices, notes, plan, shop

FR = {"country": "FR"}
ACCOUNT: dict[str, Any] = {"payment": {"card": "at_once", "invoice": "on_account"}}
CURRENCIES = {"EUR": "9.97", "JPY": "997", "KWD": "9.997"}


def moving(currency: str, tiers: list[tuple[int, str]], **changes: Any) -> dict[str, Any]:
    """A shop whose billing date moves with each purchase, with French tax."""
    price = {
        "per": "month",
        "tiering": "volume",
        "tiers": [{"from": first, "amount": amount} for first, amount in tiers],
    }
    terms = {"change_resets_term": True, "proration": {"by": "days"}, "price": price, **ACCOUNT}
    seller = {**TAXED, "currency": currency}
    return shop(seller=seller, desk=plan(**{**terms, **changes}))


def documents(count: int, catalogue: dict[str, Any], method: str, seats: int = 1) -> Story:
    """So many invoices, each of which takes back what was unused of the one before."""
    story = bought(buyer(catalogue, "2020-01-01", **FR), "desk", "desk", seats, method)
    for month in range(1, count):
        day = f"2020-{3 * month + 1:02}-11"
        story = story.done(AddSeats, subscription="desk", quantity=1, on=day)
    assert len(invoices(story)) == count
    return story


def credited(story: Story, index: int, **fields: Any) -> Outcome:
    """What a note on one of the invoices comes to: of all that is left, or of `lines`."""
    made = {"invoice": invoices(story)[index].invoice}
    return story.when(
        IssueCreditNote,
        by=SELLER,
        invoice=f"D-2020-{index:06}",
        made=made,
        on="2020-12-30",
        **fields,
    )


def is_left(story: Story, index: int) -> bool:
    """Whether anything is left of one of the invoices."""
    return any(story.state.books.invoices[invoices(story)[index].invoice].left)


def all_credited(story: Story, order: tuple[int, ...]) -> Story:
    """The story after notes in an order, again and again, until nothing is left of any.

    Nothing is refused while something is left, and nothing accepted where nothing is.
    """
    while any(is_left(story, index) for index in order):
        for index in order:
            outcome = credited(story, index)
            if is_left(story, index):
                story = outcome.accepted()
                conserved.check(story.state, story.history)
            else:
                outcome.refused("invoice.nothing_left_to_credit")
    return story


def expect_all_came_back(story: Story) -> None:
    """Every document is credited, nothing is due, and the credit is what was paid."""
    books = story.state.books
    for invoice in books.invoices.values():
        assert invoice.credited, invoice
        assert not invoice.due.minor
    left = sum(lot.left.minor for lot in books.lots.spendable)
    assert left == conserved.came_in(story.history)
    for document in invoices(story):
        own = [note for note in notes(story) if note.corrects == document.invoice]
        assert -sum(note.tax.minor for note in own) == document.tax.minor


@pytest.mark.rule("GEN-22", "ALL-08", "ALL-09")
@pytest.mark.parametrize("method", ["card", "invoice"])
@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("count", [2, 3])
def test_all_that_came_in_comes_back_in_every_order(count: int, currency: str, method: str):
    """Two or three invoices, each taking back from the one before, paid or open."""
    story = documents(count, moving(currency, [(1, CURRENCIES[currency])]), method, 3)
    for order in permutations(range(count)):
        expect_all_came_back(all_credited(story, order))


@pytest.mark.rule("GEN-22", "ALL-08", "ALL-09")
@pytest.mark.parametrize("paid", [(0,), (1,), (0, 2)])
def test_of_documents_paid_in_part_what_came_in_comes_back(paid: tuple[int, ...]):
    """Some were paid by card, others are open."""
    catalogue = moving("EUR", [(1, "9.97")])
    methods = ["card" if index in paid else "invoice" for index in range(3)]
    story = bought(buyer(catalogue, "2020-01-01", **FR), "desk", "desk", 3, methods[0])
    for month, method in enumerate(methods[1:], 1):
        story = story.done(
            AddSeats,
            subscription="desk",
            quantity=1,
            payment_method=method,
            on=f"2020-{3 * month + 1:02}-11",
        )
    for order in permutations(range(3)):
        expect_all_came_back(all_credited(story, order))


CHEAPER = {
    "EUR": [(1, "9.97"), (5, "0.97")],
    "JPY": [(1, "997"), (5, "97")],
    "KWD": [(1, "9.997"), (5, "0.997")],
}


@pytest.mark.rule("GEN-22", "ALL-08", "ALL-09")
@pytest.mark.parametrize("method", ["card", "invoice"])
@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("count", [2, 3])
def test_documents_below_zero_are_credited_in_every_order(count: int, currency: str, method: str):
    """The second takes back more than it charges; what its credit paid is opened again."""
    story = documents(count, moving(currency, CHEAPER[currency]), method, 4)
    assert invoices(story)[1].total.minor < 0
    for order in permutations(range(count)):
        expect_all_came_back(all_credited(story, order))


def moved_abroad(first: str, then: str, tiers: list[tuple[int, str]], method: str) -> Story:
    """Four seats, and one more after the buyer moved to another country, on the same day."""
    story = bought(
        buyer(moving("EUR", tiers), "2020-01-01", country=first), "desk", "desk", 4, method
    )
    story = story.done(ChangeBillingDetails, account="acme", country=then)
    return story.done(AddSeats, subscription="desk", quantity=1)


# 480.00 back and a year of five seats: net, tax and total of the second document.
TWO_RATES = [
    ("US", "FR", "1.00", ("-420.00", "12.00", "-408.00")),
    ("US", "FR", "7.00", ("-60.00", "84.00", "24.00")),
    ("FR", "US", "8.50", ("30.00", "-96.00", "-66.00")),
    ("FR", "US", "1.00", ("-420.00", "-96.00", "-516.00")),
    ("FR", "DE", "8.00", ("0.00", "-4.80", "-4.80")),
    ("DE", "FR", "8.00", ("0.00", "4.80", "4.80")),
]


@pytest.mark.rule("GEN-22", "ALL-08", "ALL-09")
@pytest.mark.parametrize("method", ["card", "invoice"])
@pytest.mark.parametrize(("first", "then", "price", "sums"), TWO_RATES)
def test_documents_of_two_rates_are_credited_in_every_order(
    first: str, then: str, price: str, sums: tuple[str, str, str], method: str
):
    """Of one only the net is below zero, of another only the total, the tax, or nothing but it."""
    story = moved_abroad(first, then, [(1, "10.00"), (5, price)], method)
    second = invoices(story)[1]
    assert (second.net.amount, second.tax.amount, second.total.amount) == sums
    for order in permutations(range(2)):
        expect_all_came_back(all_credited(story, order))


PRICES = {
    "EUR": ("9.97", "0.07", "12.345", "3.33"),
    "JPY": ("997", "7", "1234.5", "333"),
    "KWD": ("9.997", "0.007", "1.2345", "3.333"),
}
RATES = ("20", "19", "5.5", "21.3")
SEATS = (1, 3, 7)
DAYS = ("2020-01-11", "2020-02-29", "2020-05-17", "2020-07-02", "2020-12-31")


def taxed_at(rate: str, currency: str, price: str) -> Story:
    """An account in a shop of one rate of tax and one price."""
    catalogue = moving(currency, [(1, price)])
    catalogue["seller"]["vat"] = [{"country": "FR", "rate": rate, "from": "2000-01-01"}]
    return buyer(catalogue, "2020-01-01", **FR)


@pytest.mark.rule("GEN-22", "GEN-25", "ALL-01")
@pytest.mark.parametrize("currency", PRICES)
def test_the_notes_of_a_document_sum_to_its_tax(currency: str):
    """720 combinations of price, seats, rate and day: the last note takes the rest of the tax.

    The second invoice takes back what was unused of the first, on which it is left again once the
    second is credited, so that the first has two notes.
    """
    for price, rate in product(PRICES[currency], RATES):
        account = taxed_at(rate, currency, price)
        for seats, day in product(SEATS, DAYS):
            story = bought(account, "desk", "desk", seats)
            story = story.done(AddSeats, subscription="desk", quantity=1, on=day)
            for index in (0, 1, 0):
                if is_left(story, index):
                    story = credited(story, index).accepted()
            expect_all_came_back(story)


PARTS: list[dict[str, Any]] = [
    {"lines": [{"line": 1, "seats": 1}]},
    {"lines": [{"line": 1, "amount": "10.01"}]},
    {"lines": [{"line": 1, "amount": "0.01"}, {"line": 2, "seats": 2}]},
    {"lines": [{"line": 2, "amount": "33.33"}]},
]


def given_in(currency: str, part: dict[str, Any]) -> dict[str, Any]:
    """The parts of a note, their amounts as money."""
    lines = [
        {**line, "amount": {"amount": line["amount"], "currency": currency}}
        if "amount" in line
        else line
        for line in part["lines"]
    ]
    return {**part, "lines": lines}


def two_lines(method: str) -> Story:
    """An invoice of two lines: three seats by one plan, four by another."""
    plans = {
        "desk": plan(**ACCOUNT, price={**PER_PERIOD, "tiers": [{"from": 1, "amount": "9.97"}]}),
        "room": plan(
            **ACCOUNT,
            product="room",
            price={**PER_PERIOD, "tiers": [{"from": 1, "amount": "33.37"}]},
        ),
    }
    story = buyer(shop(seller=TAXED, **plans), "2020-01-01", **FR)
    for name, seats in (("desk", 3), ("room", 4)):
        story = story.done(AddToCart, account="acme", subscription=name, plan=name, seats=seats)
    return story.done(PlaceOrder, account="acme", payment_method=method)


@pytest.mark.rule("GEN-22", "ALL-01")
@pytest.mark.parametrize("method", ["card", "invoice"])
def test_parts_in_every_order_and_then_the_rest_come_to_the_whole(method: str):
    """By seats, by amounts, by both: whatever comes first, the last note takes what is left."""
    whole = two_lines(method)
    for order in permutations(PARTS):
        story = whole
        for part in order:
            story = credited(story, 0, **given_in("EUR", part)).accepted()
            conserved.check(story.state, story.history)
        story = credited(story, 0).accepted()
        expect_all_came_back(story)


@pytest.mark.rule("GEN-22")
def test_seats_one_by_one_come_to_the_line():
    """10.00 for three: each note takes what all credited so far come to, less those before."""
    price = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "3.3333"}]}
    story = bought(buyer(shop(desk=plan(**ACCOUNT, price=price)), "2020-01-01"), "desk", "desk", 3)
    assert invoices(story)[0].net.amount == "10.00"
    for _ in range(3):
        story = credited(story, 0, lines=[{"line": 1, "seats": 1}]).accepted()
    assert [note.net.amount for note in notes(story)] == ["-3.33", "-3.34", "-3.33"]
    credited(story, 0, lines=[{"line": 1, "seats": 1}]).refused("invoice.nothing_left_to_credit")
    expect_all_came_back(story)


SETTLED = ("credit", "refund", "outside")


@pytest.mark.rule("GEN-22", "GEN-23")
@pytest.mark.parametrize("settle", SETTLED)
@pytest.mark.parametrize("first", [*SETTLED, None])
def test_a_note_comes_back_as_it_is_told_whatever_came_before(settle: str, first: str | None):
    """Of a line of 29.91, or with tax 35.89: as credit, for a refund, or outside the ledger."""
    story = two_lines("card")
    if first is not None:
        part = [{"line": 2, "amount": {"amount": "33.37", "currency": "EUR"}}]
        story = credited(story, 0, lines=part, settle=first, reason="why").accepted()
    before = story.state.books
    line = [{"line": 1, "seats": 3}]
    story = credited(story, 0, lines=line, settle=settle, reason="why").accepted()
    conserved.check(story.state, story.history)
    lots, old = story.state.books.lots, before.lots

    def left(of: Lots) -> int:
        return sum(lot.left.minor for lot in (*of.spendable, *of.awaiting_refund))

    assert notes(story)[-1].total.minor in {-3589, -3590}
    back = -notes(story)[-1].total.minor
    assert left(lots) - left(old) == (0 if settle == "outside" else back)
    waits = sum(lot.left.minor for lot in lots.awaiting_refund)
    waited = sum(lot.left.minor for lot in old.awaiting_refund)
    assert waits - waited == (back if settle == "refund" else 0)
    went = story.state.books.went_back - before.went_back
    assert went == (back if settle == "outside" else 0)
