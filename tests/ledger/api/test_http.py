"""HTTP as such: HEAD, headers that say two things, addresses, and who hangs up in mid-sentence."""

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from commands.registry import COMMANDS
from tests.support.http_service import OWNER, Served, served

LINES = {"Content-Type": "application/x-ndjson", "Seatledger-Actor": OWNER}
SEATS = {"subscription": "vpn", "quantity": 1}


@pytest.fixture
def here(postgres_url: str) -> Iterator[Served]:
    """A served ledger with an account of ten seats."""
    with served(postgres_url) as one:
        yield one


def test_head_answers_as_get_without_a_body(here: Served):
    """RFC 9110 asks it of every server: the same status and headers."""
    for path in ("/v1/accounts/acme", "/v1/health", "/v1/accounts/nope", "/openapi.json"):
        shown = here.client.get(path)

        head = here.client.head(path)

        assert head.status_code == shown.status_code
        assert head.content == b""
        for name in ("Content-Type", "ETag"):
            assert head.headers.get(name) == shown.headers.get(name)
    assert here.client.head("/v1/commands").headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Seatledger-Actor", (OWNER, "seller")),
        ("Idempotency-Key", ("a", "b")),
        ("If-Match", ('"1"', "*")),
        ("Content-Type", ("application/json", "text/plain")),
    ],
)
def test_a_header_that_says_two_things_is_refused(here: Served, name: str, values: tuple[str, str]):
    """Neither of the two is chosen, and nothing is appended."""
    head = here.ledger.store.head()
    given = {"Seatledger-Actor": OWNER, "Content-Type": "application/json"}
    given.pop(name, None)

    response = here.client.post(
        "/v1/commands/AddSeats",
        content=json.dumps(SEATS),
        headers=[*given.items(), *((name, value) for value in values)],
    )

    assert (response.status_code, response.json()["code"]) == (422, "request.invalid")
    assert name in response.json()["detail"]
    assert here.ledger.store.head() == head


@pytest.mark.parametrize("query", ["dryrun=true", "Dry_Run=true", "dry_run=true&dry_run=false"])
def test_a_slip_in_a_parameter_buys_nothing(here: Served, query: str):
    """A parameter that nobody knows, or that says two things, is refused, and nothing is done."""
    head = here.ledger.store.head()

    response = here.client.post(
        f"/v1/commands/AddSeats?{query}", json=SEATS, headers={"Seatledger-Actor": OWNER}
    )

    assert (response.status_code, response.json()["code"]) == (422, "request.invalid")
    assert query.split("=", maxsplit=1)[0] in response.json()["detail"]
    assert here.ledger.store.head() == head


def test_a_slip_in_a_filter_reads_nothing(here: Served):
    """Who asks for one account by a wrong name gets no list of all."""
    response = here.client.get("/v1/invoices?acount=acme")

    assert response.status_code == 422
    assert response.json()["detail"] == (
        "acount: no such parameter; there is account, as_of, cursor, limit, min_position."
    )
    assert here.client.get("/v1/health?verbose").status_code == 422


def test_a_coded_body_is_not_read(here: Served):
    """Its content encoding is named, and the body is not taken for something else."""
    response = here.do("AddSeats", headers={"Content-Encoding": "gzip"}, **SEATS)

    assert (response.status_code, response.json()["code"]) == (415, "request.media_type")


def test_a_key_is_one_key_in_the_header_and_in_the_body(here: Served):
    """Its bytes are UTF-8, and one that is too long is told its bound."""
    credit = {"account": "acme", "amount": {"amount": "1.00", "currency": "USD"}}

    def granted(key: str) -> httpx2.Response:
        return here.client.post(
            "/v1/commands/GrantCredit",
            json=credit,
            headers={"Seatledger-Actor": "seller", "Idempotency-Key": key.encode()},
        )

    first = granted("clé-1")
    again = here.do("GrantCredit", "seller", command_id="clé-1", **credit)
    longest, longer = granted("k" * 200), granted("k" * 201)

    assert first.json()["command_id"] == "clé-1"
    assert again.json() == first.json()
    assert longest.status_code == 200
    assert "1 to 200" in longer.json()["detail"]


def test_answers_in_bulk_hold_no_other_ends_of_lines(here: Served):
    """A reader that also parts lines at U+2028 gets the same lines."""
    line = {
        "command": "GrantCredit",
        "account": "acme",
        "amount": {"amount": "1.00", "currency": "USD"},
        "reason": "one\u2028two",
    }

    response = here.client.post(
        "/v1/commands", content=json.dumps(line), headers={**LINES, "Seatledger-Actor": "seller"}
    )

    (told,) = [json.loads(text) for text in response.text.splitlines()]
    assert told["events"][0]["data"]["reason"] == "one\u2028two"


def test_a_problem_quotes_the_address_as_an_address(here: Served):
    """`instance` is a reference by RFC 3986, and one that is very long is left out."""
    odd = here.client.get("/v1/accounts/%00%C3%A9").json()
    long = here.client.get(f"/v1/accounts/{'a' * 5000}").json()

    assert odd["instance"] == "/v1/accounts/%00%C3%A9"
    assert "instance" not in long


def test_who_hangs_up_in_mid_sentence_is_no_failure(
    here: Served, capsys: pytest.CaptureFixture[str]
):
    """Nothing is appended, and the log of the service tells of no failure."""
    head = here.ledger.store.head()
    address = urlsplit(str(here.client.base_url))
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(
            b"POST /v1/commands/AddSeats HTTP/1.1\r\nHost: localhost\r\n"
            b"Seatledger-Actor: seller\r\nContent-Type: application/json\r\n"
            b"Content-Length: 500\r\n\r\n{"
        )
    here.read("/v1/health")

    assert here.ledger.store.head() == head
    said = capsys.readouterr()
    assert "request_failed" not in said.out + said.err


def test_the_document_tells_what_is_needed_and_what_comes_in_lines(here: Served):
    """The actor is a needed header, and what is sent in bulk is answered in lines."""
    paths = here.read("/openapi.json")["paths"]

    for path in ("/v1/commands", *(f"/v1/commands/{name}" for name in COMMANDS)):
        needed = [one["name"] for one in paths[path]["post"]["parameters"] if one["required"]]
        assert needed == ["Seatledger-Actor"]
    assert list(paths["/v1/commands"]["post"]["responses"]["200"]["content"]) == [
        "application/x-ndjson"
    ]
