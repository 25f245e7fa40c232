"""A decision in the making: facts so far, and the state that follows from them.

Local to one decision; what leaves it is the tuple of facts.
"""

from commands.decision import Policy
from commands.refusals import Facts
from commands.state.account import AccountState, evolve
from events.fact import Fact
from events.invoices import NumberGiven


class Work:
    """Collects facts and folds each at once, so that later steps see what earlier ones did."""

    def __init__(self, state: AccountState, policy: Policy) -> None:
        """Start from the account's state."""
        self.state = state
        self.policy = policy
        self._facts: list[Fact] = []

    def add(self, *facts: Fact) -> None:
        """Take facts in their order; the number of a document belongs to another stream."""
        for fact in facts:
            self._facts.append(fact)
            if not isinstance(fact, NumberGiven):
                self.state = evolve(self.state, fact, self.policy.at, self.policy.on)

    @property
    def facts(self) -> Facts:
        """All facts so far."""
        return tuple(self._facts)
