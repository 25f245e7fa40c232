"""People and secrets on the way in: history holds ids and digests, one table names, addresses."""

import json
from typing import Any

import pytest

from events.seats import SeatAssigned
from events.sellers import key_digest
from ledger.store.drafts import Decision, PersonRow, address_key
from ledger.writer import SELLER
from ledger.writer.handling import STAFF
from tests.support.desk import OWNER, Desk, expressvpn
from tests.support.long_history import KEY

ANN = {"subscription": "vpn", "email": "Ann@Acme.Example", "name_": "Ann"}


def rows(desk: Desk) -> dict[str, PersonRow]:
    """Everybody of the account, by address."""
    return {row.address_key: row for row in desk.store.people("acme")}


def everything(desk: Desk) -> str:
    """All that is stored but for the table of people."""
    log = [(s.data, s.actor, s.command) for s in desk.store.read_log(limit=100_000)]
    attempts = [
        (row.actor, row.command, row.parameters)
        for account in ("acme", None)
        for row in desk.store.attempts(account)
    ]
    keys = [desk.store.answer(e.command_id) for e in desk.log()]
    return repr((log, attempts, [row.answer for row in keys if row]))


@pytest.mark.rule("ALL-10", "EV-13")
def test_a_fact_holds_a_persons_id_alone():
    """Name and address are in the table of people; the fact and the record hold the id."""
    desk = expressvpn()
    answer = desk.do("AssignSeat", **ANN)
    fact, record = answer.events[0].fact, answer.events[0].command
    ann = rows(desk)["ann@acme.example"]

    assert isinstance(fact, SeatAssigned)
    assert (fact.person, fact.revision, fact.domain) == (ann.person, 1, "acme.example")
    assert (ann.email, ann.name) == ("Ann@Acme.Example", "Ann")
    assert record is not None
    assert record.fields["email"] == f"{ann.person}@acme.example"
    assert record.fields["name"] == ann.person
    assert record.people == {f"{ann.person}@acme.example": 1}
    assert "ann@" not in everything(desk).lower()


def test_an_address_is_one_person_however_it_is_written():
    """Addresses are compared trimmed, NFC and in small letters."""
    desk = expressvpn()
    desk.do("AssignSeat", **ANN)
    again = {**ANN, "email": "  aNN@acme.EXAMPLE "}

    assert desk.refused("AssignSeat", **again).code == "seats.user_already_has_seat"
    assert address_key(again["email"]) in rows(desk)


def test_a_changed_name_is_a_new_revision():
    """The later fact names the new revision; the person stays the same."""
    desk = expressvpn()
    first = desk.do("AssignSeat", **ANN).events[0].fact
    desk.do("ReleaseSeat", subscription="vpn", seat=1)
    second = desk.do("AssignSeat", **{**ANN, "name_": "Ann Marie"}).events[0].fact
    third = desk.do("ReassignSeat", subscription="vpn", seat=1, email=OWNER, name_="Olga").events[0]

    assert isinstance(first, SeatAssigned)
    assert isinstance(second, SeatAssigned)
    assert (second.person, second.revision) == (first.person, 2)
    assert rows(desk)["ann@acme.example"].name == "Ann Marie"
    assert rows(desk)[OWNER].name == "Olga"
    assert third.fact.person == rows(desk)[OWNER].person


@pytest.mark.rule("ALL-03")
def test_the_name_is_no_part_of_a_keys_content():
    """Persons count by their ids: the repeat with another spelling of the name is a repeat."""
    desk = expressvpn()
    first = desk.do("AssignSeat", **ANN, command_id="k")

    assert desk.do("AssignSeat", **{**ANN, "name_": "Annie"}, command_id="k").events == first.events
    assert rows(desk)["ann@acme.example"].name == "Ann"
    other = {**ANN, "email": "bob@acme.example"}
    assert desk.refused("AssignSeat", **other, command_id="k").code == "command.id_reused"


def test_a_refused_command_leaves_no_person():
    """Who was only named in what was refused is not kept; nor is who was shown in a preview."""
    desk = expressvpn()
    desk.refused("AssignSeat", "stranger@x.example", **ANN)
    desk.preview("AssignSeat", **ANN)

    assert list(rows(desk)) == [OWNER]


def test_who_opens_an_account_for_another_is_a_person_of_it():
    """Anyone may open an account; the owner is whom the command names."""
    desk = expressvpn()
    desk.do("OpenAccount", "agent@x.example", account="two", email="boss@two.example", country="VG")
    people = {row.address_key: row.person for row in desk.store.people("two")}
    first = desk.log()[-1]

    assert first.actor.person == people["agent@x.example"]
    assert desk.service.state("two").roles.get(people["boss@two.example"]) == ("owner",)
    assert desk.service.state("two").roles.get(people["agent@x.example"]) is None


@pytest.mark.rule("ALL-10")
def test_a_forgotten_person_is_gone_but_for_the_id():
    """The rows are deleted; history and totals stay; the same address is a new person."""
    desk = expressvpn()
    before = desk.do("AssignSeat", **ANN).events[0].fact
    desk.do("ForgetPerson", account="acme", email="ann@acme.example", command_id="f")
    assert list(rows(desk)) == [OWNER]

    desk.do("ReleaseSeat", subscription="vpn", seat=1)
    after = desk.do("AssignSeat", **ANN).events[0].fact
    assert isinstance(before, SeatAssigned)
    assert isinstance(after, SeatAssigned)
    assert before.person != after.person


@pytest.mark.rule("ALL-03", "ALL-10")
def test_forgetting_is_repeatable():
    """The repeat is known though nobody knows the person any more; another key changes nothing."""
    desk = expressvpn()
    desk.do("AssignSeat", **ANN)
    forget: dict[str, Any] = {"account": "acme", "email": "ann@acme.example"}
    first = desk.do("ForgetPerson", **forget, command_id="f")

    assert desk.do("ForgetPerson", **forget, command_id="f").events == first.events
    assert desk.do("ForgetPerson", **forget, command_id="g").events == ()
    assert desk.do("ForgetPerson", **forget, command_id="g").repeated
    known = {**forget, "email": OWNER}
    assert desk.refused("ForgetPerson", **known, command_id="f").code == "command.id_reused"


@pytest.mark.rule("ALL-03", "ALL-10")
def test_who_forgets_oneself_can_repeat_it():
    """Even an owner, whom nobody knows after that, gets the same answer."""
    desk = expressvpn()
    desk.do("GrantRole", account="acme", email="next@acme.example", role="owner")
    first = desk.do("ForgetPerson", account="acme", email=OWNER, command_id="f")

    again = desk.do("ForgetPerson", account="acme", email=OWNER, command_id="f")
    assert again.events == first.events
    assert desk.refused("AddSeats", subscription="vpn", quantity=1).code == "access.role_missing"


@pytest.mark.rule("ALL-10", "EV-16")
def test_holders_are_named_by_their_addresses():
    """The record knows them by their ids; written otherwise it is the same command."""
    desk = expressvpn()
    desk.do("AssignSeat", **ANN)
    named = {"subscription": "vpn", "holders": ["ann@acme.example"]}
    answer = desk.do("DisableAutoRenew", **named, command_id="off")
    ann, record = rows(desk)["ann@acme.example"], answer.events[0].command
    assert record is not None
    assert record.fields == {"subscription": "vpn", "holders": [f"{ann.person}@acme.example"]}
    assert record.people == {f"{ann.person}@acme.example": 1}
    assert "ann@" not in everything(desk).lower()
    again = {**named, "holders": [" ANN@acme.example"]}
    assert desk.do("DisableAutoRenew", **again, command_id="off").events == answer.events

    desk.do("ForgetPerson", account="acme", email="ann@acme.example")
    assert desk.refused("EnableAutoRenew", **named).code == "seats.not_assigned"


def test_who_is_named_as_a_holder_and_holds_no_seat_becomes_nobody():
    """No person is made by it, and the answer and the attempt name none."""
    desk = expressvpn()
    desk.do("AssignSeat", **ANN)
    named = ["ann@acme.example", "zoe@acme.example", "yan@acme.example"]
    refused = desk.refused("RemoveSeats", subscription="vpn", holders=named)
    assert (refused.code, refused.parameters) == ("seats.not_assigned", {"holder": "2"})
    assert list(rows(desk)) == [OWNER, "ann@acme.example"]
    assert "zoe" not in everything(desk)
    many = [f"u{n}@acme.example" for n in range(30)]
    assert (
        desk.refused("RemoveSeats", subscription="vpn", holders=many).code == "seats.not_assigned"
    )
    twice = ["ann@acme.example", "Ann@acme.example"]
    assert desk.refused("RemoveSeats", subscription="vpn", holders=twice).code == "command.invalid"


def test_taking_a_role_from_nobody_makes_nobody():
    """An address that the account does not know gets no person by being mentioned."""
    desk = expressvpn()
    answer = desk.do("RevokeRole", account="acme", email="who@x.example", role="auditor")

    assert answer.events == ()
    assert list(rows(desk)) == [OWNER]


def test_many_users_at_once():
    """A list of users is one purchase; each is a person, in the order of their seats."""
    desk = expressvpn()
    people = [{"email": f"u{n}@acme.example", "name": f"User {n}"} for n in range(50)]
    answer = desk.do("AddSeats", subscription="vpn", quantity=50, assign=people)
    assigned = [e.fact for e in answer.events if isinstance(e.fact, SeatAssigned)]

    assert len(assigned) == 50
    assert [fact.person for fact in assigned[:2]] == [
        rows(desk)["u0@acme.example"].person, rows(desk)["u1@acme.example"].person
    ]  # fmt: skip
    twice = [{"email": f"v{n % 25}@acme.example", "name": "V"} for n in range(26)]
    refused = desk.refused("AddSeats", subscription="vpn", quantity=50, assign=twice)
    assert refused.code == "seats.user_already_has_seat"


def test_staff_act_as_the_seller_under_their_own_id():
    """An address among the staff of the ledger is the seller's, and history says whose it was."""
    desk = expressvpn()
    staff = PersonRow(STAFF, "s-1", 1, "sam@seller.example", "sam@seller.example", "Sam")
    desk.store.append([Decision("staff", b"", b"{}", None, (), people=(staff,))])
    money = {"amount": "1.00", "currency": "USD"}
    answer = desk.do("GrantCredit", "sam@seller.example", account="acme", amount=money)

    actor = answer.events[0].actor
    assert (actor.kind, actor.person, actor.role) == ("seller", "s-1", "seller")


@pytest.mark.rule("EV-14", "SE-06")
def test_an_activation_is_shown_once_and_stored_nowhere():
    """The answer holds it; the log, the record and the repeat do not."""
    desk = expressvpn()
    desk.do("AssignSeat", **ANN)
    issue = {"subscription": "vpn", "seat": 1}
    secret = desk.do("IssueActivation", **issue, command_id="i").result["activation"]
    again = desk.do("IssueActivation", **issue, command_id="i")

    assert again.repeated
    assert again.result["activation"] is None
    assert "issue a new one" in again.result["remedy"]
    use = {**issue, "activation": f" {secret} "}
    assert desk.do("ActivateSeat", "ann@acme.example", **use).events[0].type == "SeatActivated"
    wrong = desk.refused("ActivateSeat", **{**issue, "activation": secret[::-1]})
    assert wrong.code == "seats.activation_not_valid"
    assert secret not in everything(desk)
    assert secret[::-1] not in everything(desk)


def test_every_activation_is_another():
    """Two activations are never the same, and the second kills the first (EV-15)."""
    desk = expressvpn()
    desk.do("AssignSeat", **ANN)
    issue = {"subscription": "vpn", "seat": 1}
    first = desk.do("IssueActivation", **issue).result["activation"]
    second = desk.do("IssueActivation", **issue).result["activation"]

    assert first != second
    assert desk.refused("ActivateSeat", **issue, activation=first).code == (
        "seats.activation_not_valid"
    )


@pytest.mark.rule("MS-05")
def test_a_product_key_is_stored_as_its_digest():
    """Fact, record and claim hold the digest; a malformed key is not kept either."""
    desk = Desk.in_memory("microsoft")
    desk.open(country="FR")
    desk.do("GrantRole", account="acme", email=OWNER, role="global_administrator")
    redeem = {"account": "acme", "subscription": "k"}
    malformed = desk.refused("RedeemProductKey", **redeem, key="DEMO1 oops")
    answer = desk.do("RedeemProductKey", **redeem, key=KEY.lower())

    assert malformed.code == "subscription.key_malformed"
    assert answer.events[0].command is not None
    assert answer.events[0].command.fields["key"] == f"sha256:{key_digest(KEY)}"
    assert KEY not in everything(desk).upper()
    assert "OOPS" not in everything(desk).upper()
    second = desk.refused("RedeemProductKey", account="acme", subscription="k2", key=KEY)
    assert second.code == "subscription.key_already_used"


def test_attempts_of_known_actors_are_kept():
    """Refusals with code and parameters, dry runs with total and digest, each with its record."""
    desk = expressvpn()
    desk.refused("AddSeats", subscription="vpn", quantity=5, payment_method="cheque")
    shown = desk.preview("AddSeats", subscription="vpn", quantity=5)
    desk.refused("AddSeats", "stranger@x.example", subscription="vpn", quantity=5)
    refused, previewed = desk.store.attempts("acme")

    assert refused.code == "payment.method_not_accepted"
    assert json.loads(refused.command)["fields"]["payment_method"] == "cheque"
    assert previewed.code is None
    total = shown.preview["invoice"]["total"]
    assert json.loads(previewed.parameters)["total"] == total
    assert previewed.position == desk.store.head()
    assert desk.store.attempts(None) == []


def test_attempts_of_the_seller_on_unknown_ids_are_kept():
    """The seller is known everywhere, so what it tried leaves a row even without an account."""
    desk = expressvpn()
    desk.refused("CancelOrder", SELLER, order="no")
    (row,) = desk.store.attempts(None)

    assert row.code == "order.unknown"
    assert json.loads(row.actor)["kind"] == "seller"
