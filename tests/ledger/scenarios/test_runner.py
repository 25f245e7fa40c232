"""Scenario files: what they come to, and how a broken one is refused (CONTRACT 7)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from commands.refusals import REFUSALS
from ledger.scenarios.runner import Outcome, run
from ledger.scenarios.scenario_file import (
    ScenarioBroken,
    parse_instant,
    parse_scenario,
    read_scenario,
)
from tests.support.catalogue_samples import line_of

WORKED = """
scenario: five seats, ten months left
catalogue: expressvpn                  # a shipped catalogue, a path, or a mapping written out here
start: 2020-06-20T00:00:00Z
steps:
  - {at: 2020-06-20T08:00:00Z, by: owner@acme.example, do: OpenAccount,
     with: {account: acme, email: owner@acme.example, country: VG}}
  - {at: 2020-06-20T08:05:00Z, by: owner@acme.example, do: ApplyForVolumeLicences,
     with: {account: acme}}
  - {at: 2020-06-20T16:00:00Z, by: seller, do: ApproveApplication, with: {account: acme}}
  - {at: 2020-06-25T09:00:00Z, by: owner@acme.example, do: StartSubscription,
     with: {account: acme, subscription: vpn, plan: volume-12m, seats: 10, payment_method: card}}
  - {at: 2020-08-25T17:30:00Z, by: owner@acme.example, do: AddSeats, dry_run: true,
     with: {subscription: vpn, quantity: 5}}
  - {at: 2020-08-25T17:30:00Z, by: owner@acme.example, do: AddSeats, command_id: add-1,
     with: {subscription: vpn, quantity: 5}}
  - {at: 2020-08-26T00:00:00Z, by: stranger@x.example, do: AddSeats,
     with: {subscription: vpn, quantity: 5}, refused: access.role_missing}
until: 2021-06-26T00:00:00Z            # renewals and other due work happen on the way
"""

OPEN = "{at: 2020-06-20T08:00:00Z, by: owner@acme.example, do: OpenAccount, with: %s}"


def told(text: str, file: str = "test.yaml") -> Outcome:
    """What a scenario comes to."""
    return run(parse_scenario(text.encode(), file))


def scenario(*steps: str, **parts: str) -> str:
    """A scenario of these steps, each one line of YAML."""
    head = {"catalogue": "expressvpn", "start": "2020-06-20T00:00:00Z"} | parts
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\n".join([*lines, "steps:", *(f"  - {step}" for step in steps)])


@pytest.fixture(scope="module")
def worked() -> dict[str, Any]:
    """The answer of CONTRACT's own scenario, as JSON gives it back."""
    outcome = told(WORKED)
    assert outcome.unmet == []
    answer: dict[str, Any] = json.loads(json.dumps(outcome.answer))
    return answer


@pytest.mark.rule("EV-09")
def test_the_worked_example_comes_out_to_the_cent(worked: dict[str, Any]):
    """Five seats bought with ten months left cost price x 5 x 10; the renewal date stays."""
    preview = worked["steps"][4]["preview"]

    assert preview["invoice"]["total"] == {"amount": "374.50", "currency": "USD"}
    assert preview["renewal"]["renewal_date"] == "2021-06-25"
    assert worked["invoices"][1]["lines"] == preview["invoice"]["lines"]


def test_every_documented_key_is_there(worked: dict[str, Any]):
    """Steps, seats, renewals, invoices, credit and orders have the keys of CONTRACT 7, all."""
    accepted, previewed, refused = (worked["steps"][index] for index in (5, 4, 6))
    invoice = worked["invoices"][0]

    assert [*worked] == ["steps", "seats", "renewals", "invoices", "credit", "orders"]
    assert {*accepted} == {"index", "outcome", "events", "result"}
    assert {*previewed} == {"index", "outcome", "events", "preview"}
    assert {*refused} == {"index", "outcome", "code", "detail", "remedy", "rule", "events"}
    assert (previewed["events"], refused["events"]) == ([], [])
    assert {*previewed["preview"]["invoice"]} == {
        "lines", "net", "tax", "total", "credit_used", "due",
    }  # fmt: skip
    assert {*previewed["preview"]["renewal"]} == {"renewal_date", "seats", "total"}
    assert {*worked["seats"]["vpn"]} == {"total", "usable", "pending", "assigned", "renewing"}
    assert {*worked["renewals"]["vpn"]} == {"renewal_date", "seats", "total"}
    assert {*invoice} == {
        "number", "kind", "account", "issued_on", "due_on", "status", "lines", "net", "tax",
        "total", "credit_used", "paid", "due",
    }  # fmt: skip
    assert {*invoice["lines"][0]} == {
        "subscription", "reason", "seats", "period_start", "period_end", "amount", "explain",
    }  # fmt: skip
    assert worked["credit"] == {"acme": {"amount": "0.00", "currency": "USD"}}
    assert {*worked["orders"]["add-1"]} == {"status", "expires_on", "expected_on"}


def test_due_work_happens_on_its_day(worked: dict[str, Any]):
    """The renewal is invoiced on its own day, though no step stands there."""
    assert worked["invoices"][-1]["lines"][0]["reason"] == "renewal"
    assert worked["invoices"][-1]["issued_on"] == "2021-06-25"
    assert worked["renewals"]["vpn"]["renewal_date"] == "2022-06-25"
    assert worked["seats"]["vpn"]["total"] == 15


def test_due_work_is_no_part_of_the_step_after_it():
    """A step's events are its own, although work fell due on the way to it."""
    late = WORKED.replace("2020-08-26T00:00:00Z", "2021-07-01T00:00:00Z")

    outcome = told(late.replace("stranger@x.example", "owner@acme.example").replace(
        ", refused: access.role_missing", ""
    ))  # fmt: skip

    events = outcome.answer["steps"][6]["events"]
    assert {event["effective_on"] for event in events} == {"2021-07-01"}
    assert outcome.answer["invoices"][2]["issued_on"] == "2021-06-25"


def test_an_expectation_that_is_not_met_is_told_and_stops_nothing():
    """The steps after it run, and each difference names its step."""
    text = scenario(
        OPEN % "{account: a, email: o@a.example, country: VG}",
        (OPEN % "{account: a, email: o@a.example, country: VG}"),
        (OPEN % "{account: b, email: o@a.example, country: VG}")[:-1]
        + ", refused: account.exists}",
        "{at: 2020-06-21T00:00:00Z, by: seller, do: Nonsense}",
    )

    outcome = told(text)

    assert [(one.step.index, one.expected, one.outcome) for one in outcome.unmet] == [
        (1, "accepted", "account.exists"),
        (2, "account.exists", "accepted"),
        (3, "accepted", "command.invalid"),
    ]
    assert len(outcome.answer["steps"]) == 4
    assert [*outcome.answer["credit"]] == ["a", "b"]


def test_the_result_of_an_earlier_step_fills_a_field():
    """`{result_of, field}` stands for what that step answered; the secret is shown there once."""
    steps = (
        WORKED.partition("until")[0]
        + """
  - {at: 2020-08-27T00:00:00Z, by: owner@acme.example, do: AssignSeat,
     with: {subscription: vpn, email: ada@acme.example, name: Ada Byron}}
  - {at: 2020-08-27T00:00:00Z, by: owner@acme.example, do: IssueActivation,
     with: {subscription: vpn, seat: {result_of: 7, field: seat}}}
  - {at: 2020-08-28T00:00:00Z, by: ada@acme.example, do: ActivateSeat,
     with: {subscription: vpn, seat: 1, activation: {result_of: 8, field: activation}}}
  - {at: 2020-08-28T00:00:00Z, by: ada@acme.example, do: ActivateSeat,
     with: {subscription: vpn, seat: 1, activation: {result_of: 6, field: activation}},
     refused: command.invalid}
"""
    )

    outcome = told(steps)

    assert outcome.unmet == []
    assert [event["type"] for event in outcome.answer["steps"][9]["events"]] == ["SeatActivated"]


def test_a_catalogue_may_be_a_path_or_stand_in_the_file(tmp_path: Path):
    """A path is relative to the scenario file; a mapping is what a catalogue file would hold."""
    step = OPEN % "{account: a, email: o@a.example, country: VG}"
    inline = Path("ledger/catalogues/parallels.yaml").read_text(encoding="utf-8")
    (tmp_path / "own.yaml").write_text(inline, encoding="utf-8")
    (tmp_path / "one.yaml").write_text(scenario(step, catalogue="own.yaml"), encoding="utf-8")
    indented = "\n  " + inline.replace("\n", "\n  ")

    by_path = run(read_scenario(tmp_path / "one.yaml"))
    written_out = told(scenario(step, catalogue=indented))

    assert by_path.unmet == written_out.unmet == []
    assert by_path.answer["credit"] == written_out.answer["credit"]


def test_json_is_read_too(tmp_path: Path):
    """A file that ends in .json is a scenario like any other."""
    file = tmp_path / "one.json"
    step = {"at": "2020-06-20T08:00:00Z", "by": "o@a.example", "do": "OpenAccount",
            "with": {"account": "a", "email": "o@a.example", "country": "NO"}}  # fmt: skip
    head = {"catalogue": "expressvpn", "start": "2020-06-20T00:00:00Z"}
    file.write_text(json.dumps({**head, "steps": [step]}, indent="\t"), encoding="utf-8")

    assert run(read_scenario(file)).unmet == []


def test_no_is_a_country_and_numbers_pass_as_they_are():
    """YAML 1.2: NO is text; a JSON number as money reaches the command, which refuses it."""
    outcome = told(
        scenario(
            OPEN % "{account: a, email: o@a.example, country: NO}",
            "{at: 2020-06-21T00:00:00Z, by: seller, do: GrantCredit, refused: command.invalid,"
            " with: {account: a, amount: {amount: 1.5, currency: USD}}}",
            "{at: 2020-06-21T00:00:00Z, by: seller, do: GrantCredit, refused: command.invalid,"
            " with: {account: a, amount: {amount: 1e400, currency: USD}}}",
        )
    )

    assert outcome.unmet == []


def test_a_step_before_the_clock_takes_effect_then():
    """A step of an earlier instant is a command with `at`, and refused where that cannot be."""
    outcome = told(
        scenario(
            OPEN % "{account: a, email: o@a.example, country: VG}",
            "{at: 2020-06-19T00:00:00Z, by: o@a.example, do: ApplyForVolumeLicences,"
            " with: {account: a}, refused: command.time_out_of_range}",
            "{at: 2020-06-21T00:00:00Z, by: o@a.example, do: ApplyForVolumeLicences,"
            ' with: {account: a, at: "9999-12-31T00:00:00Z"},'
            " refused: command.time_out_of_range}",
        )
    )

    assert outcome.unmet == []


def test_two_runs_come_to_the_same():
    """Nothing in the answer depends on the day or on chance but the ids of events and persons."""

    def comparable() -> dict[str, Any]:
        answer = told(WORKED).answer
        for step in answer["steps"]:
            step["events"] = [event["type"] for event in step["events"]]
        return answer

    assert comparable() == comparable()


@pytest.mark.rule("ALL-04")
def test_the_end_of_the_calendar_is_refused_not_met():
    """A term that would end after the year 9999 is refused; what fits before it goes on."""
    start = "{at: 9999-06-25T09:00:00Z, by: o@a.example, do: StartSubscription, with:"
    text = scenario(
        (OPEN % "{account: a, email: o@a.example, country: VG}").replace("2020", "9999"),
        start + " {account: a, subscription: long, plan: individual-12m, seats: 1,"
        " payment_method: card}, refused: command.time_out_of_range}",
        start + " {account: a, subscription: short, plan: individual-1m, seats: 1,"
        " payment_method: card}}",
        start="9999-06-20T00:00:00Z",
        until="9999-12-30T00:00:00Z",
    )

    outcome = told(text)

    assert outcome.unmet == []
    assert outcome.answer["seats"]["short"]["usable"] == 1


STEP = "{at: 2020-06-20T08:00:00Z, by: seller, do: RunStatement"
BROKEN = [
    ("", "is empty"),
    ("a: [", "expected"),
    ("- 1", "must be a mapping"),
    ("steps: []", "catalogue is needed"),
    (scenario(STEP + "}", start="2020-06-20"), "start: must be an instant"),
    (scenario(STEP + "}", start="2020-06-20T00:00:00"), "start: must be an instant"),
    (scenario(STEP + "}", start="2020-13-20T00:00:00Z"), "there is no instant"),
    (scenario(STEP + "}", start="1969-12-31T23:59:59Z"), "must not be before 1970"),
    (scenario(STEP + "}", catalogue="nowhere"), "catalogue"),
    (scenario(STEP + "}", catalogue="7"), "catalogue: must be a name"),
    (scenario(STEP + "}", catalogue="{catalogue: x}"), "is needed"),
    (scenario(STEP + "}", surprise="1"), "surprise: is not known here"),
    (scenario(STEP + "}", until="later"), "until: must be an instant"),
    (scenario(STEP + "}", scenario="7"), "scenario: must be text"),
    ("catalogue: expressvpn\nstart: 2020-06-20T00:00:00Z\nsteps: 7", "must be a list"),
    (scenario("{by: seller, do: X}"), "at is needed"),
    (scenario("seller"), "step 0: must be a mapping"),
    (scenario(STEP + ", by: seller}"), "by stands here twice"),
    (scenario(STEP + ", why: not}"), "step 0: why: is not known here"),
    (scenario(STEP + ", with: [1]}"), "with: must be a mapping"),
    (scenario(STEP + ", dry_run: maybe}"), "dry_run: must be true or false"),
    (scenario(STEP + ", refused: no.such}"), "there is no refusal"),
    (scenario(STEP + ", refused: [1]}"), "there is no refusal"),
    (scenario(STEP + ", command_id: 7}"), "command_id: must be text"),
    (scenario("{at: 2020-06-20T08:00:00Z, by: nobody, do: X}"), "by: must be a person's address"),
    (scenario("{at: 2020-06-20T08:00:00Z, by: system, do: X}"), "by: must be a person's address"),
    (scenario(STEP + ", with: {account: {result_of: 0, field: x}}}"), "a step before step 0"),
    (scenario(STEP + ", with: {account: {result_of: 0}}}"), "a reference is"),
    (scenario(STEP + ", with: {account: !!set {a}}}"), "has no tag"),
    (scenario(STEP + ", with: {account: 0x1F}}"), "put it in quotes"),
    (scenario(STEP + ", with: {account: .inf}}"), "put it in quotes"),
    (scenario("&a {<<: *a}"), "merges itself"),
    ("catalogue: \x01", "control character"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_refused_with_its_reason(text: str, reason: str):
    """File, line and reason are told, and no step is run."""
    with pytest.raises(ScenarioBroken, match=r"^test\.yaml") as broken:
        told(text)

    assert reason in str(broken.value)


def test_the_line_of_what_is_wrong_is_told():
    """A wrong step is found in the file by its line."""
    text = scenario(STEP + "}", STEP + "}", STEP + ", why: not}")

    with pytest.raises(ScenarioBroken) as broken:
        told(text)

    assert str(broken.value).startswith("test.yaml:6: step 2: why")


def test_what_is_wrong_in_a_catalogue_written_out_has_its_own_line():
    """Every problem of a catalogue in the scenario is told with the line where it stands there."""
    inline = Path("ledger/catalogues/parallels.yaml").read_text(encoding="utf-8")
    wrong = inline.replace('"149.99"', "150").replace("auto: true", "auto: often")
    text = scenario(STEP + "}", catalogue="\n  " + wrong.replace("\n", "\n  "))

    with pytest.raises(ScenarioBroken) as broken:
        told(text)

    first, second = line_of(text, "amount: 150}"), line_of(text, "auto: often")
    lines = str(broken.value).splitlines()
    place = "catalogue.plans.desktop-business-12m"
    assert lines[0].startswith(f"test.yaml:{first}: {place}.price.tiers[0].amount: a decimal")
    assert f"test.yaml:{second}: {place}.renewal.auto: must be true or false" in lines


def test_a_merged_part_never_takes_the_line_of_what_stands_in_its_place():
    """A key of one's own is told with its own line, whatever is merged in beside it."""
    text = (
        "catalogue:\n  plans:\n    a: &a {term: {months: 1}}\n    b:\n"
        "      <<: *a\n      term: never\nstart: 2020-06-20T00:00:00Z\nsteps: []\n"
    )
    with pytest.raises(ScenarioBroken) as broken:
        told(text)

    assert "test.yaml:6: catalogue.plans.b.term: " in str(broken.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": 1, "a": 2}', "a stands twice"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b"{", "is no JSON"),
        (b"[" * 100_000, "holds too much"),
        (b'{"a": ' + b"1" * 5000 + b"}", "holds too much"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_a_broken_json_file_is_refused(content: bytes, reason: str):
    """JSON is held to the same."""
    with pytest.raises(ScenarioBroken, match=reason):
        parse_scenario(content, "test.json")


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path):
    """The reason names the file."""
    with pytest.raises(ScenarioBroken, match="No such file"):
        read_scenario(tmp_path / "nowhere.yaml")


def test_every_refusal_can_be_expected():
    """The words of `refused` are the codes of the closed catalogue, all of them."""
    steps = [STEP + f", refused: {code}}}" for code in REFUSALS]

    parsed = parse_scenario(scenario(*steps).encode(), "test.yaml")

    assert [step.refused for step in parsed.steps] == [*REFUSALS]


def test_instants_are_read_in_utc():
    """An offset is taken into account; YAML's space between day and hour will do."""
    expected = datetime(2020, 6, 20, 6, 30, tzinfo=UTC)

    assert parse_instant("2020-06-20T08:30:00+02:00") == expected
    assert parse_instant("2020-06-20 06:30Z") == expected
