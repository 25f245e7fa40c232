"""Samples for the tests of the store: drafts, decisions and people of an account called acme."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from events.fact import Claim
from ledger.clock import uuid7
from ledger.store.drafts import Decision, Draft, PersonRow, address_key

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def draft(command_id: str, stream: str = "account/acme", **fields: Any) -> Draft:
    """A draft of a fact on an account's stream, or on another."""
    account = stream.removeprefix("account/") if stream.startswith("account/") else "acme"
    values: dict[str, Any] = {
        "id": uuid7(START),
        "stream": stream,
        "type": "SeatsAdded",
        "version": 1,
        "account": account,
        "subscription": "vpn",
        "effective_at": START,
        "effective_on": START.date(),
        "actor": b'{"person":"p1"}',
        "command_id": command_id,
        "correlation_id": "corr-1",
        "causation_id": None,
        "command": None,
        "data": b'{"quantity":5}',
        "public": True,
    }
    return Draft(**(values | fields))


def decision(command_id: str, *drafts: Draft, **fields: Any) -> Decision:
    """A decision with these drafts; its content is its key, unless `content` says otherwise."""
    content = fields.pop("content", command_id)
    values: dict[str, Any] = {
        "digest": sha256(content.encode()).digest(),
        "answer": b'{"seats":5}',
        "account": "acme",
    }
    return Decision(command_id, drafts=drafts, **(values | fields))


def one(command_id: str, stream: str = "account/acme", **fields: Any) -> Decision:
    """A decision with a single fact on a stream, and whatever the decision is given besides."""
    own = {"expected", "people", "forgets", "content", "answer"}
    outer = {name: value for name, value in fields.items() if name in own}
    inner = {name: value for name, value in fields.items() if name not in own}
    return decision(command_id, draft(command_id, stream, **inner), **outer)


def person(person_id: str, email: str, **fields: Any) -> PersonRow:
    """A person's first revision, in the account acme."""
    values: dict[str, Any] = {"account": "acme", "revision": 1, "name": None}
    values |= {"person": person_id, "address_key": address_key(email), "email": email}
    return PersonRow(**(values | fields))


def number_given(command_id: str, **fields: Any) -> Draft:
    """A draft that takes the next number of a series of invoices."""
    claims = (Claim("invoice_number", "EV-2026-{sequence:06d}"),)
    values: dict[str, Any] = {"claims": claims, "never_back": True, "public": False}
    return draft(command_id, "invoices/EV-2026", **(values | fields))
