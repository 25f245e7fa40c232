"""What is left of a document's lines once notes and later documents took back from them.

Arithmetic on the lines as issued, without prices or rules (CONTRACT 5.15): the write side and the
projections each keep a `LinesTaken` a document and ask the same questions of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from events.charges import TakenFrom
from events.invoices import CreditNoteIssued, DocumentLine, InvoiceIssued
from events.money import Money, allocate


@dataclass(frozen=True, slots=True)
class LinesTaken:
    """What has been taken of a document's lines so far, in minor units, line by line.

    `noted` is what credit notes took, with the sign of the line; `taken` what lines of other
    documents took, or will take by their statement, never below zero; `waiting` is of that what no
    document holds yet: the charge that takes, the line (from 1) and the amount. `sources` say from
    which earlier lines those that take back (from 1) have what notes did not give back.
    """

    noted: tuple[int, ...]
    taken: tuple[int, ...]
    sources: tuple[tuple[int, TakenFrom], ...] = ()
    waiting: tuple[tuple[str, int, int], ...] = ()


def nothing_taken(lines: Sequence[DocumentLine]) -> LinesTaken:
    """A document as issued."""
    zeros = (0,) * len(lines)
    sources = ((line.line, source) for line in lines for source in sources_of(line))
    return LinesTaken(zeros, zeros, tuple(sources))


def left_of_lines(lines: Sequence[DocumentLine], so_far: LinesTaken) -> tuple[int, ...]:
    """What notes can still take of each line, with the sign of the line (CONTRACT 5.15).

    Of a line that takes back, what later documents took from the same document is not given back
    until they are credited; the first such line waits for it first.
    """
    waiting = sum(so_far.taken)
    left: list[int] = []
    for line, noted, taken in zip(lines, so_far.noted, so_far.taken, strict=True):
        rest = line.amount.minor - noted
        if rest >= 0:
            left.append(max(rest - taken, 0))
        else:
            held = min(-rest, waiting)
            waiting -= held
            left.append(rest + held)
    return tuple(left)


def with_note(so_far: LinesTaken, line: int, minor: int) -> LinesTaken:
    """The same after a note took so much of a line (from 1), with the line's sign."""
    return replace(so_far, noted=_changed(so_far.noted, line, minor))


def with_taking(so_far: LinesTaken, line: int, minor: int) -> LinesTaken:
    """The same after a later document took so much of a line, or below zero gave it back."""
    return replace(so_far, taken=_changed(so_far.taken, line, minor))


def with_waiting(so_far: LinesTaken, source: TakenFrom, charge: str) -> LinesTaken:
    """The same after a charge took from a line, whose statement will come."""
    waiting = (*so_far.waiting, (charge, source.line, source.amount.minor))
    return replace(with_taking(so_far, source.line, source.amount.minor), waiting=waiting)


def with_billed(so_far: LinesTaken, source: TakenFrom, charge: str) -> LinesTaken:
    """The same after a document took from a line by a charge, which may have waited for it."""
    own, minor = (charge, source.line), source.amount.minor
    waited = sum(entry[2] for entry in so_far.waiting if entry[:2] == own)
    now = min(waited, minor)
    waiting = tuple(entry for entry in so_far.waiting if entry[:2] != own)
    if waited > now:
        waiting = (*waiting, (*own, waited - now))
    return replace(with_taking(so_far, source.line, minor - now), waiting=waiting)


def _changed(amounts: tuple[int, ...], line: int, minor: int) -> tuple[int, ...]:
    return (*amounts[: line - 1], amounts[line - 1] + minor, *amounts[line:])


def with_source(so_far: LinesTaken, line: int, source: TakenFrom) -> LinesTaken:
    """The same after what a line took back from was billed."""
    return replace(so_far, sources=(*so_far.sources, (line, source)))


def sources_of(line: DocumentLine) -> tuple[TakenFrom, ...]:
    """The lines of earlier documents that a line takes back from as issued, with their parts.

    Documents of before contract 2 name one line, by `corrects`.
    """
    if line.takes or line.corrects is None or line.amount.minor >= 0:
        return line.takes
    whole = TakenFrom(invoice=line.corrects.invoice, line=line.corrects.line, amount=-line.amount)
    return (whole,)


def without_source(line: DocumentLine, so_far: LinesTaken) -> int:
    """What a line takes back, and notes did not give back, of what was on no earlier document."""
    placed = sum(one.amount.minor for number, one in so_far.sources if number == line.line)
    return so_far.noted[line.line - 1] - line.amount.minor - placed


def given_back(
    line: DocumentLine, minor: int, so_far: LinesTaken
) -> Sequence[tuple[TakenFrom, int]]:
    """To which earlier lines a note on a line that takes back returns `minor`.

    In proportion to what it still takes from each, so that all of it returns with the last note.
    """
    sources = [source for number, source in so_far.sources if number == line.line]
    if not sources or not minor:
        return ()
    # What was taken on the same document has no source, and keeps its own part.
    parts = [*(source.amount.minor for source in sources), without_source(line, so_far)]
    shares = allocate(minor, parts)
    return [(part, share) for part, share in zip(sources, shares, strict=False) if share]


def after_giving_back(
    line: DocumentLine, minor: int, so_far: LinesTaken
) -> tuple[LinesTaken, Sequence[tuple[TakenFrom, int]]]:
    """A document's lines after a note gave back `minor` on one, and to which earlier lines."""
    returned = given_back(line, minor, so_far)
    less = {(part.invoice, part.line): share for part, share in returned}
    sources: list[tuple[int, TakenFrom]] = []
    for number, source in so_far.sources:
        share = less.pop((source.invoice, source.line), 0) if number == line.line else 0
        rest = source.amount - Money(share, source.amount.currency)
        if rest.minor:
            sources.append((number, source.model_copy(update={"amount": rest})))
    return with_note(replace(so_far, sources=tuple(sources)), line.line, -minor), returned


def after_note(
    document: InvoiceIssued, so_far: LinesTaken, note: CreditNoteIssued
) -> tuple[LinesTaken, list[tuple[TakenFrom, int]]]:
    """A document's lines after a credit note, and what it returns to lines of earlier documents.

    ValueError where a line of the note corrects none.
    """
    returned: list[tuple[TakenFrom, int]] = []
    for line in note.lines:
        if line.corrects is None:
            raise ValueError(f"line {line.line} of {note.invoice} corrects no line")
        number = line.corrects.line
        own = document.lines[number - 1]
        if own.amount.minor < 0:
            so_far, back = after_giving_back(own, line.amount.minor, so_far)
            returned.extend(back)
        else:
            so_far = with_note(so_far, number, -line.amount.minor)
    if note.settle is None:
        # Of before contract 2: it took all that was left, what credit had carried over included.
        left = left_of_lines(document.lines, so_far)
        noted = (done + rest for done, rest in zip(so_far.noted, left, strict=True))
        so_far = replace(so_far, noted=tuple(noted))
    return so_far, returned


def spread(amount: int, billed: Sequence[int], left: Sequence[int]) -> tuple[int, ...]:
    """An amount over places by what each billed, none more than is left there."""
    room = [max(rest, 0) for rest in left]
    amount = min(amount, sum(room))
    if not amount:
        return (0,) * len(billed)
    wanted = allocate(amount, [max(part, 0) for part in billed]) if any(billed) else room
    shares = [min(share, most) for share, most in zip(wanted, room, strict=True)]
    over = sum(wanted) - sum(shares)
    for index, most in enumerate(room):
        more = min(over, most - shares[index])
        shares[index] += more
        over -= more
    return tuple(shares)
