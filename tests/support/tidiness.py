"""What a tidy file is: each check takes one source and yields its findings, `path:line: what`.

The words and names that are looked for are put together from pieces, so that this file does not
hold them itself.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PURE = frozenset({"events", "commands", "projections"})
PACKAGES = PURE | {"ledger"}
CODE = PACKAGES | {"tests"}
TOP_LEVEL = PACKAGES | {
    ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "compose.yaml",
    "docs", "pyproject.toml", "requirements-dev.lock", "requirements.lock", "tests",
}  # fmt: skip

COLUMNS = 100
FUNCTION_LINES = 70
FILE_LINES = 400
TESTED_FROM_LINES = 60
VAGUE_NAMES = frozenset({"utils", "util", "common", "helpers", "helper", "types", "base", "misc"})

LEFTOVERS = re.compile(r"\b(" + "|".join(["FIX" + "ME", "TO" + "DO", "HA" + "CK"]) + r")\b")
LEFTOVER_IN_COMMENT = re.compile(r"\bX{3}\b")  # elsewhere it is a currency
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(work|root|home|Users)/")
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in [
            ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
            ("crates", "io"), ("golang", "org"), ("docker", "io"), ("ghcr", "io"), ("quay", "io"),
            ("conda", "io"), ("anaconda", "org"), ("unpkg", "com"), ("jsdelivr", "net"),
        ]
    )
)  # fmt: skip

type_of_function = (ast.FunctionDef, ast.AsyncFunctionDef)


class Source(NamedTuple):
    """A file: its path from the top of the repository, and its text."""

    path: str
    text: str

    @property
    def top(self) -> str:
        """The first part of the path: the package, for code."""
        return PurePosixPath(self.path).parts[0]

    @property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return _parsed(self.text)

    def at(self, line: int, what: str) -> str:
        """A finding."""
        return f"{self.path}:{line}: {what}"


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def tracked() -> tuple[str, ...]:
    """The paths that git knows, or every file where this is no git checkout."""
    asked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    paths = [path for path in asked.stdout.split("\0") if path and (ROOT / path).is_file()]
    if not paths:
        skipped = {".venv", ".git", "__pycache__"}
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        paths = [path.as_posix() for path in found if not skipped.intersection(path.parts)]
    return tuple(sorted(paths))


@cache
def texts() -> tuple[Source, ...]:
    """Every tracked file that is text."""
    sources = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            sources.append(Source(path, content.decode("utf-8")))
    return tuple(sources)


@cache
def code() -> tuple[Source, ...]:
    """Every tracked Python file of the four packages and the tests."""
    return tuple(s for s in texts() if s.top in CODE and s.path.endswith(".py"))


def public(source: Source) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The classes and functions of a module whose names do not begin with an underscore."""
    for node in source.tree.body:
        if isinstance(node, (ast.ClassDef, *type_of_function)) and not node.name.startswith("_"):
            yield node


def long_lines(source: Source) -> Iterator[str]:
    """Lines of more than 100 columns."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if len(line) > COLUMNS:
            yield source.at(number, f"{len(line)} columns, {COLUMNS} at most")


def long_functions(source: Source) -> Iterator[str]:
    """Functions of more than 70 lines, docstring included."""
    for node in ast.walk(source.tree):
        if isinstance(node, type_of_function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                what = f"{node.name} has {lines} lines, {FUNCTION_LINES} at most"
                yield source.at(node.lineno, what)


def long_files(source: Source) -> Iterator[str]:
    """Files of more than 400 lines."""
    lines = len(source.text.splitlines())
    if lines > FILE_LINES:
        yield source.at(FILE_LINES + 1, f"{lines} lines, {FILE_LINES} at most")


def undocumented_modules(source: Source) -> Iterator[str]:
    """Modules that do not say what they are for."""
    if not ast.get_docstring(source.tree):
        yield source.at(1, "the module has no docstring")


def undocumented_names(source: Source) -> Iterator[str]:
    """Public classes and functions of the four packages without a docstring."""
    if source.top in PACKAGES:
        for node in public(source):
            if not ast.get_docstring(node):
                yield source.at(node.lineno, f"{node.name} has no docstring")


def undocumented_tests(source: Source) -> Iterator[str]:
    """Test functions that do not state their claim."""
    if source.top == "tests" and PurePosixPath(source.path).name.startswith("test_"):
        for node in ast.walk(source.tree):
            is_test = isinstance(node, type_of_function) and node.name.startswith("test_")
            if is_test and not ast.get_docstring(node):
                yield source.at(node.lineno, f"{node.name} does not say what it claims")


def leftovers(source: Source) -> Iterator[str]:
    """Marks of unfinished work."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := LEFTOVERS.search(line):
            yield source.at(number, f"a leftover {found[0]}: do it, or open an issue")
    if source.path.endswith(".py"):
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            if token.type == tokenize.COMMENT and LEFTOVER_IN_COMMENT.search(token.string):
                yield source.at(token.start[0], "a leftover: do it, or open an issue")


def floats(source: Source) -> Iterator[str]:
    """Floating point in the four packages: calls, annotations, and literals in the pure."""
    if source.top not in PACKAGES:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _names_float(node.func):
            yield source.at(node.lineno, "a call of float: money is integers and Fractions")
        for annotation in _annotations(node):
            if any(_names_float(part) for part in ast.walk(annotation)):
                yield source.at(annotation.lineno, "annotated as a float")
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        if literal and source.top in PURE:
            yield source.at(node.lineno, "a floating point literal")


def _names_float(node: ast.AST) -> bool:
    quoted = isinstance(node, ast.Constant) and node.value == "float"
    return quoted or (isinstance(node, ast.Name) and node.id == "float")


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation):
            yield annotation
        case ast.FunctionDef(returns=ast.expr() as returns):
            yield returns
        case ast.AsyncFunctionDef(returns=ast.expr() as returns):
            yield returns


def bad_names(source: Source) -> Iterator[str]:
    """Files with a name that says nothing, or one of the standard library's."""
    if source.top not in CODE or not source.path.endswith(".py"):
        return
    path = PurePosixPath(source.path)
    parts = {*path.parts[1:-1], path.stem}
    for name in sorted(parts & VAGUE_NAMES):
        yield source.at(1, f"{name} says nothing: name the file for what it is about")
    if source.top in PACKAGES:
        for name in sorted(parts & (sys.stdlib_module_names - VAGUE_NAMES)):
            yield source.at(1, f"{name} is a module of the standard library")


def inner_imports(source: Source) -> Iterator[str]:
    """Imports inside functions and classes, but for the command line, which must start fast."""
    if source.top not in PACKAGES or source.path.startswith(("ledger/cli/", "ledger/cli.py")):
        return
    for scope in ast.walk(source.tree):
        if isinstance(scope, (ast.ClassDef, *type_of_function)):
            for node in ast.walk(scope):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    yield source.at(node.lineno, "an import that is not at the top of its module")


def machine_paths(source: Source) -> Iterator[str]:
    """Paths of one machine, in any text file."""
    yield from _matches(source, MACHINE_PATHS, "a path of one machine")


def registries(source: Source) -> Iterator[str]:
    """Hosts of package registries, in any text file."""
    yield from _matches(source, REGISTRIES, "the host of a package registry")


def _matches(source: Source, pattern: re.Pattern[str], what: str) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := pattern.search(line):
            yield source.at(number, f"{what}: {found[0]}")


def untested(sources: tuple[Source, ...]) -> Iterator[str]:
    """Files of 60 lines or more in the pure packages that have no test file of their own."""
    paths = {source.path for source in sources}
    for source in sources:
        path = PurePosixPath(source.path)
        lines = len(source.text.splitlines())
        if source.top not in PURE or path.name == "__init__.py" or lines < TESTED_FROM_LINES:
            continue
        test = f"tests/{path.with_name(f'test_{path.name}')}"
        if test not in paths:
            yield source.at(1, f"{lines} lines without {test}")


def strangers(paths: tuple[str, ...]) -> Iterator[str]:
    """Entries at the top of the repository that do not belong there."""
    for entry in sorted({PurePosixPath(path).parts[0] for path in paths} - TOP_LEVEL):
        yield f"{entry}: not one of the top-level entries that DESIGN fixes"


CODE_CHECKS: tuple[Callable[[Source], Iterator[str]], ...] = (
    long_lines, long_functions, long_files, undocumented_modules, undocumented_names,
    undocumented_tests, floats, bad_names, inner_imports,
)  # fmt: skip
TEXT_CHECKS: tuple[Callable[[Source], Iterator[str]], ...] = (leftovers, machine_paths, registries)
