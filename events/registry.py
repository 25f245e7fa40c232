"""The closed set of facts: which class a stored name and version stand for, and where they go.

A name that is not here is no fact of this ledger. Older versions of a fact are brought to the
newest by `events.upcasts` before a class reads them.
"""

from collections.abc import Iterator
from types import ModuleType

from events import (
    accounts,
    catalogue,
    charges,
    credit,
    invoices,
    orders,
    payments,
    seats,
    subscriptions,
)
from events.fact import Fact
from events.invoices import NumberGiven

_MODULES = (
    accounts, catalogue, charges, credit, invoices, orders, payments, seats, subscriptions,
)  # fmt: skip


class UnknownFact(LookupError):
    """A stored name, or a version of it, that this code does not know."""


def _facts_of(module: ModuleType) -> Iterator[type[Fact]]:
    """The facts that a module defines, in their order there."""
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Fact) and "NAME" in vars(value):
            yield value


FACTS: dict[str, type[Fact]] = {
    fact.NAME: fact for module in _MODULES for fact in _facts_of(module)
}
"""The class of each fact, of its newest version, by its stored name."""


def fact_class(name: str) -> type[Fact]:
    """The class of the fact of that stored name; UnknownFact where there is none."""
    try:
        return FACTS[name]
    except KeyError:
        raise UnknownFact(f"no fact is called {name!r}") from None


def stream_of(fact: Fact, account: str) -> str:
    """The stream that a fact of a decision belongs to (DESIGN 2).

    A number goes to its series, what a seller offers to its catalogue, all else to the account.
    """
    if isinstance(fact, NumberGiven):
        return series_stream(fact.series)
    if type(fact).__module__ == catalogue.__name__:
        return catalogue_stream(str(getattr(fact, "catalogue", "")))
    return f"account/{account}"


def series_stream(series: str) -> str:
    """The stream of a series of invoices."""
    return f"invoices/{series}"


def catalogue_stream(name: str) -> str:
    """The stream of a catalogue."""
    return f"catalogue/{name}"
