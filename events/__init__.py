"""The facts: what is written in the log, and the values inside a fact."""
