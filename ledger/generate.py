"""Generated files, checked in: `python -m ledger.generate` writes them, `--check` only compares.

Each generator answers with the files it stands for, by their path from the top of the repository,
and with the patterns of files that are its own: what matches and is not made any more is stale.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from commands.refusals import REFUSALS
from events.fact import Fact
from events.registry import FACTS
from ledger.api.application import application
from ledger.host.opened import OpenLedger
from ledger.problems import WAYS

ROOT = Path(__file__).parent.parent
SCHEMAS = "events/schemas"
REFUSAL_PAGE = "docs/refusals.md"
OPENAPI = "docs/openapi.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Generated:
    """Files by path, and the patterns of the paths that belong to their generator.

    `kept` are paths of its own that are no longer made but stay: the schemas of old versions.
    """

    files: dict[str, str]
    patterns: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()


def event_schemas() -> Generated:
    """One JSON Schema for each fact, of its stored form; old versions of a fact stay."""
    files = {schema_path(fact.NAME, fact.VERSION): schema_text(fact) for fact in FACTS.values()}
    older = frozenset(
        schema_path(fact.NAME, version)
        for fact in FACTS.values()
        for version in range(1, fact.VERSION)
    )
    return Generated(files, (f"{SCHEMAS}/*.json",), older)


def schema_path(name: str, version: int) -> str:
    """Where the schema of a version of a fact lies."""
    return f"{SCHEMAS}/{name}.v{version}.json"


def schema_text(fact: type[Fact]) -> str:
    """The JSON Schema of a fact as it is stored: every field is there, defaults too."""
    schema: dict[str, Any] = fact.model_json_schema(mode="serialization")
    head = {
        "$schema": _DIALECT,
        "$id": f"seatledger:events:{fact.NAME}:{fact.VERSION}",
        "x-public": fact.PUBLIC,
    }
    return json.dumps(head | schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def refusal_page() -> Generated:
    """A page with every refusal: when it comes, what to do about it, and how it is told."""
    lines = [
        "# Refusals",
        "",
        "Generated from the closed catalogue of refusals; `make generate` writes it anew.",
        "A refused command leaves nothing in the log.",
        "The order is the order of precedence: the first that applies is the one that is told.",
        "A case may have words of its own in place of these.",
        "",
        "| code | rules | sentence | remedy | HTTP | exit |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for code, refusal in REFUSALS.items():
        way = WAYS[code]
        rules = " ".join(refusal.rules)
        cells = (f"`{code}`", rules, refusal.detail, refusal.remedy, way.status, way.exit)
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return Generated({REFUSAL_PAGE: "\n".join([*lines, ""])})


def openapi_document() -> Generated:
    """The OpenAPI document of the HTTP interface, as `/openapi.json` serves it."""
    # What the routes are is known without a ledger behind them.
    described = application(cast("OpenLedger", None)).openapi()
    text = json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False)
    return Generated({OPENAPI: f"{text}\n"})


GENERATORS: list[Callable[[], Generated]] = [event_schemas, refusal_page, openapi_document]
"""All generators; a further one is a function in this list."""


def differences(root: Path, generators: Iterable[Callable[[], Generated]]) -> list[str]:
    """The paths that are missing, differ, or are stale, in alphabetical order."""
    return sorted(path for generator in generators for path in _differing(root, generator()))


def write(root: Path, generators: Iterable[Callable[[], Generated]]) -> list[str]:
    """Write what differs and remove what is stale; the paths that were touched."""
    touched = []
    for generator in generators:
        made = generator()
        for path in sorted(_differing(root, made)):
            file = root / path
            if path in made.files:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(made.files[path].encode())
            else:
                file.unlink()
            touched.append(path)
    return touched


def _differing(root: Path, made: Generated) -> set[str]:
    def is_as_made(path: str) -> bool:
        file = root / path
        return file.is_file() and file.read_bytes() == made.files[path].encode()

    return {path for path in made.files if not is_as_made(path)} | set(_stale(root, made))


def _stale(root: Path, made: Generated) -> Iterable[str]:
    for pattern in made.patterns:
        for file in root.glob(pattern):
            path = file.relative_to(root).as_posix()
            if path not in made.files and path not in made.kept:
                yield path


def main(arguments: list[str] | None = None) -> int:
    """Write the generated files, or with `--check` tell which differ; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ledger.generate", description=main.__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 on a difference"
    )
    if parser.parse_args(arguments).check:
        found = differences(ROOT, GENERATORS)
        for path in found:
            print(f"{path} is not as generated; run `make generate`")
        return 1 if found else 0
    for path in write(ROOT, GENERATORS):
        print(f"wrote {path}" if (ROOT / path).exists() else f"removed {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
