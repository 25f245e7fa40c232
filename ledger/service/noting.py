"""Attempts: refused commands and dry runs of known actors, kept outside the log (DESIGN 2)."""

from hashlib import sha256
from typing import Any

from commands.decision import Trace
from commands.refusals import Refused
from commands.shapes import Preview
from events.envelope import Actor, CommandRecord, canonical, canonical_json
from ledger.service.handling import Handling
from ledger.store.contract import Store
from ledger.store.drafts import AttemptRow


def note_refusal(store: Store, handling: Handling, refused: Refused) -> None:
    """Keep a refused command, if the ledger knows who asked."""
    if handling.is_known_actor:
        _note(store, handling, refused.code, refused.parameters)


def note_preview(store: Store, handling: Handling, trace: Trace, preview: Preview) -> None:
    """Keep a dry run, by its total and the digest of what it showed."""
    if handling.is_known_actor:
        digest = sha256(canonical_json(preview)).hexdigest()
        invoice = preview["invoice"]
        parameters = {"total": invoice and invoice["total"], "digest": digest}
        _note(store, handling, None, parameters, trace)


def _note(
    store: Store,
    handling: Handling,
    code: str | None,
    parameters: dict[str, Any],
    trace: Trace | None = None,
) -> None:
    record: CommandRecord = handling.record(trace or Trace())
    actor: Actor = record.actor
    store.attempt(
        AttemptRow(
            at=handling.now,
            account=handling.account,
            actor=canonical(actor),
            command=canonical(record),
            code=code,
            parameters=canonical_json(parameters),
            position=store.head(),
        )
    )
