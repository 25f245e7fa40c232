"""Money put right: payments reversed, credit applied, withdrawn and paid out (GEN-23).

CONTRACT 5.27. What came in is what is kept plus what went back, in any order of these.
"""

from collections.abc import Sequence

from commands.access import require_seller
from commands.accumulator import Work
from commands.amounts.settling import spend_credit, withdraw
from commands.decision import Command, Policy, Reason, decides
from commands.payments import require_currency
from commands.refusals import Facts, Refused, invalid
from commands.state.account import AccountState
from commands.state.credit import Returned, taken_back_of
from events.credit import CreditOrigin
from events.days import Day
from events.fact import Identifier
from events.money import Money
from events.parties import Line
from events.payments import PaymentReversed, RefundedCredit, RefundRecorded, ReversedCover


class ReversePayment(Command):
    """Take back a recorded payment: a chargeback, or a wrong booking."""

    payment: str
    reason: Reason | None = None


class RecordRefund(Command):
    """Credit was paid out to the buyer."""

    account: Identifier
    amount: Money
    method: Line
    reference: Line | None = None
    refunded_on: Day | None = None


class WithdrawCredit(Command):
    """Withdraw what is left of a lot of credit, or a part of it."""

    account: Identifier
    credit: str
    amount: Money | None = None
    reason: Reason | None = None


class ApplyCredit(Command):
    """Pay an open invoice, named by its number, from the account's credit."""

    invoice: str
    amount: Money | None = None


@decides(ReversePayment)
def reverse_payment(command: ReversePayment, state: AccountState, policy: Policy) -> Facts:
    """Open again what a payment covered, and withdraw the credit that it made.

    Raises:
        Refused: `access.role_missing`, `payment.unknown` (also a second time),
            `payment.already_used`.
    """
    require_seller(policy)
    payment = state.books.payments.get(command.payment)
    if payment is None or payment.reversed:
        raise Refused("payment.unknown", payment=command.payment)
    work = Work(state, policy)
    lots = state.books.lots
    backs = [
        (name, amount, taken_back_of(state.books.invoices[name].returned, amount, lots))
        for name, amount in payment.paid
    ]
    covers = [_reversed_cover(name, amount, back.taken) for name, amount, back in backs]
    waiting = [
        ReversedCover(order=order.order, amount=part.amount, waived=Money.zero(state.currency))
        for order in (state.orders[name] for name in state.waiting)
        for part in order.paid
        if part.payment == payment.payment
    ]
    made = [lots.by_id[name] for name in lots.of_payment.get(payment.payment, ())]
    if any(lot.used.minor for lot in made) or any(back.is_used for *_, back in backs):
        raise _already_used()
    work.add(
        PaymentReversed(
            payment=payment.payment,
            amount=payment.amount,
            covers=(*covers, *waiting),
            reason=command.reason,
        )
    )
    origin = CreditOrigin(payment=payment.payment)
    for lot in made:
        withdraw(work, (lot,), lot.left, origin, command.reason)
    for credit, part in ((one.credit, one.amount) for *_, back in backs for one in back.taken):
        if credit is not None:
            lot = work.state.books.lots.by_id[credit]
            withdraw(work, (lot,), part, origin, command.reason)
    if work.state.books.went_back > work.state.books.came_in:
        raise _already_used()
    return work.facts


def _already_used() -> Refused:
    return Refused("payment.already_used")


def _reversed_cover(name: str, amount: Money, back: Sequence[Returned]) -> ReversedCover:
    """What is open again of an invoice, and what is not, since it had come back."""
    waived = Money.total((one.amount for one in back), amount.currency)
    return ReversedCover(invoice=name, amount=amount, waived=waived)


@decides(RecordRefund)
def record_refund(command: RecordRefund, state: AccountState, policy: Policy) -> Facts:
    """Pay out credit: what waits for it first, never more than came in, and no goodwill.

    Raises:
        Refused: `access.role_missing`, `command.invalid`, `payment.currency_mismatch`,
            `payment.more_than_credit`.
    """
    if command.amount.minor <= 0:
        raise invalid("amount", "a refund is more than nothing")
    refunded_on = command.refunded_on or policy.on
    if refunded_on > policy.today:
        raise invalid("refunded_on", "lies after the day of recording")
    require_seller(policy)
    require_currency(command.amount, state)
    work = Work(state, policy)
    lots = state.books.lots
    others = (lot for lot in lots.spendable if lot.source != "goodwill")
    payable = Money(state.books.came_in - state.books.went_back, state.currency)
    rest, parts = min(command.amount, payable), list[RefundedCredit]()
    for lot in (*lots.awaiting_refund, *others):
        part = min(lot.left, rest)
        if part.minor > 0:
            parts.append(RefundedCredit(credit=lot.credit, amount=part))
            rest -= part
    paid_out = Money.total((part.amount for part in parts), state.currency)
    if paid_out < command.amount:
        raise Refused(
            "payment.more_than_credit",
            detail=f"Only {paid_out} can be paid out.",
            amount=paid_out.amount,
        )
    work.add(
        RefundRecorded(
            refund=policy.next_id(),
            amount=command.amount,
            method=command.method,
            refunded_on=refunded_on,
            reference=command.reference,
            credits=tuple(parts),
        )
    )
    return work.facts


@decides(WithdrawCredit)
def withdraw_credit(command: WithdrawCredit, state: AccountState, policy: Policy) -> Facts:
    """Withdraw credit that has not been used.

    Raises:
        Refused: `access.role_missing`, `command.invalid`, `payment.currency_mismatch`,
            `payment.more_than_credit`.
    """
    if command.amount is not None and command.amount.minor <= 0:
        raise invalid("amount", "is more than nothing")
    require_seller(policy)
    if command.amount is not None:
        require_currency(command.amount, state)
    lot = state.books.lots.by_id.get(command.credit)
    left = Money.zero(state.currency) if lot is None else lot.left
    amount = command.amount or left
    if lot is None or not left.minor or amount > left:
        raise Refused(
            "payment.more_than_credit",
            detail=f"Only {left} of this credit is left." if lot else "There is no such credit.",
            amount=left.amount,
        )
    work = Work(state, policy)
    withdraw(work, (lot,), amount, CreditOrigin(), command.reason)
    return work.facts


@decides(ApplyCredit)
def apply_credit(command: ApplyCredit, state: AccountState, policy: Policy) -> Facts:
    """Pay an open invoice from credit, oldest lot first, as far as it goes or the amount given.

    Raises:
        Refused: `invoice.unknown`, `access.role_missing`, `command.invalid`,
            `payment.currency_mismatch`, `payment.more_than_due`, `payment.more_than_credit`.
    """
    if command.amount is not None and command.amount.minor <= 0:
        raise invalid("amount", "is more than nothing")
    name = policy.given.get("invoice")
    if name is None:
        raise Refused("invoice.unknown", invoice=command.invoice)
    require_seller(policy)
    if command.amount is not None:
        require_currency(command.amount, state)
    zero = Money.zero(state.currency)
    invoice = state.books.invoices.get(name)
    due = zero if invoice is None else invoice.due
    if not due.minor or (command.amount or zero) > due:
        raise Refused("payment.more_than_due", detail=f"Only {due} is due.", due=due.amount)
    credit = Money.standing((lot.left for lot in state.books.lots.spendable), state.currency)
    if not credit.minor or (command.amount or zero) > credit:
        raise Refused(
            "payment.more_than_credit",
            detail=f"The account has {credit} of credit.",
            amount=credit.amount,
        )
    work = Work(state, policy)
    spend_credit(work, name, command.amount or min(due, credit))
    return work.facts
