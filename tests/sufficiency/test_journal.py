"""The books of every history balance after each fact, and bean-check accepts them to the unit."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ledger.scenarios.runner import run
from ledger.scenarios.scenario_file import read_scenario
from tests.sufficiency.beancount_file import books
from tests.sufficiency.histories import ALL, history, name
from tests.sufficiency.journal import DEFERRED, Entry, Journal, entries, releases
from tests.sufficiency.standing import Standing


def bean_check(path: Path) -> subprocess.CompletedProcess[str]:
    """What the judge says of a file; it keeps no cache."""
    judge = Path(sys.executable).with_name("bean-check")
    return subprocess.run(
        [judge, "--no-cache", path], capture_output=True, text=True, check=False, timeout=120
    )


def balances(found: list[Entry]) -> Counter[str]:
    """The balance of each account in minor units."""
    sums: Counter[str] = Counter()
    for entry in found:
        for posting in entry.postings:
            sums[posting.account] += posting.amount.minor
    return sums


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_books_balance_after_every_fact(path: Path):
    """Each money fact is an entry whose debits equal its credits, and so is each release."""
    events = list(history(path))
    journal = Journal()
    found = [*entries(events, journal), *releases(events, journal)]

    assert [entry for entry in found if not entry.balances] == []
    assert sum(balances(found).values()) == 0


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_books_show_what_is_open_after_every_decision(path: Path):
    """Receivable is what is due, credit what the lots hold, unbilled what waits, to the unit."""
    journal, standing = Journal(), Standing()
    sums: Counter[str] = Counter()
    events = [event for event in history(path) if event.account is not None]
    for event, after in zip(events, [*events[1:], None], strict=True):
        entry = journal.entry(event)
        standing.apply(event)
        if entry is not None:
            sums.update(balances([entry]))
        if after is None or after.command_id != event.command_id:
            expected = standing.accounts(journal)
            assert {account: sums[account] for account in expected} == expected
            unknown = {
                account
                for account, minor in sums.items()
                if minor and account not in expected and not account.startswith(DEFERRED)
            }
            assert unknown == set()


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_deferred_revenue_is_earned_in_the_end(path: Path):
    """When all periods are over nothing is deferred; nothing that was charged was lost."""
    events = list(history(path))
    journal = Journal()
    found = [*entries(events, journal), *releases(events, journal)]
    left = {
        account: minor
        for account, minor in balances(found).items()
        if account.startswith(DEFERRED) and minor
    }

    assert left == {}


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("path", ALL, ids=name)
def test_books_agree_with_what_is_answered(path: Path):
    """What the ledger answers of invoices and credit is what the books of the facts show."""
    journal = Journal()
    sums = balances(list(entries(list(history(path)), journal)))
    answer = run(read_scenario(path)).answer

    due = sum(_minor(one["due"]["amount"]) for one in answer["invoices"])
    credit = sum(_minor(one["amount"]) for one in answer["credit"].values())
    assert _under(sums, "Assets:Receivable") == due
    assert _under(sums, "Liabilities:Credit") == -credit


def _under(sums: Counter[str], account: str) -> int:
    return sum(minor for name, minor in sums.items() if name.startswith(account))


def _minor(amount: str) -> int:
    return int(amount.replace(".", ""))


@pytest.mark.rule("ALL-09")
def test_bean_check_accepts_the_books_of_every_history(tmp_path: Path):
    """Beancount, an independent judge, finds every entry balanced and every assertion true."""
    names = []
    for number, path in enumerate(ALL, 1):
        names.append(f"{number:03}-{path.stem}.beancount")
        file = tmp_path / names[-1]
        file.write_text(books(list(history(path)), prefix=f"S{number}"), encoding="utf-8")
    main = tmp_path / "all.beancount"
    main.write_text("".join(f'include "{one}"\n' for one in names), encoding="utf-8")

    judged = bean_check(main)
    assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")


@pytest.mark.rule("ALL-09")
@pytest.mark.parametrize("what", ["entry", "assertion"])
def test_bean_check_rejects_books_that_are_off_by_one(tmp_path: Path, what: str):
    """One unit too much, in an entry or on an account, does not pass the judge."""
    path = next(path for path in ALL if path.stem == "carried_over")
    lines = books(list(history(path))).splitlines()
    kind = " balance Liabilities:Credit:Goodwill" if what == "assertion" else "  Expenses:Goodwill"
    spoilt = next(number for number, line in enumerate(lines) if kind in line and "3.33" in line)
    lines[spoilt] = lines[spoilt].replace("3.33", "3.34")
    file = tmp_path / "spoilt.beancount"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    judged = bean_check(file)
    assert judged.returncode == 1
    assert "Balance failed" in judged.stderr or "does not balance" in judged.stderr
