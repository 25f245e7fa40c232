"""Due work of one account: each piece its own decision, its own append, its own key (CONTRACT 5.1).

Two services that do it at once act once, since the key of a piece is made of what it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from commands.decision import Trace
from commands.due import Due, DueOrder, next_due
from commands.policy import CatalogueState
from commands.refusals import Facts, Refused
from commands.registry import decide
from commands.state import AccountState, evolve
from events.envelope import Actor
from events.invoices import NumberGiven
from events.periods import start_of_day
from ledger.service.deciding import Case, Taken, content_digest, fields_of
from ledger.service.writing import Why, decision_of
from ledger.store.drafts import Decision

SYSTEM_ACTOR = Actor(kind="system")

TRIES = 200
"""How often one piece is decided anew because others wrote in between."""

Append = Callable[[Decision, AccountState], AccountState | None]
"""Appends a decision: the state after it, or None where it has to be decided anew."""


class DueWorkStuck(Exception):
    """A piece of due work was done and is due again: a mistake of ours, never of a caller."""


@dataclass(slots=True)
class DueWork:
    """The due work of one account up to a day; `count` of its pieces are done, `refused` stops it.

    `reread` gives the account's present state, `clock` the instant that a decision sees.
    """

    account: str
    state: AccountState
    catalogue: CatalogueState
    on: date
    clock: Callable[[], datetime]
    taken: Taken
    reread: Callable[[], AccountState]
    count: int = 0
    refused: Refused | None = None
    stuck_at: Due | None = None

    def in_log(
        self, append: Append, why: Why | None = None, ahead_of: DueOrder | None = None
    ) -> AccountState:
        """Do it all, or what comes ahead of other work, and append each piece; the state then."""
        tries = 0
        while (due := next_due(self.state, self.on)) is not None:
            if ahead_of is not None and due.order >= ahead_of:
                break
            case = self._case(due)
            try:
                facts, trace = self._decided(case)
            except Refused as refused:
                self._stop(refused, due)
                break
            digest = content_digest(type(due.command).__name__, fields_of(due.command), case.actor)
            decision = decision_of(case, facts, trace, self.account, digest, why or Why(due.key))
            state = append(decision, self.state)
            if state is not None:
                self.count += 1
                self._advance(state, due)
                continue
            tries += 1
            before, self.state = self.state, self.reread()
            if tries > TRIES or (tries > 1 and before.version == self.state.version):
                raise DueWorkStuck(due.key)
        return self.state

    def in_memory(self) -> AccountState:
        """Decide it all without appending anything; the state as it would be."""
        while (due := next_due(self.state, self.on)) is not None:
            case = self._case(due)
            try:
                facts, _trace = self._decided(case)
            except Refused as refused:
                self._stop(refused, due)
                break
            self._advance(after(self.state, facts, case), due)
        return self.state

    def _case(self, due: Due) -> Case:
        zone = self.state.time_zone
        return Case(
            command=due.command,
            command_id=due.key,
            state=self.state,
            catalogue=self.catalogue,
            zone=zone,
            at=start_of_day(due.day, zone),
            decided_at=self.clock(),
            actor=SYSTEM_ACTOR,
        )

    def _decided(self, case: Case) -> tuple[Facts, Trace]:
        policy = case.policy(self.taken)
        return decide(case.command, self.state, policy), policy.trace

    def _advance(self, state: AccountState, due: Due) -> None:
        self.state = state
        following = next_due(state, self.on)
        if following is not None and following.key == due.key:
            raise DueWorkStuck(due.key)

    def _stop(self, refused: Refused, due: Due) -> None:
        self.refused = refused
        self.stuck_at = due


def after(state: AccountState, facts: Facts, case: Case) -> AccountState:
    """The state with facts folded in that are in no log."""
    for fact in facts:
        if not isinstance(fact, NumberGiven):
            state = evolve(state, fact, case.at, case.on)
    return state
