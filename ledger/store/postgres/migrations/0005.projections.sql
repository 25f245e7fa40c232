-- The rows of the projections: one table a kind of row, all of one shape, and how far each
-- projection has come. They can be made anew from the log.
-- depends: 0004.snapshots

create table if not exists views.checkpoints (
    projection text collate "C" not null,
    version integer not null,
    position bigint not null,
    constraint checkpoints_pkey primary key (projection)
);

create table if not exists views.accounts (
    key text collate "C" not null,
    account text collate "C",
    subscription text collate "C",
    position bigint not null,
    data jsonb not null,
    constraint accounts_pkey primary key (key)
);

create index if not exists accounts_position_idx
on views.accounts (position, key);

create index if not exists accounts_account_idx
on views.accounts (account, position, key);

create index if not exists accounts_subscription_idx
on views.accounts (subscription, position, key) where subscription is not null;

create table if not exists views.plans (like views.accounts including all);

create table if not exists views.plan_versions (like views.accounts including all);

create table if not exists views.subscriptions (like views.accounts including all);

create table if not exists views.subscription_seats (like views.accounts including all);

create table if not exists views.seats (like views.accounts including all);

create table if not exists views.seats_waiting (like views.accounts including all);

create table if not exists views.orders (like views.accounts including all);

create table if not exists views.carts (like views.accounts including all);

create table if not exists views.charges (like views.accounts including all);

create table if not exists views.invoices (like views.accounts including all);

create table if not exists views.invoice_numbers (like views.accounts including all);

create table if not exists views.credit (like views.accounts including all);

create table if not exists views.renewals (like views.accounts including all);

create table if not exists views.renewal_outlooks (like views.accounts including all);

create table if not exists views.renewals_waiting (like views.accounts including all);
