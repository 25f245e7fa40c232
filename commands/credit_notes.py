"""Credit notes: an issued invoice never changes, it is credited (ALL-08, GEN-22; CONTRACT 5.15)."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commands.access import require_seller
from commands.accumulator import Work
from commands.amounts.notes import LineCredit, all_that_is_left, issue_note, nothing_left, seats_of
from commands.completion import complete_covered
from commands.decision import Command, Policy, Quantity, Reason, decides
from commands.refusals import Facts, Refused, invalid
from commands.state.account import AccountState
from commands.state.books import InvoiceState
from events.invoices import Settlement
from events.money import Money, round_ratio

LINES_MAX = 10_000
"""The most lines of one note."""


class CreditedLine(BaseModel):
    """A part of a line (from 1) that is to be credited: an amount, net of tax, or seats."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    line: Annotated[int, Field(ge=1, le=10**6)]
    amount: Money | None = None
    seats: Quantity | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.amount is None) == (self.seats is None):
            raise ValueError("give an amount or a number of seats")
        return self


class IssueCreditNote(Command):
    """Credit all that is left of an invoice, named by its number, or the given parts of it."""

    invoice: str
    lines: (
        Annotated[tuple[CreditedLine, ...], Field(strict=False, min_length=1, max_length=LINES_MAX)]
        | None
    ) = None
    settle: Settlement = "credit"
    reason: Reason | None = None

    @model_validator(mode="after")
    def _outside_says_why(self) -> Self:
        if self.settle == "outside" and self.reason is None:
            raise ValueError("settled outside the ledger, it needs a reason")
        return self


@decides(IssueCreditNote)
def issue_credit_note(command: IssueCreditNote, state: AccountState, policy: Policy) -> Facts:
    """Credit an invoice, whole or in parts, in any order beside other notes.

    Raises:
        Refused: `invoice.unknown`, `access.role_missing`, `command.invalid`,
            `payment.currency_mismatch`, `invoice.nothing_left_to_credit`,
            `payment.more_than_credit`, `payment.already_used`.
    """
    name = policy.given.get("invoice")
    if name is None:
        raise Refused("invoice.unknown", invoice=command.invoice)
    require_seller(policy)
    invoice = state.books.invoices.get(name)
    if invoice is None:
        raise nothing_left("This is a credit note.")
    work = Work(state, policy)
    if command.lines is None:
        takings = all_that_is_left(work, invoice)
    else:
        takings = _parts(work, invoice, command.lines)
    if not takings:
        raise nothing_left()
    issue_note(work, name, takings, settle=command.settle, reason=command.reason)
    complete_covered(work)
    return work.facts


def _parts(work: Work, invoice: InvoiceState, wanted: tuple[CreditedLine, ...]) -> list[LineCredit]:
    document, left = invoice.document, invoice.left
    if len({one.line for one in wanted}) < len(wanted):
        raise invalid("lines", "a line stands here twice")
    for index, one in enumerate(wanted):
        if one.line > len(document.lines):
            raise invalid(f"lines[{index}].line", f"there are {len(document.lines)} lines")
    takings: list[LineCredit] = []
    for index, one in enumerate(wanted):
        own = document.lines[one.line - 1]
        if one.amount is not None:
            part = _by_amount(work, index, one.amount, own.amount)
            credit = LineCredit(one.line, part, "amount", seats_of(work, own))
        else:
            credit = _by_seats(work, invoice, one)
        rest = left[one.line - 1]
        if not min(rest, 0) <= credit.minor <= max(rest, 0) or not credit.minor:
            amount = Money(abs(rest), document.currency)
            raise nothing_left(f"Only {amount} of line {one.line} is left to credit.")
        takings.append(credit)
    return takings


def _by_amount(work: Work, index: int, amount: Money, of: Money) -> int:
    if amount.currency != work.state.currency:
        raise Refused(
            "payment.currency_mismatch",
            detail=f"The seller's currency is {work.state.currency}, not {amount.currency}.",
            currency=work.state.currency,
        )
    if amount.minor <= 0:
        raise invalid(f"lines[{index}].amount", "is more than nothing, whatever the line's sign")
    return amount.minor if of.minor >= 0 else -amount.minor


def _by_seats(work: Work, invoice: InvoiceState, wanted: CreditedLine) -> LineCredit:
    """The part of a line for some of its seats: of all credited so far, less those before."""
    own = invoice.document.lines[wanted.line - 1]
    count = wanted.seats or 0
    before, credited = invoice.noted_seats.get(wanted.line, (0, 0))
    if before + count > own.quantity:
        raise nothing_left(
            f"Line {own.line} has {own.quantity} seats, of which {before} have been credited."
        )
    upto = round_ratio(own.amount.minor * (before + count), own.quantity)
    return LineCredit(own.line, upto - credited, "seats", seats_of(work, own), count)
