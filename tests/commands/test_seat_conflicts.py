"""One seat per holder and plan: today, and when a plan that was chosen takes over."""

from cProfile import Profile
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from commands.payments import RecordPayment
from commands.purchases import AddSeats, SetSeatTotal, StartSubscription
from commands.removals import DisableAutoRenew, EnableAutoRenew
from commands.seat_conflicts import Stay, conflicting
from commands.seats import AssignSeat, ReassignSeat, ReleaseSeat
from commands.subscriptions import CancelSubscription, ChangePlan, KeepSubscription
from commands.trials import ConvertTrial, StartTrial
from events.periods import add_days
from events.seats import SeatAssigned
from tests.support.given import SELLER, START, Story, person
from tests.support.shop import bought, buyer, every, plan, shop, sub

ANN = {"email": "ann@acme.example", "name": "Ann"}
BOB = {"email": "bob@acme.example", "name": "Bob"}
TWICE = "seats.user_already_has_seat"


def shelf() -> dict[str, Any]:
    """Two plans of one product by the month, a longer one, and one of another product."""
    month = {"term": {"months": 1}}
    return shop(
        a=plan(**month, trial={"days": 30}),
        b=plan(**month),
        longer=plan(),
        once=plan(**month, renewal={"auto": False, "per_seat": True}),
        chair=plan(product="chair"),
    )


def two(first: str = "a", second: str = "b", **more: Any) -> Story:
    """Ann has a seat of `s` and one of `t`, each of its plan, and there are more."""
    story = bought(buyer(shelf(), "2020-01-01"), "s", first, 3, assign=[ANN])
    return bought(story, "t", second, 3, **{"assign": [ANN], **more})


@pytest.mark.rule("SE-04")
def test_a_person_holds_a_seat_of_a_plan_in_whatever_subscription():
    """Of a live one; a plan by another name is another plan."""
    story = bought(buyer(shelf(), "2020-01-01"), "s", "a", 1, assign=[ANN])
    ann, long = person(ANN["email"]).person, add_days(START, 9999)
    found = conflicting(story.state, ann, Stay("a", long, None))
    assert found is not None
    assert found.subscription == "s"
    assert conflicting(story.state, ann, Stay("b", long, None)) is None
    assert conflicting(story.state, person("x@y.example").person, Stay("a", long, None)) is None
    story = story.done(CancelSubscription, subscription="s").until("2020-02-01")
    assert conflicting(story.state, ann, Stay("a", long, None)) is None


@pytest.mark.rule("SE-04")
def test_no_change_of_plan_gives_a_person_two_seats_of_it():
    """Where Ann has both plans, neither is changed to the other; once she has one, it may."""
    story = two()
    story.when(ChangePlan, subscription="t", plan="a").refused(TWICE, "seat 1 of s", rule="SE-04")
    story.when(ChangePlan, subscription="s", plan="b").refused(TWICE)
    story.when(ChangePlan, subscription="t", plan="longer").accepted()
    for name in ("s", "t"):
        released = story.done(ReleaseSeat, subscription=name, seat=1)
        released.when(ChangePlan, subscription="t", plan="a").accepted()


@pytest.mark.rule("SE-04")
def test_two_changes_that_lead_to_one_plan_are_one_too_many():
    """Both subscriptions go on by the longer plan: the second change is refused."""
    story = two().done(ChangePlan, subscription="s", plan="longer")
    story.when(ChangePlan, subscription="t", plan="longer").refused(TWICE)
    story = story.done(KeepSubscription, subscription="s")
    story.when(ChangePlan, subscription="t", plan="longer").accepted()


@pytest.mark.rule("SE-04")
def test_a_seat_that_ends_before_the_change_is_no_second_one():
    """Ann's seat of `s` is over when `t` changes; taken back, it would be in the way."""
    story = two()
    story = story.done(DisableAutoRenew, subscription="s", holders=[ANN["email"]])
    story = story.done(ChangePlan, subscription="t", plan="a")
    back = {"subscription": "s", "seat_numbers": [1]}
    story.when(EnableAutoRenew, **back).refused(TWICE, "Release seat 1 of s or seat 1 of t")
    story.when(KeepSubscription, subscription="s").refused(TWICE)
    story.done(ReleaseSeat, subscription="t", seat=1).when(EnableAutoRenew, **back).accepted()
    story = story.until("2020-02-01")
    assert (len(sub(story, "s").assigned), sub(story, "t").plan) == (0, "a")


@pytest.mark.rule("SE-04")
@pytest.mark.parametrize("plan", ["a", "once"])
def test_seats_of_what_is_not_renewed_are_no_second_ones(plan: str):
    """Cancelled, or bought to end with its term: `s` is over on the day on which `t` changes."""
    story = two(plan)
    if plan == "a":
        story = story.done(CancelSubscription, subscription="s")
    story = story.done(ChangePlan, subscription="t", plan=plan).until("2020-02-01")
    assert (sub(story, "s").ended, sub(story, "t").plan) == (True, plan)


@pytest.mark.rule("SE-04")
def test_a_seat_that_ends_after_the_change_is_a_second_one():
    """For a while Ann would have two, even though the seat of `s` does not renew."""
    story = two("longer", "b").done(CancelSubscription, subscription="s")
    story.when(ChangePlan, subscription="t", plan="longer").refused(TWICE)


@pytest.mark.rule("SE-04")
def test_a_seat_that_the_change_does_not_reach_is_no_second_one():
    """Ann's seat of `t` ends with the term, before the plan takes over."""
    story = two().done(DisableAutoRenew, subscription="t", seat_numbers=[1])
    story = story.done(ChangePlan, subscription="t", plan="a")
    story.when(EnableAutoRenew, subscription="t", quantity=1).refused(TWICE)


def becoming() -> Story:
    """`t` goes on by plan `a`; Ann has a seat of it, and `s` has free seats of plan `a`."""
    story = bought(buyer(shelf(), "2020-01-01"), "s", "a", 3, assign=[BOB])
    story = bought(story, "t", "b", 3, assign=[ANN])
    return story.done(ChangePlan, subscription="t", plan="a")


GIVING: list[tuple[Any, dict[str, Any]]] = [
    (AssignSeat, {"subscription": "s", **ANN}),
    (AssignSeat, {"subscription": "s", **ANN, "seat": 3}),
    (ReassignSeat, {"subscription": "s", **ANN, "seat": 1}),
    (AddSeats, {"subscription": "s", "quantity": 1, "assign": [ANN]}),
    (SetSeatTotal, {"subscription": "s", "total": 3, "assign": [ANN]}),
    (AssignSeat, {"subscription": "t", **BOB}),
    (StartSubscription, {"account": "acme", "subscription": "n", "plan": "a", "seats": 1,
                         "payment_method": "card", "assign": [ANN]}),
]  # fmt: skip


@pytest.mark.rule("SE-04")
@pytest.mark.parametrize(("command", "fields"), GIVING)
def test_nobody_gets_a_seat_that_would_be_a_second_one_later(command, fields):
    """However it is given, in either subscription; without the change all of it is fine."""
    story = becoming()
    story.when(command, **fields).refused(TWICE, "change of plan")
    story.done(KeepSubscription, subscription="t").when(command, **fields).accepted()


@pytest.mark.rule("SE-04")
def test_a_seat_that_ends_with_the_term_may_be_given_meanwhile():
    """Ann's seat of `s` and its plan are over when `t` comes to that plan."""
    story = becoming().done(DisableAutoRenew, subscription="s", seat_numbers=[3])
    story = story.done(AssignSeat, subscription="s", **ANN, seat=3).until("2020-03-01")
    assert list(sub(story, "t").seat_of) == [person(ANN["email"]).person]
    assert list(sub(story, "s").seat_of) == [person(BOB["email"]).person]


@pytest.mark.rule("SE-04")
def test_a_trial_is_bought_only_where_nobody_then_has_two_seats():
    """A trial does not renew; bought, it goes on beside the plan that `t` comes to."""
    story = buyer(shelf(), "2020-01-03")
    fields = {"account": "acme", "subscription": "s", "plan": "a", "seats": 1, "assign": [ANN]}
    story = bought(story.done(StartTrial, **fields), "t", "b", 1, assign=[ANN])
    story = story.done(ChangePlan, subscription="t", plan="a")
    convert = {"subscription": "s", "payment_method": "card"}
    story.when(ConvertTrial, **convert).refused(TWICE)
    story.done(KeepSubscription, subscription="t").when(ConvertTrial, **convert).accepted()

    waiting = story.done(KeepSubscription, subscription="t")
    waiting = waiting.done(ConvertTrial, subscription="s", payment_method="bank")
    waiting.when(ChangePlan, subscription="t", plan="a").refused(TWICE)


@pytest.mark.rule("SE-04")
def test_an_order_that_completes_later_leaves_out_who_would_have_two():
    """The seats are there all the same, and Bob, who was named beside Ann, has his."""
    story = bought(buyer(shelf(), "2020-01-01"), "s", "a", 1)
    more = {"subscription": "s", "quantity": 2, "payment_method": "bank", "order": "o"}
    story = story.done(AddSeats, **more, assign=[ANN, BOB])
    story = bought(story, "t", "b", 1, assign=[ANN]).done(ChangePlan, subscription="t", plan="a")
    story = story.done(RecordPayment, by=SELLER, order="o")
    assert len(sub(story, "s").usable) == 3
    assert every(story, SeatAssigned)[-1].person == person(BOB["email"]).person
    assert list(sub(story, "s").assigned) == [1]


def test_a_plan_that_is_no_longer_shared_may_be_left():
    """Whoever has two seats of a plan from before may change one of them to another."""
    story = two("a", "longer")
    ann = every(story, SeatAssigned)[0]
    story = bought(story, "u", "a", 1).after(ann.model_copy(update={"subscription": "u"}))
    story.when(ChangePlan, subscription="u", plan="b").accepted()


@pytest.mark.parametrize("seats", [10, 3000])
def test_the_holders_are_not_looked_at_where_no_plan_is_shared(seats: int):
    """A change of plan and an assignment cost the same for ten seats and for thousands."""
    users = [{"email": f"u{n}@acme.example", "name": f"U{n}"} for n in range(seats)]
    story = bought(buyer(shelf(), "2020-01-01"), "s", "a", seats + 1, assign=users)
    story = bought(story, "c", "chair", seats + 1, assign=users)
    for command, fields in (
        (ChangePlan, {"subscription": "s", "plan": "longer"}),
        (AssignSeat, {"subscription": "c", **ANN}),
    ):
        profile = Profile()
        profile.runcall(story.when, command, **fields)
        calls = sum(int(one.callcount) for one in profile.getstats())
        assert calls < 4000


DAYS = st.integers(0, 3).map(lambda days: add_days(START, days))
STAYS = st.builds(Stay, st.sampled_from("ab"), DAYS, st.sampled_from(["a", "b", None]))


@examples(STAYS, STAYS)
def test_two_stays_meet_whichever_is_asked(one: Stay, other: Stay):
    """And at least where a day by day look finds both in one plan."""

    def plan_on(stay: Stay, days: int) -> str | None:
        return stay.plan if add_days(START, days) < stay.end else stay.after

    assert one.meets(other) == other.meets(one)
    days = [(plan_on(one, day), plan_on(other, day)) for day in range(5)]
    if any(mine is not None and mine == yours for mine, yours in days):
        assert one.meets(other)
