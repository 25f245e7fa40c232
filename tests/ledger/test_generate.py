"""Generated files: as made, compared, written, and stale ones removed."""

import inspect
import json
from pathlib import Path

from commands.refusals import REFUSALS
from commands.registry import COMMANDS
from events.registry import FACTS
from ledger.generate import (
    GENERATORS,
    ROOT,
    Generated,
    differences,
    event_schemas,
    main,
    openapi_document,
    refusal_page,
    write,
)


def texts() -> Generated:
    """A generator for the test: two files, one kept from before, and a pattern of its own."""
    files = {"made/a.txt": "one\n", "made/b.txt": "two\n"}
    return Generated(files, ("made/*.txt",), frozenset({"made/old.txt"}))


def test_the_files_of_this_repository_are_as_generated():
    """Whoever changes a fact or a refusal runs `make generate`."""
    assert differences(ROOT, GENERATORS) == []


def test_checking_answers_with_its_exit_code(capsys):
    """`--check` writes nothing, says nothing and ends with 0 where all is as generated."""
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_missing_and_changed_files_are_differences(tmp_path: Path):
    """A file that is not there, one that differs, and one that nobody makes any more."""
    assert differences(tmp_path, [texts]) == ["made/a.txt", "made/b.txt"]
    write(tmp_path, [texts])
    assert differences(tmp_path, [texts]) == []

    (tmp_path / "made/a.txt").write_text("other\n")
    (tmp_path / "made/stale.txt").write_text("")
    (tmp_path / "made/old.txt").write_text("")
    (tmp_path / "made/README.md").write_text("")
    assert differences(tmp_path, [texts]) == ["made/a.txt", "made/stale.txt"]


def test_writing_touches_only_what_differs(tmp_path: Path):
    """What is as made stays; what is stale goes; the schemas of old versions stay."""
    write(tmp_path, [texts])
    (tmp_path / "made/stale.txt").write_text("")
    (tmp_path / "made/old.txt").write_text("")

    assert write(tmp_path, [texts]) == ["made/stale.txt"]
    assert sorted(path.name for path in tmp_path.glob("made/*")) == ["a.txt", "b.txt", "old.txt"]
    assert write(tmp_path, [texts]) == []


def test_every_fact_has_its_schema():
    """One file a fact and version, the same text at every run."""
    made = event_schemas()

    assert len(made.files) == len(FACTS)
    assert made == event_schemas()
    for text in made.files.values():
        schema = json.loads(text)
        assert schema["additionalProperties"] is False
        assert schema["description"]


def test_every_refusal_is_on_the_page():
    """Code, rules, sentence, remedy and status of each, in the order of precedence."""
    (page,) = refusal_page().files.values()
    rows = [line for line in page.splitlines() if line.startswith("| `")]

    assert [row.split("`")[1] for row in rows] == list(REFUSALS)
    assert "| `subscription.term_shortened` | EV-12 |" in page
    assert "| 409 |" in page


def test_every_command_is_in_the_openapi_document():
    """The same text at every run, a path for each command, in version 3.1."""
    made = openapi_document()
    (text,) = made.files.values()
    document = json.loads(text)

    assert made == openapi_document()
    assert document["openapi"].startswith("3.1")
    assert {f"/v1/commands/{name}" for name in COMMANDS} <= set(document["paths"])


def test_no_description_holds_the_indentation_of_the_code():
    """Every description is the same on Pythons that strip docstrings and on those that do not."""
    for generator in (openapi_document, event_schemas):
        for text in generator().files.values():
            json.loads(text, object_hook=expect_no_indentation)


def expect_no_indentation(part: dict[str, object]):
    """Look at the description of an object of the document, where it has one."""
    described = part.get("description")
    assert not isinstance(described, str) or described == inspect.cleandoc(described)
