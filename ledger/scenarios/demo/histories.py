"""What happened in the demo: who did what, how many days ago. Everybody in it is made up."""

from dataclasses import dataclass
from typing import Any

DAYS = 430
"""How many days ago the demo begins: the catalogues are published."""


@dataclass(frozen=True, slots=True)
class Did:
    """A command, so many days ago, at an hour of UTC."""

    days_ago: int
    hour: str
    by: str
    do: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OldestOpen:
    """Stands for the number of the account's oldest invoice that is still open."""

    account: str


def _people(domain: str, *names: str) -> list[dict[str, str]]:
    return [{"email": f"{name.split()[0].lower()}@{domain}", "name": name} for name in names]


_ACME, _ACME_OWNER = "acme", "owner@acme.example"
_ACME_HISTORY = (
    Did(428, "08:00", _ACME_OWNER, "OpenAccount", {
        "account": _ACME, "email": _ACME_OWNER, "country": "FR", "name": "Acme SARL"}),
    Did(428, "08:10", _ACME_OWNER, "StartSubscription", {
        "account": _ACME, "subscription": "acme-solo", "plan": "individual-6m", "seats": 1,
        "payment_method": "card"}),
    Did(420, "09:00", _ACME_OWNER, "ApplyForVolumeLicences", {"account": _ACME}),
    Did(419, "15:00", "seller", "ApproveApplication", {"account": _ACME}),
    Did(410, "09:30", _ACME_OWNER, "StartSubscription", {
        "account": _ACME, "subscription": "acme-vpn", "plan": "volume-12m", "seats": 10,
        "payment_method": "card", "assign": _people("acme.example", "Ada Byron", "Bo Diaz")}),
    Did(409, "10:00", _ACME_OWNER, "IssueActivation", {"subscription": "acme-vpn", "seat": 1}),
    Did(350, "11:00", _ACME_OWNER, "AddSeats", {"subscription": "acme-vpn", "quantity": 5}),
    Did(349, "11:00", _ACME_OWNER, "AssignSeat", {
        "subscription": "acme-vpn", "email": "cleo@acme.example", "name": "Cleo Fox"}),
    Did(200, "08:30", _ACME_OWNER, "ReassignSeat", {
        "subscription": "acme-vpn", "seat": 2, "email": "dan@acme.example", "name": "Dan Gray"}),
    Did(120, "16:00", _ACME_OWNER, "DisableAutoRenew", {
        "subscription": "acme-vpn", "seat_numbers": [14, 15]}),
    Did(20, "09:00", _ACME_OWNER, "AddSeats", {"subscription": "acme-vpn", "quantity": 2}),
)  # fmt: skip

_BLUEBIRD, _BLUEBIRD_OWNER = "bluebird", "owner@bluebird.example"
_BLUEBIRD_HISTORY = (
    Did(400, "17:00", _BLUEBIRD_OWNER, "OpenAccount", {
        "account": _BLUEBIRD, "email": _BLUEBIRD_OWNER, "country": "US", "name": "Bluebird LLC"}),
    Did(395, "18:00", _BLUEBIRD_OWNER, "StartSubscription", {
        "account": _BLUEBIRD, "subscription": "bluebird-desktop", "plan": "desktop-business-12m",
        "seats": 20, "payment_method": "bank_transfer", "order": "bluebird-1"}),
    Did(391, "18:00", "seller", "RecordPayment", {"order": "bluebird-1"}),
    Did(390, "18:30", _BLUEBIRD_OWNER, "AssignSeat", {
        "subscription": "bluebird-desktop", "email": "eve@bluebird.example", "name": "Eve Hall"}),
    Did(390, "18:40", _BLUEBIRD_OWNER, "IssueActivation", {
        "subscription": "bluebird-desktop", "seat": 1}),
    Did(300, "18:00", _BLUEBIRD_OWNER, "SetSeatTotal", {
        "subscription": "bluebird-desktop", "total": 28, "payment_method": "paypal",
        "order": "bluebird-2"}),
    Did(299, "18:00", "seller", "RecordPayment", {"order": "bluebird-2"}),
    Did(280, "18:00", _BLUEBIRD_OWNER, "ReleaseSeat", {
        "subscription": "bluebird-desktop", "seat": 1}),
    Did(100, "19:00", _BLUEBIRD_OWNER, "StartSubscription", {
        "account": _BLUEBIRD, "subscription": "bluebird-server", "plan": "application-server-12m",
        "seats": 18, "payment_method": "card"}),
    Did(60, "19:00", _BLUEBIRD_OWNER, "CancelSubscription", {"subscription": "bluebird-desktop"}),
    Did(5, "19:00", _BLUEBIRD_OWNER, "AddSeats", {
        "subscription": "bluebird-server", "quantity": 6, "payment_method": "bank_transfer",
        "order": "bluebird-3"}),
)  # fmt: skip

_CASCADE, _CASCADE_ADMIN = "cascade", "admin@cascade.example"
_CASCADE_HISTORY = (
    Did(382, "14:00", "owner@cascade.example", "OpenAccount", {
        "account": _CASCADE, "email": "owner@cascade.example", "country": "CA",
        "name": "Cascade Health"}),
    Did(382, "14:05", "owner@cascade.example", "GrantRole", {
        "account": _CASCADE, "email": _CASCADE_ADMIN, "role": "administrator"}),
    Did(381, "15:00", "seller", "ApproveEmailDomain", {
        "account": _CASCADE, "domain": "cascade.example"}),
    Did(380, "15:00", _CASCADE_ADMIN, "AddToCart", {
        "account": _CASCADE, "subscription": "cascade-mail", "plan": "mail-12m", "seats": 12}),
    Did(380, "15:05", _CASCADE_ADMIN, "AddToCart", {
        "account": _CASCADE, "subscription": "cascade-sign", "plan": "signature-12m", "seats": 3}),
    Did(380, "15:10", _CASCADE_ADMIN, "PlaceOrder", {
        "account": _CASCADE, "payment_method": "card", "order": "cascade-1"}),
    Did(379, "15:00", _CASCADE_ADMIN, "AssignSeat", {
        "subscription": "cascade-mail", "email": "finn@cascade.example", "name": "Finn Ito"}),
    Did(379, "15:01", _CASCADE_ADMIN, "AssignSeat", {
        "subscription": "cascade-mail", "email": "gia@cascade.example", "name": "Gia Jones"}),
    Did(379, "15:02", _CASCADE_ADMIN, "IssueActivation", {
        "subscription": "cascade-mail", "seat": 1}),
    Did(210, "15:00", _CASCADE_ADMIN, "ReleaseSeat", {"subscription": "cascade-mail", "seat": 2}),
    Did(210, "15:01", _CASCADE_ADMIN, "RemoveSeats", {
        "subscription": "cascade-mail", "seat_numbers": [2]}),
)  # fmt: skip

_DUNES, _DUNES_BILLING = "dunes", "billing@dunes.example"
_DUNES_HISTORY = (
    Did(330, "10:00", "owner@dunes.example", "OpenAccount", {
        "account": _DUNES, "email": "owner@dunes.example", "country": "FR", "name": "Les Dunes SA",
        "vat_number": "FR40303265045"}),
    Did(330, "10:05", "owner@dunes.example", "GrantRole", {
        "account": _DUNES, "email": _DUNES_BILLING, "role": "billing_contact"}),
    Did(329, "10:00", _DUNES_BILLING, "StartTrial", {
        "account": _DUNES, "subscription": "dunes-meeting", "plan": "meeting-pro-12m", "seats": 8,
        "assign": _people("dunes.example", "Hana Kim", "Ivo Lund")}),
    Did(320, "10:00", _DUNES_BILLING, "ConvertTrial", {
        "subscription": "dunes-meeting", "payment_method": "card"}),
    Did(160, "10:00", _DUNES_BILLING, "AddSeats", {"subscription": "dunes-meeting", "quantity": 4}),
    Did(80, "10:00", _DUNES_BILLING, "StartSubscription", {
        "account": _DUNES, "subscription": "dunes-webinar", "plan": "webinar-1m", "seats": 1,
        "payment_method": "direct_debit"}),
)  # fmt: skip

_ELM, _ELM_ADMIN = "elm", "global@elm.example"
_ELM_HISTORY = (
    Did(300, "09:00", "owner@elm.example", "OpenAccount", {
        "account": _ELM, "email": "owner@elm.example", "country": "DE", "name": "Elm GmbH"}),
    Did(300, "09:05", "owner@elm.example", "GrantRole", {
        "account": _ELM, "email": _ELM_ADMIN, "role": "global_administrator"}),
    Did(298, "09:00", _ELM_ADMIN, "StartSubscription", {
        "account": _ELM, "subscription": "elm-standard", "plan": "business-standard-12m",
        "seats": 25, "payment_method": "invoice", "order": "elm-1", "purchase_order": "PO-4711"}),
    Did(296, "09:00", "seller", "PassCreditCheck", {"order": "elm-1"}),
    Did(295, "09:00", _ELM_ADMIN, "AssignSeat", {
        "subscription": "elm-standard", "email": "jan@elm.example", "name": "Jan Meier"}),
    Did(240, "12:00", "seller", "RecordPayment", {"invoice": OldestOpen(_ELM)}),
    Did(150, "09:00", _ELM_ADMIN, "AddSeats", {
        "subscription": "elm-standard", "quantity": 2, "payment_method": "card",
        "assign": _people("elm.example", "Kai Nolte", "Lea Otto")}),
    Did(90, "09:00", _ELM_ADMIN, "RedeemProductKey", {
        "account": _ELM, "subscription": "elm-prepaid", "key": "DEMO1-AAAAA-BBBBB-CCCCC-00002"}),
    Did(10, "09:00", "seller", "GrantCredit", {
        "account": _ELM, "amount": {"amount": "50.00", "currency": "EUR"},
        "reason": "an outage in the autumn"}),
)  # fmt: skip

ACCOUNTS = {
    _ACME: _ACME_HISTORY,
    _BLUEBIRD: _BLUEBIRD_HISTORY,
    _CASCADE: _CASCADE_HISTORY,
    _DUNES: _DUNES_HISTORY,
    _ELM: _ELM_HISTORY,
}
"""The demo accounts, each in its own vendor's catalogue."""

CATALOGUES = {
    _ACME: "expressvpn",
    _BLUEBIRD: "parallels",
    _CASCADE: "secureexchanges",
    _DUNES: "goto",
    _ELM: "microsoft",
}
"""The catalogue of each demo account."""
