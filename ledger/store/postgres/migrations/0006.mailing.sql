-- The letters to people: which the log has called for, and what became of each. A rebuild of the
-- views leaves these tables alone, so that no letter is written twice. They hold no address.
-- depends: 0005.projections

create table if not exists views.mail_progress (
    only_row boolean not null default true,
    position bigint not null,
    constraint mail_progress_pkey primary key (only_row),
    constraint mail_progress_one check (only_row)
);

create table if not exists views.mail_letters (
    message_id text collate "C" not null,
    event uuid not null,
    position bigint not null,
    kind text collate "C" not null,
    account text collate "C" not null,
    person text collate "C",
    written_at timestamptz not null,
    status text collate "C" not null default 'waiting',
    tries bigint not null default 0,
    next_try_at timestamptz not null,
    settled_at timestamptz,
    reason text collate "C",
    constraint mail_letters_pkey primary key (message_id)
);

create index if not exists mail_letters_waiting_idx
on views.mail_letters (next_try_at) where status = 'waiting';
