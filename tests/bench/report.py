"""What was measured, as a page: the machine, the versions, and a table of all figures."""

import os
import platform
import subprocess
import sysconfig
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from ledger.clock import SystemClock
from tests.bench.databases import Server
from tests.bench.figures import Figure, Setting
from tests.bench.measuring import Measured, Sample

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"

LIBRARIES = ("eventsourcing", "psycopg", "pydantic", "fastapi", "uvicorn")
PROMISES = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")

_HEAD = """\
# Performance

`make bench` wrote this page. Every figure was measured in turns with its baselines, in one run, on
one machine: {pairs} pairs after a warm-up. A figure is the median, with the range in brackets; a
ratio is the median of the ratios of the pairs. Machines differ: the ratios say more than the rates.

{facts}

| figure | measured | baseline | ratio | CPU, ms each | p99, ms | wanted |
| --- | --- | --- | --- | --- | --- | --- |
"""
_FOOT = """
The stock library is `eventsourcing` by its defaults, with as many clients: an aggregate is read,
has one event, and is saved; no rules, no claims, no documents. `pgbench` commits one row of 400
bytes a transaction, with as many clients. The CPU is that of the process that does the work; where
clients are its threads, theirs is in it. Meanwhile followers in a process of their own keep all
views up to date.
"""


def number(value: float) -> str:
    """A number with about three digits that count."""
    digits = next((n for n, least in enumerate((100, 10, 0.1)) if value >= least), 4)
    return f"{value:,.{digits}f}"


def spread(values: Sequence[float]) -> str:
    """The median, and the range."""
    return f"{number(median(values))} ({number(min(values))} to {number(max(values))})"


def _middle(rounds: Sequence[Sample], name: str) -> str:
    values = [value for sample in rounds if (value := getattr(sample, name)) is not None]
    return number(median(values)) if values else ""


def _baseline(name: str, rounds: Sequence[Sample]) -> str:
    cpu = _middle(rounds, "cpu_ms")
    used = f", {cpu} ms CPU" if cpu else ""
    return f"{name}: {spread([sample.value for sample in rounds])}{used}"


def rows(figure: Figure, measured: Measured) -> list[str]:
    """A figure's lines of the table: one a baseline."""
    found = []
    ours = measured.rounds[measured.ours]
    for name, theirs in measured.rounds.items():
        if name == measured.ours:
            continue
        ratios = measured.ratios(name)
        cells = [
            f"{figure.title} ({figure.unit})",
            spread([sample.value for sample in ours]),
            _baseline(name, theirs),
            f"{spread(ratios)}x",
            _middle(ours, "cpu_ms"),
            _middle(ours, "p99_ms"),
            figure.wanted,
        ]
        if found:
            cells = ["", "", *cells[2:4], "", "", ""]
        found.append(f"| {' | '.join(cells)} |")
    return found


def notes(figure: Figure, measured: Measured) -> list[str]:
    """What is to be said of a figure beside its numbers."""
    own = () if measured.ours in {"service", "calc", "projections"} else (measured.ours,)
    said = "; ".join((*own, *measured.notes))
    return [f"* {figure.title}: {said}."] if said else []


def machine(server: Server, setting: Setting, *, quick: bool) -> list[str]:
    """On what and with what it was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    promises = ", ".join(f"{name} {server.setting(name)}" for name in PROMISES)
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    build = " ".join(platform.python_build())
    optimised = "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS"))
    how = "optimised by profile" if optimised else "not optimised by profile"
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    return [
        f"* {SystemClock().now():%Y-%m-%d %H:%M} UTC, commit {_commit()}"
        + (" (a quick run: small and short)" if quick else ""),
        f"* {_processor()}, {os.cpu_count()} cores, {memory:.1f} GiB; {platform.platform()}",
        f"* load at the end: {load}",
        f"* the database's folder on {_file_system(server.folder)}",
        f"* {interpreter} ({build}, {platform.python_compiler()}, {how})",
        f"* PostgreSQL {server.setting('server_version')}: {promises}",
        "* " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        f"* many clients are {setting.clients}; rounds of {setting.seconds:g} s",
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _file_system(folder: Path) -> str:
    """The kind of file system, which decides what fsync is worth."""
    mounts = Path("/proc/mounts")
    lines = mounts.read_text(encoding="utf-8").splitlines() if mounts.exists() else []
    mounted = [line.split() for line in lines]
    above = [m for m in mounted if folder.is_relative_to(m[1])]
    return max(above, key=lambda m: len(m[1]))[2] if above else "an unknown file system"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


def page(
    results: Sequence[tuple[Figure, Measured]], server: Server, setting: Setting, *, quick: bool
) -> str:
    """The whole page."""
    facts = "\n".join(machine(server, setting, quick=quick))
    table = [line for figure, measured in results for line in rows(figure, measured)]
    said = [line for figure, measured in results for line in notes(figure, measured)]
    head = _HEAD.format(pairs=setting.pairs, facts=facts)
    return "\n".join([head + "\n".join(table), _FOOT, *said, ""])
