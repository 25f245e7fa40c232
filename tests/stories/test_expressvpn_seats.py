"""ExpressVPN's rules, EV-13 to EV-21: who has a seat, what it carries, and how it ends."""

import pytest

from tests.stories.story import F, counts, line, lines, renewal, story, usd


@pytest.mark.rule("EV-13")
def test_a_seat_is_assigned_by_name_and_address() -> None:
    """Without the name it is refused; a seat goes to one person, a person has one seat."""
    told = story("expressvpn/seats_and_people.yaml")
    assert told.result(3)["assigned"] == [1, 2]
    assert told.refused(4) == ("command.invalid", "ALL-04")
    assert "name" in told.words(4)
    assert told.result(5)["seat"] == 3
    assert told.refused(6) == ("seats.already_assigned", "EV-15")
    assert told.refused(7) == ("seats.unknown", "EV-13")
    assert told.refused(8)[0] == "seats.user_already_has_seat"


@pytest.mark.rule("EV-13", "ALL-10")
def test_facts_hold_neither_name_nor_address() -> None:
    """The log knows persons by their ids alone."""
    told = story("expressvpn/seats_and_people.yaml")
    log = str([step["events"] for step in told.answer["steps"]])
    for word in ("ann@acme.example", "Ann", "dee@acme.example", "Dee"):
        assert word not in log


@pytest.mark.rule("EV-15")
def test_a_seat_is_reassigned_and_released() -> None:
    """Seat 1 goes from Ann to Dee, seat 2 becomes free and is the next to be given."""
    told = story("expressvpn/seats_and_people.yaml")
    ann = told.facts(3, "SeatAssigned")[0]["person"]
    reassigned = told.fact(9, "SeatReassigned")
    assert (reassigned["seat"], reassigned["previous"]) == (1, ann)
    assert reassigned["person"] != ann
    assert told.refused(10)[0] == "seats.not_assigned"
    assert told.types(11) == ["SeatReleased"]
    assert told.refused(12)[0] == "seats.not_assigned"
    assert (told.result(13)["seat"], told.fact(13, "SeatAssigned")["person"]) == (2, ann)


@pytest.mark.rule("EV-13", "ALL-04")
def test_users_of_a_purchase_all_get_a_seat_or_none() -> None:
    """Four users for one new and two free seats: nothing is bought and nobody is assigned."""
    told = story("expressvpn/seats_and_people.yaml")
    assert told.refused(14)[0] == "seats.none_free"
    assert told.seats["vpn"] == counts(5, assigned=3)
    assert len(told.invoices) == 1


@pytest.mark.rule("EV-21")
def test_a_seat_entitles_to_eight_connected_devices() -> None:
    """The entitlement stands in every fact that gives somebody a seat."""
    told = story("expressvpn/seats_and_people.yaml")
    given = [
        *told.facts(3, "SeatsAdded"),
        *told.facts(3, "SeatAssigned"),
        *told.facts(9, "SeatReassigned"),
    ]
    assert [fact["entitlements"] for fact in given] == [{"connected_devices": 8}] * 4


@pytest.mark.rule("EV-14")
def test_each_seat_carries_a_credential_that_works_again_and_again() -> None:
    """It is issued for a seat that somebody holds, and its holder uses it as often as he likes."""
    told = story("expressvpn/credentials.yaml")
    assert told.refused(4) == ("seats.not_assigned", "EV-14")
    assert told.types(6) == told.types(7) == ["SeatActivated"]
    assert told.refused(8)[0] == "access.role_missing"
    assert told.refused(9) == ("seats.activation_not_valid", "EV-14")


@pytest.mark.rule("EV-14")
def test_the_credential_is_shown_once_and_kept_as_a_hash() -> None:
    """The same command again shows it no more, and the log has never held it."""
    told = story("expressvpn/credentials.yaml")
    shown = told.result(5)["activation"]
    assert shown
    again = told.step(10)
    assert again["outcome"] == "accepted"
    assert again["result"]["activation"] is None
    assert shown not in str([step["events"] for step in told.answer["steps"]])
    assert told.fact(5, "ActivationIssued")["digest"].startswith("sha256:")


@pytest.mark.rule("EV-14", "EV-15")
def test_a_credential_dies_when_another_is_issued_or_the_seat_is_handed_on() -> None:
    """A reissue replaces it; a reassignment leaves none that works."""
    told = story("expressvpn/credentials.yaml")
    assert told.result(11)["activation"] != told.result(5)["activation"]
    assert told.refused(12)[0] == "seats.activation_not_valid"
    assert told.types(13) == ["SeatActivated"]
    assert told.types(14) == ["SeatReassigned"]
    assert told.refused(15)[0] == "seats.activation_not_valid"


@pytest.mark.rule("EV-16")
def test_switched_off_seats_end_with_the_term_and_the_others_renew() -> None:
    """Ten seats, two switched off: eight renew, at the tier of eight."""
    told = story("expressvpn/seat_by_seat.yaml")
    assert lines(told.invoices[1]) == [
        line("vpn", "renewal", 8, "2021-06-25", "2022-06-25", usd(F("8.32") * 8 * 12))
    ]
    assert told.seats["vpn"] == counts(8, assigned=2)
    assert told.refused(10) == ("seats.unknown", "EV-13")


@pytest.mark.rule("EV-16")
def test_switching_off_is_previewed_and_can_be_taken_back() -> None:
    """Five of ten still renew: the preview says what they will cost; seat 3 is switched on."""
    told = story("expressvpn/seat_by_seat.yaml")
    assert told.fact(4, "AutoRenewDisabled")["seats"] == [[1, 1], [3, 4]]
    assert told.preview(5) == {
        "invoice": None,
        "renewal": renewal("2021-06-25", 5, usd(F("8.32") * 5 * 12)),
    }
    assert told.types(8) == ["AutoRenewEnabled"]
    assert told.result(9)["seat"] == 3


@pytest.mark.rule("EV-16", "EV-01")
def test_one_to_four_renewing_seats_are_refused() -> None:
    """Seven seats left renewing, three more off: four would renew, which is too few."""
    told = story("expressvpn/seat_by_seat.yaml")
    code, rule = told.refused(6)
    assert code == "seats.below_minimum"
    assert rule in {"EV-01", "EV-16"}
    assert told.refused(7) == ("seats.unknown", "EV-13")


@pytest.mark.rule("EV-16", "EV-17")
def test_no_renewing_seat_is_a_cancelled_subscription() -> None:
    """All six off: cancelled. Four back on are too few, five are a subscription again."""
    told = story("expressvpn/none_renews.yaml")
    assert "SubscriptionCancelled" in told.types(4)
    assert told.refused(5) == ("subscription.already_cancelled", "EV-17")
    assert told.refused(6)[0] == "seats.below_minimum"
    assert lines(told.invoices[1]) == [
        line("vpn", "renewal", 5, "2020-07-25", "2020-08-25", usd(F("12.30") * 5))
    ]
    assert told.seats["vpn"] == counts(5)


@pytest.mark.rule("EV-17")
def test_a_cancelled_subscription_is_active_to_its_last_day() -> None:
    """All seats usable and assigned as before, none of them renewing."""
    told = story("expressvpn/still_active.yaml")
    assert told.seats == {"vpn": counts(5, assigned=1, renewing=0)}
    assert told.renewals == {}


@pytest.mark.rule("EV-17", "EV-07")
def test_a_cancelled_subscription_ends_with_its_term() -> None:
    """Seats added meanwhile cost their part and end too; then nothing is left, and no invoice."""
    told = story("expressvpn/cancelled.yaml")
    assert told.preview(4) == {"invoice": None, "renewal": None}
    assert told.result(5)["ends_on"] == "2020-07-25"
    assert told.refused(6) == ("subscription.already_cancelled", "EV-17")
    assert told.fact(7, "SeatsAdded")["renewing"] is False
    assert told.invoices[1]["total"] == usd(F("12.30") * 2 * F(15, 30))
    for step in (9, 10, 11):
        assert told.refused(step) == ("subscription.ended", "EV-17")
    assert told.refused(12) == ("subscription.exists", "EV-10")
    assert told.seats == {"vpn": counts(0)}
    assert told.renewals == {}
    assert len(told.invoices) == 2


@pytest.mark.rule("EV-18")
def test_a_cancelled_subscription_takes_another_plan_when_its_term_ends() -> None:
    """Any term, with a number of new seats; the old ones stay until then."""
    told = story("expressvpn/another_plan.yaml")
    assert told.refused(4)[0] == "command.invalid"
    assert told.refused(6)[0] == "command.invalid"
    assert told.refused(7) == ("seats.below_minimum", "EV-01")
    assert told.types(8) == ["PlanChangeScheduled"]
    assert told.result(9)["seat"] == 2
    assert lines(told.invoices[1]) == [
        line("vpn", "renewal", 6, "2021-06-25", "2021-07-25", usd(F("12.30") * 6))
    ]
    assert told.renewals["vpn"] == renewal("2021-07-25", 6, usd(F("12.30") * 6))


@pytest.mark.rule("EV-18")
def test_the_seats_of_the_new_plan_are_new_and_unassigned() -> None:
    """Numbers go on after the ten old ones, whose holders have lost their seats."""
    told = story("expressvpn/another_plan.yaml")
    assert told.result(10)["seat"] == 11
    assert told.seats["vpn"] == counts(6, assigned=1)


@pytest.mark.rule("EV-20")
@pytest.mark.parametrize("step", [4, *range(6, 15)])
def test_nobody_but_the_owner_controls_the_seats(step: int) -> None:
    """Not a seat's holder, nor an administrator: not buying, nor giving, nor ending."""
    told = story("expressvpn/owner_alone.yaml")
    assert told.refused(step) == ("access.role_missing", "EV-20")


@pytest.mark.rule("EV-20")
def test_the_owner_and_the_seller_do() -> None:
    """An address is the same however it is written; the seller may do everything."""
    told = story("expressvpn/owner_alone.yaml")
    assert told.types(15) == ["SeatAssigned"]
    assert told.types(16) == ["SeatReleased"]
    assert told.step(15)["events"][0]["actor"]["role"] == "owner"
    assert told.refused(4) == ("access.role_missing", "EV-20")
