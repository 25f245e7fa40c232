"""The rows of the log by themselves: hashes, chain, and everything that counts upwards."""

from datetime import datetime
from typing import Any

from ledger.store.sealing import COLUMNS, GENESIS, SealedRow, chained, leaf_of
from ledger.verifying.findings import Findings

_POSITION = COLUMNS.index("position")


class SealedCheck:
    """Checks `leaf`, `chain`, `position`, `sequence`, `account_sequence` and `recorded_at`."""

    def __init__(self, findings: Findings) -> None:
        self._add = findings.add
        self.position = 0
        self.chain = GENESIS
        self._recorded_at: datetime | None = None
        self._sequences: dict[str, int] = {}
        self._account_sequences: dict[str, int] = {}

    def take(self, row: SealedRow) -> None:
        """Check the next row of the log."""
        position = row.values[_POSITION]
        leaf, chain = row.seal
        if leaf_of(row.values) != leaf:
            self._add("leaf", position, "the row's bytes are not those that its leaf was made of")
        missing = range(self.position + 1, position)
        if missing:
            self._add("position", missing[0], _missing(missing))
        elif chained(self.chain, leaf) != chain:
            self._add("chain", position, "the chain does not follow from the row before")
        self.position, self.chain = position, chain
        self._counts(dict(zip(COLUMNS, row.values, strict=True)))

    def _counts(self, row: dict[str, Any]) -> None:
        position, stream, account = row["position"], row["stream"], row["account"]
        if row["id"] is not None:
            self._follows("sequence", self._sequences, stream, row["sequence"], position)
        if row["account_sequence"] is not None:
            own = row["account_sequence"]
            self._follows("account_sequence", self._account_sequences, account, own, position)
        if (row["account_sequence"] is None) == (bool(row["public"]) and account is not None):
            self._add("account_sequence", position, "only public facts of an account are counted")
        at = row["recorded_at"]
        if not isinstance(at, datetime):
            self._add("recorded_at", position, f"no instant: {at}")
            return
        if self._recorded_at is not None and at < self._recorded_at:
            last = self._recorded_at.isoformat()
            self._add("recorded_at", position, f"{at.isoformat()} comes after {last}")
        self._recorded_at = at

    def _follows(
        self, check: str, ends: dict[str, int], name: str, number: int, position: int
    ) -> None:
        last = ends.get(name, 0)
        if number != last + 1:
            self._add(check, position, f"{number} of {name} comes after {last}")
        ends[name] = number


def _missing(positions: range) -> str:
    """That these positions are not there."""
    if len(positions) == 1:
        return "the row is missing"
    return f"the {len(positions)} rows up to {positions[-1]} are missing"
