"""The house is tidy: what a machine can hold of our style (`support/tidiness.py`)."""

import importlib.util
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.support import tidiness
from tests.support.tidiness import ROOT, Source

Check = Callable[[Source], Iterator[str]]


def name(check: Check) -> str:
    """The name of a check, for the name of its test."""
    return check.__name__


def expect_none(findings: Iterable[str]) -> None:
    """Fail with one finding a line."""
    found = list(findings)
    if found:
        pytest.fail("\n".join([f"{len(found)} to tidy:", *found]), pytrace=False)


@pytest.mark.parametrize("check", tidiness.CODE_CHECKS, ids=name)
def test_code_is_tidy(check: Check):
    """No Python file of the four packages or the tests has a finding of this check."""
    assert tidiness.code()

    expect_none(finding for source in tidiness.code() for finding in check(source))


@pytest.mark.parametrize("check", tidiness.TEXT_CHECKS, ids=name)
def test_texts_are_tidy(check: Check):
    """No tracked text file, whatever its kind, has a finding of this check."""
    expect_none(finding for source in tidiness.texts() for finding in check(source))


def test_long_files_have_tests():
    """Every file of 60 lines or more in the pure packages has a test file of its own."""
    expect_none(tidiness.untested(tidiness.code()))


def test_top_level_is_fixed():
    """Nothing stands at the top of the repository that DESIGN does not name."""
    expect_none(tidiness.strangers(tidiness.tracked()))


@pytest.mark.parametrize("package", sorted(tidiness.PACKAGES))
def test_packages_load_from_this_checkout(package: str):
    """No installed distribution of the same name stands before our package."""
    spec = importlib.util.find_spec(package)

    assert spec is not None
    assert Path(str(spec.origin)) == ROOT / package / "__init__.py"


UNTIDY = [
    (tidiness.long_lines, "events/x.py", "x = 1  # " + "-" * 100),
    (tidiness.long_functions, "events/x.py", "def f():\n" + "    x = 1\n" * 70),
    (tidiness.long_files, "events/x.py", "x = 1\n" * 401),
    (tidiness.undocumented_modules, "tests/__init__.py", ""),
    (tidiness.undocumented_names, "events/x.py", "class X:\n    pass\n"),
    (tidiness.undocumented_names, "ledger/x.py", "async def f():\n    pass\n"),
    (tidiness.undocumented_tests, "tests/test_x.py", "def test_x():\n    assert True\n"),
    (tidiness.undocumented_tests, "tests/test_x.py", "class X:\n    def test_x(self): ...\n"),
    (tidiness.floats, "ledger/x.py", "x = float('1')\n"),
    (tidiness.floats, "ledger/x.py", "def f(*, x: int | float): ...\n"),
    (tidiness.floats, "ledger/x.py", "def f() -> list[float]: ...\n"),
    (tidiness.floats, "ledger/x.py", "class X:\n    x: 'float'\n"),
    (tidiness.floats, "events/x.py", "x = 0.5\n"),
    (tidiness.bad_names, "commands/utils.py", ""),
    (tidiness.bad_names, "tests/common/test_x.py", ""),
    (tidiness.bad_names, "ledger/calendar.py", ""),
    (tidiness.bad_names, "ledger/http/x.py", ""),
    (tidiness.inner_imports, "ledger/x.py", "def f():\n    import json\n"),
    (tidiness.leftovers, "docs/x.md", "TO" + "DO: more"),
    (tidiness.leftovers, "events/x.py", "x = 1  # " + "X" * 3 + " later\n"),
    (tidiness.machine_paths, "docs/x.md", "see /" + "home/me/x"),
    (tidiness.registries, "requirements.lock", "--index-url https://pypi." + "org/simple"),
]
TIDY = [
    (tidiness.floats, "ledger/x.py", "x = isinstance(y, float)\n"),
    (tidiness.floats, "tests/x.py", "x = float('1')\n"),
    (tidiness.inner_imports, "ledger/cli/main.py", "def f():\n    import json\n"),
    (tidiness.inner_imports, "ledger/x.py", "try:\n    import json\nexcept ImportError: ...\n"),
    (tidiness.bad_names, "tests/http/test_base64.py", ""),
    (tidiness.leftovers, "tests/x.py", "currency = '" + "X" * 3 + "'\n"),
    (tidiness.machine_paths, "docs/x.md", "under ~/" + "home/ or ./" + "work/"),
    (tidiness.undocumented_names, "events/x.py", "def _f(): ...\n"),
]


@pytest.mark.parametrize(("check", "path", "text"), UNTIDY)
def test_each_check_finds_what_it_looks_for(check: Check, path: str, text: str):
    """A check that finds nothing in an untidy file would hold nothing."""
    assert list(check(Source(path, text)))


@pytest.mark.parametrize(("check", "path", "text"), TIDY)
def test_no_check_finds_what_is_allowed(check: Check, path: str, text: str):
    """What the style allows is no finding."""
    assert not list(check(Source(path, text)))


def test_untested_and_strange_files_are_found():
    """A file of 60 lines without its test, and a stranger at the top, are findings."""
    source = Source("events/x.py", "x = 1\n" * 60)

    assert list(tidiness.untested((source,)))
    assert not list(tidiness.untested((source, Source("tests/events/test_x.py", ""))))
    assert list(tidiness.strangers(("setup.py", "src/x.py"))) != []
