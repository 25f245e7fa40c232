"""The log and its tables of record: one contract, kept in memory and in PostgreSQL.

The store knows nothing of seats or money: it keeps bytes in order, gives numbers, and guards what
is unique. What the bytes mean is the mapper's.
"""
