"""The writer: an intent in, facts in the log and an answer out.

    service = Service(store, clock)
    service.handle(Intent(name, fields, actor))   Accepted | Previewed; raises RefusedCommand
    service.tick(until=None)                      the number of due commands done
    service.next_due()                            when the next due work falls due, of all accounts
    service.state(account), service.catalogue(name), service.catalogues()
    service.account_of(kind, value)               kind: account, subscription, order or invoice
    service.recorded(stored)                      a stored event as it is read
"""

from ledger.service.intents import (
    SELLER,
    SYSTEM,
    Accepted,
    Intent,
    Previewed,
    RefusedCommand,
)

__all__ = ["SELLER", "SYSTEM", "Accepted", "Intent", "Previewed", "RefusedCommand"]
