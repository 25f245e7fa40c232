"""When each account's calendar next asks for something, as a lower bound from the facts alone.

Whether it really does is for the account's state to say (`commands.due`): a subscription whose
order still waits does not end, and an order that was paid does not expire. So the days here may be
too early, never too late, and finding the accounts with due work needs no look at the others.
"""

from datetime import date, timedelta

from events.charges import Charged
from events.fact import Fact
from events.invoices import InvoiceIssued
from events.orders import OrderCancelled, OrderCompleted, OrderExpired, OrderFailed, OrderPlaced
from events.subscriptions import SubscriptionEnded, SubscriptionStarted, TermStarted

HANDLES: frozenset[type[Fact]] = frozenset({
    Charged, InvoiceIssued, OrderCancelled, OrderCompleted, OrderExpired, OrderFailed,
    OrderPlaced, SubscriptionEnded, SubscriptionStarted, TermStarted,
})  # fmt: skip
"""The facts that move a day."""

Entry = tuple[str, str | date]
"""What falls due: `end` of a subscription, `expiry` of an order, `statement` of a day."""


class DueDays:
    """The days on which accounts may have work to do, fed with facts in the order of the log."""

    def __init__(self) -> None:
        self._days: dict[str, dict[Entry, date]] = {}

    def apply(self, account: str, fact: Fact) -> None:
        """Take in one fact of an account; those that are not in `HANDLES` change nothing."""
        entries = self._days.setdefault(account, {})
        match fact:
            case SubscriptionStarted() | TermStarted():
                entries["end", fact.subscription] = fact.term.end
            case SubscriptionEnded():
                entries.pop(("end", fact.subscription), None)
            case OrderPlaced() if fact.expires_on is not None:
                entries["expiry", fact.order] = fact.expires_on
            case OrderCompleted() | OrderFailed() | OrderExpired() | OrderCancelled():
                entries.pop(("expiry", fact.order), None)
            case Charged() if fact.statement_on is not None:
                entries["statement", fact.statement_on] = fact.statement_on
                if fact.split and fact.period.end > fact.statement_on:
                    rest_on = _first_of_next_month(fact.statement_on)
                    entries["statement", rest_on] = rest_on
            case InvoiceIssued() if fact.statement is not None:
                for kind, day in list(entries):
                    if kind == "statement" and isinstance(day, date) and day <= fact.statement:
                        del entries[kind, day]
            case _:
                pass
        if not entries:
            del self._days[account]

    def accounts(self, until: date) -> list[tuple[date, str]]:
        """The accounts that may have work up to a day, each with its first day, in that order."""
        first = ((min(entries.values()), account) for account, entries in self._days.items())
        return sorted(found for found in first if found[0] <= until)


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
