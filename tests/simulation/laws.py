"""The laws that hold after every step, checked on the events that the step brought."""

from collections import defaultdict
from collections.abc import Callable

from commands.state.account import AccountState, evolve, initial
from events.envelope import Recorded
from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued, NumberGiven
from ledger.store.contract import account_stream
from ledger.store.drafts import filled
from ledger.store.memory import MemoryStore
from projections.credit import CreditRow
from projections.invoices import InvoiceRow
from projections.projection import apply_batch, fold
from projections.registry import ALL_PROJECTIONS
from projections.rows import MemoryRows
from projections.seats import SeatsRow
from tests.sufficiency.journal import Journal
from tests.support import conserved


class Laws:
    """Follows one log; `check` holds every law against what is new."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.events: list[Recorded] = []
        self.rows = MemoryRows()
        self._sequences: dict[str, int] = defaultdict(int)
        self._public: dict[str, int] = defaultdict(int)
        self._journal = Journal()
        self._balances: dict[str, int] = defaultdict(int)
        self._documents: dict[str, Recorded] = {}
        self._commands: set[str] = set()
        self._states: dict[str, AccountState] = defaultdict(initial)
        self._facts: dict[str, list[Fact]] = defaultdict(list)

    def check(self, new: list[Recorded]) -> None:
        """Hold the laws against new events."""
        for event in new:
            self._fold(event)
            self._places(event)
            self._claims(event)
            self._numbers(event)
            self._books(event)
            self.events.append(event)
        assert not self._documents, "a document without its number"
        if new:
            checkpoint = new[0].position - 1
            for projection in ALL_PROJECTIONS:
                apply_batch(projection, new, self.rows, checkpoint)
        for account in {event.account for event in new if event.account is not None}:
            self._views(self._states[account])

    def check_whole(self, states: Callable[[str], AccountState]) -> None:
        """Hold rows against a fresh fold of the whole log, and states against a service's own."""
        for account, state in self._states.items():
            assert states(account) == state, account
        fresh = fold(ALL_PROJECTIONS, self.events)
        for projection in ALL_PROJECTIONS:
            for kind in projection.kinds:
                assert self.rows.page(kind) == fresh.page(kind), kind.TABLE

    def _fold(self, event: Recorded) -> None:
        if event.account is not None and event.stream == account_stream(event.account):
            state = self._states[event.account]
            state = evolve(state, event.fact, event.effective_at, event.effective_on)
            self._states[event.account] = state
            self._facts[event.account].append(event.fact)

    def _places(self, event: Recorded) -> None:
        assert event.position == len(self.events) + 1
        self._sequences[event.stream] += 1
        assert event.sequence == self._sequences[event.stream], event.stream
        if event.account_sequence is not None:
            self._public[str(event.account)] += 1
            assert event.account_sequence == self._public[str(event.account)]
        if self.events:
            assert event.recorded_at >= self.events[-1].recorded_at
        if event.command is not None:
            assert event.command_id not in self._commands, "a command acted twice"
            self._commands.add(event.command_id)

    def _claims(self, event: Recorded) -> None:
        for claim in event.fact.claims():
            kind, value = filled(claim, event.sequence)
            row = self.store.claim(kind, value)
            assert row is not None, (kind, value)
            assert row.position == event.position, "a claim was given twice"

    def _numbers(self, event: Recorded) -> None:
        fact: Fact = event.fact
        if isinstance(fact, InvoiceIssued | CreditNoteIssued):
            self._documents[fact.invoice] = event
        elif isinstance(fact, NumberGiven):
            assert self._documents.pop(fact.invoice).command_id == event.command_id

    def _books(self, event: Recorded) -> None:
        entry = self._journal.entry(event)
        if entry is not None:
            assert entry.balances, entry
            for posting in entry.postings:
                self._balances[posting.account] += posting.amount.minor
        assert not sum(self._balances.values())

    def _views(self, state: AccountState) -> None:
        for name in state.subscriptions:
            sub, row = state.subscriptions[name], self.rows.get(SeatsRow, name)
            assert row is not None, name
            if not sub.ended:
                counted = (row.usable, row.assigned, row.renewing, row.pending)
                held = (len(sub.usable), len(sub.assigned), len(sub.renewing), sub.pending_seats)
                assert counted == held, name
        credit = self.rows.get(CreditRow, state.account)
        lots = state.books.lots
        assert credit is None or credit.balance.minor == sum(
            lots.by_id[name].left.minor for name in lots.open
        )
        if credit is not None:
            conserved.check(state, self._facts[state.account])
        for name in state.books.invoices:
            invoice = self.rows.get(InvoiceRow, name)
            assert invoice is not None, name
            assert invoice.due == state.books.invoices[name].due, name
