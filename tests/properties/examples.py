"""How many histories `make check` tries of each world; `make soak` tries many more by seeds."""

import os

from hypothesis import Phase, settings

_WHAT_FAILS_IS_SHRUNK = bool(os.environ.get("SEATLEDGER_EXPLORE"))

few = settings(
    max_examples=4,
    phases=[phase for phase in Phase if phase is not Phase.shrink or _WHAT_FAILS_IS_SHRUNK],
)
"""Four of each world: 36 histories, 1,800 commands for each law.

A history that breaks a law is shrunk where SEATLEDGER_EXPLORE is set: it takes some five minutes
each, which `make check` has not.
"""
