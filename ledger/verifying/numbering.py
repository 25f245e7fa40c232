"""The numbers of documents: one each, in the order of days, over the text that was issued."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued, NumberGiven
from events.registry import series_stream
from ledger.store.drafts import Stored
from ledger.verifying.findings import Findings

_KINDS = {InvoiceIssued: "invoice", CreditNoteIssued: "credit_note"}


@dataclass(slots=True)
class _Issued:
    """A document as its account has it."""

    position: int
    kind: str
    series: str
    issued_on: date
    sha256: str
    is_numbered: bool = False


class NumberCheck:
    """Checks `number` (ALL-07); that a series has no gap is the check of its sequences."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._documents: dict[tuple[str | None, str], _Issued] = {}
        self._days: dict[str, date] = {}

    def take(self, event: Stored, fact: Fact) -> None:
        """Note a document, or hold a number against its document."""
        if isinstance(fact, (InvoiceIssued, CreditNoteIssued)):
            self._note(event, fact)
        elif isinstance(fact, NumberGiven):
            self._findings.counted["numbers"] += 1
            for reason in self._differences(event, fact):
                number = f"number {event.sequence} of {fact.series}"
                self._findings.add("number", event.position, f"{number}: {reason}")

    def finish(self) -> None:
        """Tell of documents without a number."""
        for (_, invoice), issued in self._documents.items():
            if not issued.is_numbered:
                self._findings.add("number", issued.position, f"document {invoice} has no number")

    def _note(self, event: Stored, fact: InvoiceIssued | CreditNoteIssued) -> None:
        place = (event.account, fact.invoice)
        if place in self._documents:
            reason = f"document {fact.invoice} was issued before"
            self._findings.add("number", event.position, reason)
            return
        self._documents[place] = _Issued(
            position=event.position,
            kind=_KINDS[type(fact)],
            series=fact.series,
            issued_on=fact.issued_on,
            sha256=sha256(event.data).hexdigest(),
        )

    def _differences(self, event: Stored, given: NumberGiven) -> list[str]:
        """What is wrong with a number."""
        found: list[str] = []
        if event.stream != series_stream(given.series):
            found.append(f"it stands in {event.stream}")
        last = self._days.get(event.stream)
        if last is not None and given.issued_on < last:
            found.append(f"its day {given.issued_on} comes after {last}")
        self._days[event.stream] = given.issued_on
        if event.effective_on != given.issued_on or event.account != given.account:
            found.append("its day or its account is not that of its row")
        issued = self._documents.get((given.account, given.invoice))
        if issued is None:
            return [*found, f"account {given.account} has no document {given.invoice}"]
        if issued.is_numbered:
            found.append(f"document {given.invoice} has a number already")
        issued.is_numbered = True
        if (issued.kind, issued.series, issued.issued_on) != (
            given.kind,
            given.series,
            given.issued_on,
        ):
            found.append(f"document {given.invoice} is of another kind, series or day")
        if issued.sha256 != given.sha256:
            found.append(f"document {given.invoice} is not the text that was numbered")
        return found
