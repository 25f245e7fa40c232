"""Laws of money (CONTRACT 5.7, 5.15, 5.27) on what the program answers, in any history.

Histories of credit notes (whole, by line, by seats, by amount), reversals, refunds, carry-over and
moved billing dates in any order, on random catalogues and on the five shipped ones, in EUR, JPY
and KWD. Nothing here asks the model what it thinks; only the histories are made with its help.
"""

import random
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.random_histories import SHIPPED, history
from tests.properties.played import Json, Played, minor, notes_of

COMMANDS = 50
few = settings(max_examples=3)
many = settings(max_examples=150)
WORLDS = ("EUR", "JPY", "KWD", *SHIPPED)
"""Random catalogues in three currencies, and the shipped ones."""

PAID_LATER = tuple(world for world in WORLDS if world not in {"goto", "microsoft"})
"""Those with a method by which the order waits for its payment."""


def played(seed: int, world: str) -> Played:
    """The history of a seed, of fifty commands or more.

    Where the contract leaves open what happens, a history may end early: then it is another one.
    """
    made = (history(f"{seed}/{again}", COMMANDS, COMMANDS + 15, world) for again in count())
    return Played(next(one for one in made if len(one["steps"]) >= COMMANDS))


def nothing_is_due_below_zero(standing: Json) -> None:
    """What is due is never below zero, never more than the total, and the figures add up."""
    notes = notes_of(standing["invoices"])
    for one in standing["invoices"]:
        figures = {name: minor(one[name]) for name in ("total", "credit_used", "paid", "due")}
        if one["kind"] == "credit_note":
            assert (figures["credit_used"], figures["paid"], figures["due"]) == (0, 0, 0)
            continue
        assert 0 <= figures["due"] <= max(figures["total"], 0)
        lessened = figures["total"] - figures["credit_used"] - figures["paid"] - figures["due"]
        given_back = -sum(minor(note["total"]) for note in notes[one["number"]])
        if figures["total"] > 0:
            assert 0 <= lessened <= max(given_back, 0)


def notes_stay_within(standing: Json, mixed: frozenset[str] = frozenset()) -> None:
    """The notes of a document never exceed it: net, and tax and total where rates do not differ.

    `mixed` are the documents on which they do.
    """
    documents = {one["number"]: one for one in standing["invoices"]}
    for number, notes in notes_of(standing["invoices"]).items():
        for name in ("net",) if number in mixed else ("net", "tax", "total"):
            whole = minor(documents[number][name])
            noted = -sum(minor(note[name]) for note in notes)
            assert min(whole, 0) <= noted <= max(whole, 0), (number, name)


def what_came_in_is_kept_or_went_back(play: Played, standing: Json) -> None:
    """Payments and goodwill less what went back = documents less what is due + credit + what waits
    with orders.
    """
    totals = sum(minor(one["total"]) - minor(one["due"]) for one in standing["invoices"])
    credit = sum(minor(one) for one in standing["credit"].values())
    waits = play.paid_for_what_waits(standing["orders"])
    assert totals + credit + waits == play.came_in_less_went_back()


def every_due_is_settled(play: Played) -> None:
    """Nothing is due that a payment of it does not close."""
    for one in play.standing()["invoices"]:
        if minor(one["due"]) > 0:
            done = play.do("RecordPayment", invoice=one["number"])
            assert done["outcome"] == "accepted", done
    assert not any(minor(one["due"]) for one in play.standing()["invoices"])


def all_comes_back(play: Played, chance: random.Random) -> None:
    """Every document credited whole, in any order, again and again while something is left: its
    notes sum to it, net, tax and total, and nothing is due.
    """
    later = (play.now.replace(day=1) + timedelta(days=62)).replace(day=1, hour=12, minute=0)
    play.wait(later - play.now)  # what was taken back is on its statement by then
    play.do("GrantCredit", account="acme", amount=play.money(10**12))
    for _ in range(12):
        numbers = [one["number"] for one in play.standing()["invoices"] if one["kind"] == "invoice"]
        chance.shuffle(numbers)
        outcomes = [play.do("IssueCreditNote", invoice=number) for number in numbers]
        codes = {one.get("code") for one in outcomes}
        assert codes <= {None, "invoice.nothing_left_to_credit"}
        if codes == {"invoice.nothing_left_to_credit"} or not codes:
            break
    standing = play.standing()
    documents = {one["number"]: one for one in standing["invoices"]}
    for number, notes in notes_of(standing["invoices"]).items():
        one = documents[number]
        if one["kind"] == "invoice":
            for name in ("net", "tax", "total"):
                assert sum(minor(note[name]) for note in notes) == -minor(one[name]), (number, name)
            assert minor(one["due"]) == 0
            assert one["status"] == "credited"
    what_came_in_is_kept_or_went_back(play, standing)


def orders_paid_as_quoted_complete(play: Played, chance: random.Random) -> int:
    """Whoever transfers what the preview showed gets what was ordered; how many did."""
    for name, one in play.standing()["orders"].items():
        if one["status"] == "pending_credit_check":
            play.do("FailCreditCheck", order=name)
    completed = 0
    for plan, terms in play.scenario["catalogue"]["plans"].items():
        methods = [name for name, how in terms["payment"].items() if how == "when_paid"]
        if not methods:
            continue
        first = {
            "account": "acme",
            "subscription": f"quoted-{plan}",
            "plan": plan,
            "seats": terms["seats"]["minimum"] + chance.randint(0, 3),
            "payment_method": methods[0],
            "order": f"quoted-{plan}",
        }
        more = {
            "subscription": f"quoted-{plan}",
            "quantity": chance.randint(1, 3),
            "payment_method": methods[0],
            "order": f"more-{plan}",
        }
        for command, fields in (("StartSubscription", first), ("AddSeats", more)):
            completed += _completes_as_quoted(play, chance, command, fields)
    return completed


def _completes_as_quoted(play: Played, chance: random.Random, command: str, fields: Json) -> bool:
    """Whether an order was taken and nothing came between; then it must complete."""
    shown, ordered = play.do(command, dry=True, **fields), play.do(command, **fields)
    assert shown["outcome"] == ordered["outcome"]
    if ordered["outcome"] == "refused":
        return False
    quoted = shown["preview"]["invoice"]
    due = minor(quoted["due"]) if quoted else 0
    if due:
        before = len(play.standing()["invoices"])
        play.wait(timedelta(hours=chance.choice((0, 1, 30))))
        if len(play.standing()["invoices"]) > before:
            return False  # credit is not set aside: what fell due meanwhile may have used it
        paid = play.do("RecordPayment", order=fields["order"], amount=play.money(due))
        assert paid["outcome"] == "accepted", paid
    assert play.standing()["orders"][fields["order"]]["status"] == "completed"
    return True


def laws(seed: int, world: str) -> None:
    """All laws on the history of a seed."""
    chance = random.Random(f"laws/{seed}")
    play = played(seed, world)
    standing = play.standing()
    nothing_is_due_below_zero(standing)
    notes_stay_within(standing, play.with_several_rates())
    what_came_in_is_kept_or_went_back(play, standing)
    if chance.random() < 0.5:
        every_due_is_settled(play)
    all_comes_back(play, chance)


@pytest.mark.rule("GEN-22", "GEN-23", "GEN-25", "ALL-09")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(seed=st.integers(0, 2**32))
def test_laws_of_money(world: str, seed: int):
    """What came in = what is kept + what went back; notes sum to their document; no false due."""
    laws(seed, world)


@pytest.mark.rule("GEN-24")
@pytest.mark.parametrize("world", PAID_LATER)
@few
@given(seed=st.integers(0, 2**32))
def test_orders_paid_as_quoted_complete(world: str, seed: int):
    """An order that is paid as its preview quoted completes, after any history."""
    orders_paid_as_quoted_complete(played(seed, world), random.Random(seed))


@pytest.mark.soak
@pytest.mark.parametrize("world", WORLDS)
@many
@given(seed=st.integers(0, 2**32))
def test_laws_of_money_over_many_histories(world: str, seed: int):
    """The same over many more."""
    laws(seed, world)


@pytest.mark.soak
@pytest.mark.parametrize("world", PAID_LATER)
@many
@given(seed=st.integers(0, 2**32))
def test_many_orders_paid_as_quoted_complete(world: str, seed: int):
    """The same over many more."""
    orders_paid_as_quoted_complete(played(seed, world), random.Random(seed))
