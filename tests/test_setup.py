"""Set-up does not rot: time changes nothing in what `make` installs, on any Python that we name.

The files of the locks come from the registry that set-up uses, so these tests need it too.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.package_index import download, locked, moved_on
from tests.support.tidiness import ROOT, tracked

RUNNING = ROOT / "requirements.lock"
DEVELOPING = ROOT / "requirements-dev.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = re.findall(r"^PYTHONS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
THIS = "{}.{}".format(*sys.version_info)

OLDEST_PIP = (
    "pip==22.3 --hash=sha256:1daab4b8d3b97d1d763caeb01a4640a2250a0ea899e257b1e44b9eded91e15ab"
)
"""Python 3.11.0 brings it. From 3.12 on it does not start, so there it is the one at hand."""

SMALL = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "small"
version = "1"
dependencies = ["psycopg[binary]", "pytest-cov"]
[tool.hatch.build]
dev-mode-dirs = ["."]
[tool.hatch.build.targets.wheel]
bypass-selection = true
"""
SMALL_LOCK = (
    "coverage", "hatchling", "iniconfig", "packaging", "pathspec", "pluggy", "psycopg",
    "psycopg-binary", "pygments", "pytest", "pytest-cov", "tomlkit", "trove-classifiers",
    "typing-extensions",
)  # fmt: skip
"""What a small project needs: two of them by extras, of `coverage[toml]` and `psycopg[binary]`."""

INSTALLED = """
import importlib.metadata, json
print(json.dumps({one.name: one.version for one in importlib.metadata.distributions()}))
"""
BROUGHT = {"pip", "setuptools"}
"""What a virtual environment may hold from the start."""


def make(folder: Path, *arguments: str, index: str = "") -> subprocess.CompletedProcess[str]:
    """Run make as on a machine that has no settings and no cache, with this index."""
    kept = {
        key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "TMPDIR") if key in os.environ
    }
    settings = {
        "HOME": str(folder),
        "NO_PROXY": "127.0.0.1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index,
        "PIP_NO_CACHE_DIR": "1",
    }
    command = ("make", "--directory", str(folder), *arguments)
    return subprocess.run(command, env=kept | settings, capture_output=True, text=True, check=False)


def installed(folder: Path) -> dict[str, str]:
    """What the virtual environment of a project holds, by the names that the lock uses."""
    command = (folder / ".venv/bin/python", "-c", INSTALLED)
    asked = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(asked.stdout)
    return {name.lower().replace("_", "-").replace(".", "-"): found[name] for name in found}


def wanted(lock: Path, python: str) -> dict[str, str]:
    """The versions that a lock names for a Python."""
    return {one.name: one.version for one in locked(lock).values() if one.is_for(python)}


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards: pytest would keep these environments for a while."""
    with tempfile.TemporaryDirectory(prefix="setup-") as folder:
        yield Path(folder)


@pytest.fixture
def small(scratch: Path) -> Path:
    """A project with our Makefile and some ten packages of our lock."""
    folder = scratch / "small"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    lines = "".join(locked(DEVELOPING)[name].lines for name in SMALL_LOCK)
    (folder / "pyproject.toml").write_text(SMALL, encoding="utf-8")
    (folder / DEVELOPING.name).write_text(lines, encoding="utf-8")
    (folder / RUNNING.name).write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture
def index(small: Path, scratch: Path) -> Iterator[str]:
    """An index with the small project's packages, and newer releases of all of them."""
    lock = (small / DEVELOPING.name).read_text(encoding="utf-8")
    with moved_on(download(lock, scratch / "wheels", THIS)) as address:
        yield address


def oldest_pip(folder: Path, python: str) -> tuple[str, ...]:
    """What lets make install by the oldest pip that we name."""
    if python != PYTHONS[0]:
        return ()
    (wheel,) = download(OLDEST_PIP, folder / "pip", python)
    unpacked = folder / "unpacked"
    with zipfile.ZipFile(wheel) as content:
        content.extractall(unpacked)
    return (f"PIP=.venv/bin/python {unpacked}/pip",)


def test_time_does_not_change_what_is_installed(small: Path, index: str, scratch: Path):
    """Where everything has a newer release, the oldest pip installs the lock and nothing else."""
    done = make(small, "setup", f"PYTHON={sys.executable}", *oldest_pip(scratch, THIS), index=index)

    assert done.returncode == 0, done.stdout + done.stderr
    expected = wanted(small / DEVELOPING.name, THIS) | {"small": "1"}
    assert {k: v for k, v in installed(small).items() if k not in BROUGHT} == expected


@pytest.mark.skipif(PYTHONS[0] != THIS, reason="the pips of later Pythons resolve it all the same")
def test_resolving_would_fail_on_the_same_index(small: Path, index: str, scratch: Path):
    """Without `--no-deps` the same set-up fails, so the index is one that does harm."""
    makefile = small / "Makefile"
    recipe = makefile.read_text(encoding="utf-8")
    makefile.write_text(recipe.replace(" --no-deps", ""), encoding="utf-8")

    done = make(small, "setup", f"PYTHON={sys.executable}", *oldest_pip(scratch, THIS), index=index)

    assert done.returncode != 0
    assert "coverage[toml]" in done.stderr


def made_by(folder: Path, python: str):
    """Let a project look set up, by this interpreter."""
    environment = folder / ".venv"
    environment.mkdir()
    (environment / "pyvenv.cfg").write_text(f"executable = {python}\n", encoding="utf-8")
    for stamp in (".packages-run", ".packages-dev", ".run", ".dev"):
        (environment / stamp).touch()


def test_another_interpreter_makes_the_environment_anew(small: Path):
    """A `.venv` of another interpreter than PYTHON names, or of one that is gone, is made anew."""
    made_by(small, "/nowhere/python3.11")

    for arguments in [(f"PYTHON={sys.executable}",), ()]:
        assert " -m venv --clear " in make(small, "--dry-run", "setup", *arguments).stdout


def test_the_interpreter_stays_until_another_is_named(small: Path):
    """What is set up stays so, whether its interpreter is named again or none is."""
    made_by(small, os.path.realpath(sys.executable))

    for goal in ("setup", ".venv/.run"):
        for arguments in [(f"PYTHON={sys.executable}",), ()]:
            assert " -m venv " not in make(small, "--dry-run", goal, *arguments).stdout


def test_an_interpreter_that_will_not_do_is_refused(small: Path):
    """What is no Python, or none of those we name, is told and changes nothing."""
    done = make(small, "setup", "PYTHON=false")

    assert done.returncode != 0
    assert f"found no Python of {' '.join(PYTHONS)}" in done.stderr
    assert not (small / ".venv").exists()


def test_developing_has_all_that_running_has():
    """Every package of the lock for running is in the one for developing, line by line."""
    assert locked(RUNNING).items() <= locked(DEVELOPING).items()


def asked_for() -> dict[Path, list[str]]:
    """What pyproject.toml asks for, by the lock that must answer it."""
    groups = PROJECT["dependency-groups"]
    running = [*PROJECT["project"]["dependencies"], *groups["build"]]
    running += PROJECT["project"]["optional-dependencies"]["embedded"]
    developing = [one for one in groups["dev"] if isinstance(one, str)]
    return {RUNNING: running, DEVELOPING: [*running, *developing]}


@pytest.mark.parametrize("lock", [RUNNING, DEVELOPING], ids=lambda path: path.name)
def test_locks_answer_what_is_asked_for(lock: Path):
    """Whatever pyproject.toml asks for is locked, in a version that it allows."""
    packages = locked(lock)
    for requirement in map(Requirement, asked_for()[lock]):
        version = packages[requirement.name.replace(".", "-")].version
        assert requirement.specifier.contains(version), requirement


def test_pythons_are_the_same_everywhere():
    """The Makefile, the package's classifiers, its tools and the README name the same Pythons."""
    head = "Programming Language :: Python :: "
    classified = [
        one.removeprefix(head) for one in PROJECT["project"]["classifiers"] if head in one
    ]
    *most, last = PYTHONS

    assert classified == ["3 :: Only", *PYTHONS]
    assert PROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"
    assert PROJECT["tool"]["mypy"]["python_version"] == PYTHONS[0]
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{PYTHONS[0].replace('.', '')}"
    assert f"Python {', '.join(most)} or {last}, and make" in (ROOT / "README.md").read_text()


def at_hand(python: str) -> str | None:
    """An interpreter of this version, on the path or where pyenv keeps its own."""
    if python == THIS:
        return sys.executable
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    named = [f"python{python}", *map(str, kept.glob(f"{python}.*/bin/python"))]
    asks = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"
    for name in filter(shutil.which, named):
        asked = subprocess.run([name, "-c", asks], capture_output=True, text=True, check=False)
        if asked.stdout.strip() == python:
            return name
    return None


@pytest.mark.soak
@pytest.mark.parametrize("python", PYTHONS)
def test_every_package_installs_on_an_index_that_moved_on(python: str, scratch: Path):
    """Both locks, whole, on each Python at hand; what is generated is the same on all of them."""
    interpreter = at_hand(python)
    if interpreter is None:
        pytest.skip(f"no Python {python} with venv and ensurepip on this machine")
    folder = scratch / "whole"
    for path in tracked():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)
    arguments = (f"PYTHON={interpreter}", *oldest_pip(scratch, python))
    packages = [one.lines for one in locked(DEVELOPING).values() if one.is_for(python)]

    with moved_on(download("".join(packages), scratch / "wheels", python)) as index:
        for goal, lock in [(".venv/.run", RUNNING), ("setup", DEVELOPING)]:
            done = make(folder, goal, *arguments, index=index)
            assert done.returncode == 0, done.stdout + done.stderr
            expected = wanted(lock, python) | {"seatledger": PROJECT["project"]["version"]}
            assert {k: v for k, v in installed(folder).items() if k not in BROUGHT} == expected

    check = (folder / ".venv/bin/python", "-m", "ledger.generate", "--check")
    subprocess.run(check, cwd=folder, check=True)


@pytest.mark.soak
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "platform",
    [
        "x86_64-manylinux_2_28",
        "aarch64-manylinux_2_28",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    ],
)
def test_wheels_serve_every_python_that_we_name(python: str, platform: str, scratch: Path):
    """Of every package in the locks there is a wheel for this Python on this kind of machine."""
    command = (
        Path(sys.executable).parent / "uv", "pip", "sync", "--quiet", "--dry-run", "--no-build",
        "--python-version", python, "--python-platform", platform, "--target", scratch, DEVELOPING,
    )  # fmt: skip
    assert subprocess.run(command, check=False).returncode == 0
