"""Monthly statements: what is paid by invoice, gathered (MS-12, MS-13; CONTRACT 5.5)."""

from datetime import date
from typing import ClassVar

from commands.access import require_seller
from commands.accumulator import Work
from commands.amounts.billing import Billed, issue_invoice
from commands.amounts.charging import first_part
from commands.completion import complete_covered
from commands.decision import Command, Policy, decides
from commands.fulfilment import INVOICE_METHOD, tax_day
from commands.refusals import Facts, Refused
from commands.state.account import AccountState
from commands.state.books import Unbilled
from events.fact import Identifier
from events.periods import Period


class RunStatement(Command):
    """Issue the statement of the last month of charges; due work on the first of a month."""

    NEEDS_DUE_WORK: ClassVar[bool] = True

    account: Identifier


def next_statement_on(state: AccountState) -> date | None:
    """The day of the next statement; None while no charge waits for one."""
    return min((part.statement_on for part in state.books.unbilled), default=None)


@decides(RunStatement)
def run_statement(_command: RunStatement, state: AccountState, policy: Policy) -> Facts:
    """Issue the earliest statement that is due."""
    require_seller(policy)
    day = next_statement_on(state)
    if day is None or policy.on < day:
        raise Refused(
            "command.time_out_of_range",
            detail="No statement is due." if day is None else f"The statement is due on {day}.",
            remedy="Wait for the first of the month after the charge.",
        )
    parts = [part for part in state.books.unbilled if part.statement_on == day]
    work = Work(state, policy)
    issue_invoice(
        work,
        [billed(part) for part in parts],
        payment_method=INVOICE_METHOD,
        tax_on=tax_day(policy),
        statement=day,
        purchase_order=_purchase_order(state, parts),
    )
    complete_covered(work)
    return work.facts


def billed(part: Unbilled) -> Billed:
    """What the statement holds of a charge: all, or the fraction up to its day (MS-13)."""
    charge, period, day = part.fact, part.period, part.statement_on
    if not part.split or period.end <= day:
        if part.amount == charge.net:
            return Billed(charge, part.amount, period)
        return Billed(charge, part.amount, period, (f"the balance of {charge.net}: {part.amount}",))
    of_days = (charge.period.end - charge.period.start).days
    days = max((day - charge.period.start).days, 0)
    amount = first_part(charge, day)
    cut = Period(start=period.start, end=max(day, period.start))
    step = f"of {charge.net} up to {day}: {days} of {of_days} days = {amount}"
    return Billed(charge, amount, cut, (step,))


def _purchase_order(state: AccountState, parts: list[Unbilled]) -> str | None:
    """The purchase order of the statement, where all its charges have the same."""
    orders = {
        state.orders[part.fact.order].purchase_order if part.fact.order else None for part in parts
    }
    return orders.pop() if len(orders) == 1 else None
