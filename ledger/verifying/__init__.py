"""The log checked whole: hashes, order, claims, keys, numbers, and the views that hang on it.

Reads one moment of a ledger, beside its writers, and changes nothing. What it finds are facts about
the tables, each with the position it is about; it never guesses who did it.
"""

from ledger.verifying.findings import CHECKS, Finding, Report
from ledger.verifying.source import DatabaseSource, Source, StoreSource
from ledger.verifying.walk import Kept, Progress, verify, verify_database

__all__ = [
    "CHECKS",
    "DatabaseSource",
    "Finding",
    "Kept",
    "Progress",
    "Report",
    "Source",
    "StoreSource",
    "verify",
    "verify_database",
]
