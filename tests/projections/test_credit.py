"""Stories of an account's credit."""

from datetime import date

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from events.credit import CreditGranted, CreditUsed
from events.money import MAX_MINOR, Money
from projections.credit import CreditRow
from projections.projection import Undigestible
from tests.projections.given import History, eur, opened


def granted(amount: str, name: str = "k1") -> CreditGranted:
    """A lot of goodwill."""
    return CreditGranted(credit=name, source="goodwill", amount=eur(amount))


def used(amount: str, name: str = "k1") -> CreditUsed:
    """A part of a lot used for an invoice."""
    return CreditUsed(credit=name, invoice="i1", amount=eur(amount))


def credit(history: History) -> CreditRow:
    """The credit of `acme`."""
    row = history.rows().get(CreditRow, "acme")
    assert row is not None
    return row


def test_account_without_credit_has_none():
    """An account has a balance of nothing in its own currency from its opening on."""
    assert credit(History().happens(opened())).balance == eur("0.00")


def test_lots_are_kept_oldest_first():
    """Each grant is a lot of its own; a used-up one is gone."""
    history = History().happens(opened(), granted("30.00"))
    history.happens(granted("50.00", "k2"), on=date(2020, 7, 1))
    assert credit(history).balance == eur("80.00")
    assert [lot.credit for lot in credit(history).lots] == ["k1", "k2"]

    history.happens(used("30.00"), used("20.00", "k2"))
    assert [(lot.credit, lot.amount, lot.left) for lot in credit(history).lots] == [
        ("k2", eur("50.00"), eur("30.00"))
    ]
    assert credit(history).balance == eur("30.00")


def test_what_stands_may_be_more_than_one_amount():
    """Lots that are each an amount add up to a balance beyond the bounds of one."""
    most = Money(MAX_MINOR, "EUR").amount
    history = History().happens(opened(), granted(most), granted(most, "k2"))
    assert credit(history).balance.minor == 2 * MAX_MINOR
    assert credit(history).balance.amount == "20000000000000.00"


@pytest.mark.parametrize("fact", [used("31.00"), used("1.00", "k9")])
def test_credit_is_never_overdrawn(fact):
    """A lot from which more is taken than it holds cannot be folded, and the error says where."""
    history = History().happens(opened(), granted("30.00"), fact)

    with pytest.raises(Undigestible, match="credit at position 3, CreditUsed") as caught:
        history.rows()
    assert caught.value.account == "acme"


@given_any(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), max_size=30))
def test_balance_is_what_came_less_what_went(lots):
    """Whatever is granted and used, the balance is the difference of both sums."""
    history = History().happens(opened())
    left = 0
    for number, (amount, wanted) in enumerate(lots):
        taken, name = min(amount, wanted), f"k{number}"
        history.happens(granted(Money(amount, "EUR").amount, name))
        if taken:
            history.happens(used(Money(taken, "EUR").amount, name))
        left += amount - taken

    assert credit(history).balance.minor == left
