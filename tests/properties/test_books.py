"""The books of any history: they balance after each fact, show what is open, and end at nothing."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Recorded
from tests.properties.examples import few
from tests.sufficiency.journal import DEFERRED, Journal, entries, releases
from tests.sufficiency.revenue import charges_of, schedule
from tests.sufficiency.standing import Standing
from tests.support.histories import Run, histories, run
from tests.support.worlds import WORLDS


def _of_accounts(played: Run) -> list[list[Recorded]]:
    """The facts of each account; accounts of different sellers have different currencies."""
    events = played.events()
    return [[event for event in events if event.account == name] for name in played.accounts()]


def books_show_what_is_open(played: Run) -> None:
    """Each entry balances, and after each decision due, credit and unbilled are on the books."""
    for events in _of_accounts(played):
        journal, standing = Journal(), Standing()
        sums: Counter[str] = Counter()
        for event, after in zip(events, [*events[1:], None], strict=True):
            entry = journal.entry(event)
            standing.apply(event)
            if entry is not None:
                assert entry.balances, event
                for posting in entry.postings:
                    sums[posting.account] += posting.amount.minor
            if after is None or after.command_id != event.command_id:
                expected = standing.accounts(journal)
                assert {account: sums[account] for account in expected} == expected
                unknown = {account for account, minor in sums.items() if minor} - set(expected)
                assert all(account.startswith(DEFERRED) for account in unknown), event


def revenue_is_the_charge(played: Run) -> None:
    """When all is over nothing is deferred, and each charge has earned its net less what went."""
    for events in _of_accounts(played):
        journal = Journal()
        sums: Counter[str] = Counter()
        for entry in (*entries(events, journal), *releases(events, journal)):
            assert entry.balances
            for posting in entry.postings:
                sums[posting.account] += posting.amount.minor
        left = {name: minor for name, minor in sums.items() if name.startswith(DEFERRED) and minor}
        assert not left
        assert {earning.charge for earning in schedule(events)} <= set(charges_of(events))


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_the_books_balance_after_every_fact(world: str, data: st.DataObject):
    """Debits equal credits, and what is due, credited and unbilled is what the books show."""
    books_show_what_is_open(run(data.draw(histories(world))))


@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_what_is_charged_is_earned_in_the_end(world: str, data: st.DataObject):
    """Month by month every charge is released, with all that was taken back of it."""
    revenue_is_the_charge(run(data.draw(histories(world))))
