"""A scenario file (CONTRACT 7): read as YAML 1.2 or JSON, and refused with file, line and reason.

The file is read as a tree of nodes, never constructed, so that `NO` stays a country and a day stays
text. Numbers with a fraction pass as they are, for a scenario may show that a command refuses them.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from commands.refusals import REFUSALS

BYTES_MAX = 20_000_000
VALUES_MAX = 2_000_000
DEPTH_MAX = 40

_TAG = "tag:yaml.org,2002:"
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,999})")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRUTHS = {"true": True, "false": False}
_REFERENCE = frozenset({"result_of", "field"})

Path_ = tuple[int | str, ...]
CATALOGUE: Path_ = ("catalogue",)
"""Where a scenario has its catalogue."""


class ScenarioBroken(ValueError):
    """A file that is no scenario; its text is `file:line: reason`, or `file: reason`."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        self.file = file
        self.line = line
        self.reason = reason
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")


@dataclass(frozen=True, slots=True)
class ResultOf:
    """A place in a step's fields that the result of an earlier step fills."""

    step: int
    field: str


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a scenario; `refused` is the code that it expects, None for acceptance.

    `by` is a person's address or `seller`. `fields` may hold `ResultOf` at any depth.
    """

    index: int
    line: int
    at: datetime
    by: str
    do: str
    fields: Mapping[str, Any]
    dry_run: bool
    command_id: str | None
    refused: str | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario; `catalogue` is a shipped name, a path, or a mapping written out.

    `catalogue_lines` tells where each place of the catalogue stands; empty where the file was JSON.
    """

    file: str
    name: str
    catalogue: str | Mapping[str, Any]
    catalogue_lines: Mapping[Path_, int]
    start: datetime
    steps: tuple[Step, ...]
    until: datetime | None


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file; ScenarioBroken for whatever is wrong with it, or without it."""
    try:
        with path.open("rb") as stream:
            content = stream.read(BYTES_MAX + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "no file can be called so"
        raise ScenarioBroken(str(path), 0, reason) from None
    return parse_scenario(content, str(path))


def parse_scenario(content: bytes, file: str) -> Scenario:
    """The scenario in these bytes of a file of that name; ScenarioBroken as `read_scenario`."""
    if len(content) > BYTES_MAX:
        raise ScenarioBroken(file, 0, f"a scenario has at most {BYTES_MAX} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise ScenarioBroken(file, line, "is not UTF-8") from None
    tree = _json_tree(text, file) if file.endswith(".json") else _yaml_tree(text, file)
    return _Shape(tree, file).scenario()


@dataclass(slots=True)
class _Tree:
    """Plain data, and the line of each place in it (none where the file was JSON)."""

    data: Any
    lines: dict[Path_, int]


def _json_tree(text: str, file: str) -> _Tree:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ScenarioBroken(file, 0, f"{twice} stands twice in one object")
        return fields

    def no_constant(name: str) -> None:
        raise ScenarioBroken(file, 0, f"{name} is no JSON")

    try:
        return _Tree(json.loads(text, object_pairs_hook=once, parse_constant=no_constant), {})
    except json.JSONDecodeError as problem:
        raise ScenarioBroken(file, problem.lineno, f"is no JSON: {problem.msg}") from None
    except ScenarioBroken:
        raise
    except (RecursionError, ValueError):
        raise ScenarioBroken(file, 0, "holds too much, or too long a number") from None


def _yaml_tree(text: str, file: str) -> _Tree:
    try:
        node: Node | None = YAML(pure=True).compose(text)
    except ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise ScenarioBroken(file, line, "holds a control character") from None
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        reason = problem.problem or problem.context or "is no YAML"
        raise ScenarioBroken(file, mark.line + 1 if mark else 0, reason) from None
    except RecursionError:
        raise ScenarioBroken(file, 0, "is nested too deeply") from None
    except (YAMLError, ValueError) as problem:
        raise ScenarioBroken(file, 0, f"is no YAML: {problem}"[:200]) from None
    if node is None:
        raise ScenarioBroken(file, 0, "is empty")
    return _Reader(file).read(node)


class _Reader:
    """Turns YAML nodes into plain data; anchors and merges (`<<`) are filled in."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._values = 0
        self._lines: dict[Path_, int] = {}

    def read(self, root: Node) -> _Tree:
        """The data of a document."""
        try:
            return _Tree(self._plain(root, ()), self._lines)
        except RecursionError:
            raise self._broken(root, "is nested too deeply, or merges itself") from None

    def _broken(self, node: Node, reason: str) -> ScenarioBroken:
        return ScenarioBroken(self._file, node.start_mark.line + 1, reason)

    def _plain(self, node: Node, path: Path_) -> Any:
        self._values += 1
        if self._values > VALUES_MAX or len(path) > DEPTH_MAX:
            raise self._broken(node, "the file holds too much, or an alias holds itself")
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and node.tag == f"{_TAG}seq":
            return [self._plain(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        raise self._broken(node, f"a scenario has no {node.tag}")

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[Node] = []
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                merged += value.value if isinstance(value, SequenceNode) else [value]
            elif not isinstance(key, ScalarNode):
                raise self._broken(key, "a key must be a word")
            elif key.value in data:
                raise self._broken(key, f"{key.value} stands here twice")
            else:
                # What is merged in comes later, and gives way where the mapping has its own.
                self._lines.setdefault((*path, key.value), key.start_mark.line + 1)
                data[key.value] = self._plain(value, (*path, key.value))
        for source in merged:
            if not isinstance(source, MappingNode):
                raise self._broken(source, "only mappings can be merged in")
            for name, given in self._mapping(source, path).items():
                data.setdefault(name, given)
        return data

    def _scalar(self, node: ScalarNode) -> Any:
        tag, text = (node.tag or "").removeprefix(_TAG), node.value
        if tag in {"str", "timestamp"}:
            return text
        if tag == "null":
            return None
        if tag == "bool" and text.lower() in _TRUTHS:
            return _TRUTHS[text.lower()]
        if tag == "int" and _WHOLE.fullmatch(text):
            return int(text)
        try:
            return json.loads(text)
        except ValueError:
            raise self._broken(node, f"{text[:40]!r} is no value here; put it in quotes") from None


class _Shape:
    """Checks the parts of a scenario one by one, and tells where the first wrong one stands."""

    def __init__(self, tree: _Tree, file: str) -> None:
        self._tree = tree
        self._file = file

    def _broken(self, path: Path_, reason: str) -> ScenarioBroken:
        where, place = path, list(path)
        while where and where not in self._tree.lines:
            where = where[:-1]
        if place[:1] == ["steps"] and len(place) > 1:
            place[:2] = [f"step {place[1]}"]
        told = ": ".join([*(str(part) for part in place), reason])
        return ScenarioBroken(self._file, self._tree.lines.get(where, 0), told)

    def scenario(self) -> Scenario:
        """The scenario."""
        data = self._mapping(
            (), self._tree.data, needed={"catalogue", "start", "steps"}, may={"scenario", "until"}
        )
        steps = data["steps"]
        if not isinstance(steps, list):
            raise self._broken(("steps",), "must be a list of steps")
        until = data.get("until")
        return Scenario(
            file=self._file,
            name=self._text(("scenario",), data.get("scenario", Path(self._file).stem)),
            catalogue=self._catalogue(data["catalogue"]),
            catalogue_lines={
                path: line for path, line in self._tree.lines.items() if path[:1] == CATALOGUE
            },
            start=self._start(data["start"]),
            steps=tuple(self._step(index, step) for index, step in enumerate(steps)),
            until=None if until is None else self._instant(("until",), until),
        )

    def _catalogue(self, given: Any) -> str | Mapping[str, Any]:
        if not isinstance(given, (str, dict)):
            raise self._broken(("catalogue",), "must be a name, a path or a mapping")
        return given

    def _step(self, index: int, given: Any) -> Step:
        path: Path_ = ("steps", index)
        data = self._mapping(
            path,
            given,
            needed={"at", "by", "do"},
            may={"with", "dry_run", "command_id", "refused"},
        )
        fields = data.get("with", {})
        if not isinstance(fields, dict):
            raise self._broken((*path, "with"), "must be a mapping of the command's fields")
        dry_run = data.get("dry_run", False)
        if not isinstance(dry_run, bool):
            raise self._broken((*path, "dry_run"), "must be true or false")
        refused = data.get("refused")
        if refused is not None and not (isinstance(refused, str) and refused in REFUSALS):
            raise self._broken((*path, "refused"), f"there is no refusal {refused!r}"[:200])
        command_id = data.get("command_id")
        if command_id is not None:
            command_id = self._text((*path, "command_id"), command_id)
        return Step(
            index=index,
            line=self._tree.lines.get(path, 0),
            at=self._instant((*path, "at"), data["at"]),
            by=self._actor((*path, "by"), data["by"]),
            do=self._text((*path, "do"), data["do"]),
            fields={
                name: self._references(value, (*path, "with", name), index)
                for name, value in fields.items()
            },
            dry_run=dry_run,
            command_id=command_id,
            refused=refused,
        )

    def _mapping(self, path: Path_, given: Any, needed: set[str], may: set[str]) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise self._broken(path, "must be a mapping")
        for name in given:
            if name not in needed | may:
                known = ", ".join(sorted(needed | may))
                raise self._broken((*path, name), f"is not known here; there are {known}")
        for name in sorted(needed - set(given)):
            raise self._broken(path, f"{name} is needed")
        return given

    def _text(self, path: Path_, given: Any) -> str:
        if not isinstance(given, str) or not given.strip():
            raise self._broken(path, "must be text")
        return given

    def _start(self, given: Any) -> datetime:
        start = self._instant(("start",), given)
        if start < _EPOCH:
            raise self._broken(("start",), "must not be before 1970")
        return start

    def _actor(self, path: Path_, given: Any) -> str:
        if given != "seller" and not (isinstance(given, str) and "@" in given):
            raise self._broken(path, "must be a person's address, or seller")
        return str(given)

    def _instant(self, path: Path_, given: Any) -> datetime:
        try:
            return parse_instant(given)
        except ValueError as problem:
            raise self._broken(path, str(problem)) from None

    def _references(self, given: Any, path: Path_, index: int) -> Any:
        if isinstance(given, list):
            return [self._references(one, (*path, n), index) for n, one in enumerate(given)]
        if not isinstance(given, dict):
            return given
        if "result_of" not in given:
            return {
                name: self._references(one, (*path, name), index) for name, one in given.items()
            }
        step, field = given["result_of"], given.get("field")
        if set(given) != _REFERENCE or not isinstance(field, str):
            raise self._broken(path, "a reference is {result_of: STEP, field: NAME}")
        if type(step) is not int or not 0 <= step < index:
            raise self._broken(path, f"result_of must name a step before step {index}")
        return ResultOf(step, field)


def parse_instant(given: object) -> datetime:
    """An instant written by RFC 3339 with its zone, in UTC; ValueError for anything else."""
    if not isinstance(given, str) or not _INSTANT.fullmatch(given):
        raise ValueError("must be an instant with its zone, as in 2020-06-20T08:00:00Z")
    try:
        return datetime.fromisoformat(given.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"there is no instant {given}") from None


def filled(given: Any, result: Callable[[ResultOf], Any]) -> Any:
    """Fields with every reference replaced by what `result` gives for it."""
    if isinstance(given, ResultOf):
        return result(given)
    if isinstance(given, Mapping):
        return {name: filled(one, result) for name, one in given.items()}
    if isinstance(given, list):
        return [filled(one, result) for one in given]
    return given


def references(given: Any) -> Iterable[ResultOf]:
    """Every reference in a step's fields."""
    if isinstance(given, ResultOf):
        yield given
    elif isinstance(given, Mapping):
        for one in given.values():
            yield from references(one)
    elif isinstance(given, list):
        for one in given:
            yield from references(one)
