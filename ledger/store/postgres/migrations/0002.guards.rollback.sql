drop trigger if exists people_never_change on log.people;
drop trigger if exists attempts_never_change on log.attempts;
drop trigger if exists commands_never_change on log.commands;
drop trigger if exists claims_never_change on log.claims;
drop trigger if exists events_never_change on log.events;
drop function if exists log.refuse_change();
