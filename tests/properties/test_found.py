"""Minimal cases of what random histories have found, so that they stay found."""

import pytest

from events.charges import Charged
from events.invoices import InvoiceIssued
from ledger.catalogues.publishing import publication
from ledger.writer import SELLER
from tests.support.desk import Desk
from tests.support.worlds import catalogue


@pytest.mark.rule("MS-04", "MS-12")
def test_a_renewal_done_after_its_statement_goes_on_the_next_one():
    """A credit check that lasts past a term and a statement leaves nothing behind for ever."""
    desk = Desk.in_memory("microsoft")
    desk.open("acme", country="FR")
    for n, plan in enumerate(("business-basic-1m", "business-standard-1m")):
        desk.at("2025-12-05").do(
            "StartSubscription", SELLER, account="acme", subscription=f"s{n}", plan=plan, seats=1,
            payment_method="invoice", order=f"o{n}",
        )  # fmt: skip
        if not n:
            desk.do("PassCreditCheck", SELLER, order="o0")
    desk.at("2026-02-07").service.tick()
    desk.do("PassCreditCheck", SELLER, order="o1")
    desk.service.tick()

    late = [
        event.fact
        for event in desk.log()
        if isinstance(event.fact, Charged) and event.fact.subscription == "s1"
    ]
    assert [(charge.reason, str(charge.statement_on)) for charge in late] == [
        ("start", "2026-03-01"),
        ("renewal", "2026-03-01"),
        ("renewal", "2026-03-01"),
    ]
    desk.at("2026-04-02").service.tick()
    assert not [
        part
        for part in desk.service.state("acme").books.unbilled
        if str(part.statement_on) < "2026-05"
    ]
    days = [e.fact.statement for e in desk.log() if isinstance(e.fact, InvoiceIssued)]
    assert days == sorted(set(days))


@pytest.mark.rule("GT-09")
def test_terms_that_went_by_while_the_date_was_to_move_are_all_taken_back():
    """A credit check of two terms pays for no day twice, and the next renewals have free keys."""
    desk = Desk.in_memory()
    desk.service.handle(publication(catalogue("souk")))
    desk.open(country="KW")
    desk.at("2025-01-04T20:00")
    buy = {"subscription": "s", "payment_method": "card"}
    desk.do("StartSubscription", account="acme", plan="desk-1m", seats=5, **buy)
    desk.do("AddSeats", subscription="s", quantity=2, payment_method="cheque", order="o")
    desk.at("2025-03-12").service.tick()
    desk.do("PassCreditCheck", SELLER, order="o")
    desk.service.tick()

    charges = [event.fact for event in desk.log() if isinstance(event.fact, Charged)]
    paid: dict[str, int] = {}
    for charge in charges:
        start = str(charge.period.start)
        paid[start] = paid.get(start, 0) + charge.net.minor
    months = {"2025-01-05", "2025-02-05", "2025-03-05"}
    assert paid == dict.fromkeys(months, 7 * 3001 - 3)
    assert [charge.term.number for charge in charges if charge.net.minor < 0] == [1, 2, 3]


@pytest.mark.rule("GT-08", "ALL-02")
@pytest.mark.parametrize("method", ["invoice", "transfer", "card"])
def test_what_cannot_be_taxed_is_not_ordered(method: str):
    """Also of an order that is invoiced later; else its preview would refuse what is accepted."""
    desk = Desk.in_memory()
    desk.service.handle(publication(catalogue("atelier")))
    desk.open(country="ES")
    buy = {"account": "acme", "subscription": "s", "plan": "suite-1m", "seats": 2}

    for dry_run in (True, False):
        fields = {**buy, "payment_method": method, "dry_run": dry_run}
        assert desk.refused("StartSubscription", **fields).code == "invoice.vat_rate_unknown"
    desk.do("StartTrial", **buy)


@pytest.mark.rule("GT-09")
def test_what_one_waiting_order_took_back_another_does_not_take_back_again():
    """Of two orders that move one date, the later takes back what the first one charged."""
    desk = Desk.in_memory()
    desk.service.handle(publication(catalogue("souk")))
    desk.open(country="KW")
    desk.at("2026-06-30T12:00")
    buy = {"subscription": "s", "payment_method": "card"}
    desk.do("StartSubscription", account="acme", plan="desk-1m", seats=1, **buy)
    for day, order in (("08", "o1"), ("09", "o2")):
        desk.at(f"2026-07-{day}T12:00")
        desk.do("AddSeats", subscription="s", quantity=1, payment_method="transfer", order=order)
    for order in ("o1", "o2"):
        desk.do("RecordPayment", SELLER, order=order)

    facts = [event.fact for event in desk.log()]
    charges = [fact for fact in facts if isinstance(fact, Charged)]
    assert [(one.reason, one.quantity, one.order) for one in charges[1:]] == [
        ("unused_credit", 1, "o1"),
        ("seats_added", 2, "o1"),
        ("unused_credit", 2, "o2"),
        ("seats_added", 2, "o2"),
        ("seats_added", 1, "o2"),
    ]
    assert [[part.charge for part in one.reverses] for one in charges if one.reverses] == [
        [charges[0].charge],
        [charges[2].charge],
    ]
    own = [fact for fact in facts if isinstance(fact, InvoiceIssued) and fact.order == "o2"]
    assert [line.reason for line in own[0].lines] == [one.reason for one in charges[3:]]
