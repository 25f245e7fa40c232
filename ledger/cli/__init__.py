"""The command line (DESIGN 6): `seatledger`, or `python -m ledger`.

For: asking and telling. Not for: decisions, which the service takes. Whatever is slow to import is
imported inside the command that needs it, so that `--help` answers at once.
"""
