"""Stories of charges: billed, waiting for a statement, taken back."""

from events.charges import ChargeSeatsListed, Reversal
from events.credit import CreditGranted, CreditOrigin
from projections.charges import ChargeRow
from tests.support.given_facts import (
    History,
    charged,
    credit_note,
    eur,
    invoice,
    opened,
    seats,
    started,
)


def given() -> History:
    """An account with a charge of 100.00."""
    return History().happens(opened(), started(), charged())


def charge(history: History, name: str = "c1") -> ChargeRow:
    """The row of a charge."""
    row = history.rows().get(ChargeRow, name)
    assert row is not None
    return row


def test_charge_waits_for_its_invoice():
    """A charge is unbilled until an invoice holds it, and in parts where it is split (MS-13)."""
    history = given()
    assert charge(history).unbilled == eur("100.00")

    history.happens(invoice("40.00", name="i1"))
    assert (charge(history).billed, charge(history).unbilled) == (eur("40.00"), eur("60.00"))

    history.happens(invoice("60.00", name="i2"))
    assert charge(history).unbilled == eur("0.00")
    assert charge(history).invoices == ("i1", "i2")


def test_all_that_takes_back_is_summed():
    """Unused parts, carried-over credit of old and credit notes: what was taken back."""
    part = Reversal(charge="c1", amount=eur("30.00"))
    history = given().happens(
        invoice(),
        charged("-30.00", "c2", "unused_credit", reverses=(part,)),
        CreditGranted(
            credit="k1",
            source="carried_over",
            amount=eur("24.00"),
            of=CreditOrigin(charges=(Reversal(charge="c1", amount=eur("20.00")),)),
        ),
        credit_note("-50.00"),
    )

    assert charge(history).taken_back == eur("100.00")
    assert charge(history).billed == eur("100.00")
    assert charge(history, "c2").charged.reverses == (part,)


def test_seats_of_a_charge_may_take_several_facts():
    """Seats whose ranges do not fit into one fact are put together again."""
    more = ChargeSeatsListed(charge="c1", subscription="vpn", seats=seats((7, 9)))

    assert charge(given().happens(more)).seats == seats((1, 5), (7, 9))


def test_charges_are_listed_by_subscription():
    """The charges of a subscription come in the order in which they were made."""
    history = given().happens(charged(name="b2"), charged(name="a3"))
    rows = history.rows()

    assert [row.key for row in rows.page(ChargeRow, subscription="vpn")] == ["c1", "b2", "a3"]
    assert rows.page(ChargeRow, subscription="other") == []


def test_a_note_on_what_took_back_gives_it_back():
    """With the line that took back an unused part, the charge it was taken from is whole again."""
    part = Reversal(charge="c1", amount=eur("30.00"))
    history = given().happens(
        invoice(),
        charged("-30.00", "c2", "unused_credit", reverses=(part,)),
        invoice("-30.00", name="i2", charge_id="c2"),
        credit_note("30.00", corrects="i2", charge_id="c2"),
    )

    assert charge(history).taken_back == eur("0.00")
    assert charge(history, "c2").taken_back == eur("-30.00")
