"""`python -m tests.bench`: measure, print the page, and after a whole run write it."""

import argparse
import sys
from fnmatch import fnmatch

from tests.bench import accounts, commands, logs, nights, pure, report
from tests.bench.databases import server
from tests.bench.figures import Figure, Setting

FIGURES: tuple[Figure, ...] = (
    *commands.FIGURES, *nights.FIGURES, *logs.FIGURES, *accounts.FIGURES, *pure.FIGURES,
)  # fmt: skip


def arguments() -> argparse.Namespace:
    """What is asked for."""
    names = ", ".join(figure.name for figure in FIGURES)
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=...", description=__doc__, epilog=f"Figures: {names}."
    )
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        default=[],
        help="these figures: names, beginnings of names, or patterns with *",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="two short pairs on small data: only that it works is seen",
    )
    parser.add_argument("--pairs", type=int, help="how many pairs count (5, quick: 2)")
    parser.add_argument("--seconds", type=float, help="how long a round takes (8, quick: 1)")
    parser.add_argument("--clients", type=int, default=64, help="how many clients are many (64)")
    parser.add_argument("--due", type=int, help="renewals a night (100,000, quick: 100)")
    parser.add_argument(
        "--large", type=int, help="facts or free seats of a large account (100,000, quick: 1,000)"
    )
    parser.add_argument("--log", type=int, help="events of a long log (1,000,000, quick: 20,000)")
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the page in any case, not only after a whole run",
    )
    return parser.parse_args()  # fmt: skip


def wanted(only: list[str]) -> list[Figure]:
    """The figures of these names."""
    if not only:
        return list(FIGURES)
    found = [
        figure
        for figure in FIGURES
        if any(figure.name.startswith(one) or fnmatch(figure.name, one) for one in only)
    ]
    if not found:
        sys.exit(f"no figure of {', '.join(only)}: --help lists them")
    return found


def main() -> None:
    """Measure one figure after the other."""
    given = arguments()
    figures = wanted(given.only)
    quick = given.quick
    with server() as running:
        setting = Setting(
            server=running,
            pairs=given.pairs or (2 if quick else 5),
            seconds=given.seconds or (1 if quick else 8),
            due=given.due or (100 if quick else 100_000),
            large=given.large or (1_000 if quick else 100_000),
            clients=given.clients,
            log=given.log or (20_000 if quick else 1_000_000),
        )
        results = []
        for figure in figures:
            sys.stderr.write(f"{figure.name}: {figure.title}, {figure.unit}\n")
            results.append((figure, figure.measure(setting)))
        page = report.page(results, running, setting, quick=quick)
    print(page)
    whole = not (given.only or quick) and setting.pairs >= 5
    if whole or given.write:
        report.PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
