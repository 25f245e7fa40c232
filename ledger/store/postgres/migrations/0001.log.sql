-- The log and its tables of record (DESIGN 2 and 3). Rows are added, never changed; only `people`
-- loses rows. The envelope may be null for rows without one; our append never leaves it so.

create table if not exists log.events (
    position bigint not null,
    stream text collate "C" not null,
    sequence bigint not null,
    topic text collate "C" not null,
    version integer,
    id uuid,
    account text collate "C",
    subscription text collate "C",
    account_sequence bigint,
    effective_at timestamptz,
    effective_on date,
    recorded_at timestamptz not null,
    actor bytea,
    command_id text collate "C",
    correlation_id text collate "C",
    causation_id text collate "C",
    command bytea,
    state bytea not null,
    public boolean,
    leaf bytea not null,
    chain bytea not null,
    constraint events_pkey primary key (position),
    constraint events_stream_sequence_key unique (stream, sequence),
    constraint events_position_check check (position > 0),
    constraint events_seal_check check (length(leaf) = 32 and length(chain) = 32)
);

create unique index if not exists events_account_sequence_key
on log.events (account, account_sequence)
where account_sequence is not null;

create index if not exists events_recorded_at_idx on log.events (recorded_at, position);

create index if not exists events_command_id_idx on log.events (command_id, position);

create table if not exists log.claims (
    kind text collate "C" not null,
    value text collate "C" not null,
    account text collate "C",
    subject text collate "C",
    stream text collate "C" not null,
    position bigint not null,
    constraint claims_pkey primary key (kind, value)
);

create table if not exists log.commands (
    command_id text collate "C" not null,
    digest bytea not null,
    answer bytea not null,
    account text collate "C",
    first_position bigint,
    last_position bigint,
    recorded_at timestamptz not null,
    constraint commands_pkey primary key (command_id)
);

create table if not exists log.people (
    account text collate "C" not null,
    person text collate "C" not null,
    revision integer not null,
    address_key text collate "C" not null,
    email text not null,
    name text,
    constraint people_pkey primary key (account, person, revision),
    constraint people_address_key unique (account, address_key, revision)
);

create table if not exists log.attempts (
    id bigint generated always as identity,
    at timestamptz not null,
    account text collate "C",
    actor bytea not null,
    command bytea not null,
    code text,
    parameters bytea not null,
    position bigint not null,
    constraint attempts_pkey primary key (id)
);

create index if not exists attempts_account_idx on log.attempts (account, id);
