"""The keys of commands against the events that name them, both ways."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.store.drafts import KeyRow, Stored
from ledger.verifying.findings import Findings


@dataclass(slots=True)
class _Span:
    """The events of a command, as the log has them.

    `stream` is the one that was decided on, `version` what it came to: the answer tells it.
    """

    first: int
    last: int
    count: int
    recorded_at: datetime
    account: str | None
    stream: str
    version: int


class KeyCheck:
    """Checks `key`."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._spans: dict[str, _Span] = {}

    def take(self, event: Stored) -> None:
        """Note which command an event is of."""
        span = self._spans.get(event.command_id)
        position = event.position
        if span is None:
            self._spans[event.command_id] = _Span(
                first=position,
                last=position,
                count=1,
                recorded_at=event.recorded_at,
                account=event.account,
                stream=event.stream,
                version=event.sequence,
            )
        else:
            span.last = position
            span.count += 1
            if event.stream == span.stream:
                span.version = event.sequence
        if (event.command is None) == (span is None):
            reason = "the command record stands on the first event of a command, and only there"
            self._findings.add("key", position, reason)

    def finish(self, keys: Iterable[KeyRow]) -> None:
        """Compare with the keys."""
        for key in keys:
            self._findings.counted["keys"] += 1
            reason = _difference(key, self._spans.pop(key.command_id, None))
            if reason is not None:
                self._findings.add("key", key.first_position, f"key {key.command_id}: {reason}")
        for command_id, span in self._spans.items():
            self._findings.add("key", span.first, f"there is no key {command_id}")


def _difference(key: KeyRow, span: _Span | None) -> str | None:
    version = _answered(key.answer)
    if version is None:
        return "its answer is none that a command gives"
    given = (key.first_position, key.last_position)
    if key.first_position is None or key.last_position is None:
        if given == (None, None) and span is None:
            return None
        return "it says that its command has no event"
    if span is None:
        return f"no event from {key.first_position} to {key.last_position} is of its command"
    if (span.first, span.last) != given:
        return (
            f"it leads from {key.first_position} to {key.last_position}, its events stand from"
            f" {span.first} to {span.last}"
        )
    if span.count != span.last - span.first + 1:
        return f"{span.count} events of its command stand from {span.first} to {span.last}"
    if span.recorded_at != key.recorded_at:
        return "it was not recorded with its events"
    if span.account != key.account:
        return f"it is of account {key.account}, its events are of {span.account}"
    if span.version != version:
        return f"it answers version {version}, its events came to {span.version}"
    return None


def _answered(answer: bytes) -> int | None:
    """The version that an answer tells; None where it is no answer."""
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    version = told.get("version") if isinstance(told, dict) and len(told) == 1 else None
    return version if type(version) is int and version >= 0 else None
