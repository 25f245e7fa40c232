"""The laws of money can fail: each is shown a ledger that tells something else than is so."""

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.properties.played import Json, Played, minor
from tests.properties.test_money_laws import (
    all_comes_back,
    every_due_is_settled,
    notes_stay_within,
    nothing_is_due_below_zero,
    orders_paid_as_quoted_complete,
    what_came_in_is_kept_or_went_back,
)

OWNER = "owner@acme.example"
PLAN = {
    "product": "desk",
    "term": {"months": 12},
    "price": {"per": "period", "tiering": "volume", "tiers": [{"from": 1, "amount": "100.00"}]},
    "seats": {"minimum": 1},
    "proration": {"by": "days"},
    "payment": {"invoice": "on_account", "transfer": "when_paid"},
    "renewal": {"auto": True, "per_seat": True},
    "may_buy": ["owner"],
}
CATALOGUE = {
    "catalogue": "team",
    "seller": {
        "name": "Team Ltd", "country": "FR", "currency": "EUR", "time_zone": "UTC",
        "invoice_series": "TL", "payment_days": 30, "vat_number": "FR40303265045",
        "vat": [{"country": "FR", "rate": "20", "from": "2007-01-01"}],
    },
    "plans": {"desk": PLAN},
}  # fmt: skip
MADE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("OpenAccount", {"account": "acme", "email": OWNER, "country": "FR"}),
    (
        "StartSubscription",
        {"account": "acme", "subscription": "s", "plan": "desk", "seats": 3,
         "payment_method": "invoice"},
    ),
    ("RecordPayment", {"invoice": "TL-000001", "amount": {"amount": "200.00", "currency": "EUR"}}),
    ("IssueCreditNote", {"invoice": "TL-000001", "lines": [{"line": 1, "seats": 2}]}),
    ("RecordPayment", {"account": "acme", "amount": {"amount": "5.00", "currency": "EUR"}}),
)  # fmt: skip
"""One invoice of 360.00, of which 200.00 was paid and 240.00 is noted: 160.00 is no longer due, and
80.00 is credit, as is the 5.00 that came for the account.
"""

Change = Callable[[Json], None]


class Telling(Played):
    """A ledger that tells how things stand otherwise than they do."""

    change: Change

    def standing(self) -> Json:
        """How everything stands, changed."""
        told = copy.deepcopy(super().standing())
        self.change(told)
        return told


def nothing(_standing: Json) -> None:
    """No change."""


def telling(change: Change = nothing) -> Telling:
    """The history, told otherwise."""
    steps = [
        {"at": f"2025-01-01T09:{number:02}:00Z", "do": name, "with": fields,
         "by": OWNER if name == "OpenAccount" else "seller"}
        for number, (name, fields) in enumerate(MADE)
    ]  # fmt: skip
    scenario = {"scenario": "s", "catalogue": CATALOGUE, "start": "2025-01-01T08:00:00Z"}
    play = Telling(scenario | {"steps": steps})
    assert {one["outcome"] for one in play.told} == {"accepted"}
    play.change = change
    return play


def more(index: int, name: str, by: int = 1) -> Change:
    """An amount of a document that is told by so many cents more; -1 is the last document."""

    def change(standing: Json) -> None:
        one = standing["invoices"][index]
        one[name] = _euros(minor(one[name]) + by)

    return change


def _euros(cents: int) -> Json:
    sign = "-" if cents < 0 else ""
    return {"amount": f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}", "currency": "EUR"}


def credit_more(standing: Json) -> None:
    """A cent of credit that nobody gave."""
    standing["credit"]["acme"] = _euros(minor(standing["credit"]["acme"]) + 1)


def conserved(play: Played) -> None:
    """The law of what came in."""
    what_came_in_is_kept_or_went_back(play, play.standing())


def whole(play: Played) -> None:
    """The law of notes that sum to their document."""
    all_comes_back(play, random.Random(1))


def within(play: Played) -> None:
    """The law of notes that never exceed their document."""
    notes_stay_within(play.standing(), play.with_several_rates())


def due(play: Played) -> None:
    """The law of what is due."""
    nothing_is_due_below_zero(play.standing())


def as_quoted(play: Played) -> None:
    """The law of orders that complete."""
    assert orders_paid_as_quoted_complete(play, random.Random(1)) == 2


@pytest.mark.parametrize("law", [due, within, conserved, every_due_is_settled, whole, as_quoted])
def test_the_history_as_it_is_breaks_no_law(law: Callable[[Played], None]):
    """Else the tests below would show nothing."""
    law(telling())


@pytest.mark.parametrize(
    ("law", "change"),
    [
        (due, more(0, "due", -1_000_00)),
        (due, more(0, "due", 1_000_00)),
        (due, more(0, "paid", 160_01)),
        (due, more(1, "due")),
        (within, more(1, "net", -100_01)),
        (within, more(1, "tax", -20_01)),
        (within, more(1, "total", -120_01)),
        (conserved, credit_more),
        (conserved, more(0, "due")),
        (conserved, more(1, "total", -1)),
        (every_due_is_settled, more(0, "due")),
        (whole, more(1, "net", -1)),
        (whole, more(1, "tax")),
        (whole, more(0, "due")),
    ],
)
def test_a_wrong_amount_breaks_the_law(law: Callable[[Played], None], change: Change):
    """A cent beyond what may be told, and the law says so."""
    play = telling(change)

    with pytest.raises(AssertionError):
        law(play)


@pytest.mark.parametrize(
    ("law", "name", "status"), [(whole, "invoices", "open"), (as_quoted, "orders", "expired")]
)
def test_a_wrong_status_breaks_the_law(law: Callable[[Played], None], name: str, status: str):
    """A document that is still open when all came back, an order that did not complete."""

    def change(standing: Json) -> None:
        told = standing[name]
        for one in told.values() if isinstance(told, dict) else told:
            one["status"] = status

    with pytest.raises(AssertionError):
        law(telling(change))


class Mistaken(Telling):
    """A ledger whose previews quote a cent less than the order costs."""

    def do(self, name: str, by: str = "seller", *, dry: bool = False, **fields: Any) -> Json:
        """What the ledger answers, the quote changed."""
        told = copy.deepcopy(super().do(name, by, dry=dry, **fields))
        if dry:
            quoted = told["preview"]["invoice"]
            quoted["due"] = _euros(minor(quoted["due"]) - 1)
        return told


def test_a_quote_that_is_too_low_breaks_the_law():
    """Who pays a quote that is a cent short has not paid the order."""
    play = telling()
    play.__class__ = Mistaken

    with pytest.raises(AssertionError):
        as_quoted(play)
