"""Charges: terms, and what seats of a term cost, by the version of the plan that holds.

Every amount of the ledger is worked out here once and stored with its steps (ALL-06); documents
and projections only add.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from commands.decision import Policy
from commands.money_state import ChargeState
from commands.policy import PlanVersion
from commands.pricing import SeatsPrice, charge, price_of_seats
from commands.proration import Proration, term_left, whole_period
from commands.refusals import Refused
from commands.state import AccountState
from commands.subscription_state import Subscription
from events.charges import Charge, ChargeReason, Reversal, TermSpan
from events.money import Money, round_fraction, round_ratio
from events.periods import Period, Term, add_days, add_months
from events.plans import Plan


def first_term(plan: Plan, start: date, number: int = 1) -> TermSpan:
    """A term that begins with its own anchor."""
    return TermSpan(number=number, anchor=start, start=start, end=_end(start, start, plan.term))


def term_after(term: TermSpan, plan: Plan) -> TermSpan:
    """The term that follows, as long as the plan's, on the same anchor day (ALL-05).

    Months that begin on another day than the anchor's, after a term of days, have their own.
    """
    anchor = term.anchor
    if plan.term.months is not None and _months_since(anchor, term.end) is None:
        anchor = term.end
    end = _end(anchor, term.end, plan.term)
    return TermSpan(number=term.number + 1, anchor=anchor, start=term.end, end=end)


def _end(anchor: date, start: date, term: Term) -> date:
    if term.months is None:
        return add_days(start, term.days or 0)
    return add_months(anchor, (_months_since(anchor, start) or 0) + term.months)


def _months_since(anchor: date, day: date) -> int | None:
    """How many months after the anchor a day is; None where it is on no month's anchor day."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    return months if add_months(anchor, months) == day else None


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
    whole = whole_period(version.terms.price.per, _anchor(term), term.start, term.end)
    return _charge(policy, subscription, version, term, reason, term.start, total, held, whole)


def full_price(plan: Plan, term: TermSpan, total: int, currency: str) -> Money:
    """The net price of seats for a whole term, before it is charged."""
    whole = whole_period(plan.price.per, _anchor(term), term.start, term.end)
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
        plan.proration, plan.price.per, _anchor(sub.term), period, policy.at, state.time_zone
    )


def _anchor(term: TermSpan) -> date:
    """The anchor from which the months of a term count; its start where the anchor is another."""
    return term.start if _months_since(term.anchor, term.start) is None else term.anchor


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
    whole = whole_period(plan.price.per, _anchor(term), term.start, term.end)
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


def unused_charge(
    policy: Policy,
    state: AccountState,
    sub: Subscription,
    version: PlanVersion,
    since: date,
    charges: Sequence[str],
) -> Charge | None:
    """The line that takes back the unused part of a term's charges from a day on (GT-09).

    Minus the charges x days left / days, rounded away from zero at a half; what was taken back
    before is not taken back again. None where nothing is left.
    """
    back = unused_amount(state, charges, since).minor
    if back <= 0:
        return None
    parts = [state.books.charges[name] for name in charges]
    unused = [_unused(part, since) for part in parts]
    currency = state.currency
    charged, before = Money.zero(currency), Money.zero(currency)
    for part in parts:
        charged, before = charged + part.net, before + part.taken_back
    shares = zip(parts, _shares(back, unused), strict=True)
    span = Period(start=parts[0].period.start, end=parts[0].period.end)
    left, whole = (span.end - max(since, span.start)).days, span.days
    even = not before.minor and all(part.period == span for part in parts)
    plan, net = version.terms, Money(-back, currency)
    steps = [f"charged for {span.start} to {span.end}: {charged}"]
    steps.append(f"from {since} to {span.end}: {left} of {whole} days are unused")
    if before.minor:
        steps.append(f"taken back before: {before}")
    steps.append(f"{-charged} x {left}/{whole} = {net}, rounded half up" if even else f"{net}")
    return Charge(
        charge=policy.next_id(),
        subscription=sub.subscription,
        reason="unused_credit",
        plan=version.name,
        plan_version=version.version,
        title=plan.title,
        unit=plan.unit,
        term=parts[0].term,
        period=Period(start=max(since, span.start), end=span.end),
        quantity=len(sub.usable),
        list_price=plan.price.tiers[0].amount,
        price=None,
        per=plan.price.per,
        tier=None,
        numerator=left if even else back,
        denominator=whole if even else charged.minor,
        rounding="half_up",
        net=net,
        full_term=-charged,
        reverses=tuple(
            Reversal(charge=part.charge, amount=Money(share, currency))
            for part, share in shares
            if share
        ),
        steps=tuple(steps),
    )


def unused_amount(state: AccountState, charges: Sequence[str], since: date) -> Money:
    """What charges paid for from a day on and nobody has taken back, rounded once."""
    parts = (_unused(state.books.charges[name], since) for name in charges)
    return Money(round_fraction(sum(parts, Fraction())), state.currency)


def _unused(charge: ChargeState, since: date) -> Fraction:
    """What a charge paid for from a day on and nobody has taken back, in minor units, exact."""
    period = charge.period
    days = (period.end - max(since, period.start)).days
    part = Fraction(charge.net.minor * days, period.days) if period.days else Fraction()
    return max(part - charge.taken_back.minor, Fraction())


def _shares(back: int, unused: Sequence[Fraction]) -> list[int]:
    """An amount split over what is unused; no share is more than its part rounded up."""
    shares = [int(part) for part in unused]
    by_remainder = sorted(range(len(unused)), key=lambda n: shares[n] - unused[n])
    for index in by_remainder[: back - sum(shares)]:
        shares[index] += 1
    return shares


def first_part(charge: Charge, statement_on: date) -> Money:
    """The fraction of a charge up to the day of its first statement, by days (MS-13)."""
    of_days = (charge.period.end - charge.period.start).days
    days = min(max((statement_on - charge.period.start).days, 0), of_days)
    minor = round_ratio(charge.net.minor * days, of_days, "half_up") if of_days else 0
    return Money(minor, charge.net.currency)
