-- The log as people with SQL read it: facts, actors and commands as jsonb.
-- depends: 0001.log

create or replace function log.as_json(stored bytea) returns jsonb
language plpgsql
immutable
strict
parallel safe
as $$
begin
    return pg_catalog.convert_from(stored, 'UTF8')::jsonb;
exception when others then
    return null;
end
$$;

create or replace view log.facts as
select
    position,
    stream,
    sequence,
    topic as type,
    version,
    id,
    account,
    subscription,
    account_sequence,
    effective_at,
    effective_on,
    recorded_at,
    command_id,
    correlation_id,
    causation_id,
    public,
    log.as_json(actor) as actor,
    log.as_json(command) as command,
    log.as_json(state) as data
from log.events;
