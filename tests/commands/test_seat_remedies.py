"""No refusal about seats sends the buyer into another one: see `test_remedies.py`."""

import pytest

from commands.activations import ActivateSeat, IssueActivation
from commands.payments import RecordPayment
from commands.product_keys import RedeemProductKey
from commands.purchases import AddSeats, SetSeatTotal, StartSubscription
from commands.removals import DisableAutoRenew, EnableAutoRenew, RemoveSeats
from commands.seats import AssignSeat, ReassignSeat, ReleaseSeat
from commands.subscriptions import CancelSubscription, ChangePlan, KeepSubscription
from commands.trials import ConvertTrial
from tests.support.remedies import (
    ACME,
    ANN,
    BOB,
    CONVERT,
    DESK,
    KEYS,
    NEW,
    ROBOT,
    SELLERS,
    WHOLE,
    Walk,
    becoming,
    buying,
    cancelled,
    carried_over,
    changing,
    converting,
    full,
    having,
    holding,
    once,
    prepaid,
    trying,
    two_plans,
    waiting,
)
from tests.support.shop import bought

WALKS = [
    Walk("seats.below_minimum", buying, (StartSubscription, NEW | {"plan": "small"}),
         "at least the minimum", once((StartSubscription, NEW | {"plan": "small", "seats": 4})),
         again=False),
    *(Walk("seats.below_minimum", lambda: bought(buying(), "desk", "small", 6),
           (command, DESK | {"quantity": 3}), "cancels the subscription",
           once((CancelSubscription, DESK)), again=False)
      for command in (DisableAutoRenew, RemoveSeats)),
    Walk("seats.below_minimum",
         lambda: having(6, seats={"minimum": 4}, removal="once_released"),
         (RemoveSeats, DESK | {"quantity": 3}), "cancel the subscription",
         once((CancelSubscription, DESK)), again=False),
    Walk("seats.below_minimum",
         lambda: trying(seats={"minimum": 2}, removal="once_released"),
         (RemoveSeats, DESK | {"quantity": 2}), "Leave at least the minimum.",
         once((RemoveSeats, DESK | {"quantity": 1})), again=False),
    Walk("seats.below_minimum",
         lambda: bought(buying(), "desk", "small", 6).done(CancelSubscription, **DESK),
         (EnableAutoRenew, DESK | {"quantity": 3}), "at least the minimum",
         once((EnableAutoRenew, DESK | {"quantity": 4})), again=False),
    Walk("seats.below_minimum", lambda: having(3), (ChangePlan, DESK | {"plan": "small"}),
         "Add seats first", once((AddSeats, DESK | {"quantity": 1}))),
    Walk("seats.below_minimum", waiting, (ChangePlan, DESK | {"plan": "small"}),
         "Wait until the order", once((RecordPayment, {"order": "o"} | SELLERS))),
    Walk("seats.above_maximum", buying, (StartSubscription, NEW | {"plan": "small", "seats": 9}),
         "at most the maximum, or another plan",
         once((StartSubscription, NEW | {"plan": "desk", "seats": 9})), again=False),
    Walk("seats.above_maximum", changing, (AddSeats, DESK | {"quantity": 3}), "KeepSubscription",
         once((KeepSubscription, DESK))),
    Walk("seats.above_maximum", lambda: full(having(9)), (ChangePlan, DESK | {"plan": "small"}),
         "DisableAutoRenew", once((DisableAutoRenew, DESK | {"quantity": 1}))),
    Walk("seats.above_maximum", lambda: having(9, **WHOLE), (ChangePlan, DESK | {"plan": "small"}),
         "RemoveSeats", once((RemoveSeats, DESK | {"quantity": 1}))),
    Walk("seats.above_maximum",
         lambda: having(9).done(DisableAutoRenew, **DESK, quantity=1)
         .done(ChangePlan, **DESK, plan="small"),
         (EnableAutoRenew, DESK | {"quantity": 1}), "KeepSubscription",
         once((KeepSubscription, DESK)), again=False),
    Walk("seats.total_below_present", having, (SetSeatTotal, DESK | {"total": 5}), "RemoveSeats",
         once((RemoveSeats, DESK | {"quantity": 1})), again=False),
    Walk("seats.total_below_present", cancelled, (SetSeatTotal, DESK | {"total": 5}),
         "end with the term", ()),
    Walk("seats.total_below_present", trying,
         (ConvertTrial, DESK | {"payment_method": "card", "seats": 2}), "with all its seats",
         once(CONVERT, (RemoveSeats, DESK | {"quantity": 1})), again=False),
    Walk("seats.holder_not_allowed", having, (AssignSeat, DESK | {"holder": ROBOT}), "person",
         once((AssignSeat, DESK | ANN)), again=False),
    Walk("seats.holder_not_allowed",
         lambda: having(6, seats={"minimum": 1, "holders": ["agent"]})
         .done(AssignSeat, **DESK, holder=ROBOT),
         (ChangePlan, DESK | {"plan": "small"}), "Release the seat",
         once((ReleaseSeat, DESK | {"seat": 1}))),
    Walk("seats.unknown", having, (DisableAutoRenew, DESK | {"quantity": 7}), "at most 6",
         once((DisableAutoRenew, DESK | {"quantity": 6})), again=False),
    *(Walk("seats.none_free", lambda state=state: full(state()), (AssignSeat, DESK | ANN), words,
           once(step))
      for state, words, step in (
          (having, "Buy more seats", (AddSeats, DESK | {"quantity": 1})),
          (having, "release one", (ReleaseSeat, DESK | {"seat": 1})),
          (prepaid, "another product key",
           (RedeemProductKey, ACME | DESK | {"key": KEYS[1]})),
          (trying, "Convert the trial with more seats",
           (ConvertTrial, DESK | {"payment_method": "card", "seats": 4})),
          (converting, "release a seat", (ReleaseSeat, DESK | {"seat": 1})),
          (carried_over, "Release a seat", (ReleaseSeat, DESK | {"seat": 1})))),
    Walk("seats.none_free", lambda: full(having()),
         (AddSeats, DESK | {"quantity": 1, "assign": [ANN, BOB]}), "buy more seats",
         once((AddSeats, DESK | {"quantity": 2, "assign": [ANN, BOB]})), again=False),
    Walk("seats.already_assigned", holding, (AssignSeat, DESK | BOB | {"seat": 1}), "Reassign it",
         once((ReassignSeat, DESK | BOB | {"seat": 1})), again=False),
    Walk("seats.already_assigned", holding, (AssignSeat, DESK | ANN | {"seat": 1}),
         "choose another user", once((ReassignSeat, DESK | BOB | {"seat": 1})), again=False),
    Walk("seats.not_assigned", having, (ReassignSeat, DESK | ANN | {"seat": 2}), "AssignSeat",
         once((AssignSeat, DESK | ANN | {"seat": 2})), again=False),
    Walk("seats.not_assigned", having, (ReleaseSeat, DESK | {"seat": 2}),
         "Nothing is left to release", ()),
    Walk("seats.not_assigned", having, (IssueActivation, DESK | {"seat": 2}), "Assign it first",
         once((AssignSeat, DESK | ANN | {"seat": 2}))),
    Walk("seats.not_assigned", holding, (DisableAutoRenew, DESK | {"holders": [BOB["email"]]}),
         "assign a seat first", once((AssignSeat, DESK | BOB))),
    Walk("seats.still_assigned", holding, (RemoveSeats, DESK | {"seat_numbers": [1]}),
         "Release the seat", once((ReleaseSeat, DESK | {"seat": 1}))),
    Walk("seats.user_already_has_seat", holding, (AssignSeat, DESK | ANN), "another user",
         once((AssignSeat, DESK | BOB)), again=False),
    Walk("seats.user_already_has_seat", two_plans,
         (ChangePlan, {"subscription": "other", "plan": "desk"}), "Release",
         once((ReleaseSeat, DESK | {"seat": 1}))),
    Walk("seats.user_already_has_seat", becoming, (AssignSeat, DESK | ANN),
         "release the seat of other", once((ReleaseSeat, {"subscription": "other", "seat": 1}))),
    Walk("seats.auto_renew_not_per_seat", lambda: having(**WHOLE),
         (DisableAutoRenew, DESK | {"quantity": 1}), "Cancel the whole",
         once((CancelSubscription, DESK)), again=False),
    Walk("seats.auto_renew_not_per_seat", lambda: cancelled(**WHOLE),
         (EnableAutoRenew, DESK | {"quantity": 1}), "KeepSubscription",
         once((KeepSubscription, DESK)), again=False),
    Walk("seats.auto_renew_not_per_seat", lambda: having(**WHOLE),
         (EnableAutoRenew, DESK | {"seat_numbers": [1]}), "Nothing was to end", ()),
    Walk("seats.activation_not_valid", holding,
         (ActivateSeat, DESK | {"seat": 1, "activation": "x"}), "IssueActivation",
         once((IssueActivation, DESK | {"seat": 1})), again=False),
    Walk("seats.activation_not_valid", holding,
         (ActivateSeat, DESK | {"seat": 1, "activation": "x", "by": ANN["email"]}),
         "Ask whoever gives out the seats", once((IssueActivation, DESK | {"seat": 1})),
         again=False),
]  # fmt: skip


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("walk", WALKS, ids=str)
def test_what_a_remedy_names_is_accepted(walk: Walk):
    """In the state in which the refusal was given; where it clears the way, so is the command."""
    walk.taken()
