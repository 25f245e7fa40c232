"""The documents are true: every command that they show is run, and its output is what they show."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.host.embedded import start
from tests.support import console
from tests.support.console import ROOT, Shown
from tests.support.tidiness import tracked

SESSION_LINES = 30
"""Within so many lines the README shows a whole session."""

DOCUMENTS = [ROOT / path for path in tracked() if path.endswith(".md")]
OPERATING = "docs/operate.md"
"""Starts and stops servers of its own, so another test runs it: `test_operate.py`."""

FOLDERS = ("events", "commands", "projections", "ledger", "tests")
_LINK = re.compile(r"\]\((?!https?://|#)(?P<path>[^)#]+)(#[^)]*)?\)")
_FIRST_COLUMN = re.compile(r"^\| (`[^|]+) \|", re.MULTILINE)
_NAME = re.compile(r"`([^`]+)`")
_TARGET = re.compile(r"`make ([a-z]+)`")


def name(path: Path) -> str:
    """A document's path from the top of the repository."""
    return path.relative_to(ROOT).as_posix()


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """A home of its own, with its own PostgreSQL, and `seatledger` as it is installed here.

    Not in pytest's own folder, which another run of pytest closes to the server's user. The server
    is held for all commands; without that the first of them starts it and each stops it.
    """
    programs = Path(sys.executable).parent
    kept = {key: os.environ[key] for key in ("LANG", "LC_ALL", "TMPDIR") if key in os.environ}
    with tempfile.TemporaryDirectory(prefix="readme-") as home, start(Path(home) / "postgres"):
        yield kept | {
            "HOME": home,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "SEATLEDGER_DATA_FOLDER": f"{home}/postgres",
        }


WITH_SESSIONS = [
    document for document in DOCUMENTS if console.sessions(document) and name(document) != OPERATING
]


@pytest.mark.parametrize("document", WITH_SESSIONS, ids=name)
def test_shown_commands_print_what_is_shown(document: Path, environment: dict[str, str]):
    """Each command of a document, run in order on one ledger, ends and prints as shown there."""
    for shown in [shown for session in console.sessions(document) for shown in session]:
        code, came = console.run(shown, environment)

        assert shown.exit_code == code, "\n".join([str(shown), *came])
        assert console.agrees(shown.output, came), "\n".join([str(shown), *came])


def test_readme_begins_with_a_session():
    """Within its first lines the README buys, previews, assigns, switches off, renews and shows."""
    first, *_ = console.sessions(ROOT / "README.md")
    shown = "\n".join(command.command for command in first)
    steps = (
        "do StartSubscription", "--dry-run", "do AssignSeat", "do DisableAutoRenew", "tick",
        "show invoice",
    )  # fmt: skip
    places = [shown.index(step) for step in steps]

    assert sorted(places) == places
    assert first[-1].line + len(first[-1].output) <= SESSION_LINES


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document: Path):
    """Every link of a document to a file of the repository finds it."""
    links = [found["path"] for found in _LINK.finditer(document.read_text(encoding="utf-8"))]

    assert not [link for link in links if not (document.parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_make_targets_exist(document: Path):
    """Every `make` target that a document names is one of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    assert set(_TARGET.findall(document.read_text(encoding="utf-8"))) <= targets


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_say_what_they_hold(folder: str):
    """Each folder's README says what it is for and not for, its arrows, and what lies in it.

    Of the tests it names what has to be known, and nothing that is not there.
    """
    text = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    named = {one for found in _FIRST_COLUMN.findall(text) for one in _NAME.findall(found)}
    inside = [Path(path).relative_to(folder).parts for path in tracked() if is_in(path, folder)]
    names = {parts[0] if len(parts) == 1 else f"{parts[0]}/" for parts in inside}

    assert all(heading in text for heading in ("**For:**", "**Not for:**", "**Arrows:**"))
    if folder != "tests":
        assert not sorted(names - named - {"README.md", "__init__.py"}), "not in the README"
    assert not sorted(one for one in named if not (ROOT / folder / one).exists()), "only there"


def is_in(path: str, folder: str) -> bool:
    """Whether a tracked path lies in a folder of the repository."""
    return path.startswith(f"{folder}/")


def shown(output: str, command: str = "x") -> Shown:
    """A command that a document shows with this output."""
    return Shown("x.md", 1, command, tuple(output.splitlines()))


def test_a_session_is_read_as_it_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Commands go on behind a backslash; output belongs to the command before it."""
    monkeypatch.setattr(console, "ROOT", tmp_path)
    document = tmp_path / "x.md"
    document.write_text("a\n```console\n$ b \\\n    c\nd\n\n$ e\n```\n```sh\n$ f\n```\n")

    ((first, second),) = console.sessions(document)

    assert first == Shown("x.md", 3, "b \\\n    c", ("d", ""))
    assert second == Shown("x.md", 7, "e", ())


def test_output_is_compared_but_for_the_day():
    """Days and years of writing are masked, dots stand for any lines, all else must be equal."""
    assert console.agrees(
        ["EV-2026-000002, issued 2026-11-22"], ["EV-2031-000002, issued 2031-01-01"]
    )
    assert console.agrees(["a", "...", "z"], ["a", "b", "c", "z"])
    assert not console.agrees(["a", "...", "z"], ["a", "b"])
    assert not console.agrees(["199.68 USD"], ["199.69 USD"])
    assert not console.agrees(["EV-2026-000002"], ["EV-2026-000003"])
    assert not console.agrees([], ["a warning"])


def test_a_refusal_that_is_shown_must_be_refused():
    """A command shown with a refusal ends with 1, every other one with 0."""
    assert shown("Refused: no").exit_code == 1
    assert shown("Accepted: yes").exit_code == 0
    assert shown("").exit_code == 0
