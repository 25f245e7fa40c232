"""Dry runs: the answer to one, and those that were kept, with what they showed and to whom."""

import json
from uuid import UUID

from events.envelope import Actor, CommandRecord
from ledger.reading import answers
from ledger.reading.event_schemas import DryRunShown, KeptPreview
from ledger.store.contract import Store
from ledger.writer import Previewed


def dry_run(answer: Previewed) -> DryRunShown:
    """The answer to a dry run."""
    cited = answer.preview_id
    return {
        "events": [],
        "position": answer.position,
        "preview": answer.preview,
        "preview_id": None if cited is None else str(cited),
    }


def kept_preview(store: Store, preview_id: str) -> KeptPreview | None:
    """The dry run of that id, as it was seen; None where there is none."""
    try:
        row = store.preview(UUID(preview_id))
    except ValueError:
        return None
    if row is None or row.preview is None:
        return None
    record = CommandRecord.model_validate_json(row.command)
    actor = Actor.model_validate_json(row.actor)
    return {
        "preview_id": str(row.preview_id),
        "at": answers.instant(row.at),
        "position": row.position,
        "account": row.account,
        "actor": answers.actor(actor, row.account, store.person),
        "command": record.name,
        "fields": record.fields,
        "effective_at": answers.instant(record.at),
        "preview": json.loads(row.preview),
    }
