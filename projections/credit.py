"""The credit of every account, in lots."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, get_args

from events.accounts import AccountOpened
from events.credit import CreditGranted, CreditSource, CreditUsed
from events.envelope import Recorded
from events.fact import Fact
from events.money import Money
from projections.rows import Row, Rows, existing

Handled = AccountOpened | CreditGranted | CreditUsed


@dataclass(frozen=True, slots=True)
class CreditLot:
    """A lot of credit: what it was and what is left of it."""

    credit: str
    source: CreditSource
    amount: Money
    left: Money
    granted_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRow(Row):
    """The credit of an account (its id is the key): its lots, oldest first, without the used-up."""

    TABLE: ClassVar[str] = "credit"
    currency: str
    lots: tuple[CreditLot, ...]

    @property
    def balance(self) -> Money:
        """All that is left."""
        return Money.standing((lot.left for lot in self.lots), self.currency)


class CreditProjection:
    """Folds the facts of credit; every account has a row from its opening on."""

    name = "credit"
    version = 1
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (CreditRow,)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change an account's lots by one event."""
        fact = event.fact
        if isinstance(fact, AccountOpened):
            rows.put(
                CreditRow(
                    key=fact.account,
                    account=fact.account,
                    position=event.position,
                    currency=fact.currency,
                    lots=(),
                )
            )
        elif isinstance(fact, CreditGranted):
            row = existing(rows, CreditRow, event.account or "")
            lot = CreditLot(fact.credit, fact.source, fact.amount, fact.amount, event.effective_on)
            rows.put(replace(row, lots=(*row.lots, lot)))
        elif isinstance(fact, CreditUsed):
            row = existing(rows, CreditRow, event.account or "")
            rows.put(replace(row, lots=_used(row, fact)))


def _used(row: CreditRow, fact: CreditUsed) -> tuple[CreditLot, ...]:
    """The lots after a part of one was used; ValueError where there is not so much in it."""
    lots = {lot.credit: lot for lot in row.lots}
    lot = lots.get(fact.credit)
    if lot is None or lot.left < fact.amount:
        raise ValueError(f"no {fact.amount} left of credit {fact.credit!r}")
    lots[fact.credit] = replace(lot, left=lot.left - fact.amount)
    return tuple(lot for lot in lots.values() if lot.left.minor)
