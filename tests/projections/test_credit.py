"""Stories of an account's credit."""

from datetime import date

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from events.credit import (
    CreditGranted,
    CreditOrigin,
    CreditUsed,
    CreditUseReversed,
    CreditWithdrawn,
)
from events.money import MAX_MINOR, Money
from events.payments import RefundedCredit, RefundRecorded
from projections.credit import CreditLot, CreditLotRow, CreditRow, CreditUse
from projections.projection import Undigestible
from tests.support.given_facts import TODAY, History, charged, eur, invoice, opened, started

MOST = "1000000000.00"


def granted(amount: str, name: str = "k1") -> CreditGranted:
    """A lot of goodwill."""
    return CreditGranted(credit=name, source="goodwill", amount=eur(amount))


def used(amount: str, name: str = "k1") -> CreditUsed:
    """A part of a lot used for an invoice."""
    return CreditUsed(credit=name, invoice="i1", amount=eur(amount))


def refunded(amount: str, name: str = "k1") -> RefundRecorded:
    """A part of a lot paid out."""
    return RefundRecorded(
        refund="r1",
        amount=eur(amount),
        method="transfer",
        refunded_on=TODAY,
        credits=(RefundedCredit(credit=name, amount=eur(amount)),),
    )


def invoiced() -> History:
    """An account with an open invoice, `i1`, of which credit may pay anything."""
    return History().happens(opened(), started(), charged(MOST), invoice(MOST))


def lots(history: History) -> list[CreditLot]:
    """The lots of `acme`, in the order of granting."""
    return [row.lot for row in history.rows().page(CreditLotRow, account="acme")]


def credit(history: History) -> CreditRow:
    """The credit of `acme`."""
    row = history.rows().get(CreditRow, "acme")
    assert row is not None
    return row


def test_account_without_credit_has_none():
    """An account has a balance of nothing in its own currency from its opening on."""
    assert credit(History().happens(opened())).balance == eur("0.00")


def test_lots_are_kept_oldest_first():
    """Each grant is a lot of its own; a used-up one stays, with what it paid."""
    history = invoiced().happens(granted("30.00"))
    history.happens(granted("50.00", "k2"), on=date(2020, 7, 1))
    assert credit(history).balance == eur("80.00")
    assert [lot.credit for lot in lots(history)] == ["k1", "k2"]

    history.happens(used("30.00"), used("20.00", "k2"))
    assert [(lot.credit, lot.amount, lot.left) for lot in lots(history)] == [
        ("k1", eur("30.00"), eur("0.00")),
        ("k2", eur("50.00"), eur("30.00")),
    ]
    assert lots(history)[0].used == (CreditUse("i1", eur("30.00")),)
    assert credit(history).balance == eur("30.00")


@pytest.mark.rule("GEN-23")
def test_a_lot_says_what_became_of_it():
    """Used, used no more, withdrawn, refunded: amount = left + used + withdrawn + refunded."""
    history = invoiced().happens(
        granted("100.00"),
        used("60.00"),
        CreditUseReversed(credit="k1", invoice="i1", amount=eur("50.00")),
        CreditWithdrawn(credit="k1", amount=eur("30.00")),
        refunded("25.00"),
    )
    (lot,) = lots(history)
    assert [use.amount.amount for use in lot.used] == ["60.00", "-50.00"]
    assert (lot.withdrawn, lot.refunded, lot.left) == (eur("30.00"), eur("25.00"), eur("35.00"))
    assert credit(history).balance == eur("35.00")


@pytest.mark.rule("GEN-22", "GEN-23")
def test_credit_that_waits_for_its_refund_is_shown_by_itself():
    """It is part of the balance, and of what is paid out."""
    waiting = CreditGranted(
        credit="k2",
        source="credit_note",
        amount=eur("40.00"),
        of=CreditOrigin(invoice="n1"),
        awaits_refund=True,
    )
    history = invoiced().happens(granted("10.00"), waiting)
    assert (credit(history).balance, credit(history).awaiting_refund) == (
        eur("50.00"),
        eur("40.00"),
    )
    assert (lots(history)[1].awaits_refund, lots(history)[1].of.invoice) == (True, "n1")

    history.happens(refunded("15.00", "k2"))
    assert (credit(history).balance, credit(history).awaiting_refund) == (
        eur("35.00"),
        eur("25.00"),
    )


def test_what_stands_may_be_more_than_one_amount():
    """Lots that are each an amount add up to a balance beyond the bounds of one."""
    most = Money(MAX_MINOR, "EUR").amount
    history = History().happens(opened(), granted(most), granted(most, "k2"))
    assert credit(history).balance.minor == 2 * MAX_MINOR
    assert credit(history).balance.amount == "20000000000000.00"


TOO_MUCH = [
    used("31.00"),
    used("1.00", "k9"),
    CreditWithdrawn(credit="k1", amount=eur("30.01")),
    refunded("31.00"),
]


@pytest.mark.parametrize("fact", TOO_MUCH, ids=lambda fact: fact.NAME)
def test_credit_is_never_overdrawn(fact):
    """A lot from which more is taken than it holds cannot be folded, and the error says where."""
    history = invoiced().happens(granted("30.00"), fact)

    with pytest.raises(Undigestible, match=f"credit at position 6, {fact.NAME}") as caught:
        history.rows()
    assert caught.value.account == "acme"


@given_any(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), max_size=30))
def test_balance_is_what_came_less_what_went(lots):
    """Whatever is granted and used, the balance is the difference of both sums."""
    history = invoiced()
    left = 0
    for number, (amount, wanted) in enumerate(lots):
        taken, name = min(amount, wanted), f"k{number}"
        history.happens(granted(Money(amount, "EUR").amount, name))
        if taken:
            history.happens(used(Money(taken, "EUR").amount, name))
        left += amount - taken

    assert credit(history).balance.minor == left
