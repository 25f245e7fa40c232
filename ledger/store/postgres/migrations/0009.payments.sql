-- Payments, and of every document what paid it and what came of it.
-- depends: 0008.credit_lots

create table if not exists views.payments (like views.accounts including all);

create table if not exists views.settlements (like views.accounts including all);
