"""From which lines of earlier documents a charge takes back, and by how much of each.

What waits for its statement is told with the charge, and its line has it from there.
"""

from collections.abc import Iterator, Sequence

from commands.state.account import AccountState
from events.charges import Charge, Charged, Reversal, TakenFrom
from events.money import Money, allocate
from events.reversals import spread, without_source


def will_take(state: AccountState, charge: Charge) -> tuple[TakenFrom, ...]:
    """The lines of earlier documents that a charge takes back from, whose statement will come."""
    return tuple(found for back in charge.reverses for found in _sources(state, back))


def sources_of_part(state: AccountState, charge: Charge, amount: Money) -> tuple[TakenFrom, ...]:
    """The lines of earlier documents that a line of this charge and amount takes back from.

    None where it takes back what its own statement holds: earlier ones have notes for their part.
    """
    if isinstance(charge, Charged) and charge.back is not None:
        return ()
    if isinstance(charge, Charged) and charge.takes:
        return _waited_for(state, charge, amount)
    return tuple(
        found for back in _taken_by(state, charge, amount) for found in _sources(state, back)
    )


def taken_before(state: AccountState, charge: Charge, billed: Money) -> Iterator[TakenFrom]:
    """The lines of earlier documents that took back from a charge before it is billed here."""
    own = state.books.charges[charge.charge]
    rest = billed.minor
    for name in own.reversed_by:
        taker = state.books.charges[name]
        for invoice, line in taker.places if taker.back == "time" else ():
            found = state.books.invoices[invoice]
            taking = found.document.lines[line - 1]
            minor = min(without_source(taking, found.taken), rest)
            if minor > 0:
                rest -= minor
                amount = Money(minor, state.currency)
                yield TakenFrom(invoice=invoice, line=line, amount=amount)


def _waited_for(state: AccountState, charge: Charged, amount: Money) -> tuple[TakenFrom, ...]:
    """What a line has of the sources of its charge; the lines of a split charge have them all."""
    parts = [one.amount.minor for one in charge.takes]
    shares = _shares(state, charge, amount, [*parts, -charge.net.minor - sum(parts)])
    return tuple(
        source.model_copy(update={"amount": Money(minor, state.currency)})
        for source, minor in zip(charge.takes, shares, strict=False)
        if minor
    )


def _taken_by(state: AccountState, charge: Charge, amount: Money) -> Iterator[Reversal]:
    """What a line takes back of each charge; the lines of a split charge together take all."""
    shares = _shares(state, charge, amount, [one.amount.minor for one in charge.reverses])
    for one, minor in zip(charge.reverses, shares, strict=True):
        yield Reversal(charge=one.charge, amount=Money(minor, amount.currency))


def _shares(
    state: AccountState, charge: Charge, amount: Money, parts: Sequence[int]
) -> Iterator[int]:
    """Of each part that a charge takes back, what its line of this amount has of it."""
    before = -sum(
        state.books.invoices[name].document.lines[line - 1].amount.minor
        for name, line in state.books.charges[charge.charge].places
    )
    upto, had = allocate(before - amount.minor, parts), allocate(before, parts)
    for now, then in zip(upto, had, strict=True):
        yield now - then


def _sources(state: AccountState, back: Reversal) -> Iterator[TakenFrom]:
    """The lines of earlier documents from which a part of a charge is taken back.

    What no document holds yet of the charge bears its own part.
    """
    charge = state.books.charges[back.charge]
    places = [(state.books.invoices[name], line) for name, line in charge.places]
    amounts = [invoice.document.lines[line - 1].amount.minor for invoice, line in places]
    left = [invoice.left[line - 1] for invoice, line in places]
    rest = max(charge.net.minor - sum(amounts), 0)
    *parts, _ = spread(back.amount.minor, [*amounts, rest], [*left, rest])
    for (name, line), minor in zip(charge.places, parts, strict=True):
        if minor:
            yield TakenFrom(invoice=name, line=line, amount=Money(minor, state.currency))
