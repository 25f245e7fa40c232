"""What paid a document and what came of it: credit with its origin, payments, credit notes."""

from collections.abc import Iterable, Iterator

from events.invoices import CreditNoteIssued
from events.money import Money
from ledger.reading import answers, document_schemas
from projections.credit import CreditLotRow
from projections.invoices import InvoiceRow, number_of
from projections.payments import CreditPart, PaymentRow, SettlementRow
from projections.rows import Getter, existing


def settlement(rows: Getter, row: InvoiceRow) -> document_schemas.DocumentSettlement:
    """What paid a document, what its notes took of it, and what came back by it."""
    document, settled = row.document, rows.get(SettlementRow, row.key)
    note = document if isinstance(document, CreditNoteIssued) else None
    if settled is None:
        settled = SettlementRow(key=row.key, account=row.account, position=row.position)
    return {
        "credits_used": list(_used(rows, settled.credit_used)),
        "payments": [_payment(rows, payment, row.key) for payment in settled.payments],
        "no_longer_due": answers.money(row.waived if note is None else note.open),
        "corrected_by": [_note(existing(rows, InvoiceRow, name)) for name in row.credited_by],
        "settle": None if note is None else note.settle,
        "credits_made": [_made(existing(rows, CreditLotRow, name)) for name in settled.credits],
        "credits_taken": list(_used(rows, settled.withdrawn)),
    }


def _used(rows: Getter, parts: Iterable[CreditPart]) -> Iterator[document_schemas.UsedCredit]:
    for part in parts:
        lot = existing(rows, CreditLotRow, part.credit).lot
        origin = lot.of
        yield {
            "credit": part.credit,
            "amount": answers.money(part.amount),
            "source": lot.source,
            "granted_on": answers.day(lot.granted_on),
            "of_invoice": None if origin.invoice is None else number_of(rows, origin.invoice),
            "of_payment": origin.payment,
            "of_charges": [one.charge for one in origin.charges],
            "reason": lot.reason,
        }


def _made(row: CreditLotRow) -> document_schemas.MadeCredit:
    lot = row.lot
    return {
        "credit": lot.credit,
        "source": lot.source,
        "amount": answers.money(lot.amount),
        "left": answers.money(lot.left),
        "awaits_refund": lot.awaits_refund,
        "refunded": answers.money(lot.refunded),
        "withdrawn": answers.money(lot.withdrawn),
    }


def _payment(rows: Getter, payment: str, invoice: str) -> document_schemas.DocumentPayment:
    """A payment with its part for one document."""
    row = existing(rows, PaymentRow, payment)
    parts = [part for part in row.parts if part.invoice == invoice]
    return {
        "payment": payment,
        "amount": answers.money(Money.total((part.amount for part in parts), row.amount.currency)),
        "whole": answers.money(row.amount),
        "method": row.method,
        "basis": row.basis,
        "recorded_on": answers.day(row.recorded_on),
        "expected_by": answers.optional_day(row.expected_by),
        "received_on": answers.optional_day(row.received_on),
        "reference": row.reference,
        "order": next((part.order for part in parts if part.order is not None), None),
        "reversed": _reversed(row, invoice),
    }


def _reversed(row: PaymentRow, invoice: str) -> document_schemas.PaymentTakenBack | None:
    if row.reversal is None:
        return None
    undone = (part.amount for part in row.reversal.covers if part.invoice == invoice)
    return {
        "reversed_on": answers.day(row.reversal.reversed_on),
        "amount": answers.money(Money.total(undone, row.amount.currency)),
        "reason": row.reversal.reason,
    }


def _note(row: InvoiceRow) -> document_schemas.NoteOfDocument:
    return {
        "number": row.number,
        "issued_on": answers.day(row.issued_on),
        "total": answers.money(row.document.total),
        "reason": getattr(row.document, "reason", None),
    }
