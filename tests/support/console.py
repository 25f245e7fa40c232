"""Terminal sessions in the documents: the `console` blocks of a Markdown file, read and run.

A line that begins with `$ ` is a command, which may go on behind a backslash; what follows is its
output, on both streams, up to the next command. A line of `...` stands for any lines. What differs
from day to day is masked on both sides.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ledger.clock import SystemClock

ROOT = Path(__file__).parents[2]
REFUSED = "Refused:"
ANY_LINES = "..."
TIMEOUT_S = 120

_BLOCK = re.compile(r"^```console\n(?P<lines>.*?)^```$", re.DOTALL | re.MULTILINE)
_SERIES = re.compile(r"\b(?P<name>[A-Z]{2}-)[0-9]{4}(?=-[0-9]{6})")
_MASKS = (
    (re.compile(r"\b([A-Z]{2})-[0-9]{4}(?=-[0-9]{6})"), r"\1-YYYY"),  # the year of the writing
    (re.compile(r"\b(issued|due|expected by) [0-9]{4}-[0-9]{2}-[0-9]{2}"), r"\1 YYYY-MM-DD"),
    (re.compile(r"(?<=show preview )[0-9a-f-]{36}"), "ID"),
    (re.compile(r"(?<=Due work done: )[0-9]+"), "N"),  # later years bring further renewals
)


class Shown(NamedTuple):
    """A command as a document shows it, from that line on, and the output that it shows."""

    document: str
    line: int
    command: str
    output: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1 where a refusal is shown, else 0."""
        return int(bool(self.output) and self.output[0].startswith(REFUSED))

    def __str__(self) -> str:
        return f"{self.document}:{self.line}: {self.command}"


def sessions(document: Path) -> list[list[Shown]]:
    """The commands of each `console` block of a document."""
    text = document.read_text(encoding="utf-8")
    name = document.relative_to(ROOT).as_posix()
    found = []
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start("lines")) + 1
        found.append(list(_commands(name, first, block["lines"].splitlines())))
    return found


def _commands(document: str, first: int, lines: Sequence[str]) -> Iterator[Shown]:
    number = 0
    while number < len(lines):
        start = number
        if not lines[start].startswith("$ "):
            raise ValueError(f"{document}:{first + start}: output without a command")
        while lines[number].endswith("\\"):
            number += 1
        command = "\n".join([lines[start][2:], *lines[start + 1 : number + 1]])
        number += 1
        output = []
        while number < len(lines) and not lines[number].startswith("$ "):
            output.append(lines[number].rstrip())
            number += 1
        yield Shown(document, first + start, command, tuple(output))


def of_this_year(command: str) -> str:
    """The command with the numbers of documents as they are given this year."""
    return _SERIES.sub(rf"\g<name>{SystemClock().now().year}", command)


def run(
    shown: Shown, environment: Mapping[str, str], folder: Path = ROOT, umask: int = -1
) -> tuple[int, tuple[str, ...]]:
    """Run a command, at the top of the repository if nothing else is said.

    Its exit code, and its lines on both streams.
    """
    done = subprocess.run(
        ["bash", "-c", of_this_year(shown.command)],
        cwd=folder,
        env=dict(environment),
        umask=umask,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT_S,
        check=False,
    )
    lines = (line.rstrip() for line in done.stdout.decode().splitlines())
    return done.returncode, tuple(lines)


def masked(lines: Sequence[str]) -> list[str]:
    """The lines with whatever differs from day to day masked, but for blank ones at the end."""
    found = list(lines)
    while found and not found[-1]:
        found.pop()
    for pattern, mask in _MASKS:
        found = [pattern.sub(mask, line) for line in found]
    return found


def agrees(shown: Sequence[str], came: Sequence[str]) -> bool:
    """Whether output is as a document shows it, both masked."""
    pattern = "".join(
        r"(?:.*\n)*" if line == ANY_LINES else re.escape(line) + r"\n" for line in masked(shown)
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in masked(came))) is not None
