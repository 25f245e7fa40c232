"""Simulation: the real service on one thread, with a seeded clock, traffic and faults."""
