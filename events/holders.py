"""Who holds a seat beside persons: agents, services, devices (GEN-20).

A person stands in a fact by an id alone. The id of another holder is no personal datum, so that
the fact names it itself.
"""

from typing import Literal

from events.fact import Value
from events.parties import Line


class SeatHolder(Value):
    """A holder that is no person: its kind, its id within the account, and what it is called."""

    kind: Literal["agent", "service", "device"]
    id: Line
    name: Line | None = None

    @property
    def key(self) -> str:
        """What tells holders of one account apart; no person's id looks like it."""
        return f"{self.kind}:{self.id}"
