"""Every charge: what it is for, how much of it stands on invoices, what has been taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, get_args

from events.charges import Charged, ChargeSeatsListed, taken_back
from events.credit import CreditGranted
from events.envelope import Recorded
from events.fact import Fact
from events.invoices import CreditNoteIssued, InvoiceIssued
from events.money import Money
from events.seat_numbers import SeatNumbers
from projections.rows import Row, Rows, existing

Handled = Charged | ChargeSeatsListed | InvoiceIssued | CreditNoteIssued | CreditGranted


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRow(Row):
    """A charge (its id is the key), invoiced or not; all amounts are net of tax.

    `billed` stands on the invoices named in `invoices`; the rest waits for a statement (MS-12,
    MS-13). `taken_back` sums unused parts, carried-over credit and credit notes; of a charge that
    takes back itself it counts below zero, and a credit note on it gives its charges that back.
    """

    TABLE: ClassVar[str] = "charges"
    charged: Charged
    seats: SeatNumbers
    billed: Money
    taken_back: Money
    invoices: tuple[str, ...]

    @property
    def unbilled(self) -> Money:
        """What no invoice holds yet."""
        return self.charged.net - self.billed


class ChargesProjection:
    """Folds charges, the invoices that bill them and what takes them back."""

    name = "charges"
    version = 2
    handles: frozenset[type[Fact]] = frozenset(get_args(Handled))
    kinds: tuple[type[Row], ...] = (ChargeRow,)

    def apply(self, event: Recorded, rows: Rows) -> None:
        """Change the charges by one event."""
        fact = event.fact
        if isinstance(fact, Charged):
            rows.put(_charged(event, fact))
            _take_back(rows, ((part.charge, part.amount) for part in fact.reverses))
        elif isinstance(fact, ChargeSeatsListed):
            row = existing(rows, ChargeRow, fact.charge)
            rows.put(replace(row, seats=row.seats | fact.seats))
        elif isinstance(fact, InvoiceIssued):
            _bill(rows, fact)
        elif isinstance(fact, CreditNoteIssued):
            for line in fact.lines:
                reverses = existing(rows, ChargeRow, line.charge).charged.reverses
                parts = taken_back(line.charge, reverses, -line.amount)
                _take_back(rows, ((part.charge, part.amount) for part in parts))
        elif isinstance(fact, CreditGranted):
            _take_back(rows, ((part.charge, part.amount) for part in fact.of.charges))


def _charged(event: Recorded, fact: Charged) -> ChargeRow:
    zero = Money.zero(fact.net.currency)
    return ChargeRow(
        key=fact.charge,
        account=event.account,
        subscription=fact.subscription,
        position=event.position,
        charged=fact,
        seats=fact.seats,
        billed=zero,
        taken_back=zero,
        invoices=(),
    )


def _bill(rows: Rows, fact: InvoiceIssued) -> None:
    for line in fact.lines:
        row = existing(rows, ChargeRow, line.charge)
        invoices = dict.fromkeys((*row.invoices, fact.invoice))
        rows.put(replace(row, billed=row.billed + line.amount, invoices=tuple(invoices)))


def _take_back(rows: Rows, parts: Iterable[tuple[str, Money]]) -> None:
    for charge, amount in parts:
        row = existing(rows, ChargeRow, charge)
        rows.put(replace(row, taken_back=row.taken_back + amount))
