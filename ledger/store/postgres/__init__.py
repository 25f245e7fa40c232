"""The store in PostgreSQL: everything in it that knows SQL."""
