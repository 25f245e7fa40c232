"""Secure Exchanges' rules, SE-01 to SE-04 and SE-06 to SE-09.

By hand from the catalogue, a year: mail 89.00, from 20 seats 79.00; signature 120.00; forms 60.00;
a month of mail 8.90.
"""

import pytest

from tests.stories.story import (
    F,
    cad,
    counts,
    line,
    lines,
    renewal,
    same_as_preview,
    story,
)


@pytest.mark.rule("SE-01")
def test_only_plans_on_offer_are_sold() -> None:
    """An unknown plan and a withdrawn one are refused, in the cart and as a change too."""
    told = story("secureexchanges/plans_on_offer.yaml")
    assert told.refused(4) == ("catalogue.plan_unknown", "SE-01")
    assert told.refused(6) == ("catalogue.plan_unknown", "SE-01")
    for step in (8, 9, 10):
        assert told.refused(step) == ("catalogue.plan_withdrawn", "SE-01")


@pytest.mark.rule("SE-01")
def test_those_who_have_a_withdrawn_plan_keep_it() -> None:
    """Only the seller withdraws; a seat more is sold (362 of 365 days), and the plan renews."""
    told = story("secureexchanges/plans_on_offer.yaml")
    assert told.refused(5) == ("access.role_missing", "SE-07")
    assert told.types(7) == ["PlanWithdrawn"]
    assert [lines(invoice)[0] for invoice in told.invoices[1:]] == [
        line("forms", "seats_added", 1, "2020-03-05", "2021-03-02", cad(60 * F(362, 365))),
        line("forms", "renewal", 3, "2021-03-02", "2022-03-02", cad(60 * 3)),
    ]


@pytest.mark.rule("SE-02")
def test_a_cart_holds_several_plans() -> None:
    """Three plans are put in, one line is put in anew, and another is taken out again."""
    told = story("secureexchanges/cart.yaml")
    assert told.types(4) == told.types(7) == ["CartLineAdded"]
    assert told.types(9) == ["CartLineRemoved"]
    assert told.refused(10) == ("order.cart_line_unknown", "SE-02")
    assert [one["subscription"] for one in told.preview(11)["invoice"]["lines"]] == [
        "mail",
        "sign",
        "forms",
    ]


@pytest.mark.rule("SE-03", "ALL-02")
def test_the_cart_is_bought_as_one_purchase() -> None:
    """One order, one invoice with a line a plan, as it was shown for confirmation."""
    told = story("secureexchanges/cart.yaml")
    bought = told.invoices[0]
    assert lines(bought) == [
        line("mail", "start", 20, "2020-03-02", "2021-03-02", cad(79 * 20)),
        line("sign", "start", 3, "2020-03-02", "2021-03-02", cad(120 * 3)),
        line("forms", "start", 1, "2020-03-02", "2021-03-02", cad(60 * 1)),
    ]
    assert bought["total"] == bought["paid"] == cad(79 * 20 + 120 * 3 + 60)
    assert same_as_preview(told.preview(11), bought)
    assert told.preview(11)["renewal"] == renewal("2021-03-02", 24, cad(2000))
    assert told.orders["cart-1"]["status"] == "completed"


@pytest.mark.rule("SE-03")
def test_the_result_of_a_cart_names_all_that_was_bought() -> None:
    """Each subscription, in the order of the cart, and the seats that each of them got."""
    told = story("secureexchanges/cart.yaml").result(12)
    assert told["subscriptions"] == ["mail", "sign", "forms"]
    assert {name: [list(span) for span in spans] for name, spans in told["seats_of"].items()} == {
        "mail": [[1, 20]],
        "sign": [[1, 3]],
        "forms": [[1, 1]],
    }


@pytest.mark.rule("SE-03")
def test_a_bought_cart_is_empty() -> None:
    """Nothing can be ordered before the first line and after the order; then it fills anew."""
    told = story("secureexchanges/cart.yaml")
    assert told.refused(3) == told.refused(13) == ("order.cart_empty", "SE-03")
    assert told.result(15)["status"] == "pending_payment"
    assert told.seats["mail"] == counts(24, pending=4)


@pytest.mark.rule("SE-03", "ALL-04")
def test_all_of_the_cart_or_none_of_it() -> None:
    """One of two plans has been withdrawn: nothing is bought; without it the other is."""
    told = story("secureexchanges/all_or_nothing.yaml")
    assert told.refused(6) == ("catalogue.plan_withdrawn", "SE-01")
    assert told.refused(7) == ("catalogue.plan_withdrawn", "SE-01")
    assert told.refused(9)[0] == "payment.method_not_accepted"
    assert told.types(8) == ["CartLineRemoved"]
    assert told.seats == {"mail": counts(2)}
    assert [lines(invoice) for invoice in told.invoices] == [
        [line("mail", "start", 2, "2020-03-02", "2021-03-02", cad(89 * 2))]
    ]


@pytest.mark.rule("SE-04")
def test_one_seat_a_user_and_plan() -> None:
    """Not two seats of mail, in whatever subscription; of another plan, yes."""
    told = story("secureexchanges/one_seat_a_plan.yaml")
    for step in (7, 8, 10):
        assert told.refused(step) == ("seats.user_already_has_seat", "SE-04")
    person = told.fact(6, "SeatAssigned")["person"]
    assert told.fact(9, "SeatAssigned")["person"] == person
    assert told.fact(12, "SeatAssigned")["person"] == person
    assert {name: one["assigned"] for name, one in told.seats.items()} == {
        "mail": 0,
        "mail2": 1,
        "sign": 1,
    }


@pytest.mark.rule("SE-06")
def test_the_user_activates_the_seat_by_a_code_that_works_once() -> None:
    """A wrong code is refused, the right one works, and a second time it does not."""
    told = story("secureexchanges/activation_code.yaml")
    assert told.fact(4, "ActivationIssued")["kind"] == "code"
    assert told.refused(5) == ("seats.activation_not_valid", "SE-06")
    assert told.refused(6)[0] == "access.role_missing"
    assert told.types(7) == ["SeatActivated"]
    assert told.refused(8) == ("seats.activation_already_used", "SE-06")


@pytest.mark.rule("SE-06")
def test_a_code_dies_with_its_holder_and_with_the_next_code() -> None:
    """Issuing anew, releasing and another holder each leave the earlier code without use."""
    told = story("secureexchanges/activation_code.yaml")
    assert told.refused(10) == ("seats.activation_not_valid", "SE-06")
    assert told.refused(12) == ("seats.not_assigned", "SE-08")
    assert told.refused(14) == ("seats.activation_not_valid", "SE-06")
    assert told.types(16) == ["SeatActivated"]


@pytest.mark.rule("SE-07")
@pytest.mark.parametrize("step", [3, 5, 11])
def test_only_an_administrator_may(step: int) -> None:
    """The owner who is none neither buys nor assigns, and no administrator approves domains."""
    told = story("secureexchanges/approved_domains.yaml")
    assert told.refused(step) == ("access.role_missing", "SE-07")


@pytest.mark.rule("SE-07")
@pytest.mark.parametrize(
    ("step", "domain"),
    [
        (7, "bolt.example"),
        (8, "mail.acme.example"),
        (9, "bolt.example"),
        (10, "bolt.example"),
        (15, "bolt.example"),
    ],
)
def test_the_users_domain_is_approved_first(step: int, domain: str) -> None:
    """Exactly that domain, none below it; to assign, to reassign, and with a purchase."""
    told = story("secureexchanges/approved_domains.yaml")
    assert told.refused(step) == ("account.email_domain_not_approved", "SE-07")
    assert domain in told.words(step)


@pytest.mark.rule("SE-07")
def test_an_approved_domain_lets_its_users_in() -> None:
    """However it is written; who has a seat keeps it when the approval is taken back."""
    told = story("secureexchanges/approved_domains.yaml")
    assert told.fact(13, "SeatAssigned")["domain"] == "bolt.example"
    assert told.types(14) == ["EmailDomainWithdrawn"]
    assert told.seats["mail"] == counts(5, assigned=2)


@pytest.mark.rule("SE-08")
def test_a_seat_is_freed_before_it_is_removed() -> None:
    """While it is assigned the removal is refused, saying what to do; then it is gone at once."""
    told = story("secureexchanges/release_then_remove.yaml")
    assert told.refused(4) == ("seats.still_assigned", "SE-08")
    assert "Release the seat" in told.words(4)
    assert told.refused(6) == ("seats.not_assigned", "SE-08")
    assert told.preview(7) == {"invoice": None, "renewal": renewal("2021-03-02", 2, cad(89 * 2))}
    assert told.fact(8, "SeatsRemoved")["when"] == "at_once"
    assert told.refused(9)[0] == "seats.unknown"
    assert told.refused(10)[0] == "seats.below_minimum"


@pytest.mark.rule("SE-08")
def test_a_removed_seat_brings_no_credit_and_its_number_never_returns() -> None:
    """The next seat is number 4, for 334 of 365 days; three seats renew."""
    told = story("secureexchanges/release_then_remove.yaml")
    assert told.credit == {"acme": cad(0)}
    assert told.result(11)["seat"] == 2
    assert told.fact(12, "SeatsAdded")["seats"] == [[4, 4]]
    assert [lines(invoice)[0] for invoice in told.invoices] == [
        line("mail", "start", 3, "2020-03-02", "2021-03-02", cad(89 * 3)),
        line("mail", "seats_added", 1, "2020-04-02", "2021-03-02", cad(89 * F(334, 365))),
        line("mail", "renewal", 3, "2021-03-02", "2022-03-02", cad(89 * 3)),
    ]


@pytest.mark.rule("SE-09")
def test_the_account_has_a_log_of_everything_done_in_it() -> None:
    """Every fact of the account's stream, numbered without a gap, with who, when and why."""
    told = story("secureexchanges/account_log.yaml")
    log = [
        event
        for step in told.answer["steps"]
        for event in step["events"]
        if event["stream"] == "account/acme"
    ]
    assert [event["sequence"] for event in log] == list(range(1, len(log) + 1))
    for event in log:
        assert event["actor"]["kind"] in {"person", "seller"}
        assert event["command_id"]
        assert event["effective_at"] <= event["recorded_at"]
    done = [event["command_id"] for event in log if event["command_id"].endswith("-1")]
    assert list(dict.fromkeys(done))[-8:] == [
        "cart-1",
        "order-1",
        "assign-1",
        "issue-1",
        "activate-1",
        "release-1",
        "remove-1",
        "credit-1",
    ]


@pytest.mark.rule("SE-09", "ALL-04")
def test_the_log_tells_who_acted_and_holds_nothing_of_what_was_refused() -> None:
    """The seller, the administrator, the seat's holder; a stranger's attempt is no event."""
    told = story("secureexchanges/account_log.yaml")
    actors = [step["events"][0]["actor"] for step in told.answer["steps"] if step["events"]]
    assert [actor["role"] for actor in actors[3:7]] == ["administrator"] * 4
    assert actors[-1]["kind"] == "seller"
    holder = told.fact(5, "SeatAssigned")["person"]
    assert told.step(7)["events"][0]["actor"]["person"] == holder
    assert told.refused(10) == ("access.role_missing", "SE-07")
    assert "remove-2" not in str([step["events"] for step in told.answer["steps"]])


@pytest.mark.rule("ALL-05", "SE-03")
def test_a_leap_day_in_toronto_renews_on_the_28th_and_returns_to_the_29th() -> None:
    """Bought where it was still 29 February; renewed on the last day of each February."""
    told = story("secureexchanges/leap_day.yaml")
    assert lines(told.invoices[0]) == [
        line("mail", "start", 2, "2020-02-29", "2021-02-28", cad(89 * 2)),
        line("month", "start", 1, "2020-02-29", "2020-03-29", cad("8.90")),
    ]
    assert told.invoices[0]["issued_on"] == "2020-03-10"
    assert [invoice["lines"][0]["period_end"] for invoice in told.invoices] == [
        "2021-02-28",
        "2022-02-28",
        "2023-02-28",
        "2024-02-29",
        "2025-02-28",
    ]
    assert told.orders["cart-1"] == {
        "status": "completed",
        "expires_on": "2020-03-14",
        "expected_on": None,
    }


@pytest.mark.rule("PA-04")
def test_a_renewal_by_transfer_never_waits() -> None:
    """It is no order: the seats go on, and its invoice is open until it is paid."""
    told = story("secureexchanges/leap_day.yaml")
    for invoice in told.invoices[1:]:
        assert (invoice["status"], invoice["due"]) == ("open", cad(89 * 2))
    assert told.invoices[1]["due_on"] == "2021-03-30"
    assert told.seats == {"mail": counts(2), "month": counts(0)}
