"""The table of claims against the claims that the facts make, both ways."""

from collections.abc import Iterable

from events.fact import Claim, Fact
from ledger.store.drafts import ClaimRow, Stored
from ledger.store.judging import claim_row
from ledger.verifying.findings import Findings


class ClaimCheck:
    """Checks `claim`: builds the claims anew from the log and compares."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._claims: dict[Claim, ClaimRow] = {}

    def take(self, event: Stored, fact: Fact) -> None:
        """Note what a fact claims."""
        for claim in fact.claims():
            row = claim_row(claim, event)
            first = self._claims.setdefault(Claim(row.kind, row.value), row)
            if first is not row:
                where = f"the fact at {first.position} has it already"
                self._findings.add("claim", event.position, f"{row.kind} {row.value}: {where}")

    def finish(self, claims: Iterable[ClaimRow]) -> None:
        """Compare with the table."""
        for row in claims:
            self._findings.counted["claims"] += 1
            made = self._claims.pop(Claim(row.kind, row.value), None)
            if made is None:
                reason = "no fact makes this claim"
            elif made != row:
                reason = f"the fact at {made.position} makes it otherwise"
            else:
                continue
            self._findings.add("claim", row.position, f"{row.kind} {row.value}: {reason}")
        for row in self._claims.values():
            reason = f"{row.kind} {row.value} is not among the claims"
            self._findings.add("claim", row.position, reason)
