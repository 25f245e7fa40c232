"""The writer: an intent in, facts in the log and an answer out.

`Service(store, clock)` is the one door to the log: `handle` takes an `Intent` and answers with
`Accepted` or `Previewed`, or raises `RefusedCommand`; `tick` does the due work of all accounts.
"""

from ledger.writer.core import Service
from ledger.writer.intents import SELLER, SYSTEM, Accepted, Intent, Previewed, RefusedCommand

__all__ = ["SELLER", "SYSTEM", "Accepted", "Intent", "Previewed", "RefusedCommand", "Service"]
