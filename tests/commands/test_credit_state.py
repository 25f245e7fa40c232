"""Lots of credit: what is left of each, what it paid, and which come first."""

from commands.credit_state import CreditLot, Lots, evolve_lots
from events.credit import (
    CreditGranted,
    CreditOrigin,
    CreditUsed,
    CreditUseReversed,
    CreditWithdrawn,
)
from events.fact import Fact
from events.money import Money
from events.payments import PaymentRecorded, RefundedCredit, RefundRecorded
from tests.given import START


def eur(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "EUR")


def granted(credit: str, minor: int = 100, *, refund: bool = False, **of: str) -> CreditGranted:
    """A lot of credit."""
    return CreditGranted(
        credit=credit,
        source="goodwill",
        amount=eur(minor),
        of=CreditOrigin(**of),
        awaits_refund=refund,
    )


def used(credit: str, invoice: str, minor: int) -> CreditUsed:
    """Credit that pays an invoice."""
    return CreditUsed(credit=credit, invoice=invoice, amount=eur(minor))


def opened(credit: str, invoice: str, minor: int) -> CreditUseReversed:
    """Credit that pays it no longer."""
    return CreditUseReversed(credit=credit, invoice=invoice, amount=eur(minor))


def after(*facts: Fact) -> Lots:
    """The lots after these facts."""
    lots = Lots()
    for fact in facts:
        lots = evolve_lots(lots, fact)
    return lots


def names(lots: tuple[CreditLot, ...]) -> list[tuple[str, int]]:
    """Each lot with what is left of it."""
    return [(lot.credit, lot.left.minor) for lot in lots]


def test_lots_are_spent_oldest_first_and_refunds_wait_apart():
    """What waits for its refund pays nothing."""
    lots = after(granted("a"), granted("b", 200, refund=True), granted("c", 1))
    assert names(lots.spendable) == [("a", 100), ("c", 1)]
    assert names(lots.awaiting_refund) == [("b", 200)]


def test_a_lot_lets_go_of_what_it_pays():
    """To the last cent; then it is open no more, and what it paid is known."""
    lots = after(granted("a"), granted("b"), used("a", "i", 99))
    assert names(lots.spendable) == [("a", 1), ("b", 100)]
    lots = evolve_lots(lots, used("a", "j", 1))
    assert (names(lots.spendable), lots.open) == ([("b", 100)], ("b",))
    assert lots.by_id["a"].spent == eur(100)
    assert lots.by_id["a"].uses == (("i", eur(99)), ("j", eur(1)))


def test_a_use_that_is_reversed_leaves_the_lot_filled_again_in_front():
    """It is the oldest that has something left; the last use of the invoice goes first."""
    lots = after(granted("a"), granted("b"), used("a", "i", 40), used("a", "j", 20))
    lots = evolve_lots(evolve_lots(lots, used("a", "i", 40)), opened("a", "i", 50))

    assert names(lots.spendable) == [("a", 50), ("b", 100)]
    assert lots.by_id["a"].uses == (("i", eur(30)), ("j", eur(20)))
    assert lots.by_id["a"].spent == eur(50)
    lots = evolve_lots(lots, opened("a", "i", 30))
    assert lots.by_id["a"].uses == (("j", eur(20)),)


def test_what_is_withdrawn_is_neither_left_nor_spent():
    """What is refunded is spent."""
    lots = after(
        granted("a"),
        granted("b", refund=True),
        CreditWithdrawn(credit="a", amount=eur(30), of=CreditOrigin()),
    )
    assert (lots.by_id["a"].left, lots.by_id["a"].spent) == (eur(70), eur(0))
    parts = (
        RefundedCredit(credit="b", amount=eur(100)),
        RefundedCredit(credit="a", amount=eur(1)),
    )
    refund = RefundRecorded(
        refund="r", amount=eur(101), method="bank", refunded_on=START, credits=parts
    )
    lots = evolve_lots(lots, refund)
    assert (names(lots.spendable), lots.awaiting_refund) == ([("a", 69)], ())
    assert (lots.by_id["b"].spent, lots.by_id["a"].spent) == (eur(100), eur(1))


def test_a_document_and_a_payment_lead_to_the_lots_that_they_made():
    """Each to all of them, in their order."""
    lots = after(
        granted("a", invoice="i"),
        granted("b", invoice="i"),
        granted("c", payment="p"),
        granted("d"),
    )
    assert dict(lots.of_invoice) == {"i": ("a", "b")}
    assert dict(lots.of_payment) == {"p": ("c",)}


def test_other_facts_leave_the_very_same_lots():
    """So that nobody copies what has not changed."""
    lots = after(granted("a"))
    payment = PaymentRecorded(
        payment="p", method="card", amount=eur(1), basis="reported", covers=()
    )
    assert evolve_lots(lots, payment) is lots
