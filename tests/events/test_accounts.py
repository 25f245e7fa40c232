"""Facts of an account: what is stored of firms, roles and persons."""

import pytest
from pydantic import ValidationError

from events.accounts import AccountOpened, BillingDetails, PaymentMethodAdded, PersonRef
from events.fact import Claim
from tests.events.round_trip import comes_back, data, is_closed, read, stored

FACTS = [
    "AccountOpened", "BillingDetailsChanged", "RoleGranted", "RoleRevoked", "EmailDomainApproved",
    "EmailDomainWithdrawn", "PaymentMethodAdded", "ApplicationSubmitted", "ApplicationApproved",
    "ApplicationRejected", "PersonForgotten",
]  # fmt: skip


@pytest.mark.parametrize("name", FACTS)
def test_facts_come_back_as_they_were_stored(name: str):
    """Through canonical JSON, with no field guessed."""
    comes_back(stored(name))
    is_closed(name)


def test_an_account_claims_its_id():
    """So that no second account of the ledger has it."""
    opened = stored("AccountOpened")
    assert isinstance(opened, AccountOpened)
    assert opened.claims() == (Claim("account", opened.account),)
    assert stored("RoleGranted").claims() == ()


@pytest.mark.parametrize("account", ["", "-acme", "a" * 101, "ac me", "acme\n", "ä"])
def test_an_id_has_the_form_of_one(account: str):
    """Letters, digits and . _ : - after the first, at most a hundred."""
    with pytest.raises(ValidationError):
        read(AccountOpened, {**data("AccountOpened"), "account": account})


def test_details_may_be_as_few_as_a_country():
    """All else is what a firm says of itself; a person's name has no place."""
    comes_back(BillingDetails(country="FR"))
    assert set(PersonRef.model_fields) == {"person", "revision"}
    for name in ("email", "person", "phone"):
        with pytest.raises(ValidationError):
            read(BillingDetails, {"country": "FR", name: "ann"})


def test_ways_to_pay_stay_in_the_house():
    """A provider's token is published to nobody."""
    assert not PaymentMethodAdded.PUBLIC
    assert AccountOpened.PUBLIC
