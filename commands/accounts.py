"""Accounts: opening one, what its invoices say of it, and the ways to pay that it has on file."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from commands.access import require_account, require_channel_giver, require_role
from commands.accumulator import Work
from commands.amounts.tax import vat_number_ok
from commands.catalogue_file import ChannelGiven, RegistrationGiven, registration_parts
from commands.completion import complete_covered
from commands.countries import KnownCountry
from commands.decision import Command, Email, Policy, Word, decides
from commands.refusals import Facts, Refused, invalid
from commands.state.account import AccountState
from events.accounts import (
    AccountOpened,
    BillingDetails,
    BillingDetailsChanged,
    PaymentMethodAdded,
    PersonRef,
)
from events.fact import Identifier
from events.parties import Address, ElectronicAddress, Line

_CARD_NUMBER = re.compile(r"(?<!\w)[0-9](?:[ .-]?[0-9]){12,18}(?!\w)")


def no_card_number(text: str) -> str:
    """The text itself; ValueError where it holds what looks like a card number.

    That is 13 to 19 digits with the check digit of cards, with or without blanks between.
    """
    if any(_has_check_digit(found[0]) for found in _CARD_NUMBER.finditer(text)):
        raise ValueError("a card number is never kept here; give the payment provider's token")
    return text


def _has_check_digit(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number) if digit.isdigit()]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


Token = Annotated[Line, AfterValidator(no_card_number)]
"""What a payment provider calls a way to pay."""


class OpenAccount(Command):
    """Open an account; `email` becomes its owner. `catalogue` left out: the ledger's only one."""

    account: Identifier
    email: Email
    country: KnownCountry
    catalogue: Identifier | None = None
    name: Line | None = None
    vat_number: Line | None = None
    address: Address | None = None
    registration: RegistrationGiven | None = None
    electronic_address: ElectronicAddress | None = None
    buyer_reference: Line | None = None
    channel: ChannelGiven = None


@decides(OpenAccount)
def open_account(command: OpenAccount, state: AccountState, policy: Policy) -> Facts:
    """Open an account in one catalogue for ever, whose currency and time zone it keeps.

    Raises:
        Refused: `command.invalid` (another catalogue), `access.role_missing` (a channel given by
            somebody else than the seller), `account.exists`, `account.vat_number_malformed`.
    """
    catalogue = policy.catalogue
    if catalogue.published_seller is None or command.catalogue not in {None, catalogue.name}:
        raise invalid("catalogue", "there is no such catalogue")
    require_channel_giver(policy, command.channel)
    if state.exists or policy.taken("account", command.account):
        raise Refused("account.exists", account=command.account)
    details = BillingDetails(
        country=command.country,
        **_as_held({name: getattr(command, name) for name in _GIVEN_DETAILS}),
    )
    _check_vat_number(details)
    owner = policy.person(command.email)
    opened = AccountOpened(
        account=command.account,
        catalogue=catalogue.name,
        currency=catalogue.seller.currency,
        time_zone=catalogue.seller.time_zone,
        owner=PersonRef(person=owner.person, revision=owner.revision),
        details=details,
        channel=command.channel,
    )
    return (opened,)


class ChangeBillingDetails(Command):
    """Change what later invoices say of the buyer: the fields that are given, null clears one."""

    account: Identifier
    country: KnownCountry | None = None
    name: Line | None = None
    vat_number: Line | None = None
    address: Address | None = None
    registration: RegistrationGiven | None = None
    electronic_address: ElectronicAddress | None = None
    buyer_reference: Line | None = None

    @model_validator(mode="after")
    def _something_is_given(self) -> Self:
        given = self.changed
        if not given:
            raise ValueError("at least one of the details is needed")
        if given.get("country", "given") is None:
            raise ValueError("country cannot be cleared")
        return self

    @model_serializer(mode="wrap")
    def _only_what_is_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A record that filled in null for what was left out would clear it when decided anew.
        written: dict[str, Any] = handler(self)
        return {name: value for name, value in written.items() if name in self.model_fields_set}

    @property
    def changed(self) -> dict[str, Any]:
        """The details that are given, by name."""
        names = {"country", *_GIVEN_DETAILS}
        return {name: getattr(self, name) for name in self.model_fields_set & names}


_GIVEN_DETAILS = tuple(
    name for name in BillingDetails.model_fields if name not in {"country", "registration_scheme"}
)
"""The details that a command may give beside the country, by name."""


def _as_held(given: Mapping[str, Any]) -> dict[str, Any]:
    """Details as facts hold them: a registration in its two parts."""
    held = dict(given)
    if "registration" in held:
        parts = registration_parts(held["registration"])
        held |= {"registration": parts.id, "registration_scheme": parts.scheme}
    return held


@decides(ChangeBillingDetails)
def change_billing_details(
    command: ChangeBillingDetails, state: AccountState, policy: Policy
) -> Facts:
    """Change the particulars of later invoices; issued ones stay as they are (ALL-08, GT-08).

    Where less tax is due by them, an order that waits may be covered by what has come (5.27).

    Raises:
        Refused: `account.unknown`, `access.role_missing`, `account.vat_number_malformed`: a
            number must fit its country, also where the country changes under it.
    """
    require_account(state, command.account)
    require_role(policy, ("owner", "billing_contact"))
    present = state.details
    if present is None:
        raise Refused("account.unknown")
    details = present.model_copy(update=_as_held(command.changed))
    if (details.country, details.vat_number) != (present.country, present.vat_number):
        _check_vat_number(details)
    if details == present:
        return ()
    work = Work(state, policy)
    work.add(BillingDetailsChanged(details=details))
    complete_covered(work)
    return work.facts


def _check_vat_number(details: BillingDetails) -> None:
    """Whether the VAT number has the form of its country (GT-08)."""
    number = details.vat_number
    if number is not None and not vat_number_ok(number, details.country):
        raise Refused(
            "account.vat_number_malformed",
            detail=f"{number} has not the form of a VAT number of {details.country}.",
            country=details.country,
        )


class AddPaymentMethod(Command):
    """Put a way to pay on file, by the provider's token; it is never needed before buying."""

    account: Identifier
    payment_method: Word
    reference: Token | None = None


@decides(AddPaymentMethod)
def add_payment_method(command: AddPaymentMethod, state: AccountState, policy: Policy) -> Facts:
    """Put a way to pay on file (GT-08); one that is there already adds nothing without a token.

    Raises:
        Refused: `account.unknown`, `access.role_missing`.
    """
    require_account(state, command.account)
    require_role(policy, ("owner", "billing_contact"))
    if command.reference is None and command.payment_method in state.methods:
        return ()
    return (PaymentMethodAdded(payment_method=command.payment_method, reference=command.reference),)
