"""What a verification finds, and its report."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHECKS: Mapping[str, str] = {
    "leaf": "the row's bytes are those that were appended",
    "chain": "each row follows from the one before",
    "position": "positions run 1, 2, 3 … without a hole, up to all that refers to them",
    "sequence": "sequences run 1, 2, 3 … in each stream",
    "account_sequence": "an account's public facts are counted 1, 2, 3 …",
    "recorded_at": "the time of recording never goes back",
    "fact": "each row is a fact that can be read, in the stream where it belongs",
    "claim": "the claims are those that the facts make",
    "key": "each command's key leads to its events, and each event to a key",
    "number": "each document has one number, and its text is the one that was numbered",
    "view": "the rows of the views are a fresh fold of the log",
    "snapshot": "the kept states are a fresh fold of their accounts",
    "kept": "the chain is the one that was kept from an earlier verification",
}
"""What each check says of a whole log."""

FINDINGS_MAX = 1000
"""How many findings a report holds; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as an append would have left it.

    `position` is the place in the log that it is about, None where there is none.
    """

    check: str
    position: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was read, the chain at its end, and what was found, in the order of checks.

    `counted` holds how much of each was read, `found` how many findings there were in all.
    """

    position: int
    chain: bytes
    counted: Mapping[str, int]
    findings: tuple[Finding, ...]
    found: int
    not_checked: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return self.found == 0

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "whole": self.is_whole,
            "position": self.position,
            "chain": self.chain.hex(),
            "checked": dict(self.counted),
            "not_checked": list(self.not_checked),
            "found": self.found,
            "findings": [
                {"check": one.check, "position": one.position, "reason": one.reason}
                for one in self.findings
            ],
        }


class Findings:
    """Collects findings, and counts what has been read."""

    def __init__(self) -> None:
        self.found = 0
        self.kept: list[Finding] = []
        self.counted: Counter[str] = Counter()
        self.not_checked: list[str] = []

    def add(self, check: str, position: int | None, reason: str) -> None:
        """Note a finding."""
        self.found += 1
        if len(self.kept) < FINDINGS_MAX:
            self.kept.append(Finding(check, position, reason))
