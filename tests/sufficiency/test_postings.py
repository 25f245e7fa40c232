"""`docs/postings.md` says of every money fact what it debits and credits, as the journal does."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from events.credit import CreditSource
from events.money import Money
from events.registry import FACTS
from tests.sufficiency.histories import ALL, TESTS, history
from tests.sufficiency.journal import Journal, MoneyFact, entries, releases

PAGE = TESTS.parent / "docs" / "postings.md"
BOOKED = {fact.NAME for fact in get_args(MoneyFact)}
PROMISED = {"OrderPlaced"}
"""Holds amounts of an order that waits: nothing is owed before it completes."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def holds_money(annotation: Any) -> bool:
    """Whether a field of this type holds an amount, however deep."""
    if annotation is Money:
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(holds_money(field.annotation) for field in annotation.model_fields.values())
    return any(holds_money(part) for part in get_args(annotation))


@pytest.mark.rule("ALL-09")
def test_every_fact_that_holds_money_is_booked():
    """No fact moves money past the books."""
    with_money = {name for name, fact in FACTS.items() if holds_money(fact)}

    assert with_money - PROMISED == BOOKED


@pytest.mark.rule("ALL-09")
def test_page_names_every_money_fact_and_source():
    """The table of facts has a row for each money fact, and one for each source of credit."""
    firsts = " ".join(cells[0] for cells in rows("Facts"))

    assert set(re.findall(r"`([A-Z]\w+)`", firsts)) == BOOKED
    assert set(get_args(CreditSource)) <= set(re.findall(r"`(\w+)`", firsts))


@pytest.mark.rule("ALL-09")
def test_page_names_every_account():
    """The accounts that the histories post to are those of the table, and all of them are used."""
    named = {cells[0].strip("`") for cells in rows("Accounts")}
    general = {re.sub(r":(SOURCE|COUNTRY:RATE)$", "", account) for account in named}
    used: set[str] = set()
    for path in ALL:
        used |= _accounts(path)

    assert {account for account in general if _is_used(account, used)} == general
    assert [account for account in used if not any(_above(one, account) for one in general)] == []


def _accounts(path: Path) -> set[str]:
    events = list(history(path))
    journal = Journal()
    found = [*entries(events, journal), *releases(events, journal)]
    return {posting.account for entry in found for posting in entry.postings}


def _is_used(account: str, used: set[str]) -> bool:
    return any(_above(account, one) for one in used)


def _above(account: str, other: str) -> bool:
    return other == account or other.startswith(account + ":")
