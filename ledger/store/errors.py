"""What may go wrong with a store, beside the verdicts of its decisions."""


class StoreError(Exception):
    """The store could not do what was asked."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, is too busy, or is out of room: try again with the same key.

    Nothing that was acknowledged is lost; whether an append that ends so has happened is told by
    its command's key.
    """


class StoreNotMigrated(StoreError):
    """The database lacks the tables of this version: run the migrations first."""


class SequenceTaken(StoreError):
    """Two events would share one place in a stream; only plain rows, without a decision, can."""
