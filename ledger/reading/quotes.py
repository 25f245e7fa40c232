"""What the next renewals will cost: the one figure that no row holds, as it is a question of price.

Asked of the decisions' own arithmetic, so that it is what the renewal will come to (PA-03).
"""

from collections.abc import Callable
from dataclasses import dataclass

from commands.renewals import renewal_quote
from commands.schemas import NextRenewal
from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState
from ledger.reading import answers
from ledger.reading.schemas import UpcomingRenewal
from ledger.writer import Service
from projections.renewals import RenewalRow
from projections.rows import Reader


@dataclass(frozen=True, slots=True)
class Known:
    """Where accounts and catalogues are known from: now, or as of an earlier position."""

    account: Callable[[str], AccountState]
    catalogue: Callable[[str], CatalogueState]

    @classmethod
    def now(cls, service: Service) -> "Known":
        """As the service knows them."""
        return cls(service.state, service.catalogue)


def renewal(known: Known, row: RenewalRow | None) -> NextRenewal | None:
    """Day, seats and total (before tax and credit) of a renewal; None where nothing will renew."""
    if row is None or row.account is None:
        return None
    state = known.account(row.account)
    sub = state.subscriptions.get(row.key)
    quote = None if sub is None else renewal_quote(known.catalogue(state.catalogue), sub)
    if quote is None:
        return None
    return {
        "renewal_date": answers.day(quote.renewal_date),
        "seats": quote.seats,
        "total": answers.money(quote.total),
    }


def upcoming(known: Known, row: RenewalRow) -> UpcomingRenewal | None:
    """The subscription that will renew, and its renewal; None where nothing will renew."""
    quote = renewal(known, row)
    if quote is None:
        return None
    return {
        "subscription": row.key,
        "account": answers.account_of(row),
        "plan": row.plan,
        **quote,
    }


def renewal_answers(known: Known, rows: Reader) -> dict[str, NextRenewal]:
    """Every subscription that will renew, with its renewal."""
    told = {row.key: renewal(known, row) for row in rows.page(RenewalRow)}
    return {key: answer for key, answer in told.items() if answer is not None}
