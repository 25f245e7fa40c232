drop view if exists log.facts;
drop function if exists log.as_json(bytea);
