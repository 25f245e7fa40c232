"""The unused value of charges, less what was already reversed (CONTRACT 5.25, GEN-25).

Net, in minor units, rounded once a charge; never more than the time that is left.
"""

from datetime import date
from fractions import Fraction

from commands.amounts.proration import term_left
from commands.amounts.term_spans import anchor_of
from commands.decision import Policy
from commands.state.account import AccountState
from commands.state.charges import ChargeState
from events.money import round_fraction
from events.periods import Period
from events.plans import Plan
from events.seat_numbers import SeatNumbers


def unused_by_days(charge: ChargeState, seats: SeatNumbers, since: date) -> int:
    """The unused value of a charge from a day on, for some of its seats, always by days (GT-09)."""
    left, whole = days_left(charge, since)
    return _rounded(charge, seats, Fraction(left, whole) if whole else Fraction())


def days_left(charge: ChargeState, since: date) -> tuple[int, int]:
    """How many days of a charge's period are left from a day on, that day included; of how many."""
    period = charge.period
    left = (period.end - max(since, period.start)).days
    return max(left, 0), period.days


def unused_by_plan(
    policy: Policy, state: AccountState, charge: ChargeState, seats: SeatNumbers
) -> int:
    """The unused value of a charge for some of its seats, by the proration of its own plan.

    By months, the started month counts as used for `up` and `down`; by `none` nothing is left.
    """
    plan = policy.plan_version(charge.plan, charge.plan_version).terms
    charged = Fraction(charge.numerator, charge.denominator)
    left = _time_left(policy, state.time_zone, plan, charge)
    return _rounded(charge, seats, min(left / charged, Fraction(1)) if charged else Fraction())


def _rounded(charge: ChargeState, seats: SeatNumbers, part: Fraction) -> int:
    unused = charge.part_of(seats) * part - charge.taken_by_time(seats)
    # Notes by amount lie on gone seats too: no more goes back than is left of the charge.
    return max(min(round_fraction(unused), charge.left.minor), 0)


def _time_left(policy: Policy, zone: str, plan: Plan, charge: ChargeState) -> Fraction:
    """The time that is left of a charge's term, in the unit of its own fraction."""
    rule, term = plan.proration, charge.term
    if rule.by == "none" or policy.on >= term.end:
        return Fraction()
    if policy.on < term.start:
        return Fraction(charge.numerator, charge.denominator)
    if rule.by == "months" and rule.started_month == "up":
        rule = rule.model_copy(update={"started_month": "down"})
    period = Period(start=term.start, end=term.end)
    left = term_left(rule, plan.price.per, anchor_of(term), period, policy.at, zone)
    return left.fraction
