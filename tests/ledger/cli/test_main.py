"""The command line: what it prints, and what it ends with."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from psycopg import connect
from psycopg.conninfo import make_conninfo

from ledger.cli import main as command_line
from ledger.scenarios.demo.histories import ACCOUNTS
from tests.support.postgres import TEMPLATE
from tests.support.shop import TAXED
from tests.support.shop import shop as shop_file

OWNER = "owner@acme.example"
CARD = "--plan=volume-12m --payment-method=card"


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `seatledger` with these words in this process."""

    def ended(*words: str, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "argv", ["seatledger", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            command_line.main()
        out, err = capsys.readouterr()
        return Ended(int(end.value.code or 0), out, err)

    return ended


@pytest.fixture
def on(run: Run, postgres_url: str) -> Run:
    """Run it on a fresh database."""
    return lambda *words, **given: run("--url", postgres_url, *words, **given)


@pytest.fixture
def shop(on: Run) -> Run:
    """Run it on a ledger with an account of ten seats."""
    lines = (
        "do PublishPlan --file ledger/catalogues/expressvpn.yaml",
        f"do OpenAccount --account acme --email {OWNER} --country FR --as {OWNER}",
        f"do ApplyForVolumeLicences --account acme --as {OWNER}",
        "do ApproveApplication --account acme",
        f"do StartSubscription --as {OWNER} --account=acme --subscription=vpn --seats=10 {CARD}",
    )
    for line in lines:
        done = on(*line.split())
        assert done.code == 0, done
    return on


def test_wrong_usage_ends_with_2(run: Run):
    """An unknown command, option or word is 2, before any database is looked for."""
    for words in (
        ["nonsense"],
        ["calc", "nonsense"],
        ["scenario"],
        ["do", "Nonsense"],
        ["do", "AddSeats", "seats"],
        ["do", "AddSeats", "--quantity"],
        ["do", "AddSeats", "--quantity=1", "--quantity=2"],
        ["do", "AddSeats", "--fields", "{"],
        ["do", "AddSeats", "--file", "x.yaml"],
        ["do", "AddSeats", "--at", "yesterday"],
        ["do", "AddSeats", "--as", "system"],
        ["do", "StartSubscription", "--assign", "@nowhere.csv"],
        ["show"],
        ["events", "tail", "--as-of", "yesterday"],
    ):
        done = run(*words)

        assert (done.code, done.out) == (2, "") or words == ["show"], words


def test_commands_are_listed(run: Run):
    """`do` without a name says what there is."""
    done = run("do", "--json")

    assert done.json["AddSeats"]["quantity"] is True
    assert "AddSeats" in run("do").out


@pytest.mark.rule("ALL-02")
def test_a_session_buys_previews_assigns_and_shows(shop: Run):
    """What a dry run says is what the command does, and what `show` shows."""
    words = ("do", "AddSeats", "--subscription", "vpn", "--quantity", "5", "--as", OWNER)

    preview = shop(*words, "--dry-run", "--json").json["preview"]
    done = shop(*words, "--json", "--command-id", "add-1").json
    again = shop(*words, "--json", "--command-id", "add-1").json
    assign = ("do", "AssignSeat", "--subscription", "vpn", "--email", "ada@acme.example")
    shop(*assign, "--name", "Ada Byron")

    number = done["result"]["invoices"][0]
    assert shop("show", "invoice", number, "--json").json["lines"] == preview["invoice"]["lines"]
    assert (again["events"], again["replayed"]) == (done["events"], True)
    seats = shop("show", "seats", "vpn", "--json").json
    assert (seats["total"], seats["items"][0]["holder"]["name"]) == (15, "Ada Byron")
    assert shop("show", "subscription", "vpn", "--json").json["renewal"] == preview["renewal"]
    assert "374.50" not in shop("show", "invoices").err


@pytest.mark.rule("ALL-02")
def test_a_dry_run_shows_documents_and_balances(shop: Run):
    """A note and the credit that it would bring; of renewals only where it concerns one."""
    number = shop("show", "invoices", "--json").json[0]["number"]
    note = shop("do", "IssueCreditNote", "--invoice", number, "--dry-run").out
    assert "Preview: would be credited" in note
    assert "net -898.80 USD" in note
    assert "Credit: 0.00 USD -> 898.80 USD" in note
    assert "renewal" not in note

    none = shop("do", "CancelSubscription", "--subscription", "vpn", "--dry-run").out
    *lines, cite = none.splitlines()
    assert lines == ["Preview: nothing would be charged now", "Next renewal: none"]
    assert cite.startswith("To cite it: seatledger show preview ")


def test_a_tick_lists_what_cannot_be_done(on: Run, tmp_path: Path):
    """A renewal without a rate: whose, since when, and why; the second tick says it again."""
    file = tmp_path / "seller.yaml"
    file.write_text(json.dumps(shop_file(seller=TAXED)))
    start = "--account=a --subscription=s --plan=desk --seats=1 --payment-method=card"
    for line in (
        f"do PublishPlan --file {file}",
        f"do OpenAccount --at 2020-01-01T08:00:00Z --account a --email {OWNER} --country FR",
        f"do StartSubscription --at 2020-01-01T08:00:00Z {start}",
        "do ChangeBillingDetails --at 2020-01-01T08:00:00Z --account a --country BE",
    ):
        assert on(*line.split()).code == 0, line

    assert "No VAT rate is known for BE on 2021-01-01" in on("tick").out
    (stuck,) = on("tick", "--json").json["stuck"]
    assert (stuck["account"], stuck["since"]) == ("a", "2021-01-01")
    assert stuck["work"] == "due/end/s/2021-01-01"


SHOWN = [
    ("show accounts", "acme"),
    ("show account acme", OWNER),
    ("show subscriptions", "volume-12m"),
    ("show subscription vpn", "total 10"),
    ("show seats vpn", "10 usable"),
    ("show renewals --account acme", "898.80 USD"),
    ("show invoices", "898.80 USD"),
    ("show orders", "completed"),
    ("show credit acme", "0.00 USD"),
    ("show plans", "volume-12m"),
    ("events tail --type Charged", "Charged"),
    ("tick", "Due work done: 0"),
    ("rebuild", "made anew"),
]


def test_every_reading_command_has_a_table_and_json(shop: Run):
    """Tables for people, and with --json the same for programs."""
    for words, expected in SHOWN:
        done = shop(*words.split())
        assert (done.code, expected in done.out) == (0, True), (words, done)
        if not words.startswith("rebuild"):
            assert shop(*words.split(), "--json").json is not None
    number = shop("show", "invoices", "--json").json[0]["number"]
    assert "7.49 x 10" in shop("explain", number).out
    assert shop("explain", number, "--json").json["lines"][0]["charge"]["tier"] == 10
    assert f"Invoice {number}" in shop("show", "invoice", number).out


def test_what_was_earlier_can_be_shown(shop: Run):
    """`--as-of` counts what was recorded by then."""
    bought = shop("events", "tail", "--type", "Charged", "--json").json["recorded_at"]
    shop("do", "AddSeats", "--subscription", "vpn", "--quantity", "5")

    then = shop("show", "subscription", "vpn", "--as-of", bought, "--json").json

    assert then["seats"]["total"] == 10
    assert shop("show", "account", "acme", "--as-of", "2001-01-01T00:00:00Z").code == 1


@pytest.mark.rule("ALL-04")
def test_a_refusal_ends_with_1_and_says_what_to_do(shop: Run):
    """Sentence, remedy, code and rule stand on stderr; nothing is on stdout."""
    done = shop("do", "AddSeats", "--subscription", "vpn", "--quantity", "1", "--as", "x@y.example")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Refused: You have no role")
    assert "(access.role_missing, rule EV-20)" in done.err


@pytest.mark.parametrize(
    "words",
    ["show account no", "show subscription no", "show seats no", "show invoice no", "explain no",
     "show credit no"],
)  # fmt: skip
def test_what_is_not_there_ends_with_1(shop: Run, words: str):
    """A read of nothing says so in a sentence."""
    done = shop(*words.split())

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("There is no such") or "no invoice" in done.err


def test_fields_come_as_words_json_or_files(shop: Run, tmp_path: Path):
    """Numbers, ranges, money, JSON, CSV of people and stdin: each field as its type asks."""
    people = tmp_path / "people.csv"
    people.write_text("email,name\nada@acme.example,Ada\nbo@acme.example,Bo\n", encoding="utf-8")
    credit = ["do", "GrantCredit", "--account", "acme", "--json", "--amount"]

    bought = shop(
        "do", "AddSeats", "--subscription", "vpn", "--quantity", "2", "--json",
        "--assign", f"@{people}",
    ).json  # fmt: skip
    off = shop(
        "do", "DisableAutoRenew", "--subscription", "vpn", "--seat-numbers", "1-2,4", "--json"
    )
    holders = "bo@acme.example, ada@acme.example"
    on = shop("do", "EnableAutoRenew", "--subscription", "vpn", "--holders", holders, "--json")
    granted = shop(*credit, "12.95 USD")
    by_json = shop(*credit, '{"amount": "1.05", "currency": "USD"}')
    release = json.dumps({"subscription": "vpn", "seat": 1}).encode()
    released = shop("do", "ReleaseSeat", "--fields", "-", "--json", stdin=release)

    assert bought["result"]["assigned"] == [1, 2]
    assert off.json["events"][0]["data"]["seats"] == [[1, 2], [4, 4]]
    assert on.json["events"][0]["data"]["seats"] == [[1, 2]]
    assert (granted.code, by_json.code, released.code) == (0, 0, 0)
    assert shop("show", "credit", "acme", "--json").json["balance"]["amount"] == "14.00"


def test_a_csv_without_its_columns_is_wrong_usage(run: Run, tmp_path: Path):
    """The message names the columns."""
    people = tmp_path / "people.csv"
    people.write_text("mail;nom\nx\n", encoding="utf-8")

    done = run("do", "AddSeats", "--assign", f"@{people}")

    assert done.code == 2
    assert "email and name" in done.err


def test_a_bad_catalogue_is_told_with_file_and_line(on: Run, tmp_path: Path):
    """What is wrong with a catalogue is found in its file."""
    bad = tmp_path / "bad.yaml"
    text = Path("ledger/catalogues/expressvpn.yaml").read_text(encoding="utf-8")
    bad.write_text(text.replace("rules: EV", "rulez: EV"), encoding="utf-8")

    done = on("do", "PublishPlan", "--file", str(bad))

    assert done.code == 1
    assert f"{bad}:5: rulez" in done.err


def test_no_database_is_told_without_a_traceback(run: Run):
    """An address where nobody answers ends with 1 and a sentence."""
    done = run("--url", "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", "tick")

    assert (done.code, done.out) == (1, "")
    assert "Traceback" not in done.err


@pytest.mark.parametrize("address", ["nonsense", "mysql://a:secret@b/c", "postgresql://[::1"])
def test_what_is_no_address_of_a_database_is_wrong_usage(run: Run, address: str):
    """It ends with 2 and a sentence that names the setting and shows no password."""
    done = run("--url", address, "tick")

    assert (done.code, done.out) == (2, "")
    assert "SEATLEDGER_DATABASE_URL" in done.err
    assert "Traceback" not in done.err
    assert "secret" not in done.err


def test_a_setting_that_is_wrong_is_named(run: Run, monkeypatch: pytest.MonkeyPatch):
    """It ends with 2 and the name of the variable."""
    monkeypatch.setenv("SEATLEDGER_PORT", "eighty")

    done = run("serve")

    assert (done.code, done.out) == (2, "")
    assert "SEATLEDGER_PORT" in done.err
    assert "Traceback" not in done.err


SCENARIO = """
catalogue: expressvpn
start: 2020-06-20T00:00:00Z
steps:
  - {at: 2020-06-20T08:00:00Z, by: o@a.example, do: OpenAccount,
     with: {account: a, email: o@a.example, country: VG}}
"""


def test_scenarios_end_with_0_3_or_2(run: Run, tmp_path: Path):
    """0: as expected; 3: an expectation not met, all is printed; 2: a file is broken."""
    good, unmet, broken = (tmp_path / name for name in ("good.yaml", "unmet.yaml", "broken.yaml"))
    good.write_text(SCENARIO, encoding="utf-8")
    unmet.write_text(
        SCENARIO.replace("do: OpenAccount", "refused: account.exists, do: OpenAccount"),
        encoding="utf-8",
    )
    broken.write_text("steps: 1", encoding="utf-8")

    fine = run("scenario", str(good), "--json")
    other = run("scenario", "--json", str(unmet))
    bad = run("scenario", str(broken))
    several = run("scenario", "--json", str(good), str(good))

    assert (fine.code, fine.json["steps"][0]["outcome"]) == (0, "accepted")
    assert (other.code, other.json["credit"]) == (3, fine.json["credit"])
    assert "unmet.yaml:5: step 0, OpenAccount: expected account.exists" in other.err
    assert (bad.code, bad.out) == (2, "")
    assert len(several.out.splitlines()) == 2
    assert "AccountOpened" in run("scenario", str(good)).out
    assert run("scenario", str(broken), str(unmet)).code == 2


@pytest.fixture(scope="module")
def demo_url(postgres_server: str) -> str:
    """A database of its own for the demo."""
    with connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"create database demo template {TEMPLATE}".encode())
    return make_conninfo(postgres_server, dbname="demo")


def test_the_demo_loads_once_and_ends_now(run: Run, demo_url: str):
    """Five accounts of five catalogues, with invoices and renewals; a second load does nothing."""
    first = run("--url", demo_url, "demo")
    head = len(run("--url", demo_url, "events", "tail", "--json").out.splitlines())
    second = run("--url", demo_url, "demo")

    assert (first.code, second.code) == (0, 0)
    assert "seatledger show accounts" in first.out
    assert "already" in second.out
    assert len(run("--url", demo_url, "events", "tail", "--json").out.splitlines()) == head
    accounts = run("--url", demo_url, "show", "accounts", "--json").json
    assert {one["account"] for one in accounts} == {*ACCOUNTS}
    assert len({one["catalogue"] for one in accounts}) == 5
    invoices = run("--url", demo_url, "show", "invoices", "--json").json
    assert {one["account"] for one in invoices} == {*ACCOUNTS}
    statuses = {one["status"] for one in run("--url", demo_url, "show", "orders", "--json").json}
    assert statuses == {"completed", "pending_payment"}
    renewed = {line["reason"] for invoice in invoices for line in invoice["lines"]}
    assert {"start", "seats_added", "renewal", "trial_converted"} <= renewed
    assert run("--url", demo_url, "tick").out == "Due work done: 0\n"


def test_the_demo_leaves_another_ledger_alone(shop: Run):
    """Its histories lie in the past, so it goes into an empty ledger only."""
    done = shop("demo")

    assert done.code == 0
    assert "not empty" in done.out
    assert len(shop("show", "accounts", "--json").json) == 1
