"""The lots of an account as decisions know them: what is left, what they paid, in which order."""

import pytest

from commands.state.credit import Lots, Returned, evolve_lots, taken_back_of
from events.accounts import ApplicationSubmitted
from events.credit import (
    CreditGranted,
    CreditOrigin,
    CreditUsed,
    CreditUseReversed,
    CreditWithdrawn,
)
from events.fact import Fact
from events.money import Money
from events.payments import RefundedCredit, RefundRecorded
from tests.support.given_facts import TODAY


def eur(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "EUR")


def granted(
    name: str, minor: int, of: CreditOrigin | None = None, *, waits: bool = False
) -> CreditGranted:
    """A lot."""
    return CreditGranted(
        credit=name,
        source="credit_note" if waits else "goodwill",
        amount=eur(minor),
        of=of or CreditOrigin(),
        awaits_refund=waits,
    )


def used(name: str, minor: int, invoice: str = "i1") -> CreditUsed:
    """A part of a lot that paid an invoice."""
    return CreditUsed(credit=name, invoice=invoice, amount=eur(minor))


def undone(name: str, minor: int, invoice: str = "i1") -> CreditUseReversed:
    """A part of what a lot had paid, open again."""
    return CreditUseReversed(credit=name, invoice=invoice, amount=eur(minor))


def lots_after(*facts: Fact) -> Lots:
    """The lots after facts."""
    lots = Lots()
    for fact in facts:
        lots = evolve_lots(lots, fact)
    return lots


def left(lots: Lots) -> list[tuple[str, int]]:
    """What pays invoices, in its order."""
    return [(lot.credit, lot.left.minor) for lot in lots.spendable]


def test_facts_without_credit_leave_the_lots_as_they_are():
    """The same object, so that nothing is copied."""
    lots = Lots()
    assert evolve_lots(lots, ApplicationSubmitted()) is lots


@pytest.mark.rule("EV-19")
def test_lots_pay_in_the_order_of_their_granting():
    """Those that are used up are known, and pay no more."""
    lots = lots_after(granted("a", 10), granted("b", 20), granted("c", 30), used("b", 20))
    assert left(lots) == [("a", 10), ("c", 30)]
    assert lots.by_id["b"].spent == eur(20)
    assert lots.by_id["b"].uses == (("i1", eur(20)),)


def test_credit_that_waits_for_its_refund_pays_nothing():
    """It is there, but only for who pays it out."""
    lots = lots_after(granted("a", 10), granted("b", 20, waits=True))
    assert left(lots) == [("a", 10)]
    assert [lot.credit for lot in lots.awaiting_refund] == ["b"]


@pytest.mark.rule("GEN-23")
def test_a_lot_that_is_filled_again_is_the_oldest():
    """What it paid is open again, the last use first, and it pays before all others."""
    lots = lots_after(
        granted("a", 30), used("a", 10, "i1"), used("a", 5, "i2"), used("a", 15, "i1"),
        granted("b", 20), undone("a", 18, "i1"),
    )  # fmt: skip
    assert left(lots) == [("a", 18), ("b", 20)]
    assert lots.by_id["a"].uses == (("i1", eur(7)), ("i2", eur(5)))
    assert lots.by_id["a"].spent == eur(12)


def test_a_lot_that_was_not_used_up_keeps_its_place():
    """More in it makes it no older."""
    lots = lots_after(granted("a", 30), granted("b", 20), used("b", 5), undone("b", 5))
    assert left(lots) == [("a", 30), ("b", 20)]


@pytest.mark.rule("GEN-23")
def test_what_is_withdrawn_is_neither_left_nor_spent():
    """So that a lot that was only withdrawn has paid nothing."""
    lots = lots_after(granted("a", 30), CreditWithdrawn(credit="a", amount=eur(30)))
    assert left(lots) == []
    assert lots.by_id["a"].spent == eur(0)


@pytest.mark.rule("GEN-23")
def test_what_is_refunded_is_spent():
    """Lot by lot, as the refund says."""
    refund = RefundRecorded(
        refund="r1",
        amount=eur(25),
        method="transfer",
        refunded_on=TODAY,
        credits=(
            RefundedCredit(credit="a", amount=eur(10)),
            RefundedCredit(credit="b", amount=eur(15)),
        ),
    )
    lots = lots_after(granted("a", 10, waits=True), granted("b", 20), refund)
    assert left(lots) == [("b", 5)]
    assert lots.awaiting_refund == ()
    assert (lots.by_id["a"].spent, lots.by_id["b"].spent) == (eur(10), eur(15))


def test_documents_and_payments_lead_to_the_lots_that_they_made():
    """In their order; goodwill comes from neither."""
    lots = lots_after(
        granted("a", 10, CreditOrigin(payment="p1")),
        granted("b", 20, CreditOrigin(invoice="n1")),
        granted("c", 30, CreditOrigin(payment="p1")),
        granted("d", 40),
    )
    assert lots.of_payment["p1"] == ("a", "c")
    assert lots.of_invoice["n1"] == ("b",)
    assert len(lots.of_payment) == len(lots.of_invoice) == 1


def test_a_lot_lets_go_of_what_it_pays():
    """To the last cent; then it is open no more, and what it paid is known."""
    lots = lots_after(granted("a", 100), granted("b", 100), used("a", 99, "i1"))
    assert left(lots) == [("a", 1), ("b", 100)]
    lots = evolve_lots(lots, used("a", 1, "i2"))
    assert (left(lots), lots.open) == ([("b", 100)], ("b",))
    assert lots.by_id["a"].uses == (("i1", eur(99)), ("i2", eur(1)))


@pytest.mark.rule("GEN-23")
def test_of_what_came_back_unused_credit_makes_up_an_amount_first():
    """Of a lot of 1.00 are 0.40 left, 0.10 was withdrawn, and 0.50 went back outside the ledger."""
    withdrawn = CreditWithdrawn(credit="a", amount=eur(10))
    lots = lots_after(granted("a", 100), used("a", 50), withdrawn)
    returned = (Returned("a", eur(100)), Returned(None, eur(50)))

    back = taken_back_of(returned, eur(50), lots)
    assert back.taken == [Returned("a", eur(40)), Returned("a", eur(10))]
    assert back.kept == (Returned("a", eur(50)), Returned(None, eur(50)))
    assert not back.is_used
    assert taken_back_of(returned, eur(51), lots).is_used
