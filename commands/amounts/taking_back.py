"""Taking back parts of charges: by notes on the lines that billed them, or on their statement.

CONTRACT 5.7 and 5.17: one note a document, oldest first; where a document's billing date moved,
what exceeds it is given back to the line that it took back from, its own note first.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from commands.accumulator import Work
from commands.amounts.charging import first_part, reversing_charge
from commands.amounts.notes import LineCredit, issue_note
from commands.state.books import InvoiceState, Unbilled, first_of_next_month
from commands.state.charges import ChargeState
from events.charges import Charge, Charged
from events.credit import CreditSource
from events.invoices import DocumentLine, TakingKind
from events.reversals import (
    LinesTaken,
    after_giving_back,
    left_of_lines,
    spread,
    with_taking,
)
from events.seat_numbers import SeatNumbers


@dataclass(frozen=True, slots=True)
class Back:
    """So much of a charge, net and in minor units, goes back for some of its seats.

    `is_time` says that the seats go on and only their unused time goes back.
    """

    charge: str
    minor: int
    seats: SeatNumbers
    is_time: bool


@dataclass(slots=True)
class _Notes:
    """The notes to issue: what each takes line by line, and which notes come before it.

    `lines` are those of their documents after what is given back.
    """

    takings: dict[str, list[LineCredit]] = field(default_factory=lambda: defaultdict(list))
    before: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lines: dict[str, LinesTaken] = field(default_factory=dict)


def take_back(work: Work, backs: Sequence[Back], source: CreditSource) -> None:
    """Take back parts of charges, as far as that much is left of the lines that billed them."""
    notes = _Notes()
    for back in backs:
        _place(work, notes, back)
    exceeded = set(notes.takings)
    while exceeded:
        name = max(exceeded, key=lambda name: _invoice(work, name).number)
        # What a document gives back may exceed the one that it goes back to.
        exceeded = exceeded - {name} | _give_back_beyond(work, notes, name)
    done: set[str] = set()
    for name in sorted(notes.takings, key=lambda name: _invoice(work, name).number):
        _issue(work, notes, name, source, done)


def _invoice(work: Work, name: str) -> InvoiceState:
    return work.state.books.invoices[name]


def _place(work: Work, notes: _Notes, back: Back) -> None:
    """Split what goes back over the lines and the statement that hold the charge."""
    books = work.state.books
    charge = books.charges[back.charge]
    waiting = min(_unbilled_of(work, charge), max(charge.left.minor, 0))
    lines = [(name, line, _invoice(work, name)) for name, line in charge.places]
    billed = [invoice.document.lines[line - 1].amount.minor for _, line, invoice in lines]
    left = [invoice.left[line - 1] for _, line, invoice in lines]
    *parts, on_statement = spread(back.minor, [*billed, waiting], [*left, waiting])
    for (name, line, _), minor in zip(lines, parts, strict=True):
        if minor:
            by: TakingKind = "time" if back.is_time else "removal"
            count = len(back.seats & charge.seats)
            notes.takings[name].append(LineCredit(line, minor, by, back.seats, count or None))
    if on_statement:
        _take_back_on_statement(work, charge, back, on_statement)


def _unbilled_of(work: Work, charge: ChargeState) -> int:
    """What of a charge waits for a statement, less what is taken back there already."""
    own = sum(
        part.amount.minor for part in work.state.books.unbilled if part.fact.charge == charge.charge
    )
    if not own:
        return 0
    taken = sum(
        reversal.amount.minor
        for part in work.state.books.unbilled
        for reversal in part.fact.reverses
        if reversal.charge == charge.charge
    )
    return max(own - taken, 0)


def _take_back_on_statement(work: Work, charge: ChargeState, back: Back, minor: int) -> None:
    """Take back on the statements that will hold the charge, on each by what it will bill."""
    held = [part for part in work.state.books.unbilled if part.fact.charge == charge.charge]
    billed = [(part, day, amount) for part in held for day, amount in _statements_of(part)]
    amounts = [amount for _, _, amount in billed]
    for (part, day, _), share in zip(billed, spread(minor, amounts, amounts), strict=True):
        if not share:
            continue
        priced = reversing_charge(
            work.policy, work.state, charge, back.seats, share, work.policy.on
        )
        work.add(
            Charged(
                **{name: getattr(priced, name) for name in Charge.model_fields},
                usable_on=work.policy.on,
                seats=back.seats & charge.seats,
                order=part.fact.order,
                statement_on=day,
                back="time" if back.is_time else "removal",
            )
        )


def _statements_of(part: Unbilled) -> list[tuple[date, int]]:
    """The statements that hold a part of a charge, each with its amount (MS-13)."""
    if not part.split or part.period.end <= part.statement_on:
        return [(part.statement_on, part.amount.minor)]
    first = first_part(part.fact, part.statement_on).minor
    following = first_of_next_month(part.statement_on)
    return [(part.statement_on, first), (following, part.amount.minor - first)]


def _give_back_beyond(work: Work, notes: _Notes, name: str) -> set[str]:
    """Have what exceeds a document given back to the lines that it took back from; to whose."""
    invoice = _invoice(work, name)
    takings = notes.takings[name]
    beyond = sum(part.minor for part in takings) - invoice.room
    model, given = takings[0], set[str]()
    for own in _lines_that_took(invoice, takings):
        so_far = notes.lines.get(name, invoice.taken)
        left = left_of_lines(invoice.document.lines, so_far)[own.line - 1]
        minor = min(beyond, -left)
        if minor <= 0:
            continue
        beyond -= minor
        takings.append(LineCredit(own.line, -minor, model.by, model.seats, model.quantity))
        notes.lines[name], returned = after_giving_back(own, minor, so_far)
        for part, back in returned:
            minor -= back
            earlier = LineCredit(part.line, back, model.by, model.seats, model.quantity)
            notes.takings[part.invoice].append(earlier)
            notes.before[part.invoice].append(name)
            taken = notes.lines.get(part.invoice, _invoice(work, part.invoice).taken)
            notes.lines[part.invoice] = with_taking(taken, part.line, -back)
            given.add(part.invoice)
        _take_back_unbilled(work, own, model, minor)
    return given


def _take_back_unbilled(work: Work, own: DocumentLine, model: LineCredit, minor: int) -> None:
    """Take back on its statement what a line had taken from a charge that is not billed yet."""
    books = work.state.books
    for reversal in books.charges[own.charge].reverses:
        charge = books.charges[reversal.charge]
        share = min(minor, _unbilled_of(work, charge))
        if share > 0:
            back = Back(charge.charge, share, model.seats, is_time=model.by == "time")
            _take_back_on_statement(work, charge, back, share)
            minor -= share


def _lines_that_took(
    invoice: InvoiceState, takings: Sequence[LineCredit]
) -> Sequence[DocumentLine]:
    """The lines that take back, those of the subscriptions concerned first."""
    lines = invoice.document.lines
    concerned = {lines[part.line - 1].subscription for part in takings}
    took = [line for line in lines if line.amount.minor < 0]
    return sorted(took, key=lambda one: one.subscription not in concerned)


def _issue(work: Work, notes: _Notes, name: str, source: CreditSource, done: set[str]) -> None:
    if name in done:
        return
    done.add(name)
    for newer in notes.before[name]:
        _issue(work, notes, newer, source, done)
    issue_note(work, name, notes.takings[name], source=source)
