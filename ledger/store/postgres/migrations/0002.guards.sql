-- The second line after the roles: not even the owner changes the tables of record by accident.
-- depends: 0001.log

create or replace function log.refuse_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    raise exception '% on %.%: what is recorded is never changed',
        tg_op, tg_table_schema, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

create or replace trigger events_never_change
before update or delete or truncate on log.events
for each statement execute function log.refuse_change();

create or replace trigger claims_never_change
before update or delete or truncate on log.claims
for each statement execute function log.refuse_change();

create or replace trigger commands_never_change
before update or delete or truncate on log.commands
for each statement execute function log.refuse_change();

create or replace trigger attempts_never_change
before update or delete or truncate on log.attempts
for each statement execute function log.refuse_change();

create or replace trigger people_never_change
before update or truncate on log.people
for each statement execute function log.refuse_change();
