"""Which facts call for a letter, and to whom."""

import pytest

from events.holders import SeatHolder
from events.seats import SeatAssigned, SeatReassigned
from ledger.mailing.letters import letters_of
from tests.support.given_facts import History, assigned

ROBOT = SeatHolder(kind="agent", id="crawler-7")


@pytest.mark.rule("SE-05", "GEN-20")
def test_a_seat_calls_for_a_letter_to_a_person_alone():
    """An agent reads none; whoever gets its seat afterwards does."""
    robots = SeatAssigned(subscription="vpn", seat=1, entitlements={}, holder=ROBOT)
    persons = SeatReassigned(
        subscription="vpn", seat=1, person="p7", revision=1, domain="acme.example",
        entitlements={}, previous_holder=ROBOT,
    )  # fmt: skip
    events = History().happens(robots, persons, assigned(2)).events
    readers = [[one.person for one in letters_of(event, lambda _order: None)] for event in events]
    assert readers[0] == []
    assert readers[1] == ["p7"]
    assert len(readers[2]) == 1
