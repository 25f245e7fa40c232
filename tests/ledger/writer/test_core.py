"""The service: accepted, previewed, repeated and refused commands, and when they take effect."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from commands.state.account import fold, initial
from events.envelope import canonical
from ledger.clock import FixedClock
from ledger.store.memory import MemoryStore
from ledger.writer import SELLER, Intent, RefusedCommand, Service
from tests.support.desk import OWNER, Desk, expressvpn, instant, mapping_of

BUY = {"subscription": "vpn", "quantity": 5}


def test_an_accepted_command_tells_what_came_of_it():
    """Facts, place in the log, the account's version, and the ids that the caller needs next."""
    desk = expressvpn()
    answer = desk.do("AddSeats", **BUY, command_id="add-1")

    assert answer.command_id == "add-1"
    assert [event.type for event in answer.events][:3] == [
        "OrderPlaced",
        "OrderCompleted",
        "SeatsAdded",
    ]
    assert answer.position == desk.store.head()
    assert answer.version == desk.store.stream_version("account/acme")
    assert answer.account == "acme"
    assert answer.result["order"] == "add-1"
    assert answer.result["seats"] == [[11, 15]]
    assert answer.result["subscriptions"] == ["vpn"]
    assert answer.result["invoices"] == ["EV-2020-000002"]
    assert not answer.repeated


@pytest.mark.rule("ALL-02")
def test_a_preview_is_the_same_decision_and_leaves_nothing():
    """The dry run shows the invoice that the command then issues; the log is as it was."""
    desk = expressvpn()
    before = desk.store.head()
    shown = desk.preview("AddSeats", **BUY)
    after = desk.store.head()
    answer = desk.do("AddSeats", **BUY)
    invoice = next(e.fact for e in answer.events if e.type == "InvoiceIssued")

    assert before == after == shown.position
    assert shown.preview["invoice"]["total"] == json.loads(canonical(invoice))["total"]
    assert shown.version == answer.version - len(answer.events) + 1


@pytest.mark.rule("ALL-03")
def test_a_command_sent_twice_acts_once():
    """The repeat answers as before, events and all, and says that it is one."""
    desk = expressvpn()
    first = desk.do("AddSeats", **BUY, command_id="add-1")
    desk.do("AddSeats", **BUY, command_id="add-2")
    again = desk.do("AddSeats", **BUY, command_id="add-1")

    assert again == replace(first, repeated=True)


@pytest.mark.rule("ALL-03")
@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": 6},
        {"subscription": "other"},
        {"subscription": "unheard-of"},
        {"actor": SELLER},
        {"actor": "stranger@x.example"},
        {"purchase_order": "PO 1"},
    ],
    ids=str,
)
def test_a_key_with_another_content_is_refused(changed: dict[str, object]):
    """Fields and actor are the content of a key, in the whole ledger."""
    desk = expressvpn()
    desk.open("other")
    desk.do("AddSeats", **BUY, command_id="add-1")

    assert desk.refused("AddSeats", **BUY | changed, command_id="add-1").code == "command.id_reused"
    shown = desk.refused("AddSeats", **BUY | changed, command_id="add-1", dry_run=True)
    assert shown.code == "command.id_reused"


@pytest.mark.rule("ALL-03")
def test_a_key_sent_again_by_nobody_is_refused_for_its_actor():
    """It is the sender's mistake, not that of others who wrote in between."""
    desk = expressvpn()
    desk.do("AddSeats", **BUY, command_id="add-1")
    told = desk.refused("AddSeats", "no address", **BUY, command_id="add-1")
    assert (told.code, told.detail) == (
        "command.invalid",
        "actor: is neither an e-mail address nor seller",
    )


@pytest.mark.rule("ALL-03")
def test_the_time_is_no_part_of_a_keys_content():
    """A client that sends again later, or with another time, gets its answer."""
    desk = expressvpn()
    first = desk.do("AddSeats", **BUY, command_id="add-1")
    desk.at("2020-09-01")

    again = desk.do("AddSeats", **BUY, command_id="add-1", at=instant("2020-08-01"))
    assert again.events == first.events
    assert desk.do("AddSeats", **BUY, command_id="add-1", at="2031-01-01T00:00:00Z").repeated


@pytest.mark.rule("ALL-03")
def test_a_key_beside_the_fields_or_among_them_is_the_same():
    """`command_id` may stand in either place, but not with two values."""
    desk = expressvpn()
    desk.do("AddSeats", **BUY, command_id="add-1")
    inside = Intent("AddSeats", {**BUY, "command_id": "add-1"}, OWNER)
    twice = replace(inside, command_id="add-2")

    assert desk.service.handle(inside).position
    with pytest.raises(RefusedCommand) as refused:
        desk.service.handle(twice)
    assert refused.value.answer.detail == "command_id: is given twice, with two values"


@pytest.mark.rule("ALL-04", "ALL-03")
def test_a_refused_command_leaves_no_event_and_its_key_free():
    """Nothing is in the log, and the key can be used by what is then accepted."""
    desk = expressvpn()
    before = desk.store.head()

    assert desk.refused("AddSeats", subscription="vpn", quantity=5, payment_method="invoice",
                        command_id="k").code == "payment.method_not_accepted"  # fmt: skip
    assert desk.store.head() == before
    assert desk.do("AddSeats", **BUY, command_id="k").result["order"] == "k"


@pytest.mark.rule("ALL-03")
def test_the_repeat_of_a_command_without_facts_is_known():
    """A command that changed nothing keeps its key as well."""
    desk = expressvpn()
    first = desk.do("SetSeatTotal", subscription="vpn", total=10, command_id="k")

    assert first.events == ()
    assert desk.do("SetSeatTotal", subscription="vpn", total=10, command_id="k").repeated
    assert desk.refused("SetSeatTotal", subscription="vpn", total=11, command_id="k").code == (
        "command.id_reused"
    )


@pytest.mark.rule("ALL-03")
def test_if_match_must_name_the_present_version():
    """Whoever decided on an older reading is told; a repeat is answered all the same."""
    desk = expressvpn()
    version = desk.service.state("acme").version
    desk.do("AddSeats", **BUY, if_match=version, command_id="add-1")

    assert desk.refused("AddSeats", **BUY, if_match=version).code == "command.version_conflict"
    assert desk.do("AddSeats", **BUY, if_match=version, command_id="add-1").repeated


def test_if_match_compares_with_the_version_before_due_work():
    """Due work that comes first does not put the caller in the wrong (CONTRACT 5.1)."""
    desk = expressvpn()
    version = desk.service.state("acme").version
    desk.at("2021-07-01")

    assert desk.do("AddSeats", **BUY, if_match=version).version > version + 1


@pytest.mark.rule("ALL-04")
def test_unknown_ids_are_told_apart():
    """An account, a subscription, an order and an invoice that do not exist, each by its code."""
    desk = expressvpn()

    assert desk.refused("ApplyForVolumeLicences", account="no").code == "account.unknown"
    assert desk.refused("AddSeats", subscription="no", quantity=1).code == "subscription.unknown"
    assert desk.refused("CancelOrder", order="no").code == "order.unknown"
    refused = desk.refused("IssueCreditNote", SELLER, invoice="EV-2020-999999")
    assert refused.code == "invoice.unknown"


@pytest.mark.rule("ALL-04")
def test_a_payment_names_one_subject():
    """An order, an invoice or the account: none and two are refused."""
    desk = expressvpn()
    money = {"amount": "1.00", "currency": "USD"}
    two = desk.refused("RecordPayment", SELLER, account="acme", order="start", amount=money)

    assert two.code == "command.invalid"
    assert desk.refused("RecordPayment", SELLER, amount=money).code == "command.invalid"
    paid = desk.do("RecordPayment", SELLER, account="acme", amount=money)
    assert paid.result["credits"] == [f"{paid.command_id}/2"]
    assert paid.result["credit"] == f"{paid.command_id}/2"
    assert paid.result["payment"] == f"{paid.command_id}/1"


def test_a_result_names_the_note_and_the_credit_that_a_command_made():
    """By its number, and by the lot's id: what the next command may need (CONTRACT 5.27)."""
    desk = expressvpn()
    result = desk.do("IssueCreditNote", SELLER, invoice="EV-2020-000001", command_id="back").result

    assert result["note"] == "EV-2020-000002"
    assert result["credit_notes"] == [result["note"]]
    assert result["credit"] == result["credits"][0]
    assert result["credit"].startswith("back/")


def test_a_payment_by_invoice_number_finds_its_account():
    """The number leads to the document, whoever bought."""
    desk = expressvpn()

    refused = desk.refused("RecordPayment", SELLER, invoice="EV-2020-000001")
    assert refused.code == "payment.more_than_due"


@pytest.mark.rule("ALL-04")
def test_times_out_of_range():
    """After the clock, before the account, before the last change, in absurd years."""
    desk = expressvpn()
    times = ["2020-06-25T09:00:01Z", "9999-12-31T23:59:59Z", "2020-06-19T00:00:00Z",
             "2020-06-24T00:00:00Z", "0001-01-01T00:00:00Z"]  # fmt: skip

    for time in times:
        assert desk.refused("AddSeats", **BUY, at=time).code == "command.time_out_of_range"
    for time in ["2020-06-25", "2020-06-25T09:00:00", "now", 5, "0001-01-01T00:00:00+14:00"]:
        assert desk.refused("AddSeats", **BUY, at=time).code == "command.invalid"
    naive = instant("2020-06-25T09:00").replace(tzinfo=None)
    assert desk.refused("AddSeats", **BUY, at=naive).code == "command.invalid"


def test_a_time_in_another_zone_is_the_same_instant():
    """`at` is an instant; facts hold it in UTC and the day of the seller."""
    desk = expressvpn().at("2020-07-01T12:00")
    zone = timezone(timedelta(hours=5))
    answer = desk.do("AddSeats", **BUY, at=datetime(2020, 7, 1, 3, tzinfo=zone))

    assert answer.events[0].effective_at == instant("2020-06-30T22:00")
    assert str(answer.events[0].effective_on) == "2020-06-30"


def test_a_plan_says_how_far_back_a_command_may_take_effect():
    """Within `backdating_days` before the last change, and not a second more."""
    catalogue = mapping_of("expressvpn")
    catalogue["plans"]["volume-12m"]["backdating_days"] = 3
    desk = Desk.in_memory()
    desk.do("PublishPlan", SELLER, catalogue=catalogue)
    desk.open()
    desk.do("ApplyForVolumeLicences", account="acme")
    desk.do("ApproveApplication", SELLER, account="acme")
    desk.at("2020-07-10")
    desk.do("StartSubscription", account="acme", subscription="vpn", plan="volume-12m", seats=5,
            payment_method="card")  # fmt: skip
    desk.at("2020-07-20")
    desk.do("AddSeats", **BUY)

    assert desk.do("AddSeats", **BUY, at=instant("2020-07-17")).events
    refused = desk.refused("AddSeats", **BUY, at=instant("2020-07-16T23:59"))
    assert refused.code == "command.time_out_of_range"
    assert desk.service.state("acme").last_effective_at == instant("2020-07-20")


def test_without_a_time_nothing_goes_before_the_last_change():
    """On a clock that is behind, a command takes effect when the account last changed."""
    desk = expressvpn()
    desk.at("2020-06-24")
    answer = desk.do("AddSeats", **BUY)

    assert answer.events[0].effective_at == instant("2020-06-25T09:00")


def test_the_ledgers_only_catalogue_need_not_be_named():
    """With several it must be, and where none is published no account can be opened."""
    alone = Desk.in_memory("expressvpn")
    both = Desk.in_memory("expressvpn", "goto")
    account = {"account": "a", "email": OWNER, "country": "VG"}

    assert Desk.in_memory().refused("OpenAccount", **account).code == "command.invalid"
    assert alone.do("OpenAccount", **account).events[0].command.fields["catalogue"] == "expressvpn"
    assert both.refused("OpenAccount", **account).detail == (
        "catalogue: is needed: the ledger has several"
    )
    assert both.refused("OpenAccount", **account, catalogue="no").code == "command.invalid"
    assert both.do("OpenAccount", **account, catalogue="goto").account == "a"
    assert both.service.catalogues() == ("expressvpn", "goto")


@pytest.mark.rule("ALL-04")
def test_an_account_id_is_taken_once():
    """A second account with one id is refused, also in another catalogue."""
    desk = Desk.in_memory("expressvpn", "goto")
    desk.open("acme", "goto")

    for catalogue in ("goto", "expressvpn"):
        refused = desk.refused(
            "OpenAccount", account="acme", email=OWNER, country="VG", catalogue=catalogue
        )
        assert refused.code == "account.exists"


@pytest.mark.rule("ALL-04")
def test_a_refusal_names_the_catalogues_own_rule():
    """`rules: EV` in the catalogue picks the rule that the refusal names."""
    ev = expressvpn().refused("AddSeats", "stranger@x.example", **BUY)
    desk = Desk.in_memory("goto")
    desk.open()
    gt = desk.refused(
        "StartTrial", account="acme", subscription="t", plan="meeting-pro-12m", seats=1
    )

    assert (ev.code, ev.rule) == ("access.role_missing", "EV-20")
    assert (gt.code, gt.rule) == ("access.role_missing", "GT-01")


def test_what_the_service_remembers_is_what_the_log_says():
    """A service that was there all along and one that starts anew see the same state."""
    desk = expressvpn()
    desk.do("AddSeats", **BUY)
    desk.at("2021-07-01").service.tick()

    anew = Service(desk.store, desk.clock).state("acme")
    events = [e for e in desk.log() if e.stream == "account/acme"]
    assert desk.service.state("acme") == anew == fold(initial(), events)
    assert desk.service.state("acme", upto=0) == initial()
    assert not desk.service.state("nobody").exists


def test_ids_lead_to_their_accounts():
    """A subscription, an order, an invoice's number, and the account itself."""
    service = expressvpn().service
    ids = [("subscription", "vpn"), ("order", "start"), ("invoice", "EV-2020-000001"),
           ("account", "acme")]  # fmt: skip

    assert {service.account_of(kind, value) for kind, value in ids} == {"acme"}
    assert service.account_of("order", "no") is None


def test_catalogues_as_of_a_position():
    """The catalogue as it was before a later version is still to be had."""
    desk = expressvpn()
    end = desk.store.head()
    changed = mapping_of("expressvpn")
    changed["plans"]["volume-12m"]["title"] = "Another title"
    answer = desk.do("PublishPlan", SELLER, catalogue=changed)

    assert [event.type for event in answer.events] == ["PlanPublished"]
    assert desk.service.catalogue("expressvpn").version == answer.version
    assert desk.service.catalogue("expressvpn", upto=end).version == answer.version - 1
    assert desk.service.catalogue("no").version == 0


def test_a_catalogue_does_not_change_in_the_past():
    """A publication takes effect at its time, which is not before the last one."""
    desk = expressvpn()
    late = {"catalogue": mapping_of("expressvpn"), "at": "2020-06-01T00:00:00Z"}
    ahead = {"catalogue": mapping_of("expressvpn"), "at": "2021-06-01T00:00:00Z"}

    assert desk.refused("PublishPlan", SELLER, **late).code == "command.time_out_of_range"
    assert desk.refused("PublishPlan", SELLER, **ahead).code == "command.time_out_of_range"
    assert desk.refused("PublishPlan", OWNER, catalogue=mapping_of("goto")).code == (
        "access.role_missing"
    )


def test_a_publication_can_be_previewed():
    """The dry run of a publication names the parts that it would publish."""
    desk = Desk.in_memory()
    shown = desk.preview("PublishPlan", SELLER, catalogue=mapping_of("goto")).preview

    assert shown["publishes"][0]["type"] == "SellerPublished"
    plans = {part["plan"]: part for part in shown["publishes"] if part["type"] == "PlanPublished"}
    assert plans["meeting-pro-12m"]["version"] == 1
    assert plans["meeting-pro-12m"]["change"]["renewals"]["count"] == 0
    assert desk.store.head() == 0


@pytest.mark.rule("GEN-21")
def test_where_no_account_is_known_the_only_catalogue_speaks():
    """Its own rule is named; with two catalogues nobody knows whose buyer it is."""
    own = {"rule_ids": {"command.invalid": "GT-90", "account.unknown": "GT-91"}}
    desk = Desk.in_memory()
    desk.do("PublishPlan", SELLER, catalogue=mapping_of("goto") | own)
    buy = {"account": "none", "subscription": "s", "plan": "p", "seats": 1}

    assert desk.refused("StartSubscription", **buy).rule == "GT-90"
    buy |= {"payment_method": "card"}
    assert desk.refused("StartSubscription", **buy).rule == "GT-91"
    desk.publish("expressvpn")
    assert desk.refused("StartSubscription", **buy).rule == "EV-04"


def test_a_tick_on_the_last_day_there_is_does_nothing() -> None:
    """The last day of the calendar has no day after it, and a tick on it is no mistake."""
    clock = FixedClock(datetime(9999, 12, 31, 12, tzinfo=UTC))

    assert Service(MemoryStore(clock), clock).tick() == 0
