"""The service: the way of every command from an intent to facts in the log (DESIGN 2, CONTRACT 5).

Commands of one account wait for one another here; what other processes write in between shows as a
conflict, and the command is decided anew.
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from threading import RLock
from typing import Any

from commands.catalogue_file import CatalogueFile
from commands.decision import Trace
from commands.due import DueOrder
from commands.preview import NOTHING, preview
from commands.refusals import Facts, Refused, VendorWords, invalid
from commands.registry import decide
from commands.schemas import Preview
from commands.state.account import AccountState, fold
from commands.state.catalogue import CatalogueState, initial_catalogue
from events.envelope import Actor, Recorded
from events.periods import day_in_zone
from ledger.clock import Clock, uuid7
from ledger.codec.mapper import recorded
from ledger.states.cache import Accounts, CatalogueNow, Catalogues, Later, at_once
from ledger.store.contract import Store, account_stream
from ledger.store.drafts import (
    Appended,
    ClaimTaken,
    Decision,
    KeyRow,
    Stored,
    Verdict,
    VersionConflict,
)
from ledger.views.due_index import DueIndex, LogDueIndex
from ledger.views.renewing import LogRenewalIndex, RenewalIndex, publishing_preview
from ledger.writer.attempts import note_preview, note_refusal
from ledger.writer.due_rounds import DueRounds
from ledger.writer.due_work import DueWork, Stuck, after
from ledger.writer.handling import ISSUING, OPENING, Handling
from ledger.writer.intents import SELLER, Accepted, Intent, Previewed, RefusedCommand
from ledger.writer.prepare import parse
from ledger.writer.results import ISSUE_ANEW, result_of
from ledger.writer.subject_lookup import number_of, subject_of
from ledger.writer.timing import check_instant, effective_at
from ledger.writer.writing import Why, claim_refusal, decision_of

TRIES = 200
"""How often a command is decided anew because others wrote in between."""

_LOCKS = 256


class Service:
    """Takes commands for one ledger; safe to share between threads, and one of several at a time.

    `due` knows which accounts may have due work, `renewals` which subscriptions renew by a plan;
    left out, the service follows the log itself.
    `later` has snapshots saved; left out, whoever makes one due saves it.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        due: DueIndex | None = None,
        later: Later = at_once,
        renewals: RenewalIndex | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self._accounts = Accounts(store, later=later)
        self._catalogues = Catalogues(store)
        self._renewals = renewals or LogRenewalIndex(store)
        self._rounds = DueRounds(
            due or LogDueIndex(store), self._accounts, self._catalogues, self._work_ahead
        )
        self._locks = tuple(RLock() for _ in range(_LOCKS))
        self._not_before = datetime.min.replace(tzinfo=UTC)

    # -- commands

    def handle(self, intent: Intent) -> Accepted | Previewed:
        """Decide a command and append its facts, or only show what it would come to.

        RefusedCommand where it is refused; a repeat answers as before (ALL-03).
        """
        try:
            parsed = parse(intent)
        except Refused as refused:
            raise RefusedCommand(refused.answer(self._words(initial_catalogue()))) from None
        command_id = parsed.command_id or str(uuid7(self.clock.now()))
        for _ in range(TRIES):
            handling = Handling(intent, parsed, command_id, self.clock.now(), self.store)
            if intent.actor == SELLER:
                handling.actor = Actor(kind="seller")
            try:
                answer = self._try(handling)
            except Refused as refused:
                if refused.code != "command.id_reused" and self._is_overtaken(handling):
                    continue
                note_refusal(self.store, handling, refused)
                told = refused.answer(self._words(handling.catalogue))
                raise RefusedCommand(told, handling.account, handling.state.version) from None
            if answer is not None:
                return answer
        raise RefusedCommand(Refused("command.version_conflict").answer())

    def _try(self, handling: Handling) -> Accepted | Previewed | None:
        """One try at a command; None where others wrote in between."""
        parsed = handling.parsed
        if parsed.entry.command.SCOPE == "catalogue":
            with self._lock("catalogues"):
                return self._of_catalogue(handling)
        try:
            subject = subject_of(parsed.entry.command, parsed.fields, self.store)
        except Refused as refused:
            if refused.code != "command.invalid":
                if handling.is_keyed and self.store.answer(handling.command_id) is not None:
                    raise Refused("command.id_reused") from None
                check_instant(parsed.at, handling.now)
            raise
        handling.account, handling.leading = subject.account, subject.given
        with self._lock(subject.account):
            return self._of_account(handling)

    def _of_account(self, handling: Handling) -> Accepted | Previewed | None:
        account, parsed = str(handling.account), handling.parsed
        key = self._earlier(handling)
        state = handling.state = self._accounts.now(account)
        handling.identify()
        if key is not None:
            return self._answer_again(handling, key)
        check_instant(parsed.at, handling.now)
        is_opening = parsed.name == OPENING
        if not state.exists and not is_opening:
            raise Refused("account.unknown", account=account)
        name = self._only_catalogue(parsed.fields) if is_opening else state.catalogue
        catalogue = handling.catalogue = self._catalogues.now(name).state
        self._check_version(handling)
        at = effective_at(parsed.at, handling.now, state, catalogue, parsed.fields)
        present = state.version
        if state.exists and not is_opening:
            state = handling.state = self._due_before(handling, state, at)
        case = handling.complete(at, self._decided_at())
        policy = case.policy(self._is_taken)
        facts = decide(case.command, state, policy)
        if handling.intent.dry_run:
            named = getattr(case.command, "subscription", None)
            after_all = after(state, facts, case)
            shown = preview(after_all, facts, policy, named, state, self._number_of)
            return self._previewed(handling, policy.trace, shown, present)
        return self._append(handling, facts, policy.trace)

    def _of_catalogue(self, handling: Handling) -> Accepted | Previewed | None:
        parsed = handling.parsed
        given = getattr(parsed.command, "catalogue", None)
        if isinstance(given, CatalogueFile):
            name = given.catalogue
        else:
            name = self._only_catalogue(parsed.fields)
        present: CatalogueNow = self._catalogues.now(name)
        handling.state = handling.catalogue = present.state
        key = self._earlier(handling)
        handling.identify()
        if key is not None:
            return self._answer_again(handling, key)
        self._check_version(handling)
        check_instant(parsed.at, handling.now)
        last = present.effective_at or datetime.min.replace(tzinfo=UTC)
        if parsed.at is not None and parsed.at < last:
            raise Refused(
                "command.time_out_of_range", detail="The catalogue has changed since this time."
            )
        case = handling.complete(parsed.at or max(handling.now, last), self._decided_at())
        policy = case.policy(self._is_taken)
        facts = decide(case.command, case.state, policy)
        if handling.intent.dry_run:
            shown = publishing_preview(present.state, facts, self._renewals)
            return self._previewed(handling, policy.trace, shown, case.state.version)
        return self._append(handling, facts, policy.trace)

    def _is_overtaken(self, handling: Handling) -> bool:
        """Whether a refusal may come of what was written in between, and not of the command.

        That is the same command, sent twice at once, or the first version of a new catalogue.
        """
        if not handling.is_repeat and self._key(handling) is not None:
            return True
        published = getattr(handling.parsed.command, "catalogue", None)
        if not isinstance(published, CatalogueFile):
            return False
        return self._catalogues.now(published.catalogue).state.version != handling.state.version

    def _only_catalogue(self, fields: dict[str, Any]) -> str:
        """The catalogue that a command names, else the ledger's only one."""
        if fields.get("catalogue") is not None:
            return str(fields["catalogue"])
        names = self._catalogues.names()
        if len(names) != 1:
            raise invalid(
                "catalogue",
                "is needed: the ledger has several" if names else "nothing has been published",
            )
        return names[0]

    def _words(self, catalogue: CatalogueState) -> VendorWords:
        """The vendor's words for a refusal: of the ledger's only catalogue where none is known."""
        if catalogue.published_seller is None:
            names = self._catalogues.names()
            catalogue = self._catalogues.now(names[0]).state if len(names) == 1 else catalogue
        return catalogue.words

    def _earlier(self, handling: Handling) -> KeyRow | None:
        """The key, if it came before this try, which is noted."""
        key = self._key(handling)
        handling.is_repeat = key is not None
        return key

    def _key(self, handling: Handling) -> KeyRow | None:
        """The key, if it came before; asked for before the people, who were written with it."""
        return self.store.answer(handling.command_id) if handling.is_keyed else None

    def _answer_again(self, handling: Handling, row: KeyRow) -> Accepted | Previewed:
        """The answer to a key that came before with the same content (CONTRACT 5.14).

        Refused: `command.id_reused` where the content is another.
        """
        if not handling.repeats(row):
            raise Refused("command.id_reused", command_id=handling.command_id)
        events = tuple(recorded(stored) for stored in self.store.events_of(handling.command_id))
        position = row.last_position or self.store.head()
        version = int(json.loads(row.answer)["version"])
        if handling.intent.dry_run:
            return Previewed(NOTHING, position, handling.account, handling.state.version)
        result = result_of(events)
        if handling.parsed.name == ISSUING:
            result |= {"activation": None, "remedy": ISSUE_ANEW}
        return Accepted(
            handling.command_id, events, position, result, row.account, version, repeated=True
        )

    def _check_version(self, handling: Handling) -> None:
        seen = handling.intent.if_match
        if seen is not None and seen != handling.state.version:
            raise Refused("command.version_conflict", version=str(handling.state.version))

    def _previewed(
        self, handling: Handling, trace: Trace, shown: Preview, version: int
    ) -> Previewed:
        """The answer to a dry run; `version` is the one in the log, before any due work."""
        cited = note_preview(self.store, handling, trace, shown)
        return Previewed(shown, self.store.head(), handling.account, version, cited)

    def _append(self, handling: Handling, facts: Facts, trace: Trace) -> Accepted | None:
        case = handling.case
        if case is None:
            raise AssertionError("a decision without its case")
        people = () if handling.persons is None else handling.persons.rows
        why = Why(handling.intent.correlation_id or handling.command_id)
        decision = decision_of(case, facts, trace, handling.account, handling.digest, why, people)
        verdict = self._told(decision)
        if not isinstance(verdict, Appended):
            return None
        version = case.state.version + len(facts)
        events = tuple(recorded(stored) for stored in verdict.stored)
        if isinstance(case.state, AccountState):
            version = self._kept(case.state, events).version
        result = result_of(events)
        if handling.secret is not None:
            result["activation"] = handling.secret
        position = verdict.last_position or self.store.head()
        return Accepted(handling.command_id, events, position, result, handling.account, version)

    def _told(self, decision: Decision) -> Verdict:
        """The store's verdict; Refused where something unique is taken."""
        verdict = self.store.append([decision])[0]
        if isinstance(verdict, ClaimTaken):
            raise claim_refusal(verdict)
        if isinstance(verdict, VersionConflict) and verdict.stream.startswith("invoices/"):
            # Another clock is a day ahead: days never go back along a series of invoices.
            last = self.store.read_stream(verdict.stream, after=verdict.actual - 1)[-1]
            self._not_before = max(self._not_before, last.effective_at)
        return verdict

    def _kept(self, state: AccountState, events: Iterable[Recorded]) -> AccountState:
        """The state after events that were appended to it; numbers are in another stream."""
        own = [event for event in events if event.stream == account_stream(str(event.account))]
        if own:
            state = fold(state, own)
            self._accounts.keep(state.account, state)
        return state

    def _decided_at(self) -> datetime:
        return max(self.clock.now(), self._not_before)

    def _number_of(self, invoice: str) -> str:
        return number_of(invoice, self.store) or invoice

    def _is_taken(self, kind: str, value: str) -> bool:
        return self.store.claim(kind, value) is not None

    def _lock(self, name: str) -> RLock:
        return self._locks[hash(name) % _LOCKS]

    # -- due work

    def _due_before(self, handling: Handling, state: AccountState, at: datetime) -> AccountState:
        """The state after the account's due work up to a command's day (CONTRACT 5.1)."""
        work = self._due_work(state, handling.catalogue, day_in_zone(at, state.time_zone))
        if handling.intent.dry_run:
            work.in_memory()
        else:
            correlation = handling.intent.correlation_id or handling.command_id
            work.in_log(self._append_due, Why(correlation, handling.command_id))
        if handling.parsed.entry.command.NEEDS_DUE_WORK and work.refused is not None:
            handling.state = work.state
            raise work.refused
        return work.state

    def _due_work(self, state: AccountState, catalogue: CatalogueState, on: date) -> DueWork:
        account = state.account
        return DueWork(
            account,
            state,
            catalogue,
            on,
            self._decided_at,
            self._is_taken,
            lambda: self._accounts.now(account),
        )

    def _append_due(self, decision: Decision, state: AccountState) -> AccountState | None:
        verdict = self._told(decision)
        if not isinstance(verdict, Appended):
            return None
        return self._kept(state, (recorded(stored) for stored in verdict.stored))

    def tick(self, until: datetime | None = None) -> int:
        """Do what is due in all accounts by now, or by an earlier instant; how much was done.

        Safe to call twice, and in several processes at once. Work that is refused (a VAT rate is
        missing, say) stays due and holds up its own account alone.
        """
        now = self.clock.now()
        return self._rounds.tick(now if until is None else min(until, now))

    def next_due(self) -> datetime | None:
        """The instant at which work falls due next, in any account; None while none is waited for.

        Work that a tick has found to be refused is left out until its account or catalogue changes.
        """
        return self._rounds.next_due()

    def stuck(self) -> list[tuple[str, Stuck]]:
        """The due work that the last tick found to be refused, each piece with its account."""
        return self._rounds.stuck()

    def _work_ahead(
        self, account: str, until: datetime, before: DueOrder | None, stuck: dict[str, Stuck]
    ) -> DueWork:
        """Do an account's due work by an instant, or what comes before other work."""
        with self._lock(account):
            state = self._accounts.now(account)
            catalogue = self._catalogues.now(state.catalogue).state
            work = self._due_work(state, catalogue, day_in_zone(until, state.time_zone))
            work.stuck = stuck
            work.in_log(self._append_due, ahead_of=before)
        return work

    # -- reads

    def state(self, account: str, upto: int | None = None) -> AccountState:
        """An account as decisions see it, now or at a position; it does not `exist` if unknown."""
        return self._accounts.now(account) if upto is None else self._accounts.as_of(account, upto)

    def catalogue(self, name: str, upto: int | None = None) -> CatalogueState:
        """A catalogue as decisions see it, now or at a position; its `version` is 0 if unknown."""
        known = self._catalogues
        return known.now(name).state if upto is None else known.as_of(name, upto)

    def catalogues(self) -> tuple[str, ...]:
        """The ledger's catalogues, in the order of their first publication."""
        return self._catalogues.names()

    def account_of(self, kind: str, value: str) -> str | None:
        """The account behind a `subscription`, an `order`, an `invoice` number or an `account`."""
        row = self.store.claim(kind, value)
        return None if row is None else row.account

    def recorded(self, stored: Stored) -> Recorded:
        """A stored event as it is read."""
        return recorded(stored)
