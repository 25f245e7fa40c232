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
        try:
            self._views.catch_up(
                lambda after, limit: [
                    recorded(stored) for stored in self._store.read_log(after=after, limit=limit)
                ]
            )
        except (Undigestible, ViewsAhead):
            return self._log.accounts(until)
        return self._views.first_days(until)
