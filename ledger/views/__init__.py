"""The rows of the projections, fed from the log."""
