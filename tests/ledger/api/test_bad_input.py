"""Bad input over HTTP: each is answered with a clear problem, and nothing is in the log.

The refusals themselves are tested beside their decisions; this is about what a stranger can send.
"""

import copy
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ledger.catalogues.files import load
from ledger.catalogues.publishing import mapping_of
from tests.support.http_service import BODY_LIMIT, OWNER, Served, served
from tests.support.postgres import TEMPLATE

SEATS = {"subscription": "vpn", "quantity": 1}
JSON = {"Content-Type": "application/json", "Seatledger-Actor": OWNER}
CREDIT = {"account": "acme", "reason": "sorry"}
OPENING = {"account": "other", "email": "o@other.example", "country": "FR"}


@pytest.fixture(scope="module")
def here(postgres_server: str) -> Iterator[Served]:
    """A served ledger, the same for all: nothing that is sent here changes it."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"create database bad_input template {TEMPLATE}".encode())
    with served(psycopg.conninfo.make_conninfo(postgres_server, dbname="bad_input")) as one:
        yield one


def expect(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that was expected."""
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert (response.status_code, told["code"]) == (status, code)
    assert told["status"] == status
    assert {"type", "title", "detail", "remedy", "instance"} <= set(told)
    for leak in ("Traceback", "pydantic", "psycopg", "validation error", "NoneType"):
        assert leak not in response.text
    return told


def money(amount: Any, currency: Any = "USD") -> dict[str, Any]:
    """Credit of that amount."""
    return {**CREDIT, "amount": {"amount": amount, "currency": currency}}


FIELDS = [
    ("AddSeats", {"subscription": "vpn"}, "command.invalid"),
    ("AddSeats", {**SEATS, "extra": 1}, "command.invalid"),
    ("AddSeats", {**SEATS, "quantity": "1"}, "command.invalid"),
    ("AddSeats", {**SEATS, "quantity": 1.0}, "command.invalid"),
    ("AddSeats", {**SEATS, "quantity": True}, "command.invalid"),
    ("AddSeats", {**SEATS, "quantity": None}, "command.invalid"),
    ("AddSeats", {**SEATS, "quantity": [1]}, "command.invalid"),
    ("AddSeats", {**SEATS, "quantity": 0}, "command.invalid"),
    ("AddSeats", {**SEATS, "quantity": -5}, "command.invalid"),
    ("AddSeats", {**SEATS, "quantity": 10**9}, "command.invalid"),
    ("AddSeats", {**SEATS, "quantity": 10**30}, "command.invalid"),
    ("AddSeats", {**SEATS, "subscription": ""}, "command.invalid"),
    ("AddSeats", {**SEATS, "subscription": "vp\u0000n"}, "command.invalid"),
    ("AddSeats", {**SEATS, "purchase_order": "one\ntwo"}, "command.invalid"),
    ("AddSeats", {**SEATS, "at": "9999-12-31T00:00:00Z"}, "command.time_out_of_range"),
    ("AddSeats", {**SEATS, "at": "2001-01-01T00:00:00Z"}, "command.time_out_of_range"),
    ("AddSeats", {**SEATS, "at": "2026-02-30T00:00:00Z"}, "command.invalid"),
    ("AddSeats", {**SEATS, "at": "2026-01-01T00:00:00"}, "command.invalid"),
    ("AddSeats", {**SEATS, "at": 0}, "command.invalid"),
    ("AddSeats", {**SEATS, "command_id": ""}, "command.invalid"),
    ("AddSeats", {**SEATS, "command_id": "due/end/vpn/2026-01-01"}, "command.invalid"),
    ("AddSeats", {**SEATS, "command_id": 7}, "command.invalid"),
    ("AddSeats", {**SEATS, "subscription": "nope"}, "subscription.unknown"),
    ("AssignSeat", {"subscription": "vpn", "email": "no-address", "name": "A"}, "command.invalid"),
    ("AssignSeat", {"subscription": "vpn", "email": "a@b.example", "name": ""}, "command.invalid"),
    ("StartSubscription", {"account": "acme", "subscription": "new", "plan": "nope", "seats": 5,
                           "payment_method": "card"}, "catalogue.plan_unknown"),
    ("StartSubscription", {"account": "nope", "subscription": "new", "plan": "volume-12m",
                           "seats": 5, "payment_method": "card"}, "account.unknown"),
    ("OpenAccount", {**OPENING, "account": "acme"}, "account.exists"),
    ("OpenAccount", {**OPENING, "country": "fr"}, "command.invalid"),
    ("OpenAccount", {**OPENING, "address": {"lines": []}}, "command.invalid"),
]  # fmt: skip

MONEY = [
    (money(12.95), "command.invalid"),
    (money(12), "command.invalid"),
    (money("12.955"), "command.invalid"),
    (money("1e3"), "command.invalid"),
    (money("NaN"), "command.invalid"),
    (money("0.00"), "command.invalid"),
    (money("-1.00"), "command.invalid"),
    (money("10000000000000.01"), "command.invalid"),
    (money("9" * 40), "command.invalid"),
    (money("12.95", "EUR"), "payment.currency_mismatch"),
    (money("12.95", "ZZZ"), "command.invalid"),
    ({**CREDIT, "amount": 12.95}, "command.invalid"),
    ({**CREDIT, "amount": "12.95"}, "command.invalid"),
]

BODIES = [
    (b"", 400, "request.malformed"),
    (b"{", 400, "request.malformed"),
    (b"[]", 400, "request.malformed"),
    (b'"text"', 400, "request.malformed"),
    (b'{"subscription": "vpn", "quantity": 1} {}', 400, "request.malformed"),
    (b'{"subscription": "vpn", "quantity": 1, "quantity": 2}', 400, "request.malformed"),
    (b'{"subscription": "vpn", "quantity": NaN}', 400, "request.malformed"),
    (b'{"subscription": "vpn", "quantity": Infinity}', 400, "request.malformed"),
    (b'{"subscription": "vpn", "quantity": 1' + b"0" * 5000 + b"}", 400, "request.malformed"),
    (b'{"subscription": "vpn\xff", "quantity": 1}', 400, "request.malformed"),
    (b'{"subscription": "\\ud800", "quantity": 1}', 400, "request.malformed"),
    (b'{"x": ' + b"[" * 500 + b"]" * 500 + b"}", 400, "request.malformed"),
    (b'{"x": ' + b"[" * 90_000 + b"]" * 90_000 + b"}", 400, "request.malformed"),
    (b"x" * (BODY_LIMIT + 1), 413, "request.too_large"),
    (b"x" * 10_000_000, 413, "request.too_large"),
]

HEADERS = [
    ({"Content-Type": "text/plain"}, 415, "request.media_type"),
    ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "request.media_type"),
    ({"Seatledger-Actor": ""}, 422, "request.invalid"),
    ({"Seatledger-Actor": "system"}, 422, "request.invalid"),
    ({"Seatledger-Actor": "somebody"}, 422, "request.invalid"),
    ({"Seatledger-Actor": "stranger@x.example"}, 403, "access.role_missing"),
    ({"Idempotency-Key": "a b"}, 422, "request.invalid"),
    ({"Idempotency-Key": "x" * 300}, 422, "request.invalid"),
    ({"If-Match": "no tag"}, 422, "request.invalid"),
    ({"If-Match": '"1", "2"'}, 422, "request.invalid"),
    ({"If-Match": 'W/"1"'}, 412, "command.version_conflict"),
    ({"If-Match": '"' + "9" * 50 + '"'}, 412, "command.version_conflict"),
    ({"Host": "evil.example"}, 421, "request.misdirected"),
]

READS = [
    ("/nope", 404, "request.not_found"),
    ("/v1/accounts/nope", 404, "account.unknown"),
    ("/v1/accounts/%00", 404, "account.unknown"),
    ("/v1/accounts/nope/credit", 404, "account.unknown"),
    ("/v1/subscriptions/nope", 404, "subscription.unknown"),
    ("/v1/subscriptions/nope/seats", 404, "subscription.unknown"),
    ("/v1/invoices/EV-0000-000001", 404, "invoice.unknown"),
    ("/v1/invoices/nope/explain", 404, "invoice.unknown"),
    ("/v1/orders/nope", 404, "order.unknown"),
    ("/v1/accounts?as_of=yesterday", 422, "request.invalid"),
    ("/v1/accounts?as_of=2026-01-01T00:00:00", 422, "request.invalid"),
    ("/v1/accounts?min_position=-1", 422, "request.invalid"),
    ("/v1/accounts?limit=0", 422, "request.invalid"),
    ("/v1/accounts?limit=1001", 422, "request.invalid"),
    ("/v1/accounts?cursor=%25%25", 422, "request.invalid"),
    ("/v1/accounts?cursor=WyJhIiwgMV0", 422, "request.invalid"),
    ("/v1/events?cursor=W10", 422, "request.invalid"),
    ("/v1/events?type=%27drop", 422, "request.invalid"),
    ("/v1/invoices?account=a%00b", 422, "request.invalid"),
]


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize(("name", "fields", "code"), FIELDS)
def test_a_command_with_a_bad_field_is_refused(
    here: Served, name: str, fields: dict[str, Any], code: str
):
    """The refusal names the field or the thing, and nothing is in the log."""
    head = here.ledger.store.head()

    response = here.do(name, **fields)

    told = expect(response, response.status_code, code)
    assert 400 <= response.status_code < 500
    assert told["rule"]
    assert here.ledger.store.head() == head


@pytest.mark.rule("ALL-01", "ALL-04")
@pytest.mark.parametrize(("fields", "code"), MONEY)
def test_bad_money_is_refused(here: Served, fields: dict[str, Any], code: str):
    """A JSON number, too many digits, too much, another currency: never rounded, never taken."""
    head = here.ledger.store.head()

    response = here.do("GrantCredit", "seller", **fields)

    expect(response, 422, code)
    assert here.ledger.store.head() == head


@pytest.mark.parametrize(("body", "status", "code"), BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_command_is_a_problem(here: Served, body: bytes, status: int, code: str):
    """Whatever the bytes are, the answer is a problem and nothing is in the log."""
    head = here.ledger.store.head()

    response = here.client.post("/v1/commands/AddSeats", content=body, headers=JSON)

    expect(response, status, code)
    assert here.ledger.store.head() == head


def test_a_body_without_a_length_is_limited_too(here: Served):
    """A body that comes in pieces is cut off at the limit."""
    pieces = (b"x" * 10_000 for _ in range(BODY_LIMIT // 10_000 + 2))

    response = here.client.post("/v1/commands/AddSeats", content=pieces, headers=JSON)

    expect(response, 413, "request.too_large")


@pytest.mark.parametrize(("headers", "status", "code"), HEADERS)
def test_a_bad_header_is_a_problem(here: Served, headers: dict[str, str], status: int, code: str):
    """Actor, key, version, content type and host are looked at before anything happens."""
    head = here.ledger.store.head()

    response = here.client.post(
        "/v1/commands/AddSeats", content=json.dumps(SEATS), headers={**JSON, **headers}
    )

    expect(response, status, code)
    assert here.ledger.store.head() == head


def test_one_command_has_one_id(here: Served):
    """A key in the header and another in the body contradict each other."""
    response = here.do("AddSeats", headers={"Idempotency-Key": "one"}, command_id="two", **SEATS)

    expect(response, 422, "request.invalid")


def test_an_unknown_command_is_told_so(here: Served):
    """There is no such address, and the answer says that it is a command that is missing."""
    head = here.ledger.store.head()

    told = expect(here.do("Nonsense"), 404, "request.unknown_command")

    assert "Nonsense" in told["detail"]
    assert here.ledger.store.head() == head


@pytest.mark.parametrize(("path", "status", "code"), READS)
def test_a_bad_read_is_a_problem(here: Served, path: str, status: int, code: str):
    """What is not there is 404, what cannot be asked is 422."""
    expect(here.client.get(path), status, code)


def test_a_wrong_method_names_the_right_one(here: Served):
    """405 with Allow."""
    response = here.client.delete("/v1/accounts")

    expect(response, 405, "request.method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("content_type", ["application/json", ""])
def test_bulk_takes_lines_alone(here: Served, content_type: str):
    """Commands in bulk are NDJSON and nothing else."""
    response = here.client.post(
        "/v1/commands",
        content=b"{}",
        headers={"Content-Type": content_type, "Seatledger-Actor": OWNER},
    )

    expect(response, 415, "request.media_type")


def test_a_catalogue_with_overlapping_tiers_is_refused(here: Served):
    """The refusal names the plan and the reason, and the catalogue stays as it was."""
    head = here.ledger.store.head()
    bad = copy.deepcopy(mapping_of(load("expressvpn")))
    tiers = bad["plans"]["volume-12m"]["price"]["tiers"]
    tiers.append(dict(tiers[0]))

    told = expect(here.do("PublishPlan", "seller", catalogue=bad), 422, "command.invalid")

    assert "volume-12m" in told["detail"]
    assert here.ledger.store.head() == head


def test_a_database_that_is_away_is_a_503_with_a_time_to_retry(postgres_url: str):
    """Commands and reads say that they may be sent again, and what the database said stays here."""
    with served(postgres_url) as here:
        _shut(postgres_url)
        for response in (here.do("AddSeats", **SEATS), here.client.get("/v1/health")):
            expect(response, 503, "service.unavailable")
            assert int(response.headers["Retry-After"]) > 0


def _shut(url: str) -> None:
    """Let nobody connect to a database any more."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    elsewhere = psycopg.conninfo.make_conninfo(url, dbname="postgres", user="postgres")
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute(f"alter database {name} allow_connections false".encode())
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
