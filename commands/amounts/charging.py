"""Charges: terms, and what seats of a term cost, by the version of the plan that holds.

Every amount of the ledger is worked out here once and stored with its steps (ALL-06); documents
and projections only add.
"""

from collections.abc import Sequence
from datetime import date

from commands.amounts.pricing import SeatsPrice, charge, price_of_seats
from commands.amounts.proration import Proration, term_left, whole_period
from commands.amounts.term_spans import anchor_of
from commands.amounts.unused import days_left, unused_by_days
from commands.decision import Policy
from commands.refusals import Refused
from commands.state.account import AccountState
from commands.state.catalogue import PlanVersion
from commands.state.charges import ChargeState
from commands.state.subscriptions import Subscription
from events.charges import Charge, ChargeReason, Reversal, TermSpan
from events.money import Money, round_ratio
from events.periods import Period
from events.plans import Plan
from events.seat_numbers import SeatNumbers


def seats_price(plan: Plan, total: int, held: int = 0) -> SeatsPrice:
    """The price of the seats from `held` to `total`; below the first tier, that tier's (EV-02)."""
    tiers = plan.price.tiers
    if total < tiers[0].from_:
        lowest = tiers[0].model_copy(update={"from_": 1})
        tiers = (lowest, *tiers[1:])
    return price_of_seats(plan.price.tiering, tiers, total, held)


def full_charge(
    policy: Policy,
    subscription: str,
    version: PlanVersion,
    term: TermSpan,
    reason: ChargeReason,
    total: int,
    held: int = 0,
) -> Charge:
    """What `total - held` seats cost for a whole term."""
    whole = whole_period(version.terms.price.per, anchor_of(term), term.start, term.end)
    return _charge(policy, subscription, version, term, reason, term.start, total, held, whole)


def full_price(plan: Plan, term: TermSpan, total: int, currency: str) -> Money:
    """The net price of seats for a whole term, before it is charged."""
    whole = whole_period(plan.price.per, anchor_of(term), term.start, term.end)
    return charge(seats_price(plan, total).amount, whole, currency)[0]


def added_charge(
    policy: Policy, state: AccountState, sub: Subscription, version: PlanVersion, quantity: int
) -> Charge:
    """What seats cost that are added within a term: the part of it that is left (EV-07, EV-09).

    Seats that wait for other orders do not pick the tier (5.2).
    """
    plan = version.terms
    left = left_of_term(policy, state, sub, plan)
    usable = len(sub.usable)
    # What would be too much for an amount when it renews is not sold in parts either.
    full_price(plan, sub.term, sub.total + quantity, state.currency)
    return _charge(
        policy,
        sub.subscription,
        version,
        sub.term,
        "seats_added",
        policy.on,
        usable + quantity,
        usable,
        left,
    )


def left_of_term(policy: Policy, state: AccountState, sub: Subscription, plan: Plan) -> Proration:
    """The part of a subscription's term that is left, by its plan's proration.

    Raises:
        Refused: `command.time_out_of_range` where the day lies outside the term.
    """
    period = Period(start=sub.term.start, end=sub.term.end)
    if not period.contains(policy.on):
        raise Refused(
            "command.time_out_of_range",
            detail=f"{policy.on} lies outside the present term, {period.start} to {period.end}.",
        )
    return term_left(
        plan.proration, plan.price.per, anchor_of(sub.term), period, policy.at, state.time_zone
    )


def _charge(
    policy: Policy,
    subscription: str,
    version: PlanVersion,
    term: TermSpan,
    reason: ChargeReason,
    start: date,
    total: int,
    held: int,
    left: Proration,
) -> Charge:
    plan = version.terms
    price = seats_price(plan, total, held)
    currency = policy.catalogue.seller.currency
    whole = whole_period(plan.price.per, anchor_of(term), term.start, term.end)
    full_term, _steps = charge(price.amount, whole, currency)
    net, steps = charge(price.amount, left, currency)
    return Charge(
        charge=policy.next_id(),
        subscription=subscription,
        reason=reason,
        plan=version.name,
        plan_version=version.version,
        title=plan.title,
        unit=plan.unit,
        term=term,
        period=Period(start=start, end=term.end),
        quantity=price.quantity,
        list_price=price.list_price,
        price=price.unit,
        per=plan.price.per,
        tier=price.tier,
        numerator=left.numerator,
        denominator=left.denominator,
        rounding="half_up",
        net=net,
        full_term=full_term,
        steps=(*price.steps, *steps),
    )


def reversing_charge(
    policy: Policy,
    state: AccountState,
    charge: ChargeState,
    seats: SeatNumbers,
    minor: int,
    since: date,
) -> Charge:
    """The charge that takes back so much of an earlier one from a day on (GT-09, GEN-25).

    Raises:
        LookupError: the plan of the charge was never published.
    """
    version = policy.plan_version(charge.plan, charge.plan_version)
    plan, currency = version.terms, state.currency
    net, back = Money(-minor, currency), Money(minor, currency)
    left, whole = days_left(charge, since)
    end = charge.period.end
    even = not charge.seats - seats and not charge.takings and _is_part(charge, minor, left, whole)
    steps = [f"charged for {charge.period.start} to {charge.period.end}: {charge.net}"]
    if charge.seats - seats:
        steps.append(f"for {len(seats & charge.seats)} of its {len(charge.seats)} seats")
    steps.append(f"from {since} to {charge.period.end}: {left} of {whole} days are unused")
    if charge.takings:
        steps.append(f"taken back before: {charge.taken_back}")
    steps.append(
        f"{-charge.net} x {left}/{whole} = {net}, rounded half up"
        if even
        else f"taken back: {back}"
    )
    return Charge(
        charge=policy.next_id(),
        subscription=charge.subscription,
        reason="unused_credit",
        plan=version.name,
        plan_version=version.version,
        title=plan.title,
        unit=plan.unit,
        term=charge.term,
        period=Period(start=min(max(since, charge.period.start), end), end=end),
        quantity=len(seats & charge.seats) or charge.quantity,
        list_price=plan.price.tiers[0].amount,
        price=None,
        per=plan.price.per,
        tier=None,
        numerator=left if even else minor,
        denominator=whole if even else charge.net.minor,
        rounding="half_up",
        net=net,
        full_term=-charge.net,
        reverses=(Reversal(charge=charge.charge, amount=back),),
        steps=tuple(steps),
    )


def _is_part(charge: ChargeState, minor: int, left: int, whole: int) -> bool:
    return bool(whole) and minor == round_ratio(charge.net.minor * left, whole)


def unused_charges(
    policy: Policy,
    state: AccountState,
    names: Sequence[str],
    seats: SeatNumbers,
    since: date,
) -> list[Charge]:
    """What takes back the unused part of charges from a day on, by days, a charge a charge."""
    found = (
        (state.books.charges[name], unused_by_days(state.books.charges[name], seats, since))
        for name in names
    )
    return [
        reversing_charge(policy, state, charge, seats, minor, since)
        for charge, minor in found
        if minor
    ]


def first_part(charge: Charge, statement_on: date) -> Money:
    """The fraction of a charge up to the day of its first statement, by days (MS-13)."""
    of_days = (charge.period.end - charge.period.start).days
    days = min(max((statement_on - charge.period.start).days, 0), of_days)
    minor = round_ratio(charge.net.minor * days, of_days, "half_up") if of_days else 0
    return Money(minor, charge.net.currency)
