"""Measuring: rounds of several works in turns, clients that run beside one another, medians."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from threading import Barrier, Thread
from typing import NamedTuple


class Sample(NamedTuple):
    """One round of a work: how many units a second, or how many milliseconds one took.

    `cpu_ms` is the processor's time of the process that does the work, for one unit, and `p99_ms`
    what ninety-nine of a hundred units stay below.
    """

    value: float
    cpu_ms: float | None = None
    p99_ms: float | None = None


Work = Callable[[], Sample]
"""One round."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The rounds of each work; the first is ours, the others are its baselines."""

    rounds: Mapping[str, Sequence[Sample]]
    notes: tuple[str, ...] = ()

    @property
    def ours(self) -> str:
        """The name of our own work."""
        return next(iter(self.rounds))

    def ratios(self, baseline: str) -> list[float]:
        """How ours compares with a baseline, pair by pair."""
        pairs = zip(self.rounds[self.ours], self.rounds[baseline], strict=True)
        return [ours.value / theirs.value for ours, theirs in pairs]


def in_turns(works: Mapping[str, Work], pairs: int, *, warm: bool = True) -> Measured:
    """Take so many rounds of each work in turns, every other time in the opposite order.

    A first round of each, which only warms up, does not count.
    """
    rounds: dict[str, list[Sample]] = {name: [] for name in works}
    for number in range(-int(warm), pairs):
        for name in sorted(works, key=list(works).index, reverse=number % 2 == 1):
            sample = works[name]()
            if number >= 0:
                rounds[name].append(sample)
            sys.stderr.write(
                f"  {name}: {sample.value:,.2f}{'' if number >= 0 else ' (warm-up)'}\n"
            )
    return Measured(rounds)


@dataclass(slots=True)
class _Client:
    """What one client saw: how long each of its calls took, and why it stopped early."""

    latencies: list[float] = field(default_factory=list)
    failed: Exception | None = None


def beside_one_another(
    clients: int,
    seconds: float,
    send: Callable[[int], object],
    cpu: Callable[[], float] = time.process_time,
) -> Sample:
    """Let so many clients call `send` with their number, again and again, for some seconds.

    Each calls it once at least.
    `cpu` is the processor's time that the process that does the work has used so far, in seconds.
    """
    seen = [_Client() for _ in range(clients)]
    start = Barrier(clients + 1)
    until = [0.0]

    def client(number: int) -> None:
        one = seen[number]
        start.wait()
        try:
            while (begun := time.perf_counter()) < until[0] or not one.latencies:
                send(number)
                one.latencies.append(time.perf_counter() - begun)
        except Exception as error:  # told by the thread that waits
            one.failed = error

    threads = [Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    before, begun = cpu(), time.perf_counter()
    until[0] = begun + seconds
    start.wait()
    for thread in threads:
        thread.join()
    took, used = time.perf_counter() - begun, cpu() - before
    for one in seen:
        if one.failed is not None:
            raise one.failed
    latencies = sorted(latency for one in seen for latency in one.latencies)
    count = len(latencies)
    p99 = latencies[min(count - 1, count * 99 // 100)]
    return Sample(count / took, used / count * 1000, p99 * 1000)


def repeated(times: int, work: Callable[[], int]) -> Sample:
    """Do something so many times that says how many units it did: units a second."""
    cpu, begun = time.process_time(), time.perf_counter()
    count = sum(work() for _ in range(times))
    took, used = time.perf_counter() - begun, time.process_time() - cpu
    return Sample(count / took, used / count * 1000)


def milliseconds(times: int, work: Callable[[], object]) -> Sample:
    """Do something so many times: how long it takes once, and the slowest."""
    latencies = []
    cpu = time.process_time()
    for _ in range(times):
        begun = time.perf_counter()
        work()
        latencies.append((time.perf_counter() - begun) * 1000)
    used = time.process_time() - cpu
    return Sample(median(latencies), used / times * 1000, max(latencies) if times > 1 else None)
