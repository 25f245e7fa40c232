"""What a seller does to put money right, in random histories (CONTRACT 5.15, 5.27).

Notes in parts, payments over several invoices, reversals, refunds, credit withdrawn and applied;
the amounts mostly fit what there is, and now and then miss it by a unit.
"""

from typing import Any

from commands.state.books import InvoiceState
from ledger.writer import SELLER
from tests.support.turns import Turn, Wish, amount_near, money, pick

_SETTLED: tuple[dict[str, str], ...] = (
    {},
    {"settle": "credit"},
    {"settle": "refund", "reason": "goes back to the buyer"},
    {"settle": "outside", "reason": "paid back by the dealer"},
    {},
)


def _open(turn: Turn) -> list[InvoiceState]:
    """The invoices of which something is due, oldest first."""
    return [turn.state.books.invoices[name] for name in turn.state.books.open]


def _number(turn: Turn, invoice: InvoiceState) -> str:
    return turn.numbers[invoice.document.invoice]


def _paying(turn: Turn) -> dict[str, Any]:
    """What else is told of a payment, now and then: a reference that may come twice."""
    if turn.a % 6 != 5:
        return {}
    return {"reference": f"B-{turn.b % 5}", "method": "bank_transfer"}


def pay(turn: Turn) -> Wish | None:
    """An open invoice is paid, in part or whole; or money comes for the account."""
    if turn.b % 7 == 6:
        fields = {"account": turn.account, "amount": money(turn, 1 + turn.a)}
        return Wish("RecordPayment", fields | _paying(turn), SELLER)
    invoices = _open(turn)
    if not invoices:
        return None
    one = pick(invoices, turn.a)
    fields = {"invoice": _number(turn, one)}
    if turn.b % 3 == 2:
        fields["amount"] = amount_near(turn, one.due.minor, turn.b // 3)
    return Wish("RecordPayment", fields | _paying(turn), SELLER)


def pay_several(turn: Turn) -> Wish | None:
    """One payment over several invoices, the last perhaps in part."""
    invoices = _open(turn)
    if not invoices:
        return None
    first = turn.a % len(invoices)
    some = [*invoices[first:], *invoices[:first]][: 2 + turn.b % 2]
    parts = [
        {"invoice": _number(turn, one), "amount": amount_near(turn, one.due.minor, 0)}
        for one in some
    ]
    if turn.b % 3 == 2:
        parts[-1]["amount"] = amount_near(turn, some[-1].due.minor, turn.a)
    return Wish("RecordPayment", {"invoices": parts} | _paying(turn), SELLER)


def credit_note(turn: Turn) -> Wish | None:
    """An invoice is taken back: all that is left of it, or some of its lines in part."""
    invoices = sorted(turn.state.books.invoices.values(), key=lambda one: -one.number)
    if not invoices:
        return None
    one = pick(invoices, turn.a)
    fields: dict[str, Any] = {"invoice": _number(turn, one), **pick(_SETTLED, turn.b)}
    if turn.b % 3:
        count = len(one.document.lines)
        lines = sorted({1 + turn.a % count, 1 + (turn.b // 3) % count})
        fields["lines"] = [_part(turn, one, line) for line in lines]
    return Wish("IssueCreditNote", fields, SELLER)


def _part(turn: Turn, invoice: InvoiceState, line: int) -> dict[str, Any]:
    """A part of a line: by its seats, or by an amount of what is left of it."""
    if turn.b % 3 == 1:
        seats = invoice.document.lines[line - 1].quantity
        return {"line": line, "seats": pick((1, 1, 2, max(seats // 2, 1), seats), turn.a // 3)}
    left = abs(invoice.left[line - 1])
    return {"line": line, "amount": amount_near(turn, left, turn.a // 3)}


def reverse(turn: Turn) -> Wish | None:
    """A payment was none, mostly one of the last."""
    payments = sorted(turn.state.books.payments)
    if not payments:
        return None
    fields: dict[str, Any] = {"payment": pick(payments[::-1], turn.a)}
    if turn.b % 2:
        fields["reason"] = "charged back"
    return Wish("ReversePayment", fields, SELLER)


def refund(turn: Turn) -> Wish | None:
    """Credit is paid out, that which waits for it above all."""
    lots = turn.state.books.lots
    waiting = sum(lot.left.minor for lot in lots.awaiting_refund)
    other = sum(lot.left.minor for lot in lots.spendable if lot.source != "goodwill")
    there = waiting if turn.b % 2 and waiting else waiting + other
    if not there:
        return None
    fields = {
        "account": turn.account,
        "amount": amount_near(turn, there, turn.a),
        "method": "bank_transfer",
    }
    return Wish("RecordRefund", fields, SELLER)


def withdraw_credit(turn: Turn) -> Wish | None:
    """Credit is taken away again, in part or whole."""
    lots = turn.state.books.lots
    names = sorted(lots.by_id) if turn.b % 11 == 10 else list(lots.open)
    if not names:
        return None
    lot = lots.by_id[pick(names, turn.a)]
    fields: dict[str, Any] = {"account": turn.account, "credit": lot.credit}
    if turn.b % 2:
        fields["amount"] = amount_near(turn, lot.left.minor, turn.a)
    return Wish("WithdrawCredit", fields, SELLER)


def apply_credit(turn: Turn) -> Wish | None:
    """Credit pays an open invoice: out of goodwill it does so only when it is told to."""
    invoices = _open(turn)
    if not invoices:
        return None
    lots = turn.state.books.lots
    if not lots.spendable:
        return Wish("GrantCredit", {"account": turn.account, "amount": money(turn, 9)}, SELLER)
    one = pick(invoices, turn.a)
    fields: dict[str, Any] = {"invoice": _number(turn, one)}
    if turn.b % 2:
        there = sum(lot.left.minor for lot in lots.spendable)
        fields["amount"] = amount_near(turn, min(one.due.minor, there), turn.b // 2)
    return Wish("ApplyCredit", fields, SELLER)


def credit(turn: Turn) -> Wish:
    """Credit out of goodwill."""
    fields = {"account": turn.account, "amount": money(turn, 1 + 9 * turn.a)}
    return Wish("GrantCredit", fields, SELLER)
