"""What pays what: credit that comes back, credit that is used, and what is opened again.

CONTRACT 5.7, 5.15, 5.27: what comes back first pays what is open, oldest document first.
"""

from collections.abc import Iterable

from commands.accumulator import Work
from commands.refusals import Refused
from commands.state.books import InvoiceState
from commands.state.credit import CreditLot
from events.credit import (
    CreditGranted,
    CreditOrigin,
    CreditSource,
    CreditUsed,
    CreditUseReversed,
    CreditWithdrawn,
)
from events.money import Money


def return_credit(work: Work, amount: Money, source: CreditSource, of: CreditOrigin) -> None:
    """Make credit of what comes back; it pays what is open first, oldest document first.

    What the reversal of a payment opened stays open (CONTRACT 5.7).
    """
    if not amount.minor:
        return
    credit = work.policy.next_id()
    work.add(CreditGranted(credit=credit, source=source, amount=amount, of=of))
    for name in work.state.books.open:
        invoice = work.state.books.invoices[name]
        used = min(invoice.due - invoice.reopened, work.state.books.lots.by_id[credit].left)
        if used.minor > 0:
            work.add(CreditUsed(credit=credit, invoice=name, amount=used))


def hold_for_refund(work: Work, amount: Money, of: CreditOrigin) -> None:
    """Make credit that pays no invoice and waits for its refund."""
    if amount.minor:
        credit = work.policy.next_id()
        lot = CreditGranted(
            credit=credit, source="credit_note", amount=amount, of=of, awaits_refund=True
        )
        work.add(lot)


def spend_credit(work: Work, invoice: str, amount: Money) -> None:
    """Pay so much of an invoice from the account's credit, oldest lot first (EV-19)."""
    rest = amount
    for lot in work.state.books.lots.spendable:
        if rest.minor <= 0:
            return
        used = min(lot.left, rest)
        work.add(CreditUsed(credit=lot.credit, invoice=invoice, amount=used))
        rest -= used


def payable_back(work: Work) -> Money:
    """What can still go back to the buyer: what came in, less what went back or is about to."""
    books = work.state.books
    waiting = sum(lot.left.minor for lot in books.lots.awaiting_refund)
    return Money(max(books.came_in - books.went_back - waiting, 0), work.state.currency)


def claim_back(work: Work, document: str, amount: Money, note: str) -> None:
    """Take what a note above zero claims: what its document paid is opened again, then credit.

    Raises:
        Refused: `payment.already_used` where there is less than is claimed.
    """
    lots = work.state.books.lots
    own = tuple(lots.by_id[name] for name in lots.of_invoice.get(document, ()))
    rest = amount
    for lot in own:
        for name, used in reversed(lot.uses):
            rest -= _open_again(work, lot, name, min(used, rest), note)
    lots = work.state.books.lots
    unused = (*(lots.by_id[lot.credit] for lot in own), *_others(work, own))
    rest -= withdraw(work, unused, rest, CreditOrigin(invoice=note))
    if rest.minor:
        raise Refused(
            "payment.already_used",
            detail=f"{rest} of the credit that this document gave has been spent.",
            amount=rest.amount,
        )


def _others(work: Work, own: Iterable[CreditLot]) -> tuple[CreditLot, ...]:
    names, lots = {lot.credit for lot in own}, work.state.books.lots
    return tuple(lot for lot in (*lots.spendable, *lots.awaiting_refund) if lot.credit not in names)


def _open_again(work: Work, lot: CreditLot, name: str, amount: Money, note: str) -> Money:
    """Open again what a lot paid of an invoice, but for what came back of it; how much it was."""
    opened = min(amount, kept_of(work.state.books.invoices[name]))
    if opened.minor <= 0:
        return Money.zero(amount.currency)
    work.add(
        CreditUseReversed(credit=lot.credit, invoice=name, amount=opened),
        CreditWithdrawn(credit=lot.credit, amount=opened, of=CreditOrigin(invoice=note)),
    )
    return opened


def kept_of(invoice: InvoiceState) -> Money:
    """What paid an invoice and did not come back through its notes."""
    back = Money.total((one.amount for one in invoice.returned), invoice.document.currency)
    return invoice.paid + invoice.credit_used - back


def withdraw(
    work: Work,
    lots: Iterable[CreditLot],
    amount: Money,
    of: CreditOrigin,
    reason: str | None = None,
) -> Money:
    """Withdraw what is left of lots, one after the other, up to an amount; how much it was."""
    rest = amount
    for lot in lots:
        taken = min(lot.left, rest)
        if taken.minor > 0:
            work.add(CreditWithdrawn(credit=lot.credit, amount=taken, of=of, reason=reason))
            rest -= taken
    return amount - rest
