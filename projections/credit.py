"""The credit of every account, in lots."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, get_args

from events.accounts import AccountOpened
from events.credit import (
    CreditGranted,
    CreditOrigin,
    CreditSource,
    CreditUsed,
    CreditUseReversed,
    CreditWithdrawn,
)
from events.envelope import Recorded
from events.fact import Fact
from events.money import Money
from events.payments import RefundRecorded
from projections.rows import Row, Rows, existing

Handled = (
    AccountOpened
    | CreditGranted
    | CreditUsed
    | CreditUseReversed
    | CreditWithdrawn
    | RefundRecorded
)


@dataclass(frozen=True, slots=True)
class CreditUse:
    """What a lot paid of an invoice (its id)."""

    invoice: str
    amount: Money


@dataclass(frozen=True, slots=True)
class CreditLot:
    """A lot of credit: what it was, what is left of it, and what became of the rest.

    `of` says what it came from; `awaits_refund`: it pays no invoice.
    """

    credit: str
    source: CreditSource
    amount: Money
    left: Money
    granted_on: date
    of: CreditOrigin
    used: tuple[CreditUse, ...]
    withdrawn: Money
    refunded: Money
    awaits_refund: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRow(Row):
    """The credit of an account (its id is the key): what is left, and what waits for a refund."""

    TABLE: ClassVar[str] = "credit"
    currency: str
    balance: Money
    awaiting_refund: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLotRow(Row):
    """A lot of credit (its id is the key), used up or not. Listed in the order of granting."""

    TABLE: ClassVar[str] = "credit_lots"
    lot: CreditLot


class CreditProjection:
    """Folds the facts of credit; every account has a row from its opening on."""

    name = "credit"
    version = 2
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (CreditRow, CreditLotRow)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change an account's lots by one event."""
        match event.fact:
            case AccountOpened() as fact:
                _opened(event, fact, rows)
            case CreditGranted() as fact:
                _granted(event, fact, rows)
            case CreditUsed() as fact:
                use = CreditUse(fact.invoice, fact.amount)
                lot = _lot(rows, fact.credit, fact.amount)
                _change(event, rows, replace(lot, used=(*lot.used, use)), -fact.amount)
            case CreditUseReversed() as fact:
                lot = _lot(rows, fact.credit, -fact.amount)
                use = CreditUse(fact.invoice, -fact.amount)
                _change(event, rows, replace(lot, used=(*lot.used, use)), fact.amount)
            case CreditWithdrawn() as fact:
                lot = _lot(rows, fact.credit, fact.amount)
                lot = replace(lot, withdrawn=lot.withdrawn + fact.amount)
                _change(event, rows, lot, -fact.amount)
            case RefundRecorded() as fact:
                for part in fact.credits:
                    lot = _lot(rows, part.credit, part.amount)
                    lot = replace(lot, refunded=lot.refunded + part.amount)
                    _change(event, rows, lot, -part.amount)
            case _:
                pass


def _opened(event: Recorded, fact: AccountOpened, rows: Rows) -> None:
    zero = Money.zero(fact.currency)
    rows.put(
        CreditRow(
            key=fact.account,
            account=fact.account,
            position=event.position,
            currency=fact.currency,
            balance=zero,
            awaiting_refund=zero,
        )
    )


def _granted(event: Recorded, fact: CreditGranted, rows: Rows) -> None:
    zero = Money.zero(fact.amount.currency)
    lot = CreditLot(
        fact.credit,
        fact.source,
        fact.amount,
        left=zero,
        granted_on=event.effective_on,
        of=fact.of,
        used=(),
        withdrawn=zero,
        refunded=zero,
        awaits_refund=fact.awaits_refund,
        reason=fact.reason,
    )
    rows.put(CreditLotRow(key=fact.credit, account=event.account, position=event.position, lot=lot))
    _change(event, rows, lot, fact.amount)


def _lot(rows: Rows, credit: str, amount: Money) -> CreditLot:
    """A lot that holds so much; ValueError where there is not so much in it."""
    row = rows.get(CreditLotRow, credit)
    if row is None or row.lot.left < amount:
        raise ValueError(f"no {amount} left of credit {credit!r}")
    return row.lot


def _change(event: Recorded, rows: Rows, lot: CreditLot, by: Money) -> None:
    """Put a lot with more or less left of it, and the account's balance."""
    row = existing(rows, CreditLotRow, lot.credit)
    rows.put(replace(row, lot=replace(lot, left=lot.left + by)))
    account = existing(rows, CreditRow, event.account or "")
    waiting = account.awaiting_refund
    if lot.awaits_refund:
        waiting = Money.standing((waiting, by), account.currency)
    balance = Money.standing((account.balance, by), account.currency)
    rows.put(replace(account, balance=balance, awaiting_refund=waiting))
