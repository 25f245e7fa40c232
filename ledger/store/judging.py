"""The verdicts of an append: pure, shared by every store, and so the same in each.

A store gathers what is `Known` about what a batch `needs` under its lock, lets `judge` decide, and
writes what the batch came to, in one go.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from events.fact import Claim
from ledger.store.drafts import (
    SEQUENCE_MARK,
    Appended,
    ClaimRow,
    ClaimTaken,
    Decision,
    Draft,
    KeyReused,
    KeyRow,
    PersonRow,
    PersonTaken,
    Repeated,
    Stored,
    Verdict,
    VersionConflict,
    filled,
)
from ledger.store.sealing import EVENT, GENESIS, Seal, seals

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """Where a stream stands: its last sequence and the day of its last event."""

    sequence: int = 0
    effective_on: date | None = None


@dataclass(slots=True)
class Needs:
    """What a store has to look up before a batch can be judged. No entry twice."""

    keys: list[str]
    streams: list[str]
    accounts: list[str]
    people: list[tuple[str, str]]
    addresses: list[tuple[str, str]]
    claims: list[Claim]


@dataclass(slots=True)
class Known:
    """What the store holds of what a batch needs; `judge` keeps it up to date as it goes.

    `position`, `recorded_at` and `chain` are those of the log's last row. `people` and `addresses`
    hold present revisions, by (account, person) and (account, key).
    """

    position: int = 0
    recorded_at: datetime | None = None
    chain: bytes = GENESIS
    keys: dict[str, KeyRow] = field(default_factory=dict)
    streams: dict[str, StreamEnd] = field(default_factory=dict)
    account_sequences: dict[str, int] = field(default_factory=dict)
    people: dict[tuple[str, str], PersonRow] = field(default_factory=dict)
    addresses: dict[tuple[str, str], PersonRow] = field(default_factory=dict)
    claims: dict[Claim, ClaimRow] = field(default_factory=dict)

    def add_person(self, row: PersonRow) -> None:
        """Take a row in, if it is newer than what is known of that person."""
        known = self.people.get((row.account, row.person))
        if known is None or known.revision < row.revision:
            self.people[row.account, row.person] = row
            self.addresses[row.account, row.address_key] = row


@dataclass(slots=True)
class Writes:
    """What a batch adds to the tables. Deletions (`forgets`) come before the new `people`.

    `seals` are those of `events`, one each, in their order.
    """

    events: list[Stored] = field(default_factory=list)
    seals: list[Seal] = field(default_factory=list)
    claims: list[ClaimRow] = field(default_factory=list)
    keys: list[KeyRow] = field(default_factory=list)
    people: list[PersonRow] = field(default_factory=list)
    forgets: list[tuple[str, str]] = field(default_factory=list)


def needs(decisions: Sequence[Decision]) -> Needs:
    """What has to be known before these decisions can be judged, but for numbered claims."""
    drafts = [draft for decision in decisions for draft in decision.drafts]
    rows = [row for decision in decisions for row in decision.people]
    streams = [draft.stream for draft in drafts]
    for decision in decisions:
        streams.extend(decision.expected)
    return Needs(
        keys=_once(decision.command_id for decision in decisions),
        streams=_once(streams),
        accounts=_once(d.account for d in drafts if d.public and d.account is not None),
        people=_once((row.account, row.person) for row in rows),
        addresses=_once((row.account, row.address_key) for row in rows),
        claims=_once(c for d in drafts for c in d.claims if SEQUENCE_MARK not in c.value),
    )


def numbered_claims(decisions: Sequence[Decision], known: Known) -> list[Claim]:
    """The claims that depend on a sequence, with every sequence that this batch may give them."""
    drafts_of: dict[str, int] = {}
    marked: dict[tuple[str, Claim], None] = {}
    for decision in decisions:
        for draft in decision.drafts:
            drafts_of[draft.stream] = drafts_of.get(draft.stream, 0) + 1
            for claim in draft.claims:
                if SEQUENCE_MARK in claim.value:
                    marked[draft.stream, claim] = None
    found: list[Claim] = []
    for stream, claim in marked:
        end = known.streams.get(stream, StreamEnd()).sequence
        found += [filled(claim, end + n + 1) for n in range(drafts_of[stream])]
    return _once(found)


def judge(
    decisions: Sequence[Decision], known: Known, now: datetime
) -> tuple[list[Verdict], Writes]:
    """Give each decision its verdict, in order, and say what is to be written.

    `recorded_at` is `now`, but never before the last one. `known` is used up.
    """
    recorded_at = now if known.recorded_at is None else max(now, known.recorded_at)
    writes = Writes()
    verdicts: list[Verdict] = []
    for decision in decisions:
        refusal = _refusal(decision, known)
        verdicts.append(
            _appended(decision, known, recorded_at, writes) if refusal is None else refusal
        )
    writes.seals = seals((EVENT(event) for event in writes.events), known.chain)
    return verdicts, writes


def _refusal(decision: Decision, known: Known) -> Verdict | None:
    key = known.keys.get(decision.command_id)
    if key is not None:
        if key.digest != decision.digest:
            return KeyReused(decision.command_id)
        return Repeated(key.answer, key.first_position, key.last_position)
    for stream, expected in decision.expected.items():
        actual = known.streams.get(stream, StreamEnd()).sequence
        if actual != expected:
            return VersionConflict(stream, actual)
    return (
        _day_refusal(decision.drafts, known)
        or _person_refusal(decision.people, known)
        or _claim_refusal(decision.drafts, known)
    )


def _day_refusal(drafts: Sequence[Draft], known: Known) -> Verdict | None:
    """A draft that may not go back, but is earlier than its stream's last event."""
    days: dict[str, date] = {}
    for draft in drafts:
        end = known.streams.get(draft.stream, StreamEnd())
        last = days.get(draft.stream, end.effective_on)
        if draft.never_back and last is not None and draft.effective_on < last:
            return VersionConflict(draft.stream, end.sequence)
        days[draft.stream] = draft.effective_on
    return None


def _person_refusal(rows: Sequence[PersonRow], known: Known) -> Verdict | None:
    """A row whose address is another person's, or whose revision does not follow."""
    people: dict[tuple[str, str], PersonRow] = {}
    addresses: dict[tuple[str, str], PersonRow] = {}
    for row in rows:
        person, address = (row.account, row.person), (row.account, row.address_key)
        holder = addresses.get(address) or known.addresses.get(address)
        before = people.get(person) or known.people.get(person)
        follows = row.revision == 1 + (before.revision if before else 0)
        moved = before is not None and before.address_key != row.address_key
        if not follows or moved or (holder is not None and holder.person != row.person):
            return PersonTaken(row.account, row.address_key)
        people[person] = addresses[address] = row
    return None


def _claim_refusal(drafts: Sequence[Draft], known: Known) -> Verdict | None:
    sequences: dict[str, int] = {}
    own: dict[Claim, str | None] = {}
    for draft in drafts:
        end = known.streams.get(draft.stream, StreamEnd()).sequence
        sequences[draft.stream] = sequences.get(draft.stream, end) + 1
        for marked in draft.claims:
            claim = filled(marked, sequences[draft.stream])
            if claim in own:
                return ClaimTaken(claim.kind, claim.value, own[claim])
            if claim in known.claims:
                return ClaimTaken(claim.kind, claim.value, known.claims[claim].account)
            own[claim] = draft.account
    return None


def _appended(decision: Decision, known: Known, recorded_at: datetime, writes: Writes) -> Appended:
    stored = tuple(_place(draft, known, recorded_at, writes) for draft in decision.drafts)
    first = stored[0].position if stored else None
    last = stored[-1].position if stored else None
    key = KeyRow(
        command_id=decision.command_id,
        digest=decision.digest,
        answer=decision.answer,
        account=decision.account,
        first_position=first,
        last_position=last,
        recorded_at=recorded_at,
    )
    known.keys[key.command_id] = key
    writes.keys.append(key)
    for row in decision.people:
        known.add_person(row)
        writes.people.append(row)
    for account, person in decision.forgets:
        _forget(account, person, known, writes)
    return Appended(first, last, recorded_at, stored)


def _forget(account: str, person: str, known: Known, writes: Writes) -> None:
    """Drop a person from what is known and from what the batch was about to write."""

    def others(row: PersonRow) -> bool:
        return (row.account, row.person) != (account, person)

    known.people.pop((account, person), None)
    known.addresses = {key: row for key, row in known.addresses.items() if others(row)}
    writes.people = [row for row in writes.people if others(row)]
    writes.forgets.append((account, person))


def _place(draft: Draft, known: Known, recorded_at: datetime, writes: Writes) -> Stored:
    """Give a draft its position, its sequence and its place among the account's public facts."""
    known.position += 1
    sequence = known.streams.get(draft.stream, StreamEnd()).sequence + 1
    known.streams[draft.stream] = StreamEnd(sequence, draft.effective_on)
    account_sequence = None
    if draft.public and draft.account is not None:
        account_sequence = known.account_sequences.get(draft.account, 0) + 1
        known.account_sequences[draft.account] = account_sequence
    stored = Stored(
        id=draft.id,
        stream=draft.stream,
        sequence=sequence,
        position=known.position,
        type=draft.type,
        version=draft.version,
        account=draft.account,
        subscription=draft.subscription,
        account_sequence=account_sequence,
        effective_at=draft.effective_at,
        effective_on=draft.effective_on,
        recorded_at=recorded_at,
        actor=draft.actor,
        command_id=draft.command_id,
        correlation_id=draft.correlation_id,
        causation_id=draft.causation_id,
        command=draft.command,
        data=draft.data,
        public=draft.public,
    )
    writes.events.append(stored)
    for marked in draft.claims:
        row = claim_row(marked, stored)
        known.claims[Claim(row.kind, row.value)] = row
        writes.claims.append(row)
    return stored


def claim_row(claim: Claim, stored: Stored) -> ClaimRow:
    """The row of a claim of a stored fact; from these the claims can be built anew."""
    kind, value = filled(claim, stored.sequence)
    return ClaimRow(
        kind, value, stored.account, stored.subscription, stored.stream, stored.position
    )


def _once(items: Iterable[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
