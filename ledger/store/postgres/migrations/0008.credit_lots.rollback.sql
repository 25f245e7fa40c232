drop table if exists views.credit_lots;
