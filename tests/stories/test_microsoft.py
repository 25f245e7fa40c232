"""Microsoft's rules, MS-01 to MS-14.

By hand from the catalogue, per seat and month: Basic 6.70, a year of it 5.60; Standard 14.00, a
year of it 11.70; E3 a year 22.50, three years by volume licence 19.00. The buyer is in France with
a VAT number, so that no tax is charged.
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


@pytest.mark.rule("MS-01", "ALL-02")
def test_the_total_is_set_and_the_new_monthly_cost_shown() -> None:
    """100 seats and 5 more wanted: 105, for 21 of 31 days now and 703.50 a month from then on."""
    told = story("microsoft/new_total.yaml")
    shown = told.preview(3)
    assert shown["renewal"] == renewal("2025-04-10", 105, eur(F("6.70") * 105))
    assert lines(told.invoices[1]) == [
        line("mail", "seats_added", 5, "2025-03-20", "2025-04-10", eur(F("6.70") * 5 * F(21, 31)))
    ]
    assert same_as_preview(shown, told.invoices[1])
    assert told.refused(7)[0] == "seats.above_maximum"


@pytest.mark.rule("MS-02")
def test_by_card_or_bank_account_seats_are_there_at_once() -> None:
    """Seat 105 is given a minute later; the bank account pays at once as well."""
    told = story("microsoft/new_total.yaml")
    assert told.result(4)["status"] == told.result(6)["status"] == "completed"
    assert told.result(5)["seat"] == 105
    assert told.seats["mail"] == counts(106, assigned=1)
    assert {invoice["status"] for invoice in told.invoices} == {"paid"}
    assert told.invoices[3]["paid"] == eur(F("6.70") * 106)


@pytest.mark.rule("MS-11")
def test_the_charge_appears_within_two_days() -> None:
    """The payment says until when it is expected, by card and by bank account."""
    told = story("microsoft/new_total.yaml")
    card, bank = told.fact(4, "PaymentRecorded"), told.fact(6, "PaymentRecorded")
    assert (card["method"], card["basis"], card["expected_by"]) == ("card", "at_once", "2025-03-22")
    assert (bank["method"], bank["expected_by"]) == ("bank_account", "2025-03-22")


@pytest.mark.rule("MS-03", "ALL-02")
def test_by_invoice_the_seats_wait_for_the_credit_check() -> None:
    """The whole charge and the renewal are shown; no seat is free until the check is passed."""
    told = story("microsoft/credit_check.yaml")
    shown = told.preview(3)
    assert lines(shown["invoice"]) == [
        line("mail", "start", 100, "2025-03-14", "2025-04-14", eur(F("6.70") * 100))
    ]
    assert shown["renewal"] == renewal("2025-04-14", 100, eur(F("6.70") * 100))
    assert told.result(4)["status"] == "pending_credit_check"
    assert told.refused(9)[0] == "seats.none_free"
    assert told.refused(10) == ("access.role_missing", "MS-09")
    assert told.fact(11, "SeatsAdded")["seats"] == [[1, 100]]
    assert told.result(11)["assigned"] == [1]
    assert told.refused(12) == ("order.not_pending", "MS-04")


@pytest.mark.rule("MS-04")
@pytest.mark.parametrize("step", [5, 6, 7])
def test_while_a_check_is_pending_nothing_more_can_be_bought(step: int) -> None:
    """Neither seats, nor a trial, nor by a key; the answer says why and how long it takes."""
    told = story("microsoft/credit_check.yaml")
    assert told.refused(step) == ("order.credit_check_pending", "MS-04")
    assert "two working days" in told.words(step)


@pytest.mark.rule("MS-04")
def test_assigning_goes_on_and_so_does_buying_after_the_check() -> None:
    """A seat of another subscription is given meanwhile, and a seat bought afterwards."""
    told = story("microsoft/credit_check.yaml")
    assert told.types(8) == ["SeatAssigned"]
    assert told.result(13)["status"] == "completed"
    assert told.orders["first"] == {
        "status": "completed",
        "expires_on": None,
        "expected_on": "2025-03-19",
    }


@pytest.mark.rule("MS-04")
def test_the_expected_day_leaves_out_weekends_and_public_holidays() -> None:
    """From 23 December: the 24th, then Christmas, St Stephen's Day and a weekend, the 29th."""
    told = story("microsoft/checked_at_christmas.yaml")
    assert told.orders == {
        "christmas": {
            "status": "pending_credit_check",
            "expires_on": None,
            "expected_on": "2025-12-29",
        }
    }
    assert told.seats == {"mail": counts(10, pending=10)}
    assert told.invoices == []
    assert told.renewals == {}


@pytest.mark.rule("MS-03", "MS-04")
def test_a_failed_check_charges_nothing_and_lets_buy_again() -> None:
    """No statement ever comes of it; the subscription's id stays taken."""
    told = story("microsoft/check_failed.yaml")
    assert told.types(3) == ["OrderFailed", "SubscriptionEnded"]
    assert told.refused(4) == ("subscription.exists", "EV-10")
    assert told.result(5)["status"] == "pending_credit_check"
    assert {name: order["status"] for name, order in told.orders.items()} == {
        "first": "failed",
        "second": "cancelled",
    }
    assert told.invoices == []
    assert told.seats == {"mail": counts(0), "mail2": counts(0)}


@pytest.mark.rule("MS-05")
def test_a_key_starts_a_prepaid_subscription_and_another_adds_to_it() -> None:
    """Five seats, then twenty-five; no invoice, no renewal, and no seats but by a key."""
    told = story("microsoft/product_keys.yaml")
    assert told.fact(5, "SubscriptionStarted")["kind"] == "prepaid"
    assert told.fact(5, "SeatsAdded")["seats"] == [[1, 5]]
    assert told.refused(6) == ("subscription.prepaid", "MS-05")
    assert told.fact(8, "SeatsAdded")["seats"] == [[6, 30]]
    assert told.refused(11) == ("subscription.not_prepaid", "MS-05")
    assert [invoice["lines"][0]["subscription"] for invoice in told.invoices] == ["bought"]
    assert set(told.renewals) == {"bought"}


@pytest.mark.rule("MS-05")
def test_a_key_works_once_in_the_whole_ledger() -> None:
    """Not twice on one account, not on another; a refusal does not use a key up."""
    told = story("microsoft/product_keys.yaml")
    assert told.refused(7) == ("subscription.key_already_used", "MS-05")
    assert told.refused(14) == ("subscription.key_already_used", "MS-05")
    assert told.result(15)["seats"] == [[1, 5]]
    assert told.refused(17)[0] == "subscription.ended"
    assert told.result(18)["seats"] == [[1, 1]]


@pytest.mark.rule("MS-05")
def test_a_key_is_25_characters_and_known() -> None:
    """Too short, and unknown; who may not buy may not redeem either; the log holds no key."""
    told = story("microsoft/product_keys.yaml")
    assert told.refused(2) == ("access.role_missing", "MS-09")
    assert told.refused(3) == ("subscription.key_malformed", "MS-05")
    assert told.refused(4) == ("subscription.key_unknown", "MS-05")
    assert "DEMO1" not in str([step["events"] for step in told.answer["steps"]]).upper()


@pytest.mark.rule("MS-05")
def test_a_prepaid_term_is_over_after_its_year() -> None:
    """It cannot be cancelled, serves to its last second, and does not renew."""
    told = story("microsoft/product_keys.yaml")
    assert told.refused(9) == ("subscription.already_cancelled", "MS-14")
    assert told.result(16)["seat"] == 1
    assert told.seats["std"] == counts(0)
    assert told.seats["b-std"] == counts(5, renewing=0)


@pytest.mark.rule("MS-06")
@pytest.mark.parametrize("step", [2, 4])
def test_volume_licences_are_managed_in_the_licensing_centre(step: int) -> None:
    """The answer links there."""
    told = story("microsoft/sold_by_others.yaml")
    assert told.refused(step) == ("subscription.managed_in_volume_centre", "MS-06")
    assert "https://volume-licensing.example/" in told.words(step)


@pytest.mark.rule("MS-06")
def test_the_seller_sells_them_and_the_account_assigns() -> None:
    """Three years for five seats at once; its seats are given by the account."""
    told = story("microsoft/sold_by_others.yaml")
    assert lines(told.invoices[0]) == [
        line("e3", "start", 5, "2025-03-10", "2028-03-10", eur(F("19.00") * 5 * 36))
    ]
    assert told.types(5) == ["SeatAssigned"]


@pytest.mark.rule("MS-07")
def test_what_a_solution_provider_sold_only_that_provider_changes() -> None:
    """The account's administrator is sent to it, also for another plan; it changes its own."""
    told = story("microsoft/sold_by_others.yaml")
    for step in (6, 9, 10):
        assert told.refused(step) == ("subscription.sold_by_partner", "MS-07")
        assert "the support desk of Fabrikam Cloud Services, +353 1 555 0170" in told.words(step)
    assert told.step(8)["events"][0]["actor"]["role"] == "partner"
    assert told.types(11) == ["SubscriptionCancelled"]
    assert told.refused(12) == ("access.role_missing", "MS-09")


@pytest.mark.rule("MS-08")
def test_a_trial_is_bought_before_seats_are_added() -> None:
    """Not while it is a trial, and not while its purchase waits; five more after the check."""
    told = story("microsoft/trial_first.yaml")
    for step in (3, 6):
        assert told.refused(step) == ("subscription.trial_must_be_bought", "MS-08")
    assert told.types(7) == ["CreditCheckPassed", "OrderCompleted", "TermStarted", "Charged"]
    assert told.seats["try"] == counts(30)
    assert told.invoices[0]["total"] == eur(F("14.00") * 5 * F(27, 31))


@pytest.mark.rule("MS-08", "MS-12", "ALL-02")
def test_the_bought_trial_has_a_full_term_from_the_day_of_its_order() -> None:
    """A month from 20 March; the statement of April holds 12 of its 31 days."""
    told = story("microsoft/trial_first.yaml")
    assert told.preview(4)["invoice"]["total"] == eur(F("14.00") * 25)
    assert told.preview(4)["renewal"] == renewal("2025-04-20", 25, eur(F("14.00") * 25))
    assert lines(told.invoices[1]) == [
        line(
            "try",
            "trial_converted",
            25,
            "2025-03-20",
            "2025-04-01",
            eur(F("14.00") * 25 * F(12, 31)),
        )
    ]
    assert told.renewals["try"]["renewal_date"] == "2025-04-20"


@pytest.mark.rule("MS-09")
@pytest.mark.parametrize("step", [4, 5, 9, 11])
def test_nobody_but_the_two_administrators_may_buy(step: int) -> None:
    """Not the owner, not a user administrator, not one whose role was taken back."""
    told = story("microsoft/who_may_buy.yaml")
    assert told.refused(step) == ("access.role_missing", "MS-09")


@pytest.mark.rule("MS-09")
def test_global_and_billing_administrators_buy() -> None:
    """One starts the subscription, the other adds to it."""
    told = story("microsoft/who_may_buy.yaml")
    assert told.step(6)["events"][0]["actor"]["role"] == "billing_administrator"
    assert told.step(7)["events"][0]["actor"]["role"] == "global_administrator"
    assert told.types(8) == ["SeatAssigned"]
    assert told.seats["mail"] == counts(2, assigned=1)


@pytest.mark.rule("MS-10")
def test_seats_are_bought_and_users_added_in_one_step() -> None:
    """Three at the start, two with a new total, each user with a seat."""
    told = story("microsoft/users_in_one_step.yaml")
    assert told.result(2)["assigned"] == [1, 2, 3]
    assert told.result(5)["assigned"] == [4, 5]
    assert told.seats["mail"] == counts(5, assigned=5)
    assert [invoice["total"] for invoice in told.invoices] == [
        eur(F("5.60") * 3 * 12),
        eur(F("5.60") * 2 * 12),
    ]


@pytest.mark.rule("MS-10", "ALL-04")
def test_all_users_or_nothing() -> None:
    """One who has a seat, one too many, one without an address: nothing is bought."""
    told = story("microsoft/users_in_one_step.yaml")
    assert told.refused(3)[0] == "seats.user_already_has_seat"
    assert told.refused(4)[0] == "seats.none_free"
    assert told.refused(6) == ("command.invalid", "ALL-04")
    assert len(told.invoices) == 2


@pytest.mark.rule("MS-12")
def test_by_invoice_the_charge_appears_on_the_next_statement() -> None:
    """Nothing at the order or the check; on 1 April one open invoice holds both charges."""
    told = story("microsoft/statement.yaml")
    assert "InvoiceIssued" not in told.types(3) + told.types(5)
    april = told.invoices[1]
    assert (april["issued_on"], april["due_on"]) == ("2025-04-01", "2025-05-01")
    assert april["status"] == "open"
    assert lines(april) == [
        line("mail", "start", 10, "2025-03-04", "2025-04-01", eur(67 * F(28, 31))),
        line("word", "start", 2, "2025-03-06", "2025-04-01", eur(F("280.80") * F(26, 365))),
    ]
    assert april["due"] == april["total"] == eur(F("60.52") + F("20.00"))


@pytest.mark.rule("MS-12", "MS-13")
def test_the_next_statement_holds_the_rest_and_an_empty_month_has_none() -> None:
    """In May what April left over of both charges; in June nothing was charged."""
    told = story("microsoft/statement.yaml")
    assert lines(told.invoices[2]) == [
        line("mail", "start", 10, "2025-04-01", "2025-04-04", eur(67 - F("60.52"))),
        line("word", "start", 2, "2025-04-01", "2026-03-06", eur(F("280.80") - 20)),
    ]
    assert told.invoices[2]["issued_on"] == "2025-05-01"
    assert len(told.invoices) == 3


@pytest.mark.rule("MS-12", "MS-02")
def test_what_is_paid_otherwise_is_invoiced_at_once() -> None:
    """A year by bank account stands on an invoice of its own, whole and paid."""
    told = story("microsoft/statement.yaml")
    assert lines(told.invoices[0]) == [
        line("e3", "start", 1, "2025-03-10", "2026-03-10", eur(F("22.50") * 12))
    ]
    assert told.invoices[0]["status"] == "paid"


@pytest.mark.rule("MS-13", "ALL-01")
def test_a_fraction_on_the_first_invoice_and_the_balance_on_the_next() -> None:
    """17 of 31 days to 1 April, then what is left of 670.00, to the cent."""
    told = story("microsoft/split_charge.yaml")
    first = F("6.70") * 100 * F(17, 31)
    assert eur(first) == eur("367.42")
    assert lines(told.invoices[0]) == [
        line("mail", "start", 100, "2025-03-15", "2025-04-01", eur(first))
    ]
    assert lines(told.invoices[1])[0] == line(
        "mail", "start", 100, "2025-04-01", "2025-04-15", eur(670 - F("367.42"))
    )


@pytest.mark.rule("MS-12", "MS-03")
def test_a_charge_goes_on_the_statement_for_the_month_of_the_pass() -> None:
    """Ordered in March, passed in April: on May's statement, for the period from its order."""
    told = story("microsoft/split_charge.yaml")
    added = told.invoices[1]["lines"][1]
    assert (added["period_start"], added["period_end"]) == ("2025-03-25", "2025-04-15")
    assert added["amount"] == eur(F("6.70") * 5 * F(21, 31))
    assert added["amount"] == told.preview(4)["invoice"]["total"]
    assert told.orders["second"]["expected_on"] == "2025-03-27"
    assert len(told.invoices) == 2


@pytest.mark.rule("MS-12", "ALL-09")
def test_a_statement_is_paid_in_whole_or_in_part_and_never_twice() -> None:
    """Paid, it takes no more; 100.00 leave the rest due; a statement has its day."""
    told = story("microsoft/split_charge.yaml")
    assert told.invoices[0]["status"] == "paid"
    assert told.invoices[0]["paid"] == eur("367.42")
    assert told.refused(9) == ("payment.more_than_due", "ALL-09")
    assert told.refused(10) == ("command.time_out_of_range", "ALL-04")
    assert told.refused(12) == ("invoice.unknown", "ALL-08")
    second = told.invoices[1]
    assert (second["status"], second["paid"]) == ("open", eur(100))
    assert second["due"] == eur(F("302.58") + F("22.69") - 100)


@pytest.mark.rule("MS-14")
def test_a_subscription_is_cancelled_at_the_end_of_its_term() -> None:
    """By who may buy, once; usable to midnight in Dublin, and no further invoice."""
    told = story("microsoft/cancelled.yaml")
    assert told.refused(3) == ("access.role_missing", "MS-09")
    assert told.result(4)["ends_on"] == "2025-05-10"
    assert told.refused(5) == ("subscription.already_cancelled", "MS-14")
    assert told.result(6)["seat"] == 1
    assert told.refused(7)[0] == "subscription.ended"
    assert told.seats == {"mail": counts(0)}
    assert [invoice["issued_on"] for invoice in told.invoices] == ["2025-03-10", "2025-04-10"]
