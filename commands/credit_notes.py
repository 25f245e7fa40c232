"""Credit notes: an issued invoice never changes, it is credited (ALL-08; CONTRACT 5.15)."""

from datetime import timedelta

from commands.access import require_seller
from commands.billing import number_of, seller_party, seller_words, tax_of
from commands.decision import Command, Policy, decides
from commands.money_state import InvoiceState
from commands.people import Reason
from commands.refusals import Facts, Refused
from commands.state import AccountState
from commands.work import Work
from events.credit import CreditGranted, CreditOrigin
from events.invoices import Corrected, CreditNoteIssued, DocumentLine
from events.money import Money


class IssueCreditNote(Command):
    """Credit all that is left of an invoice, named by its number."""

    invoice: str
    reason: Reason | None = None


@decides(IssueCreditNote)
def issue_credit_note(command: IssueCreditNote, state: AccountState, policy: Policy) -> Facts:
    """Issue a credit note; what was paid or covered by credit becomes account credit."""
    name = policy.given.get("invoice")
    if name is None:
        raise Refused("invoice.unknown", invoice=command.invoice)
    require_seller(policy)
    invoice = state.books.invoices.get(name)
    lines = () if invoice is None or invoice.credited else _lines_left(state, invoice)
    net = Money.total((line.amount for line in lines), state.currency)
    if invoice is None or net.minor >= 0:
        raise Refused("invoice.nothing_left_to_credit", invoice=command.invoice)
    document = invoice.document
    taxes = tax_of(lines)
    tax = Money.total((part.tax for part in taxes), state.currency)
    total = net + tax
    unpaid = min(invoice.due, -total)
    zero = Money.zero(state.currency)
    seller = policy.catalogue.seller
    note = CreditNoteIssued(
        invoice=policy.next_id(),
        series=seller.series_on(policy.today),
        issued_on=policy.today,
        tax_on=document.tax_on,
        due_on=policy.today + timedelta(days=seller.payment_days),
        currency=state.currency,
        seller=seller_party(policy),
        buyer=document.buyer,
        purchase_order=document.purchase_order,
        lines=lines,
        taxes=taxes,
        net=net,
        tax=tax,
        total=total,
        credit_used=zero,
        payment_method=document.payment_method,
        **seller_words(policy, document.payment_method),
        corrects=name,
        open=unpaid,
        reason=command.reason,
    )
    work = Work(state, policy)
    work.add(note, number_of(state, note, "credit_note"))
    if -total > unpaid:
        work.add(
            CreditGranted(
                credit=policy.next_id(),
                source="credit_note",
                amount=-total - unpaid,
                of=CreditOrigin(invoice=note.invoice),
            )
        )
    return work.facts


def _lines_left(state: AccountState, invoice: InvoiceState) -> tuple[DocumentLine, ...]:
    """The lines of an invoice turned round, each with what is left of its charge to take back."""
    left = {
        line.charge: state.books.charges[line.charge].left.minor for line in invoice.document.lines
    }
    lines: list[DocumentLine] = []
    for line in invoice.document.lines:
        rest = left[line.charge]
        minor = line.amount.minor
        minor = max(min(minor, rest), 0) if minor > 0 else min(max(minor, rest), 0)
        if not minor:
            continue
        left[line.charge] -= minor
        amount = Money(-minor, state.currency)
        corrects = Corrected(invoice=invoice.document.invoice, line=line.line)
        explain = (f"takes back {-amount} of line {line.line} of the invoice", line.explain[-1])
        lines.append(
            line.model_copy(
                update={
                    "line": len(lines) + 1,
                    "amount": amount,
                    "corrects": corrects,
                    "explain": explain,
                }
            )
        )
    return tuple(lines)
