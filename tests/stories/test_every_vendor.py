"""The rules that hold for every vendor, ALL-01 to ALL-10, by catalogues written for the purpose.

How a price becomes an amount: currencies, fractions, terms, versions of a plan. What happens to
documents, credit, keys and people is in `test_every_account.py`.
"""

from itertools import pairwise

import pytest

from tests.stories.story import (
    F,
    Story,
    counts,
    eur,
    line,
    lines,
    money,
    renewal,
    same_as_preview,
    story,
    usd,
)


def jpy(amount: F | int) -> dict[str, str]:
    """Yen."""
    return money(amount, "JPY")


def kwd(amount: F | int) -> dict[str, str]:
    """Kuwaiti dinars."""
    return money(amount, "KWD")


def periods(told: Story, subscription: str) -> list[tuple[str, str]]:
    """The whole terms of a subscription that were invoiced."""
    return [
        (one["period_start"], one["period_end"])
        for invoice in told.invoices
        for one in invoice["lines"]
        if one["subscription"] == subscription and one["reason"] in {"start", "renewal"}
    ]


@pytest.mark.rule("ALL-01")
def test_yen_have_no_minor_unit() -> None:
    """Three seats at 980.5 are 2942, half a yen up; tax and credit are whole yen too."""
    told = story("every_vendor/yen.yaml")
    assert told.invoices[0]["net"] == jpy(F("980.5") * 3) == {"amount": "2942", "currency": "JPY"}
    assert told.invoices[0]["tax"] == jpy(2942 * F(10, 100))
    assert told.refused(7) == ("command.invalid", "ALL-04")
    assert told.invoices[3]["credit_used"] == jpy(100)
    assert told.invoices[3]["paid"] == jpy(2942 + 294 - 100)


@pytest.mark.rule("ALL-01", "ALL-02")
def test_each_line_is_rounded_once_and_the_lines_add_up() -> None:
    """1667 and 22 of 31 days of 980.5 are 2363 together, taxed on that sum."""
    told = story("every_vendor/yen.yaml")
    talk, added = F("333.333") * 5, F("980.5") * F(22, 31)
    assert lines(told.invoices[2]) == [
        line("talk", "start", 5, "2021-01-10", "2021-02-10", jpy(talk)),
        line("new-year", "seats_added", 1, "2021-01-10", "2021-02-01", jpy(added)),
    ]
    assert told.invoices[2]["net"] == jpy(1667 + 696)
    assert told.invoices[2]["tax"] == jpy((1667 + 696) * F(10, 100))
    assert same_as_preview(told.preview(5), told.invoices[2])


@pytest.mark.rule("ALL-05", "ALL-07")
def test_the_year_begins_at_midnight_in_tokyo() -> None:
    """15:00 in London is the new year there: another day, another series, another anchor."""
    told = story("every_vendor/yen.yaml")
    assert [invoice["number"] for invoice in told.invoices] == [
        "TK-2020-000001",
        "TK-2021-000001",
        "TK-2021-000002",
        "TK-2021-000003",
        "TK-2021-000004",
    ]
    assert periods(told, "old-year") == [
        ("2020-12-31", "2021-01-31"),
        ("2021-01-31", "2021-02-28"),
    ]
    assert told.renewals["new-year"]["renewal_date"] == "2021-03-01"


@pytest.mark.rule("ALL-01", "ALL-06")
def test_dinars_have_three_digits_and_prices_may_be_finer() -> None:
    """1.2345 x 3 is 3.7035, so 3.704; five are 6.1725, so 6.173; the whole is taken back."""
    told = story("every_vendor/dinar.yaml")
    assert told.invoices[2]["total"] == kwd(F("1.2345") * 3) == kwd(F("3.704"))
    assert [one["amount"] for one in told.invoices[3]["lines"]] == [
        kwd(F("-3.704")),
        kwd(F("1.2345") * 5),
    ]
    assert told.invoices[3]["total"] == kwd(F("6.173") - F("3.704"))
    assert "1.2345 x 3 = 3.7035" in " ".join(told.invoices[2]["lines"][0]["explain"])


@pytest.mark.rule("ALL-01", "EV-09")
def test_graduated_tiers_by_the_month_are_rounded_once() -> None:
    """Five less two: 1.2345 + 2 x 1.0005, for nine months and 21 of 31 days."""
    told = story("every_vendor/dinar.yaml")
    more = (F("1.2345") * 1 + F("1.0005") * 2) * (9 + F(21, 31))
    assert told.invoices[0]["total"] == kwd(F("1.2345") * 2 * 12)
    assert lines(told.invoices[1]) == [
        line("year", "seats_added", 3, "2021-03-20", "2022-01-10", kwd(more))
    ]
    whole = (F("1.2345") * 3 + F("1.0005") * 2) * 12
    assert told.renewals["year"] == renewal("2022-01-10", 5, kwd(whole))


@pytest.mark.rule("ALL-01")
def test_half_a_cent_is_a_cent_and_less_is_nothing() -> None:
    """0.125 is 0.13; 0.0049 is nothing and has no invoice; ninety-nine of it are 0.49."""
    told = story("every_vendor/half_cents.yaml")
    assert [invoice["total"] for invoice in told.invoices] == [
        eur(F("0.125")),
        eur(F("0.125") * 2),
        eur(F("0.0049") * 99),
    ]
    assert told.invoices[0]["total"] == eur("0.13")
    assert told.preview(3) == {"invoice": None, "renewal": renewal("2021-02-10", 1, eur(0))}
    assert told.fact(4, "Charged")["net"] == eur(0)
    assert "InvoiceIssued" not in told.types(4)


@pytest.mark.rule("ALL-01", "PA-04")
def test_what_costs_nothing_waits_for_no_payment() -> None:
    """Five free seats by transfer are usable at once, and there is no invoice."""
    told = story("every_vendor/half_cents.yaml")
    assert told.result(6)["status"] == "completed"
    assert told.orders["gift-1"]["status"] == "completed"
    assert told.seats["free"] == counts(5)


@pytest.mark.rule("ALL-05", "EV-09")
def test_a_month_of_743_hours_is_prorated_by_its_seconds() -> None:
    """March has an hour less in New York: 719.5 and 384 of 743 hours are left."""
    told = story("every_vendor/new_york_seconds.yaml")
    assert [invoice["total"] for invoice in told.invoices[:2]] == [
        usd(743),
        usd(743 * F(7195, 7430)),
    ]
    assert told.invoices[3]["total"] == usd(743 * F(384, 743))
    assert same_as_preview(told.preview(4), told.invoices[3])


@pytest.mark.rule("ALL-05", "ALL-01")
def test_the_last_second_costs_nothing_and_still_gives_a_seat() -> None:
    """A 2,674,800th of the term is no cent; the seat renews with the others."""
    told = story("every_vendor/new_york_seconds.yaml")
    assert told.types(6) == ["OrderPlaced", "OrderCompleted", "SeatsAdded", "Charged"]
    assert lines(told.invoices[4]) == [
        line("month", "renewal", 4, "2021-04-01", "2021-05-01", usd(743 * 4))
    ]


@pytest.mark.rule("ALL-05", "EV-09")
def test_seconds_of_a_year_by_the_month() -> None:
    """114.5 of 365 days x twelve months, though the clocks went back that night."""
    told = story("every_vendor/new_york_seconds.yaml")
    assert lines(told.invoices[-1]) == [
        line("year", "seats_added", 1, "2021-11-07", "2022-03-02", usd(120 * F(1145, 3650)))
    ]


@pytest.mark.rule("EV-09")
@pytest.mark.parametrize(
    ("invoice", "subscription", "months"),
    [
        (4, "up", 5),  # a boundary, 28 February: five months to 31 July
        (5, "down", 5),
        (6, "up", 5),  # a day later the month has started
        (7, "down", 4),
        (8, "none", 6),
    ],
)
def test_a_started_month_counts_up_or_down_or_not_at_all(
    invoice: int, subscription: str, months: int
) -> None:
    """Up to a whole month, down to nothing; without proration the full price on any day."""
    told = story("every_vendor/whatever_the_day.yaml")
    (only,) = told.invoices[invoice]["lines"]
    assert only["subscription"] == subscription
    assert only["amount"] == eur(F("10.01") * months)


@pytest.mark.rule("EV-09")
def test_months_of_a_price_by_the_period() -> None:
    """Rounded down ten of twelve months are left of a year at 100.00."""
    told = story("every_vendor/whatever_the_day.yaml")
    assert told.invoices[9]["total"] == eur(100 * F(10, 12))


@pytest.mark.rule("EV-09", "ALL-02")
def test_a_last_month_rounded_down_is_free() -> None:
    """Nothing to charge, no invoice, in the preview as in the purchase; it renews like all."""
    told = story("every_vendor/whatever_the_day.yaml")
    assert told.preview(11) == {
        "invoice": None,
        "renewal": renewal("2021-07-31", 4, eur(F("10.01") * 4 * 6)),
    }
    assert told.types(12) == ["OrderPlaced", "OrderCompleted", "SeatsAdded", "Charged"]
    assert len(told.invoices) == 10


@pytest.mark.rule("ALL-05")
def test_every_months_end_from_january_to_january() -> None:
    """The 31st wherever there is one, the last day elsewhere, 29 February in the leap year."""
    told = story("every_vendor/leap_years.yaml")
    days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    starts = [f"2024-{month:02}-{day}" for month, day in enumerate(days, 1)] + ["2025-01-31"]
    assert [start for start, _end in periods(told, "month")] == starts
    assert periods(told, "month")[-1] == ("2025-01-31", "2025-02-28")


@pytest.mark.rule("ALL-05")
def test_a_leap_day_returns_after_four_years() -> None:
    """28 February three times, then the 29th again; a quarter keeps its 30th likewise."""
    told = story("every_vendor/leap_years.yaml")
    assert [start for start, _end in periods(told, "year")] == [
        "2024-02-29",
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]
    assert [start for start, _end in periods(told, "quarter")][:3] == [
        "2024-11-30",
        "2025-02-28",
        "2025-05-30",
    ]


@pytest.mark.rule("ALL-05")
@pytest.mark.parametrize("subscription", ["month", "thirty", "year", "quarter"])
def test_periods_tile(subscription: str) -> None:
    """Each term begins on the day on which the one before ended."""
    bounds = periods(story("every_vendor/leap_years.yaml"), subscription)
    assert len(bounds) > 4
    assert all(before[1] == after[0] for before, after in pairwise(bounds))


@pytest.mark.rule("ALL-05", "EV-17")
def test_a_term_of_thirty_days() -> None:
    """From 31 January over the leap day to 1 March; a seat ten days later costs 20 of 30."""
    told = story("every_vendor/leap_years.yaml")
    assert periods(told, "thirty")[:2] == [
        ("2024-01-31", "2024-03-01"),
        ("2024-03-01", "2024-03-31"),
    ]
    assert told.invoices[2]["total"] == eur(31 * F(20, 30))
    assert periods(told, "thirty")[-1][1] == "2024-12-26"
    assert told.seats["thirty"] == counts(0)


@pytest.mark.rule("ALL-06", "SE-01")
def test_a_term_keeps_the_version_with_which_it_began() -> None:
    """Published for April: bought in March at 10.00, in April at 12.00; the old term adds at 10."""
    told = story("every_vendor/new_version.yaml")
    assert told.refused(2) == ("access.role_missing", "EV-20")
    assert told.types(3) == []
    assert told.types(4) == ["PlanPublished"]
    assert [lines(invoice)[0] for invoice in told.invoices[:4]] == [
        line("old", "start", 2, "2021-01-15", "2021-07-15", eur(10 * 2 * 6)),
        line("still", "start", 2, "2021-03-31", "2021-09-30", eur(10 * 2 * 6)),
        line("new", "start", 2, "2021-04-01", "2021-10-01", eur(12 * 2 * 6)),
        line("old", "seats_added", 1, "2021-04-15", "2021-07-15", eur(10 * 1 * 3)),
    ]
    assert [told.fact(step, "Charged")["plan_version"] for step in (1, 5, 6, 8)] == [1, 1, 2, 1]


@pytest.mark.rule("ALL-06", "ALL-02")
def test_a_renewal_takes_the_newest_version() -> None:
    """The preview of April already says what July will cost at 12.00."""
    told = story("every_vendor/new_version.yaml")
    assert told.preview(7)["renewal"] == renewal("2021-07-15", 3, eur(12 * 3 * 6))
    assert lines(told.invoices[4]) == [
        line("old", "renewal", 3, "2021-07-15", "2022-01-15", eur(12 * 3 * 6))
    ]


@pytest.mark.rule("ALL-06")
def test_those_who_have_a_kept_plan_keep_their_version() -> None:
    """Two renewals after the new price the old subscription still pays 10.00, the new 12.00."""
    told = story("every_vendor/keeps_its_version.yaml")
    paid = {name: [] for name in ("old", "new")}
    for invoice in told.invoices:
        paid[invoice["lines"][0]["subscription"]].append(invoice["total"])
    assert paid == {"old": [eur(10 * 2)] * 3, "new": [eur(12 * 2)] * 2}


@pytest.mark.rule("ALL-04", "ALL-05")
def test_a_command_takes_effect_up_to_five_days_back() -> None:
    """Four days back the seat costs 25 of 31 days; the invoice is of the day of writing."""
    told = story("every_vendor/backdating.yaml")
    assert [lines(invoice)[0] for invoice in told.invoices[2:]] == [
        line("team", "seats_added", 1, "2021-01-16", "2021-02-10", eur(31 * F(25, 31))),
        line("team", "seats_added", 1, "2021-01-18", "2021-02-10", eur(31 * F(23, 31))),
    ]
    assert [invoice["issued_on"] for invoice in told.invoices[2:]] == ["2021-01-20", "2021-01-21"]
    assert told.step(4)["events"][0]["effective_on"] == "2021-01-16"
    assert told.step(4)["events"][0]["recorded_at"].startswith("2021-01-20")


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("step", [5, 6, 7, 9])
def test_no_command_takes_effect_too_far_back_or_in_the_future(step: int) -> None:
    """Six days back, back at all where the plan says none, tomorrow, before the account."""
    told = story("every_vendor/backdating.yaml")
    assert told.refused(step) == ("command.time_out_of_range", "ALL-04")


@pytest.mark.rule("GEN-01", "ALL-02")
def test_on_account_is_usable_at_once_and_invoiced_open() -> None:
    """The seats are there, the invoice waits for its money; renewals and statements likewise."""
    told = story("every_vendor/on_account.yaml")
    first, statement, renewed = told.invoices
    assert same_as_preview(told.preview(5), first)
    assert told.seats["r"] == counts(2, assigned=2)
    assert (first["status"], first["due_on"], first["paid"]["amount"]) == (
        "paid",
        "2024-01-16",
        "20.00",
    )
    assert [one["subscription"] for one in statement["lines"]] == ["g"]
    for document in (statement, renewed):
        assert (document["status"], document["due"]) == ("open", document["total"])
    assert "PaymentRecorded" not in told.types(6)


@pytest.mark.rule("GEN-21")
def test_refusals_speak_the_vendor_s_words_and_name_its_rules() -> None:
    """Its own IDs and sentences, of the plan or of the whole file; no other vendor's."""
    told = story("every_vendor/on_account.yaml")
    assert told.refused(0) == ("account.unknown", "ALL-04")
    assert told.refused(2) == ("seats.below_minimum", "RD-03")
    assert "A room has two chairs." in told.words(2)
    assert told.refused(3) == ("account.application_not_approved", "ALL-04")
    assert "Ask us for access first." in told.words(3)
    assert told.refused(4) == ("payment.method_not_accepted", "RD-07")
    assert "cheque" in told.words(4)
    assert told.step(7)["detail"] == "Every chair is taken."
