"""Payments: what came in and for what; and of every document what paid it and what came of it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, get_args

from events.credit import CreditGranted, CreditUsed, CreditUseReversed, CreditWithdrawn
from events.envelope import Recorded
from events.fact import Fact
from events.money import Money
from events.payments import PaymentApplied, PaymentRecorded, PaymentReversed, ReversedCover
from projections.rows import Row, Rows, existing

Handled = (
    PaymentRecorded
    | PaymentApplied
    | PaymentReversed
    | CreditGranted
    | CreditUsed
    | CreditUseReversed
    | CreditWithdrawn
)


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """The part of a payment that went to an invoice (its id), or to an order.

    Both are named where what had come for an order paid its invoice.
    """

    amount: Money
    invoice: str | None
    order: str | None


@dataclass(frozen=True, slots=True)
class PaymentReversal:
    """That a payment was taken back: the day, and what it no longer pays."""

    reversed_on: date
    reason: str | None
    covers: tuple[ReversedCover, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow(Row):
    """A payment (its id is the key). What its parts leave over became credit."""

    TABLE: ClassVar[str] = "payments"
    method: str | None
    amount: Money
    basis: Literal["at_once", "reported"]
    recorded_on: date
    expected_by: date | None
    received_on: date | None
    reference: str | None
    parts: tuple[PaymentPart, ...]
    reversal: PaymentReversal | None


@dataclass(frozen=True, slots=True)
class CreditPart:
    """An amount of a lot of credit; below zero where a document gave it back to the lot."""

    credit: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRow(Row):
    """What paid a document (its id is the key) and what came of it, in the order of the facts.

    `payments` are ids, `credit_used` the parts of lots that paid it; `credits` are the lots that
    the document made, `withdrawn` the unused credit that it took (of a credit note above zero).
    """

    TABLE: ClassVar[str] = "settlements"
    payments: tuple[str, ...] = ()
    credit_used: tuple[CreditPart, ...] = ()
    credits: tuple[str, ...] = ()
    withdrawn: tuple[CreditPart, ...] = ()


class PaymentsProjection:
    """Folds payments, and what settles each document."""

    name = "payments"
    version = 1
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (PaymentRow, SettlementRow)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change payments and settlements by one event."""
        match event.fact:
            case PaymentRecorded() as fact:
                rows.put(_recorded(event, fact))
                for cover in fact.covers:
                    if cover.invoice is not None:
                        _pay(event, rows, cover.invoice, fact.payment)
            case PaymentApplied() as fact:
                row = existing(rows, PaymentRow, fact.payment)
                rows.put(replace(row, parts=_applied(row.parts, fact)))
                _pay(event, rows, fact.invoice, fact.payment)
            case PaymentReversed() as fact:
                row = existing(rows, PaymentRow, fact.payment)
                reversal = PaymentReversal(event.effective_on, fact.reason, fact.covers)
                rows.put(replace(row, reversal=reversal))
            case CreditUsed() as fact:
                _use(event, rows, fact.invoice, CreditPart(fact.credit, fact.amount))
            case CreditUseReversed() as fact:
                _use(event, rows, fact.invoice, CreditPart(fact.credit, -fact.amount))
            case CreditGranted() as fact if fact.of.invoice is not None:
                row_of = _settlement(event, rows, fact.of.invoice)
                rows.put(replace(row_of, credits=(*row_of.credits, fact.credit)))
            case CreditWithdrawn() as fact if fact.of.invoice is not None:
                row_of = _settlement(event, rows, fact.of.invoice)
                part = CreditPart(fact.credit, fact.amount)
                rows.put(replace(row_of, withdrawn=(*row_of.withdrawn, part)))
            case _:
                pass


def _recorded(event: Recorded, fact: PaymentRecorded) -> PaymentRow:
    return PaymentRow(
        key=fact.payment,
        account=event.account,
        position=event.position,
        method=fact.method,
        amount=fact.amount,
        basis=fact.basis,
        recorded_on=event.effective_on,
        expected_by=fact.expected_by,
        received_on=fact.received_on,
        reference=fact.reference,
        parts=tuple(PaymentPart(one.amount, one.invoice, one.order) for one in fact.covers),
        reversal=None,
    )


def _applied(parts: tuple[PaymentPart, ...], fact: PaymentApplied) -> tuple[PaymentPart, ...]:
    """The parts of a payment after so much of what waited for an order paid its invoice."""
    found: list[PaymentPart] = []
    rest = fact.amount
    for part in parts:
        moved = min(part.amount, rest) if _waits(part, fact.order) else Money.zero(rest.currency)
        if moved.minor:
            found.append(PaymentPart(moved, fact.invoice, fact.order))
            rest -= moved
        if part.amount != moved:
            found.append(replace(part, amount=part.amount - moved))
    return tuple(found)


def _waits(part: PaymentPart, order: str) -> bool:
    return part.order == order and part.invoice is None


def _settlement(event: Recorded, rows: Rows, invoice: str) -> SettlementRow:
    """What settles a document; nothing so far where no fact has spoken of it."""
    return rows.get(SettlementRow, invoice) or SettlementRow(
        key=invoice, account=event.account, position=event.position
    )


def _pay(event: Recorded, rows: Rows, invoice: str, payment: str) -> None:
    row = _settlement(event, rows, invoice)
    rows.put(replace(row, payments=tuple(dict.fromkeys((*row.payments, payment)))))


def _use(event: Recorded, rows: Rows, invoice: str, part: CreditPart) -> None:
    row = _settlement(event, rows, invoice)
    rows.put(replace(row, credit_used=(*row.credit_used, part)))
