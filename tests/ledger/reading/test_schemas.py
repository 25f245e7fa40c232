"""Every answer has the shape that the OpenAPI document tells: all of its keys, and no other."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from psycopg.conninfo import make_conninfo

from events.registry import FACTS
from ledger.api.commands import body_of
from ledger.clock import FixedClock
from ledger.host.opened import on_database
from ledger.problems import WAYS
from ledger.writer import SELLER, Accepted, Previewed
from tests.ledger.reading.test_explaining import SELLER_IN_FULL
from tests.support.desk import OWNER, START, Desk
from tests.support.http_service import Served, serving
from tests.support.long_history import ADMIN, CATALOGUES, live_through
from tests.support.postgres import TEMPLATE, as_service, at
from tests.support.shop import PER_MONTH, PER_PERIOD, plan, shop

OPEN = {"entitlements", "payment", "sentences", "fields", "was", "becomes"}
"""The keys under which stand maps whose keys are names, or a value of any shape."""

ROBOTS = {
    "catalogue": "robots",
    "seller": {
        "name": "Robots", "country": "FR", "currency": "EUR", "time_zone": "UTC",
        "invoice_series": "RB",
    },
    "plans": {
        "bot": {
            "product": "bot", "term": {"months": 1}, "proration": {"by": "days"},
            "price": {"per": "month", "tiering": "volume", "tiers": [{"from": 1, "amount": "1"}]},
            "seats": {"minimum": 1, "holders": ["agent"]}, "payment": {"card": "at_once"},
            "renewal": {"auto": True, "per_seat": True}, "may_buy": ["owner"],
            "activation": "code",
        },
    },
}  # fmt: skip
"""A plan whose seats are for agents alone."""

MAY_LACK = (
    ".actor.email", ".data.sentences",
    ".preview.credit", ".preview.invoices", ".preview.publishes",
    *(f".publishes[0].{key}" for key in ("plan", "version", "change")),
)  # fmt: skip
"""What stands only beside a person's id, where a vendor has words of its own, or in a preview."""

MOMENTS = ("2020-09-01T00:00:00Z", "2021-10-05T00:00:00Z")

FORMATS = FormatChecker(formats=())
FORMS: dict[str, Callable[[str], bool]] = {
    "date": lambda given: date.fromisoformat(given).isoformat() == given,
    "date-time": lambda given: given.endswith("Z") and bool(datetime.fromisoformat(given)),
    "uuid": lambda given: str(UUID(given)) == given,
}
for form, holds in FORMS.items():
    FORMATS.checks(form, ValueError)(
        lambda given, holds=holds: not isinstance(given, str) or holds(given)
    )


class Told:
    """What the document tells of the answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.paths = document["paths"]
        self.schemas = document["components"]["schemas"]
        self._components = {"components": {"schemas": self.schemas}}

    def validator(self, path: str, method: str = "get") -> Draft202012Validator:
        """Says whether something is an answer of that path."""
        content = self.paths[path][method]["responses"]["200"]["content"]
        schema = {**content["application/json"]["schema"], **self._components}
        return Draft202012Validator(schema, format_checker=FORMATS)

    def reads(self) -> list[str]:
        """The paths of all reads."""
        return [path for path, operations in self.paths.items() if "get" in operations]


class Heard(Desk):
    """A desk that shows each command before it does it, and keeps what is answered."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answers: list[tuple[str, dict[str, Any]]] = []

    def handle(self, name: str, /, actor: str = OWNER, **fields: Any) -> Accepted | Previewed:
        """Send a command, first as a dry run."""
        shown = super().handle(name, actor, **fields, dry_run=True)
        done = super().handle(name, actor, **fields)
        self.answers += [(name, json.loads(json.dumps(body_of(one)))) for one in (shown, done)]
        return done


@dataclass(frozen=True, slots=True)
class Grown:
    """A served ledger, what its document tells, and all answers to the commands that made it."""

    served: Served
    told: Told
    answers: list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def here(postgres_server: str) -> Iterator[Grown]:
    """Three years of five accounts, and what a settled history does not show."""
    at(postgres_server, f"create database shapes owner seatledger_owner template {TEMPLATE}")
    url = as_service(make_conninfo(postgres_server, dbname="shapes"))
    clock = FixedClock(START)
    with on_database(url, "a test", clock, 4) as ledger, serving(ledger) as client:
        desk = Heard(ledger.store, clock)
        for name in CATALOGUES:
            desk.publish(name)
        live_through(desk)
        _more(desk)
        _money_put_right(desk)
        served = Served(ledger, client)
        yield Grown(served, Told(served.read("/openapi.json")), desk.answers)


def _more(desk: Desk) -> None:
    """What the long history leaves settled: a cart, orders and trials that wait, a planned plan."""
    address = {"lines": ["1 rue X"], "postcode": "75001", "city": "Paris", "region": None}
    desk.open("new", "goto", country="FR", name_="Neuf SA", vat_number="FR40303265045",
              address=address, electronic_address={"scheme": "0009", "id": "1"})  # fmt: skip
    desk.do("GrantRole", account="new", email=OWNER, role="billing_contact")
    desk.do("StartTrial", account="new", subscription="try", plan="meeting-pro-12m", seats=2)
    desk.do("StartSubscription", account="new", subscription="p", plan="meeting-pro-12m", seats=1,
            payment_method="card")  # fmt: skip
    desk.do("ChangePlan", subscription="p", plan="meeting-business-12m")
    desk.do("AddToCart", account="new", subscription="c", plan="meeting-pro-12m", seats=1)
    desk.do("StartSubscription", account="acme", subscription="own", plan="individual-12m", seats=1,
            payment_method="card")  # fmt: skip
    desk.do("AssignSeat", subscription="own", seat=1, email="zoe@acme.example", name_="Zoe")
    desk.do("IssueActivation", subscription="own", seat=1, command_id="once")
    desk.do("IssueActivation", subscription="own", seat=1, command_id="once")
    desk.do("AssignSeat", subscription="p", email="kim@acme.example", name_="Kim")
    desk.do("ReleaseSeat", subscription="p", seat=1)
    desk.do("ForgetPerson", account="acme", email="zoe@acme.example")
    desk.open("wait", "parallels", country="FR")
    bought = {"plan": "desktop-business-12m", "seats": 3, "purchase_order": "po"}
    desk.do("StartSubscription", account="wait", subscription="w1", order="w1",
            payment_method="bank_transfer", **bought)  # fmt: skip
    desk.do("RecordPayment", SELLER, order="w1", amount={"amount": "1.00", "currency": "USD"})
    desk.do("StartSubscription", account="wait", subscription="w2", payment_method="card", **bought)
    desk.do("GrantCredit", SELLER, account="wait", amount={"amount": "5.00", "currency": "USD"})
    desk.do("StartSubscription", ADMIN, account="office", subscription="checked", order="po-3",
            plan="business-basic-12m", seats=5, payment_method="invoice")  # fmt: skip
    channel = {"kind": "reseller", "name": "R", "contact": "r@resell.example"}
    desk.do("OpenAccount", SELLER, account="sold", catalogue="parallels", country="FR",
            email=OWNER, channel=channel)  # fmt: skip
    desk.do("GrantRole", SELLER, account="sold", email="next@sold.example", role="owner")
    desk.do("ForgetPerson", SELLER, account="sold", email=OWNER)
    desk.do("PublishPlan", SELLER, catalogue=ROBOTS)
    desk.open("bots", "robots", country="FR")
    robot = {"kind": "agent", "id": "crawler-7"}
    desk.do("StartSubscription", account="bots", subscription="b", plan="bot", seats=2,
            payment_method="card", assign=[{"holder": robot}])  # fmt: skip
    desk.do("IssueActivation", subscription="b", seat=1)
    desk.do("DisableAutoRenew", subscription="b", holders=[robot])
    desk.do("KeepSubscription", subscription="b")


def _money_put_right(desk: Desk) -> None:
    """A document below zero whose credit is opened again; payments reversed, credit paid out."""
    tiers = [{"from": 1, "amount": "10.00"}, {"from": 10, "amount": "2.00"}]
    moving = plan(change_resets_term=True, price={**PER_MONTH, "tiers": tiers})
    desk.do(
        "PublishPlan", SELLER, catalogue=shop(seller=SELLER_IN_FULL, moving=moving, desk=plan())
    )
    desk.open("money", "desks", country="FR", registration="552 100", buyer_reference="dept. 7")
    card = {"account": "money", "payment_method": "card"}
    desk.do("StartSubscription", subscription="m1", plan="moving", seats=9, **card)
    below = desk.do("AddSeats", subscription="m1", quantity=1).result["invoices"][0]
    paid = desk.do("StartSubscription", subscription="n1", plan="desk", seats=2, purchase_order="P",
                   **card).result["invoices"][0]  # fmt: skip
    desk.do("IssueCreditNote", SELLER, invoice=below, reason="wrong")
    desk.do("RecordPayment", SELLER, invoice=paid, reference="r")
    more = desk.do("AddSeats", subscription="n1", quantity=1).result["invoices"][0]
    back = {"lines": [{"line": 1, "seats": 1}], "settle": "refund"}
    desk.do("IssueCreditNote", SELLER, invoice=more, **back)
    amount = {"amount": "1.00", "currency": "EUR"}
    desk.do("RecordRefund", SELLER, account="money", amount=amount, method="bank")
    gift = desk.do("GrantCredit", SELLER, account="money", amount=amount, reason="sorry").result
    desk.do("WithdrawCredit", SELLER, account="money", credit=gift["credit"])
    money = desk.do("RecordPayment", SELLER, account="money", amount=amount).result
    desk.do("ReversePayment", SELLER, payment=money["payment"], reason="bounced")
    dearer = shop(
        seller=SELLER_IN_FULL, moving={**moving, "title": "Moving"}, desk=plan(price=PER_PERIOD)
    )
    desk.do("PublishPlan", SELLER, catalogue=dearer)


def addresses(here: Grown, path: str) -> list[str]:
    """A path for everything in the ledger that it can be asked of."""
    if "{" not in path:
        return [path]
    before, name, after = re.split("[{}]", path)
    if name == "code":
        return [f"{before}{code}{after}" for code in WAYS]
    if name == "preview":
        ids = (answer.get("preview_id") for _, answer in here.answers)
        return [f"{before}{one}{after}" for one in ids if one is not None]
    listed = here.served.read(f"/v1/{'invoice' if name == 'number' else name}s", limit=1000)
    return [f"{before}{one[name]}{after}" for one in listed["items"]]


def findings(validator: Draft202012Validator, answer: Any) -> list[str]:
    """What is wrong with an answer."""
    return [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(answer)]


def test_every_read_answers_in_its_shape(here: Grown):
    """Now, a page at a time, and as of earlier moments, whatever is asked for."""
    wrong, seen = [], Counter[str]()
    for path in here.told.reads():
        validator = here.told.validator(path)
        known = {one["name"] for one in here.told.paths[path]["get"].get("parameters", ())}
        asked: list[dict[str, Any]] = [{}, {"limit": 2}, *({"as_of": at} for at in MOMENTS)]
        for address, query in product(addresses(here, path), asked):
            if not known.issuperset(query):
                continue
            response = here.served.client.get(address, params=query)
            if "as_of" in query and response.status_code == 404:
                continue  # it was not there yet
            assert response.status_code == 200, (address, query, response.text)
            seen[path] += 1
            wrong += [(address, one) for one in findings(validator, response.json())]

    assert wrong == []
    assert set(seen) == set(here.told.reads())
    assert seen.total() > 250


def test_every_command_answers_in_its_shape(here: Grown):
    """Done or shown; each key that a result may have is seen, and each fact there is."""
    wrong, keys, types = [], set(), set()
    for name, answer in here.answers:
        validator = here.told.validator(f"/v1/commands/{name}", "post")
        wrong += [(name, one) for one in findings(validator, answer)]
        keys |= answer.get("result", {}).keys()
        types |= {event["type"] for event in answer["events"]}
    due = {event["type"] for event in here.served.read("/v1/events", limit=1000)["items"]}

    assert wrong == []
    assert keys == set(here.told.schemas["Result"]["properties"])
    assert types | due == set(FACTS) - {"ChargeSeatsListed"}  # of seats without number


def test_an_answer_with_a_key_more_or_less_has_another_shape(here: Grown):
    """The shapes are closed and whole, down to the last value in them."""
    unnoticed, tried = [], 0
    for path in here.told.reads():
        validator = here.told.validator(path)
        for address in addresses(here, path)[-5:]:
            answer = here.served.read(address)
            assert validator.is_valid(answer)
            for place in changed(answer, "$"):
                tried += 1
                if validator.is_valid(answer):
                    unnoticed.append((address, place))

    assert unnoticed == []
    assert tried > 1000


def changed(part: Any, place: str) -> Iterator[str]:
    """Give a part of an answer one key more or less, place by place, and put it back."""
    match part:
        case [first, *_]:
            yield from changed(first, f"{place}[0]")
        case dict():
            part["superfluous"] = None
            yield f"{place}.superfluous"
            del part["superfluous"]
            for key, value in list(part.items()):
                if not f"{place}.{key}".endswith(MAY_LACK):
                    del part[key]
                    yield f"{place}.{key}"
                    part[key] = value
                if key not in OPEN:
                    yield from changed(value, f"{place}.{key}")


def test_nothing_is_told_that_no_answer_uses(here: Grown):
    """Every schema in the document is named by another, and none has a name made up of paths."""
    text = json.dumps({"paths": here.told.paths, "schemas": here.told.schemas})
    used = set(re.findall(r'#/components/schemas/([^"]+)"', text))

    assert used == set(here.told.schemas)
    assert not [name for name in used if "__" in name]
