"""Which accounts may have due work, asked of the views: no process has to read the whole log."""

from datetime import date

from ledger.mapper import recorded
from ledger.service.due_index import DueIndex, LogDueIndex
from ledger.store.contract import Store
from ledger.views import Views, ViewsAhead
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
        return self._views.first_days(until) if self._follow() else self._log.accounts(until)

    def waiting(self) -> list[str]:
        """The accounts with an order that waits for its payment; see `DueIndex`."""
        return self._views.waiting() if self._follow() else self._log.waiting()

    def _follow(self) -> bool:
        """Bring the views to the log's end; whether they could follow it."""
        try:
            self._views.catch_up(
                lambda after, limit: [
                    recorded(stored) for stored in self._store.read_log(after=after, limit=limit)
                ]
            )
        except (Undigestible, ViewsAhead):
            return False
        return True
