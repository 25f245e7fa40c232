"""The read side: pure folds of the facts into rows."""
