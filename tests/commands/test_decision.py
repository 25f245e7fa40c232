"""What a command is, and what a decision may draw on."""

import inspect
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from commands.credit_notes import CreditedLine
from commands.decision import Email, Policy, decide
from commands.holders import HolderGiven, NamedPerson, OtherAssignee
from commands.payments import InvoiceAmount
from commands.people import GrantRole
from commands.purchases import StartSubscription
from commands.refusals import Refused
from commands.registry import COMMANDS
from commands.seats import AssignSeat
from events.accounts import PersonRef
from events.envelope import Actor
from events.money import Money
from tests.support.given import OWNER, Story, given
from tests.support.shop import PER_PERIOD, plan, shop, started

START = {
    "account": "acme",
    "subscription": "desk",
    "plan": "desk",
    "seats": 1,
    "payment_method": "card",
}
COMMANDS_OF_THE_CONTRACT = {
    "OpenAccount", "ChangeBillingDetails", "GrantRole", "RevokeRole", "ApproveEmailDomain",
    "WithdrawEmailDomain", "AddPaymentMethod", "ApplyForVolumeLicences", "ApproveApplication",
    "RejectApplication", "GrantCredit", "ForgetPerson", "PublishPlan", "WithdrawPlan",
    "StartSubscription", "StartTrial", "ConvertTrial", "CancelSubscription", "RenewSubscription",
    "EndSubscription", "ChangePlan", "RedeemProductKey", "AddSeats", "SetSeatTotal", "RemoveSeats",
    "DisableAutoRenew", "EnableAutoRenew", "AssignSeat", "ReassignSeat", "ReleaseSeat",
    "IssueActivation", "ActivateSeat", "AddToCart", "RemoveFromCart", "PlaceOrder", "CancelOrder",
    "ExpireOrder", "PassCreditCheck", "FailCreditCheck", "RecordPaymentFailure", "RecordPayment",
    "IssueCreditNote", "RunStatement", "KeepSubscription", "WithdrawCredit", "ApplyCredit",
    "ReversePayment", "RecordRefund",
}  # fmt: skip

NOT_WHILE_DUE_WORK_IS_STUCK = {
    "StartSubscription", "StartTrial", "ConvertTrial", "RedeemProductKey", "AddSeats", "PlaceOrder",
    "SetSeatTotal", "ChangePlan", "KeepSubscription", "EnableAutoRenew", "RenewSubscription",
    "RunStatement",
}  # fmt: skip


def policy() -> Policy:
    """What a decision of the shop may draw on."""
    made = started(1).when(AssignSeat, subscription="desk", email=OWNER, name="Owner").policy
    assert made is not None
    return made


def test_every_command_of_the_contract_can_be_decided():
    """No more and no fewer; each decision explains itself."""
    assert set(COMMANDS) == COMMANDS_OF_THE_CONTRACT
    for entry in COMMANDS.values():
        assert inspect.getdoc(entry.command)
        assert inspect.getdoc(entry.decision)


def test_an_account_whose_due_work_is_stuck_takes_all_that_buys_nothing():
    """CONTRACT 5.29: refused is what buys or gives a seat a new term, or is due work itself."""
    needing = {name for name, entry in COMMANDS.items() if entry.command.NEEDS_DUE_WORK}
    assert needing == NOT_WHILE_DUE_WORK_IS_STUCK


def test_no_command_has_changed_its_shape_yet():
    """Each is recorded with its version, the first."""
    assert {entry.command.VERSION for entry in COMMANDS.values()} == {1}


PARTS: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (StartSubscription, START),
    (CreditedLine, {"line": 1, "seats": 2}),
    (InvoiceAmount, {"invoice": "D-1", "amount": Money(1, "EUR")}),
    (NamedPerson, {"email": OWNER, "name": "Owner"}),
    (HolderGiven, {"kind": "agent", "id": "a"}),
    (OtherAssignee, {"holder": HolderGiven(kind="agent", id="a")}),
    (PersonRef, {"person": "p", "revision": 1}),
]


@pytest.mark.parametrize(("part", "fields"), PARTS)
def test_what_is_asked_and_what_is_recorded_never_changes(part: type[BaseModel], fields):
    """A command is recorded as it was decided: it, its parts and facts are frozen and strict."""
    made = part.model_validate(fields)
    for name, value in fields.items():
        with pytest.raises(ValidationError, match="frozen"):
            setattr(made, name, value)
        with pytest.raises(ValidationError):
            part.model_validate(fields | {name: 1.0})
    with pytest.raises(ValidationError, match="Extra inputs"):
        part.model_validate(fields | {"other": 1})


BAD_FIELDS = [
    {"seats": True},
    {"seats": 1.0},
    {"seats": "1"},
    {"seats": None},
    {"seats": -1},
    {"seats": 10**30},
    {"account": ""},
    {"account": "-acme"},
    {"account": "a" * 101},
    {"account": "ac me"},
    {"subscription": "a\n"},
    {"payment_method": "Card"},
    {"payment_method": 7},
    {"purchase_order": "a\tb"},
    {"purchase_order": ""},
    {"assign": [{"email": "ann@acme.example"}]},
    {"assign": [{"email": "nobody", "name": "Ann"}]},
    {"assign": {"email": "ann@acme.example", "name": "Ann"}},
    {"extra": 1},
]


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("fields", BAD_FIELDS, ids=str)
def test_fields_are_strict_and_none_is_extra(fields: dict[str, Any]):
    """A missing, extra or wrong-typed field is no command."""
    with pytest.raises(ValidationError):
        StartSubscription.model_validate({**START, **fields})
    for name in START:
        with pytest.raises(ValidationError):
            StartSubscription.model_validate({k: v for k, v in START.items() if k != name})
    assert StartSubscription.model_validate(START).seats == 1


@pytest.mark.parametrize(
    ("email", "good"),
    [
        ("ann@acme.example", True),
        (" Ann@Acme.example ", True),
        ("ann", False),
        ("ann@acme", False),
        ("ann@@acme.example", False),
        ("a nn@acme.example", False),
        ("ann@acme..example", False),
        ("ann\x00@acme.example", False),
    ],
)
def test_an_address_has_the_form_of_one(email: str, good: bool):
    """With one @ and a domain of two parts at least; blanks around it do not matter."""
    assert Email
    fields = {"email": email, "name": "Ann"}
    if good:
        assert NamedPerson.model_validate(fields).email == email
    else:
        with pytest.raises(ValidationError):
            NamedPerson.model_validate(fields)


def test_ids_inside_a_decision_count_from_one():
    """Each is the command's id and a number."""
    drawn = policy()
    given_before = drawn.trace.ids
    assert drawn.next_id() == f"{drawn.command_id}/{given_before + 1}"
    assert drawn.next_id() == f"{drawn.command_id}/{given_before + 2}"


def test_a_decision_leaves_the_versions_that_it_used():
    """So that it can be made anew from its record."""
    story = started(1)
    outcome = story.when(StartSubscription, **{**START, "subscription": "new"})
    assert outcome.policy is not None
    assert outcome.policy.trace.plans == {"desk": 1}
    assert outcome.policy.trace.role == "owner"


def test_a_plan_that_is_not_sold_yet_is_unknown():
    """Its day has not come."""
    story = given(shop(desk=plan(**{"from": "2030-01-01"}))).account()
    story.when(StartSubscription, **START).refused("catalogue.plan_unknown", rule="SE-01")
    with pytest.raises(LookupError):
        policy().plan_version("desk", 7)


@pytest.mark.parametrize(
    ("actor", "seller", "due_work"),
    [
        (Actor(kind="person", person="p"), False, False),
        (Actor(kind="seller"), True, False),
        (Actor(kind="system"), True, True),
    ],
)
def test_the_ledgers_own_work_has_the_sellers_rights(actor: Actor, seller: bool, due_work: bool):
    """But it is told apart."""
    drawn = replace(policy(), actor=actor)
    assert (drawn.is_seller, drawn.is_due_work) == (seller, due_work)


@pytest.mark.rule("ALL-01")
def test_an_amount_out_of_range_is_a_refusal():
    """Whatever computes it, the caller learns that it is not possible."""
    dear = {**PER_PERIOD, "tiers": [{"from": 1, "amount": "1000000000000"}]}
    story = given(shop(desk=plan(price=dear, proration={"by": "days"}))).account()
    story.when(StartSubscription, **{**START, "seats": 11}).refused("command.invalid", "amount")
    story.when(StartSubscription, **{**START, "seats": 10}).accepted()


def test_a_decision_is_a_function_of_its_arguments():
    """The same command, state and policy come to the same facts, each time."""
    story: Story = started(5)
    outcome = story.when(StartSubscription, **{**START, "subscription": "new"})
    assert outcome.policy is not None
    command = StartSubscription(**{**START, "subscription": "new"})
    for _ in range(2):
        outcome.policy.trace.ids = 0
        assert decide(command, story.state, outcome.policy) == outcome.facts


def test_only_a_refusal_of_the_catalogue_can_be_raised():
    """The codes are closed."""
    with pytest.raises(KeyError):
        Refused("command.nonsense")
    story = given(shop()).account()
    story.when(GrantRole, account="acme", email="a@b.example", role="king").refused(
        "command.invalid"
    )
