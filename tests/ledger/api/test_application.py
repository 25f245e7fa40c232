"""HTTP: commands, reads and bulk, against a real server on a real PostgreSQL."""

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from commands.registry import COMMANDS
from ledger.api.application import create_app
from ledger.catalogues.files import load
from ledger.catalogues.publishing import publication
from ledger.host.opened import OpenLedger
from tests.support.http_service import OWNER, Served, served

NDJSON = {"Content-Type": "application/x-ndjson", "Seatledger-Actor": OWNER}


@pytest.fixture
def here(postgres_url: str) -> Iterator[Served]:
    """A served ledger with an account of ten seats."""
    with served(postgres_url) as one:
        yield one


@pytest.mark.rule("ALL-02")
def test_a_dry_run_shows_what_the_command_then_does(here: Served):
    """The preview's lines are those of the invoice, and nothing is appended."""
    head = here.ledger.store.head()

    shown = here.client.post(
        "/v1/commands/AddSeats?dry_run=true",
        json={"subscription": "vpn", "quantity": 5},
        headers={"Seatledger-Actor": OWNER},
    ).json()
    assert shown["events"] == []
    assert here.ledger.store.head() == head
    done = here.done("AddSeats", subscription="vpn", quantity=5)

    invoice = here.read(f"/v1/invoices/{done['result']['invoices'][0]}")
    assert invoice["lines"] == shown["preview"]["invoice"]["lines"]
    renewal = here.read("/v1/subscriptions/vpn")["renewal"]
    assert renewal == shown["preview"]["renewal"]


@pytest.mark.rule("ALL-03")
def test_a_command_sent_twice_with_one_key_acts_once(here: Served):
    """The repeat has the same events, says that it is one, and another content is refused."""
    key = {"Idempotency-Key": '"add-1"'}

    first = here.do("AddSeats", headers=key, subscription="vpn", quantity=1)
    again = here.do("AddSeats", headers=key, subscription="vpn", quantity=1)
    other = here.do("AddSeats", headers=key, subscription="vpn", quantity=2)

    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "command.id_reused")
    assert here.read("/v1/subscriptions/vpn")["seats"]["total"] == 11


def test_the_version_that_was_read_can_be_asked_for(here: Served):
    """If-Match with the account's ETag is accepted once, and 412 afterwards."""
    tag = here.client.get("/v1/accounts/acme").headers["ETag"]

    first = here.do("AddSeats", headers={"If-Match": tag}, subscription="vpn", quantity=1)
    late = here.do("AddSeats", headers={"If-Match": tag}, subscription="vpn", quantity=1)
    strange = here.do("AddSeats", headers={"If-Match": '"x"'}, subscription="vpn", quantity=1)
    any_will_do = here.do("AddSeats", headers={"If-Match": "*"}, subscription="vpn", quantity=1)

    assert first.status_code == 200
    assert (late.status_code, late.json()["code"]) == (412, "command.version_conflict")
    assert late.headers["ETag"] == first.headers["ETag"]
    assert strange.status_code == 412
    assert any_will_do.status_code == 200


def test_reads_show_what_was_just_written(here: Served):
    """Account, subscription, seats, renewals, invoices, orders and plans are all there."""
    done = here.done("AssignSeat", subscription="vpn", email="ada@acme.example", name="Ada Byron")

    account = here.read("/v1/accounts/acme", min_position=done["position"])
    seats = here.read("/v1/subscriptions/vpn/seats")
    renewals = here.read("/v1/renewals", account="acme")["items"]
    invoices = here.read("/v1/invoices", account="acme")["items"]
    orders = here.read("/v1/orders", account="acme")["items"]
    plans = here.read("/v1/plans", catalogue="expressvpn")["items"]

    assert account["owner"] == OWNER
    assert account["roles"] == [{"role": "owner", "email": OWNER}]
    assert (seats["total"], seats["assigned"], seats["untouched"]) == (10, 1, [[2, 10]])
    assert seats["items"][0]["holder"] == {"email": "ada@acme.example", "name": "Ada Byron"}
    assert [one["seats"] for one in renewals] == [10]
    assert [one["status"] for one in invoices] == ["paid"]
    invoice = here.read(f"/v1/invoices/{invoices[0]['number']}")
    assert {name: invoice[name] for name in invoices[0]} == invoices[0]
    assert here.read(f"/v1/orders/{orders[0]['order']}") == orders[0]
    assert "volume-12m" in [one["plan"] for one in plans if one["on_sale"]]
    assert here.read("/v1/accounts/acme/credit")["lots"] == []
    assert here.read("/v1/subscriptions")["items"][0]["subscription"] == "vpn"
    assert here.read("/v1/health")["lag"] == 0


def test_a_renewal_without_a_price_is_not_listed(here: Served, monkeypatch: pytest.MonkeyPatch):
    """What will be refused when it comes is not listed, and stands beside no subscription."""
    monkeypatch.setattr("ledger.reading.quotes.renewal_quote", lambda *_: None)

    assert here.read("/v1/renewals")["items"] == []
    assert here.read("/v1/subscriptions/vpn")["renewal"] is None


@pytest.mark.rule("ALL-06")
def test_an_invoice_is_explained_down_to_its_events(here: Served):
    """Each line has price, tier, fraction and rounding, and names the event of its charge."""
    number = here.read("/v1/invoices")["items"][0]["number"]

    told = here.read(f"/v1/invoices/{number}/explain")

    charge = told["lines"][0]["charge"]
    assert (charge["price"], charge["tier"], charge["quantity"]) == ("7.49", 10, 10)
    assert (charge["numerator"], charge["denominator"]) == (12, 1)
    assert charge["rounding"] == "half_up"
    events = here.read("/v1/events", after=charge["event"] - 1, limit=1)["items"]
    assert (events[0]["type"], events[0]["data"]["charge"]) == ("Charged", charge["charge"])


@pytest.mark.rule("SE-09")
def test_the_log_of_an_account_is_read_whole_and_alone(here: Served):
    """All that was done in the account, in order, and nothing of another account."""
    here.done("OpenAccount", account="other", email="o@other.example", country="FR")
    here.done("AddSeats", subscription="vpn", quantity=5)

    log = here.read("/v1/events", account="acme")["items"]

    assert {event["account"] for event in log} == {"acme"}
    assert [event["sequence"] for event in log] == list(range(1, len(log) + 1))
    types = [event["type"] for event in log]
    assert (types[0], types.count("SeatsAdded")) == ("AccountOpened", 2)
    assert all(event["actor"]["kind"] in {"person", "seller"} for event in log)


def test_a_read_as_of_an_earlier_instant_is_what_it_was_then(here: Served):
    """`as_of` counts what the log had recorded by then, for one account and for all."""
    before = here.read("/v1/events", account="acme")["items"][-1]["recorded_at"]
    here.done("AddSeats", subscription="vpn", quantity=5)

    then = here.read("/v1/subscriptions/vpn", as_of=before)
    renewals = here.read("/v1/renewals", as_of=before)["items"]
    invoices = here.read("/v1/invoices", account="acme", as_of=before)["items"]
    plans = here.read("/v1/plans", as_of=before)["items"]
    events = here.read("/v1/events", account="acme", as_of=before)["items"]

    assert (then["seats"]["total"], then["renewal"]["seats"]) == (10, 10)
    assert [one["seats"] for one in renewals] == [10]
    assert len(invoices) == 1
    assert invoices[0]["number"] is not None
    assert plans
    assert events[-1]["recorded_at"] == before
    assert here.read("/v1/subscriptions/vpn")["seats"]["total"] == 15
    gone = here.client.get("/v1/accounts/acme", params={"as_of": "2001-01-01T00:00:00Z"})
    assert gone.json()["code"] == "account.unknown"


def test_a_forgotten_person_is_null_in_every_read(here: Served):
    """The id stays in history; address and name are gone (DESIGN 3)."""
    person = {"email": "ada@acme.example", "name": "Ada Byron"}
    here.done("AssignSeat", subscription="vpn", **person)
    here.done("ForgetPerson", account="acme", email="ada@acme.example")

    seat = here.read("/v1/subscriptions/vpn/seats")["items"][0]

    assert (seat["status"], seat["holder"]) == ("assigned", None)
    assert "ada@acme.example" not in here.client.get("/v1/events").text


def test_pages_follow_one_another_without_gap_or_double(here: Served):
    """Cursors lead through all events and all rows, whatever the size of a page."""
    everything = [one["position"] for one in here.read("/v1/events", limit=1000)["items"]]
    for query in ({}, {"account": "acme"}):
        whole = [one["position"] for one in here.read("/v1/events", **query)["items"]]
        paged, cursor = [], {}
        while True:
            page = here.read("/v1/events", limit=3, **query, **cursor)
            paged += [one["position"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert paged == whole
    assert everything == list(range(1, len(everything) + 1))

    first = here.read("/v1/plans", limit=2)
    second = here.read("/v1/plans", limit=1000, cursor=first["next"])
    names = [one["plan"] for one in first["items"] + second["items"]]
    assert names == [one["plan"] for one in here.read("/v1/plans")["items"]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_plans_of_a_catalogue_fill_their_pages(here: Served, limit: int):
    """The plans of other catalogues in between make no page short and lead to no empty one."""
    here.ledger.service.handle(publication(load("goto")))
    here.ledger.service.handle(publication(load("microsoft")))
    wanted = [one for one in here.read("/v1/plans")["items"] if one["catalogue"] == "microsoft"]
    found, cursor = [], {}

    while True:
        page = here.read("/v1/plans", catalogue="microsoft", limit=limit, **cursor)
        found += page["items"]
        if page["next"] is None:
            break
        assert len(page["items"]) == limit
        cursor = {"cursor": page["next"]}

    assert wanted
    assert found == wanted
    assert page["items"]
    assert here.read("/v1/plans", catalogue="nope", limit=1)["next"] is None


def test_events_can_be_chosen_by_type_and_subscription(here: Served):
    """Filters leave only what they name."""
    charged = here.read("/v1/events", type="Charged", subscription="vpn")["items"]

    assert [one["type"] for one in charged] == ["Charged"]
    assert charged[0]["actor"]["email"] == OWNER


def test_a_position_that_does_not_come_is_a_problem_with_a_time_to_retry(
    here: Served, monkeypatch: pytest.MonkeyPatch
):
    """A read that waits in vain ends with 503 and Retry-After."""
    monkeypatch.setattr("ledger.reading.queries.WAIT_MS", 1)

    for path in ("/v1/accounts", "/v1/events"):
        late = here.client.get(path, params={"min_position": 10**9})

        assert (late.status_code, late.json()["code"]) == (503, "view.behind")
        assert int(late.headers["Retry-After"]) > 0


def test_commands_in_bulk_are_answered_line_by_line(here: Served):
    """Each line is decided by itself: what is wrong with one harms no other."""
    lines = [
        {"command": "AddSeats", "subscription": "vpn", "quantity": 1, "command_id": "b-1"},
        {"command": "AddSeats", "subscription": "vpn", "quantity": 1, "command_id": "b-1"},
        {"command": "Nonsense"},
        {"command": "AddSeats", "subscription": "vpn", "quantity": 1, "dry_run": True},
        {"command": "ReleaseSeat", "subscription": "vpn", "seat": 1},
        {"command": "AddSeats", "subscription": "vpn", "quantity": 1, "if_match": 1},
        {"command": "GrantCredit", "account": "acme", "actor": "seller",
         "amount": {"amount": "1.00", "currency": "USD"}},
        {"command": "AddSeats", "subscription": "vpn", "quantity": 1, "actor": "system"},
        {"command": "AddSeats", "subscription": "vpn", "quantity": 1, "dry_run": "yes"},
    ]  # fmt: skip
    body = "\n".join(json.dumps(line) for line in lines) + "\n\nno json\n[]\n"

    response = here.client.post("/v1/commands", content=body, headers=NDJSON)

    told = [json.loads(line) for line in response.text.splitlines()]
    assert [(one["status"], one.get("code")) for one in told] == [
        (200, None),
        (200, None),
        (422, "command.invalid"),
        (200, None),
        (409, "seats.not_assigned"),
        (412, "command.version_conflict"),
        (200, None),
        (422, "request.invalid"),
        (422, "request.invalid"),
        (400, "request.malformed"),
        (400, "request.malformed"),
    ]
    assert told[1]["replayed"] is True
    assert told[3]["preview"]["invoice"]["lines"][0]["seats"] == 1
    assert here.read("/v1/subscriptions/vpn")["seats"]["total"] == 11


def test_every_command_is_in_the_openapi_document_with_its_body(here: Served):
    """One route a class, its fields as the class has them, and every answer may be a problem."""
    document = here.read("/openapi.json")

    assert document["openapi"].startswith("3.1")
    for name, entry in COMMANDS.items():
        operation = document["paths"][f"/v1/commands/{name}"]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert body == {"$ref": f"#/components/schemas/{name}"}
        fields = document["components"]["schemas"][name]["properties"]
        assert set(fields) == {*entry.command.model_fields, "command_id", "at"}
        assert "application/problem+json" in operation["responses"]["default"]["content"]
    text = json.dumps(document)
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(document["components"]["schemas"])


def test_every_problem_has_a_page(here: Served):
    """The address in a problem's type answers, for programs and for browsers."""
    problem = here.do("AddSeats", subscription="nope", quantity=1).json()

    page = here.read(problem["type"])
    shown = here.client.get(problem["type"], headers={"Accept": "text/html"})

    assert (page["code"], page["rules"]) == ("subscription.unknown", ["EV-10"])
    assert "<h1>subscription.unknown</h1>" in shown.text
    assert here.client.get("/problems/nope").status_code == 404
    assert here.read("/")["health"] == "/v1/health"


def test_what_nobody_expected_says_nothing_of_itself(here: Served):
    """A mistake of ours is a 500 without the text of the exception, and the service goes on."""
    broken = OpenLedger(
        store=here.ledger.store,
        service=None,  # type: ignore[arg-type]
        reading=here.ledger.reading,
        views=here.ledger.views,
        clock=here.ledger.clock,
        url="",
        place="",
    )
    client = TestClient(
        create_app(broken), base_url="http://localhost", raise_server_exceptions=False
    )

    response = client.post("/v1/commands/AddSeats", json={}, headers={"Seatledger-Actor": "seller"})

    assert (response.status_code, response.json()["code"]) == (500, "service.failed")
    assert response.headers["content-type"] == "application/problem+json"
    assert "NoneType" not in response.text
