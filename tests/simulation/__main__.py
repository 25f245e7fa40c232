"""`python -m tests.simulation SEED [STEPS]`: run one seed again; `FIRST-LAST` runs many."""

import sys

from tests.simulation.simulated import simulate
from tests.simulation.test_simulation import STEPS


def main(arguments: list[str]) -> int:
    """Run what is asked for and print what it came to."""
    first, _, last = arguments[0].partition("-")
    steps = int(arguments[1]) if len(arguments) > 1 else STEPS
    for seed in range(int(first), int(last or first) + 1):
        done = simulate(seed, steps)
        told = f"{done.commands} commands, {done.events} events, faults {done.faults}"
        sys.stdout.write(f"seed {seed}: {told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
