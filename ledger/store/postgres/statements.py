"""The SQL of the store, written for the schemas `log` and `views` (see `schemas.py`).

Nothing here changes a row of the log: SELECT and INSERT, and DELETE in `people` alone. Whatever a
batch looks up or writes goes in arrays, so that a batch costs as many statements as one decision.
Arrays are looked up one entry at a time by an index (`lateral … limit`), never joined as a whole:
what an append costs does not grow with the log, whatever the planner believes of its size.
"""

EVENT_COLUMNS = """id, stream, sequence, position, topic, version, account, subscription,
    account_sequence, effective_at, effective_on, recorded_at, actor, command_id, correlation_id,
    causation_id, command, state, public"""

EVENT_TYPES = (
    "uuid", "text", "bigint", "bigint", "text", "integer", "text", "text",
    "bigint", "timestamptz", "date", "timestamptz", "bytea", "text", "text",
    "text", "bytea", "bytea", "boolean",
)  # fmt: skip

SEALED_COLUMNS = f"{EVENT_COLUMNS}, leaf, chain"
SEALED_TYPES = (*EVENT_TYPES, "bytea", "bytea")

CLAIM_COLUMNS = "kind, value, account, subject, stream, position"
CLAIM_TYPES = ("text", "text", "text", "text", "text", "bigint")

KEY_COLUMNS = "command_id, digest, answer, account, first_position, last_position, recorded_at"
KEY_TYPES = ("text", "bytea", "bytea", "text", "bigint", "bigint", "timestamptz")

PERSON_COLUMNS = "account, person, revision, address_key, email, name"
PERSON_TYPES = ("text", "text", "integer", "text", "text", "text")

ATTEMPT_COLUMNS = "at, account, actor, command, code, parameters, position, preview_id, preview"


def _insert(table: str, columns: str, types: tuple[str, ...]) -> str:
    arrays = ", ".join(f"%s::{name}[]" for name in types)
    return f"insert into {table} ({columns}) select * from unnest({arrays})"  # noqa: S608


LOCK = "select pg_advisory_xact_lock(%s)"

LOG_END = "select position, recorded_at, chain from log.events order by position desc limit 1"

STREAM_ENDS = """
select wanted.stream, last.sequence, last.effective_on
from unnest(%s::text[]) as wanted (stream)
cross join lateral (
    select sequence, effective_on from log.events
    where events.stream = wanted.stream collate "C"
    order by sequence desc limit 1
) as last"""

ACCOUNT_ENDS = """
select wanted.account, last.account_sequence
from unnest(%s::text[]) as wanted (account)
cross join lateral (
    select account_sequence from log.events
    where events.account = wanted.account collate "C" and account_sequence is not null
    order by account_sequence desc limit 1
) as last"""

KEYS = f"""
select found.* from unnest(%s::text[]) as wanted (command_id)
cross join lateral (
    select {KEY_COLUMNS} from log.commands
    where commands.command_id = wanted.command_id collate "C" limit 1
) as found"""  # noqa: S608

CLAIMS = f"""
select found.* from unnest(%s::text[], %s::text[]) as wanted (kind, value)
cross join lateral (
    select {CLAIM_COLUMNS} from log.claims
    where claims.kind = wanted.kind collate "C" and claims.value = wanted.value collate "C" limit 1
) as found"""  # noqa: S608

PEOPLE_BY_ID = f"""
select found.* from unnest(%s::text[], %s::text[]) as wanted (account, person)
cross join lateral (
    select {PERSON_COLUMNS} from log.people
    where people.account = wanted.account collate "C"
    and people.person = wanted.person collate "C"
    order by revision desc limit 1
) as found"""  # noqa: S608

PEOPLE_BY_ADDRESS = f"""
select found.* from unnest(%s::text[], %s::text[]) as wanted (account, address_key)
cross join lateral (
    select {PERSON_COLUMNS} from log.people
    where people.account = wanted.account collate "C"
    and people.address_key = wanted.address_key collate "C"
    order by revision desc limit 1
) as found"""  # noqa: S608

INSERT_EVENTS = _insert("log.events", SEALED_COLUMNS, SEALED_TYPES)
INSERT_CLAIMS = _insert("log.claims", CLAIM_COLUMNS, CLAIM_TYPES)
INSERT_KEYS = _insert("log.commands", KEY_COLUMNS, KEY_TYPES)
INSERT_PEOPLE = _insert("log.people", PERSON_COLUMNS, PERSON_TYPES)

FORGET = """
delete from log.people
where (account, person) in (select * from unnest(%s::text[], %s::text[]))"""

READ_STREAM = f"""
select {EVENT_COLUMNS} from log.events
where stream = %s and sequence > %s and position <= %s
order by sequence limit %s"""  # noqa: S608

READ_LOG = f"""
select {EVENT_COLUMNS} from log.events
where position > %s and position <= %s order by position limit %s"""  # noqa: S608

READ_SEALED = f"""
select {SEALED_COLUMNS} from log.events
where position > %s order by position limit %s"""  # noqa: S608

READ_COMMAND = f"""
select {EVENT_COLUMNS} from log.events where command_id = %s order by position"""  # noqa: S608

HEAD = "select max(position) from log.events"

STREAM_VERSION = "select max(sequence) from log.events where stream = %s"

STREAMS = """
select stream from log.events where stream >= %s and stream < %s and sequence = 1
order by position"""

POSITION_AT = """
select position from log.events where recorded_at <= %s
order by recorded_at desc, position desc limit 1"""

PEOPLE_OF = f"""
select distinct on (person) {PERSON_COLUMNS} from log.people
where account = %s order by person, revision desc"""  # noqa: S608

INSERT_ATTEMPT = f"""
insert into log.attempts ({ATTEMPT_COLUMNS})
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""  # noqa: S608

READ_ATTEMPTS = f"""
select {ATTEMPT_COLUMNS} from log.attempts
where account is not distinct from %s order by id"""  # noqa: S608

READ_PREVIEW = f"""
select {ATTEMPT_COLUMNS} from log.attempts where preview_id = %s"""  # noqa: S608

READ_SNAPSHOT = """
select version, state from views.snapshots
where stream = %s and topic = %s
and version <= (select max(sequence) from log.events where events.stream = snapshots.stream)
order by version desc limit 1"""

SAVE_SNAPSHOT = """
insert into views.snapshots (stream, version, topic, state) values (%s, %s, %s, %s)
on conflict (stream, version) do update set topic = excluded.topic, state = excluded.state"""

DROP_SNAPSHOTS = "delete from views.snapshots where stream = %s and topic = %s and version < %s"

SELECT_SNAPSHOTS = """
select stream, version, topic, state from views.snapshots
where stream = %s and version > %s and version <= %s
order by version limit %s"""

SELECT_SNAPSHOTS_DESCENDING = """
select stream, version, topic, state from views.snapshots
where stream = %s and version > %s and version <= %s
order by version desc limit %s"""

INSERT_SNAPSHOTS = """
insert into views.snapshots (stream, version, topic, state)
select * from unnest(%s::text[], %s::bigint[], %s::text[], %s::bytea[])"""

INSERT_PLAIN = """
insert into log.events (position, stream, sequence, topic, state, leaf, chain, recorded_at)
select position, stream, sequence, topic, state, leaf, chain, %s
from unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::bytea[], %s::bytea[],
    %s::bytea[])
as fresh (position, stream, sequence, topic, state, leaf, chain)"""

SELECT_PLAIN = """
select stream, sequence, topic, state from log.events
where stream = %s and sequence > %s and sequence <= %s
order by sequence limit %s"""

SELECT_PLAIN_DESCENDING = """
select stream, sequence, topic, state from log.events
where stream = %s and sequence > %s and sequence <= %s
order by sequence desc limit %s"""

SELECT_PLAIN_LOG = """
select position, stream, sequence, topic, state from log.events
where position > %s and position <= %s and (%s::text[] is null or topic = any(%s::text[]))
order by position limit %s"""
