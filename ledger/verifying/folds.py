"""What is made from the log against a fresh fold of it: the rows of the views, kept states."""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from commands.state.account import AccountState, initial
from events.envelope import Recorded
from ledger.states.cache import folded
from ledger.states.snapshots import SnapshotUnreadable, decode, encode
from ledger.store.drafts import Stored
from ledger.verifying.findings import Findings
from ledger.verifying.source import Source
from ledger.views.tables import row_json
from projections.projection import Projection, Undigestible, apply_batch
from projections.registry import ALL_PROJECTIONS
from projections.rows import MemoryRows, Row


class ViewCheck:
    """Checks `view`, each projection up to its own checkpoint."""

    def __init__(
        self,
        findings: Findings,
        checkpoints: Mapping[str, tuple[int, int]],
        projections: Sequence[Projection] = ALL_PROJECTIONS,
    ) -> None:
        self._findings = findings
        self._rows = MemoryRows()
        self._upto: dict[str, int] = {}
        self._feeding: list[Projection] = []
        for projection in projections:
            version, position = checkpoints.get(projection.name, (0, 0))
            if version == projection.version:
                self._upto[projection.name] = position
                self._feeding.append(projection)
            else:
                findings.not_checked.append(f"view rows of {projection.name}: not made yet")
        self._checked = tuple(self._feeding)

    def take(self, event: Recorded) -> None:
        """Fold an event."""
        for projection in tuple(self._feeding):
            if event.position > self._upto[projection.name]:
                continue
            try:
                apply_batch(projection, [event], self._rows, event.position - 1)
            except Undigestible as error:
                self._findings.add("view", event.position, f"cannot be folded: {error}")
                self._feeding.remove(projection)

    def finish(self, source: Source) -> None:
        """Compare with the tables."""
        for projection in self._checked:
            for kind in projection.kinds:
                self._compare(kind, source)

    def _compare(self, kind: type[Row], source: Source) -> None:
        fresh = {row.key: row for row in self._rows.page(kind)}
        for key, account, subscription, position, text in source.view_rows(kind.TABLE):
            self._findings.counted["view rows"] += 1
            made = fresh.pop(key, None)
            if made is None:
                self._findings.add("view", position, f"{kind.TABLE} {key}: no event makes this row")
                continue
            beside = (made.account, made.subscription, made.position)
            if beside != (account, subscription, position) or not _is_row(made, text):
                reason = f"{kind.TABLE} {key}: the row is not what the log makes of it"
                self._findings.add("view", made.position, reason)
        for row in fresh.values():
            self._findings.add("view", row.position, f"{kind.TABLE} {row.key}: the row is missing")


class SnapshotCheck:
    """Checks `snapshot`; one of another shape is not read by anybody and harms nothing."""

    def __init__(self, findings: Findings, snapshots: Iterable[tuple[str, int, bytes]]) -> None:
        self._findings = findings
        self._kept: dict[str, tuple[int, bytes]] = {}
        self._states: dict[str, AccountState] = {}
        for stream, version, state in snapshots:
            try:
                decode(state)
            except SnapshotUnreadable:
                continue
            findings.counted["snapshots"] += 1
            self._kept[stream] = (version, sha256(state).digest())

    def take(self, event: Stored) -> None:
        """Fold an event of an account whose state is kept; called in the order of the log."""
        kept = self._kept.get(event.stream)
        if kept is None:
            return
        try:
            state = folded(self._states.pop(event.stream, initial()), [event])
            if event.sequence < kept[0]:
                self._states[event.stream] = state
                return
            is_same = sha256(encode(state)).digest() == kept[1]
            reason = None if is_same else "is not what the log makes of it"
        # Whatever goes wrong in a fold is told with the event at which it did.
        except Exception as error:
            reason = f"cannot be made anew: {error}"
        if reason is not None:
            name = f"the kept state of {event.stream} at version {kept[0]}"
            self._findings.add("snapshot", event.position, f"{name} {reason}")
        del self._kept[event.stream]

    def finish(self) -> None:
        """Tell of states that are newer than their streams."""
        for stream, (version, _) in self._kept.items():
            reason = f"the kept state of {stream} is at version {version}, which the log has not"
            self._findings.add("snapshot", None, reason)


def _is_row(made: Row, text: str) -> bool:
    try:
        return bool(json.loads(row_json(made)) == json.loads(text))
    # A table takes also JSON that is too deep, or has too long a number, for Python to read.
    except (ValueError, RecursionError):
        return False
