"""The facts suffice after any history: random traffic over all worlds, by the same checks."""

from collections import Counter
from typing import TypeGuard

import pytest

from events.charges import Charged
from events.envelope import Recorded
from events.fact import Fact
from tests.sufficiency.again import differences
from tests.sufficiency.en16931 import documents, numbers, terms_of
from tests.sufficiency.en16931_rules import findings
from tests.sufficiency.journal import Journal, entries, releases
from tests.sufficiency.mrr import in_force, movements, recurring
from tests.sufficiency.revenue import schedule, taken_back
from tests.sufficiency.standing import Standing
from tests.support.histories import run, seeded
from tests.support.worlds import WORLDS


def books_are_right(events: list[Recorded]) -> None:
    """Each entry balances, every account is what it must be, and all is earned in the end."""
    journal, standing = Journal(), Standing()
    sums: Counter[str] = Counter()
    for event in events:
        standing.apply(event)
    for entry in entries(events, journal):
        assert entry.balances, entry
        for posting in entry.postings:
            sums[posting.account] += posting.amount.minor
    for entry in releases(events, journal):
        assert entry.balances, entry
        for posting in entry.postings:
            sums[posting.account] += posting.amount.minor
    expected = standing.accounts(journal)
    assert {account: sums[account] for account in expected} == expected
    others = {account for account, minor in sums.items() if minor} - expected.keys()
    assert others <= {"Income:Earned"}


def revenue_adds_up(events: list[Recorded]) -> None:
    """What all charges earn is their net less all that was taken back of them."""
    facts = [event.fact for event in events]
    charged = {fact.charge: fact for fact in facts if is_charge(fact)}
    expected = {name: fact.net.minor for name, fact in charged.items() if not fact.reverses}
    for back in taken_back(events):
        expected[back.charge] -= back.amount.minor
    earned: Counter[str] = Counter()
    for earning in schedule(events):
        earned[earning.charge] += earning.minor
    assert {name: earned[name] for name in expected} == expected


def is_charge(fact: Fact) -> TypeGuard[Charged]:
    """Whether a fact is a charge."""
    return isinstance(fact, Charged)


def movements_explain(events: list[Recorded]) -> None:
    """Recurring revenue on any recorded day is what it was before and what moved it since."""
    charges = in_force(events)
    days = sorted({event.effective_on for event in events})
    for since, until in zip(days[::7], days[3::7], strict=False):
        moved = sum(one.amount for one in movements(charges, since, until))
        opening, closing = recurring(charges, since), recurring(charges, until)
        assert sum(opening.values()) + moved == sum(closing.values())


def documents_are_electronic(events: list[Recorded]) -> None:
    """Every document holds the terms of EN 16931 that its catalogue can give, with right sums."""
    given = numbers(events)
    for document in documents(events):
        assert findings(terms_of(document, given), seller_known=False) == []


def decisions_repeat(events: list[Recorded]) -> None:
    """Every decision made anew gives the same facts."""
    assert list(differences(events)) == []


CHECKS = (
    books_are_right,
    revenue_adds_up,
    movements_explain,
    documents_are_electronic,
    decisions_repeat,
)


@pytest.mark.rule("ALL-09", "ALL-06")
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("seed", [8, 12])
def test_facts_suffice_after_random_traffic(world: str, seed: int):
    """Books, revenue, movements, documents and decisions hold after fifty random commands."""
    events = run(seeded(world, seed)).events()
    for check in CHECKS:
        check(events)


@pytest.mark.soak
@pytest.mark.parametrize("world", WORLDS)
def test_facts_suffice_after_much_random_traffic(world: str):
    """The same for many more histories."""
    for seed in range(1000, 1100):
        events = run(seeded(world, seed)).events()
        for check in CHECKS:
            check(events)
