"""What a decision knows of an account's credit: its lots, what they paid, and what is left."""

from dataclasses import dataclass, replace

from rpds import HashTrieMap

from events.credit import (
    CreditGranted,
    CreditSource,
    CreditUsed,
    CreditUseReversed,
    CreditWithdrawn,
)
from events.fact import Fact
from events.money import Money
from events.payments import RefundRecorded


@dataclass(frozen=True, slots=True)
class CreditLot:
    """A lot of credit: what is left of it, what it paid by invoice, and where it comes from.

    `spent` is what paid invoices or was refunded; what was withdrawn counts neither as spent nor
    as left. `invoice` is the document below zero or the note, `payment` the payment it came from.
    """

    credit: str
    source: CreditSource
    left: Money
    spent: Money
    awaits_refund: bool
    invoice: str | None
    payment: str | None
    uses: tuple[tuple[str, Money], ...] = ()


@dataclass(frozen=True, slots=True)
class Lots:
    """All lots of an account; `open` are those with something left, oldest first.

    `of_invoice` and `of_payment` lead from a document or a payment to the lots that it made.
    """

    by_id: "HashTrieMap[str, CreditLot]" = HashTrieMap()
    open: tuple[str, ...] = ()
    of_invoice: "HashTrieMap[str, tuple[str, ...]]" = HashTrieMap()
    of_payment: "HashTrieMap[str, tuple[str, ...]]" = HashTrieMap()

    @property
    def spendable(self) -> tuple[CreditLot, ...]:
        """The lots that pay invoices, oldest first: all but those that wait for a refund."""
        lots = (self.by_id[name] for name in self.open)
        return tuple(lot for lot in lots if not lot.awaits_refund)

    @property
    def awaiting_refund(self) -> tuple[CreditLot, ...]:
        """The lots that wait for a refund, oldest first."""
        lots = (self.by_id[name] for name in self.open)
        return tuple(lot for lot in lots if lot.awaits_refund)


def evolve_lots(lots: Lots, fact: Fact) -> Lots:
    """The lots after a fact; the same object where it concerns no credit."""
    match fact:
        case CreditGranted():
            return _granted(lots, fact)
        case CreditUsed():
            lot = lots.by_id[fact.credit]
            uses = (*lot.uses, (fact.invoice, fact.amount))
            return _changed(lots, _spent(replace(lot, uses=uses), fact.amount))
        case CreditUseReversed():
            lot = lots.by_id[fact.credit]
            uses = _without(lot.uses, fact.invoice, fact.amount)
            return _changed(lots, _spent(replace(lot, uses=uses), -fact.amount))
        case CreditWithdrawn():
            lot = lots.by_id[fact.credit]
            return _changed(lots, replace(lot, left=lot.left - fact.amount))
        case RefundRecorded():
            for part in fact.credits:
                lots = _changed(lots, _spent(lots.by_id[part.credit], part.amount))
            return lots
        case _:
            return lots


def _granted(lots: Lots, fact: CreditGranted) -> Lots:
    lot = CreditLot(
        fact.credit,
        fact.source,
        left=fact.amount,
        spent=Money.zero(fact.amount.currency),
        awaits_refund=fact.awaits_refund,
        invoice=fact.of.invoice,
        payment=fact.of.payment,
    )
    lots = _changed(lots, lot)
    if lot.invoice is not None:
        names = (*lots.of_invoice.get(lot.invoice, ()), lot.credit)
        lots = replace(lots, of_invoice=lots.of_invoice.insert(lot.invoice, names))
    if lot.payment is not None:
        names = (*lots.of_payment.get(lot.payment, ()), lot.credit)
        lots = replace(lots, of_payment=lots.of_payment.insert(lot.payment, names))
    return lots


def _changed(lots: Lots, lot: CreditLot) -> Lots:
    """The lots with one of them as it is now; a lot that is filled again keeps its old place."""
    is_new = lot.credit not in lots.by_id
    by_id = lots.by_id.insert(lot.credit, lot)
    if bool(lot.left.minor) == (lot.credit in lots.open):
        return replace(lots, by_id=by_id)
    if not lot.left.minor:
        still = tuple(name for name in lots.open if name != lot.credit)
        return replace(lots, by_id=by_id, open=still)
    names = (*lots.open, lot.credit) if is_new else (lot.credit, *lots.open)
    return replace(lots, by_id=by_id, open=names)


def _spent(lot: CreditLot, amount: Money) -> CreditLot:
    return replace(lot, left=lot.left - amount, spent=lot.spent + amount)


def _without(
    uses: tuple[tuple[str, Money], ...], invoice: str, amount: Money
) -> tuple[tuple[str, Money], ...]:
    """The uses of a lot less an amount of one invoice, the last use first."""
    rest, kept = amount, list[tuple[str, Money]]()
    for name, used in reversed(uses):
        taken = min(used, rest) if name == invoice else Money.zero(used.currency)
        rest -= taken
        if used > taken:
            kept.append((name, used - taken))
    return tuple(reversed(kept))
