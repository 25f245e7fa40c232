"""The journal as a file for beancount, whose `bean-check` judges it: entries and assertions.

After each day on which something was written every account is asserted, to the unit: `~ 0`. The
accounts that `Standing` knows by what it says, deferred revenue by what the schedules still hold,
and at the end all deferred revenue is earned.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest

from events.envelope import Recorded
from events.money import Money
from tests.sufficiency.journal import (
    DEFERRED,
    EARNED,
    Entry,
    Journal,
    MoneyFact,
    entries,
    releases,
)
from tests.sufficiency.revenue import schedule
from tests.sufficiency.standing import Standing


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an account must hold when a day begins."""

    on: date
    account: str
    amount: Money


def books(events: list[Recorded], prefix: str = "") -> str:
    """The books of a history of one currency; accounts of the prefix do not meet another's."""
    journal = Journal()
    journal.names.prefix = prefix
    found = list(entries(events, journal))
    released = list(releases(events, journal))
    expected = list(assertions(events, journal, released))
    return text([*found, *released], expected, prefix)


def assertions(
    events: list[Recorded], journal: Journal, released: list[Entry]
) -> Iterator[Assertion]:
    """What every account must hold after each day that changed something."""
    standing = Standing()
    currency = ""
    seen: dict[str, int] = {}
    moving = [event for event in events if isinstance(event.fact, MoneyFact)]
    for event, after in zip_longest(moving, moving[1:]):
        standing.apply(event)
        currency = currency or _currency(event)
        day = journal.day(event)
        if after is not None and journal.day(after) == day:
            continue
        now = standing.accounts(journal)
        for account, minor in now.items():
            if seen.get(account) != minor:
                yield Assertion(day + timedelta(days=1), account, Money(minor, currency))
        seen = now
    for entry in released:
        day = entry.on + timedelta(days=1)
        known = max(event.position for event in moving if journal.day(event) <= entry.on)
        ahead = sum(
            earning.minor for earning in schedule(events, known) if earning.month > entry.on
        )
        yield Assertion(day, DEFERRED, Money(-ahead, currency))


def _currency(event: Recorded) -> str:
    amount = getattr(event.fact, "net", None) or getattr(event.fact, "amount", None)
    return amount.currency if isinstance(amount, Money) else ""


def text(found: Iterable[Entry], expected: Iterable[Assertion], prefix: str = "") -> str:
    """The beancount file of entries and assertions."""
    found = sorted(found, key=lambda entry: entry.on)
    opened: dict[str, date] = {}
    lines: list[str] = []
    for entry in found:
        lines.append(f'{entry.on} * "{entry.text}"')
        for posting in entry.postings:
            account = own(posting.account, prefix)
            opened.setdefault(account, entry.on)
            lines.append(f"  {account}  {posting.amount.amount} {posting.amount.currency}")
    for claim in expected:
        account = own(claim.account, prefix)
        opened.setdefault(account, claim.on)
        lines.append(
            f"{claim.on} balance {account}  {claim.amount.amount} ~ 0 {claim.amount.currency}"
        )
    first = min(opened.values(), default=date.min)
    opens = [f"{first} open {account}" for account in sorted(opened)]
    return "\n".join([*opens, *lines, ""])


def own(account: str, prefix: str) -> str:
    """An account under the name of its history, where several stand in one file."""
    if not prefix:
        return account
    root, rest = account.split(":", 1)
    return f"{root}:{prefix}:{rest}"


__all__ = ["EARNED", "Assertion", "assertions", "books", "own", "text"]
