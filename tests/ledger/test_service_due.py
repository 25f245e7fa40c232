"""Due work: done on its day before commands, by the tick, once, and for the right accounts."""

from datetime import timedelta
from typing import Any

import pytest

from events.envelope import Recorded
from ledger.service import SELLER, Service
from ledger.service.due_work import DueWorkStuck
from tests.ledger.desk import OWNER, Desk, expressvpn, instant, mapping_of
from tests.ledger.long_history import long_history

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


def no_french_rate() -> Desk:
    """An account in France whose renewal of 1 June 2021 lacks a rate: the seller has none yet."""
    desk = Desk.in_memory()
    desk.do("PublishPlan", SELLER, catalogue=without_rate("FR"))
    desk.open(country="IE")
    desk.do("GrantRole", account="acme", email=OWNER, role="billing_contact")
    desk.do("StartSubscription", account="acme", subscription="s", plan="meeting-pro-12m", seats=2,
            payment_method="card")  # fmt: skip
    desk.do("ChangeBillingDetails", account="acme", country="FR")
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
    code = desk.refused("ReleaseSeat", subscription="s", seat=1).code
    assert code == "invoice.vat_rate_unknown"

    desk.do("PublishPlan", SELLER, catalogue=mapping_of("goto"))
    assert desk.service.next_due() == instant("2021-06-19T23:00")
    assert desk.service.tick() == 1
    assert desk.service.next_due() == instant("2022-06-19T23:00")


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
