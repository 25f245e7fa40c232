"""Attempts: refused commands and dry runs of known actors, kept outside the log (DESIGN 2)."""

from hashlib import sha256
from uuid import UUID

from commands.decision import Trace
from commands.refusals import Refused
from commands.schemas import Preview
from events.envelope import canonical, canonical_json
from ledger.clock import uuid7
from ledger.store.contract import Store
from ledger.store.drafts import AttemptRow
from ledger.writer.handling import Handling


def note_refusal(store: Store, handling: Handling, refused: Refused) -> None:
    """Keep a refused command, if the ledger knows who asked."""
    if handling.is_known_actor:
        parameters = canonical_json(refused.parameters)
        store.attempt(_row(store, handling, Trace(), refused.code, parameters))


def note_preview(store: Store, handling: Handling, trace: Trace, preview: Preview) -> UUID | None:
    """Keep a dry run with what it showed; the id by which it can be cited.

    None where the ledger does not know who asked: then nothing is kept.
    """
    if not handling.is_known_actor:
        return None
    shown = canonical_json(preview)
    invoice = preview["invoice"]
    parameters = {"total": invoice and invoice["total"], "digest": sha256(shown).hexdigest()}
    preview_id = uuid7(handling.now)
    row = _row(store, handling, trace, None, canonical_json(parameters), preview_id, shown)
    store.attempt(row)
    return preview_id


def _row(
    store: Store,
    handling: Handling,
    trace: Trace,
    code: str | None,
    parameters: bytes,
    preview_id: UUID | None = None,
    preview: bytes | None = None,
) -> AttemptRow:
    record = handling.record(trace)
    return AttemptRow(
        at=handling.now,
        account=handling.account,
        actor=canonical(record.actor),
        command=canonical(record),
        code=code,
        parameters=parameters,
        position=store.head(),
        preview_id=preview_id,
        preview=preview,
    )
