"""What the writer asks of the views, so that no process has to read the whole log.

Which accounts may have due work, and which subscriptions renew by a plan.
"""

from collections.abc import Collection, Iterable
from datetime import date

from commands.plan_previews import Renewing
from ledger.codec.mapper import recorded
from ledger.store.contract import Store
from ledger.views.due_index import DueIndex, LogDueIndex
from ledger.views.renewing import LogRenewalIndex, RenewalIndex, renewing
from ledger.views.tables import Views, ViewsAhead
from projections.projection import Undigestible


class ViewDueIndex:
    """A `DueIndex` over the rows of `projections.due`, brought up to the log's end when asked."""

    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views
        self._log: DueIndex = LogDueIndex(store)

    def accounts(self, until: date) -> list[tuple[date, str]]:
        """The accounts that may have work up to a day; see `DueIndex`.

        Asked of the log where the views cannot follow it: due work waits for nobody's mending.
        """
        if _follow(self._store, self._views):
            return self._views.first_days(until)
        return self._log.accounts(until)

    def waiting(self) -> list[str]:
        """The accounts with an order that waits for its payment; see `DueIndex`."""
        if _follow(self._store, self._views):
            return self._views.waiting()
        return self._log.waiting()


class ViewRenewalIndex:
    """A `RenewalIndex` over the rows of `projections.renewals`, brought up to the log's end."""

    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views
        self._log: RenewalIndex = LogRenewalIndex(store)

    def of_plans(self, catalogue: str, plans: Collection[str]) -> Iterable[Renewing]:
        """The subscriptions that will renew by one of these plans; see `RenewalIndex`."""
        if _follow(self._store, self._views):
            return renewing(self._views, catalogue, plans)
        return self._log.of_plans(catalogue, plans)


def _follow(store: Store, views: Views) -> bool:
    """Bring the views to the log's end; whether they could follow it."""
    try:
        views.catch_up(
            lambda after, limit: [
                recorded(stored) for stored in store.read_log(after=after, limit=limit)
            ]
        )
    except (Undigestible, ViewsAhead):
        return False
    return True
