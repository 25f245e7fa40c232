"""Every decision of a history made anew, from its record, the facts before it and the catalogue.

`decide_again` decides; here the states are folded from nothing but facts, each decision is given
the state of just before it, and the catalogue as of the version that its record names.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from commands.refusals import Refused
from commands.state import account as account_state
from commands.state import catalogue as catalogue_state
from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState
from events.catalogue import (
    HolidaysPublished,
    PlanPublished,
    PlanWithdrawn,
    ProductKeysPublished,
    SellerPublished,
    VatRatesPublished,
)
from events.envelope import Recorded, canonical
from events.fact import Fact
from events.invoices import NumberGiven
from ledger.writer.decide import decide_again

CATALOGUE_FACTS = (
    HolidaysPublished,
    PlanPublished,
    PlanWithdrawn,
    ProductKeysPublished,
    SellerPublished,
    VatRatesPublished,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that comes out otherwise: the fact (from 0), as it is and as it would be now."""

    command_id: str
    fact: int
    stored: bytes
    anew: bytes


def differences(events: Iterable[Recorded]) -> Iterator[Difference]:
    """What comes out otherwise when every decision of a log is made anew, in its order."""
    accounts: dict[str, AccountState] = {}
    catalogues: dict[tuple[str, int], CatalogueState] = {}
    newest: dict[str, CatalogueState] = {}
    for command_id, group in groupby(events, key=lambda event: event.command_id):
        decision = list(group)
        first = decision[0]
        record = first.command
        if record is None:
            yield Difference(command_id, 0, b"a command record", b"")
            continue
        name = str(record.catalogue["name"])
        catalogue = catalogues.get(
            (name, int(record.catalogue["version"])), catalogue_state.initial_catalogue()
        )
        before = accounts.get(first.account or "", account_state.initial())
        of_catalogue = isinstance(first.fact, CATALOGUE_FACTS)
        try:
            anew = decide_again(first, catalogue if of_catalogue else before, catalogue)
        except Refused as refused:
            yield Difference(command_id, 0, b"", refused.code.encode())
            continue
        yield from _compared(command_id, [event.fact for event in decision], anew)
        for event in decision:
            if isinstance(event.fact, CATALOGUE_FACTS):
                published = event.stream.partition("/")[2]
                held = newest.get(published, catalogue_state.initial_catalogue())
                held = catalogue_state.evolve_catalogue(held, event.fact, event.sequence)
                newest[published] = catalogues[published, event.sequence] = held
            elif not isinstance(event.fact, NumberGiven):
                before = account_state.evolve(
                    before, event.fact, event.effective_at, event.effective_on
                )
        if first.account is not None:
            accounts[first.account] = before


def _compared(
    command_id: str, stored: Iterable[Fact], anew: Iterable[Fact]
) -> Iterator[Difference]:
    """Fact by fact, by their canonical texts with their names."""
    was, now = ([_text(fact) for fact in facts] for facts in (stored, anew))
    for number in range(max(len(was), len(now))):
        left = was[number] if number < len(was) else b""
        right = now[number] if number < len(now) else b""
        if left != right:
            yield Difference(command_id, number, left, right)


def _text(fact: Fact) -> bytes:
    return fact.NAME.encode() + b" " + canonical(fact)
