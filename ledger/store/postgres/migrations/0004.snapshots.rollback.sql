drop table if exists views.snapshots;
