"""Stores that are broken on purpose, each in one way: the contract suite has to catch every one.

Each is the store in memory with one mistake that a store could really have. `broken` names what
is wrong in a docstring; the suite that finds nothing wrong with one of these is no proof of any.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ledger.clock import FixedClock
from ledger.store.contract import READ_LIMIT, Store
from ledger.store.drafts import AttemptRow, ClaimRow, Decision, KeyRow, Stored, Verdict
from ledger.store.judging import Known, StreamEnd, Writes
from ledger.store.memory import MemoryStore
from ledger.store.sealing import GENESIS
from tests.support.store_contract import StoreContract
from tests.support.store_samples import START

FIXTURES = {"self", "store", "clock"}


class EventLost(MemoryStore):
    """The third event of the log is never read."""

    def read_log(
        self, after: int = 0, limit: int = READ_LIMIT, upto: int | None = None
    ) -> list[Stored]:
        found = super().read_log(after, limit, upto)
        return [event for event in found if event.position != 3]


class EventLostAtTheEnd(MemoryStore):
    """The last event of a batch is acknowledged and not kept."""

    def _write(self, writes: Writes) -> None:
        if len(writes.events) > 2:
            writes.events.pop()
            writes.seals.pop()
        super()._write(writes)


class TwoSwapped(MemoryStore):
    """A reader sees the second event before the first."""

    def read_log(
        self, after: int = 0, limit: int = READ_LIMIT, upto: int | None = None
    ) -> list[Stored]:
        found = super().read_log(after, limit, upto)
        return [*found[1::-1], *found[2:]]


class OneDoubled(MemoryStore):
    """A reader sees the second event twice."""

    def read_log(
        self, after: int = 0, limit: int = READ_LIMIT, upto: int | None = None
    ) -> list[Stored]:
        found = super().read_log(after, limit, upto)
        return [*found[:2], *found[1:]]


class KeyIgnored(MemoryStore):
    """A command that came before is done again."""

    def _known(self, decisions: Sequence[Decision]) -> Known:
        known = super()._known(decisions)
        known.keys = {}
        return known


class ContentIgnored(MemoryStore):
    """A key with another content is answered as if it were a repeat."""

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        known = [self._keys.get(decision.command_id) for decision in decisions]
        pairs = zip(decisions, known, strict=True)
        return super().append([replace(d, digest=k.digest) if k else d for d, k in pairs])


class PositionSkipped(MemoryStore):
    """After a refusal a position is left out, as a sequence of the database would leave it."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock)
        self._skipped = 0

    def _known(self, decisions: Sequence[Decision]) -> Known:
        known = super()._known(decisions)
        known.position += self._skipped
        return known

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        before = self.head()
        verdicts = super().append(decisions)
        self._skipped += sum(len(d.drafts) for d in decisions) - (self.head() - before)
        return verdicts


class ClaimIgnored(MemoryStore):
    """What is taken is given again."""

    def _known(self, decisions: Sequence[Decision]) -> Known:
        known = super()._known(decisions)
        known.claims = {}
        return known


class ClaimOfAnother(MemoryStore):
    """A claim leads to the position before its fact."""

    def claim(self, kind: str, value: str) -> ClaimRow | None:
        found = super().claim(kind, value)
        return found and replace(found, position=found.position - 1)


class VersionIgnored(MemoryStore):
    """A decision on what has since changed is taken."""

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        return super().append([replace(decision, expected={}) for decision in decisions])


class SequenceRestarted(MemoryStore):
    """Each batch counts its streams from one again."""

    def _known(self, decisions: Sequence[Decision]) -> Known:
        known = super()._known(decisions)
        known.streams = {
            name: StreamEnd(0, end.effective_on) for name, end in known.streams.items()
        }
        return known


class AccountMiscounted(MemoryStore):
    """Facts that are not public are counted among an account's public ones."""

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        return super().append(
            [replace(d, drafts=tuple(replace(f, public=True) for f in d.drafts)) for d in decisions]
        )


class ClockSetBack(MemoryStore):
    """The time of recording is the clock's, even when that is set back."""

    def _known(self, decisions: Sequence[Decision]) -> Known:
        known = super()._known(decisions)
        known.recorded_at = None
        return known


class RefusalWritten(MemoryStore):
    """A refused decision's people are kept."""

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        verdicts = super().append(decisions)
        for decision in decisions:
            for row in decision.people:
                kept = self._people.setdefault((row.account, row.person), [])
                if row not in kept:
                    kept.append(row)
        return verdicts


class BatchBroken(MemoryStore):
    """One refusal takes its neighbours of the batch with it."""

    def _write(self, writes: Writes) -> None:
        if 0 < len(writes.keys) < self._asked:
            return
        super()._write(writes)

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        self._asked = len(decisions)
        return super().append(decisions)


class AddressTaken(MemoryStore):
    """Two persons of an account have one address."""

    def _known(self, decisions: Sequence[Decision]) -> Known:
        known = super()._known(decisions)
        known.addresses = {}
        return known


class PersonRemembered(MemoryStore):
    """Of a forgotten person the first revision stays."""

    def _write(self, writes: Writes) -> None:
        kept = [self._people[one][0] for one in writes.forgets if one in self._people]
        super()._write(writes)
        for row in kept:
            self._people[row.account, row.person] = [row]


class DaysGoBack(MemoryStore):
    """A number may be of an earlier day than the one before it."""

    def append(self, decisions: Sequence[Decision]) -> list[Verdict]:
        return super().append(
            [
                replace(d, drafts=tuple(replace(f, never_back=False) for f in d.drafts))
                for d in decisions
            ]
        )


class ChainBegunAnew(MemoryStore):
    """Each batch begins a chain of its own."""

    def _chain(self) -> bytes:
        return GENESIS


class AnswerForgotten(MemoryStore):
    """A repeat is answered, but with nothing."""

    def answer(self, command_id: str) -> KeyRow | None:
        found = super().answer(command_id)
        return found and replace(found, answer=b"{}")


class BoundIgnored(MemoryStore):
    """A read as of a position goes on behind it."""

    def read_stream(
        self, stream: str, after: int = 0, upto: int | None = None, limit: int | None = None
    ) -> list[Stored]:
        del upto
        return super().read_stream(stream, after, None, limit)


class MomentMissed(MemoryStore):
    """What was recorded at the very instant is not counted as recorded by then."""

    def position_at(self, recorded_at: datetime) -> int:
        return super().position_at(recorded_at - timedelta(microseconds=1))


class OldSnapshot(MemoryStore):
    """The first snapshot is kept for ever."""

    def save_snapshot(self, account: str, version: int, state_version: int, state: bytes) -> None:
        if self.select_snapshots(f"account/{account}"):
            return
        super().save_snapshot(account, version, state_version, state)


class PreviewOfAnother(MemoryStore):
    """The last dry run answers to every id."""

    def preview(self, preview_id: UUID) -> AttemptRow | None:
        found = super().preview(preview_id)
        return self._attempts[-1] if found is None and self._attempts else found


class NeverWoken(MemoryStore):
    """Whoever waits is not told."""

    def wait(self, position: int, timeout_ms: int) -> bool:  # noqa: ARG002 - the interface
        return self.head() >= position


NAMED = (EventLost, TwoSwapped, OneDoubled, KeyIgnored, PositionSkipped, ClaimIgnored)
"""The mistakes that no store may have and be called one."""

BROKEN: tuple[type[MemoryStore], ...] = (
    *NAMED, EventLostAtTheEnd, ContentIgnored, ClaimOfAnother, VersionIgnored, SequenceRestarted,
    AccountMiscounted, ClockSetBack, RefusalWritten, BatchBroken, AddressTaken, PersonRemembered,
    DaysGoBack, ChainBegunAnew, AnswerForgotten, BoundIgnored, MomentMissed, OldSnapshot,
    PreviewOfAnother, NeverWoken,
)  # fmt: skip


def contract() -> Iterator[tuple[str, Callable[..., None], set[str]]]:
    """The tests of the contract that need a store: name, test, and the fixtures that it takes."""
    for name, test in inspect.getmembers(StoreContract, inspect.isfunction):
        needed = set(inspect.signature(test).parameters)
        if name.startswith("test_") and needed <= FIXTURES and "store" in needed:
            yield name, test, needed - {"self"}


def findings(make: Callable[[FixedClock], Store], names: Sequence[str] = ()) -> dict[str, str]:
    """What the contract (or these tests of it) finds wrong with a store: test, and why."""
    found: dict[str, str] = {}
    for name, test, needed in contract():
        if names and name not in names:
            continue
        clock = FixedClock(START)
        given = {"store": make(clock), "clock": clock}
        try:
            test(StoreContract(), **{one: given[one] for one in needed})
        # A broken store may break a test in any way; each of them is a finding.
        except Exception as error:
            found[name] = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return found
