"""Due work of one account: each piece its own decision, its own append, its own key (CONTRACT 5.1).

Two services that do it at once act once, since the key of a piece is made of what it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from commands.decision import Trace
from commands.due import Due, DueOrder, next_due
from commands.refusals import Facts, Refused
from commands.registry import decide
from commands.state.account import AccountState, evolve
from commands.state.catalogue import CatalogueState
from events.envelope import Actor
from events.invoices import NumberGiven
from events.periods import start_of_day
from ledger.store.drafts import Decision
from ledger.writer.decide import Case, Taken, content_digest, fields_of
from ledger.writer.writing import Why, decision_of

SYSTEM_ACTOR = Actor(kind="system")

TRIES = 200
"""How often one piece is decided anew because others wrote in between."""

Append = Callable[[Decision, AccountState], AccountState | None]
"""Appends a decision: the state after it, or None where it has to be decided anew."""


class DueWorkStuck(Exception):
    """A piece of due work was done and is due again: a mistake of ours, never of a caller."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A piece of due work that was refused, and why."""

    due: Due
    refused: Refused

    @property
    def refusal(self) -> Refused:
        """The refusal of a command that needs it done: what is stuck, since when, what helps."""
        why, what = self.refused.answer(), self.due.words
        remedy = why.remedy
        if why.code == "invoice.vat_rate_unknown":
            remedy = "Correct the account's country, or ask the seller to publish its rate."
        return Refused(
            why.code,
            detail=f"{why.detail} {what[0].upper()}{what[1:]}, due since {self.due.day}, cannot be "
            "done before; until then nothing is bought or renewed.",
            remedy=f"{remedy} What buys nothing can be done meanwhile.",
            **{**why.parameters, "stuck": self.due.key, "since": self.due.day.isoformat()},
        )


@dataclass(slots=True)
class DueWork:
    """The due work of one account up to a day; `count` of its pieces are done.

    A piece that is refused is left, in `stuck`, and holds up none that can be done: it is tried
    again with the next command or tick. `reread` gives the account's present state, `clock` the
    instant that a decision sees.
    """

    account: str
    state: AccountState
    catalogue: CatalogueState
    on: date
    clock: Callable[[], datetime]
    taken: Taken
    reread: Callable[[], AccountState]
    count: int = 0
    stuck: dict[str, Stuck] = field(default_factory=dict)

    @property
    def refused(self) -> Refused | None:
        """The refusal of what needs this work done; None where nothing is stuck.

        An order that does not complete yet only waits on.
        """
        stuck = (one for one in self.stuck.values() if one.due.kind != "completion")
        return next((one.refusal for one in stuck), None)

    @property
    def next(self) -> Due | None:
        """The first piece that is due and not stuck."""
        return next_due(self.state, self.on, self.catalogue, self.stuck)

    def in_log(
        self, append: Append, why: Why | None = None, ahead_of: DueOrder | None = None
    ) -> AccountState:
        """Do it all, or what comes ahead of other work, and append each piece; the state then."""
        tries = 0
        while (due := self.next) is not None:
            if ahead_of is not None and due.order >= ahead_of:
                break
            case = self._case(due)
            try:
                facts, trace = self._decided(case)
            except Refused as refused:
                self.stuck[due.key] = Stuck(due, refused)
                continue
            digest = content_digest(type(due.command).__name__, fields_of(due.command), case.actor)
            decision = decision_of(case, facts, trace, self.account, digest, why or Why(due.key))
            state = append(decision, self.state)
            if state is not None:
                self.count += 1
                self._advance(state, due)
                continue
            tries += 1
            before, self.state = self.state, self.reread()
            self.stuck.clear()  # what others wrote may have mended it
            if tries > TRIES or (tries > 1 and before.version == self.state.version):
                raise DueWorkStuck(due.key)
        return self.state

    def in_memory(self) -> AccountState:
        """Decide it all without appending anything; the state as it would be."""
        while (due := self.next) is not None:
            case = self._case(due)
            try:
                facts, _trace = self._decided(case)
            except Refused as refused:
                self.stuck[due.key] = Stuck(due, refused)
                continue
            self._advance(after(self.state, facts, case), due)
        return self.state

    def _case(self, due: Due) -> Case:
        zone, last = self.state.time_zone, self.state.last_effective_at
        at = start_of_day(due.day, zone)
        if due.kind == "completion" and last is not None:
            at = max(at, last)  # on the day itself, what completes the order came first
        return Case(
            command=due.command,
            command_id=due.key,
            state=self.state,
            catalogue=self.catalogue,
            zone=zone,
            at=at,
            decided_at=self.clock(),
            actor=SYSTEM_ACTOR,
        )

    def _decided(self, case: Case) -> tuple[Facts, Trace]:
        policy = case.policy(self.taken)
        return decide(case.command, self.state, policy), policy.trace

    def _advance(self, state: AccountState, due: Due) -> None:
        self.state = state
        following = self.next
        if following is not None and following.key == due.key:
            raise DueWorkStuck(due.key)


def after(state: AccountState, facts: Facts, case: Case) -> AccountState:
    """The state with facts folded in that are in no log."""
    for fact in facts:
        if not isinstance(fact, NumberGiven):
            state = evolve(state, fact, case.at, case.on)
    return state
