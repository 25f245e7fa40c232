"""A projection: a pure fold of recorded facts into rows, and the ways to feed it.

A projection knows neither where its rows live nor who reads them; whoever feeds it keeps the
checkpoint, the position of the last event that its rows contain.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from events.envelope import Recorded
from events.fact import Fact
from projections.rows import MemoryRows, Row, Rows


class Projection(Protocol):
    """A fold with a name, a version, the facts that it takes and the kinds of row it makes.

    A raised `version` says that rows made before are of another shape and have to be made anew.
    """

    @property
    def name(self) -> str:
        """The name under which its checkpoint is kept."""
        ...

    @property
    def version(self) -> int:
        """The number of its rows' shape and meaning."""
        ...

    @property
    def handles(self) -> frozenset[type[Fact]]:
        """The facts that can change its rows."""
        ...

    @property
    def kinds(self) -> tuple[type[Row], ...]:
        """The rows that it writes; no other projection writes them."""
        ...

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change the rows by one event; facts that it does not handle change nothing."""
        ...


class Undigestible(Exception):
    """A projection could not fold an event; the cause says why."""

    def __init__(self, projection: str, event: Recorded, why: Exception) -> None:
        super().__init__(f"{projection} at position {event.position}, {event.type}: {why}")
        self.projection = projection
        self.position = event.position
        self.account = event.account


def apply_batch(
    projection: Projection, events: Iterable[Recorded], rows: Rows, checkpoint: int
) -> int:
    """Fold events in the order of their positions and return the new checkpoint.

    Events up to the checkpoint are skipped, so that an event fed twice counts once. Raises
    `Undigestible` at the first event that cannot be folded; the rows are then to be thrown away.
    """
    for event in events:
        if event.position <= checkpoint:
            continue
        if type(event.fact) in projection.handles:
            try:
                projection.apply(event, rows)
            # Whatever goes wrong in a fold is told with the event at which it did.
            except Exception as why:
                raise Undigestible(projection.name, event, why) from why
        checkpoint = event.position
    return checkpoint


def fold(
    projections: Sequence[Projection], events: Iterable[Recorded], until: datetime | None = None
) -> MemoryRows:
    """The rows of several projections from the first event on, in memory.

    `until` ends with the last event recorded by that instant (DESIGN 3: `as_of`).
    """
    chosen = [event for event in events if until is None or event.recorded_at <= until]
    rows = MemoryRows()
    for projection in projections:
        apply_batch(projection, chosen, rows, 0)
    return rows
