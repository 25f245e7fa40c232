drop index if exists log.attempts_preview_idx;

alter table log.attempts drop column if exists preview;

alter table log.attempts drop column if exists preview_id;
