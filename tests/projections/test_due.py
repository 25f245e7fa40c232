"""Due days: never too late, so that no account with work to do is missed."""

from datetime import date, timedelta
from functools import cache

from commands.due import next_due_day
from commands.state import AccountState, evolve, initial
from events.orders import OrderCompleted, OrderPlaced
from events.seats import SeatReleased
from projections.due import HANDLES, DueDays
from tests.ledger.desk import Desk
from tests.ledger.long_history import long_history


@cache
def desk() -> Desk:
    """The long history, made once."""
    return long_history()


def test_the_days_are_never_later_than_the_account_says():
    """After every fact of a long history, each account's first day is no later than its due day."""
    days = DueDays()
    states: dict[str, AccountState] = {}
    compared = 0
    for event in desk().log():
        if not event.stream.startswith("account/") or event.account is None:
            continue
        if type(event.fact) in HANDLES:
            days.apply(event.account, event.fact)
        state = states.get(event.account, initial())
        state = evolve(state, event.fact, event.effective_at, event.effective_on)
        states[event.account] = state
        due_on = next_due_day(state)
        first = {account: day for day, account in days.accounts(date.max)}.get(event.account)
        if due_on is not None:
            compared += 1
            assert first is not None
            assert first <= due_on
    assert compared > 100


def test_accounts_come_by_their_first_day():
    """Only accounts with a day up to the one asked for come, in order."""
    days = DueDays()
    for account, order, day in [("b", "o1", 5), ("a", "o2", 5), ("c", "o3", 1), ("c", "o4", 9)]:
        days.apply(account, placed(order, date(2021, 1, day)))

    first, fifth = date(2021, 1, 1), date(2021, 1, 5)
    assert days.accounts(first) == [(first, "c")]
    assert days.accounts(fifth) == [(first, "c"), (fifth, "a"), (fifth, "b")]
    assert days.accounts(first - timedelta(days=1)) == []


def test_what_is_settled_asks_for_nothing():
    """A completed order no longer expires, and an account without days is forgotten."""
    days = DueDays()
    days.apply("a", placed("o", date(2021, 1, 1)))
    days.apply("a", OrderCompleted(order="o"))

    assert days.accounts(date.max) == []


def test_other_facts_move_no_day():
    """What is not handled changes nothing."""
    days = DueDays()
    days.apply("a", SeatReleased(subscription="s", seat=1, person="p"))

    assert days.accounts(date.max) == []


def placed(order: str, expires_on: date) -> OrderPlaced:
    """An order that waits for its payment."""
    return OrderPlaced(
        order=order, payment_method="bank_transfer", timing="when_paid", lines=(),
        expires_on=expires_on,
    )  # fmt: skip
