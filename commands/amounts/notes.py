"""Making a credit note of parts of a document's lines: its tax, and what becomes of the amount.

CONTRACT 5.15 (ALL-08, GEN-22): the notes of a document of which nothing is left sum to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from commands.accumulator import Work
from commands.amounts.billing import number_of, seller_party, seller_words
from commands.amounts.settling import claim_back, hold_for_refund, payable_back, return_credit
from commands.refusals import Refused
from commands.state.books import InvoiceState, tax_key
from events.credit import CreditOrigin, CreditSource
from events.invoices import (
    Corrected,
    CreditNoteIssued,
    DocumentLine,
    Settlement,
    TakingKind,
    TaxSum,
)
from events.money import Money, round_fraction
from events.seat_numbers import SeatNumbers


@dataclass(frozen=True, slots=True)
class LineCredit:
    """What a note takes of a line (from 1), in minor units with the sign of the line.

    `seats` are those of the charge that it concerns, `quantity` their number where it is another
    than the line's.
    """

    line: int
    minor: int
    by: TakingKind
    seats: SeatNumbers
    quantity: int | None = None


def nothing_left(detail: str = "") -> Refused:
    """The refusal of a note on a document of which nothing, or less than asked, is left."""
    return Refused("invoice.nothing_left_to_credit", detail=detail)


def all_that_is_left(work: Work, invoice: InvoiceState) -> list[LineCredit]:
    """What is left of each line of an invoice."""
    return [
        LineCredit(line.line, minor, "amount", seats_of(work, line))
        for line, minor in zip(invoice.document.lines, invoice.left, strict=True)
        if minor
    ]


def seats_of(work: Work, line: DocumentLine) -> SeatNumbers:
    """The seats that a line's charge pays for: a note by amount counts for each with its part."""
    return work.state.books.charges[line.charge].seats


def issue_note(
    work: Work,
    name: str,
    takings: Sequence[LineCredit],
    *,
    settle: Settlement = "credit",
    source: CreditSource = "credit_note",
    reason: str | None = None,
) -> CreditNoteIssued:
    """Issue a credit note on parts of an invoice's lines and settle it; the note.

    Raises:
        Refused: `invoice.nothing_left_to_credit` where it would go beyond the document,
            `payment.more_than_credit` (more would go back than came in), `payment.already_used`
            (a note above zero).
    """
    invoice = work.state.books.invoices[name]
    document, policy = invoice.document, work.policy
    net = sum(part.minor for part in takings)
    # Only a document below zero has notes above zero.
    if not min(document.net.minor - invoice.noted, 0) <= net <= invoice.room:
        raise nothing_left("This would credit more than the document as a whole comes to.")
    currency = work.state.currency
    lines = tuple(
        _note_line(document.lines[part.line - 1], name, number, part)
        for number, part in enumerate(takings, 1)
    )
    taxes = _taxes(invoice, takings)
    tax = Money.total((part.tax for part in taxes), currency)
    total = Money(-net, currency) + tax
    zero = Money.zero(currency)
    opened = min(invoice.due, max(-total, zero))
    seller = policy.catalogue.seller
    note = CreditNoteIssued(
        invoice=policy.next_id(),
        series=seller.series_on(policy.today),
        issued_on=policy.today,
        tax_on=document.tax_on,
        currency=currency,
        seller=seller_party(policy),
        buyer=document.buyer,
        purchase_order=document.purchase_order,
        lines=lines,
        taxes=taxes,
        net=Money(-net, currency),
        tax=tax,
        total=total,
        credit_used=zero,
        payment_method=document.payment_method,
        **seller_words(policy, document.payment_method),
        corrects=name,
        open=opened,
        reason=reason,
        settle=settle,
    )
    _check_settlement(work, -total - opened, settle)
    work.add(note, number_of(work.state, note, "credit_note"))
    origin = CreditOrigin(invoice=note.invoice)
    if total > zero:
        claim_back(work, name, total, note.invoice)
    elif settle == "credit":
        return_credit(work, -total - opened, source, origin)
    elif settle == "refund":
        hold_for_refund(work, -total - opened, origin)
    return note


def _check_settlement(work: Work, back: Money, settle: Settlement) -> None:
    if settle == "credit":
        return
    payable = payable_back(work)
    if back > payable:
        raise Refused(
            "payment.more_than_credit",
            detail=f"{back} would go back, and only {payable} of what came in is left.",
            amount=payable.amount,
        )


def _note_line(own: DocumentLine, invoice: str, number: int, part: LineCredit) -> DocumentLine:
    amount = Money(-part.minor, own.amount.currency)
    step = f"takes back {-amount} of line {own.line} of the invoice"
    if part.by == "seats":
        step = f"takes back {part.quantity} of {own.quantity} seats of line {own.line}: {-amount}"
    return own.model_copy(
        update={
            "line": number,
            "quantity": own.quantity if part.quantity is None else part.quantity,
            "amount": amount,
            "corrects": Corrected(invoice=invoice, line=own.line),
            "takes": (),
            "by": part.by,
            "seats": part.seats if part.by in {"time", "removal"} else None,
            "explain": (step, own.explain[-1]),
        }
    )


def _taxes(invoice: InvoiceState, takings: Sequence[LineCredit]) -> tuple[TaxSum, ...]:
    """The tax of a note: of all that notes have taken by then, less what they took before."""
    document = invoice.document
    nets: dict[str, int] = {}
    for part in takings:
        key = tax_key(document.lines[part.line - 1])
        nets[key] = nets.get(key, 0) + part.minor
    sums: list[TaxSum] = []
    for one in document.taxes:
        key = tax_key(one)
        if key not in nets:
            continue
        net, tax = invoice.noted_tax.get(key, (0, 0))
        upto = round_fraction(Fraction(one.rate or 0) * (net + nets[key]) / 100)
        if net + nets[key] == one.taxable.minor:
            upto = one.tax.minor
        currency = document.currency
        back = {"taxable": Money(-nets[key], currency), "tax": Money(tax - upto, currency)}
        sums.append(one.model_copy(update=back))
    return tuple(sums)
