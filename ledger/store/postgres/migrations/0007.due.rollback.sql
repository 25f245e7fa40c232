drop table if exists views.due;
