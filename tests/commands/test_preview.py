"""Previews: what they show is what the command then does, line by line and cent by cent."""

from typing import Any

import pytest

from commands.carts import AddToCart, PlaceOrder
from commands.credit_notes import IssueCreditNote
from commands.orders import PassCreditCheck
from commands.payments import GrantCredit, RecordPayment
from commands.preview import preview
from commands.purchases import AddSeats, SetSeatTotal, StartSubscription
from commands.subscriptions import CancelSubscription, ChangePlan
from commands.trials import ConvertTrial, StartTrial
from tests.support.given import OWNER, SELLER, Outcome, Story, given
from tests.support.shop import (
    MONTHLY,
    SPLIT,
    TAXED,
    VOLUME,
    bought,
    buyer,
    credit,
    invoices,
    notes,
    plan,
    shop,
    started,
    sub,
)

FR = {"country": "FR"}
RESET = {"change_resets_term": True, "proration": {"by": "days"}}


def settled(outcome: Outcome) -> Story:
    """The story after whatever the purchase waits for, on the same day."""
    story = outcome.accepted()
    for order in story.state.waiting:
        if story.state.orders[order].status == "pending_credit_check":
            story = story.done(PassCreditCheck, by=SELLER, order=order)
        else:
            story = story.done(RecordPayment, by=SELLER, order=order)
    return story


def shown(story: Story) -> dict[str, Any]:
    """The last invoice, in the shape of a preview."""
    document = invoices(story)[-1]
    money = {
        name: {"amount": getattr(document, name).amount, "currency": "EUR"}
        for name in ("net", "tax", "total", "credit_used")
    }
    due = max(document.total - document.credit_used, document.total - document.total)
    lines = [
        {
            "subscription": line.subscription,
            "reason": line.reason,
            "seats": line.quantity,
            "period_start": line.period.start.isoformat(),
            "period_end": line.period.end.isoformat(),
            "amount": {"amount": line.amount.amount, "currency": "EUR"},
            "explain": list(line.explain),
        }
        for line in document.lines
    ]
    return {"lines": lines, **money, "due": {"amount": due.amount, "currency": "EUR"}}


def more(story: Story, method: str = "card", on: str = "2020-03-16", seats: int = 3) -> Outcome:
    """Seats more."""
    return story.when(AddSeats, subscription="desk", quantity=seats, payment_method=method, on=on)


def credited(story: Story) -> Story:
    """The story with some goodwill credit."""
    amount = {"amount": "7.00", "currency": "EUR"}
    return story.done(GrantCredit, by=SELLER, account="acme", amount=amount)


def carried() -> Outcome:
    """A purchase that another subscription's unused value pays for in part."""
    shelf = shop(seller=TAXED, old=plan(product="o"), desk=plan(carries_over_from=["old"]))
    story = bought(buyer(shelf, "2020-01-01", **FR), "old", "old", 1)
    fields = {"account": "acme", "subscription": "desk", "plan": "desk", "seats": 2}
    return story.when(StartSubscription, **fields, payment_method="bank", on="2020-07-16")


def cart() -> Outcome:
    """Two plans at once."""
    story = buyer(shop(seller=TAXED, a=plan(), b=plan(product="b")), "2020-01-01", **FR)
    for name in ("a", "b"):
        story = story.done(AddToCart, account="acme", subscription=name, plan=name, seats=3)
    return story.when(PlaceOrder, account="acme", payment_method="card")


def converted() -> Outcome:
    """A trial that is bought."""
    story = buyer(shop(seller=TAXED, desk=plan(trial={"days": 30})), "2020-01-01", **FR)
    story = story.done(StartTrial, account="acme", subscription="desk", plan="desk", seats=2)
    return story.when(ConvertTrial, subscription="desk", payment_method="bank", seats=3)


PURCHASES = {
    "at once": lambda: more(started(7, price=VOLUME)),
    "by bank": lambda: more(started(7, price=VOLUME), "bank"),
    "checked": lambda: more(started(7, price=VOLUME), "invoice"),
    "taxed": lambda: more(started(1, seller=TAXED, account=FR)),
    "with credit": lambda: more(credited(started(1, seller=TAXED, account=FR)), "bank"),
    "moved date": lambda: more(started(2, seller=TAXED, account=FR, **RESET)),
    "moved date, by bank": lambda: more(started(2, **RESET), "bank"),
    "carried over": carried,
    "a cart": cart,
    "a trial": converted,
}


@pytest.mark.rule("ALL-02", "PA-03")
@pytest.mark.parametrize("purchase", PURCHASES)
def test_the_invoice_is_the_previews(purchase: str):
    """Same lines, same cents, same explanation, whether paid at once or later."""
    outcome = PURCHASES[purchase]()
    story = settled(outcome)
    assert outcome.preview["invoice"] == shown(story)
    assert outcome.preview["invoice"]["lines"]


@pytest.mark.rule("ALL-02", "MS-01")
@pytest.mark.parametrize("purchase", PURCHASES)
def test_the_renewal_is_the_previews(purchase: str):
    """Its day, its seats, its total before tax and credit."""
    outcome = PURCHASES[purchase]()
    story, quoted = settled(outcome), outcome.preview["renewal"]
    before = len(invoices(story))
    story = story.until(quoted["renewal_date"])
    renewed = [
        line
        for invoice in invoices(story)[before:]
        for line in invoice.lines
        if line.reason == "renewal" and line.period.start.isoformat() == quoted["renewal_date"]
    ]

    assert sum(line.quantity for line in renewed) == quoted["seats"]
    total = sum(line.amount.minor for line in renewed)
    assert f"{total // 100}.{total % 100:02}" == quoted["total"]["amount"]


def test_of_a_charge_for_a_statement_the_whole_charge_is_shown():
    """Though the statement will hold a part of it, with others."""
    for changes in (MONTHLY, SPLIT):
        story = started(1, method="invoice", **changes, seller=TAXED, account=FR)
        outcome = more(story, "invoice", on="2020-01-16", seats=1)
        shown_now = outcome.preview["invoice"]
        assert len(shown_now["lines"]) == 1
        assert shown_now["lines"][0]["period_end"] == "2021-01-01"
        assert not invoices(outcome.accepted())


def test_a_checked_order_for_a_statement_is_shown_too():
    """As it would be invoiced by itself."""
    changes = {**SPLIT, "payment": {"invoice": "after_credit_check"}}
    story = buyer(shop(desk=plan(**changes)), "2020-01-16")
    fields = {"account": "acme", "subscription": "desk", "plan": "desk", "seats": 2}
    outcome = story.when(StartSubscription, **fields, payment_method="invoice")
    assert outcome.preview["invoice"]["total"]["amount"] == "240.00"
    assert outcome.preview["renewal"]["seats"] == 2


def test_a_preview_changes_nothing():
    """Neither the state nor the ids of the decision."""
    outcome = PURCHASES["with credit"]()
    assert outcome.policy is not None
    before, ids = outcome.accepted().state, outcome.policy.trace.ids
    first = outcome.preview
    assert outcome.preview == first
    assert outcome.accepted().state is before
    assert outcome.policy.trace.ids == ids
    assert credit(outcome.accepted()) == "7.00"


@pytest.mark.rule("MS-01", "PA-03")
def test_the_new_total_shows_what_is_paid_now_and_at_the_next_date():
    """105 where there are 100; and the same where nothing changes."""
    story = started(100)
    outcome = story.when(SetSeatTotal, subscription="desk", total=105, on="2020-07-01")
    assert outcome.preview["invoice"]["due"]["amount"] == "300.00"
    assert outcome.preview["renewal"] == {
        "renewal_date": "2021-01-01",
        "seats": 105,
        "total": {"amount": "12600.00", "currency": "EUR"},
    }
    same = story.when(SetSeatTotal, subscription="desk", total=100)
    assert same.policy is not None
    answer = preview(same.accepted().state, same.facts, same.policy, "desk")
    assert (answer["invoice"], answer["renewal"]["seats"]) == (None, 100)


def test_what_will_not_renew_shows_no_renewal():
    """A cancellation, a prepaid term, a trial."""
    story = started(2)
    assert story.when(CancelSubscription, subscription="desk").preview == {
        "invoice": None,
        "documents": [],
        "renewal": None,
        "subscriptions": ["desk"],
    }
    story = story.done(CancelSubscription, subscription="desk")
    assert more(story).preview["renewal"] is None


def test_a_planned_plan_shows_its_own_price():
    """From the next term on."""
    shelf = shop(desk=plan(), longer=plan(term={"months": 24}))
    story = bought(buyer(shelf, "2020-01-01"), "desk", "desk", 1)
    planned = story.when(ChangePlan, subscription="desk", plan="longer").preview
    assert planned["renewal"]["total"]["amount"] == "240.00"
    assert planned["invoice"] is None


def test_the_earliest_renewal_of_a_cart_is_shown():
    """Seats and totals of the subscriptions of that day are added up."""
    months = {"a": 1, "b": 1, "c": 12}
    plans = {name: plan(product=name, term={"months": months[name]}) for name in months}
    story = buyer(shop(**plans), "2020-01-01")
    for name in plans:
        story = story.done(AddToCart, account="acme", subscription=name, plan=name, seats=2)
    renewal = story.when(PlaceOrder, account="acme", payment_method="card").preview["renewal"]
    assert renewal == {
        "renewal_date": "2020-02-01",
        "seats": 4,
        "total": {"amount": "40.00", "currency": "EUR"},
    }


@pytest.mark.rule("GT-07")
def test_the_order_page_shows_period_seats_price_and_total_due():
    """The period starts the same day; nothing is bought by looking."""
    story = (
        given("goto").after(on="2026-03-01").account(roles={OWNER: "billing_contact"}, country="IE")
    )
    fields = {"account": "acme", "subscription": "m", "plan": "meeting-pro-1m", "seats": 2}
    shown_now = story.when(StartSubscription, **fields, payment_method="card").preview["invoice"]
    line = shown_now["lines"][0]
    assert (line["period_start"], line["period_end"]) == ("2026-03-01", "2026-04-01")
    assert (line["seats"], shown_now["net"]["amount"], shown_now["due"]["amount"]) == (
        2,
        "25.80",
        "31.73",
    )
    assert "m" not in story.state.subscriptions
    assert sub(started(1)).total == 1


def eur(amount: str) -> dict[str, str]:
    """Money, as given and as shown."""
    return {"amount": amount, "currency": "EUR"}


def change(before: str, after: str) -> dict[str, dict[str, str]]:
    """An amount before and after."""
    return {"before": eur(before), "after": eur(after)}


@pytest.mark.rule("ALL-02")
def test_a_preview_of_credit_shows_the_balance_before_and_after():
    """And nothing of renewals: it concerns no subscription."""
    story = started(1).done(GrantCredit, by=SELLER, account="acme", amount=eur("5.00"))
    told = story.when(GrantCredit, by=SELLER, account="acme", amount=eur("7.00")).preview

    assert told["credit"] == change("5.00", "12.00")
    assert told["documents"] == told["subscriptions"] == []
    assert told["invoice"] is told["renewal"] is None


@pytest.mark.rule("ALL-02")
def test_a_preview_of_a_note_shows_the_note_and_what_comes_back():
    """The note stands in the place of the invoice; what was paid is credit afterwards."""
    story = started(1, seller=TAXED, account=FR)
    told = story.when(
        IssueCreditNote,
        by=SELLER,
        invoice="D-2020-000001",
        made={"invoice": invoices(story)[0].invoice},
    ).preview

    (note,) = told["documents"]
    assert note["kind"] == "credit_note"
    assert (note["total"], note["due"]) == (eur("-144.00"), eur("0.00"))
    assert told["invoice"] == {name: note[name] for name in note if name != "kind"}
    assert told["credit"] == change("0.00", "144.00")
    assert told["subscriptions"] == []


@pytest.mark.rule("ALL-02")
def test_a_preview_of_a_payment_shows_what_stays_due():
    """Of each invoice that it touches, and of no other."""
    story = started(1, method="bank")
    story = story.done(RecordPayment, by=SELLER, order=story.state.waiting[0])
    story = story.until("2022-01-01")
    invoice = invoices(story)[-1].invoice
    told = story.when(
        RecordPayment, by=SELLER, invoice="x", amount=eur("20.00"), made={"invoice": invoice}
    ).preview

    assert told["invoices"] == [
        {"number": invoice, "paid": change("0.00", "20.00"), "due": change("120.00", "100.00")}
    ]
    assert "credit" not in told
    assert told["documents"] == []


@pytest.mark.rule("ALL-02")
def test_a_preview_shows_every_document_and_the_invoice_first():
    """Credit that completes an order shows its invoice, its renewal, and what is left of it."""
    story = started(1, method="bank")
    told = story.when(GrantCredit, by=SELLER, account="acme", amount=eur("150.00")).preview

    (invoice,) = told["documents"]
    assert invoice["kind"] == "invoice"
    assert invoice["credit_used"] == eur("120.00")
    assert told["credit"] == change("0.00", "30.00")
    assert told["subscriptions"] == ["desk"]
    assert told["renewal"]["total"] == eur("120.00")


@pytest.mark.rule("ALL-02", "GEN-22")
@pytest.mark.parametrize("below_zero", [False, True])
def test_the_preview_of_a_note_shows_the_note(below_zero: bool):
    """Its lines and totals; nothing of a note is ever due, also where it is above zero."""
    tiers = [{"from": 1, "amount": "10.00"}, {"from": 11, "amount": "1.00"}]
    story = started(10, **RESET, price={**VOLUME, "tiers": tiers}, seller=TAXED, account=FR)
    if below_zero:
        story = story.done(AddSeats, subscription="desk", quantity=1)
    made = {"invoice": invoices(story)[-1].invoice}
    outcome = story.when(IssueCreditNote, by=SELLER, invoice="D-2020-000001", made=made)
    told, issued = outcome.preview["invoice"], notes(outcome.accepted())[0]

    total = "1281.60" if below_zero else "-1440.00"
    assert told["total"]["amount"] == issued.total.amount == total
    assert [line["amount"]["amount"] for line in told["lines"]] == [
        line.amount.amount for line in issued.lines
    ]
    assert told["due"] == told["credit_used"] == {"amount": "0.00", "currency": "EUR"}
