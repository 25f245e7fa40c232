"""How few and how many seats: the present plan, and one that is to come."""

from typing import Any

import pytest

from commands.carts import AddToCart, PlaceOrder
from commands.orders import CancelOrder
from commands.payments import RecordPayment
from commands.purchases import AddSeats, SetSeatTotal
from commands.removals import DisableAutoRenew, EnableAutoRenew, RemoveSeats
from commands.seat_choice import SeatListCommand
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription, ChangePlan, KeepSubscription
from events.seats import SeatsAdded
from tests.support.given import SELLER, Story
from tests.support.shop import VOLUME, bought, buyer, every, invoices, plan, republished, shop, sub

ANN = {"email": "ann@acme.example", "name": "Ann"}
MANY = {"subscription": "desk", "quantity": 3}


def shelf(**small: Any) -> dict[str, Any]:
    """A plan without bounds, and a small one: five to eight seats."""
    return shop(
        desk=plan(change_resets_term=bool(small.pop("moves", False)), proration={"by": "days"}),
        small=plan(seats={"minimum": 5, "maximum": 8}, **small),
    )


def changing(seats: int = 6, **small: Any) -> Story:
    """A subscription that goes on by the small plan from the new year on."""
    story = bought(buyer(shelf(**small), "2020-01-01"), "desk", "desk", seats)
    return story.done(ChangePlan, subscription="desk", plan="small")


ADDING: list[tuple[Any, dict[str, Any]]] = [
    (AddSeats, MANY),
    (AddSeats, MANY | {"payment_method": "bank"}),
    (SetSeatTotal, {"subscription": "desk", "total": 9}),
    (AddToCart, {"account": "acme", "subscription": "desk", "plan": "desk", "seats": 3}),
]


@pytest.mark.parametrize(("command", "fields"), ADDING)
@pytest.mark.parametrize("moves", [False, True])
def test_nobody_adds_more_seats_than_the_plan_to_come_holds(command, fields, moves: bool):
    """Paid at once or later, one by one or in a cart; as many as it holds are fine."""
    story = changing(moves=moves)
    story.when(command, **fields).refused("seats.above_maximum", "at most 8", "KeepSubscription")
    fits = {name: 8 if name == "total" else 2 for name in fields if fields[name] in {3, 9}}
    story.when(command, **fields | fits).accepted()
    story.done(KeepSubscription, subscription="desk").when(command, **fields).accepted()


def test_a_cart_that_was_filled_before_the_change_is_asked_again():
    """What was put into it may no longer fit when it is ordered."""
    story = bought(buyer(shelf(), "2020-01-01"), "desk", "desk", 6)
    cart = {"account": "acme", "subscription": "desk", "plan": "desk", "seats": 3}
    story = story.done(AddToCart, **cart).done(ChangePlan, subscription="desk", plan="small")
    story.when(PlaceOrder, account="acme", payment_method="card").refused("seats.above_maximum")


def test_seats_that_wait_count_for_the_maximum_to_come():
    """Paid for, they would renew as well."""
    story = changing().done(AddSeats, subscription="desk", quantity=2, payment_method="bank")
    one = {"subscription": "desk", "quantity": 1}
    story.when(AddSeats, **one).refused("seats.above_maximum")
    story.done(CancelOrder, order="c3").when(AddSeats, **one).accepted()


def test_a_change_of_plan_counts_usable_seats_alone():
    """Seats that wait may never come: they neither fill the minimum nor break the maximum."""
    few = bought(buyer(shelf(), "2020-01-01"), "desk", "desk", 4)
    few = few.done(AddSeats, subscription="desk", quantity=1, payment_method="bank", order="o")
    few.when(ChangePlan, subscription="desk", plan="small").refused(
        "seats.below_minimum", "Wait until the order"
    )
    paid = few.done(RecordPayment, by=SELLER, order="o")
    paid.when(ChangePlan, subscription="desk", plan="small").accepted()

    full = bought(buyer(shelf(), "2020-01-01"), "desk", "desk", 8)
    full = full.done(AddSeats, subscription="desk", quantity=2, payment_method="bank")
    full.when(ChangePlan, subscription="desk", plan="small").accepted()


def test_a_first_order_that_waits_is_no_cancelled_subscription():
    """It has no seats yet that the plan to come could hold."""
    story = bought(buyer(shelf(), "2020-01-01"), "desk", "desk", 6, "bank", order="o")
    change = story.when(ChangePlan, subscription="desk", plan="small")
    change.refused("seats.below_minimum", "Wait until the order")
    story = story.done(RecordPayment, by=SELLER, order="o")
    story.when(ChangePlan, subscription="desk", plan="small").accepted()


def waited(quantity: int, **small: Any) -> Story:
    """An order that waited while the small plan was chosen, and was paid afterwards."""
    story = bought(buyer(shelf(**small), "2020-01-01"), "desk", "desk", 6)
    more = {"subscription": "desk", "quantity": quantity, "payment_method": "bank", "order": "o"}
    story = story.done(AddSeats, **more, assign=[ANN])
    outcome = story.when(ChangePlan, subscription="desk", plan="small")
    assert outcome.preview["renewal"]["seats"] == min(6 + quantity, 8)
    return outcome.accepted().done(RecordPayment, by=SELLER, order="o")


@pytest.mark.parametrize("moves", [False, True])
def test_what_was_ordered_before_the_change_is_delivered_and_ends_beyond_the_maximum(moves: bool):
    """Money is never turned away: the seats are usable, and no more renew than fit."""
    story = waited(4, moves=moves)
    assert (len(sub(story).usable), sub(story).renewing.ranges()) == (10, [[1, 8]])
    assert [(fact.seats.ranges(), fact.renewing) for fact in every(story, SeatsAdded)[1:]] == [
        ([[7, 8]], True),
        ([[9, 10]], False),
    ]
    story.when(EnableAutoRenew, subscription="desk", quantity=1).refused("seats.above_maximum")
    story = story.until(sub(story).term.end)
    assert (sub(story).plan, sub(story).usable.ranges()) == ("small", [[1, 8]])
    assert invoices(story)[-1].lines[0].quantity == 8


def test_seats_beyond_the_maximum_come_back_with_the_present_plan():
    """Keeping it takes the change back, and all seats renew."""
    story = waited(4).done(KeepSubscription, subscription="desk")
    assert len(sub(story).renewing) == 10
    story = story.until("2021-01-01")
    assert (sub(story).plan, len(sub(story).usable)) == ("desk", 10)


def test_what_fits_into_the_plan_to_come_renews():
    """An order that waited and fits is as any other."""
    assert sub(waited(2)).renewing.ranges() == [[1, 8]]


LEAVING: list[tuple[type[SeatListCommand], str]] = [
    (DisableAutoRenew, "seats.below_minimum"),
    (RemoveSeats, "seats.below_minimum"),
]


@pytest.mark.rule("EV-16")
@pytest.mark.parametrize(("command", "code"), LEAVING)
def test_the_minimum_to_come_counts_for_seats_that_are_given_up(command, code: str):
    """Four cannot renew by it, although the present plan could hold one; none is cancelling."""
    story = changing(6)
    story.when(command, subscription="desk", quantity=2).refused(code)
    story.when(command, subscription="desk", quantity=1).accepted()
    story = story.done(command, subscription="desk", quantity=6)
    assert sub(story).cancelled


def test_seats_that_are_switched_on_again_must_fit_into_the_plan_to_come():
    """Nine would renew, and it holds eight."""
    story = bought(buyer(shelf(), "2020-01-01"), "desk", "desk", 9)
    story = story.done(DisableAutoRenew, subscription="desk", seat_numbers=[9])
    story = story.done(ChangePlan, subscription="desk", plan="small")
    back = story.when(EnableAutoRenew, subscription="desk", seat_numbers=[9])
    story = back.refused("seats.above_maximum", "KeepSubscription")
    story = story.done(KeepSubscription, subscription="desk")
    assert (sub(story).planned, len(sub(story).renewing)) == (None, 9)


def test_a_version_that_will_hold_by_then_says_how_many():
    """A smaller maximum that is published, and comes before the term ends, counts at once."""
    story = changing(6)
    smaller = plan(seats={"minimum": 5, "maximum": 6}, **{"from": "2020-12-01"})
    story = republished(story, shop(desk=plan(), small=smaller))
    story.when(AddSeats, subscription="desk", quantity=1).refused("seats.above_maximum", "6 seats")


def test_new_seats_that_follow_a_cancellation_leave_the_present_ones_alone():
    """They are counted by themselves; seats that are added now end with the term."""
    story = bought(buyer(shelf(), "2020-01-01"), "desk", "desk", 6)
    story = story.done(CancelSubscription, subscription="desk")
    follow = {"subscription": "desk", "plan": "small"}
    story.when(ChangePlan, **follow, seats=9).refused("seats.above_maximum")
    story = story.done(ChangePlan, **follow, seats=8)
    story = story.done(AddSeats, subscription="desk", quantity=30).until("2021-01-01")
    assert len(sub(story).usable) == 8


@pytest.mark.rule("EV-02")
@pytest.mark.parametrize("moves", [False, True])
def test_seats_that_wait_in_one_order_do_not_lower_the_price_of_another(moves: bool):
    """Usable seats and those of the order pick the tier; an order keeps the price of its day."""
    catalogue = shop(desk=plan(price=VOLUME, change_resets_term=moves, proration={"by": "days"}))
    story = bought(buyer(catalogue, "2020-01-01"), "desk", "desk", 5)
    waiting = {"subscription": "desk", "quantity": 4, "payment_method": "bank", "order": "o"}
    story = story.done(AddSeats, **waiting).done(AddSeats, subscription="desk", quantity=1)
    assert str(invoices(story)[-1].lines[-1].price) == "10.00"
    story = story.done(RecordPayment, by=SELLER, order="o")
    (paid,) = [invoice for invoice in invoices(story) if invoice.order == "o"]
    ordered = next(line for line in paid.lines if line.reason == "seats_added")
    assert str(ordered.price) == "10.00"
    story = story.done(AddSeats, subscription="desk", quantity=1)
    assert str(invoices(story)[-1].lines[-1].price) == "8.00"


def test_users_are_given_seats_that_wait_once_they_are_there():
    """Ann's seat is one that renews, although two of the four do not."""
    story = waited(4)
    assert list(sub(story).assigned) == [1]
    story = story.done(AssignSeat, subscription="desk", email="bob@acme.example", name="Bob")
    assert list(sub(story).assigned) == [1, 2]
