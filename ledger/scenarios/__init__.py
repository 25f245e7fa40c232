"""Whole histories: scenario files, the demo, and the arithmetic by itself."""
