drop table if exists views.mail_letters;
drop table if exists views.mail_progress;
