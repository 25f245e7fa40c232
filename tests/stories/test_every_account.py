"""The rules that hold for every vendor: documents, numbers, credit, keys of commands, people.

ALL-03, ALL-04 and ALL-07 to ALL-10, by histories of the shipped catalogues and of our own.
"""

import pytest

from tests.stories.story import (
    F,
    cad,
    counts,
    eur,
    line,
    lines,
    renewal,
    story,
    usd,
)


@pytest.mark.rule("ALL-03")
def test_a_command_sent_twice_acts_once_and_answers_the_same() -> None:
    """The second answer holds the first one's events and result, and nothing is bought again."""
    told = story("every_vendor/sent_twice.yaml")
    for first, again in ((0, 1), (7, 8), (6, 13)):
        assert told.step(again)["events"] == told.step(first)["events"]
        assert told.result(again) == told.result(first)
    assert told.seats == {"vpn": counts(15)}
    assert [invoice["total"] for invoice in told.invoices] == [
        usd(F("7.49") * 10 * 12),
        usd(F("7.49") * 5 * 10),
    ]


@pytest.mark.rule("ALL-03")
@pytest.mark.parametrize("step", [9, 10, 11, 12])
def test_a_key_with_another_content_is_refused(step: int) -> None:
    """Another field, another actor, another command, another account."""
    told = story("every_vendor/sent_twice.yaml")
    assert told.refused(step) == ("command.id_reused", "ALL-03")


@pytest.mark.rule("ALL-03", "ALL-04")
def test_a_refused_command_leaves_its_key_free() -> None:
    """The purchase that was refused is sent again under its key once it is possible."""
    told = story("every_vendor/sent_twice.yaml")
    assert told.refused(4)[0] == "account.application_not_approved"
    assert told.result(6)["order"] == "buy-1"
    assert told.refused(2) == ("account.exists", "ALL-04")


@pytest.mark.rule("ALL-04", "ALL-01")
@pytest.mark.parametrize(
    ("step", "code"),
    [
        (1, "access.role_missing"),
        (2, "payment.currency_mismatch"),
        (3, "command.invalid"),  # a JSON number is no amount
        (4, "command.invalid"),
        (5, "command.invalid"),  # beyond 10^15 minor units
        (7, "command.invalid"),
        (10, "payment.more_than_due"),
        (11, "seats.above_maximum"),
        (12, "command.invalid"),
        (13, "command.invalid"),
        (14, "command.invalid"),
        (15, "command.invalid"),
    ],
)
def test_bad_amounts_and_fields_are_refused(step: int, code: str) -> None:
    """Each with its code and words, and nothing is written."""
    told = story("every_vendor/credit_lots.yaml")
    assert told.refused(step)[0] == code


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize(
    ("step", "word"), [(12, "quantity"), (13, "quantity"), (14, "colour"), (15, "quantity")]
)
def test_a_malformed_command_names_the_field(step: int, word: str) -> None:
    """In words that whoever sent it understands."""
    assert word in story("every_vendor/credit_lots.yaml").words(step)


@pytest.mark.rule("ALL-09")
def test_credit_pays_the_next_invoices_oldest_lot_first() -> None:
    """5.00 given and 10.00 paid in: 12.95 the first month, the last 2.05 the second."""
    told = story("every_vendor/credit_lots.yaml")
    used = told.facts(9, "CreditUsed")
    assert [one["amount"] for one in used] == [usd(5), usd(F("12.95") - 5)]
    assert [one["credit"] for one in used] == ["step-6/1", told.result(8)["credits"][0]]
    second = told.invoices[1]
    assert second["credit_used"] == usd(F("15.00") - F("12.95"))
    assert second["paid"] == usd(F("12.95") - F("2.05"))
    assert told.credit == {"acme": usd(0)}


@pytest.mark.rule("ALL-08", "ALL-09")
def test_an_invoice_is_credited_by_a_note_and_stays_as_it_was() -> None:
    """The note turns every line round; 20.00 of credit and 138.67 paid come back as credit."""
    told = story("every_vendor/credit_notes.yaml")
    invoice, note = told.invoices[:2]
    assert (invoice["status"], note["status"]) == ("credited", "issued")
    assert (invoice["kind"], note["kind"]) == ("invoice", "credit_note")
    total = F("12.90") * 10 * F(123, 100)
    assert (invoice["total"], invoice["credit_used"]) == (eur(total), eur(20))
    assert (invoice["paid"], invoice["due"]) == (eur(total - 20), eur(0))
    assert lines(note) == [line("meet", "start", 10, "2021-04-10", "2021-05-10", eur(-129))]
    assert (note["net"], note["tax"]) == (eur(-129), eur(-129 * F(23, 100)))
    assert note["total"] == eur(-total)
    assert [note[name] for name in ("credit_used", "paid", "due")] == [eur(0)] * 3
    assert told.fact(7, "CreditGranted")["amount"] == eur(total)


@pytest.mark.rule("ALL-08")
def test_nothing_is_credited_twice() -> None:
    """Not the invoice again, not the note, not by the buyer, not an unknown number."""
    told = story("every_vendor/credit_notes.yaml")
    assert told.refused(4)[0] == "access.role_missing"
    assert told.refused(5) == ("invoice.unknown", "ALL-08")
    assert told.refused(6) == ("command.invalid", "ALL-04")
    assert told.refused(8) == ("invoice.nothing_left_to_credit", "ALL-08")
    assert told.refused(9) == ("invoice.nothing_left_to_credit", "ALL-08")


@pytest.mark.rule("ALL-08", "GT-09")
def test_a_note_credits_what_a_change_has_left() -> None:
    """15 of 30 days of 59.00 were taken back by the change; the note holds the other 29.50."""
    told = story("every_vendor/credit_notes.yaml")
    assert told.invoices[3]["lines"][0]["amount"] == eur(-59 * F(15, 30))
    note = told.invoices[4]
    assert lines(note) == [
        line("web", "start", 1, "2021-04-13", "2021-05-13", eur(-(59 - F("29.50"))))
    ]
    assert note["total"] == eur(F("-29.50") + F("-6.79"))
    assert eur(F("-29.50") * F(23, 100)) == eur("-6.79")
    assert told.credit == {"acme": eur("36.29")}
    assert told.seats["web"] == counts(2)


@pytest.mark.rule("ALL-08", "ALL-09")
def test_of_an_open_invoice_what_was_paid_becomes_credit() -> None:
    """30.00 of 89.00 were paid; credited, nothing is due, and 30.00 pay the next renewal."""
    told = story("every_vendor/open_invoice_credited.yaml")
    credited, note, renewed = told.invoices[1:]
    assert credited["status"] == "credited"
    assert (credited["paid"], credited["due"]) == (cad(30), cad(0))
    assert note["total"] == cad(-F("8.90") * 10)
    assert (renewed["credit_used"], renewed["due"]) == (cad(30), cad(89 - 30))
    assert renewed["status"] == "open"
    assert told.refused(5) == ("payment.more_than_due", "ALL-09")
    assert "59.00" in told.words(5)
    assert told.refused(7) == ("payment.more_than_due", "ALL-09")


@pytest.mark.rule("ALL-07", "ALL-08")
def test_numbers_have_no_gaps_and_no_doubles() -> None:
    """Two accounts, a note, a preview and a refusal: 1 to 5, and from 1 again in the new year."""
    told = story("every_vendor/invoice_numbers.yaml")
    assert [(one["number"], one["account"], one["kind"]) for one in told.invoices] == [
        ("PA-2020-000001", "bolt", "invoice"),
        ("PA-2020-000002", "acme", "invoice"),
        ("PA-2020-000003", "bolt", "credit_note"),
        ("PA-2020-000004", "acme", "invoice"),
        ("PA-2020-000005", "bolt", "invoice"),
        ("PA-2021-000001", "acme", "invoice"),
        ("PA-2021-000002", "bolt", "invoice"),
    ]
    assert told.invoices[4]["credit_used"] == usd("14.99")


@pytest.mark.rule("ALL-10")
def test_a_person_is_forgotten_without_breaking_the_history() -> None:
    """The seat stays held, the invoice as it was; the same address is a new person."""
    told = story("every_vendor/forgotten.yaml")
    assert told.refused(2)[0] == "access.role_missing"
    person = told.fact(1, "SeatAssigned")["person"]
    assert told.fact(3, "PersonForgotten") == {"person": person}
    assert told.types(4) == []
    assert told.fact(5, "SeatAssigned")["person"] != person
    assert told.seats["home"] == counts(2, assigned=2)
    assert told.invoices[0]["total"] == usd(F("8.32") * 2 * 12)
    log = str([step["events"] for step in told.answer["steps"]])
    assert "ann@acme.example" not in log
    assert "Acme Ltd" in log


@pytest.mark.rule("ALL-10")
def test_no_fact_is_ever_changed() -> None:
    """What a step wrote is there once: ids, positions and places in the streams never repeat."""
    told = story("every_vendor/credit_notes.yaml")
    log = [event for step in told.answer["steps"] for event in step["events"]]
    assert len({event["id"] for event in log}) == len(log)
    assert len({(event["stream"], event["sequence"]) for event in log}) == len(log)
    positions = [event["position"] for event in log]
    assert positions == sorted(set(positions))


@pytest.mark.rule("GT-08", "ALL-01")
def test_tax_is_worked_out_on_the_sum_of_the_lines() -> None:
    """Three lines of 0.33 bear 0.20 at 20 %, not three times 0.07."""
    told = story("every_vendor/vat_rates.yaml")
    assert [one["amount"] for one in told.invoices[0]["lines"]] == [eur("0.33")] * 3
    assert told.invoices[0]["tax"] == eur(F("0.99") * F(20, 100)) == eur("0.20")


@pytest.mark.rule("GT-08")
def test_a_country_without_a_rate_on_the_day_is_refused() -> None:
    """Hungary has one from February on, and February begins at 23:00 in London."""
    told = story("every_vendor/vat_rates.yaml")
    assert told.refused(6) == ("invoice.vat_rate_unknown", "GT-08")
    assert "HU" in told.words(6)
    assert told.result(7)["status"] == "pending_payment"


@pytest.mark.rule("GT-08", "PA-05")
def test_tax_is_that_of_the_day_of_issue() -> None:
    """Ordered from Hungary, paid from the United States: period of the order, tax of the issue."""
    invoice = story("every_vendor/vat_rates.yaml").invoices[1]
    assert lines(invoice) == [
        line("h1", "start", 100, "2021-02-01", "2021-03-01", eur(F("0.33") * 100))
    ]
    assert (invoice["issued_on"], invoice["tax"]) == ("2021-02-03", eur(0))


@pytest.mark.rule("EV-17")
def test_a_plan_without_renewal_ends_with_its_term() -> None:
    """It cannot be cancelled or made to renew; what is added ends with it."""
    told = story("every_vendor/ends_by_itself.yaml")
    assert told.refused(3) == ("subscription.already_cancelled", "EV-17")
    assert told.refused(4)[0] == "subscription.already_cancelled"
    assert told.invoices[2]["total"] == eur(10 * 2)
    assert told.seats["season"] == counts(0)
    assert "season" not in told.renewals


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("step", [6, 7])
def test_due_work_is_not_done_before_its_day(step: int) -> None:
    """Not even by the seller."""
    told = story("every_vendor/ends_by_itself.yaml")
    assert told.refused(step) == ("command.time_out_of_range", "ALL-04")
    assert told.refused(8)[0] == "access.role_missing"


@pytest.mark.rule("SE-08", "EV-16")
def test_seats_removed_at_renewal_serve_to_the_end_of_the_term() -> None:
    """Removed in March, given in March, gone on 30 April; the other two renew."""
    told = story("every_vendor/ends_by_itself.yaml")
    assert told.fact(9, "SeatsRemoved")["when"] == "at_renewal"
    assert told.result(10)["seat"] == 4
    assert told.refused(11) == ("seats.still_assigned", "SE-08")
    assert lines(told.invoices[3]) == [
        line("steady", "renewal", 2, "2021-04-30", "2021-07-31", eur(10 * 2 * 3))
    ]
    assert told.seats["steady"] == counts(2)


@pytest.mark.rule("PA-04", "PA-05")
def test_an_order_that_waits_over_a_renewal() -> None:
    """Its own part as ordered, then the term that began meanwhile, whole, by another invoice."""
    told = story("every_vendor/waits_over_renewal.yaml")
    month = F("14.99")
    assert [lines(invoice)[0] for invoice in told.invoices[1:]] == [
        line("desk", "renewal", 2, "2021-02-10", "2021-03-10", usd(month * 2)),
        line("desk", "seats_added", 1, "2021-02-05", "2021-02-10", usd(month * F(5, 31))),
        line("desk", "renewal", 1, "2021-02-10", "2021-03-10", usd(month)),
        line("desk", "renewal", 3, "2021-03-10", "2021-04-10", usd(month * 3)),
    ]
    assert [invoice["status"] for invoice in told.invoices[2:4]] == ["paid", "open"]
    assert told.renewals["desk"] == renewal("2021-04-10", 3, usd(month * 3))


@pytest.mark.rule("EV-06", "EV-19", "PA-05")
def test_carried_over_credit_comes_with_the_completion() -> None:
    """Not while the order waits; then as quoted: 334 of 365 days of 120.00 were left that day."""
    told = story("every_vendor/carried_over_later.yaml")
    assert told.types(3) == ["SubscriptionStarted", "OrderPlaced"]
    assert told.preview(2)["invoice"]["credit_used"] == eur(120 * F(334, 365))
    note, bought = told.invoices[1:3]
    assert (note["kind"], note["corrects"]) == ("credit_note", told.invoices[0]["number"])
    assert note["total"] == eur(-F("109.81"))
    assert bought["credit_used"] == eur(120 * F(334, 365)) == eur("109.81")
    assert bought["paid"] == eur(F("5.00") * 10 * 12 - F("109.81"))
    assert lines(bought) == [line("team", "start", 10, "2021-02-10", "2022-02-10", eur(600))]
    assert "single" not in told.renewals


@pytest.mark.rule("EV-06", "EV-19", "ALL-09", "GEN-24")
def test_nothing_is_carried_over_twice() -> None:
    """Nothing is added to what was carried over, and a second purchase finds nothing left."""
    told = story("every_vendor/carried_over_later.yaml")
    assert told.refused(6) == ("subscription.carried_over", "GEN-24")
    assert told.facts(7, "CreditNoteIssued") == told.facts(7, "CreditGranted") == []
    assert told.invoices[3]["credit_used"] == eur(0)
    assert told.invoices[3]["paid"] == eur(5 * 12)
    assert told.credit == {"acme": eur(0)}


@pytest.mark.rule("ALL-04", "ALL-01")
@pytest.mark.parametrize(
    ("step", "word"), [(4, "account"), (8, "amount"), (9, "command"), (10, "country")]
)
def test_what_makes_no_sense_is_refused_with_what_is_wrong(step: int, word: str) -> None:
    """Money for two things at once, an amount beyond all bounds, no such command or country."""
    told = story("every_vendor/carried_over_later.yaml")
    assert told.refused(step) == ("command.invalid", "ALL-04")
    assert word in told.words(step)
