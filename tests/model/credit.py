"""Credit, payments and refunds of the model (CONTRACT 5.7, 5.15, 5.27)."""

from typing import TYPE_CHECKING

from tests.model.records import Account, Document, Lot, Payment, Refused

if TYPE_CHECKING:
    from tests.model.documents import Setting


def spendable(account: Account) -> int:
    """What may pay invoices: credit to be refunded pays none (5.15)."""
    return sum(lot.left for lot in account.lots if not lot.refund)


def use(account: Account, document: Document) -> None:
    """5.7: credit pays a document as far as it goes, oldest lot first."""
    for lot in account.lots:
        if not lot.refund:
            use_lot(lot, document, document.due)


def use_lot(lot: Lot, document: Document, amount: int) -> int:
    """Credit of one lot pays what is due, at most `amount`."""
    used = min(lot.left, document.due, amount)
    if used > 0:
        lot.left -= used
        lot.uses.append((document, used))
        document.credit_used += used
    return max(used, 0)


def come_back(
    setting: "Setting", account: Account, amount: int, source: str, document: Document
) -> Lot:
    """5.7: what comes back by taking back first pays what is open, oldest document first, but
    never what a reversal opens.
    """
    lot = Lot(source, amount, amount, document=document)
    account.lots.append(lot)
    setting.made["credit"] = lot
    for one in setting.world.documents_of(account):
        use_lot(lot, one, min(lot.left, one.due - one.opened_again))
    return lot


def put_on_account(account: Account, payment: Payment, amount: int) -> None:
    """5.4: money that covers nothing becomes account credit, and pays nothing open by itself."""
    if amount > 0:
        lot = Lot("overpayment", amount, amount, payment=payment)
        account.lots.append(lot)
        payment.lots.append(lot)


def payable(account: Account) -> int:
    """5.15, 5.27: never more goes back than came in less what went back."""
    return account.came_in - account.went_back


def settle(setting: "Setting", document: Document, amount: int, how: str) -> None:
    """5.15: what a note gives back lessens what is open first; only the rest comes back."""
    if amount < 0:
        claim(document, -amount)
        return
    lessened = min(max(document.due, 0), amount)
    document.no_longer_due += lessened
    rest = amount - lessened
    if not rest:
        return
    account = document.account
    document.came_back += rest
    if how == "credit":
        come_back(setting, account, rest, "credit_note", document)
        return
    promised = sum(lot.left for lot in account.lots if lot.refund)
    if rest > payable(account) - promised:
        raise Refused("payment.more_than_credit")
    if how == "outside":
        account.went_back += rest
    else:
        lot = Lot("credit_note", rest, rest, refund=True, document=document)
        account.lots.append(lot)
        setting.made["credit"] = lot


def claim(document: Document, amount: int) -> None:
    """5.15: a note above zero opens again what the document paid, then takes unused credit."""
    own = [lot for lot in document.account.lots if lot.document is document]
    for lot in reversed(own):
        for number, (paid, used) in reversed(list(enumerate(lot.uses))):
            opened = min(amount, used, max(paid.kept, 0))
            paid.credit_used -= opened
            lot.uses[number] = (paid, used - opened)
            amount -= opened
    others = [lot for lot in document.account.lots if not lot.refund and lot not in own]
    take_unused([*own, *others], amount)


def take_unused(lots: list[Lot], amount: int) -> None:
    """Unused credit is taken; where there is not enough: `payment.already_used`."""
    for lot in lots:
        taken = min(lot.left, amount)
        lot.left -= taken
        amount -= taken
    if amount:
        raise Refused("payment.already_used")


def take_back(lots: list[Lot], amount: int) -> None:
    """As far as unused; what the seller withdrew has been used by nobody (a reading)."""
    for lot in lots:
        taken = min(lot.left, amount)
        lot.left -= taken
        amount -= taken
    for lot in lots:
        gone = min(lot.withdrawn, amount)
        lot.withdrawn -= gone
        amount -= gone
    if amount:
        raise Refused("payment.already_used")


def reverse(account: Account, payment: Payment) -> None:
    """5.27: opens again what a payment covered, and withdraws the credit that it made.

    The credit on the account, and what came back from what it paid; used: `already_used`.
    """
    if payment.reversed:
        raise Refused("payment.unknown")
    payment.reversed = True
    if payment.reference is not None:
        account.references.discard(payment.reference)  # a wrong booking is booked again
    account.came_in -= payment.amount
    for lot in payment.lots:
        take_back([lot], lot.amount)
    for document, amount in payment.covers:
        back = min(amount, document.came_back)
        take_back([lot for lot in account.lots if lot.document is document], back)
        document.paid -= amount
        document.came_back -= back
        document.no_longer_due += back
        document.opened_again += amount - back
    if payment.order is not None:
        payment.order.paid -= payment.amount
        payment.order.payments.remove(payment)
    if account.went_back > account.came_in:
        raise Refused("payment.already_used")


def refund(account: Account, amount: int) -> None:
    """5.27: credit settled as refund first, then what is no goodwill, never more than came in."""
    lots = [lot for lot in account.lots if lot.refund]
    lots += [lot for lot in account.lots if not lot.refund and lot.source != "goodwill"]
    if amount > sum(lot.left for lot in lots) or amount > payable(account):
        raise Refused("payment.more_than_credit")
    account.went_back += amount
    for lot in lots:
        paid = min(lot.left, amount)
        lot.left -= paid
        amount -= paid


def apply(account: Account, document: Document, amount: int | None) -> None:
    """5.27: nothing due, or more than is due; no credit, or less."""
    if document.due <= 0 or (amount is not None and amount > document.due):
        raise Refused("payment.more_than_due")
    there = spendable(account)
    if not there or (amount is not None and amount > there):
        raise Refused("payment.more_than_credit")
    wanted = min(document.due, there) if amount is None else amount
    for lot in account.lots:
        if not lot.refund:
            wanted -= use_lot(lot, document, wanted)


def withdraw(lot: Lot | None, account: Account, amount: int | None) -> None:
    """CONTRACT 2, 6: no such credit, or less: `payment.more_than_credit`."""
    if lot is None or lot not in account.lots or not lot.left:
        raise Refused("payment.more_than_credit")
    wanted = lot.left if amount is None else amount
    if wanted > lot.left:
        raise Refused("payment.more_than_credit")
    lot.left -= wanted
    lot.withdrawn += wanted
