"""What a process opens: the ledger on its database, an embedded PostgreSQL."""
