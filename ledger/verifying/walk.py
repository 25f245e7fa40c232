"""One walk over the log that feeds all checks, and what they say at its end."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from commands.state.account import STATE_VERSION
from events.registry import stream_of
from ledger.codec.mapper import recorded
from ledger.store.postgres.rows import stored_of
from ledger.store.postgres.schemas import Schemas
from ledger.store.sealing import COLUMNS, SealedRow
from ledger.verifying.claims import ClaimCheck
from ledger.verifying.findings import Findings, Report
from ledger.verifying.folds import SnapshotCheck, ViewCheck
from ledger.verifying.keys import KeyCheck
from ledger.verifying.numbering import NumberCheck
from ledger.verifying.sealed import SealedCheck
from ledger.verifying.source import DatabaseSource, Source

EVERY = 500
"""After how many rows the progress is told."""

Progress = Callable[[int, int], None]
"""Told how many rows of the log have been read, and how many there are."""

_ID, _POSITION = COLUMNS.index("id"), COLUMNS.index("position")


class Kept(NamedTuple):
    """The chain at a position, as an earlier verification showed it and somebody kept it."""

    position: int
    chain: bytes


def verify_database(
    url: str,
    schemas: Schemas | None = None,
    kept: Sequence[Kept] = (),
    progress: Progress | None = None,
) -> Report:
    """Verify the ledger of a database; `StoreUnavailable`, `StoreNotMigrated`."""
    with DatabaseSource.open(url, schemas) as source:
        return verify(source, kept, progress)


def verify(source: Source, kept: Sequence[Kept] = (), progress: Progress | None = None) -> Report:
    """Read a ledger whole and say what is not as it was appended."""
    walk = _Walk(source, kept)
    head = source.head()
    tell = progress or (lambda *_: None)
    tell(0, head)
    for read, row in enumerate(source.rows(), 1):
        walk.take(row)
        if read % EVERY == 0:
            tell(read, head)
    tell(head, head)
    return walk.finish()


class _Walk:
    def __init__(self, source: Source, kept: Sequence[Kept]) -> None:
        self._source = source
        self._findings = Findings()
        self._kept = {one.position: one.chain for one in kept}
        self._sealed = SealedCheck(self._findings)
        self._keys = KeyCheck(self._findings)
        self._claims = ClaimCheck(self._findings)
        self._numbers = NumberCheck(self._findings)
        self._views = ViewCheck(self._findings, source.checkpoints())
        self._states = SnapshotCheck(self._findings, source.snapshots(str(STATE_VERSION)))

    def take(self, row: SealedRow) -> None:
        """Check a row by itself, and what it says against what came before."""
        self._findings.counted["events"] += 1
        self._sealed.take(row)
        position = row.values[_POSITION]
        if self._kept.pop(position, row.seal.chain) != row.seal.chain:
            self._findings.add("kept", position, "the chain is not the one that was kept")
        if row.values[_ID] is None:
            self._findings.add("fact", position, "a row without an envelope, which no append makes")
            return
        try:
            event = stored_of(row.values)
            whole = recorded(event)
        # Whatever a changed row breaks is a finding at that row.
        except Exception as error:
            self._findings.add("fact", position, f"cannot be read: {_first_line(error)}")
            return
        self._keys.take(event)
        self._claims.take(event, whole.fact)
        self._numbers.take(event, whole.fact)
        stream = stream_of(whole.fact, event.account or "")
        if event.stream != stream:
            self._findings.add("fact", position, f"it stands in {event.stream}, not in {stream}")
        self._states.take(event)
        self._views.take(whole)

    def finish(self) -> Report:
        """Compare the other tables, and report."""
        findings, end = self._findings, self._sealed
        self._claims.finish(self._source.claims())
        self._keys.finish(self._source.keys())
        self._numbers.finish()
        self._states.finish()
        self._views.finish(self._source)
        for who, position in self._source.seen():
            if position > end.position:
                reason = f"the log ends at {end.position}, and {who} has seen {position}"
                findings.add("position", end.position + 1, reason)
        for position in self._kept:
            reason = f"the log ends at {end.position}, before the position that was kept"
            findings.add("kept", position, reason)
        return Report(
            position=end.position,
            chain=end.chain,
            counted=dict(findings.counted),
            findings=tuple(findings.kept),
            found=findings.found,
            not_checked=tuple(findings.not_checked),
        )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
