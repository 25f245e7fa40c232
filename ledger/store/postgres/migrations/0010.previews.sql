-- A dry run has an id, and what it showed is kept, so that it can be cited.
-- depends: 0009.payments

alter table log.attempts add column if not exists preview_id uuid;

alter table log.attempts add column if not exists preview bytea;

create unique index if not exists attempts_preview_idx
on log.attempts (preview_id) where preview_id is not null;
