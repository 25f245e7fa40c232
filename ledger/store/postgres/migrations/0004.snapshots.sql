-- Folded states, each at a version of its account's stream; lost without harm, so among the views.
-- The topic is the version of the state's own shape.

create table if not exists views.snapshots (
    stream text collate "C" not null,
    version bigint not null,
    topic text collate "C" not null,
    state bytea not null,
    constraint snapshots_pkey primary key (stream, version)
);
