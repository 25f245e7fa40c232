"""How many histories `make check` tries of each world; `make soak` tries many more by seeds."""

from hypothesis import settings

few = settings(max_examples=4)
"""Four of each world: 32 histories, 1,600 commands for each law."""
