-- The lots of credit, used up or not, and what each of them paid.
-- depends: 0007.due

create table if not exists views.credit_lots (like views.accounts including all);
