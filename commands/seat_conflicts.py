"""One seat per holder and plan: today, and when a plan that was chosen takes over (SE-04, 5.10).

Each seat of a holder is a stay: by one plan until its term ends, and after that by another, by the
same, or none. Whether two stays ever meet in one plan needs no look at other seats, so that a
holder is asked for in the account's subscriptions alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from commands.decision import Policy
from commands.holders import Who, check_kinds, kind_of
from commands.refusals import Refused
from commands.seat_limits import plan_to_come
from commands.state.account import AccountState
from commands.state.subscriptions import Subscription
from events.plans import Plan
from events.seat_numbers import SeatNumbers


@dataclass(frozen=True, slots=True)
class Stay:
    """A seat's plan until the end of its term, and the plan after that; None: the seat ends."""

    plan: str
    end: date
    after: str | None

    def meets(self, other: "Stay") -> bool:
        """Whether both would be seats of one plan at some time.

        Of two seats that go on, the day on which each changes its plan is not counted on: it moves
        with the billing date.
        """
        if self.plan == other.plan:
            return True
        if self.after is not None and other.after is not None:
            return self.after in {other.plan, other.after} or other.after == self.plan
        if self.after is not None:
            return self.after == other.plan and self.end < other.end
        return other.after == self.plan and other.end < self.end


def stay_of(sub: Subscription, seat: int) -> Stay:
    """The stay of a seat, also of one that is still to be bought."""
    after = sub.next_plan if sub.outlasts_term(seat) else None
    return Stay(sub.plan, sub.ends_on(seat), after)


def conflicting(state: AccountState, key: str, stay: Stay) -> Subscription | None:
    """The subscription whose seat a holder would have beside this one, both of one plan."""
    for name in state.live:
        other = state.subscriptions[name]
        seat = other.seat_of.get(key)
        if seat is not None and stay.meets(stay_of(other, seat)):
            return other
    return None


def check_assignable(
    state: AccountState,
    plans: Sequence[Plan],
    stay: Stay,
    holders: Sequence[Who],
    free: int,
    more: str = "",
) -> None:
    """All of the holders can get a seat: of a kind that the plans seat, free, and their only one.

    `plans` are that of the seats and the one to come; `more` is the remedy where too few are free.

    Raises:
        Refused: `seats.holder_not_allowed`, `seats.none_free`, `seats.user_already_has_seat`.
    """
    for plan in plans:
        check_kinds(plan, map(kind_of, holders))
    if len(holders) > free:
        detail = f"{len(holders)} seats are wanted, and only {free} can be given." if free else ""
        raise Refused("seats.none_free", detail=detail, remedy=more)
    seen: set[str] = set()
    for who in holders:
        if who.key in seen:
            raise Refused(
                "seats.user_already_has_seat",
                detail="This user is named twice.",
                remedy="Name each user once.",
            )
        other = conflicting(state, who.key, stay)
        if other is not None:
            raise _second_seat(stay, other)
        seen.add(who.key)


def _second_seat(stay: Stay, other: Subscription) -> Refused:
    if other.plan == stay.plan:
        return Refused("seats.user_already_has_seat", subscription=other.subscription)
    return Refused(
        "seats.user_already_has_seat",
        detail=f"This user has a seat of {other.subscription}, and after a change of plan that is "
        "to come both would be seats of one plan.",
        remedy=f"Choose another user, or release the seat of {other.subscription} first.",
        subscription=other.subscription,
    )


def plans_of(policy: Policy, sub: Subscription, plan: Plan) -> tuple[Plan, ...]:
    """The plan of a subscription's seats, and the one that takes over, if any."""
    version = plan_to_come(policy, sub) if sub.will_renew else None
    return (plan,) if version is None else (plan, version.terms)


def check_going_on(
    state: AccountState, policy: Policy, after: Subscription, seats: SeatNumbers
) -> None:
    """Whether the holders of seats may keep them as a subscription would go on, changed.

    Asked of seats that are to outlast the term, or whose plan is to change. Where no other
    subscription has one of the plans, the holders are not looked at.

    Raises:
        Refused: `seats.holder_not_allowed`, `seats.user_already_has_seat`.
    """
    before = state.subscriptions[after.subscription]
    version = plan_to_come(policy, after)
    if version is not None:
        present = policy.plan_version(after.plan, after.plan_version).terms
        if not set(present.seats.holders) <= set(version.terms.seats.holders):
            _check_kinds_held(after, version.terms, seats)
    for name in state.live:
        other = state.subscriptions[name]
        if name == after.subscription or not _share_a_plan(after, other):
            continue
        few, many = sorted((after.seat_of, other.seat_of), key=len)
        for key in few:
            if key not in many or after.seat_of[key] not in seats:
                continue
            theirs = stay_of(other, other.seat_of[key])
            seat = after.seat_of[key]
            if stay_of(after, seat).meets(theirs) and not stay_of(before, seat).meets(theirs):
                raise _would_hold_two(after, seat, other, other.seat_of[key])


def _share_a_plan(one: Subscription, other: Subscription) -> bool:
    return bool({one.plan, one.next_plan} & {other.plan, other.next_plan})


def _check_kinds_held(sub: Subscription, plan: Plan, seats: SeatNumbers) -> None:
    for seat in sub.assigned & seats:
        other = sub.holders[seat].other
        kind = "person" if other is None else other.kind
        if sub.outlasts_term(seat) and kind not in plan.seats.holders:
            raise Refused(
                "seats.holder_not_allowed",
                detail=f"Seat {seat} is held by a holder of the kind {kind}, for which "
                f"{plan.title} has no seats.",
                remedy="Release the seat first, or keep the present plan.",
                kind=kind,
                seat=str(seat),
            )


def _would_hold_two(sub: Subscription, seat: int, other: Subscription, second: int) -> Refused:
    return Refused(
        "seats.user_already_has_seat",
        detail=f"The user of seat {seat} also has seat {second} of {other.subscription}, and both "
        "would be seats of one plan.",
        remedy=f"Release seat {seat} of {sub.subscription} or seat {second} of "
        f"{other.subscription} first.",
        seat=str(seat),
        subscription=other.subscription,
    )
