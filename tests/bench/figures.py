"""What a figure is: what is measured, how, and what it should come to."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.databases import Server
from tests.bench.measuring import Measured


@dataclass(frozen=True, slots=True)
class Setting:
    """How long and how large a run is, and the server that it runs on."""

    server: Server
    pairs: int
    seconds: float
    """How long a round takes that is ended by the clock."""
    due: int
    """How many subscriptions renew in a night."""
    large: int
    """How many facts, or free seats, a large account has."""
    log: int
    """How many events a long log has."""
    clients: int
    """How many clients are many."""

    @property
    def small_log(self) -> int:
        """How many events a short log has."""
        return self.log // 100


SMALL = 10
"""How many facts, or free seats, a small account has."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name for `--only`, what it says, its unit, and the least that is wanted.

    Of `less` less is better; else more.
    """

    name: str
    title: str
    unit: str
    wanted: str
    measure: Callable[[Setting], Measured]
    less: bool = False
