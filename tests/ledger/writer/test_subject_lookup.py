"""Whose command it is: the account behind the ids that a command names."""

from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from commands.credit_notes import IssueCreditNote
from commands.decision import COMMANDS, Command
from commands.payments import RecordPayment
from commands.refusals import Refused
from ledger.writer import SELLER
from ledger.writer.subject_lookup import Subject, subject_fields, subject_of
from tests.support.desk import Desk, expressvpn


class InvoiceAmount(BaseModel):
    """A part of a payment, for an invoice."""

    invoice: str
    amount: str


class Pays(Command):
    """A payment as the contract has it, with a list of invoices; no command of the registry."""

    VERSION: ClassVar[int] = 1
    order: str | None = None
    invoice: str | None = None
    invoices: tuple[InvoiceAmount, ...] | None = None
    account: str | None = None


class Reverses(Command):
    """A command that names a payment; no command of the registry."""

    payment: str
    reason: str | None = None


@pytest.fixture(scope="module")
def desk() -> Desk:
    """Two accounts, acme with its invoices 1 and 2, beta with 3; a renewal of acme's paid one."""
    desk = expressvpn(5)
    desk.do("AddSeats", subscription="vpn", quantity=1, order="more", command_id="a/b")
    desk.open("beta")
    desk.do("ApplyForVolumeLicences", account="beta")
    desk.do("ApproveApplication", SELLER, account="beta")
    desk.do("StartSubscription", account="beta", subscription="b", plan="volume-1m", seats=5,
            payment_method="card", order="ob")  # fmt: skip
    desk.at("2021-06-26").service.tick()
    return desk


def numbers(*listed: str) -> dict[str, Any]:
    """The field of a list of invoices."""
    return {"invoices": [{"invoice": number, "amount": "1"} for number in listed]}


def of(desk: Desk, kind: type[Command], **fields: Any) -> Subject:
    """The subject of a command with these fields."""
    return subject_of(kind, fields, desk.store)


def refused(desk: Desk, kind: type[Command], **fields: Any) -> Refused:
    """The refusal of a command with these fields."""
    with pytest.raises(Refused) as caught:
        of(desk, kind, **fields)
    return caught.value


def test_each_command_says_by_its_fields_what_leads_to_its_account():
    """What it needs; where it needs none of them, one of those that it may give."""
    leading = {name: subject_fields(entry.command) for name, entry in COMMANDS.items()}

    assert leading["AddSeats"] == ("subscription",)
    assert leading["StartSubscription"][0] == "account"
    assert leading["CancelOrder"] == ("order",)
    assert leading["IssueCreditNote"] == ("invoice",)
    assert set(leading["RecordPayment"]) >= {"account", "order", "invoice"}
    catalogues = {name for name, entry in COMMANDS.items() if entry.command.SCOPE == "catalogue"}
    assert {name for name, fields in leading.items() if not fields} == catalogues


def test_an_invoice_leads_to_its_account_and_its_document(desk: Desk):
    """Of a payment, a credit note, or whatever names one: the id stands for the decision."""
    for kind in (RecordPayment, IssueCreditNote, Pays):
        assert of(desk, kind, invoice="EV-2020-000001") == Subject("acme", {"invoice": "start/2"})
    assert refused(desk, Pays, invoice="EV-2020-999999").code == "invoice.unknown"


def test_all_invoices_of_a_list_are_of_one_account(desk: Desk):
    """Each number's document is looked up, and one of another account is named."""
    two = ("EV-2020-000001", "EV-2020-000002")
    found = of(desk, Pays, **numbers(*two, two[0]))
    assert found.account == "acme"
    assert set(found.given) == {f"invoice:{number}" for number in two}
    assert found.given["invoice:EV-2020-000001"] == "start/2"

    other = refused(desk, Pays, **numbers(*two, "EV-2020-000003"))
    assert other.code == "command.invalid"
    assert "invoices[2].invoice: EV-2020-000003 is of another account" in other.detail
    assert refused(desk, Pays, **numbers(two[0], "EV-1")).code == "invoice.unknown"
    assert refused(desk, Pays, invoices=[]).parameters["field"] == "invoices"


def test_a_payment_leads_to_the_account_of_its_command(desk: Desk):
    """Whatever slashes the id of the command holds, those of due work too."""
    payments = [event for event in desk.log() if event.type == "PaymentRecorded"]
    assert {event.command_id for event in payments} >= {"a/b", "due/end/vpn/2021-06-25"}

    for event in payments:
        found = of(desk, Reverses, payment=event.fact.payment)  # type: ignore[attr-defined]
        assert found == Subject(str(event.account))


@pytest.mark.parametrize(
    "payment", ["", "/", "start", "start/", "/1", "start/99", "start/2", "nothing/1", "start/04"]
)
def test_what_is_no_payment_is_unknown(desk: Desk, payment: str):
    """No such command, or none of its payments: the id of an invoice, say."""
    assert refused(desk, Reverses, payment=payment).code == "payment.unknown"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"order": "ob", "account": "beta"},
        {"invoice": "EV-2020-000001", **numbers("EV-2020-000001")},
        {"order": None, "invoice": None},
    ],
)
def test_exactly_one_subject_is_given(desk: Desk, fields: dict[str, Any]):
    """Neither none nor two, even where they lead to the same account."""
    answer = refused(desk, Pays, **fields)
    assert answer.code == "command.invalid"
    assert "give one of account, order, invoice and invoices" in answer.detail
    assert of(desk, Pays, order="ob", invoice=None) == Subject("beta")
