"""Every command there is: importing this module registers them all."""

from commands import (
    accounts,
    activations,
    applications,
    buying,
    carts,
    catalogue,
    credit_notes,
    orders,
    payments,
    people,
    product_keys,
    renewals,
    seat_endings,
    seats,
    statements,
    subscriptions,
    trials,
)
from commands.decision import COMMANDS, Command, Entry, decide

__all__ = ["COMMANDS", "MODULES", "Command", "Entry", "decide"]

MODULES = (
    accounts,
    activations,
    applications,
    buying,
    carts,
    catalogue,
    credit_notes,
    orders,
    payments,
    people,
    product_keys,
    renewals,
    seat_endings,
    seats,
    statements,
    subscriptions,
    trials,
)
"""The modules that hold commands beside their decisions."""
