"""Parallels' rules, PA-01 to PA-06, and what its plans show of days, tiers and month ends.

By hand from the catalogue: Desktop a year 149.99, from 25 seats 139.99, from 100 124.99; a month
14.99; Application Server a year, graduated, 119.99 to 15 seats, 99.99 to 50, then 89.99.
"""

from itertools import pairwise

import pytest

from tests.stories.story import (
    F,
    counts,
    line,
    lines,
    renewal,
    same_as_preview,
    story,
    usd,
)


@pytest.mark.rule("PA-01")
def test_active_subscriptions_are_told_by_product() -> None:
    """Each start says its product; the account's log tells which of them are still active."""
    told = story("parallels/by_product.yaml")
    started = [told.fact(step, "SubscriptionStarted") for step in (1, 2, 3)]
    assert [(one["subscription"], one["product"]) for one in started] == [
        ("desktop", "desktop-business"),
        ("spare", "desktop-business"),
        ("server", "application-server"),
    ]
    assert told.seats == {"desktop": counts(12), "spare": counts(0), "server": counts(15)}
    assert set(told.renewals) == {"desktop", "server"}


@pytest.mark.rule("PA-01")
def test_one_of_them_is_opened_to_buy_more_seats() -> None:
    """Two more for 183 of 366 days; nothing more for one that is over."""
    told = story("parallels/by_product.yaml")
    assert lines(told.invoices[3]) == [
        line(
            "desktop", "seats_added", 2, "2020-07-11", "2021-01-10", usd(F("149.99") * 2 * F(1, 2))
        )
    ]
    assert told.refused(6)[0] == "subscription.ended"


@pytest.mark.rule("PA-02")
def test_the_buyer_states_the_new_total() -> None:
    """25 after 20 is five seats more, at the tier of 25, for 275 of 366 days."""
    told = story("parallels/new_total.yaml")
    assert lines(told.invoices[1]) == [
        line(
            "desktop",
            "seats_added",
            5,
            "2020-04-10",
            "2021-01-10",
            usd(F("139.99") * 5 * F(275, 366)),
        )
    ]
    assert told.seats["desktop"] == counts(25, assigned=1)


@pytest.mark.rule("PA-02")
def test_a_total_below_the_present_one_is_refused() -> None:
    """24 after 25 is refused, as is more than the maximum and no seat at all."""
    told = story("parallels/new_total.yaml")
    assert told.refused(4) == ("seats.total_below_present", "PA-02")
    assert told.refused(5)[0] == "seats.above_maximum"
    assert told.refused(6)[0] == "command.invalid"


@pytest.mark.rule("PA-02")
def test_the_same_total_changes_nothing() -> None:
    """It is accepted without an event, but for the people who are to get a seat."""
    told = story("parallels/new_total.yaml")
    assert told.step(3)["outcome"] == "accepted"
    assert told.types(3) == []
    assert told.types(7) == ["SeatAssigned"]
    assert len(told.invoices) == 2


@pytest.mark.rule("PA-03")
@pytest.mark.parametrize(
    ("step", "total", "price"), [(4, 24, "149.99"), (5, 120, "124.99"), (6, 27, "139.99")]
)
def test_payable_now_and_at_the_next_billing_date(step: int, total: int, price: str) -> None:
    """Each total that is typed shows 101 of 366 days now, and the whole at the renewal."""
    shown = story("parallels/typed_totals.yaml").preview(step)
    now = usd(F(price) * (total - 20) * F(101, 366))
    assert lines(shown["invoice"]) == [
        line("desktop", "seats_added", total - 20, "2020-10-01", "2021-01-10", now)
    ]
    assert shown["invoice"]["due"] == now
    assert shown["renewal"] == renewal("2021-01-10", total, usd(F(price) * total))


@pytest.mark.rule("PA-03", "PA-02")
def test_the_present_total_costs_nothing_and_too_few_are_refused() -> None:
    """No invoice for what there is; the refusal comes while typing already."""
    told = story("parallels/typed_totals.yaml")
    assert told.refused(2) == ("seats.total_below_present", "PA-02")
    assert told.preview(3)["invoice"] is None
    assert told.preview(3)["renewal"] == renewal("2021-01-10", 20, usd(F("149.99") * 20))


@pytest.mark.rule("PA-03", "ALL-02")
def test_the_preview_equals_the_later_invoice_to_the_cent() -> None:
    """What 27 seats were said to cost they cost, now and at the renewal; typing left no trace."""
    told = story("parallels/typed_totals.yaml")
    assert same_as_preview(told.preview(6), told.invoices[1])
    assert told.invoices[2]["total"] == told.preview(6)["renewal"]["total"]
    assert told.invoices[2]["issued_on"] == told.preview(6)["renewal"]["renewal_date"]
    assert all(told.types(step) == [] for step in (3, 4, 5, 6))
    assert len(told.invoices) == 3


@pytest.mark.rule("PA-04")
def test_seats_paid_by_transfer_cannot_be_used_before_the_payment() -> None:
    """Two of six seats wait; the order says until when it can be paid."""
    told = story("parallels/waiting_order.yaml")
    assert told.result(3)["status"] == "pending_payment"
    assert told.seats == {"desktop": counts(6, pending=2)}
    assert told.orders == {
        "first": {"status": "completed", "expires_on": None, "expected_on": None},
        "second": {"status": "pending_payment", "expires_on": "2020-03-16", "expected_on": None},
    }
    assert told.preview(2)["renewal"] == renewal("2021-03-01", 6, usd(F("149.99") * 6))
    assert told.renewals["desktop"] == renewal("2021-03-01", 4, usd(F("149.99") * 4))
    assert len(told.invoices) == 1
    assert told.refused(4) == ("order.exists", "ALL-03")


@pytest.mark.rule("PA-04", "PA-05")
def test_a_first_order_by_paypal_waits_with_its_subscription() -> None:
    """No seat is free until the payment is reported; period and amount are of the order's day."""
    told = story("parallels/paypal_start.yaml")
    assert told.refused(2) == ("seats.none_free", "PA-04")
    assert told.result(3)["status"] == "completed"
    assert told.result(4)["seat"] == 1
    (invoice,) = told.invoices
    assert invoice["issued_on"] == "2020-03-05"
    assert lines(invoice) == [
        line("desktop", "start", 4, "2020-03-01", "2020-04-01", usd(F("14.99") * 4))
    ]
    assert invoice["status"] == "paid"
    assert invoice["paid"] == usd(F("14.99") * 4)


@pytest.mark.rule("PA-04")
def test_only_seats_that_are_paid_can_be_given() -> None:
    """The second of two paid seats is given, the third person has to wait."""
    told = story("parallels/bank_transfer.yaml")
    assert told.types(3) == ["OrderPlaced"]
    assert told.result(4)["seat"] == 2
    assert told.refused(5) == ("seats.none_free", "PA-04")


@pytest.mark.rule("PA-05")
def test_part_payments_add_up_and_the_last_completes_the_order() -> None:
    """300.00 come first, then what is left; that day the seats are usable and given."""
    told = story("parallels/bank_transfer.yaml")
    cost = F("149.99") * 3 * F(315, 366)
    assert told.types(7) == ["PaymentRecorded"]
    assert told.refused(8)[0] == "payment.more_than_due"
    assert told.refused(9) == ("payment.currency_mismatch", "ALL-01")
    assert told.fact(11, "PaymentRecorded")["amount"] == usd(F("387.27") - 300)
    assert usd(cost) == usd("387.27")
    assert told.seats["desktop"] == counts(5, assigned=3)
    assert told.result(11)["assigned"] == [3]
    invoice = told.invoices[1]
    assert lines(invoice) == [
        line("desktop", "seats_added", 3, "2020-03-01", "2021-01-10", usd(cost))
    ]
    assert (invoice["issued_on"], invoice["due_on"]) == ("2020-03-09", "2020-03-23")
    assert (invoice["status"], invoice["paid"]) == ("paid", usd(cost))
    assert same_as_preview(told.preview(2), invoice)
    assert told.fact(11, "InvoiceIssued")["purchase_order"] == "PO 77"


@pytest.mark.rule("PA-05")
def test_only_the_payment_system_reports_a_payment_and_once() -> None:
    """The buyer does not, and an order that is paid takes no more."""
    told = story("parallels/bank_transfer.yaml")
    assert told.refused(6)[0] == "access.role_missing"
    assert told.refused(12) == ("order.not_pending", "PA-05")
    assert "RecordPayment" in told.words(12)


@pytest.mark.rule("PA-05")
def test_failure_expiry_and_withdrawal_end_an_order_with_nothing_charged() -> None:
    """No invoice, no seat; the subscription has ended and its id stays taken."""
    told = story("parallels/not_paid.yaml")
    assert told.types(4) == ["OrderFailed", "SubscriptionEnded"]
    assert told.types(7) == ["OrderCancelled", "SubscriptionEnded"]
    assert {name: order["status"] for name, order in told.orders.items()} == {
        "fails": "failed",
        "expires": "expired",
        "withdrawn": "cancelled",
        "covered": "completed",
    }
    assert {order["expires_on"] for name, order in told.orders.items() if name != "covered"} == {
        "2020-03-15"
    }
    assert told.orders["covered"]["expires_on"] is None
    assert {name: told.seats[name] for name in "abc"} == dict.fromkeys("abc", counts(0))
    assert told.refused(13) == ("subscription.exists", "EV-10")
    assert [invoice["lines"][0]["subscription"] for invoice in told.invoices] == ["d"]


@pytest.mark.rule("PA-05")
def test_an_order_expires_at_midnight_of_its_fourteenth_day() -> None:
    """A second before nobody may expire it, at 00:00 in Los Angeles it is too late to pay."""
    told = story("parallels/not_paid.yaml")
    assert told.refused(10) == ("command.time_out_of_range", "ALL-04")
    assert told.refused(11) == ("order.not_pending", "PA-05")
    assert told.refused(6)[0] == "access.role_missing"
    assert told.refused(8) == ("order.not_pending", "PA-05")
    assert told.refused(9) == ("order.unknown", "PA-05")


@pytest.mark.rule("PA-05", "ALL-09")
def test_money_that_came_is_never_lost() -> None:
    """What came for the expired order and what came late are credit, which pays the next order."""
    told = story("parallels/not_paid.yaml")
    assert told.fact(12, "CreditGranted")["amount"] == usd("49.99")
    (invoice,) = told.invoices
    assert invoice["credit_used"] == usd(F("100.00") + F("49.99"))
    assert (invoice["due"], invoice["paid"], invoice["status"]) == (usd(0), usd(0), "paid")
    assert told.result(14)["status"] == "completed"
    assert told.seats["d"] == counts(1)
    assert told.credit == {"acme": usd(0)}


@pytest.mark.rule("PA-06")
@pytest.mark.parametrize(
    ("step", "contact"),
    [
        (1, "the sales desk of Northwind Software Resale, +1 425 555 0100"),
        (5, "the sales desk of Northwind Software Resale, +1 425 555 0100"),
        (6, "the sales desk of Northwind Software Resale, +1 425 555 0100"),
        (12, "contoso.example"),
        (15, "desk of Tailspin"),
    ],
)
def test_what_a_reseller_sold_is_not_changed_online(step: int, contact: str) -> None:
    """The answer names whom to contact, be it the plan's, the subscription's or the account's."""
    told = story("parallels/reseller.yaml")
    assert told.refused(step) == ("subscription.sold_by_reseller", "PA-06")
    assert contact in told.words(step)


@pytest.mark.rule("PA-06")
def test_the_resellers_own_staff_changes_it() -> None:
    """Whom the seller gave the role buys and adds, though without a role of the plan."""
    told = story("parallels/reseller.yaml")
    assert told.refused(2)[0] == "access.role_missing"
    assert told.types(4)[0] == "SubscriptionStarted"
    assert told.step(4)["events"][0]["actor"]["role"] == "reseller"
    assert told.seats["resold"] == counts(6, assigned=1)
    assert told.invoices[1]["total"] == usd(F("149.99") * 1 * F(365, 366))


@pytest.mark.rule("PA-06")
def test_assigning_stays_with_the_account_and_channels_with_the_seller() -> None:
    """The owner gives seats, the reseller does not; no buyer gives a channel."""
    told = story("parallels/reseller.yaml")
    assert told.types(7) == ["SeatAssigned"]
    for step in (8, 10, 13):
        assert told.refused(step)[0] == "access.role_missing"


@pytest.mark.rule("ALL-05")
def test_31_january_29_february_31_march() -> None:
    """The anchor day comes back after each short month, and periods tile."""
    told = story("parallels/month_ends.yaml")
    bounds = [
        (one["period_start"], one["period_end"])
        for invoice in told.invoices
        for one in invoice["lines"]
        if one["subscription"] == "a" and one["reason"] in {"start", "renewal"}
    ]
    assert bounds == [
        ("2020-01-31", "2020-02-29"),
        ("2020-02-29", "2020-03-31"),
        ("2020-03-31", "2020-04-30"),
        ("2020-04-30", "2020-05-31"),
    ]
    assert all(before[1] == after[0] for before, after in pairwise(bounds))


@pytest.mark.rule("ALL-05")
def test_a_day_begins_at_midnight_where_the_seller_is() -> None:
    """One second parts 31 January from 1 February, and the last day of a term from the next."""
    told = story("parallels/month_ends.yaml")
    assert told.renewals["b"]["renewal_date"] == "2020-06-01"
    assert told.renewals["a"]["renewal_date"] == "2020-05-31"
    before, after = told.invoices[2], told.invoices[4]
    assert lines(before) == [
        line("a", "seats_added", 1, "2020-02-28", "2020-02-29", usd(F("14.99") * F(1, 29)))
    ]
    assert lines(after) == [
        line("a", "seats_added", 1, "2020-02-29", "2020-03-31", usd(F("14.99")))
    ]


@pytest.mark.rule("PA-03", "ALL-06")
def test_graduated_tiers_price_each_seat_in_its_own_tier() -> None:
    """60 less the price of 10: five at 119.99, thirty-five at 99.99, ten at 89.99."""
    told = story("parallels/graduated.yaml")
    more = F("119.99") * 5 + F("99.99") * 35 + F("89.99") * 10
    assert told.invoices[0]["total"] == usd(F("119.99") * 10)
    assert told.invoices[1]["total"] == usd(more)
    assert same_as_preview(told.preview(2), told.invoices[1])
    whole = usd(F("119.99") * 15 + F("99.99") * 35 + F("89.99") * 10)
    assert told.invoices[2]["total"] == whole == told.preview(2)["renewal"]["total"]
    explained = " ".join(told.invoices[1]["lines"][0]["explain"])
    for part in ("119.99 x 15", "99.99 x 35", "89.99 x 10", "1199.9"):
        assert part in explained


@pytest.mark.rule("EV-16", "SE-06")
def test_a_plan_that_renews_as_a_whole_and_needs_no_activation_says_so() -> None:
    """Neither auto-renew by the seat nor an activation is offered here."""
    told = story("parallels/graduated.yaml")
    assert told.refused(4) == ("seats.auto_renew_not_per_seat", "EV-16")
    assert told.refused(6) == ("seats.activation_not_offered", "SE-06")
