"""ExpressVPN's rules, EV-01 to EV-12 and EV-19: what is bought, what it costs, when it renews.

Amounts are worked out here by hand from the catalogue: 12 months 8.32 from 5 seats, 7.49 from 10;
6 months 9.49; 1 month 12.30, 11.66 from 10, 10.36 from 50; individual 12 months 8.32, 1 month
12.95.
"""

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


@pytest.mark.rule("EV-01")
def test_four_seats_are_refused_with_the_way_to_have_them() -> None:
    """Below five seats the refusal says that four further individual subscriptions fit."""
    told = story("expressvpn/below_five.yaml")
    assert told.refused(3) == ("seats.below_minimum", "EV-01")
    assert "Up to four more individual subscriptions fit on one account." in told.words(3)
    assert told.seats["vpn"] == counts(5)
    assert told.invoices[0]["total"] == usd(F("8.32") * 5 * 12)


@pytest.mark.rule("EV-01")
def test_no_number_of_seats_is_too_many() -> None:
    """A volume subscription has no upper bound; an account holds one and four individual ones."""
    told = story("expressvpn/below_five.yaml")
    assert told.invoices[1]["total"] == usd(F("10.36") * 1200)
    assert told.invoices[2]["total"] == usd(F("12.95") * 5)
    assert told.refused(7) == ("seats.above_maximum", "EV-01")
    assert "at most 5" in told.words(7)
    assert set(told.seats) == {"vpn", "big", "home"}


@pytest.mark.rule("EV-02")
def test_the_tier_of_the_total_prices_every_seat_of_the_order() -> None:
    """Nine, then ten, then fifty seats: the new ones at the tier reached, the old untouched."""
    told = story("expressvpn/volume_tiers.yaml")
    assert [invoice["total"] for invoice in told.invoices] == [
        usd(F("12.30") * 9),
        usd(F("11.66") * 1),
        usd(F("10.36") * 40),
        usd(F("10.36") * 50),
    ]
    assert told.renewals["vpn"] == renewal("2020-08-25", 50, usd(F("10.36") * 50))


@pytest.mark.rule("EV-02", "ALL-06")
def test_the_tier_and_its_price_are_explained() -> None:
    """The charge says which tier priced it, from how many seats, and at what price."""
    told = story("expressvpn/volume_tiers.yaml")
    charged = told.fact(5, "Charged")
    assert (charged["tier"], charged["price"], charged["list_price"]) == (50, "10.36", "12.30")
    explained = " ".join(told.invoices[2]["lines"][0]["explain"])
    assert "50" in explained
    assert "10.36 x 40 = 414.4" in explained


@pytest.mark.rule("EV-03")
@pytest.mark.parametrize(
    ("step", "method"), [(3, "paypal"), (4, "bitcoin"), (5, "paymentwall"), (7, "paypal")]
)
def test_other_methods_are_refused_by_name(step: int, method: str) -> None:
    """Only cards pay for volume licences, when they are bought and when seats are added."""
    told = story("expressvpn/cards_only.yaml")
    assert told.refused(step) == ("payment.method_not_accepted", "EV-03")
    assert method in told.words(step)
    assert "card" in told.words(step)


@pytest.mark.rule("EV-03")
def test_an_individual_subscription_takes_other_methods() -> None:
    """The rule is of volume licences: PayPal pays at once, Bitcoin is waited for."""
    told = story("expressvpn/cards_only.yaml")
    assert told.seats["vpn"] == counts(5)
    assert told.seats["home"] == counts(1)
    assert told.seats["away"] == counts(1, pending=1)
    assert told.orders["bit-1"] == {
        "status": "pending_payment",
        "expires_on": "2020-07-09",
        "expected_on": None,
    }
    assert "away" not in told.renewals


@pytest.mark.rule("EV-04")
def test_account_and_application_come_first() -> None:
    """No purchase without an account, nor before the application has been approved."""
    told = story("expressvpn/application.yaml")
    assert told.refused(0) == ("account.unknown", "EV-04")
    for step in (3, 8, 10):
        assert told.refused(step) == ("account.application_not_approved", "EV-04")
    assert told.types(13)[0] == "SubscriptionStarted"
    assert told.seats == {"vpn": counts(5)}


@pytest.mark.rule("EV-04")
def test_an_application_is_asked_for_rejected_and_approved() -> None:
    """Only the seller decides, only on what waits; who was rejected may apply again."""
    told = story("expressvpn/application.yaml")
    for step in (4, 12):
        assert told.refused(step) == ("account.application_not_pending", "EV-04")
    assert told.refused(6) == ("access.role_missing", "EV-20")
    assert told.types(7) == ["ApplicationRejected"]
    assert told.types(9) == ["ApplicationSubmitted"]
    assert told.types(11) == ["ApplicationApproved"]


@pytest.mark.rule("EV-05")
def test_a_cycle_of_1_6_or_12_months_is_there_at_once() -> None:
    """Seats and cycle are chosen, the order completed, and the seats are on the account."""
    told = story("expressvpn/cycles.yaml")
    assert told.seats == {"one": counts(5), "six": counts(5), "twelve": counts(5)}
    assert [lines(invoice) for invoice in told.invoices] == [
        [line("one", "start", 5, "2020-06-25", "2020-07-25", usd(F("12.30") * 5 * 1))],
        [line("six", "start", 5, "2020-06-25", "2020-12-25", usd(F("9.49") * 5 * 6))],
        [line("twelve", "start", 5, "2020-07-01", "2021-07-01", usd(F("8.32") * 5 * 12))],
    ]
    for step in (3, 4, 5):
        assert told.result(step)["status"] == "completed"


@pytest.mark.rule("EV-10")
def test_another_renewal_date_needs_another_subscription() -> None:
    """Each subscription has its one plan and one date; an id names one of them for ever."""
    told = story("expressvpn/cycles.yaml")
    assert {name: one["renewal_date"] for name, one in told.renewals.items()} == {
        "one": "2020-07-25",
        "six": "2020-12-25",
        "twelve": "2021-07-01",
    }
    assert told.refused(6) == ("subscription.exists", "EV-10")
    assert told.refused(7) == ("subscription.unknown", "EV-10")


@pytest.mark.rule("EV-06", "EV-19")
def test_unused_credit_of_the_individual_subscription_pays_for_the_new_one() -> None:
    """On 26 December five months and 26 of 31 days are left; so much of 99.84 is credited."""
    told = story("expressvpn/individual_carried_over.yaml")
    paid = F("8.32") * 12
    left = F(5) + F(26, 31)
    credit = usd(paid * left / 12)
    assert credit == usd("48.58")
    note, bought = told.invoices[1:3]
    assert (note["kind"], note["corrects"]) == ("credit_note", told.invoices[0]["number"])
    assert note["total"] == usd(-F("48.58"))
    assert bought["total"] == usd(F("12.30") * 5)
    assert bought["credit_used"] == credit
    assert bought["paid"] == usd(F("12.30") * 5 - F("48.58"))
    assert told.fact(5, "CreditGranted")["source"] == "carried_over"
    assert told.credit == {"acme": usd(0)}


@pytest.mark.rule("EV-06")
def test_the_individual_subscription_goes_on_to_its_end() -> None:
    """Buying ends nothing: seven months later its seat is usable, and only its renewal is off."""
    told = story("expressvpn/individual_carried_over.yaml")
    assert told.fact(5, "SubscriptionCancelled") == {
        "subscription": "home",
        "ends_on": "2021-06-21",
    }
    assert told.seats["home"] == counts(1, assigned=1, renewing=0)
    assert set(told.renewals) == {"vpn"}


@pytest.mark.rule("EV-19", "ALL-02")
def test_the_preview_shows_the_amount_after_the_reduction() -> None:
    """What is to pay is worked out beforehand, and is what is then paid."""
    told = story("expressvpn/individual_carried_over.yaml")
    shown = told.preview(4)
    assert shown["invoice"]["credit_used"] == usd("48.58")
    assert shown["invoice"]["due"] == usd(F("61.50") - F("48.58"))
    assert same_as_preview(shown, told.invoices[2])


@pytest.mark.rule("EV-19")
def test_never_below_zero_and_the_rest_stays() -> None:
    """Eleven months of two seats are 183.04: three months are paid by it, the third in part."""
    told = story("expressvpn/credit_left_over.yaml")
    credit = F("8.32") * 2 * 12 * F(11, 12)
    month = F("12.30") * 5
    assert told.invoices[1]["total"] == usd(-credit)
    used = [invoice["credit_used"] for invoice in told.invoices[2:]]
    assert used == [usd(month), usd(month), usd(credit - 2 * month), usd(0)]
    paid = [invoice["paid"] for invoice in told.invoices[2:]]
    assert paid == [usd(0), usd(0), usd(3 * month - credit), usd(month)]
    assert {invoice["status"] for invoice in told.invoices} == {"paid", "issued"}
    assert told.credit == {"acme": usd(0)}


@pytest.mark.rule("EV-07", "EV-08")
def test_seats_are_added_to_the_last_day() -> None:
    """On 24 December one day of thirty is left; a day later a new term has begun."""
    told = story("expressvpn/until_the_end.yaml")
    assert [lines(invoice)[0] for invoice in told.invoices[:4]] == [
        line("vpn", "start", 5, "2020-06-25", "2020-12-25", usd(F("9.49") * 5 * 6)),
        line("vpn", "seats_added", 1, "2020-12-24", "2020-12-25", usd(F("9.49") * F(1, 30))),
        line("vpn", "renewal", 6, "2020-12-25", "2021-06-25", usd(F("9.49") * 6 * 6)),
        line("vpn", "seats_added", 1, "2020-12-25", "2021-06-25", usd(F("9.49") * 6)),
    ]


@pytest.mark.rule("EV-08", "EV-10")
def test_added_seats_share_the_renewal_date() -> None:
    """Seven seats bought on three days renew together; another subscription on its own day."""
    told = story("expressvpn/until_the_end.yaml")
    assert told.renewals == {
        "vpn": renewal("2021-06-25", 7, usd(F("9.49") * 7 * 6)),
        "other": renewal("2021-06-26", 5, usd(F("9.49") * 5 * 6)),
    }


@pytest.mark.rule("EV-09", "EV-08")
def test_ev09_five_seats_cost_monthly_price_x_5_x_10() -> None:
    """12-month plan, renewal date 2021-06-25; five seats bought on 2020-08-25 cost monthly price
    x 5 x 10, and the renewal date stays 2021-06-25.
    """
    told = story("expressvpn/five_seats.yaml")
    cost = usd(F("7.49") * 5 * 10)
    assert lines(told.invoices[1]) == [
        line("vpn", "seats_added", 5, "2020-08-25", "2021-06-25", cost)
    ]
    assert told.invoices[1]["total"] == told.invoices[1]["paid"] == cost
    assert told.preview(4)["renewal"] == renewal("2021-06-25", 15, usd(F("7.49") * 15 * 12))
    renewed = told.invoices[2]
    assert renewed["issued_on"] == "2021-06-25"
    assert lines(renewed) == [
        line("vpn", "renewal", 15, "2021-06-25", "2022-06-25", usd(F("7.49") * 15 * 12))
    ]
    assert told.renewals["vpn"]["renewal_date"] == "2022-06-25"


@pytest.mark.rule("EV-09", "ALL-06")
def test_the_months_left_are_explained() -> None:
    """The charge holds ten months of one, the price and the seats, and says so in words."""
    told = story("expressvpn/five_seats.yaml")
    charged = told.fact(5, "Charged")
    assert F(charged["numerator"], charged["denominator"]) == 10
    assert (charged["price"], charged["per"], charged["quantity"]) == ("7.49", "month", 5)
    assert charged["full_term"] == usd(F("7.49") * 5 * 12)
    explained = " ".join(told.invoices[1]["lines"][0]["explain"])
    for part in ("7.49 x 5", "10 whole months", "half up", "374.50", "tax"):
        assert part in explained


@pytest.mark.rule("EV-09")
def test_a_started_month_counts_by_days() -> None:
    """10 September: nine months and 15 of the 31 days of the started one, from 25 to 25."""
    told = story("expressvpn/started_month.yaml")
    assert [invoice["total"] for invoice in told.invoices[1:4]] == [
        usd(F("7.49") * 5 * (9 + F(15, 31))),
        usd(F("7.49") * 1 * 4),
        usd(F("7.49") * 1 * F(1, 31)),
    ]
    assert same_as_preview(told.preview(4), told.invoices[1])
    assert told.renewals["vpn"]["renewal_date"] == "2022-06-25"


@pytest.mark.rule("EV-11")
def test_a_volume_subscription_never_becomes_an_individual_one() -> None:
    """Neither way, nor after cancelling: they are two products."""
    told = story("expressvpn/never_individual.yaml")
    for step in (4, 6, 8):
        assert told.refused(step) == ("subscription.change_not_allowed", "EV-11")


@pytest.mark.rule("EV-12")
def test_a_term_is_never_shortened() -> None:
    """Six months do not become one."""
    told = story("expressvpn/longer_terms_only.yaml")
    assert told.refused(4) == ("subscription.term_shortened", "EV-12")


@pytest.mark.rule("EV-12")
def test_a_term_is_lengthened_at_renewal() -> None:
    """Twelve months from the renewal on; until then the old plan prices what is added."""
    told = story("expressvpn/longer_terms_only.yaml")
    assert told.preview(5) == {
        "invoice": None,
        "renewal": renewal("2020-12-25", 5, usd(F("8.32") * 5 * 12)),
    }
    assert [lines(invoice)[0] for invoice in told.invoices[1:]] == [
        line("vpn", "seats_added", 1, "2020-09-25", "2020-12-25", usd(F("9.49") * 3)),
        line("vpn", "renewal", 6, "2020-12-25", "2021-12-25", usd(F("8.32") * 6 * 12)),
    ]
    assert told.renewals["vpn"] == renewal("2021-12-25", 6, usd(F("8.32") * 6 * 12))
