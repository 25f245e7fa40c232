"""`python -m tests.mutants`: of random small changes to the pure packages, how many a test notices.

Each change is tried in a process of its own, by the tests that run its line, quickest first, then
by all others that need no database; no file is changed. Exits 3 where fewer than 97 % are noticed,
and prints each that was not.
"""

import argparse
import os
import random
import resource
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.support.lines_run import FURTHER, PACKAGES, ROOT, LinesRun, measure
from tests.support.mutations import Change, changed, changes

ENOUGH_PERCENT = 97
CPU_SECONDS = 60
"""What a change may use up beside twice what its tests took: then it runs for ever."""
FILE_SECONDS = 60
"""What a whole test file takes at most."""
MEMORY_BYTES = 4 * 2**30
TOLD_EVERY = 10

LIBRARIES = ("dateutil.rrule", "eventsourcing.postgres", "fastapi", "psycopg_pool", "rich.table")
LIBRARIES += ("pydantic_settings", "ruamel.yaml", "stdnum.eu.vat", "structlog", "typer", "yoyo")
"""Imported once for all changes; our own packages are imported anew for each."""


class Overlay(SourceFileLoader):
    """Finds one module, and gives it other code than its file holds."""

    def __init__(self, change: Change, code: CodeType) -> None:
        super().__init__(change.path.removesuffix(".py").replace("/", "."), str(ROOT / change.path))
        self.code = code

    def find_spec(self, name: str, *_where: object) -> ModuleSpec | None:
        """The module, if it is this one."""
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        """The changed code."""
        return self.code


class Chosen:
    """Lets pytest run the tests of these names, or all of a file, in this order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.places = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort and thin out what was collected."""
        placed = [(self.place(item.nodeid), item) for item in items]
        items[:] = [item for place, item in sorted(placed, key=lambda one: one[0]) if place >= 0]

    def place(self, name: str) -> int:
        """Where a test comes; below zero where it is not wanted."""
        return self.places.get(name, self.places.get(name.partition("::")[0], -1))


def run(names: Sequence[str], change: Change | None) -> int:
    """Run tests with a change, up to the first that fails; answer pytest's exit code."""
    if change is not None:
        sys.meta_path.insert(0, Overlay(change, changed(ROOT, change)))
    # No failure needs explaining here: the first example that fails will do.
    phases = [Phase.explicit, Phase.generate]
    settings.register_profile(
        "mutants",
        deadline=None,
        derandomize=True,
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow],
    )
    options = ["-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", "--timeout", "0"]
    files = dict.fromkeys(name.partition("::")[0] for name in names)
    return int(
        pytest.main([*options, "--hypothesis-profile", "mutants", *files], plugins=[Chosen(names)])
    )


def begin(names: Sequence[str], change: Change | None, cpu_seconds: int) -> int:
    """Run tests with a change in a process of its own; answer its id."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        code = run(names, change)
    finally:
        os._exit(code)


Parts = list[list[str]]


def noticed(
    asked: Mapping[Change | None, Parts], seconds: Mapping[str, float], jobs: int
) -> Iterator[tuple[Change | None, bool]]:
    """Try changes, so many at a time; answer for each whether a test noticed it.

    Tests come in parts; the next part, where one noticed nothing, waits until all else was tried.
    """
    waiting = deque(asked.items())
    running: dict[int, tuple[Change | None, Parts]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            change, parts = waiting.popleft()
            if parts:
                took = sum(seconds.get(name, FILE_SECONDS) for name in parts[0])
                limit = CPU_SECONDS + 2 * int(took)
                running[begin(parts[0], change, limit)] = (change, parts[1:])
            else:
                yield change, False
        if running:
            child, status = os.wait()
            change, parts = running.pop(child)
            # 5: none of the tests is there.
            if os.waitstatus_to_exitcode(status) in {0, 5}:
                waiting.append((change, parts))
                if change is not None and len(parts) == len(FURTHER):
                    print(f"not yet noticed: {change}", file=sys.stderr, flush=True)
            else:
                yield change, True


def sample(only: Sequence[str], size: int | None, seed: int) -> list[Change]:
    """So many random changes, or all; `only` names files, with a line where one is meant."""
    chance = random.Random(seed)
    sites = [
        site
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for site in changes(ROOT, path.relative_to(ROOT).as_posix())
        if not only or any(f"{site[0].path}:{site[0].lines[0]}:".startswith(f"{o}:") for o in only)
    ]
    chosen = chance.sample(sites, min(size or len(sites), len(sites)))
    return [chance.choice(site) for site in chosen]


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many changes (60; with --only: all)")
    parser.add_argument("--seed", type=int, help="which ones (any)")
    parser.add_argument("--only", action="append", default=[], metavar="FILE[:LINE]")
    parser.add_argument("--tests", action="append", default=[], metavar="FILE[::TEST]")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many at a time")
    return parser.parse_args()


def main() -> int:
    """Try the changes, print those that no test noticed, and answer the exit code."""
    asked = arguments()
    seed = random.randrange(1000) if asked.seed is None else asked.seed
    chosen = sample(asked.only, asked.sample or (None if asked.only else 60), seed)
    known = LinesRun({}, None) if asked.tests else measure(asked.jobs)
    parts = {change: [asked.tests] if asked.tests else known.tests(change) for change in chosen}
    for name in LIBRARIES:
        import_module(name)

    untouched = next(iter(parts.values()), [])[:1]
    missed = tried = 0
    for change, seen in noticed({None: untouched, **parts}, known.seconds, asked.jobs):
        if change is None and seen:
            print("the tests fail with nothing changed", file=sys.stderr)
            return 1
        tried += change is not None
        if not seen and change is not None:
            missed += 1
            print(f"not noticed: {change}", flush=True)
        if tried and not tried % TOLD_EVERY:
            print(f"{tried - missed} of {tried} so far", file=sys.stderr, flush=True)
    share = 100 * (tried - missed) / max(tried, 1)
    print(f"{tried - missed} of {tried} changes noticed ({share:.1f} %), seed {seed}")
    return 0 if share >= ENOUGH_PERCENT else 3


if __name__ == "__main__":
    sys.exit(main())
