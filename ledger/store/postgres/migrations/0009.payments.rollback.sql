drop table if exists views.settlements;

drop table if exists views.payments;
