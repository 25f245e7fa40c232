"""Due work: done on its day before commands, by the tick, once, and for the right accounts."""

from datetime import timedelta
from typing import Any

import pytest

from events.envelope import Recorded
from events.invoices import InvoiceIssued, NumberGiven
from ledger.writer import SELLER, Service
from ledger.writer.due_work import DueWorkStuck
from tests.support.desk import OWNER, Desk, expressvpn, instant, mapping_of
from tests.support.long_history import long_history

BUY = {"subscription": "vpn", "quantity": 5}


def due_events(desk: Desk) -> list[Recorded]:
    """The first event of every piece of due work."""
    return [event for event in desk.decisions() if event.actor.kind == "system"]


def waiting_order() -> Desk:
    """A desk with an order of 1 March 2021 that waits for its payment."""
    desk = Desk.in_memory("parallels")
    desk.open()
    desk.at("2021-03-01T12:00")
    desk.do("StartSubscription", account="acme", subscription="s", plan="desktop-business-12m",
            seats=2, payment_method="bank_transfer", order="o")  # fmt: skip
    return desk


@pytest.mark.rule("EV-08")
def test_a_command_finds_due_work_done():
    """What fell due before a command is decided and appended first, at its own day."""
    desk = expressvpn().at("2021-07-10T12:00")
    answer = desk.do("AddSeats", **BUY, command_id="add-1")
    (renewed,) = due_events(desk)

    assert renewed.command_id == "due/end/vpn/2021-06-25"
    assert renewed.effective_at == instant("2021-06-25")
    assert renewed.correlation_id == "add-1"
    assert renewed.causation_id == "add-1"
    assert renewed.actor.role == "system"
    assert renewed.position < answer.events[0].position
    assert answer.events[0].causation_id is None
    assert renewed.command is not None
    assert renewed.command.decided_at == instant("2021-07-10T12:00")


def test_due_work_is_done_even_if_the_command_is_refused():
    """The account's calendar does not depend on what its users get wrong (CONTRACT 5.1)."""
    desk = expressvpn().at("2021-07-10")
    refused = desk.refused("AddSeats", subscription="vpn", quantity=5, payment_method="cheque")

    assert refused.code == "payment.method_not_accepted"
    assert len(due_events(desk)) == 1


def test_a_dry_run_decides_due_work_in_memory():
    """The preview stands on the renewed subscription; the log stays as it was."""
    desk = expressvpn().at("2021-07-10")
    before = desk.store.head()
    shown = desk.preview("AddSeats", **BUY)

    assert desk.store.head() == before
    assert shown.preview["renewal"]["renewal_date"] == "2022-06-25"
    assert shown.version == desk.service.state("acme").version
    assert desk.do("AddSeats", **BUY, if_match=shown.version).events


def test_due_work_of_several_years_is_done_in_its_order():
    """Each term is renewed by itself, each on its own day."""
    desk = expressvpn().at("2024-01-01")

    assert desk.service.tick() == 3
    days = [str(event.effective_on) for event in due_events(desk)]
    assert days == ["2021-06-25", "2022-06-25", "2023-06-25"]


@pytest.mark.rule("ALL-07")
def test_late_work_is_issued_on_the_day_of_the_writing():
    """The charge keeps its day, the document has that of its issue (DESIGN 2)."""
    desk = expressvpn().at("2021-08-01")
    desk.service.tick()
    number = [event for event in desk.log() if event.type == "NumberGiven"][-1]

    assert str(number.effective_on) == "2021-08-01"
    assert due_events(desk)[0].effective_on == instant("2021-06-25").date()


def test_due_work_of_several_accounts_is_done_in_one_order():
    """By day, then by id, whatever account a subscription is of."""
    desk = Desk.in_memory("parallels")
    desk.open()
    desk.open("beta")
    for day, account, name in [(1, "acme", "s2"), (1, "beta", "s1"), (1, "beta", "s3"),
                               (2, "acme", "s0"), (2, "beta", "s9")]:  # fmt: skip
        desk.at(f"2021-03-0{day}T12:00")
        desk.do("StartSubscription", account=account, subscription=name, seats=2,
                plan="desktop-business-12m", payment_method="card", order=name)  # fmt: skip

    assert desk.at("2023-04-01").service.tick() == 10
    done = [(event.effective_at.year, event.subscription) for event in due_events(desk)]
    assert done == [(year, f"s{n}") for year in (2022, 2023) for n in (1, 2, 3, 0, 9)]


def test_the_tick_is_safe_to_repeat():
    """A second tick, and one of another service, find nothing to do."""
    desk = expressvpn().at("2021-07-10")
    other = Service(desk.store, desk.clock)

    assert (desk.service.tick(), desk.service.tick(), other.tick()) == (1, 0, 0)


def test_a_tick_can_stop_earlier_but_not_run_ahead():
    """`until` is an instant up to which work is done, never after the clock."""
    desk = expressvpn().at("2023-07-10")

    assert desk.service.tick(until=instant("2021-06-24T23:59")) == 0
    assert desk.service.tick(until=instant("2021-06-25")) == 1
    assert desk.service.tick(until=instant("2030-01-01")) == 2


@pytest.mark.rule("PA-05")
def test_an_order_expires_on_its_day_in_the_sellers_zone():
    """14 days after the day of the order, at 00:00 where the seller is, and not before."""
    desk = waiting_order()
    # In Los Angeles the day begins at 07:00 UTC, once summer time has begun there.
    assert desk.service.next_due() == instant("2021-03-15T07:00")
    desk.at("2021-03-15T06:59")
    assert desk.service.tick() == 0

    desk.at("2021-03-15T07:00")
    assert desk.service.tick() == 1
    assert due_events(desk)[0].type == "OrderExpired"
    assert desk.service.next_due() is None


def test_what_is_settled_falls_due_no_more():
    """A paid order does not expire; what is due next is the end of its term."""
    desk = waiting_order()
    desk.do("RecordPayment", SELLER, order="o")

    assert desk.service.next_due() == instant("2022-03-01T08:00")


def test_the_next_due_work_is_told_of_all_accounts():
    """A scenario's clock stops at each of these instants on its way."""
    desk = expressvpn()
    desk.open("later")
    desk.do("ApplyForVolumeLicences", account="later")
    desk.do("ApproveApplication", SELLER, account="later")
    desk.at("2020-07-01")
    desk.do("StartSubscription", account="later", subscription="l", plan="volume-1m", seats=5,
            payment_method="card")  # fmt: skip

    assert desk.service.next_due() == instant("2020-08-01")
    desk.at("2020-08-01").service.tick()
    assert desk.service.next_due() == instant("2020-09-01")


def test_the_clock_can_walk_from_one_due_day_to_the_next():
    """Whoever stops at each due day does there what is due, and gets on, for three years."""
    desk = long_history()
    stops = 0
    while (due := desk.service.next_due()) is not None and due < instant("2026-07-01"):
        desk.clock.set(max(due, desk.clock.now()))
        assert desk.service.tick() > 0
        stops += 1

    assert stops > 20
    late = [e for e in due_events(desk) if e.effective_at + timedelta(days=1) < e.recorded_at]
    assert all(event.position < 400 for event in late)


def no_french_rate(*, trial: bool = False) -> Desk:
    """An account in France whose renewal of 20 June 2021 lacks a rate: the seller has none yet.

    With a trial, t, of 14 days that was begun on 12 June 2021.
    """
    desk = Desk.in_memory()
    desk.do("PublishPlan", SELLER, catalogue=without_rate("FR"))
    desk.open(country="IE")
    desk.do("GrantRole", account="acme", email=OWNER, role="billing_contact")
    desk.do("StartSubscription", account="acme", subscription="s", plan="meeting-pro-12m", seats=2,
            payment_method="card")  # fmt: skip
    desk.do("ChangeBillingDetails", account="acme", country="FR")
    if trial:
        desk.at("2021-06-12")
        desk.do("StartTrial", account="acme", subscription="t", plan="webinar-12m", seats=1)
    return desk.at("2021-07-01")


def without_rate(country: str) -> dict[str, Any]:
    """A catalogue whose VAT table does not know a country."""
    catalogue = mapping_of("goto")
    rates = [rate for rate in catalogue["seller"]["vat"] if rate["country"] != country]
    catalogue["seller"]["vat"] = rates
    return catalogue


@pytest.mark.rule("GT-08")
def test_refused_due_work_holds_up_its_own_account_alone():
    """A renewal without a VAT rate waits until the rate is published, and is then made good."""
    desk = no_french_rate()
    assert desk.service.next_due() == instant("2021-06-19T23:00")
    assert desk.service.tick() == 0
    assert desk.service.next_due() is None
    assert desk.refused("AddSeats", **MORE).code == "invoice.vat_rate_unknown"

    desk.do("PublishPlan", SELLER, catalogue=mapping_of("goto"))
    assert desk.service.next_due() == instant("2021-06-19T23:00")
    assert desk.service.tick() == 1
    assert desk.service.next_due() == instant("2022-06-19T23:00")


TAKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("AssignSeat", OWNER, {"subscription": "s", "email": "u@acme.example", "name_": "U"}),
    ("ChangeBillingDetails", OWNER, {"account": "acme", "name_": "Acme"}),
    ("AddPaymentMethod", OWNER, {"account": "acme", "payment_method": "card"}),
    ("GrantRole", OWNER, {"account": "acme", "email": "b@acme.example", "role": "auditor"}),
    ("ApproveEmailDomain", SELLER, {"account": "acme", "domain": "acme.example"}),
    ("CancelSubscription", OWNER, {"subscription": "s"}),
    ("RemoveSeats", OWNER, {"subscription": "s", "seat_numbers": [1]}),
    ("AddToCart", OWNER, {"account": "acme", "subscription": "t", "plan": "meeting-pro-12m",
                          "seats": 1}),
    ("GrantCredit", SELLER, {"account": "acme", "amount": {"amount": "5.00", "currency": "EUR"}}),
    ("RecordPayment", SELLER, {"account": "acme", "amount": {"amount": "5", "currency": "EUR"}}),
    ("IssueCreditNote", SELLER, {"invoice": "first"}),
]  # fmt: skip
NEEDING: list[tuple[str, str, dict[str, Any]]] = [
    ("AddSeats", OWNER, {"subscription": "s", "quantity": 1}),
    ("SetSeatTotal", OWNER, {"subscription": "s", "total": 9}),
    ("StartSubscription", OWNER, {"account": "acme", "subscription": "t", "seats": 1,
                                  "plan": "meeting-pro-12m", "payment_method": "card"}),
    ("PlaceOrder", OWNER, {"account": "acme", "payment_method": "card"}),
    ("ChangePlan", OWNER, {"subscription": "s", "plan": "meeting-pro-12m"}),
    ("EnableAutoRenew", OWNER, {"subscription": "s", "seat_numbers": [1]}),
    ("RenewSubscription", SELLER, {"subscription": "s"}),
    ("RunStatement", SELLER, {"account": "acme"}),
]  # fmt: skip
MORE = {"subscription": "s", "quantity": 1}


@pytest.mark.parametrize(("name", "by", "fields"), TAKEN, ids=[name for name, *_ in TAKEN])
def test_an_account_never_locks(name: str, by: str, fields: dict[str, Any]):
    """While its renewal cannot be taxed, all is taken that buys nothing; dry runs too (5.29)."""
    desk = no_french_rate()
    if name == "IssueCreditNote":
        fields = {"invoice": documents(desk)[0]}

    assert desk.preview(name, by, **fields).preview is not None
    assert desk.do(name, by, **fields).events


@pytest.mark.parametrize(("name", "by", "fields"), NEEDING, ids=[name for name, *_ in NEEDING])
def test_what_buys_waits_for_the_stuck_work(name: str, by: str, fields: dict[str, Any]):
    """The refusal names what is stuck, since when, and what helps; a dry run is told the same."""
    desk = no_french_rate()
    before = desk.store.head()
    for dry_run in (True, False):
        answer = desk.refused(name, by, dry_run=dry_run, **fields)
        assert answer.code == "invoice.vat_rate_unknown"
        assert "The renewal of s, due since 2021-06-20" in answer.detail
        assert "Correct the account's country" in answer.remedy
        assert answer.parameters["since"] == "2021-06-20"
    assert desk.store.head() == before


def test_corrected_details_mend_the_stuck_work():
    """It is done before the next command, by the details as corrected, of the day it fell due."""
    desk = no_french_rate()
    assert desk.service.tick() == 0
    desk.do("ChangeBillingDetails", account="acme", country="DE")
    assert len(due_events(desk)) == 0
    assert desk.service.next_due() == instant("2021-06-19T23:00")

    desk.at("2021-07-02").do("AddSeats", **MORE)
    (renewed,) = due_events(desk)
    assert renewed.command_id == "due/end/s/2021-06-20"
    assert renewed.effective_on == instant("2021-06-20").date()
    invoice = next(e.fact for e in desk.log() if e.command_id == renewed.command_id
                   and isinstance(e.fact, InvoiceIssued))  # fmt: skip
    assert str(invoice.tax_on) == "2021-06-20"
    assert [line.country for line in invoice.lines] == ["DE"]
    assert desk.service.tick() == 0


def test_a_tick_mends_the_stuck_work_too():
    """Whoever ticks next does it, once."""
    desk = no_french_rate()
    desk.do("ChangeBillingDetails", account="acme", country="DE")

    assert (desk.service.tick(), desk.service.tick()) == (1, 0)


def test_a_subscription_that_is_cancelled_meanwhile_ends_with_its_term():
    """Its renewal was never done: cancelled before that, it ends on the day it was due."""
    desk = no_french_rate()
    desk.do("CancelSubscription", subscription="s")

    assert desk.service.tick() == 1
    assert due_events(desk)[-1].type == "SeatsEnded"
    assert due_events(desk)[-1].effective_on == instant("2021-06-20").date()
    assert desk.do("AddToCart", account="acme", subscription="t", plan="meeting-pro-12m", seats=1)


def test_stuck_work_holds_up_no_other_work():
    """An order expires and a trial ends on their days, each once, however long a renewal waits."""
    desk = no_french_rate(trial=True).at("2021-09-01")

    assert desk.service.tick() == 1
    assert [event.command_id for event in due_events(desk)] == ["due/end/t/2021-06-26"]
    ((account, stuck),) = desk.service.stuck()
    assert (account, stuck.due.key) == ("acme", "due/end/s/2021-06-20")
    assert desk.service.tick() == 0
    assert desk.service.next_due() is None
    desk.do("ChangeBillingDetails", account="acme", country="DE")
    assert desk.service.stuck() == []
    assert desk.service.tick() == 1


def test_a_command_finds_the_work_behind_stuck_work_done():
    """In the log, and in a dry run in memory: the trial is over, whatever the renewal lacks."""
    desk = no_french_rate(trial=True).at("2021-07-01")
    for dry_run in (True, False):
        code = desk.refused("ReleaseSeat", subscription="t", seat=1, dry_run=dry_run).code
        assert code in {"subscription.ended", "seats.unknown"}
    assert [event.command_id for event in due_events(desk)] == ["due/end/t/2021-06-26"]


def test_money_is_taken_and_an_order_that_lacks_the_rate_is_refused():
    """What came for it can be recorded on the account (5.29)."""
    desk = no_rate_for_an_order()
    paid = {"amount": "10.00", "currency": "USD"}
    assert desk.refused("RecordPayment", SELLER, order="o").code == "invoice.vat_rate_unknown"
    assert desk.do("RecordPayment", SELLER, account="acme", amount=paid).result["payment"]


def no_rate_for_an_order() -> Desk:
    """An account with an order that waits, in a country for which there is no rate any more."""
    desk = Desk.in_memory()
    catalogue = mapping_of("parallels")
    seller = {**catalogue["seller"], "country": "FR", "vat_number": "FR40303265045"}
    rates = [{"country": "DE", "rate": "19", "from": "2000-01-01"}]
    desk.do("PublishPlan", SELLER, catalogue={**catalogue, "seller": {**seller, "vat": rates}})
    desk.open(country="DE")
    desk.do("StartSubscription", account="acme", subscription="s", plan="desktop-business-12m",
            seats=2, payment_method="bank_transfer", order="o")  # fmt: skip
    desk.do("ChangeBillingDetails", account="acme", country="BE")
    return desk


def documents(desk: Desk) -> list[str]:
    """The numbers of the documents so far."""
    return [
        f"{event.fact.series}-{event.sequence:06d}"
        for event in desk.log()
        if isinstance(event.fact, NumberGiven)
    ]


def test_work_that_does_not_move_on_is_a_mistake_of_ours():
    """A piece that was done and is due again stops with an error, and does not turn for ever."""
    desk = expressvpn().at("2021-07-10")
    state = desk.service.state("acme")
    work = desk.service._due_work(
        state, desk.service.catalogue("expressvpn"), instant("2021-07-10").date()
    )

    with pytest.raises(DueWorkStuck, match="due/end/vpn/2021-06-25"):
        work.in_log(lambda _decision, unchanged: unchanged)
    with pytest.raises(DueWorkStuck):
        work.in_log(lambda _decision, _state: None)
