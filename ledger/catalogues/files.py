"""Catalogues from YAML files: the shipped ones, and anybody's; each problem with its line.

YAML 1.2 as in `NO` for Norway. The file is read as a tree of nodes, never constructed: nothing but
mappings, lists and plain values can come out of it, however it is tagged. Limits: 1 MB, and 100,000
values after aliases and merges (`<<`) are filled in.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from commands.catalogue_checks import CatalogueProblem
from commands.catalogue_file import (
    NOTES,
    CatalogueFile,
    CatalogueRejected,
    parse_catalogue,
)
from commands.catalogue_reasons import PROBLEMS_MAX

BYTES_MAX = 1_000_000
VALUES_MAX = 100_000
DEPTH_MAX = 40
_TAG = "tag:yaml.org,2002:"
_TOO_MUCH = "the file holds too much, or an alias holds itself"
_TEXTS = frozenset({"str", "timestamp"})
_TRUTHS = {"true": True, "false": False}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_SHIPPED = files("ledger").joinpath("catalogues")

Steps = tuple[int | str, ...]


class LineProblem(NamedTuple):
    """What is wrong, at which line (from 1; 0: no line), and where in the mapping."""

    line: int
    place: str
    reason: str


class CatalogueInvalid(ValueError):
    """A catalogue that is refused; its text has a line `file:line: place: reason` a problem."""

    def __init__(self, file: str, problems: tuple[LineProblem, ...]) -> None:
        """Of one problem at least; each is kept once, in the order of their lines."""
        self.file = file
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(self.told, self.problems)))

    def told(self, problem: LineProblem) -> str:
        """One of the problems as a line of text."""
        where = f"{self.file}:{problem.line}" if problem.line else self.file
        return f"{where}: {problem.place}: {problem.reason}"


def shipped_names() -> tuple[str, ...]:
    """The names of the catalogues that travel with the program, in alphabetical order."""
    names = (entry.name for entry in _SHIPPED.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def load(source: str | Path | Mapping[str, Any]) -> CatalogueFile:
    """A shipped catalogue by its name, a file by its path, or a mapping as PublishPlan takes it.

    CatalogueInvalid for whatever is wrong with it, also where there is no such file.
    """
    if isinstance(source, Mapping):
        try:
            return parse_catalogue(source)
        except CatalogueRejected as rejected:
            lines = tuple(LineProblem(0, p.place, p.reason) for p in rejected.problems)
            raise CatalogueInvalid("catalogue", lines) from None
    if isinstance(source, str) and source in shipped_names():
        name = f"{source}.yaml"
        return parse_text(_SHIPPED.joinpath(name).read_bytes(), name)
    path = Path(source)
    try:
        with path.open("rb") as stream:
            content = stream.read(BYTES_MAX + 1)
    except (OSError, ValueError) as problem:
        known = ", ".join(shipped_names())
        reason = getattr(problem, "strerror", None) or "no file can be called so"
        raise CatalogueInvalid(
            str(source), (LineProblem(0, "file", f"{reason}; shipped catalogues: {known}"),)
        ) from None
    return parse_text(content, str(source))


def parse_text(content: bytes, file: str) -> CatalogueFile:
    """The catalogue in these bytes of a file of that name; CatalogueInvalid with every problem."""
    tree = _Tree(_compose(content, file))
    if tree.problems:
        raise CatalogueInvalid(file, tuple(_located(tree.problems, tree.lines)))
    return parse_data(tree.data, file, tree.lines)


def parse_data(
    data: object, file: str, lines: Mapping[Steps, int], within: Steps = ()
) -> CatalogueFile:
    """The catalogue in a part of a file that has been read, with the file's line of every place.

    `within` is the way to that part. CatalogueInvalid with every problem.
    """
    try:
        return parse_catalogue(data)
    except CatalogueRejected as rejected:
        problems = (CatalogueProblem((*within, *p.path), p.reason) for p in rejected.problems)
        raise CatalogueInvalid(file, tuple(_located(problems, lines))) from None


def _located(
    problems: Iterable[CatalogueProblem], lines: Mapping[Steps, int]
) -> Iterator[LineProblem]:
    """The problems with their lines: that of the place, or of the nearest one above it."""
    for problem in problems:
        path = problem.path
        while path and path not in lines:
            path = path[:-1]
        yield LineProblem(lines.get(path, 0), problem.place, problem.reason)


def _compose(content: bytes, file: str) -> Node:
    """The file's one document as a tree of nodes."""

    def refused(line: int, reason: str) -> CatalogueInvalid:
        return CatalogueInvalid(file, (LineProblem(line, "file", reason),))

    if len(content) > BYTES_MAX:
        line = content.count(b"\n", 0, BYTES_MAX) + 1
        raise refused(line, f"a catalogue has at most {BYTES_MAX} bytes, and they end here")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise refused(content.count(b"\n", 0, problem.start) + 1, "is not UTF-8") from None
    try:
        reader = YAML(pure=True)
        reader.composer.warn_double_anchors = False  # an anchor used again is valid YAML
        node: Node | None = reader.compose(text)
    except ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise refused(line, "holds a control character") from None
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        reason = problem.problem or problem.context or "is no YAML"
        raise refused(mark.line + 1 if mark else 0, reason) from None
    except RecursionError:
        raise refused(0, "is nested too deeply") from None
    except (YAMLError, ValueError) as problem:
        raise refused(0, f"is no YAML: {problem}"[:200]) from None
    if node is None:
        raise refused(1, "is empty")
    return node


class _Tree:
    """Plain data out of a tree of nodes, with the line of every value."""

    def __init__(self, root: Node) -> None:
        self.lines: dict[Steps, int] = {}
        self.problems: list[CatalogueProblem] = []
        self.values = 0
        self.data = self._plain(root, ())

    def _wrong(self, path: Steps, node: Node, reason: str) -> None:
        """Note a problem; a place with two nodes (a key twice) has the line of the later one."""
        if len(self.problems) < PROBLEMS_MAX:
            self.lines[path] = node.start_mark.line + 1
            self.problems.append(CatalogueProblem(path, reason))

    def _plain(self, node: Node, path: Steps) -> Any:
        self.values += 1
        self.lines.setdefault(path, node.start_mark.line + 1)
        if self.values > VALUES_MAX or len(path) > DEPTH_MAX:
            if not self.problems:
                self._wrong(path, node, _TOO_MUCH)
            return None
        if isinstance(node, MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and node.tag == f"{_TAG}seq":
            return [self._plain(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self._wrong(path, node, f"a catalogue has no {node.tag}")
        return None

    def _mapping(self, node: MappingNode, path: Steps) -> dict[str, Any]:
        data: dict[str, Any] = {}
        self._fill(data, node, path, 0)
        return data

    def _fill(self, data: dict[str, Any], node: MappingNode, path: Steps, level: int) -> None:
        """Add the keys that are not there yet: what is merged in (`<<`) gives way to all before."""
        own: set[str] = set()
        merged: list[Node] = []
        for key, value in node.value:
            self.values += 1
            if key.tag == f"{_TAG}merge":
                merged += value.value if isinstance(value, SequenceNode) else [value]
            elif not isinstance(key, ScalarNode) or key.tag != f"{_TAG}str":
                self._wrong(path, key, "a key must be a word")
            elif key.value in own:
                self._wrong((*path, key.value), key, f"{key.value} stands here twice")
            else:
                own.add(key.value)
                if not path and key.value.startswith(NOTES):
                    continue  # whatever stands there is read where an alias names it
                if key.value not in data:
                    self.lines[*path, key.value] = key.start_mark.line + 1
                    data[key.value] = self._plain(value, (*path, key.value))
        for source in merged:
            if not isinstance(source, MappingNode):
                self._wrong(path, source, "only mappings can be merged in")
            elif level < DEPTH_MAX and self.values <= VALUES_MAX:
                self._fill(data, source, path, level + 1)
            else:
                self._wrong(path, source, _TOO_MUCH)

    def _scalar(self, node: ScalarNode, path: Steps) -> Any:
        tag, text = (node.tag or "").removeprefix(_TAG), node.value
        if tag in _TEXTS:
            return text
        if tag == "null":
            return None
        if tag == "bool" and text.lower() in _TRUTHS:
            return _TRUTHS[text.lower()]
        if tag == "bool":
            self._wrong(
                path, node, f"{text} is a truth value in YAML 1.1 only; write true or false"
            )
            return None
        if tag == "int" and _WHOLE.fullmatch(text):
            return int(text)
        if tag in {"int", "float"}:
            self._wrong(path, node, f"{text[:40]} is no whole number; write a decimal in quotes")
        else:
            self._wrong(path, node, f"a catalogue has no {node.tag}")
        return None
