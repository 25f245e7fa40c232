"""Due days: never too late, so that no account with work to do is missed."""

from datetime import date, timedelta
from functools import cache

from commands.due import next_due_day
from commands.state.account import AccountState, evolve, initial
from events.fact import Fact
from events.invoices import InvoiceIssued
from events.orders import OrderCompleted, OrderPlaced
from events.seats import SeatReleased
from projections.due import DueProjection, DueRow, first_days, move
from projections.rows import MemoryRows
from tests.support.desk import Desk
from tests.support.long_history import long_history


@cache
def desk() -> Desk:
    """The long history, made once."""
    return long_history()


class Days:
    """The days of accounts, fed fact by fact."""

    def __init__(self) -> None:
        self.rows = MemoryRows()
        self._position = 0

    def happens(self, account: str, fact: Fact) -> None:
        """Take in a fact of an account."""
        self._position += 1
        move(self.rows, account, self._position, fact)

    def until(self, day: date) -> list[tuple[date, str]]:
        """The accounts that may have work by a day."""
        return first_days(self.rows.page(DueRow), day)


def test_the_days_are_never_later_than_the_account_says():
    """After every fact of a long history, each account's first day is no later than its due day."""
    rows, due = MemoryRows(), DueProjection()
    states: dict[str, AccountState] = {}
    compared = 0
    for event in desk().log():
        due.apply(event, rows)
        if not event.stream.startswith("account/") or event.account is None:
            continue
        state = states.get(event.account, initial())
        state = evolve(state, event.fact, event.effective_at, event.effective_on)
        states[event.account] = state
        due_on = next_due_day(state)
        known = first_days(rows.page(DueRow), date.max)
        first = {account: day for day, account in known}.get(event.account)
        if due_on is not None:
            compared += 1
            assert first is not None
            assert first <= due_on
    assert compared > 100


def test_accounts_come_by_their_first_day():
    """Only accounts with a day up to the one asked for come, in order."""
    days = Days()
    for account, order, day in [("b", "o1", 5), ("a", "o2", 5), ("c", "o3", 1), ("c", "o4", 9)]:
        days.happens(account, placed(order, date(2021, 1, day)))

    first, fifth = date(2021, 1, 1), date(2021, 1, 5)
    assert days.until(first) == [(first, "c")]
    assert days.until(fifth) == [(first, "c"), (fifth, "a"), (fifth, "b")]
    assert days.until(first - timedelta(days=1)) == []


def test_what_is_settled_leaves_no_row():
    """A completed order no longer expires, and a statement that is out is not waited for."""
    days = Days()
    days.happens("a", placed("o", date(2021, 1, 1)))
    days.happens("a", OrderCompleted(order="o"))
    assert days.rows.page(DueRow) == []

    history = [event for event in desk().log() if event.account == "office"]
    for event in history:
        days.happens("office", event.fact)
        if isinstance(event.fact, InvoiceIssued) and event.fact.statement is not None:
            row = days.rows.get(DueRow, "statement/office")
            assert row is None or row.days[0] > event.fact.statement


def test_other_facts_move_no_day():
    """What is not handled changes nothing."""
    days = Days()
    days.happens("a", SeatReleased(subscription="s", seat=1, person="p"))

    assert days.until(date.max) == []


def placed(order: str, expires_on: date) -> OrderPlaced:
    """An order that waits for its payment."""
    return OrderPlaced(
        order=order, payment_method="bank_transfer", timing="when_paid", lines=(),
        expires_on=expires_on,
    )  # fmt: skip
