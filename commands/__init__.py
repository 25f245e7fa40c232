"""The write side: commands, and the pure decisions that answer them with facts."""
