"""What a decision knows of an account's credit: its lots, what they paid, and what is left."""

from dataclasses import dataclass, replace
from typing import NamedTuple

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

    `spent` is what paid invoices or was refunded, `claimed` what notes above zero took; what was
    withdrawn otherwise counts neither as used nor as left. `invoice` is the document below zero or
    the note, `payment` the payment it came from.
    """

    credit: str
    source: CreditSource
    left: Money
    spent: Money
    awaits_refund: bool
    invoice: str | None
    payment: str | None
    claimed: Money
    uses: tuple[tuple[str, Money], ...] = ()

    @property
    def used(self) -> Money:
        """What cannot be taken back of it any more."""
        return self.spent + self.claimed


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
            if fact.of.invoice is not None:
                lot = replace(lot, claimed=lot.claimed + fact.amount)
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
        claimed=Money.zero(fact.amount.currency),
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


@dataclass(frozen=True, slots=True)
class Returned:
    """A part of what came back of an invoice: the lot that it became (None: outside the ledger)."""

    credit: str | None
    amount: Money


class TakenBack(NamedTuple):
    """What makes up an amount of what came back, the rest, and whether some of it was used."""

    taken: list[Returned]
    kept: tuple[Returned, ...]
    is_used: bool


def taken_back_of(returned: tuple[Returned, ...], amount: Money, lots: Lots) -> TakenBack:
    """What makes up an amount of what came back of an invoice.

    First what is left of the lots, then what was withdrawn of them, at last what has been used.
    """
    left, withdrawn, used = list[Returned](), list[Returned](), list[Returned]()
    for one in returned:
        unused, void = _unused(one, lots)
        left.append(replace(one, amount=unused))
        withdrawn.append(replace(one, amount=void))
        used.append(replace(one, amount=one.amount - unused - void))
    rest, taken, kept = amount, list[Returned](), list[Returned]()
    for one in (*left, *withdrawn, *used):
        own = min(one.amount, rest)
        rest -= own
        taken.append(replace(one, amount=own))
        kept.append(replace(one, amount=one.amount - own))
    is_used = any(one.amount.minor for one in taken[-len(used) :])
    still = tuple(one for one in kept if one.amount.minor)
    return TakenBack([one for one in taken if one.amount.minor], still, is_used)


def _unused(one: Returned, lots: Lots) -> tuple[Money, Money]:
    """What is left of what came back as a lot, and what of it was withdrawn."""
    zero = Money.zero(one.amount.currency)
    if one.credit is None:
        return zero, zero
    lot = lots.by_id[one.credit]
    left = min(lot.left, one.amount)
    return left, max(one.amount - left - lot.used, zero)
