"""Crashes of real processes: what was acknowledged is in the log, exactly once."""
