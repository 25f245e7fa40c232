-- The days on which accounts may have due work, found by their first day.
-- depends: 0006.mailing

create table if not exists views.due (like views.accounts including all);

create index if not exists due_first_day_idx
on views.due (((data -> 'days' ->> 0) collate "C"), account);
