drop table if exists log.attempts;
drop table if exists log.people;
drop table if exists log.commands;
drop table if exists log.claims;
drop table if exists log.events;
