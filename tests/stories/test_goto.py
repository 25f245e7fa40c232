"""LogMeIn / GoTo's rules, GT-01 to GT-09 and GT-11.

By hand from the catalogue, a month: Meeting Professional 12.90 (11.70 from 50), a year of it 10.75
(9.75 from 50), Business 17.20, Webinar 59.00, a year of it 49.00, Corporate a year 12.00. VAT in
Ireland 21 % from September 2020 and 23 % from March 2021, in Germany 16 % to the end of 2020.
"""

import pytest

from tests.stories.story import (
    F,
    counts,
    eur,
    line,
    lines,
    renewal,
    same_as_preview,
    story,
)


@pytest.mark.rule("GT-01")
def test_a_billing_contact_adds_a_product_or_a_trial_and_has_it_at_once() -> None:
    """The owner without that role may not; seats of the trial are given in the same step."""
    told = story("goto/products_and_trials.yaml")
    assert told.refused(2) == ("access.role_missing", "GT-01")
    assert told.types(4) == ["SubscriptionStarted", "SeatsAdded", "SeatAssigned"]
    assert told.result(5)["status"] == "completed"
    products = [told.fact(step, "SubscriptionStarted")["product"] for step in (4, 5)]
    assert products == ["meeting", "webinar"]
    assert told.seats["web"] == counts(2)


@pytest.mark.rule("GT-03")
def test_a_trial_costs_nothing_and_ends_after_fourteen_days() -> None:
    """Usable to the last second of 23 January, over on the 24th, never invoiced."""
    told = story("goto/products_and_trials.yaml")
    assert told.preview(3) == {"invoice": None, "renewal": None}
    assert told.result(9)["seat"] == 2
    assert told.refused(10)[0] == told.refused(11)[0] == "subscription.ended"
    assert told.seats["meet"] == counts(0)
    assert [invoice["lines"][0]["subscription"] for invoice in told.invoices] == ["web"]
    assert told.refused(8)[0] == "subscription.already_cancelled"


@pytest.mark.rule("GT-03")
def test_one_trial_a_product_and_account() -> None:
    """Not of another level, not after the end, not of what was bought; of another product, yes."""
    told = story("goto/products_and_trials.yaml")
    for step in (6, 12, 13):
        assert told.refused(step) == ("subscription.trial_already_used", "GT-03")
    assert "bought" in told.words(13)
    for step, name in ((16, "beta-meet"), (17, "beta-web")):
        assert told.types(step) == ["SubscriptionStarted", "SeatsAdded"]
        assert told.seats[name] == counts(1, renewing=0)
        assert name not in told.renewals


@pytest.mark.rule("GT-03", "ALL-02")
def test_a_trial_is_bought_for_a_full_term_from_that_day() -> None:
    """Five seats instead of three, a year from 15 January, as it was shown."""
    told = story("goto/buy_the_trial.yaml")
    year = F("10.75") * 5 * 12
    assert lines(told.invoices[0]) == [
        line("meet", "trial_converted", 5, "2021-01-15", "2022-01-15", eur(year))
    ]
    assert told.invoices[0]["tax"] == eur(year * F(21, 100))
    assert same_as_preview(told.preview(5), told.invoices[0])
    assert told.preview(5)["renewal"] == renewal("2022-01-15", 5, eur(year))
    assert told.seats["meet"] == counts(5, assigned=1)
    assert lines(told.invoices[2]) == [
        line("web", "renewal", 2, "2021-02-20", "2021-03-20", eur(F("59.00") * 2))
    ]


@pytest.mark.rule("GT-03", "MS-08")
def test_a_trial_is_bought_once_and_for_no_fewer_seats() -> None:
    """Fewer than it has are refused, another method too, and a second time it is none."""
    told = story("goto/buy_the_trial.yaml")
    assert told.refused(3) == ("seats.total_below_present", "PA-02")
    assert told.refused(4)[0] == "payment.method_not_accepted"
    assert told.refused(7) == ("subscription.not_a_trial", "MS-08")


@pytest.mark.rule("GT-02")
@pytest.mark.parametrize(
    ("step", "contact"),
    [
        (3, "+353 1 555 0199"),
        (4, "+353 1 555 0199"),
        (5, "+353 1 555 0199"),
        (8, "+353 1 555 0199"),
        (12, "your adviser on the corporate portal, +353 1 555 0150"),
    ],
)
def test_corporate_accounts_are_managed_by_an_adviser(step: int, contact: str) -> None:
    """Self-service is refused, naming the contact, be it the account's or the plan's."""
    told = story("goto/corporate.yaml")
    assert told.refused(step) == ("account.managed_by_adviser", "GT-02")
    assert contact in told.words(step)


@pytest.mark.rule("GT-02")
def test_the_adviser_buys_and_the_account_assigns() -> None:
    """A hundred corporate seats bought by the adviser; the account gives them to its users."""
    told = story("goto/corporate.yaml")
    assert told.refused(0) == ("access.role_missing", "GT-01")
    assert told.step(7)["events"][0]["actor"]["role"] == "corporate"
    assert told.invoices[0]["net"] == eur(F("12.00") * 100 * 12)
    assert told.types(9) == ["SeatAssigned"]
    assert told.seats["meet2"] == counts(3)


@pytest.mark.rule("GT-04")
def test_a_level_of_the_product_is_chosen() -> None:
    """Professional and Business are one product, each at its own price."""
    told = story("goto/levels.yaml")
    started = [told.fact(step, "SubscriptionStarted") for step in (2, 3)]
    assert [(one["product"], one["level"]) for one in started] == [
        ("meeting", "Professional"),
        ("meeting", "Business"),
    ]
    assert [invoice["net"] for invoice in told.invoices[:2]] == [
        eur(F("12.90") * 4),
        eur(F("17.20") * 4),
    ]


@pytest.mark.rule("GT-04", "ALL-02")
def test_another_level_begins_with_the_next_term() -> None:
    """The change is shown, priced from the renewal on, and never leads to another product."""
    told = story("goto/levels.yaml")
    assert told.refused(4)[0] == "subscription.change_not_allowed"
    assert told.preview(5) == {
        "invoice": None,
        "renewal": renewal("2021-02-10", 4, eur(F("17.20") * 4)),
    }
    assert lines(told.invoices[3]) == [
        line("pro", "renewal", 4, "2021-02-10", "2021-03-10", eur(F("17.20") * 4))
    ]


@pytest.mark.rule("GT-05")
def test_a_number_of_seats_by_the_month_or_by_the_year() -> None:
    """Fifty seats for a month at the tier of fifty, seven for a year."""
    told = story("goto/month_or_year.yaml")
    assert [lines(invoice)[0] for invoice in told.invoices] == [
        line("month", "start", 50, "2021-01-10", "2021-02-10", eur(F("11.70") * 50)),
        line("year", "start", 7, "2021-01-10", "2022-01-10", eur(F("10.75") * 7 * 12)),
    ]
    assert told.renewals["month"]["renewal_date"] == "2021-02-10"
    assert told.renewals["year"]["renewal_date"] == "2022-01-10"


@pytest.mark.rule("GT-06", "GT-09")
def test_an_order_joins_what_is_in_the_cart() -> None:
    """A new product and seats of a present one: one order, one invoice, one payment."""
    told = story("goto/joined_cart.yaml")
    back = F("10.75") * 10 * 12 * F(270, 365)
    joined = told.invoices[1]
    assert lines(joined) == [
        line("web", "start", 2, "2021-04-15", "2022-04-15", eur(F("49.00") * 2 * 12)),
        line("meet", "unused_credit", 10, "2021-04-15", "2022-01-10", eur(-back)),
        line("meet", "seats_added", 12, "2021-04-15", "2022-04-15", eur(F("10.75") * 12 * 12)),
    ]
    assert joined["net"] == eur(1176 - F("954.25") + 1548)
    assert same_as_preview(told.preview(5), joined)
    assert told.orders["joined"]["status"] == "completed"
    assert told.types(6)[-1] == "CartOrdered"


@pytest.mark.rule("GT-06", "GT-08")
def test_each_rate_is_taxed_on_its_own_sum() -> None:
    """In March the rate rose to 23 %: what is taken back keeps 21 %."""
    told = story("goto/joined_cart.yaml")
    old = F("954.25") * F(21, 100)
    assert eur(old) == eur("200.39")
    assert told.invoices[1]["tax"] == eur((1176 + 1548) * F(23, 100) - F("200.39"))


@pytest.mark.rule("GT-07", "ALL-02")
@pytest.mark.parametrize(
    ("step", "seats", "end", "net"),
    [
        (2, 10, "2022-01-31", F("10.75") * 10 * 12),
        (3, 10, "2021-02-28", F("17.20") * 10),
        (4, 12, "2021-02-28", F("17.20") * 12),
    ],
)
def test_the_order_page_shows_period_seats_price_and_total(
    step: int, seats: int, end: str, net: F
) -> None:
    """The period starts the same day; plan and seats are changed until it is right."""
    shown = story("goto/order_page.yaml").preview(step)
    assert lines(shown["invoice"]) == [line("meet", "start", seats, "2021-01-31", end, eur(net))]
    assert shown["invoice"]["net"] == eur(net)
    assert shown["invoice"]["tax"] == eur(net * F(21, 100))
    assert shown["invoice"]["total"] == shown["invoice"]["due"] == eur(net * F(121, 100))
    assert shown["renewal"] == renewal(end, seats, eur(net))


@pytest.mark.rule("GT-07", "ALL-02")
def test_what_the_order_page_showed_is_bought() -> None:
    """The last page and the invoice are the same, and looking has bought nothing."""
    told = story("goto/order_page.yaml")
    (invoice,) = told.invoices
    assert same_as_preview(told.preview(4), invoice)
    assert invoice["paid"] == eur(F("17.20") * 12 * F(121, 100))


@pytest.mark.rule("GT-08")
def test_vat_is_that_of_the_buyers_country_or_reversed() -> None:
    """IE 21 % whatever its number, DE 16 %, FR with a number reversed, US and NO outside."""
    told = story("goto/vat_numbers.yaml")
    net = F("12.90") * 3
    first = {invoice["account"]: invoice for invoice in told.invoices[:5]}
    assert {account: invoice["tax"] for account, invoice in first.items()} == {
        "ie": eur(net * F(21, 100)),
        "de": eur(net * F(16, 100)),
        "fr": eur(0),
        "us": eur(0),
        "no": eur(0),
    }
    issued = {
        told.fact(step, "InvoiceIssued")["buyer"]["country"]: told.fact(step, "InvoiceIssued")
        for step in range(11, 16)
    }
    categories = {country: fact["taxes"][0]["category"] for country, fact in issued.items()}
    assert categories == {"IE": "S", "DE": "S", "FR": "AE", "US": "O", "NO": "O"}
    codes = {country: fact["taxes"][0]["exemption_code"] for country, fact in issued.items()}
    assert codes["FR"] == "VATEX-EU-AE"
    assert codes["US"] == codes["NO"] == "VATEX-EU-O"


@pytest.mark.rule("GT-08")
def test_rates_have_dates_and_a_number_reverses_the_next_invoice() -> None:
    """Germany: 16 % in December, 19 % in January, and none in February, with a number."""
    told = story("goto/vat_numbers.yaml")
    net = F("12.90") * 3
    assert [invoice["tax"] for invoice in told.invoices_of("de")] == [
        eur(net * F(16, 100)),
        eur(net * F(19, 100)),
        eur(0),
    ]
    assert told.types(17) == ["BillingDetailsChanged"]
    assert told.types(18) == ["PaymentMethodAdded"]


@pytest.mark.rule("GT-08")
def test_the_form_of_a_vat_number_is_checked() -> None:
    """Too short for its country, or with a wrong check digit: refused, and nothing changes."""
    told = story("goto/vat_numbers.yaml")
    assert told.refused(2) == ("account.vat_number_malformed", "GT-08")
    assert told.refused(16) == ("account.vat_number_malformed", "GT-08")
    assert told.types(3) == ["AccountOpened"]


@pytest.mark.rule("GT-09", "ALL-02")
def test_the_billing_date_becomes_the_date_of_the_change() -> None:
    """Of 1290.00 for 365 days 270 are unused; twelve seats begin a year of their own that day."""
    told = story("goto/moved_billing_date.yaml")
    changed = told.invoices[1]
    assert lines(changed) == [
        line(
            "meet",
            "unused_credit",
            10,
            "2021-04-15",
            "2022-01-10",
            eur(-F("10.75") * 10 * 12 * F(270, 365)),
        ),
        line("meet", "seats_added", 12, "2021-04-15", "2022-04-15", eur(F("10.75") * 12 * 12)),
    ]
    assert changed["net"] == eur(1548 - F("954.25"))
    assert same_as_preview(told.preview(3), changed)
    assert told.preview(3)["renewal"] == renewal("2022-04-15", 12, eur(F("10.75") * 12 * 12))


@pytest.mark.rule("GT-09", "GT-01")
def test_access_to_what_was_added_is_immediate_and_holders_keep_their_seats() -> None:
    """Seat 12 is given the same hour; the seat given before the change is still held."""
    told = story("goto/moved_billing_date.yaml")
    assert told.fact(4, "SeatsAdded")["seats"] == [[11, 12]]
    assert told.result(5)["seat"] == 12
    assert told.fact(4, "TermStarted")["cause"] == "billing_date_moved"
    assert told.seats["meet"] == counts(13, assigned=2)


@pytest.mark.rule("GT-09", "ALL-05")
def test_a_second_change_credits_the_second_term_and_the_renewal_follows_it() -> None:
    """61 days later 304 of 365 are unused; the year from 15 June is the one that renews."""
    told = story("goto/moved_billing_date.yaml")
    year = F("10.75") * 13 * 12
    assert lines(told.invoices[2]) == [
        line("meet", "unused_credit", 12, "2021-06-15", "2022-04-15", eur(-1548 * F(304, 365))),
        line("meet", "seats_added", 13, "2021-06-15", "2022-06-15", eur(year)),
    ]
    assert lines(told.invoices[3]) == [
        line("meet", "renewal", 13, "2022-06-15", "2023-06-15", eur(year))
    ]
    assert len(told.invoices) == 4


@pytest.mark.rule("GT-09", "ALL-06")
def test_what_is_taken_back_is_explained() -> None:
    """The term that was charged, its unused days, and the charge that it takes back."""
    told = story("goto/moved_billing_date.yaml")
    taken, added = told.facts(4, "Charged")
    assert taken["reverses"] == [{"charge": told.result(2)["charges"][0], "amount": eur("954.25")}]
    assert (taken["numerator"], taken["denominator"]) == (270, 365)
    assert added["term"]["anchor"] == "2021-04-15"
    explained = " ".join(told.invoices[1]["lines"][0]["explain"])
    for part in ("1290.00", "270 of 365", "half up", "21"):
        assert part in explained


@pytest.mark.rule("GT-09", "ALL-09")
def test_a_total_below_zero_becomes_credit() -> None:
    """49 seats at 10.75 gave way to 50 at 9.75: 366.32 come back and pay what is bought next."""
    told = story("goto/more_seats_less_money.yaml")
    back = eur(F("10.75") * 49 * 12 * F(355, 365))
    assert back == eur("6147.82")
    changed = told.invoices[1]
    assert changed["net"] == eur(F("9.75") * 50 * 12 - F("6147.82"))
    assert changed["tax"] == eur(F("-297.82") * F(23, 100))
    assert changed["total"] == eur(F("-297.82") - F("68.50"))
    assert (changed["paid"], changed["due"], changed["status"]) == (eur(0), eur(0), "paid")
    assert told.fact(4, "CreditGranted")["source"] == "negative_total"
    bought = told.invoices[2]
    assert bought["total"] == eur(59 * 9 * F(123, 100))
    assert bought["credit_used"] == eur("366.32")
    assert bought["paid"] == eur(F("653.13") - F("366.32"))
    assert told.credit == {"acme": eur(0)}
    assert told.preview(3)["invoice"]["due"] == eur(0)


@pytest.mark.rule("GT-08", "ALL-08")
def test_what_is_taken_back_keeps_its_rate() -> None:
    """62.42 go back at December's 16 %, 193.50 are sold at January's 19 %."""
    told = story("goto/rate_taken_back.yaml")
    back, new = F("12.90") * 10 * F(15, 31), F("12.90") * 15
    assert lines(told.invoices[1]) == [
        line("meet", "unused_credit", 10, "2021-01-01", "2021-01-16", eur(-back)),
        line("meet", "seats_added", 15, "2021-01-01", "2021-02-01", eur(new)),
    ]
    assert eur(back) == eur("62.42")
    taxes = [(one["rate"], one["tax"]) for one in told.fact(4, "InvoiceIssued")["taxes"]]
    assert taxes == [("16", eur(F("-62.42") * F(16, 100))), ("19", eur(new * F(19, 100)))]
    assert told.invoices[1]["tax"] == eur(F("36.77") - F("9.99"))
    assert same_as_preview(told.preview(3), told.invoices[1])


@pytest.mark.rule("GT-11")
def test_new_seats_must_still_be_assigned() -> None:
    """Nobody has them at first; the account's people give them, one by one, while there are any."""
    told = story("goto/seats_to_assign.yaml")
    assert "SeatAssigned" not in told.types(2)
    assert told.refused(5) == ("access.role_missing", "GT-01")
    assert told.refused(6) == ("seats.none_free", "GT-11")
    assert told.result(8)["seat"] == 3
    assert told.seats["meet"] == counts(4, assigned=3)
