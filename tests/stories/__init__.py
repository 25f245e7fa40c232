"""Whole histories of the five vendors and of the rules that hold for all of them."""
