"""From a request to an intent: body, headers and parameters, each in its place (DESIGN 6)."""

import re
from datetime import datetime
from typing import Any

import etag
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from starlette.datastructures import Headers

from commands.decision import Email
from ledger.api.errors import Problem
from ledger.codec.strict_json import Malformed, parse_object
from ledger.writer import SELLER, Intent

NEVER = -1
"""An account's version that there is never: what an entity tag that is not ours asks for."""

ENVELOPE = ("command_id", "at", "actor", "dry_run", "if_match")
"""What a line in bulk may hold beside the command's name and its fields."""

SINGLE = ("Seatledger-Actor", "Idempotency-Key", "If-Match", "Content-Type")
"""The headers of which a command has one at most: of two, nobody knows which one counts."""

_KEY = re.compile(r'"(?P<quoted>[^"\\]{1,200})"|(?P<plain>[^"\\\s]{1,200})')
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def check_headers(headers: Headers) -> None:
    """`Problem` for a header that says two things, and for a body that is coded."""
    for name in SINGLE:
        if len(headers.getlist(name)) > 1:
            raise Problem("request.invalid", f"{name}: is given twice.")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem("request.media_type", "A body is sent without a content encoding.")


def read_body(content: bytes, content_type: str | None) -> dict[str, Any]:
    """The JSON object of a body; `Problem` where it is something else."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem("request.media_type", "A command is sent as application/json.")
    try:
        return parse_object(content)
    except Malformed as malformed:
        raise Problem("request.malformed", str(malformed)) from None


def read_actor(given: str | None) -> str:
    """Who acts: a person's address or `seller`; `Problem` for anybody else.

    The ledger's own due work (`system`) is never an actor from outside.
    """
    name = "Seatledger-Actor"
    if given is None or not given.strip():
        raise Problem("request.invalid", f"{name}: give a person's address, or seller.")
    if given.strip() == SELLER:
        return SELLER
    try:
        return _EMAIL.validate_python(_text(given).strip(), strict=True)
    except (UnicodeError, ValidationError):
        raise Problem("request.invalid", f"{name}: neither an address nor seller.") from None


def read_key(given: str | None) -> str | None:
    """The command id of an `Idempotency-Key`, which may stand in quotes."""
    if given is None:
        return None
    try:
        match = _KEY.fullmatch(_text(given).strip())
    except UnicodeError:
        match = None
    if match is None:
        raise Problem("request.invalid", "Idempotency-Key: 1 to 200 printable characters.")
    return match["quoted"] or match["plain"]


def read_version(given: str | None) -> int | None:
    """The account's version that an `If-Match` asks for; None where any will do."""
    if given is None or etag.is_wildcard(given):
        return None
    try:
        tags = etag.parse(given)
    except ValueError:
        raise Problem("request.invalid", "If-Match: not an entity tag.") from None
    if len(tags) != 1:
        raise Problem("request.invalid", "If-Match: give one entity tag, the account's.")
    tag, weak = tags[0]
    return int(tag) if not weak and tag.isdecimal() and len(tag) < 19 else NEVER


def intent_of_line(line: dict[str, Any], actor: str) -> Intent:
    """The intent of a line in bulk: name, fields, and the envelope beside them."""
    fields = dict(line)
    name = fields.pop("command", None)
    if not isinstance(name, str):
        raise Problem("request.malformed", "command: a line names its command.")
    given = {part: fields.pop(part) for part in ENVELOPE if part in fields}
    dry_run = given.get("dry_run", False)
    if_match = given.get("if_match")
    if not isinstance(dry_run, bool):
        raise Problem("request.invalid", "dry_run: true or false.")
    if if_match is not None and type(if_match) is not int:
        raise Problem("request.invalid", "if_match: the account's version, a whole number.")
    if "actor" in given and not isinstance(given["actor"], str):
        raise Problem("request.invalid", "actor: a person's address, or seller.")
    for part in ("command_id", "at"):
        if part in given:
            fields[part] = given[part]
    return Intent(
        name=name,
        fields=fields,
        actor=read_actor(_as_header(given["actor"])) if "actor" in given else actor,
        dry_run=dry_run,
        if_match=if_match,
    )


def _text(header: str) -> str:
    """A header's text: its bytes come read as Latin-1, and are UTF-8. Raises `UnicodeError`."""
    return header.encode("latin-1").decode()


def _as_header(text: str) -> str:
    return text.encode().decode("latin-1")
