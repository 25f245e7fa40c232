"""Facts of an account: its opening, its details, roles, domains, methods and application."""

from typing import Annotated, ClassVar

from events.catalogue import Channel
from events.fact import Claim, Fact, Identifier, Value, left_out_if
from events.parties import Address, ElectronicAddress


class PersonRef(Value):
    """A person as a fact knows one: an id, and the revision of the name that held then."""

    person: str
    revision: int


class BillingDetails(Value):
    """What an invoice says of its buyer: a firm's particulars, never a person's."""

    country: str
    name: str | None = None
    vat_number: str | None = None
    address: Address | None = None
    registration: str | None = None
    registration_scheme: Annotated[str | None, left_out_if(None)] = None
    electronic_address: ElectronicAddress | None = None
    buyer_reference: str | None = None


class AccountOpened(Fact):
    """An account was opened by its owner, in one catalogue for ever."""

    NAME: ClassVar[str] = "AccountOpened"
    account: Identifier
    catalogue: str
    currency: str
    time_zone: str
    owner: PersonRef
    details: BillingDetails
    channel: Channel | None = None

    def claims(self) -> tuple[Claim, ...]:
        """The id of an account is unique in the ledger."""
        return (Claim("account", self.account),)


class BillingDetailsChanged(Fact):
    """The account's particulars from now on, all of them."""

    NAME: ClassVar[str] = "BillingDetailsChanged"
    details: BillingDetails


class RoleGranted(Fact):
    """A person got a role in the account."""

    NAME: ClassVar[str] = "RoleGranted"
    person: str
    revision: int
    role: str


class RoleRevoked(Fact):
    """A person lost a role in the account."""

    NAME: ClassVar[str] = "RoleRevoked"
    person: str
    role: str


class EmailDomainApproved(Fact):
    """Users of this e-mail domain may be given seats (SE-07)."""

    NAME: ClassVar[str] = "EmailDomainApproved"
    domain: str


class EmailDomainWithdrawn(Fact):
    """Users of this e-mail domain may no longer be given seats (SE-07)."""

    NAME: ClassVar[str] = "EmailDomainWithdrawn"
    domain: str


class PaymentMethodAdded(Fact):
    """A way to pay was put on file, by the payment provider's token."""

    NAME: ClassVar[str] = "PaymentMethodAdded"
    PUBLIC: ClassVar[bool] = False
    payment_method: str
    reference: str | None = None


class ApplicationSubmitted(Fact):
    """The account applied for volume licences (EV-04)."""

    NAME: ClassVar[str] = "ApplicationSubmitted"


class ApplicationApproved(Fact):
    """The application for volume licences was approved (EV-04)."""

    NAME: ClassVar[str] = "ApplicationApproved"


class ApplicationRejected(Fact):
    """The application for volume licences was rejected (EV-04)."""

    NAME: ClassVar[str] = "ApplicationRejected"
    reason: str | None = None


class PersonForgotten(Fact):
    """The name and address behind a person's id were deleted; the id stays in history."""

    NAME: ClassVar[str] = "PersonForgotten"
    person: str
