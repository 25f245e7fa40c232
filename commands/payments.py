"""Payments that are reported, and credit that is granted (PA-05, ALL-09; CONTRACT 5.4)."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commands.access import require_seller
from commands.accumulator import Work
from commands.completion import complete_covered
from commands.decision import Command, Policy, Reason, decides
from commands.fulfilment import complete_paid, order_due
from commands.giving_up import overpaid
from commands.orders import order_of, require_status
from commands.refusals import Facts, Refused, invalid
from commands.state.account import AccountState
from events.credit import CreditGranted
from events.days import Day
from events.fact import Identifier
from events.money import Money
from events.parties import Line
from events.payments import Cover, PaymentRecorded

INVOICES_MAX = 1_000
"""The most invoices that one payment pays."""


class InvoiceAmount(BaseModel):
    """The part of a payment that pays an invoice, named by its number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    invoice: str
    amount: Money


class RecordPayment(Command):
    """Money came in for an order, an invoice (its number), several, or the account; one of these.

    `amount` left out is all that is due; with `account` it is needed, and becomes credit. With
    `invoices` it is the sum of their parts.
    """

    order: Identifier | None = None
    invoice: str | None = None
    invoices: (
        Annotated[
            tuple[InvoiceAmount, ...], Field(strict=False, min_length=1, max_length=INVOICES_MAX)
        ]
        | None
    ) = None
    account: Identifier | None = None
    amount: Money | None = None
    method: Line | None = None
    received_on: Day | None = None
    reference: Line | None = None

    @model_validator(mode="after")
    def _each_invoice_once(self) -> Self:
        if self.invoices is None:
            return self
        if len({one.invoice for one in self.invoices}) < len(self.invoices):
            raise ValueError("an invoice stands in the list twice")
        if any(one.amount.minor <= 0 for one in self.invoices):
            raise ValueError("each part of a payment is more than nothing")
        return self


class GrantCredit(Command):
    """Give an account credit out of goodwill."""

    account: Identifier
    amount: Money
    reason: Reason | None = None


@decides(RecordPayment)
def record_payment(command: RecordPayment, state: AccountState, policy: Policy) -> Facts:
    """Record money that came in; an order completes when all is there."""
    if command.amount is not None and command.amount.minor <= 0:
        raise invalid("amount", "a payment is more than nothing")
    if command.received_on is not None and command.received_on > policy.today:
        raise invalid("received_on", "lies after the day of recording")
    if command.order is not None:
        return _pay_order(command, command.order, state, policy)
    if command.invoice is not None:
        return _pay_invoice(command, state, policy)
    if command.invoices is not None:
        return _pay_invoices(command, command.invoices, state, policy)
    if command.amount is None:
        raise invalid("amount", "is needed where no order or invoice says what is due")
    require_seller(policy)
    require_currency(command.amount, state)
    _check_reference(command, state)
    work = Work(state, policy)
    fact = _recorded(command, policy, command.amount, command.method, ())
    work.add(fact, overpaid(policy, fact.payment, command.amount))
    complete_covered(work)
    return work.facts


def _pay_order(command: RecordPayment, name: str, state: AccountState, policy: Policy) -> Facts:
    order = order_of(state, name)
    require_seller(policy)
    require_status(order, "pending_payment")
    _check_reference(command, state)
    due = order_due(state, policy, order)
    amount = _amount(command, state, due)
    work = Work(state, policy)
    if amount.minor:
        cover = Cover(amount=amount, order=name)
        method = command.method or order.payment_method
        work.add(_recorded(command, policy, amount, method, (cover,)))
    if amount == due:
        complete_paid(work, work.state.orders[name])
        complete_covered(work)
    return work.facts


def _pay_invoice(command: RecordPayment, state: AccountState, policy: Policy) -> Facts:
    invoice = state.books.invoices.get(policy.given.get("invoice", ""))
    if invoice is None:
        if policy.given.get("invoice") is None:
            raise Refused("invoice.unknown")
        require_seller(policy)
        raise Refused("payment.more_than_due", detail="Nothing is due on a credit note.")
    require_seller(policy)
    _check_reference(command, state)
    if not invoice.due.minor:
        if command.amount is not None:
            require_currency(command.amount, state)
        raise Refused("payment.more_than_due", detail="Nothing is due on this invoice.")
    amount = _amount(command, state, invoice.due)
    cover = Cover(amount=amount, invoice=invoice.document.invoice)
    method = command.method or invoice.document.payment_method
    return _completing(state, policy, _recorded(command, policy, amount, method, (cover,)))


def _completing(state: AccountState, policy: Policy, payment: PaymentRecorded) -> Facts:
    """A payment of invoices: what was open no longer takes what may come back for an order."""
    work = Work(state, policy)
    work.add(payment)
    complete_covered(work)
    return work.facts


def _check_reference(command: RecordPayment, state: AccountState) -> None:
    """Require that a bank's or provider's reference counts once; a reversed payment's is free."""
    if command.reference is not None and command.reference in state.books.references:
        raise Refused(
            "payment.reference_used",
            payment=state.books.references[command.reference],
        )


def _pay_invoices(
    command: RecordPayment,
    parts: tuple[InvoiceAmount, ...],
    state: AccountState,
    policy: Policy,
) -> Facts:
    """One payment over several invoices, all of it or nothing (GEN-23)."""
    covers: list[Cover] = []
    require_seller(policy)
    _check_reference(command, state)
    for part in parts:
        invoice = state.books.invoices.get(policy.given.get(f"invoice:{part.invoice}", ""))
        require_currency(part.amount, state)
        due = Money.zero(state.currency) if invoice is None else invoice.due
        if invoice is None or part.amount > due:
            raise Refused(
                "payment.more_than_due",
                detail=f"Only {due} is due on {part.invoice}.",
                due=due.amount,
            )
        covers.append(Cover(amount=part.amount, invoice=invoice.document.invoice))
    total = Money.total((cover.amount for cover in covers), state.currency)
    if command.amount not in {None, total}:
        raise invalid("amount", f"is not the sum of the parts, {total}")
    fact = _recorded(command, policy, total, command.method, tuple(covers))
    return _completing(state, policy, fact)


def _amount(command: RecordPayment, state: AccountState, due: Money) -> Money:
    if command.amount is None:
        return due
    require_currency(command.amount, state)
    if command.amount > due:
        raise Refused("payment.more_than_due", detail=f"Only {due} is due.", due=due.amount)
    return command.amount


def require_currency(amount: Money, state: AccountState) -> None:
    """Require the currency of the account's seller.

    Raises:
        Refused: `payment.currency_mismatch`.
    """
    if amount.currency != state.currency:
        raise Refused(
            "payment.currency_mismatch",
            detail=f"The seller's currency is {state.currency}, not {amount.currency}.",
            currency=state.currency,
        )


def _recorded(
    command: RecordPayment,
    policy: Policy,
    amount: Money,
    method: str | None,
    covers: tuple[Cover, ...],
) -> PaymentRecorded:
    received_on: date = command.received_on or policy.on
    return PaymentRecorded(
        payment=policy.next_id(),
        method=method,
        amount=amount,
        basis="reported",
        received_on=received_on,
        reference=command.reference,
        covers=covers,
    )


@decides(GrantCredit)
def grant_credit(command: GrantCredit, state: AccountState, policy: Policy) -> Facts:
    """Grant credit; it pays every later invoice at its issue."""
    if command.amount.minor <= 0:
        raise invalid("amount", "credit is more than nothing")
    require_seller(policy)
    require_currency(command.amount, state)
    work = Work(state, policy)
    work.add(
        CreditGranted(
            credit=policy.next_id(),
            source="goodwill",
            amount=command.amount,
            reason=command.reason,
        )
    )
    complete_covered(work)
    return work.facts
