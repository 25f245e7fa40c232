"""Who renews by which plan: what the preview of a catalogue's command asks of the accounts."""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from threading import Lock
from typing import Protocol

from commands.plan_previews import Renewing, plans_of, published_parts
from commands.preview import NOTHING
from commands.refusals import Facts
from commands.schemas import Preview
from commands.state.catalogue import CatalogueState
from ledger.codec.mapper import recorded
from ledger.store.contract import READ_LIMIT, Store
from projections.accounts import AccountRow, AccountsProjection
from projections.plans import PlanRow, PlansProjection
from projections.projection import apply_batch
from projections.renewals import RenewalRow, RenewalsProjection
from projections.rows import Cursor, MemoryRows, Reader

PAGE = 1_000
"""How many rows one read brings."""

_PROJECTIONS = (AccountsProjection(), PlansProjection(), RenewalsProjection())


class RenewalIndex(Protocol):
    """Whoever knows which subscriptions will renew, and by which plans."""

    def of_plans(self, catalogue: str, plans: Collection[str]) -> Iterable[Renewing]:
        """The subscriptions of a catalogue's accounts that will renew by one of these plans."""
        ...


class LogRenewalIndex:
    """Follows the log in memory: the whole of it once, then what is new at each question."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._rows = MemoryRows()
        self._position = 0

    def of_plans(self, catalogue: str, plans: Collection[str]) -> Iterable[Renewing]:
        """The subscriptions that will renew by one of these plans; see `RenewalIndex`."""
        with self._lock:
            while found := self._store.read_log(after=self._position, limit=READ_LIMIT):
                events = [recorded(stored) for stored in found]
                for projection in _PROJECTIONS:
                    apply_batch(projection, events, self._rows, self._position)
                self._position = found[-1].position
            return list(renewing(self._rows, catalogue, plans))


def renewing(rows: Reader, catalogue: str, plans: Collection[str]) -> Iterator[Renewing]:
    """The subscriptions that will renew by plans, from rows; see `RenewalIndex`.

    Where another catalogue has a plan of the same name, the account says which is meant.
    """
    shared = {row.plan for row in rows.page(PlanRow) if row.catalogue != catalogue}

    @cache
    def is_ours(account: str) -> bool:
        row = rows.get(AccountRow, account)
        return row is not None and row.catalogue == catalogue

    after: Cursor | None = None
    while found := rows.page(RenewalRow, after=after, limit=PAGE):
        for row in found:
            account = row.account or ""
            if row.plan in plans and (row.plan not in shared or is_ours(account)):
                yield Renewing(row.key, account, row.plan, row.plan_version, row.term, row.seats)
        after = Cursor.of(found[-1])


def publishing_preview(state: CatalogueState, facts: Facts, renewals: RenewalIndex) -> Preview:
    """What a catalogue's command would publish or withdraw, and who renews by it."""
    plans = plans_of(state, facts)
    found = renewals.of_plans(state.name, plans) if plans else ()
    return {**NOTHING, "publishes": published_parts(state, facts, found)}
