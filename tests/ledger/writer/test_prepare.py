"""Bad input: each is answered with a clear problem that repeats nothing, and nothing is written."""

from typing import Any

import pytest

from commands.refusals import RefusalAnswer
from ledger.writer import SELLER, Intent, RefusedCommand
from ledger.writer.prepare import COMMAND_ID_MAX, DEPTH_MAX, SIZE_MAX
from tests.support.desk import OWNER, Desk, expressvpn, mapping_of

BUY: dict[str, Any] = {"subscription": "vpn", "quantity": 5}
CREDIT: dict[str, Any] = {"account": "acme", "amount": {"amount": "5.00", "currency": "USD"}}
ASSIGN: dict[str, Any] = {"subscription": "vpn", "email": "a@b.example", "name": "A"}


@pytest.fixture
def desk() -> Desk:
    """A desk with an account of ten seats."""
    return expressvpn()


def sent(desk: Desk, name: Any, fields: Any, actor: str = OWNER, **beside: Any) -> RefusalAnswer:
    """Send what is refused; nothing is in the log after it."""
    before = desk.store.head()
    with pytest.raises(RefusedCommand) as refused:
        desk.service.handle(Intent(name, fields, actor, **beside))
    assert desk.store.head() == before
    return refused.value.answer


def deep(levels: int) -> dict[str, Any]:
    """A mapping in a mapping in a mapping."""
    found: dict[str, Any] = {}
    for _ in range(levels):
        found = {"a": found}
    return found


FIELDS = [
    ("AddSeats", {}, "subscription: is needed"),
    ("AddSeats", {"subscription": "vpn"}, "quantity: is needed"),
    ("AddSeats", {**BUY, "colour": "red"}, "colour: is not a field of AddSeats"),
    ("AddSeats", {**BUY, "quantity": "5"}, "quantity: must be a whole number"),
    ("AddSeats", {**BUY, "quantity": True}, "quantity: must be a whole number"),
    ("AddSeats", {**BUY, "quantity": None}, "quantity: must be a whole number"),
    ("AddSeats", {**BUY, "quantity": 0}, "quantity: must be 1 or more"),
    ("AddSeats", {**BUY, "quantity": -5}, "quantity: must be 1 or more"),
    ("AddSeats", {**BUY, "quantity": 10**7}, "quantity: must be 1000000 or less"),
    ("AddSeats", {**BUY, "quantity": 10**30}, "quantity: is too large"),
    ("AddSeats", {**BUY, "quantity": -(10**5000)}, "quantity: is too large"),
    ("AddSeats", {**BUY, "subscription": 5}, "subscription: must be text"),
    ("AddSeats", {**BUY, "subscription": "v p n"}, "subscription: must be 1 to 100 letters"),
    ("AddSeats", {**BUY, "subscription": "x" * 101}, "subscription: must be 1 to 100 letters"),
    ("AddSeats", {**BUY, "assign": "ann"}, "assign: must be a list"),
    ("AddSeats", {**BUY, "assign": [{}]}, "assign[0].email: is needed"),
    ("AddSeats", {**BUY, "assign": ["ann"]}, "assign[0]: must be an object"),
    ("AssignSeat", {**ASSIGN, "email": "nobody"}, "email: is not an e-mail address"),
    (
        "AssignSeat",
        {**ASSIGN, "email": f"a@{'b' * 205}.example"},
        "email: its domain has more than",
    ),
    ("AssignSeat", {**ASSIGN, "name": ""}, "name: is not written as it should be"),
    ("AssignSeat", {**ASSIGN, "name": "x" * 201}, "name: must have 200 characters or fewer"),
    (
        "GrantRole",
        {"account": "acme", "email": "a@b.example", "role": "king"},
        "role: must be one of",
    ),
    ("OpenAccount", {"account": "b", "email": OWNER, "country": "France"}, "country: "),
]


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize(("name", "fields", "detail"), FIELDS, ids=range(len(FIELDS)))
def test_the_first_bad_field_is_named(desk: Desk, name: str, fields: dict[str, Any], detail: str):
    """Missing, extra, of the wrong type, out of range: by its name and in plain words."""
    answer = sent(desk, name, fields)

    assert answer.code == "command.invalid"
    assert answer.detail.startswith(detail)
    assert answer.remedy


MONEY = [
    5,
    5.0,
    "5.00",
    {"amount": 5, "currency": "USD"},
    {"amount": 5.5, "currency": "USD"},
    {"amount": "5,00", "currency": "USD"},
    {"amount": "5.001", "currency": "USD"},
    {"amount": "1e3", "currency": "USD"},
    {"amount": "NaN", "currency": "USD"},
    {"amount": "5.00", "currency": "ZZZ"},
    {"amount": "5.00", "currency": "usd"},
    {"amount": "10000000000000.01", "currency": "USD"},
    {"amount": "99999999999999999999", "currency": "USD"},
    {"amount": "-1.00", "currency": "USD"},
    {"amount": "0.00", "currency": "USD"},
    {"amount": "5.00"},
    {"amount": "5.00", "currency": "USD", "more": 1},
]


@pytest.mark.rule("ALL-01", "ALL-04")
@pytest.mark.parametrize("amount", MONEY, ids=str)
def test_money_is_a_decimal_string_and_a_currency(desk: Desk, amount: object):
    """A JSON number, too many decimals, an unknown currency, an amount out of range."""
    answer = sent(desk, "GrantCredit", {**CREDIT, "amount": amount}, SELLER)

    assert answer.code == "command.invalid"
    assert answer.detail.startswith("amount")


@pytest.mark.rule("ALL-01")
def test_another_currency_is_refused(desk: Desk):
    """Money of an account is in its seller's currency."""
    euros = {"amount": "5.00", "currency": "EUR"}

    assert sent(desk, "GrantCredit", {**CREDIT, "amount": euros}, SELLER).code == (
        "payment.currency_mismatch"
    )


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize(
    "text", ["a\x00b", "a\nb", "a\x7fb", "a\x85b", "\ud800", "a\udfffb", "\x1b[31m"], ids=ascii
)
def test_control_characters_and_half_characters(desk: Desk, text: str):
    """NUL, line ends, escapes and lone surrogates have no place in any field or name."""
    for fields in ({**ASSIGN, "name": text}, {**ASSIGN, text: 1}, {**ASSIGN, "command_id": text}):
        assert sent(desk, "AssignSeat", fields).code == "command.invalid"
    assert sent(desk, "AssignSeat", ASSIGN, f"{text}@x.example").code == "command.invalid"


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 1.5, {1, 2}, b"x", len, 1j], ids=repr
)
def test_what_json_does_not_have(desk: Desk, value: object):
    """NaN, infinity, fractions as numbers, and objects of a program are refused."""
    assert sent(desk, "AddSeats", {**BUY, "quantity": value}).code == "command.invalid"


@pytest.mark.rule("ALL-04")
def test_too_deep_and_too_large(desk: Desk):
    """A body of megabytes and one of a thousand levels are refused before anything reads them."""
    large = sent(desk, "AssignSeat", {**ASSIGN, "name": "x" * SIZE_MAX})
    many = sent(desk, "DisableAutoRenew", {"subscription": "vpn", "seat_numbers": [1] * SIZE_MAX})
    nested = sent(desk, "AddSeats", {**BUY, "assign": deep(1000)})

    assert large.detail == "name: is too large"
    assert many.detail == "seat_numbers: is too large"
    assert nested.detail.endswith(": is nested too deeply")
    assert sent(desk, "AddSeats", {**BUY, "assign": deep(DEPTH_MAX - 3)}).code == "command.invalid"


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("fields", [None, [], "x", 5, {1: 2}], ids=str)
def test_fields_are_an_object(desk: Desk, fields: object):
    """Whatever is no JSON object is no command."""
    assert sent(desk, "AddSeats", fields).code == "command.invalid"


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("name", ["", "addSeats", "Command", "AddSeats ", "__class__", None, 5])
def test_unknown_commands(desk: Desk, name: object):
    """A name that is not exactly a command's is told as such."""
    assert sent(desk, name, BUY).detail == "command: there is no command of this name"


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("actor", ["", "owner", "a@b", "a b@c.example", "Seller", None, 5], ids=str)
def test_an_actor_is_an_address_or_the_seller(desk: Desk, actor: Any):
    """Anything else acts for nobody."""
    assert sent(desk, "AddSeats", BUY, actor).detail.startswith("actor: ")


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize(
    "key", ["", " ", "x" * (COMMAND_ID_MAX + 1), " a", "due/end/vpn/2021-06-25", 5, "a\tb"], ids=str
)
def test_keys_of_commands(desk: Desk, key: object):
    """Keys are short printable text, and those of due work cannot be taken beforehand."""
    assert sent(desk, "AddSeats", {**BUY, "command_id": key}).detail.startswith("command_id: ")


def test_a_key_that_cannot_name_the_order(desk: Desk):
    """The order takes the command's id, which then must be one for an order."""
    answer = sent(desk, "AddSeats", BUY, command_id="my key")

    assert answer.code == "command.invalid"
    assert answer.detail.startswith("order: must be 1 to 100 letters")
    assert desk.do("AddSeats", **BUY, command_id="my key", order="mine").result["order"] == "mine"


@pytest.mark.rule("ALL-04")
def test_a_refusal_never_repeats_what_was_given(desk: Desk):
    """A secret in the wrong field does not come back in the answer."""
    secret = "Zq7-pass-word"
    fields = [
        ("AddSeats", {**BUY, "subscription": f"{secret} x"}),
        ("AddSeats", {**BUY, "quantity": secret}),
        ("AssignSeat", {**ASSIGN, "email": secret}),
        ("GrantCredit", {**CREDIT, "amount": {"amount": secret, "currency": "USD"}}),
        ("GrantCredit", {**CREDIT, "amount": secret}),
        ("ActivateSeat", {"subscription": "vpn", "seat": secret, "activation": secret}),
        ("RedeemProductKey", {"account": "acme", "subscription": "k", "key": secret}),
    ]
    for name, given in fields:
        answer = sent(desk, name, given, SELLER)
        assert secret not in f"{answer.detail} {answer.remedy} {answer.parameters}"


@pytest.mark.rule("ALL-04")
def test_a_broken_catalogue_is_refused_with_place_and_reason(desk: Desk):
    """Tiers that overlap, a key too many: the place in the mapping and what is wrong there."""
    catalogue = mapping_of("expressvpn")
    tiers = catalogue["plans"]["volume-12m"]["price"]["tiers"]
    tiers[1]["from"] = tiers[0]["from"]
    overlapping = sent(desk, "PublishPlan", {"catalogue": catalogue}, SELLER)
    unknown = sent(desk, "PublishPlan", {"catalogue": {**mapping_of("goto"), "x": 1}}, SELLER)

    assert "plans.volume-12m.price.tiers" in overlapping.detail
    assert "x: is not a key that a catalogue has here" in unknown.detail
    for other in (None, 5, "expressvpn", [], {}):
        assert sent(desk, "PublishPlan", {"catalogue": other}, SELLER).code == "command.invalid"


@pytest.mark.rule("ALL-08")
def test_a_reason_names_nobody(desk: Desk):
    """A reason is kept for ever, so it must not hold an address (CONTRACT 5.13)."""
    answer = sent(desk, "GrantCredit", {**CREDIT, "reason": "asked by ann@acme.example"}, SELLER)

    assert answer.code == "command.invalid"
    assert answer.detail.startswith("reason: ")
    assert "ann" not in answer.detail


@pytest.mark.rule("ALL-04")
def test_a_purchase_too_large_for_the_log_is_refused(desk: Desk):
    """Thousands of users in one step do not fit into one fact; nothing half of it is kept."""
    people = [{"email": f"user{n}@acme.example", "name": f"User {n}"} for n in range(4000)]
    answer = sent(desk, "AddSeats", {"subscription": "vpn", "quantity": 4000, "assign": people})

    assert answer.code == "command.invalid"
    assert desk.store.people("acme") == desk.store.people("acme")[:1]
