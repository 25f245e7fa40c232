"""The scenario files themselves: read, run, used, and the same on every way in."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stories.story import FOLDER, story

FILES = sorted(
    file
    for path in FOLDER.rglob("*.yaml")
    if not (file := path.relative_to(FOLDER).as_posix()).startswith("cases/")
)
VENDORS = ("expressvpn", "goto", "microsoft", "parallels", "secureexchanges")
STEP_KEYS = {"index", "outcome", "events"}
REFUSED_KEYS = {*STEP_KEYS, "code", "detail", "remedy", "rule"}
INVOICE_KEYS = {
    *("number", "kind", "account", "issued_on", "due_on", "status", "lines", "net", "tax"),
    *("total", "credit_used", "paid", "due"),
}
NOTE_KEYS = {*INVOICE_KEYS, "corrects", "reason"}
LINE_KEYS = {
    *("subscription", "reason", "seats", "period_start", "period_end", "amount", "explain"),
}
FOLDED_KEYS = {"steps", "seats", "renewals", "invoices", "credit", "orders"}


def test_there_are_stories_enough() -> None:
    """Forty-five at least, eight a vendor at least."""
    assert len(FILES) >= 45
    for vendor in VENDORS:
        assert sum(file.startswith(f"{vendor}/") for file in FILES) >= 8


@pytest.mark.parametrize("file", FILES)
def test_every_expectation_of_a_story_is_met(file: str) -> None:
    """Each file parses, and each step is accepted, or refused by the code that it names."""
    told = story(file)
    assert told.outcome.unmet == []


@pytest.mark.parametrize("file", FILES)
def test_every_story_is_asserted_by_a_test(file: str) -> None:
    """A story that no test looks at would prove nothing."""
    tests = [path.read_text(encoding="utf-8") for path in FOLDER.glob("test_*.py")]
    assert any(f'story("{file}")' in text for text in tests)


@pytest.mark.parametrize("file", FILES)
def test_a_story_says_which_rules_it_shows(file: str) -> None:
    """In a comment on its first line."""
    first = (FOLDER / file).read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("# ")
    assert "-" in first.partition(":")[0]


@pytest.mark.parametrize("file", FILES)
def test_the_answer_has_every_documented_key(file: str) -> None:
    """Of the whole, of each step, document and line, and no other."""
    answer = story(file).answer
    assert set(answer) == FOLDED_KEYS
    for step in answer["steps"]:
        if step["outcome"] == "refused":
            assert set(step) == REFUSED_KEYS
        else:
            assert set(step) in ({*STEP_KEYS, "result"}, {*STEP_KEYS, "preview"})
    for invoice in answer["invoices"]:
        is_note = invoice["kind"] == "credit_note"
        assert set(invoice) == (NOTE_KEYS if is_note else INVOICE_KEYS)
        for line in invoice["lines"]:
            assert set(line) == LINE_KEYS


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("file", FILES)
def test_refusals_and_previews_leave_no_event(file: str) -> None:
    """A refused step names its rule in words, a dry run shows its preview; nothing is written."""
    for step in story(file).answer["steps"]:
        if step["outcome"] == "refused":
            assert step["events"] == []
            assert step["detail"]
            assert step["remedy"]
            assert "-" in step["rule"]
        elif "preview" in step:
            assert step["events"] == []
            assert set(step["preview"]) >= {"invoice", "renewal"}


@pytest.mark.rule("ALL-01", "ALL-09")
@pytest.mark.parametrize("file", FILES)
def test_the_figures_of_every_document_add_up(file: str) -> None:
    """Lines to the net, net and tax to the total, and what is due is what is left of it.

    What notes gave back lessens what is open first, and never by more than they come to.
    """
    documents = story(file).answer["invoices"]
    for invoice in documents:
        minor = {
            name: int(invoice[name]["amount"].replace(".", ""))
            for name in ("net", "tax", "total", "credit_used", "paid", "due")
        }
        amounts = [int(one["amount"]["amount"].replace(".", "")) for one in invoice["lines"]]
        assert sum(amounts) == minor["net"]
        assert minor["net"] + minor["tax"] == minor["total"]
        if invoice["kind"] == "credit_note":
            assert (minor["credit_used"], minor["paid"], minor["due"]) == (0, 0, 0)
        elif invoice["status"] == "credited":
            assert minor["due"] == 0
        else:
            left = minor["total"] - minor["credit_used"] - minor["paid"]
            noted = sum(
                int(one["total"]["amount"].replace(".", ""))
                for one in documents
                if one.get("corrects") == invoice["number"]
            )
            assert 0 <= max(left, 0) - minor["due"] <= max(-noted, 0)
            assert invoice["status"] == ("open" if minor["due"] else "paid")


@pytest.mark.rule("ALL-06")
@pytest.mark.parametrize("file", FILES)
def test_every_line_is_explained(file: str) -> None:
    """To its amount and its tax, and of a charge by its price and its rounding."""
    for invoice in story(file).answer["invoices"]:
        for line in invoice["lines"]:
            explained = " ".join(line["explain"])
            assert line["amount"]["amount"].lstrip("-") in explained
            assert "tax" in explained
            if invoice["kind"] == "invoice":
                assert "half up" in explained


@pytest.mark.rule("ALL-07")
@pytest.mark.parametrize("file", FILES)
def test_the_numbers_of_a_series_have_no_gap(file: str) -> None:
    """In order of issue each series counts 1, 2, 3."""
    series: dict[str, list[int]] = {}
    for invoice in story(file).answer["invoices"]:
        name, _, number = invoice["number"].rpartition("-")
        series.setdefault(name, []).append(int(number))
    for numbers in series.values():
        assert numbers == list(range(1, len(numbers) + 1))


def told_by(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What `seatledger scenario` says and how it ends."""
    command = [sys.executable, "-m", "ledger", "scenario", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def without_chance(answer: object) -> object:
    """The answer without the ids, digests and secrets that each run makes anew."""
    made = {"id", "person", "previous", "revision", "activation", "digest", "sha256", "assign"}
    if isinstance(answer, dict):
        return {key: without_chance(one) for key, one in answer.items() if key not in made}
    if isinstance(answer, list):
        return [without_chance(one) for one in answer]
    return answer


@pytest.mark.parametrize(
    "file",
    [
        "expressvpn/five_seats.yaml",
        "every_vendor/yen.yaml",
        "goto/moved_billing_date.yaml",
        "microsoft/split_charge.yaml",
    ],
)
def test_the_command_line_tells_the_same(file: str) -> None:
    """`seatledger scenario FILE --json` prints one object, as it came in process, and exits 0."""
    done = told_by(str(FOLDER / file), "--json")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert without_chance(printed) == without_chance(json.loads(json.dumps(story(file).answer)))


def test_an_unmet_expectation_exits_3_and_all_is_printed(tmp_path: Path) -> None:
    """A step that is accepted against its file's word does not stop the run."""
    text = (FOLDER / "expressvpn/five_seats.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace("access.role_missing", "account.unknown"), encoding="utf-8")
    done = told_by(str(broken), "--json")
    assert done.returncode == 3
    printed = json.loads(done.stdout)
    assert printed["steps"][6]["code"] == "access.role_missing"
    assert len(printed["invoices"]) == 3


def test_a_file_that_is_no_scenario_is_refused_with_its_line(tmp_path: Path) -> None:
    """File, line and reason; nothing is run."""
    broken = tmp_path / "broken.yaml"
    broken.write_text("catalogue: expressvpn\nstart: yesterday\nsteps: []\n", encoding="utf-8")
    done = told_by(str(broken), "--json")
    assert done.returncode in {1, 2}
    assert "broken.yaml:2" in done.stderr + done.stdout
