"""Orders that a fallen rate completes: with the account's next command, or with the tick."""

from collections.abc import Callable
from typing import Any

import pytest

from events.envelope import Recorded
from ledger.scheduling.advancing import advance
from ledger.views.due_index import LogDueIndex
from ledger.writer import SELLER, Service
from ledger.writer.decide import decide_again
from tests.support.desk import Desk, instant
from tests.support.shop import TAXED, plan, shop


def shop_of(*rates: tuple[str, str]) -> dict[str, Any]:
    """A French shop in which these rates hold in Germany from their days on."""
    vat = [{"country": "DE", "rate": rate, "from": day} for rate, day in rates]
    return shop(seller={**TAXED, "vat": vat}, desk=plan(payment={"bank": "when_paid"}))


def waiting(*rates: tuple[str, str]) -> Desk:
    """An order of 120.00 net of 20 June 2020 for which 139.20 have come: tax of 16 % suffices."""
    desk = Desk.in_memory()
    desk.do("PublishPlan", SELLER, catalogue=shop_of(("19", "2007-01-01"), *rates))
    desk.open(country="DE")
    desk.do("StartSubscription", account="acme", subscription="s", plan="desk", seats=1,
            payment_method="bank", order="o")  # fmt: skip
    desk.do("RecordPayment", SELLER, order="o", amount={"amount": "139.20", "currency": "EUR"})
    desk.at("2020-06-21").service.tick()
    return desk


def completions(desk: Desk) -> list[Recorded]:
    """The completions of orders in the log."""
    return [event for event in desk.log() if event.type == "OrderCompleted"]


def test_a_tick_completes_an_order_whose_rate_fell():
    """A rate that is published: the next tick finds every order that waits, and acts once."""
    desk = waiting()
    assert desk.service.next_due() == instant("2020-07-04")
    desk.do("PublishPlan", SELLER, catalogue=shop_of(("19", "2007-01-01"), ("16", "2020-06-22")))
    assert desk.service.next_due() == instant("2020-06-22")

    desk.at("2020-06-22T09:00")
    other = Service(desk.store, desk.clock)
    assert (desk.service.tick(), desk.service.tick(), other.tick()) == (1, 0, 0)
    (done,) = completions(desk)
    assert done.command_id == "due/completion/o/2020-06-22"
    assert done.effective_on == instant("2020-06-22").date()
    assert desk.service.next_due() == instant("2021-06-20")


def test_the_next_command_completes_it_too():
    """Whichever comes first; the command sees the seats that the order brought."""
    desk = waiting(("16", "2020-06-25")).at("2020-06-25T09:00")
    desk.do("AssignSeat", subscription="s", email="u@acme.example", name_="U", command_id="assign")

    (done,) = completions(desk)
    assert done.causation_id == "assign"
    assert desk.service.tick() == 0


def test_a_dry_run_completes_it_in_memory():
    """It shows what the command would find, and appends nothing."""
    desk = waiting(("16", "2020-06-25")).at("2020-06-25T09:00")
    before = desk.store.head()
    shown = desk.preview("AssignSeat", subscription="s", email="u@acme.example", name_="U")

    assert shown.preview["renewal"]["renewal_date"] == "2021-06-20"
    assert desk.store.head() == before


def test_a_clock_that_walks_stops_on_the_day_of_the_rate():
    """As a service does that runs all the time: the order completes on the first day it can."""
    desk = waiting(("17", "2020-06-23"), ("16", "2020-06-25"))
    assert desk.service.next_due() == instant("2020-06-25")
    advance(desk.service, desk.clock, instant("2020-08-01"))

    (done,) = completions(desk)
    assert done.recorded_at == instant("2020-06-25")
    assert done.effective_at == instant("2020-06-25")


def test_it_completes_before_it_expires_on_the_same_day():
    """All was there in time, on the last day; done late, it is the same."""
    for late in ("2020-07-04", "2020-09-01"):
        desk = waiting(("16", "2020-07-04")).at(late)
        assert desk.service.tick() == 1
        assert [event.effective_on for event in completions(desk)] == [instant("2020-07-04").date()]


def test_a_rate_that_falls_too_late_saves_no_order():
    """It expired the day before, and what had come is credit."""
    desk = waiting(("16", "2020-07-05")).at("2020-07-06")
    desk.service.tick()

    assert not completions(desk)
    assert [event.type for event in desk.log() if event.command_id.startswith("due/")] == [
        "OrderExpired", "CreditGranted", "SubscriptionEnded",
    ]  # fmt: skip


def test_a_completion_is_decided_again_as_it_was():
    """Its record names the table of rates that it used; the earlier one would not have done."""
    desk = waiting()
    desk.do("PublishPlan", SELLER, catalogue=shop_of(("19", "2007-01-01"), ("16", "2020-06-22")))
    desk.at("2020-06-23").service.tick()
    first = next(event for event in desk.decisions() if event.command_id.startswith("due/"))
    facts = [event.fact for event in desk.log() if event.command_id == first.command_id]
    assert first.command is not None
    assert first.command.name == "ExpireOrder"
    assert first.command.catalogue["vat"] == 2

    before = desk.service.state("acme", upto=first.position - 1)
    again = decide_again(first, before, desk.service.catalogue("desks"))
    assert list(again) == facts


def test_what_no_rate_brought_about_holds_up_no_clock():
    """An order that a decision left covered completes with the next command, and never later.

    Here the rate rose between the day that a command was told to hold from, and its writing.
    """
    desk = Desk.in_memory()
    catalogue = shop_of(("16", "2007-01-01"), ("19", "2020-07-01"))
    catalogue["plans"]["desk"]["backdating_days"] = 30
    desk.do("PublishPlan", SELLER, catalogue=catalogue)
    desk.open(country="DE")
    desk.at("2020-06-30T09:00")
    desk.do("StartSubscription", account="acme", subscription="s", plan="desk", seats=1,
            payment_method="bank", order="o")  # fmt: skip
    desk.at("2020-07-02T09:00").service.tick()
    desk.do("RecordPayment", SELLER, order="o", amount={"amount": "139.20", "currency": "EUR"},
            at=instant("2020-06-30T10:00"))  # fmt: skip

    assert not completions(desk)
    advance(desk.service, desk.clock, instant("2020-07-03"))
    desk.do("ChangeBillingDetails", account="acme", name_="Acme")
    assert [event.effective_at for event in completions(desk)] == [instant("2020-06-30T10:00")]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts whose due work is looked for, in order."""
    seen: list[str] = []
    work: Callable[..., Any] = Service._work_ahead

    def noting(self: Service, account: str, *rest: Any) -> Any:
        seen.append(account)
        return work(self, account, *rest)

    monkeypatch.setattr(Service, "_work_ahead", noting)
    return seen


def test_ticks_ask_the_orders_that_wait_only_where_a_rate_changed(asked: list[str]):
    """A tick costs nothing for orders that wait on, however many: no rate moved since the last."""
    desk = waiting(("18", "2020-06-25"))
    asked.clear()
    for hour in range(10):
        desk.at(f"2020-06-24T{hour:02}:00").service.tick()
    assert asked == []

    desk.at("2020-06-25T01:00").service.tick()
    assert asked
    asked.clear()
    desk.at("2020-06-25T02:00").service.tick()
    assert asked == []


def test_the_accounts_with_waiting_orders_are_known_from_the_log():
    """Those that wait for a payment; not those whose order was paid."""
    desk = waiting()
    index = LogDueIndex(desk.store)
    assert index.waiting() == ["acme"]

    desk.do("RecordPayment", SELLER, order="o")
    assert index.waiting() == []
