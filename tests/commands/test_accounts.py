"""Accounts: opening one, its particulars, its ways to pay."""

from importlib.resources import files

import pytest
from pydantic import ValidationError

from commands.accounts import AddPaymentMethod, ChangeBillingDetails, OpenAccount
from commands.countries import COUNTRIES
from events.accounts import (
    AccountOpened,
    BillingDetails,
    BillingDetailsChanged,
    PaymentMethodAdded,
    PersonRef,
)
from events.plans import Channel
from tests.support.given import OWNER, SELLER, given, person

ADVISER = {"kind": "corporate", "name": "Advisers", "contact": "+353 1 555 0150"}
OPEN = {"account": "acme", "email": OWNER, "country": "IE"}


def test_whoever_opens_an_account_becomes_its_owner():
    """Anyone may open an account; it keeps its catalogue's currency and zone for ever."""
    story = (
        given("goto")
        .when(OpenAccount, **OPEN, name="Acme Ltd")
        .then(
            AccountOpened(
                account="acme",
                catalogue="goto",
                currency="EUR",
                time_zone="Europe/Dublin",
                owner=PersonRef(person=person(OWNER).person, revision=1),
                details=BillingDetails(country="IE", name="Acme Ltd"),
            )
        )
    )

    assert story.state.roles[person(OWNER).person] == ("owner",)


def test_the_person_of_the_email_owns_it_whoever_opened_it():
    """The seller opens accounts for others: the address that it gives is the owner's."""
    outcome = given("goto").when(OpenAccount, by=SELLER, **OPEN)

    assert outcome.accepted().state.roles[person(OWNER).person] == ("owner",)


def test_an_account_id_is_unique_in_the_ledger():
    """An id that this or another catalogue's account has is taken."""
    given("goto").account().when(OpenAccount, **OPEN).refused("account.exists")
    given("goto").when(OpenAccount, taken=(("account", "acme"),), **OPEN).refused("account.exists")


def test_the_catalogue_must_be_there():
    """An account cannot be opened in a catalogue that was never published."""
    given("goto").when(OpenAccount, **OPEN, catalogue="goto").then(AccountOpened)
    given("goto").when(OpenAccount, **OPEN, catalogue="other").refused("command.invalid")
    given(None).when(OpenAccount, **OPEN).refused("command.invalid")


@pytest.mark.rule("GT-02")
def test_only_the_seller_gives_an_account_a_channel():
    """A buyer cannot put an adviser, or anybody, between itself and the seller."""
    story = given("goto")
    story.when(OpenAccount, **OPEN, channel=ADVISER).refused("access.role_missing")
    story.when(OpenAccount, **OPEN, channel="direct").then(AccountOpened)
    opened = story.when(OpenAccount, by=SELLER, **OPEN, channel=ADVISER).accepted()

    assert opened.state.channel == Channel(**ADVISER)


def test_countries_are_those_of_iso_3166():
    """Our list is that of the time zone data base, and Kosovo."""
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    known = {line[:2] for line in table.splitlines() if not line.startswith("#")}

    assert known | {"XK"} == COUNTRIES


@pytest.mark.parametrize("country", ["ie", "IRL", "EL", "UK", "ZZ", "", 1, None])
def test_a_country_that_is_none_is_refused(country: object):
    """A country is an assigned code of two capitals."""
    given("goto").when(OpenAccount, **OPEN | {"country": country}).refused("command.invalid")


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "nobody"},
        {"account": "-acme"},
        {"account": "a" * 101},
        {"name": "two\nlines"},
        {"name": " "},
        {"address": {"lines": [], "postcode": "1", "city": "x"}},
        {"channel": "reseller"},
        {"channel": {"kind": "friend", "name": "x", "contact": "y"}},
        {"colour": "blue"},
    ],
)
def test_a_malformed_account_is_refused(fields: dict[str, object]):
    """A field of another form, or one too many, opens nothing."""
    given("goto").when(OpenAccount, **OPEN | fields).refused("command.invalid")


@pytest.mark.rule("GT-08")
@pytest.mark.parametrize(
    ("country", "number", "fits"),
    [
        ("IE", "IE6433435F", True),
        ("IE", "IE6433435X", False),
        ("FR", "FR40303265045", True),
        ("FR", "IE6433435F", False),
        ("GR", "EL094259216", True),
        ("DE", "DE 136,695 976", False),
    ],
)
def test_the_form_of_a_vat_number_is_checked(country: str, number: str, fits: bool):
    """A VAT number that its country cannot have given opens no account."""
    fields = OPEN | {"country": country, "vat_number": number}
    outcome = given("goto").when(OpenAccount, **fields)

    if fits:
        outcome.then(AccountOpened)
    else:
        outcome.refused("account.vat_number_malformed", number, country, rule="GT-08")


def test_billing_details_change_one_by_one():
    """What is given changes, null clears, and what is left out stays."""
    story = given("goto").account(country="IE", vat_number="IE6433435F")
    story = story.when(ChangeBillingDetails, account="acme", name="Acme").then(
        BillingDetailsChanged(
            details=BillingDetails(country="IE", name="Acme", vat_number="IE6433435F")
        )
    )
    story = story.when(ChangeBillingDetails, account="acme", vat_number=None).then(
        BillingDetailsChanged(details=BillingDetails(country="IE", name="Acme"))
    )
    story.when(ChangeBillingDetails, account="acme", name="Acme").nothing()


@pytest.mark.rule("GT-08")
def test_a_vat_number_must_fit_the_country_that_it_stays_with():
    """Who moves to another country must change or clear the number."""
    story = given("goto").account(country="IE", vat_number="IE6433435F")
    move = {"account": "acme", "country": "FR"}
    story.when(ChangeBillingDetails, **move).refused("account.vat_number_malformed")
    story.when(ChangeBillingDetails, **move, vat_number="FR40303265045").then(BillingDetailsChanged)
    story.when(ChangeBillingDetails, **move, vat_number=None).then(BillingDetailsChanged)


def test_details_need_something_to_change_and_keep_a_country():
    """No field at all, or a country that is cleared, is no change of details."""
    story = given("goto").account()
    story.when(ChangeBillingDetails, account="acme").refused("command.invalid", "at least one")
    story.when(ChangeBillingDetails, account="acme", country=None).refused("command.invalid")
    story.when(ChangeBillingDetails, account="acme", email="a@b.example").refused("command.invalid")


def test_the_record_of_a_change_of_details_clears_nothing():
    """Decided anew from its record, a change touches the same fields as before."""
    changed = ChangeBillingDetails(account="acme", name=None, registration="HRB 1")
    record = changed.model_dump(mode="json")

    assert record == {"account": "acme", "name": None, "registration": "HRB 1"}
    assert ChangeBillingDetails.model_validate(record).changed == changed.changed


def test_a_registration_may_name_its_scheme():
    """A text has none; a number with its scheme is kept in two parts; the last one given holds."""
    fields = {"account": "acme", "email": OWNER, "country": "FR"}
    opened = given("goto").when(
        OpenAccount, **fields, registration={"scheme": "0002", "id": "403032650"}
    )
    story = opened.accepted()
    details = story.state.details
    assert (details.registration, details.registration_scheme) == ("403032650", "0002")

    story = story.done(ChangeBillingDetails, account="acme", registration="RCS Paris")
    details = story.state.details
    assert (details.registration, details.registration_scheme) == ("RCS Paris", None)

    changed = ChangeBillingDetails(account="acme", registration={"scheme": "0009", "id": "1"})
    again = ChangeBillingDetails.model_validate(changed.model_dump(mode="json"))
    assert again == changed
    story.when(ChangeBillingDetails, account="acme", registration={"id": "1"}).refused(
        "command.invalid", "scheme"
    )


@pytest.mark.rule("GT-08")
def test_a_payment_method_is_put_on_file():
    """The provider's token is kept, and the same word again without one changes nothing."""
    story = given("goto").account()
    story = story.when(
        AddPaymentMethod, account="acme", payment_method="card", reference="tok_17"
    ).then(PaymentMethodAdded(payment_method="card", reference="tok_17"))
    story.when(AddPaymentMethod, account="acme", payment_method="card").nothing()
    story.when(AddPaymentMethod, account="acme", payment_method="card", reference="tok_18").then(
        PaymentMethodAdded
    )


@pytest.mark.parametrize(
    ("reference", "accepted"),
    [
        ("4111111111111111", False),
        ("4111 1111-1111 1111", False),
        ("my card 378282246310005", False),
        ("4111111111111112", True),
        ("tok_4111111111111111", True),
        ("123456789012", True),
    ],
)
def test_a_card_number_is_never_taken(reference: str, accepted: bool):
    """13 to 19 digits with a card's check digit are no token."""
    fields = {"account": "acme", "payment_method": "card", "reference": reference}

    if accepted:
        AddPaymentMethod.model_validate(fields)
    else:
        with pytest.raises(ValidationError, match="card number"):
            AddPaymentMethod.model_validate(fields)


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (ChangeBillingDetails, {"name": "Acme"}),
        (AddPaymentMethod, {"payment_method": "card"}),
    ],
)
def test_owner_and_billing_contact_keep_the_details(command, fields: dict[str, str]):
    """Nobody else of the account changes what invoices say or how they are paid."""
    roles = {"bill@acme.example": "billing_contact", "boss@acme.example": "administrator"}
    story = given("goto").account(roles=roles)
    for actor in (OWNER, "bill@acme.example", SELLER):
        assert story.when(command, by=actor, account="acme", **fields).accepted()
    for actor in ("boss@acme.example", "stranger@x.example"):
        story.when(command, by=actor, account="acme", **fields).refused("access.role_missing")
    given("goto").when(command, account="acme", **fields).refused("account.unknown")
