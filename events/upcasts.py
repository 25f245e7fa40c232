"""Old versions of facts brought to the newest: pure functions from a dict to a dict.

What is stored is never written again; each function takes a fact's data one version further, and
they are chained on reading. Every version that was ever stored has a sample in the tests.
"""

from collections.abc import Callable, Mapping
from typing import Any

from events.registry import UnknownFact

Data = dict[str, Any]
Upcast = Callable[[Data], Data]

UPCASTS: dict[tuple[str, int], Upcast] = {}
"""By stored name and version: the function that makes the next version of it."""


def upcast(
    name: str,
    version: int,
    data: Data,
    newest: int,
    steps: Mapping[tuple[str, int], Upcast] = UPCASTS,
) -> Data:
    """The data of a fact as its newest version has it; UnknownFact where no way leads there."""
    if not 1 <= version <= newest:
        raise UnknownFact(f"{name} is known up to version {newest}, not in version {version}")
    for number in range(version, newest):
        step = steps.get((name, number))
        if step is None:
            raise UnknownFact(f"nothing brings {name} from version {number} to {number + 1}")
        data = step(data)
    return data
