"""Compares program and model on the histories of a range of seeds.

    python -m tests.model FIRST LAST [MOST]

prints, for each kind of difference, the smallest history that shows it (MOST of them, 10 by
default) as a scenario file, with what differs; then the figures. `python -m tests.model FILE.yaml`
compares the one history of a file.
"""

import sys
from collections import Counter
from pathlib import Path

from tests.model import cases
from tests.model.comparing import as_yaml, differences, kind, shrunk
from tests.model.model import predict
from tests.model.random_histories import any_history


def compare(first: int, last: int, most: int) -> int:
    """How many histories of these seeds differ."""
    known: set[str] = set()
    outcomes: Counter[str] = Counter()
    differing = 0
    for seed in range(first, last):
        made = any_history(seed)
        said = predict(made, made["catalogue"])
        for step, outcome in zip(made["steps"], said.steps, strict=False):
            outcomes[f"{step['do']} {outcome}"] += 1
        found = differences(made, said)
        if not found:
            continue
        differing += 1
        if kind(found[:1]) - known and len(known) < most:
            small = shrunk(made, found[:1])
            told = differences(small)
            known |= kind(found[:1]) | kind(told[:1])
            print(f"# seed {seed}: {len(small['steps'])} of {len(made['steps'])} steps")
            print("\n".join(f"# {line}" for line in told))
            print(as_yaml(small), flush=True)
    for name, count in sorted(outcomes.items()):
        print(f"{count:7} {name}")
    print(f"{last - first} histories, {sum(outcomes.values())} steps, {differing} differ")
    return differing


def compare_file(path: Path) -> int:
    """How many differences the history of a file shows."""
    made = cases.read(path)
    found = differences(cases.plain(made))
    print("\n".join(found) or "they agree")
    return len(found)


if __name__ == "__main__":
    given = sys.argv[1:]
    if given and given[0].endswith(".yaml"):
        sys.exit(3 if compare_file(Path(given[0])) else 0)
    bounds = [int(one) for one in given] or [0, 100]
    sys.exit(3 if compare(bounds[0], bounds[1], bounds[2] if len(bounds) > 2 else 10) else 0)
